"""What Azure answered before a plan or template is applied: what that changes, the answers do not tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flowspec.model.templates import TemplateOptions
from flowspec.sources import load_inventory
from tests.terraform.documents import LATER, ROOT, Plan, judged, named, rule
from tests.terraform.test_plans import NSG, live

Json = dict[str, Any]
VNET, NIC = f"{ROOT}/virtualNetworks/v", f"{ROOT}/networkInterfaces/i"
OTHER = f"{ROOT}/virtualNetworks/w"
SPEC = """
group "nic" {
  select {
    nic = "i"
  }
}
group "other" {
  prefixes = ["10.9.0.0/16"]
}
intent "apart" {
  from     = [group.other]
  to       = [group.nic]
  protocol = "Tcp"
  ports    = [443]
  expect   = "EXPECT"
}
"""


def answered(folder: Path, *admin: Json) -> list[str]:
    """The live network, a VNet beside it, and what Azure answers of the NIC and of its VNet."""
    other = {"id": OTHER, "name": "w", "type": "Microsoft.Network/virtualNetworks", "properties": {
        "addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}, "virtualNetworkPeerings": [], "subnets": []}}  # fmt: skip
    tags = {"VirtualNetwork": ["10.0.0.0/16", "168.63.129.16/32"], "Internet": ["8.0.0.0/7"]}
    entry = {"association": {"networkInterface": {"id": NIC}}, "tagMap": tags, "networkSecurityGroup": {"id": NSG},
             "effectiveSecurityRules": []}  # fmt: skip
    documents = [
        [other],
        {"id": f"{NIC}/effectiveNetworkSecurityGroups", "value": [entry]},
        {"id": f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules", "value": list(admin)},
    ]
    paths = [live(folder)]
    for at, document in enumerate(documents):
        path = folder / f"answer-{at}.json"
        path.write_text(json.dumps(document), "utf-8")
        paths.append(str(path))
    return paths


def status(folder: Path, paths: list[str], expect: str) -> str:
    found = load_inventory(paths)
    return judged(found, folder, SPEC.replace("EXPECT", expect)).intents[0].status.value


def half(name: str, remote: str) -> Json:
    return {
        "name": f"to-{name}", "resource_group_name": "rg", "virtual_network_name": "w" if name == "v" else "v",
        "remote_virtual_network_id": remote, "allow_virtual_network_access": True, "allow_gateway_transit": False,
        "use_remote_gateways": False, "id": LATER,
    }  # fmt: skip


def peered() -> Plan:
    """Both VNets become peers."""
    plan = Plan().add("azurerm_virtual_network_peering.there", half("w", OTHER))
    return plan.add("azurerm_virtual_network_peering.back", half("v", VNET))


def test_a_peering_that_a_plan_makes_counts_against_what_azure_answered_before(tmp_path: Path) -> None:
    paths = answered(tmp_path)
    assert status(tmp_path, paths, "Deny") == "satisfied"
    assert status(tmp_path, [*paths, peered().write(tmp_path)], "Deny") == "drifted"
    assert status(tmp_path, [*paths, peered().write(tmp_path)], "Allow") == "satisfied"


def test_a_template_changes_it_too(tmp_path: Path) -> None:
    peering = {
        "type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "apiVersion": "2024-05-01",
        "name": "v/to-w", "properties": {"remoteVirtualNetwork": {"id": OTHER}, "allowVirtualNetworkAccess": True,
                                         "peeringState": "Connected"}}  # fmt: skip
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"$schema": schema, "contentVersion": "1.0.0.0", "resources": [peering]}), "utf-8")
    scope = TemplateOptions(resource_group="rg", subscription=ROOT.split("/")[2])
    found = load_inventory([*answered(tmp_path), str(path)], templates=scope)
    assert judged(found, tmp_path, SPEC.replace("EXPECT", "Deny")).intents[0].status.value != "satisfied"


def test_what_a_plan_leaves_as_it_is_stays_answered(tmp_path: Path) -> None:
    """A new subnet, and a rule: the tags are those of before, though the resources alone would say otherwise."""
    paths = answered(tmp_path)
    plan = Plan().add("azurerm_subnet.t", {
        "name": "t", "resource_group_name": "rg", "virtual_network_name": "v", "address_prefixes": ["10.0.2.0/24"],
        "id": LATER})  # fmt: skip
    plan.add("azurerm_network_security_rule.r", rule() | {
        "resource_group_name": "rg", "network_security_group_name": "n", "id": LATER})  # fmt: skip
    found = load_inventory([*paths, plan.write(tmp_path)])
    (expansion,) = found.expansions.values()
    assert set(expansion.tags) == {"virtualnetwork", "internet"}
    assert not [problem for problem in found.problems if "stale" in problem.summary]
    assert NSG in {one.id for one in found.nsgs.values()}


TABLE = f"{ROOT}/routeTables/rt"
ROUTE = {"name": "out", "address_prefix": "10.9.0.0/16", "next_hop_type": "None", "resource_group_name": "rg",
         "route_table_name": "rt", "id": LATER}  # fmt: skip
GATEWAY = named("g", type="Vpn", bgp_enabled=True, id=LATER, vpn_client_configuration=[],
                ip_configuration=[{"name": "ip", "subnet_id": f"{VNET}/subnets/GatewaySubnet"}])  # fmt: skip


@pytest.mark.parametrize("change", [
    Plan().add("azurerm_route.r", ROUTE),
    Plan().add("azurerm_subnet_route_table_association.a",
               {"subnet_id": f"{VNET}/subnets/s", "route_table_id": TABLE, "id": LATER}),
    Plan().add("azurerm_virtual_network_gateway.g", GATEWAY), peered(),
], ids=["route", "table", "gateway", "peering"])  # fmt: skip
def test_what_virtual_network_and_internet_hang_on_outdates_both_and_what_was_learned(
    change: Plan, tmp_path: Path
) -> None:
    table = {"id": TABLE, "name": "rt", "type": "Microsoft.Network/routeTables",
             "properties": {"routes": [], "disableBgpRoutePropagation": False}}  # fmt: skip
    learned = {"source": "VirtualNetworkGateway", "state": "Active", "addressPrefix": ["10.9.0.0/16"],
               "nextHopType": "VirtualNetworkGateway", "nextHopIpAddress": []}  # fmt: skip
    paths = answered(tmp_path)
    for at, document in enumerate(([table], {"id": f"{NIC}/effectiveRouteTable", "value": [learned]})):
        (tmp_path / f"more-{at}.json").write_text(json.dumps(document), "utf-8")
        paths.append(str(tmp_path / f"more-{at}.json"))
    (before,) = load_inventory(paths).expansions.values()
    assert before.tags.keys() == {"virtualnetwork", "internet"} and before.learned == ("10.9.0.0/16",)
    after = load_inventory([*paths, change.write(tmp_path)]).expansions
    assert all(not one.tags and one.learned is None for one in after.values())


def test_a_nic_that_moves_is_not_the_one_that_was_answered_for(tmp_path: Path) -> None:
    paths = answered(tmp_path)
    config = {"name": "ip", "private_ip_address": "10.0.1.4", "private_ip_address_version": "IPv4", "primary": True,
              "subnet_id": f"{VNET}/subnets/s"}  # fmt: skip
    old = named("i", id=NIC, ip_configuration=[config])
    new = named("i", id=NIC, ip_configuration=[config | {"subnet_id": f"{VNET}/subnets/t"}])
    plan = Plan().add("azurerm_network_interface.i", new, before=old)
    assert load_inventory([*paths, plan.write(tmp_path)]).expansions == {}


ADMIN = {"name": "a", "admin_rule_collection_id": f"{ROOT}/networkManagers/m/securityAdminConfigurations/c"
         "/ruleCollections/r", "action": "AlwaysAllow", "direction": "Inbound", "priority": 1, "protocol": "Tcp",
         "source_port_ranges": ["0-65535"], "destination_port_ranges": ["443"],
         "source": [{"address_prefix": "10.9.0.0/16", "address_prefix_type": "IPPrefix"}],
         "destination": [{"address_prefix": "*", "address_prefix_type": "IPPrefix"}]}  # fmt: skip
DEPLOYMENT = {"network_manager_id": f"{ROOT}/networkManagers/m", "location": "westeurope", "scope_access":
              "SecurityAdmin", "configuration_ids": [f"{ROOT}/networkManagers/m/securityAdminConfigurations/c"],
              "id": LATER}  # fmt: skip


@pytest.mark.parametrize("change, expected", [
    (Plan().add("azurerm_network_manager_admin_rule.a", ADMIN | {"id": LATER}), "unknown"),
    (Plan().add("azurerm_network_manager_admin_rule.a", None, before=ADMIN | {"id": f"{ROOT}/x/a"}), "unknown"),
    (Plan().add("azurerm_network_manager_deployment.d", DEPLOYMENT), "unknown"),
    (Plan().add("azurerm_network_manager_deployment.d", DEPLOYMENT | {"id": "d"}, before=DEPLOYMENT | {"id": "d"}),
     "satisfied"),
])  # fmt: skip
def test_admin_rules_that_are_deployed_anew_are_not_those_that_were_answered(
    change: Plan, expected: str, tmp_path: Path
) -> None:
    paths = answered(tmp_path)
    assert status(tmp_path, [*paths, change.write(tmp_path)], "Deny") == expected


def test_an_address_of_an_admin_rule_that_is_not_known_may_be_any(tmp_path: Path) -> None:
    held = ADMIN | {"id": LATER, "source": [{"address_prefix": "10.8.0.0/16", "address_prefix_type": "IPPrefix"},
                                            {"address_prefix": LATER, "address_prefix_type": "IPPrefix"}]}  # fmt: skip
    change = Plan().add("azurerm_network_manager_admin_rule.a", held)
    assert status(tmp_path, [live(tmp_path), change.write(tmp_path)], "Deny") == "unknown"
