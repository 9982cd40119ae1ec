"""Laws of the sets of flows, against Python's own sets on small universes laid over every border."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowspec.sets import flows
from flowspec.sets.flows import Box, Flow, FlowSet, merge_boxes
from flowspec.sets.intervals import (
    ALL_ADDRESSES,
    ALL_NUMBERS,
    ALL_PORTS,
    ALL_PROTOCOLS,
    FAMILIES,
    NO_PORT,
    NO_PORTS,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    V4,
    V4_FAMILY,
    V4_POINTS,
    V6,
    V6_BASE,
    V6_FAMILY,
    V6_POINTS,
    AddressSet,
    IntervalSet,
    PortSet,
    Protocol,
    ProtocolSet,
    Span,
    family_of,
    is_point,
    point,
)
from tests.engine.laws import LAWS

WIDTH = 14
BASES = (0, 65535 - 8, V4_POINTS - 7, V6_BASE - 7, V6_POINTS - 7)
"""Windows of the line that hold 0, 65535 and NO_PORT, 2^32 - 1, the first IPv6 address and the last."""

spans = st.tuples(st.integers(0, WIDTH - 1), st.integers(-2, 5)).map(lambda pair: (pair[0], pair[0] + pair[1]))
lists_of_spans = st.lists(spans, max_size=7)
bases = st.sampled_from(BASES)


def shifted(found: list[Span], base: int) -> list[Span]:
    return [(low + base, high + base) for low, high in found]


def members(found: list[Span]) -> set[int]:
    return {value for low, high in found for value in range(low, high + 1)}


def is_canonical(found: IntervalSet) -> bool:
    """Sorted, disjoint, not adjacent, none empty: so equal sets are equal values."""
    ends = [end for span in found.spans for end in span]
    return ends == sorted(ends) and all(b[0] > a[1] + 1 for a, b in zip(found.spans, found.spans[1:], strict=False))


@LAWS
@given(lists_of_spans, lists_of_spans, bases)
def test_interval_sets(first: list[Span], second: list[Span], base: int) -> None:
    first, second = shifted(first, base), shifted(second, base)
    a, b = AddressSet.of(first), AddressSet.of(second)
    x, y = members(first), members(second)
    for found, wanted in ((a, x), (a.union(b), x | y), (a.intersect(b), x & y), (a.subtract(b), x - y)):
        assert type(found) is AddressSet
        assert is_canonical(found)
        assert list(found) == sorted(wanted)
        assert found == AddressSet.of((value, value) for value in wanted)
        assert (found.count(), found.witness()) == (len(wanted), min(wanted, default=None))
        assert found.is_empty() == (not wanted) == (not found)
        assert all((value in found) == (value in wanted) for value in range(base - 2, base + WIDTH + 8))
    assert a.is_subset(b) == (x <= y)
    assert a.meets(b) == bool(x & y)


@LAWS
@given(st.lists(st.integers(0, 400), min_size=60, max_size=120), lists_of_spans)
def test_a_short_set_against_a_long_one(values: list[int], few: list[Span]) -> None:
    """The short side jumps along the long one."""
    long = AddressSet.of((value, value) for value in values)
    few = [(low * 25, high * 25) for low, high in few]
    wanted = members(few) & set(values)
    assert set(AddressSet.of(few).intersect(long)) == set(long.intersect(AddressSet.of(few))) == wanted
    assert set(long.subtract(AddressSet.of(few))) == set(values) - members(few)
    assert set(AddressSet.of(few).subtract(long)) == members(few) - set(values)


def test_the_lines_have_their_borders() -> None:
    assert V4.spans == ((0, 2**32 - 1),)
    assert V6.count() == 2**128
    assert NUMBERED_PORTS.count() == 65536
    assert 65535 in NUMBERED_PORTS and NO_PORT not in NUMBERED_PORTS
    assert NUMBERED_PORTS.union(NO_PORTS) == ALL_PORTS
    assert PORTED.union(PORTLESS) == ALL_PROTOCOLS == ProtocolSet.of((p, p) for p in Protocol)
    assert not PORTED.meets(PORTLESS)
    assert not V4_FAMILY.meets(V6_FAMILY)
    assert V4.is_subset(V4_FAMILY) and V6.is_subset(V6_FAMILY)
    assert V4.union(V6) == ALL_NUMBERS
    assert V4_FAMILY.union(V6_FAMILY) == ALL_ADDRESSES


@pytest.mark.parametrize("number", [0, 1, 1000])
@pytest.mark.parametrize(("family", "line"), [(4, V4_FAMILY), (6, V6_FAMILY)])
def test_points_lie_behind_the_numbers_of_their_family(number: int, family: int, line: AddressSet) -> None:
    place = point(number, family)
    assert place in line and place not in ALL_NUMBERS
    assert is_point(place) and family_of(place) == family
    assert not any(is_point(n) for n in (0, V4_POINTS - 1, V6_BASE, V6_POINTS - 1))
    assert [family_of(n) for n in (0, V4_POINTS - 1, V6_BASE, V6_POINTS - 1)] == [4, 4, 6, 6]


# Sets of flows, in a universe of 3 protocols, 4 addresses and 3 ports at the borders

PROTOCOLS = (Protocol.TCP, Protocol.UDP, Protocol.OTHER)
ADDRESSES = (0, 1, V4_POINTS - 1, V6_BASE)
PORTS = (0, 65535, NO_PORT)


def flow_of(row: tuple[Protocol, int, int, int, int]) -> Flow:
    protocol, source, source_port, destination, destination_port = row
    return Flow(
        protocol=protocol,
        source=source,
        source_port=source_port,
        destination=destination,
        destination_port=destination_port,
    )


@cache
def universe() -> tuple[Flow, ...]:
    return tuple(flow_of(row) for row in product(PROTOCOLS, ADDRESSES, PORTS, ADDRESSES, PORTS))


def subset(values: tuple[int, ...]) -> st.SearchStrategy[list[int]]:
    return st.lists(st.sampled_from(values), max_size=len(values), unique=True)


boxes = st.builds(
    lambda protocols, sources, source_ports, destinations, ports: Box(
        protocols=ProtocolSet.of((v, v) for v in protocols),
        sources=AddressSet.of((v, v) for v in sources),
        source_ports=PortSet.of((v, v) for v in source_ports),
        destinations=AddressSet.of((v, v) for v in destinations),
        destination_ports=PortSet.of((v, v) for v in ports),
    ),
    subset(PROTOCOLS),
    subset(ADDRESSES),
    subset(PORTS),
    subset(ADDRESSES),
    subset(PORTS),
)
lists_of_boxes = st.lists(boxes, max_size=4)


def flows_in(found: list[Box]) -> set[Flow]:
    return {flow for flow in universe() if any(flow in box for box in found)}


def assert_is(found: FlowSet, wanted: set[Flow]) -> None:
    """The very flows, in boxes that are disjoint and not empty."""
    assert {flow for flow in universe() if flow in found} == wanted
    assert found.count() == len(wanted)
    assert not any(one.meets(other) for one, other in combinations(found.boxes, 2))
    assert not any(box.is_empty() for box in found.boxes)
    assert found.is_empty() == (not wanted) == (not found)
    witness = found.witness()
    assert witness in wanted if wanted else witness is None


@LAWS
@given(lists_of_boxes, lists_of_boxes)
def test_flow_sets(first: list[Box], second: list[Box]) -> None:
    a, b = FlowSet.of(first), FlowSet.of(second)
    x, y = flows_in(first), flows_in(second)
    for found, wanted in ((a, x), (a.union(b), x | y), (a.intersect(b), x & y), (a.subtract(b), x - y)):
        assert_is(found, wanted)
        assert_is(found.merged(), wanted)
        assert len(found.merged().boxes) <= len(found.boxes)
    assert a.is_subset(b) == (x <= y)
    assert a.subtract(b).union(a.intersect(b)).count() == len(x)


@LAWS
@given(boxes, lists_of_boxes)
def test_few_boxes_with_many(one: Box, many: list[Box]) -> None:
    """Boxes that come near no other are left aside before classes are cut, which few pairs would not need."""
    a, b = FlowSet.of([one]), FlowSet.of(many)
    x, y = flows_in([one]), flows_in(many)
    with mock.patch.object(flows, "_FEW", 0):
        for found, wanted in ((a.intersect(b), x & y), (b.intersect(a), x & y), (a.subtract(b), x - y)):
            assert_is(found, wanted)


@LAWS
@given(boxes, boxes)
def test_boxes(one: Box, other: Box) -> None:
    x, y = flows_in([one]), flows_in([other])
    assert (one.count(), one.is_empty()) == (len(x), not x)
    assert flows_in([one.intersect(other)]) == x & y
    assert one.meets(other) == bool(x & y)
    if x:
        assert one.is_subset(other) == (x <= y)
        assert one.witness() in x
        pieces = one.subtract(other)
        assert len(pieces) <= 5
        assert_is(FlowSet(tuple(pieces)), x - y)


@LAWS
@given(lists_of_boxes)
def test_merged_boxes_hold_the_same_flows(found: list[Box]) -> None:
    disjoint = FlowSet.of(found).boxes
    merged = merge_boxes(disjoint)
    assert_is(FlowSet(merged), flows_in(found))
    assert merge_boxes(merged) == merged


def test_merging_joins_what_differs_in_one_side_only() -> None:
    def box(address: int, port: int) -> Box:
        return Box(
            protocols=PORTED,
            sources=AddressSet.one(address),
            source_ports=NUMBERED_PORTS,
            destinations=V4,
            destination_ports=PortSet.one(port),
        )

    corners = tuple(box(address, port) for address in (1, 2) for port in (80, 443))
    merged = merge_boxes(corners)
    assert merged == (
        Box(
            protocols=PORTED,
            sources=AddressSet(((1, 2),)),
            source_ports=NUMBERED_PORTS,
            destinations=V4,
            destination_ports=PortSet(((80, 80), (443, 443))),
        ),
    )


def test_each_family_is_whole() -> None:
    assert [family.count() for family in FAMILIES] == [2**32 + 2**32, 2**128 + 2**32]
