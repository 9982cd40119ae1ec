"""Between which subnets flows are: as every single address says."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.comparison import ground
from flowspec.comparison.difference import difference
from flowspec.model.documents.network_map import DrawnSubnet, DrawnVnet, NetworkMap
from flowspec.model.documents.plan import Report
from flowspec.reporting.between_subnets import SubnetTeller
from flowspec.reporting.diff import describe
from flowspec.sets.address import parse_prefix
from flowspec.sets.bdd import Space
from flowspec.sets.flows import FlowSet, between
from flowspec.sets.intervals import NO_ADDRESSES, AddressSet
from tests.engine.loading import load_documents
from tests.plan.lab import NET, Json, intent, nic, nics, nsg, plan, vnet, within

PREFIX = st.builds(
    lambda start, length: str(ip_network(f"10.0.0.{start}/{length}", strict=False)),
    st.integers(0, 15), st.integers(29, 32))  # fmt: skip
SPACE = Space()
PREFIXES = st.lists(PREFIX, min_size=1, max_size=3).map(tuple)


def drawn(*subnets: tuple[str, ...], left: int = 0) -> NetworkMap:
    at = f"{NET}/virtualNetworks/v"
    found = tuple(DrawnSubnet(id=f"{at}/subnets/s{number}", prefixes=p) for number, p in enumerate(subnets))
    return NetworkMap(vnets=(DrawnVnet(id=at, prefixes=(), subnets=found),), subnets_left_out=left)


def addresses(prefixes: tuple[str, ...]) -> AddressSet:
    return AddressSet.of(span for prefix in prefixes if (span := parse_prefix(prefix)))


@given(st.lists(PREFIXES, max_size=3), st.lists(st.tuples(PREFIXES, PREFIXES), min_size=1, max_size=3), PREFIXES)
@settings(max_examples=200, deadline=None)
def test_ends_are_those_of_each_address(
    subnets: list[tuple[str, ...]], pairs: list[tuple[tuple[str, ...], tuple[str, ...]]], lone: tuple[str, ...]
) -> None:
    """`lone` are addresses that do not talk to themselves."""
    teller = SubnetTeller(drawn(*subnets), ())

    def owner(address: str) -> int:
        held = [at for at, prefixes in enumerate(subnets) if holds(prefixes, address)]
        return held[0] if len(held) == 1 else teller.several if held else teller.elsewhere

    every = [f"10.0.0.{number}" for number in range(24)]
    wanted = {
        (owner(source), owner(destination))
        for sources, destinations in pairs
        for source, destination in product(every, every)
        if holds(sources, source)
        and holds(destinations, destination)
        and not (source == destination and holds(lone, source))
    }
    flows = FlowSet.of(between(addresses(one), addresses(other)) for one, other in pairs)
    assert ends_of(teller.rows(flows, addresses(lone))) == wanted
    blocks = teller.of_flows(flows) or ()
    told = [pair for one in blocks for pair in product(one.sources, one.destinations)]
    assert set(told) == ends_of(teller.rows(flows, NO_ADDRESSES)) and len(told) == len(set(told))
    assert teller.of_diagram(SPACE.flows(flows.boxes)) == teller.of_flows(flows)


def ends_of(rows: dict[int, int]) -> set[tuple[int, int]]:
    return {(source, at) for source, mask in rows.items() for at in range(mask.bit_length()) if mask >> at & 1}


def holds(prefixes: tuple[str, ...], address: str) -> bool:
    return any(ip_address(address) in ip_network(prefix) for prefix in prefixes)


def test_both_families() -> None:
    teller = SubnetTeller(drawn(("10.0.0.0/28", "fd00::/64"), ("fd00:1::/64",)), ())

    def ends(source: str, destination: str) -> object:
        flows = FlowSet.of([between(addresses((source,)), addresses((destination,)))])
        return ends_of(teller.rows(flows, NO_ADDRESSES))

    assert ends("fd00::5/128", "fd00:1::/60") == {(0, 1), (0, teller.elsewhere)}
    every = [("fd00::5/128", "fd00:1::/60"), ("10.0.0.1", "0.0.0.0/0"), ("10.0.0.0/8", "fd00::/16")]
    flows = FlowSet.of(between(addresses((a,)), addresses((b,))) for a, b in every)
    assert teller.of_diagram(SPACE.flows(flows.boxes)) == teller.of_flows(flows)
    assert ends("10.0.0.1", "0.0.0.0/0") == {(0, 0), (0, teller.elsewhere)}


NETWORK = (
    nsg("nsg-a", "ssh 100 In Deny Tcp * -> *|22"),
    vnet(space="10.0.0.0/16", a=within("nsg-a", "10.0.1.0/24"), b=within("nsg-a", "10.0.2.0/24")),
    nic("a1", "10.0.1.4", subnet="a"), nic("a2", "10.0.1.5", subnet="a"), nic("b1", "10.0.2.4", subnet="b"),
)  # fmt: skip


def by_subnets(report: Report) -> dict[str, dict[tuple[str, str], tuple[str, bool]]]:
    assert report.network is not None
    names = [one.id.rpartition("/")[2] for vnet in report.network.vnets for one in vnet.subnets]
    names += ["elsewhere", "several"]
    return {
        one.address: {
            (names[a], names[b]): (pairs.state, pairs.drift)
            for pairs in one.subnets or ()
            for a, b in product(pairs.sources, pairs.destinations)
        }
        for one in report.intents
    }


def planned(*intents: str) -> Report:
    return plan(nics("a", "a1", "a2") + nics("b", "b1") + nics("all", "a1", "a2", "b1") + "".join(intents), *NETWORK)


def test_an_intent_by_subnets() -> None:
    report = planned(
        intent("web", "group.all", "group.all", "Allow", "443"),
        intent("some", "group.a", "group.b", "Allow", "22, 80"),
        intent("shut", "group.a", "group.b", "Deny", "23"),
        'boundary "fence" {\naround = [group.b]\ndirection = "Both"\nallow = [intent.web, intent.some]\n}\n',
    )
    told = by_subnets(report)
    assert told["intent.web"] == dict.fromkeys([("a", "a"), ("a", "b"), ("b", "a")], ("permitted", False))
    assert told["intent.some"] == {("a", "b"): ("partly", True)}
    assert told["intent.shut"] == {("a", "b"): ("permitted", True)}
    assert told["boundary.fence"]["a", "b"] == ("open", True)
    assert told["boundary.fence"]["elsewhere", "b"][0] in ("open", "denied")


def test_a_difference_that_only_diagrams_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same subnets as one that is held in boxes."""
    opened = nsg("nsg-a", "ssh 100 In Deny Tcp * -> *|22", "a 110 In Deny Tcp 10.0.1.0/24 -> 10.0.2.0/25|80-90")
    changed = nsg("nsg-a", "ssh 100 In Deny Tcp 10.0.2.0/24 -> *|22", "a 110 In Deny Tcp 10.0.0.0/9 -> *|85-95")
    old, new = (load_documents({"network.json": [found, *NETWORK[1:]]}) for found in (opened, changed))
    boxes = describe(difference(old, new), {}).causes
    monkeypatch.setattr(ground, "MOST", 1)
    found = difference(old, new)
    assert any(shift.diagrams for one in found.causes for shift, _ in one.shifts)
    drawn = describe(found, {}).causes
    assert [one.subnets for one in drawn] == [one.subnets for one in boxes]
    assert [one.total.count for one in drawn] == [one.total.count for one in boxes]
    assert all(one.subnets for one in drawn)


