"""Load balancers and admin rules of which a plan hides something, and azapi bodies: unknown, and never an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowspec.model.inventory import key
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
