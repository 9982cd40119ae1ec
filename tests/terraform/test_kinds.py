"""Resources beside the common ones: azapi bodies, data sources, private endpoints, scale sets, replacements."""

from __future__ import annotations

import json
from pathlib import Path

from flowspec.model.inventory import key, lack
from tests.terraform.documents import LATER, ROOT, Json, Plan, base, constant, named, refs, rule, verdict
from tests.terraform.test_plans import NSG, live

OPEN = {"name": "ssh", "properties": {
    "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "*",
    "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "22"}}  # fmt: skip


def azapi(body: object, **more: object) -> Plan:
    """The NSG of the subnet by azapi."""
    plan = base(attach=False)
    values: Json = {
        "type": "Microsoft.Network/networkSecurityGroups@2024-05-01", "name": "g", "id": LATER,
        "location": "westeurope", "parent_id": ROOT.rpartition("/providers/")[0], "body": body, **more}  # fmt: skip
    plan.add("azapi_resource.g", values)
    told = {"subnet_id": refs("azurerm_subnet.s.id"), "network_security_group_id": refs("azapi_resource.g.id")}
    return plan.add("azurerm_subnet_network_security_group_association.a",
                    {"subnet_id": LATER, "network_security_group_id": LATER, "id": LATER}, told)  # fmt: skip


def test_azapi_bodies_are_arm(tmp_path: Path) -> None:
    body = {"properties": {"securityRules": [OPEN]}}
    for written in (body, json.dumps(body)):
        assert verdict(azapi(written).load(tmp_path), tmp_path) == ("drifted", "")
    assert verdict(azapi({"properties": {"securityRules": []}}).load(tmp_path), tmp_path) == ("satisfied", "")
    assert verdict(azapi({"properties": {}}).load(tmp_path), tmp_path)[0] == "satisfied"  # new, and says no rules
    assert verdict(azapi(LATER).load(tmp_path), tmp_path)[0] == "unknown"


def test_an_azapi_update_is_laid_over_its_resource(tmp_path: Path) -> None:
    plan = azapi({"properties": {"securityRules": []}})
    plan.add("azapi_update_resource.u", {
        "type": "Microsoft.Network/networkSecurityGroups@2024-05-01", "resource_id": LATER, "id": LATER,
        "body": {"properties": {"securityRules": [OPEN]}}}, {"resource_id": refs("azapi_resource.g.id")})  # fmt: skip
    assert verdict(plan.load(tmp_path), tmp_path)[0] == "drifted"


def test_data_sources_come_from_the_prior_state(tmp_path: Path) -> None:
    """The subnet is read, with the NSG that it has; the NIC in it is made."""
    subnet = f"{ROOT}/virtualNetworks/v/subnets/s"
    plan = base()
    names = ("azurerm_network_interface", "azurerm_network_security_group")
    plan.changes = [change for change in plan.changes if change["type"] in names]
    config = plan.configured[()]["azurerm_network_interface.i"]["expressions"]["ip_configuration"][0]
    config["subnet_id"] = {"references": ["data.azurerm_subnet.s.id", "data.azurerm_subnet.s"]}
    values: Json = {"id": subnet, "name": "s", "virtual_network_name": "v", "resource_group_name": "rg",
                    "address_prefixes": ["10.0.1.0/24"], "network_security_group_id": NSG,
                    "route_table_id": ""}  # fmt: skip
    plan.more = {
        "prior_state": {
            "values": {
                "root_module": {
                    "resources": [
                        {
                            "address": "data.azurerm_subnet.s",
                            "mode": "data",
                            "type": "azurerm_subnet",
                            "name": "s",
                            "values": values,
                        }
                    ]
                }
            }
        }
    }
    found = plan.load(tmp_path)
    assert found.subnets[key(subnet)].nsg == NSG
    assert verdict(found, tmp_path)[0] == "drifted"


def test_a_private_endpoint_brings_its_nic(tmp_path: Path) -> None:
    plan = base()
    plan.add("azurerm_private_endpoint.p", named("p", id=LATER, subnet_id=LATER, network_interface=LATER,
             private_service_connection=[{"name": "x", "private_ip_address": LATER}]),
             {"subnet_id": refs("azurerm_subnet.s.id")})  # fmt: skip
    found = plan.load(tmp_path)
    (nic,) = [nic for nic in found.nics.values() if nic.private_endpoint]
    assert nic.ip_configurations[0].subnet == f"{ROOT}/virtualNetworks/v/subnets/s"


def test_a_scale_set_sits_in_its_subnet(tmp_path: Path) -> None:
    plan = base()
    plan.add("azurerm_linux_virtual_machine_scale_set.x", named("x", id=LATER, instances=2, network_interface=[
        {"name": "nic", "ip_configuration": [{"name": "ip", "subnet_id": LATER}]}]), {"network_interface": [
            {"ip_configuration": [{"subnet_id": refs("azurerm_subnet.s.id")}]}]})  # fmt: skip
    (unlisted,) = plan.load(tmp_path).unlisted
    assert unlisted.subnet == f"{ROOT}/virtualNetworks/v/subnets/s"
    assert "/virtualMachineScaleSets/x/" in unlisted.id


def test_what_is_replaced_is_as_the_plan_has_it(tmp_path: Path) -> None:
    below = live(tmp_path, rule("other", priority=300, access="Allow", destination_port_range="22"))
    old = named("n", id=NSG, security_rule=[])
    new = named("n", id=LATER, security_rule=LATER)
    plan = Plan().add("azurerm_network_security_group.n", new, before=old, actions=("delete", "create"))
    found = plan.load(tmp_path, below)
    assert found.nsgs[key(NSG)].rules == ()


def test_new_networks_know_what_they_do_not_have(tmp_path: Path) -> None:
    found = base(attach=False).load(tmp_path)
    (subnet,) = found.subnets.values()
    assert (subnet.nsg, subnet.route_table, subnet.lacks) == (None, None, ())
    assert lack(next(iter(found.vnets.values())), "peerings") is None


def test_a_public_ip_that_nobody_writes_is_none(tmp_path: Path) -> None:
    plan = base()
    for change in plan.changes:
        if change["type"] == "azurerm_network_interface":
            change["change"]["after_unknown"]["ip_configuration"][0]["public_ip_address_id"] = True
    (nic,) = plan.load(tmp_path).nics.values()
    assert nic.ip_configurations[0].public_ip is None
    assert nic.ip_configurations[0].lacks == ()
    config = plan.configured[()]["azurerm_network_interface.i"]["expressions"]["ip_configuration"][0]
    config["public_ip_address_id"] = refs("local.x")
    (nic,) = plan.load(tmp_path).nics.values()
    assert lack(nic.ip_configurations[0], "public_ip") is not None
    assert constant(1) == {"constant_value": 1}
