"""Values that a source holds back are unknown with their reason, never absent; names known in part may match."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from flowspec.intents.patterns import any_name, may_be_named, may_match, subnet_matches, subnet_may_match
from flowspec.model.inventory import Inventory, key, lack
from flowspec.model.unknown import is_unknown, opaque, unknown, why
from flowspec.sources import load_inventory
from tests.sources.network import write
from tests.sources.test_unsaid import NIC, NSG, SUBNET, VNET, access, network, rule

LATER = unknown("known after apply: azurerm_x.y.z", "give it")


def loaded(folder: Path, kind: str, name: str, value: object) -> Inventory:
    """The network with one property of the first resource of a type held back."""
    resources = copy.deepcopy(network(rule()))
    holder = next(one for one in resources if one["type"].lower() == f"microsoft.network/{kind}")
    if name.startswith("subnet/"):
        holder, name = holder["properties"]["subnets"][0], name.removeprefix("subnet/")
    if name.startswith("rule/"):
        holder, name = holder["properties"]["securityRules"][0], name.removeprefix("rule/")
    holder["properties"][name] = value
    return load_inventory([write(folder / "net.json", resources)])


def test_a_text_that_is_held_back_says_why() -> None:
    assert is_unknown(LATER)
    assert why(LATER) == ("known after apply: azurerm_x.y.z", "give it")
    assert why(unknown("so")) == ("so", "")


@pytest.mark.parametrize(
    ("kind", "name", "at", "field"),
    [
        ("networksecuritygroups", "securityRules", NSG, "rules"),
        ("networksecuritygroups", "rule/priority", NSG, "rules"),
        ("networksecuritygroups", "rule/access", NSG, "rules"),
        ("networksecuritygroups", "rule/direction", NSG, "rules"),
        ("virtualnetworks", "subnet/networkSecurityGroup", SUBNET, "nsg"),
        ("virtualnetworks", "subnet/routeTable", SUBNET, "route_table"),
        ("virtualnetworks", "virtualNetworkPeerings", VNET, "peerings"),
        ("networkinterfaces", "networkSecurityGroup", NIC, "nsg"),
    ],
)
def test_a_property_that_is_held_back_is_not_known(kind: str, name: str, at: str, field: str, tmp_path: Path) -> None:
    for value in (LATER, {"id": LATER}) if "Group" in name or "Table" in name else (LATER,):
        found = loaded(tmp_path, kind, name, value)
        tables = (found.nsgs, found.subnets, found.vnets, found.nics)
        resource = next(table[key(at)] for table in tables if key(at) in table)
        missing = lack(resource, field)
        assert missing is not None
        assert missing.reason == "known after apply: azurerm_x.y.z"
        assert access(found) == "Unknown" or at == NIC or field in ("route_table", "peerings")


@pytest.mark.parametrize(
    "name", ["sourceAddressPrefix", "protocol", "destinationPortRange", "sourceApplicationSecurityGroups"]
)
def test_a_field_of_a_rule_that_is_held_back_may_match_anything(name: str, tmp_path: Path) -> None:
    found = loaded(tmp_path, "networksecuritygroups", f"rule/{name}", LATER)
    (one,) = found.nsgs[key(NSG)].rules
    assert any(map(is_unknown, (one.protocol, *one.sources, *one.destination_ports)))
    assert access(found) == "Unknown" or one.sources[0] == "*"


def test_an_address_space_that_is_held_back_is_not_known(tmp_path: Path) -> None:
    for value in (LATER, {"addressPrefixes": LATER}, {"addressPrefixes": ["10.0.0.0/8", LATER]}):
        found = loaded(tmp_path, "virtualnetworks", "addressSpace", value)
        assert found.vnets[key(VNET)].prefixes == ()
        assert lack(found.vnets[key(VNET)], "prefixes") is not None


NAME = f"vm-{opaque('known after apply')}-a"


@pytest.mark.parametrize(
    ("glob", "surely", "maybe"),
    [
        ("vm-*", True, True), ("*", True, True), ("vm-*-a", True, True), ("vm-x-a", False, True),
        ("vm--a", False, True), ("vm-?-a", False, True), ("vm-???????????????-a", False, True), ("db-*", False, False),
        ("vm-*-b", False, False), ("vm-x-b", False, False), ("VM-x-A", False, True), ("vm", False, False),
        ("v*a", True, True), ("*-b*", False, True),
    ],
)  # fmt: skip
def test_a_glob_matches_the_known_parts_of_a_name(glob: str, surely: bool, maybe: bool) -> None:
    assert any_name((glob,), "", NAME) is surely
    assert may_be_named((glob,), "", NAME) is maybe


def test_names_that_are_known_only_match_as_they_do() -> None:
    assert not may_be_named(("vm-*",), "", "db-1")
    assert may_match("a*c", "abc")
    assert not may_match("a*c", "abd")
    subnet = f"/x/virtualnetworks/{opaque('x')}/subnets/web"
    assert subnet_may_match("vnet/web", subnet) and not subnet_matches("vnet/web", subnet)
    assert subnet_matches("web", subnet) and not subnet_may_match("vnet/db", subnet)


def test_of_a_peers_prefixes_none_is_known_where_one_is_held_back(tmp_path: Path) -> None:
    space = {"addressPrefixes": ["10.7.0.0/16", LATER]}
    peering = {"name": "p", "properties": {"remoteAddressSpace": space, "peeringState": "Connected"}}
    found = loaded(tmp_path, "virtualnetworks", "virtualNetworkPeerings", [peering])
    (half,) = found.vnets[key(VNET)].peerings
    assert half.remote_prefixes == ()