def test_a_nic_without_an_address_is_of_its_subnet() -> None:
    network: list[Json] = [*NETWORK, nic("new", None, subnet="b")]
    text = nics("a", "a1", "a2") + nics("new") + intent("web", "group.a", "group.new", "Allow", "443")
    assert by_subnets(plan(text, *network))["intent.web"] == {("a", "b"): ("permitted", False)}


def test_an_address_that_two_subnets_have() -> None:
    twin = vnet("twin", "10.0.0.0/16", a=within("nsg-a", "10.0.1.0/24"))
    text = nics("a", "a1", "a2") + nics("b", "b1") + intent("web", "group.a", "group.b", "Allow", "443")
    assert list(by_subnets(plan(text, *NETWORK, twin))["intent.web"]) == [("several", "b")]


def test_what_there_is_no_room_for_is_not_told() -> None:
    """Too many pairs, a map that is cut, a plan in brief: a part of the pairs would hide the others."""
    one = intent("web", "group.all", "group.all", "Allow", "443")
    assert planned(one).intents[0].subnets is not None
    text = nics("all", "a1", "a2", "b1") + one
    assert plan(text, *NETWORK, room=0).intents[0].subnets is None
    both = FlowSet.of([between(addresses(("10.0.0.0/27",)), addresses(("10.0.0.0/27",)))])
    subnets = (("10.0.0.0/28",), ("10.0.0.16/28",))
    assert SubnetTeller(drawn(*subnets), (), room=3).of_flows(both) is None
    assert SubnetTeller(drawn(*subnets), (), room=4).of_flows(both) is not None
    assert SubnetTeller(drawn(*subnets, left=1), ()).of_flows(both) is None
