"""Effective answers, service tags and snapshots: what they add, and what is stale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import Severity
from flowspec.model.inventory import Access, Inventory, key
from flowspec.model.unknown import UNKNOWN
from flowspec.sources import load_inventory
from tests.sources.network import NET, NIC, NSG, SUBNET, VNET, Json, flatten, nsg, ref, rule, shop, write

MANAGER = f"{NET}/networkManagers/nm/securityAdminConfigurations/c/ruleCollections/rc/rules"


def effective(name: str, /, **fields: Any) -> Json:
    base = {
        "name": f"securityRules/{name}",
        "protocol": "Tcp",
        "sourcePortRange": "0-65535",
        "destinationPortRange": "443-443",
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ["443-443"],
        "sourceAddressPrefix": "Internet",
        "destinationAddressPrefix": "0.0.0.0/0",
        "sourceAddressPrefixes": ["Internet"],
        "destinationAddressPrefixes": ["0.0.0.0/0", "0.0.0.0/0"],
        "access": "Allow",
        "priority": 100,
        "direction": "Inbound",
    }
    return {**base, **fields}


def answer(*rules: Json, association: Json | None = None, **more: Any) -> Json:
    where = association or {"networkInterface": ref(NIC)}
    return {"networkSecurityGroup": ref(NSG), "association": where, "effectiveSecurityRules": list(rules), **more}


def load(tmp_path: Path, *documents: Any, network: list[Json] | None = None) -> Inventory:
    sources = [write(tmp_path / "net.json", shop() if network is None else network)]
    sources += [write(tmp_path / f"effective{n}.json", document) for n, document in enumerate(documents)]
    return load_inventory(sources)


def warnings(inventory: Inventory) -> list[str]:
    return [problem.summary for problem in inventory.problems if problem.severity is Severity.WARNING]


def test_a_tag_map_is_the_expansion_of_the_nic(tmp_path: Path) -> None:
    found = load(tmp_path, {"value": [answer(tagMap={"VirtualNetwork": ["10.1.0.0/16"], "Storage": []})]})
    assert found.expansions[key(NIC)].tags == {"virtualnetwork": ("10.1.0.0/16",), "storage": ()}
    assert found.expansions[key(NIC)].learned is None


@pytest.mark.parametrize("member", ["expandedSourceAddressPrefix", "expandedSourceAddressPrefixes"])
def test_without_a_tag_map_the_expanded_prefixes_are(member: str, tmp_path: Path) -> None:
    rules = [
        effective("https", **{member: ["1.0.0.0/8"]}),
        effective("b", sourceAddressPrefix="10.0.0.0/8", **{member: ["x"]}),
    ]
    found = load(tmp_path, flatten({"value": [answer(*rules, tagMap=None)]}))
    assert found.expansions[key(NIC)].tags == {"internet": ("1.0.0.0/8",)}


def test_an_answer_may_name_a_subnet_alone(tmp_path: Path) -> None:
    found = load(
        tmp_path, [answer(tagMap={"Internet": ["1.0.0.0/8"]}, association={"subnet": ref(SUBNET)})], network=[nsg()]
    )
    assert found.expansions[key(SUBNET)].tags == {"internet": ("1.0.0.0/8",)}
    assert found.subnets[key(SUBNET)].known is False


SAME = [
    (effective("https"), {}),
    (effective("https", protocol="All"), {"protocol": "*"}),
    (effective("https", sourceAddressPrefixes=["10.0.0.0/24"]), {"sourceAddressPrefix": "10.0.0.7/24"}),
    (effective("https", sourceAddressPrefixes=["10.0.0.7/32"]), {"sourceAddressPrefix": "10.0.0.7"}),
    (effective("https", sourceAddressPrefixes=["0.0.0.0/0"]), {"sourceAddressPrefix": "*"}),
    (effective("https", sourceAddressPrefixes=["Internet"]), {"sourceAddressPrefix": "INTERNET"}),
    (effective("https", destinationPortRanges=["80-80", "443-443"]), {"destinationPortRanges": ["80"]}),
]
STALE = [
    (effective("https", access="Deny"), ["https"]),
    (effective("https", priority=200), ["https"]),
    (effective("https", destinationPortRanges=["80-80"]), ["https"]),
    (effective("https", sourceAddressPrefixes=["10.0.0.0/8"]), ["https"]),
    (effective("other"), ["other", "https"]),
]


@pytest.mark.parametrize(("theirs", "own"), SAME)
def test_azures_own_spelling_is_not_stale(theirs: Json, own: Json, tmp_path: Path) -> None:
    theirs.pop("sourceAddressPrefix", None)
    assert warnings(load(tmp_path, [answer(theirs)], network=[nsg(rule("https", 100, **own))])) == []


@pytest.mark.parametrize(("theirs", "names"), STALE)
def test_other_rules_are_stale_and_the_own_ones_count(theirs: Json, names: list[str], tmp_path: Path) -> None:
    theirs.pop("sourceAddressPrefix", None)
    found = load(tmp_path, [answer(theirs)], network=[nsg(rule("https", 100))])
    assert warnings(found) == [f"stale: effective rules of nsg-web differ from the NSG's own: {', '.join(names)}"]
    assert [(r.name, r.priority, r.access) for r in found.nsgs[key(NSG)].rules] == [("https", 100, Access.ALLOW)]


ROUTES = [
    {
        "source": "VirtualNetworkGateway",
        "state": "Active",
        "addressPrefix": ["10.200.0.0/13"],
        "nextHopType": "VirtualNetworkGateway",
    },
    {
        "source": "VirtualNetworkGateway",
        "state": "Invalid",
        "addressPrefix": ["10.9.0.0/16"],
        "nextHopType": "VirtualNetworkGateway",
    },
    {"source": "Default", "state": "Active", "addressPrefix": ["10.1.0.0/16"], "nextHopType": "VnetLocal"},
]


def test_effective_routes_are_of_the_nic_beside_them(tmp_path: Path) -> None:
    found = load(tmp_path, {"id": f"{NIC}/effectiveRouteTable", "value": ROUTES}, [answer(tagMap={"X": []})])
    assert found.expansions[key(NIC)].learned == ("10.200.0.0/13",)
    assert found.expansions[key(NIC)].tags == {"x": ()}
    assert load(tmp_path, {"id": f"{NIC}/effectiveRouteTable", "value": []}).expansions[key(NIC)].learned == ()


def test_effective_routes_are_of_the_nic_that_the_file_is_named_after(tmp_path: Path) -> None:
    write(tmp_path / "all" / "net.json", shop())
    write(tmp_path / "all" / "NIC-web.routes.json", {"value": ROUTES})
    assert load_inventory([str(tmp_path / "all")]).expansions[key(NIC)].learned == ("10.200.0.0/13",)


def test_effective_routes_of_nobody_are_told(tmp_path: Path) -> None:
    found = load(tmp_path, {"value": ROUTES})
    assert not found.expansions
    assert [answer.learned for answer in found.unplaced] == [("10.200.0.0/13",)]
    assert warnings(found) == ["effective routes that don't say of which NIC they are: what hinges on them is unknown"]


def admin_rule(name: str = "no-ssh", **fields: Any) -> Json:
    properties = {
        "protocol": "Tcp",
        "sources": [{"addressPrefixType": "ServiceTag", "addressPrefix": "Internet"}],
        "destinations": [{"addressPrefixType": "IPPrefix", "addressPrefix": "*"}],
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ["22"],
        "direction": "Inbound",
        "access": "Deny",
        "priority": 1,
        **fields,
    }
    return {
        "id": f"{MANAGER}/{name}",
        "kind": "Custom",
        "ruleCollectionAppliesToGroups": [],
        "properties": properties,
        "ruleGroups": [],
    }


@pytest.mark.parametrize("shape", [lambda document: document, flatten])
def test_effective_admin_rules_of_a_vnet(shape: Any, tmp_path: Path) -> None:
    value = [admin_rule(), admin_rule("always", access="AlwaysAllow", priority=2)]
    found = load(tmp_path, shape({"id": f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules", "value": value}))
    first, second = found.admin_rules[key(VNET)]
    assert (first.name, first.access, first.priority, first.sources) == ("no-ssh", Access.DENY, 1, ("Internet",))
    assert (first.destination_ports, first.destinations) == (("22",), ("*",))
    assert second.access is Access.ALWAYS_ALLOW
    assert warnings(found) == []


def test_no_admin_rules_is_an_answer_too(tmp_path: Path) -> None:
    found = load(tmp_path, {"id": f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules", "value": []})
    assert found.admin_rules == {key(VNET): ()}
    assert load(tmp_path).admin_rules == {}


def test_a_network_group_in_an_admin_rule_is_not_known(tmp_path: Path) -> None:
    group = {"addressPrefixType": "NetworkGroup", "addressPrefix": f"{NET}/networkManagers/nm/networkGroups/g"}
    document = {"id": f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules", "value": [admin_rule(sources=[group])]}
    found = load(tmp_path, document)
    assert found.admin_rules[key(VNET)][0].sources == (UNKNOWN,)
    assert len(warnings(found)) == 1


def test_admin_rules_in_the_answer_for_a_nic_are_of_its_vnet(tmp_path: Path) -> None:
    admin = effective("no-ssh", access="Deny", priority=1)
    nobody = answer(admin, association={"networkManager": ref(f"{NET}/networkManagers/nm")})
    found = load(tmp_path, {"value": [answer(tagMap={}), {**nobody, "networkSecurityGroup": None}]})
    assert [(r.name, r.access) for r in found.admin_rules[key(VNET)]] == [("no-ssh", Access.DENY)]
    together = answer(
        admin, association={"networkManager": ref(f"{NET}/networkManagers/nm"), "networkInterface": ref(NIC)}
    )
    assert list(load(tmp_path, [together]).admin_rules) == [key(VNET)]


TAGS: Json = {
    "changeNumber": 375,
    "cloud": "Public",
    "values": [
        {"name": "Storage.WestEurope", "id": "Storage.WestEurope", "properties": {"addressPrefixes": ["20.0.0.0/24"]}},
        {"name": "AzureCloud.westeurope", "id": "x", "properties": {"addressPrefixes": ["20.0.0.0/8", "2603::/32"]}},
    ],
}


def test_service_tags_of_the_file_and_of_the_list_api(tmp_path: Path) -> None:
    api = {
        **TAGS,
        "name": "Public",
        "id": "/subscriptions/s/providers/Microsoft.Network/serviceTags/Public",
        "changeNumber": "67",
    }
    api["type"] = "Microsoft.Network/serviceTags"
    for document, label in ((TAGS, "tags.json (change 375)"), (api, "tags.json (change 67)")):
        tags = load_inventory([write(tmp_path / "tags.json", document)]).service_tags
        assert tags.label == label
        assert tags.prefixes["storage.westeurope"] == ("20.0.0.0/24",)
        assert tags.prefixes["azurecloud.westeurope"] == ("20.0.0.0/8", "2603::/32")


def test_later_service_tags_lie_over_earlier_ones(tmp_path: Path) -> None:
    newer = {
        **TAGS,
        "changeNumber": 376,
        "values": [{"name": "storage.westeurope", "properties": {"addressPrefixes": ["1.0.0.0/8"]}}],
    }
    tags = load_inventory([write(tmp_path / "a.json", TAGS), write(tmp_path / "b.json", newer)]).service_tags
    assert tags.prefixes["storage.westeurope"] == ("1.0.0.0/8",)
    assert (len(tags.prefixes), tags.label) == (2, "a.json (change 375), b.json (change 376)")


def test_a_snapshot_has_its_header(tmp_path: Path) -> None:
    header = {"format_version": "1.0", "taken_at": "2026-11-20T08:00:00Z", "service_tags": TAGS, "unread": ["sub b"]}
    document = {**header, "resources": [*shop(), {"id": f"{NIC}/effectiveRouteTable", "value": ROUTES}]}
    found = load_inventory([write(tmp_path / "snapshot.json", document)])
    assert found.origins[0].taken_at == "2026-11-20T08:00:00Z"
    assert found.unread == ("sub b",)
    assert len(found.service_tags.prefixes) == 2
    assert found.expansions[key(NIC)].learned == ("10.200.0.0/13",)
