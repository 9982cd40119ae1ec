"""Names of sets of addresses: what is told, read as it says, is the set."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.intents.groups import Groups, opaque_tags
from flowspec.model.platform import PLATFORM
from flowspec.network.index import Network
from flowspec.network.internet import internet_list
from flowspec.reporting.set_names import SetNames, names_in
from flowspec.sets.address import parse_prefix, prefix_set
from flowspec.sets.intervals import ALL_NUMBERS, V4, V6, V6_BASE, AddressSet, point
from tests.engine.loading import load_documents
from tests.plan.lab import Json, group, nic, nics, spec_of, vnet, within

BASE = prefix_set(("10.0.0.0/32",)).spans[0][0]
_STARTS = st.integers(0, 63)
SETS = st.lists(st.tuples(_STARTS, st.integers(0, 31), st.booleans()), min_size=1, max_size=3).map(
    lambda spans: AddressSet.of(
        (at + (V6_BASE if v6 else BASE), at + size + (V6_BASE if v6 else BASE)) for at, size, v6 in spans
    )
)
ALL = re.compile("(.+?) but not (.+)")


def read(told: str, names: dict[str, AddressSet], within: AddressSet) -> AddressSet:
    """The addresses that a phrase stands for."""
    if told.startswith("all but "):
        return within.subtract(read(told.removeprefix("all but "), names, within))
    if found := ALL.fullmatch(told):
        return read(found[1], names, within).subtract(read(found[2], names, within))
    spans = []
    for word in told.split(", "):
        prefix = parse_prefix(word)
        spans += [prefix] if prefix else list(names[word].intersect(within).spans)
    return AddressSet.of(spans)


@given(
    st.lists(SETS, max_size=4), st.lists(SETS, max_size=3), st.lists(SETS, max_size=4), SETS, st.booleans(),
    st.lists(st.integers(0, 10), max_size=3), st.lists(SETS, max_size=1), st.booleans(),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_a_name_stands_for_exactly_its_set(
    named: list[AddressSet], vnets: list[AddressSet], subnets: list[AddressSet], drawn: AddressSet, other: bool,
    picked: list[int], taken: list[AddressSet], beyond: bool,
) -> None:  # fmt: skip
    """Sets are drawn, or put together of named ones without some others, or all there is; some lie beyond `within`."""
    within = ALL_NUMBERS.subtract(AddressSet(((BASE + 5, BASE + 7),)))
    every = {f"{kind}{at}": one for kind, found in (("g", named), ("v", vnets), ("s", subnets))
             for at, one in enumerate(found)}  # fmt: skip
    names = SetNames(*([(name, one) for name, one in every.items() if name[0] == kind] for kind in "gvs"), within)
    known = list(every.values())
    asked = drawn
    if other:
        asked = V4 if taken else ALL_NUMBERS
    if other and known:
        asked = AddressSet.of(span for at in picked for span in known[at % len(known)].spans)
        for one in taken:
            asked = asked.subtract(one)
    asked = asked if beyond else asked.intersect(within)
    if not asked.is_subset(within):
        within = ALL_NUMBERS
    told = names.name(asked)
    if not asked:
        assert not told, "nothing has no name"
        return
    if not told:
        assert not asked or all(one.intersect(within) != asked for one in known)
        return
    here = next(found for found in (V4, V6, ALL_NUMBERS) if asked.is_subset(found))
    assert read(told, every, within.intersect(here)) == asked


def names_of(*found: Json, spec: str = "", judged: AddressSet = ALL_NUMBERS) -> SetNames:
    read = spec_of(spec)
    network = Network(load_documents({"net.json": list(found)}), opaque_tags=opaque_tags(read, {}))
    return names_in(network, groups=Groups(read, network), within=judged)


def named(names: SetNames, *prefixes: str) -> str:
    return names.name(prefix_set(prefixes))


def test_places_and_groups() -> None:
    names = names_of(
        vnet("hub", "10.0.0.0/16", a=within(None, "10.0.1.0/24"), b=within(None, "10.0.2.0/24")),
        vnet("app", "10.1.0.0/16"),
        vnet("data", "10.2.0.0/16", c=within(None, "10.2.0.0/16")),
        nic("one", "10.0.1.4", subnet="a"),
        nic("unplaced", None, subnet="b"),
        spec=nics("web", "one") + nics("new", "unplaced") + group("far", 'service_tags = ["Storage"]'),
    )
    assert named(names, "10.0.1.0/24") == "subnet hub/a" and named(names, "10.2.0.0/16") == "VNet data"
    assert named(names, "10.0.0.0/15") == "VNet hub, VNet app"
    assert named(names, "10.0.1.4/32") == "group.web", "as the spec calls it"
    assert named(names, "10.0.1.0/30", "10.0.1.5/32", "10.0.1.6/31", "10.0.1.8/29", "10.0.1.16/28", "10.0.1.32/27",
                 "10.0.1.64/26", "10.0.1.128/25") == "subnet hub/a but not group.web"  # fmt: skip
    assert named(names, "10.0.0.0/16", "192.0.2.9/32") == "VNet hub, 192.0.2.9"
    assert named(names, "192.0.2.0/24") == named(names, "10.0.0.0/17", "192.0.2.0/24") == "", "no briefer than prefixes"
    internet = internet_list().addresses
    assert names.name(internet) == "Internet"
    assert names.name(internet.subtract(prefix_set(("8.8.8.8/32",)))) == "Internet but not 8.8.8.8"
    assert names.name(ALL_NUMBERS.subtract(PLATFORM)) == "group.any"
    judged = names_of(vnet("hub", "10.0.0.0/16"), judged=ALL_NUMBERS.subtract(PLATFORM))
    assert judged.name(internet) == judged.name(internet.subtract(PLATFORM)) == "Internet"
    assert names.name(AddressSet.one(point(0, 4)).union(prefix_set(("10.0.1.0/24",)))) == "", "points have no name here"
    assert names.name(AddressSet.one(point(0, 4)).union(prefix_set(("10.9.1.0/24", "10.8.1.0/24")))) == ""


def test_a_name_or_addresses_of_two_places_name_neither() -> None:
    other = vnet("hub", "10.9.0.0/16")
    other["id"] = other["id"].replace("/rg", "/rg-other", 1)
    names = names_of(vnet("hub", "10.0.0.0/16"), other)
    assert named(names, "10.0.0.0/16") == named(names, "10.9.0.0/16") == ""
    names = names_of(vnet("a", "10.0.0.0/16", s=within(None, "10.0.1.0/24")), vnet("b", "10.0.0.0/17"))
    assert named(names, "10.0.0.0/16") == named(names, "10.0.0.0/17") == named(names, "10.0.1.0/24") == ""
    before, after = (
        Network(load_documents({"net.json": [vnet("a", space)]})) for space in ("10.0.0.0/16", "10.1.0.0/16")
    )
    assert named(names_in(before, after), "10.0.0.0/16") == named(names_in(before, after), "10.1.0.0/16") == ""
    assert named(names_in(before, before), "10.0.0.0/16") == "VNet a"
