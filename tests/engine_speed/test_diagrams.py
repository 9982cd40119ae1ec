"""Diagrams against box arithmetic: the same sets, counts and flows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowspec.decide.by_diagram import _SERVICES
from flowspec.sets.bdd import Space
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import (
    FAMILIES,
    NO_PORT,
    POINTS,
    V4_POINTS,
    V6_BASE,
    V6_POINTS,
    AddressSet,
    PortSet,
    ProtocolSet,
    Span,
)

SPACE = Space()


def spans(*ends: int) -> st.SearchStrategy[Span]:
    """Spans between numbers near some ends."""
    near = st.builds(lambda end, by: min(max(end + by, ends[0]), ends[-1]), st.sampled_from(ends), st.integers(-3, 3))
    return st.tuples(near, near).map(lambda pair: (min(pair), max(pair)))


v4 = spans(0, 10 << 24, (1 << 32) - 1, V4_POINTS + 2, V4_POINTS + POINTS - 1)
v6 = spans(V6_BASE, V6_BASE + (1 << 64), V6_POINTS - 1, V6_POINTS + POINTS - 1)
addresses = st.lists(v4, max_size=3).map(AddressSet.of) | st.lists(v4 | v6, max_size=3).map(AddressSet.of)
ports = st.lists(spans(0, 80, 443, NO_PORT), max_size=2).map(PortSet.of)
protocols = st.lists(spans(0, 2, 5), max_size=2).map(ProtocolSet.of)
boxes = st.builds(
    Box,
    protocols=protocols,
    sources=addresses,
    source_ports=ports,
    destinations=addresses,
    destination_ports=ports,
)
sets = st.lists(boxes, max_size=3).map(FlowSet.of)


@given(sets, sets)
def test_as_boxes_do(a: FlowSet, b: FlowSet) -> None:
    ours, theirs = SPACE.flows(a.boxes), SPACE.flows(b.boxes)
    for expected, found in (
        (a, ours),
        (a.union(b), ours.union(theirs)),
        (a.intersect(b), ours.intersect(theirs)),
        (a.subtract(b), ours.subtract(theirs)),
    ):
        assert found.count() == expected.count()
        assert found == SPACE.flows(expected.boxes)
        assert found.is_empty() == expected.is_empty()
        flow = found.witness()
        assert flow is None if expected.is_empty() else flow in expected
        listed = found.boxes()
        assert listed.count() == expected.count()
        assert listed.subtract(expected).is_empty()
        assert found.boxes(1).boxes == listed.boxes[:1]
    assert ours.is_subset(theirs) == a.is_subset(b)


kinds = st.builds(
    lambda service, sources, destinations: Box(
        protocols=service[0],
        sources=sources,
        source_ports=service[1],
        destinations=destinations,
        destination_ports=service[2],
    ),
    st.sampled_from(_SERVICES),
    st.sampled_from(FAMILIES),
    st.sampled_from(FAMILIES),
)


@given(kinds, boxes)
def test_a_box_among_flows_of_a_kind(kind: Box, box: Box) -> None:
    """Without the bits that all of the kind have, it is the same where the kind is."""
    assert SPACE.among(kind, box) & SPACE.box(kind) == SPACE.box(box.intersect(kind))
