"""Load balancers and admin rules of which a plan hides something, and azapi bodies: unknown, and never an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowspec.model.inventory import key
from flowspec.sources.azure_json import READERS
from flowspec.terraform.azapi import DECIDING
from tests.terraform.documents import LATER, ROOT, Plan, base, judged, named, refs, rule

Json = dict[str, Any]
SPEC = """
group "nic" {
  select {
    nic = "i"
  }
}
group "rule" {
  frontends = ["lb/r"]
}
group "front" {
  prefixes = ["10.0.2.9/32"]
}
"""


def spec(to: str, expect: str) -> str:
    return (
        SPEC
        + (
            f'intent "it" {{\n  from = [group.far]\n  to = [group.{to}]\n  protocol = "Tcp"\n  ports = [22]\n'
            f'  expect = "{expect}"\n}}\n'
        )
        + 'group "far" {\n  prefixes = ["203.0.113.9/32"]\n}\n'
    )


def balanced(plan: Plan, pool: Json | None = None, **held: Any) -> Plan:
    """A load balancer before the NIC, of whose rule something is held back."""
    front = [
        {
            "name": "front",
            "private_ip_address": "10.0.2.9",
            "private_ip_address_version": "IPv4",
            "private_ip_address_allocation": "Static",
            "subnet_id": f"{ROOT}/virtualNetworks/v/subnets/s",
        }
    ]
    plan.add("azurerm_lb.l", named("lb", frontend_ip_configuration=front, id=LATER))
    plan.add("azurerm_lb_backend_address_pool.p", {"name": "pool", "loadbalancer_id": LATER, "id": LATER},
             {"loadbalancer_id": refs("azurerm_lb.l.id")})  # fmt: skip
    values = {"name": "r", "loadbalancer_id": LATER, "protocol": "Tcp", "frontend_port": 22, "backend_port": 22,
              "frontend_ip_configuration_name": "front", "floating_ip_enabled": True, "id": LATER,
              "backend_address_pool_ids": LATER} | held  # fmt: skip
    told = {name: refs("data.external.x.result") for name, value in held.items() if value is LATER}
    plan.add("azurerm_lb_rule.r", values, {
        "loadbalancer_id": refs("azurerm_lb.l.id"), **told,
        "backend_address_pool_ids": pool or refs("azurerm_lb_backend_address_pool.p.id")})  # fmt: skip
    return plan.add("azurerm_network_interface_backend_address_pool_association.a", {
        "network_interface_id": LATER, "ip_configuration_name": "ip", "backend_address_pool_id": LATER, "id": LATER}, {
        "network_interface_id": refs("azurerm_network_interface.i.id"),
        "backend_address_pool_id": refs("azurerm_lb_backend_address_pool.p.id")})  # fmt: skip


def status(plan: Plan, folder: Path, to: str, expect: str) -> str:
    (intent,) = judged(plan.load(folder), folder, spec(to, expect)).intents
    return intent.status.value


OPEN, SHUT = (named("n", security_rule=[rule(access=access)], id=LATER) for access in ("Allow", "Deny"))


@pytest.mark.parametrize("to", ["rule", "front"])
@pytest.mark.parametrize("name", ["floating_ip_enabled", "frontend_port", "frontend_ip_configuration_name", "protocol"])
def test_what_a_rule_brings_is_known_only_where_all_of_it_is(name: str, to: str, tmp_path: Path) -> None:
    assert status(balanced(base(nsg=OPEN)), tmp_path, to, "Allow") == "satisfied"
    assert status(balanced(base(nsg=SHUT)), tmp_path, to, "Deny") == "satisfied"
    for nsg in (OPEN, SHUT):
        for expect in ("Allow", "Deny"):
            assert status(balanced(base(nsg=nsg), **{name: LATER}), tmp_path, to, expect) == "unknown", (nsg, expect)


@pytest.mark.parametrize("to", ["rule", "front"])
def test_who_may_be_in_a_pool_may_be_behind_its_rules(to: str, tmp_path: Path) -> None:
    plan = balanced(base(nsg=SHUT))
    front = {"name": "ip", "private_ip_address": "10.0.1.77", "private_ip_address_version": "IPv4",
             "private_ip_address_allocation": "Static", "subnet_id": LATER}  # fmt: skip
    plan.add("azurerm_network_interface.j", named("j", id=LATER, ip_configuration=[front]),
             {"ip_configuration": [{"subnet_id": refs("azurerm_subnet.s.id")}]})  # fmt: skip
    assert status(plan, tmp_path, to, "Deny") == "satisfied"
    plan.add(
        "azurerm_network_interface_backend_address_pool_association.b",
        {"network_interface_id": LATER, "ip_configuration_name": "ip", "backend_address_pool_id": LATER, "id": LATER},
        {"network_interface_id": refs("azurerm_network_interface.j.id"), "backend_address_pool_id": refs("local.pool")},
    )
    assert status(plan, tmp_path, to, "Deny") == "unknown"


def test_a_public_ip_of_its_own_does_not_close_a_backend(tmp_path: Path) -> None:
    """Without an NSG a Standard public IP is closed; what comes by the frontend of a load balancer is not."""
    plan = base(attach=False)
    plan.add("azurerm_public_ip.x", named("x", sku="Standard", allocation_method="Static", id=LATER))
    (block,) = plan.changes[-2]["change"]["after"]["ip_configuration"]
    block["public_ip_address_id"] = f"{ROOT}/publicIPAddresses/x"
    assert status(plan, tmp_path, "nic", "Deny") == "satisfied"
    assert status(balanced(plan, floating_ip_enabled=LATER), tmp_path, "nic", "Deny") == "unknown"


def test_children_in_a_body_whose_names_are_not_known(tmp_path: Path) -> None:
    """Two rules are two rules, whatever they will be called."""
    properties = {"priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "*", "sourcePortRange": "*",
                  "destinationPortRange": "*", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*"}  # fmt: skip
    rules = [{"name": LATER, "properties": properties},
             {"name": LATER, "properties": properties | {"priority": 101, "access": "Allow"}}]  # fmt: skip
    plan = base(nsg=OPEN, attach=False)
    plan.add("azapi_resource.n", {"type": "Microsoft.Network/networkSecurityGroups@2023-11-01", "name": "shut",
                                  "parent_id": ROOT.rpartition("/providers/")[0], "location": "westeurope",
                                  "body": {"properties": {"securityRules": rules}}, "id": LATER},
             {"body": refs("local.x")})  # fmt: skip
    plan.add(
        "azurerm_subnet_network_security_group_association.a",
        {"subnet_id": LATER, "network_security_group_id": LATER, "id": LATER},
        {"subnet_id": refs("azurerm_subnet.s.id"), "network_security_group_id": refs("azapi_resource.n.id")},
    )
    found = plan.load(tmp_path)
    assert len(found.nsgs[key(f"{ROOT}/networkSecurityGroups/shut")].rules) == 2
    (intent,) = judged(found, tmp_path).intents
    assert intent.status.value == "satisfied"


def test_admin_rules_of_a_manager_that_is_made_with_them(tmp_path: Path) -> None:
    """They may be deployed: what hinges on them is unknown."""
    ends = {"source": [{"address_prefix_type": "IPPrefix", "address_prefix": "*"}],
            "destination": [{"address_prefix_type": "IPPrefix", "address_prefix": "*"}]}  # fmt: skip
    plan = base(nsg=SHUT)
    plan.add("azurerm_network_manager_admin_rule.r", {
        "name": "r", "admin_rule_collection_id": LATER, "action": "AlwaysAllow", "direction": "Inbound", "priority": 1,
        "protocol": "Tcp", "source_port_ranges": ["0-65535"], "destination_port_ranges": ["22"], "id": LATER, **ends},
        {"admin_rule_collection_id": refs("azurerm_network_manager_admin_rule_collection.c.id")})  # fmt: skip
    assert status(plan, tmp_path, "nic", "Deny") == "unknown"


KINDS = {
    "virtualNetworks": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
    "networkSecurityGroups": {},
    "routeTables": {},
    "loadBalancers": {},
}


def by_azapi(kind: str, name: str, properties: Any) -> tuple[str, Json, Json]:
    values = {"type": f"Microsoft.Network/{kind}@2023-11-01", "name": name, "location": "westeurope", "id": LATER,
              "parent_id": ROOT.rpartition("/providers/")[0], "body": {"properties": properties}}  # fmt: skip
    return f"azapi_resource.{kind}", values, {"body": refs("local.x")}


CHILDREN = {
    "azurerm_subnet.s": {"name": "s", "resource_group_name": "rg", "virtual_network_name": "v",
                         "address_prefixes": ["10.0.1.0/24"]},
    "azurerm_virtual_network_peering.p": {
        "name": "p", "resource_group_name": "rg", "virtual_network_name": "v", "allow_virtual_network_access": True,
        "remote_virtual_network_id": f"{ROOT}/virtualNetworks/w"},
    "azurerm_network_security_rule.r": rule("r") | {"resource_group_name": "rg", "network_security_group_name": "n"},
    "azurerm_route.r": {"name": "r", "resource_group_name": "rg", "route_table_name": "t", "next_hop_type": "None",
                        "address_prefix": "10.9.0.0/16"},
    "azurerm_lb_backend_address_pool.b": {"name": "b", "loadbalancer_id": f"{ROOT}/loadBalancers/l"},
    "azurerm_lb_nat_rule.q": {"name": "q", "loadbalancer_id": f"{ROOT}/loadBalancers/l", "protocol": "Tcp",
                              "frontend_port": 22, "backend_port": 22, "frontend_ip_configuration_name": "f"},
    "azurerm_subnet_network_security_group_association.a": {
        "subnet_id": f"{ROOT}/virtualNetworks/v/subnets/s", "network_security_group_id": f"{ROOT}/x"},
}  # fmt: skip


@pytest.mark.parametrize("how", ["none", "null", "held", "held item", "body"])
def test_children_by_azurerm_of_parents_by_azapi(how: str, tmp_path: Path) -> None:
    """A parent that does not say its list, or holds it back, does not lose what else says of it."""
    lists = ("subnets", "virtualNetworkPeerings", "securityRules", "routes", "backendAddressPools", "inboundNatRules")
    plan = Plan()
    for (kind, told), name in zip(KINDS.items(), "vntl", strict=True):
        properties: Any = dict(told)
        if how == "held" or how == "held item":
            properties |= dict.fromkeys(lists, LATER if how == "held" else [LATER])
        if how == "null":
            properties = None
        plan.add(*by_azapi(kind, name, LATER if how == "body" else properties))
    for address, values in CHILDREN.items():
        plan.add(address, values | {"id": LATER})
    found = plan.load(tmp_path)
    (nsg,), (table,), (balancer,) = (list(t.values()) for t in (found.nsgs, found.route_tables, found.balancers))
    assert [one.name for one in nsg.rules] == [one.name for one in table.routes] == ["r"]
    assert [one.name for one in (*balancer.pools, *balancer.rules)] == ["b", "q"]
    assert [one.name for one in found.vnets[key(f"{ROOT}/virtualNetworks/v")].peerings] == ["p"]
    assert all(bool(one.lacks) is (how in ("held", "held item", "body")) for one in (nsg, table, balancer))


def test_who_of_the_addresses_of_a_nic_is_in_a_pool_is_not_known_without_their_names(tmp_path: Path) -> None:
    plan = balanced(base(nsg=SHUT))
    (nic,) = (one for one in plan.changes if one["address"] == "azurerm_network_interface.i")
    (block,), (later,) = nic["change"]["after"]["ip_configuration"], nic["change"]["after_unknown"]["ip_configuration"]
    del block["name"]
    later["name"] = True
    (config,) = plan.load(tmp_path).nics[key(f"{ROOT}/networkInterfaces/i")].ip_configurations
    assert not config.pools and [one.field for one in config.lacks] == ["pools"]


def test_a_body_that_is_not_known_is_not_an_empty_one() -> None:
    """What a verdict rests on of every type that is read; the others say nothing but their name, or None."""
    quiet = {"applicationsecuritygroups", "publicipaddresses", "virtualmachinescalesets", "networkwatchers"}
    kinds = {kind.rpartition("/")[2] for kind in READERS}
    assert kinds - DECIDING.keys() == quiet | {"defaultsecurityrules", "ipconfigurations"}


@pytest.mark.parametrize("kind", ["loadBalancers", "virtualNetworkGateways", "connections", "localNetworkGateways"])
def test_what_hinges_on_such_a_body_is_unknown(kind: str, tmp_path: Path) -> None:
    address, values, told = by_azapi(kind, "x", {})
    found = Plan().add(address, values | {"body": LATER}, told).load(tmp_path)
    (one,) = (*found.balancers.values(), *found.gateways.values(), *found.connections.values(),
              *found.local_gateways.values())  # fmt: skip
    assert one.lacks


def test_an_admin_rule_whose_body_is_not_known_may_be_any(tmp_path: Path) -> None:
    values = {"type": "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules@2023-11-01",
              "parent_id": f"{ROOT}/networkManagers/m/securityAdminConfigurations/c/ruleCollections/k", "name": "x",
              "body": LATER, "id": LATER}  # fmt: skip
    plan = base(nsg=SHUT)
    assert status(plan, tmp_path, "nic", "Deny") == "satisfied"
    plan.add("azapi_resource.x", values, {"body": refs("local.x")})
    assert status(plan, tmp_path, "nic", "Deny") == "unknown"
