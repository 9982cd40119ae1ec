"""Which subnets flows are between: as every single address says."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from flowspec.model.documents.network_map import DrawnSubnet, DrawnVnet, NetworkMap
from flowspec.model.documents.plan import IntentFlows, Report, Total
from flowspec.model.documents.values import Pair
from flowspec.views.subnets import SubnetMap
from tests.plan.lab import intent, nic, nics, nsg, plan, vnet, within
from tests.views.sample import NO_SSH
from tests.views.sample import nsg as nsg_id

BLOCK = "10.0.0.0/28"
PREFIX = st.builds(
    lambda start, length: str(ip_network(f"10.0.0.{start}/{length}", strict=False)),
    st.integers(0, 15), st.integers(29, 32))  # fmt: skip
PREFIXES = st.lists(PREFIX, min_size=1, max_size=3).map(tuple)
PAIR = st.builds(
    lambda source, destination, apart: Pair(
        protocol="*", source=source, source_ports=(), destination=destination, destination_ports=(), except_self=apart),
    PREFIXES, PREFIXES, st.booleans())  # fmt: skip


def drawn(*subnets: tuple[str, ...], left: int = 0) -> NetworkMap:
    found = tuple(DrawnSubnet(id=f"{nsg_id('v')}/subnets/s{at}", prefixes=p) for at, p in enumerate(subnets))
    return NetworkMap(vnets=(DrawnVnet(id=nsg_id("v"), prefixes=(BLOCK,), subnets=found),), subnets_left_out=left)


@given(st.lists(PREFIXES, max_size=3), st.lists(PAIR, min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_ends_are_those_of_each_address(subnets: list[tuple[str, ...]], pairs: list[Pair]) -> None:
    found = SubnetMap(drawn(*subnets))

    def owner(address: str) -> int:
        held = [at for at, prefixes in enumerate(subnets) if holds(prefixes, address)]
        return held[0] if len(held) == 1 else found.several if held else found.elsewhere

    addresses = [f"10.0.0.{number}" for number in range(24)]
    wanted = {
        (owner(source), owner(destination))
        for pair in pairs
        for source, destination in product(addresses, addresses)
        if holds(pair.source, source)
        and holds(pair.destination, destination)
        and not (pair.except_self and source == destination)
    }
    assert set(found.ends(pairs)) == wanted


def holds(prefixes: tuple[str, ...], address: str) -> bool:
    return any(ip_address(address) in ip_network(prefix) for prefix in prefixes)


def test_both_families_and_what_has_no_number() -> None:
    found = SubnetMap(drawn(("10.0.0.0/28", "fd00::/64"), ("fd00:1::/64",)))
    assert found.of(("fd00::5/128",)) == {0} and found.of(("fd00:1::/60",)) == {1, found.elsewhere}
    assert found.of(("<storage>",)) == {found.elsewhere}
    assert found.of(("0.0.0.0/0",)) == {0, found.elsewhere}


NETWORK = (
    nsg("nsg-a", "ssh 100 In Deny Tcp * -> *|22"),
    vnet(space="10.0.0.0/16", a=within("nsg-a", "10.0.1.0/24"), b=within("nsg-a", "10.0.2.0/24")),
    nic("a1", "10.0.1.4", subnet="a"), nic("a2", "10.0.1.5", subnet="a"), nic("b1", "10.0.2.4", subnet="b"),
)  # fmt: skip


def planned(*intents: str) -> Report:
    return plan(nics("a", "a1", "a2") + nics("b", "b1") + nics("all", "a1", "a2", "b1") + "".join(intents), *NETWORK)


def test_an_intent_by_subnets() -> None:
    report = planned(
        intent("web", "group.all", "group.all", "Allow", "443"),
        intent("some", "group.a", "group.b", "Allow", "22, 80"),
        intent("shut", "group.a", "group.b", "Deny", "23"),
        'boundary "fence" {\naround = [group.b]\ndirection = "Both"\nallow = [intent.web, intent.some]\n}\n',
    )
    found = SubnetMap(report.network)
    names = [one.rpartition("/")[2] for one in found.ids] + ["elsewhere", "several"]
    told = {
        one.address: {(names[a], names[b]): said for (a, b), said in (found.of_intent(one) or {}).items()}
        for one in report.intents
    }
    assert told["intent.web"] == dict.fromkeys([("a", "a"), ("a", "b"), ("b", "a")], ("permitted", False))
    assert told["intent.some"] == {("a", "b"): ("partly", True)}
    assert told["intent.shut"] == {("a", "b"): ("permitted", True)}
    assert told["boundary.fence"]["a", "b"] == ("open", True)
    assert told["boundary.fence"]["elsewhere", "b"][0] in ("open", "denied")


def test_what_is_not_listed_is_not_told() -> None:
    """A list that was cut, one for which there was no room, a map that is cut: each would hide a pair."""
    found = SubnetMap(drawn((BLOCK,)))
    fine = replace(NO_SSH, flows=IntentFlows())
    assert found.of_intent(fine) == {}
    cut = IntentFlows(passing_total=Total(count="7", truncated=True))
    left_out = IntentFlows(stopped_total=Total(count="7"))
    assert found.of_intent(replace(fine, flows=cut)) is None
    assert found.of_intent(replace(fine, flows=left_out)) is None
    assert SubnetMap(drawn((BLOCK,), left=1)).of_intent(fine) is None and SubnetMap(None).of_intent(fine) is None
