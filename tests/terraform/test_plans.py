"""Plans: what they make, change, delete and leave, alone and over an inventory."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import SourceError
from flowspec.model.inventory import key
from flowspec.sources import load_inventory
from tests.terraform.documents import (
    LATER,
    ROOT,
    SUBSCRIPTION,
    Plan,
    base,
    judged,
    named,
    rule,
    subnet_of,
    verdict,
)

NSG = f"{ROOT}/networkSecurityGroups/n"


def test_a_new_network_is_as_its_references_say(tmp_path: Path) -> None:
    found = base().load(tmp_path)
    assert found.gaps == ()
    assert subnet_of(found).nsg == NSG
    (nic,) = found.nics.values()
    assert nic.ip_configurations[0].subnet == f"{ROOT}/virtualNetworks/v/subnets/s"
    assert verdict(found, tmp_path) == ("drifted", "")


def test_rules_know_their_address(tmp_path: Path) -> None:
    found = base().load(tmp_path)
    (one,) = found.nsgs[key(NSG)].rules
    assert one.where is not None
    assert one.where.address == "azurerm_network_security_group.n"
    assert one.where.pointer == "/resource_changes/2/change/after/security_rule/0"


def test_a_separate_rule_stands_over_the_refreshed_list(tmp_path: Path) -> None:
    old = named("n", id=NSG, security_rule=[rule(id=f"{NSG}/securityRules/ssh")])
    plan = base(nsg=named("n", security_rule=[], id=LATER))
    plan.changes = [change for change in plan.changes if change["type"] != "azurerm_network_security_group"]
    plan.add("azurerm_network_security_group.n", old, before=old, refreshed=("id", "security_rule"))
    mine = {"resource_group_name": "rg", "network_security_group_name": "n", "id": f"{NSG}/securityRules/ssh"}
    denied = copy.deepcopy(plan)
    denied.add("azurerm_network_security_rule.r", rule(access="Deny") | mine, before=rule() | mine)
    assert verdict(denied.load(tmp_path), tmp_path) == ("satisfied", "")
    gone = copy.deepcopy(plan)
    gone.add("azurerm_network_security_rule.r", None, before=rule() | mine)
    assert verdict(gone.load(tmp_path), tmp_path) == ("satisfied", "")
    forgotten = copy.deepcopy(plan)
    forgotten.add("azurerm_network_security_rule.r", None, before=rule() | mine, actions=("forget",))
    assert verdict(forgotten.load(tmp_path), tmp_path) == ("drifted", "")


def live(folder: Path, *rules: dict[str, Any]) -> str:
    """The network as it is, with a rule that Terraform does not know."""
    ids = {"n": NSG, "v": f"{ROOT}/virtualNetworks/v", "i": f"{ROOT}/networkInterfaces/i"}
    subnet = f"{ids['v']}/subnets/s"
    resources = [
        {"id": NSG, "name": "n", "type": "Microsoft.Network/networkSecurityGroups", "properties": {"securityRules": [
            {"name": r["name"], "properties": {
                "priority": r["priority"], "access": r["access"], "direction": "Inbound", "protocol": "*",
                "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*",
                "destinationPortRange": r["destination_port_range"]}} for r in rules]}},
        {"id": ids["v"], "name": "v", "type": "Microsoft.Network/virtualNetworks", "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "virtualNetworkPeerings": [], "subnets": [
                {"id": subnet, "name": "s", "properties": {
                    "addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": NSG}}}]}},
        {"id": ids["i"], "name": "i", "type": "Microsoft.Network/networkInterfaces", "properties": {
            "enableIPForwarding": False, "ipConfigurations": [{"name": "ip", "properties": {
                "privateIPAddress": "10.0.1.4", "subnet": {"id": subnet}}}]}},
    ]  # fmt: skip
    path = folder / "live.json"
    path.write_text(json.dumps(resources), "utf-8")
    return str(path)


def test_over_a_live_network_a_plan_changes_only_what_it_says(tmp_path: Path) -> None:
    below = live(tmp_path, rule("other", priority=300, access="Deny", destination_port_range="80"))
    old = named("n", id=NSG, security_rule=[rule("known", priority=400)])
    plan = Plan().add("azurerm_network_security_group.n", old, before=old)
    kept = plan.load(tmp_path, below)
    assert [one.name for one in kept.nsgs[key(NSG)].rules] == ["other"]
    assert verdict(kept, tmp_path)[0] == "satisfied"
    opening = {"resource_group_name": "rg", "network_security_group_name": "n", "id": LATER}
    plan.add("azurerm_network_security_rule.r", rule() | opening)
    found = plan.load(tmp_path, below)
    assert [one.name for one in found.nsgs[key(NSG)].rules] == ["other", "ssh"]
    assert verdict(found, tmp_path)[0] == "drifted"


ALONE = rule("known", priority=400)


@pytest.mark.parametrize("after, tags, left, status", [
    ([ALONE], {}, ["other"], "drifted"),  # nothing is done to it: what is there stays
    ([ALONE | {"access": "Deny"}], {}, ["known"], "satisfied"),  # the list is sent as a whole
    ([ALONE], {"a": "b"}, ["other"], "unknown"),  # it depends on the version of the provider
])  # fmt: skip
def test_a_rule_that_a_plan_does_not_know_goes_where_the_list_of_its_nsg_is_written(
    after: list[dict[str, Any]], tags: dict[str, str], left: list[str], status: str, tmp_path: Path
) -> None:
    below = live(tmp_path, rule("other", priority=300))
    before = named("n", id=NSG, security_rule=[ALONE], tags={})
    plan = Plan().add(
        "azurerm_network_security_group.n", before | {"security_rule": after, "tags": tags}, before=before
    )
    found = plan.load(tmp_path, below)
    assert [one.name for one in found.nsgs[key(NSG)].rules] == left
    assert verdict(found, tmp_path)[0] == status
    said = [problem.summary for problem in found.problems if "as one list, without other" in problem.summary]
    assert len(said) == (after != [ALONE] or tags != {})


def test_a_route_that_a_plan_does_not_know_goes_where_its_list_is_written(tmp_path: Path) -> None:
    table = f"{ROOT}/routeTables/t"
    route = {"name": "a", "address_prefix": "10.1.0.0/16", "next_hop_type": "None", "next_hop_in_ip_address": ""}
    live_table = {"id": table, "name": "t", "type": "Microsoft.Network/routeTables", "properties": {
        "disableBgpRoutePropagation": False, "routes": [{"name": name, "properties": {
            "addressPrefix": prefix, "nextHopType": "None"}} for name, prefix in (("a", "10.1.0.0/16"),
                                                                                 ("b", "10.2.0.0/16"))]}}  # fmt: skip
    below = tmp_path / "table.json"
    below.write_text(json.dumps([live_table]), "utf-8")
    before = named("t", id=table, route=[route])
    after = named("t", id=table, route=[route | {"address_prefix": "10.3.0.0/16"}])
    found = Plan().add("azurerm_route_table.t", after, before=before).load(tmp_path, str(below))
    assert [(one.name, one.prefix) for one in found.route_tables[key(table)].routes] == [("a", "10.3.0.0/16")]


def test_a_rule_that_stays_while_its_nsg_is_made_anew_may_be_gone(tmp_path: Path) -> None:
    """Its NSG's name does not change, so that Terraform sees no reason to make the rule again; Azure took it away."""
    denied = rule("no", access="Deny") | {"resource_group_name": "rg", "network_security_group_name": "n",
                                          "id": f"{NSG}/securityRules/no"}  # fmt: skip
    old = named("n", id=NSG, security_rule=[])
    new = named("n", id=LATER, security_rule=LATER, location="northeurope")
    opened = rule("open", priority=200) | {"resource_group_name": "rg", "network_security_group_name": "n", "id": LATER}
    plan = Plan().add("azurerm_network_security_group.n", new, before=old, actions=("delete", "create"),
                      refreshed=("security_rule", "id"))  # fmt: skip
    plan.add("azurerm_network_security_rule.no", denied, before=denied)
    plan.add("azurerm_network_security_rule.open", opened)
    below = live(tmp_path, rule("no", access="Deny"))
    assert verdict(plan.load(tmp_path, below), tmp_path)[0] == "unknown"
    plan.changes[1]["change"] |= {"actions": ["delete", "create"]}
    assert verdict(plan.load(tmp_path, below), tmp_path)[0] == "satisfied"


def test_a_rule_for_an_nsg_of_another_state_goes_into_it(tmp_path: Path) -> None:
    below = live(tmp_path)
    opening = {"resource_group_name": "rg", "network_security_group_name": "n", "id": LATER}
    found = Plan().add("azurerm_network_security_rule.r", rule() | opening).load(tmp_path, below)
    assert verdict(found, tmp_path)[0] == "drifted"


def test_deletions_delete(tmp_path: Path) -> None:
    below = live(tmp_path, rule())
    gone = Plan().add("azurerm_network_security_rule.r", None, before=rule() | {
        "resource_group_name": "rg", "network_security_group_name": "n", "id": f"{NSG}/securityRules/ssh"})  # fmt: skip
    found = gone.load(tmp_path, below)
    assert found.nsgs[key(NSG)].rules == ()
    subnet = f"{ROOT}/virtualNetworks/v/subnets/s"
    loose = Plan().add("azurerm_subnet_network_security_group_association.a", None,
                       before={"subnet_id": subnet, "network_security_group_id": NSG, "id": subnet})  # fmt: skip
    found = loose.load(tmp_path, below)
    assert subnet_of(found).nsg is None
    assert verdict(found, tmp_path)[0] == "drifted"


GROUP = f"{ROOT}/applicationSecurityGroups/web"
TO_GROUP = rule() | {"destination_address_prefix": "", "destination_application_security_group_ids": [GROUP]}


def grouped(folder: Path, *, reference: str) -> Plan:
    """A rule of the live NSG for a group, which an association gives to a NIC of which only a reference is known."""
    frame = {"resource_group_name": "rg", "network_security_group_name": "n", "id": LATER}
    plan = Plan().add("azurerm_application_security_group.web", named("web", id=GROUP), before=named("web", id=GROUP))
    plan.add("azurerm_network_security_rule.r", TO_GROUP | frame)
    values = {"network_interface_id": LATER, "application_security_group_id": GROUP, "id": LATER}
    return plan.add("azurerm_network_interface_application_security_group_association.a", values,
                    {"network_interface_id": {"references": [reference]}})  # fmt: skip


def test_a_group_of_a_nic_that_is_not_known_may_be_of_any(tmp_path: Path) -> None:
    found = grouped(tmp_path, reference="local.nic").load(tmp_path, live(tmp_path))
    assert verdict(found, tmp_path)[0] == "unknown"


def test_an_association_that_is_made_anew_leaves_its_subnet(tmp_path: Path) -> None:
    """An association has the id of its subnet, whose NSG comes from elsewhere."""
    table, subnet = f"{ROOT}/routeTables/t", f"{ROOT}/virtualNetworks/v/subnets/s"
    plan = Plan().add("azurerm_route_table.t", named("t", id=table, route=[]), before=named("t", id=table, route=[]))
    old = {"name": "s", "resource_group_name": "rg", "virtual_network_name": "v", "address_prefixes": ["10.0.1.0/24"],
           "id": subnet}  # fmt: skip
    plan.add("azurerm_subnet.s", old, before=old)
    tied = {"subnet_id": subnet, "route_table_id": table, "id": subnet}
    plan.add("azurerm_subnet_route_table_association.a", tied, before=tied, actions=("delete", "create"))
    found = plan.load(tmp_path, live(tmp_path))
    assert subnet_of(found).nsg == NSG


def test_what_is_gone_is_named_by_nobody(tmp_path: Path) -> None:
    """Live resources list each other; none of these lists speaks of what a plan takes away."""
    below = Path(live(tmp_path, rule()))
    resources = json.loads(below.read_text("utf-8"))
    subnet, nic = f"{ROOT}/virtualNetworks/v/subnets/s", f"{ROOT}/networkInterfaces/i"
    vm = ROOT.replace("Microsoft.Network", "Microsoft.Compute") + "/virtualMachines/vm"
    resources[0]["properties"]["subnets"] = [{"id": subnet}]
    resources[1]["properties"]["subnets"][0]["properties"]["ipConfigurations"] = [
        {"id": f"{nic}/ipConfigurations/ip"}, {"id": f"{ROOT}/networkInterfaces/j/ipConfigurations/ip"}]  # fmt: skip
    other = copy.deepcopy(resources[2])
    other |= {"id": f"{ROOT}/networkInterfaces/j", "name": "j"}
    other["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] = "10.0.1.5"
    resources[2]["properties"]["virtualMachine"] = {"id": vm}
    machine = {"id": vm, "name": "vm", "type": "Microsoft.Compute/virtualMachines", "properties": {
        "networkProfile": {"networkInterfaces": [{"id": nic}]}}}  # fmt: skip
    below.write_text(json.dumps([*resources, other, machine]), "utf-8")
    plan = Plan().add("azurerm_subnet_network_security_group_association.a", None,
                      before={"subnet_id": subnet, "network_security_group_id": NSG, "id": subnet})  # fmt: skip
    plan.add(
        "azurerm_network_interface.j", None, before=named("j", id=f"{ROOT}/networkInterfaces/j", ip_configuration=[])
    )
    plan.add("azurerm_linux_virtual_machine.vm", None, before=named("vm", id=vm, network_interface_ids=[nic]))
    found = plan.load(tmp_path, str(below))
    assert (found.unlisted, found.gaps, found.problems) == ((), (), ())
    assert found.nics[key(nic)].vm is None
    assert verdict(found, tmp_path) == ("drifted", "")


def test_the_subscription_is_the_only_one_below_where_nothing_else_tells(tmp_path: Path) -> None:
    plan = Plan().add("azurerm_network_security_rule.r", rule() | {
        "resource_group_name": "rg", "network_security_group_name": "n", "id": LATER})  # fmt: skip
    document = plan.document()
    document["configuration"]["provider_config"] = {}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document), "utf-8")
    assert len(load_inventory([live(tmp_path), str(path)]).nsgs[key(NSG)].rules) == 1


def test_an_errored_plan_is_refused_and_an_incomplete_one_told(tmp_path: Path) -> None:
    plan = base(nsg=named("n", security_rule=[], id=LATER))
    plan.more = {"errored": True}
    with pytest.raises(SourceError, match="could not finish"):
        plan.load(tmp_path)
    plan.more = {"complete": False}
    found = plan.load(tmp_path)
    assert any("not complete" in words for words in found.unread)
    assert judged(found, tmp_path).intents[0].status.value == "unknown"


def test_another_subscription_is_not_selected_for_certain(tmp_path: Path) -> None:
    document = base().document()
    document["configuration"]["provider_config"] = {}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document), "utf-8")
    text = f"""
    group "nic" {{
      select {{
        subscription = "{SUBSCRIPTION}"
      }}
    }}
    intent "no-rdp" {{
      from     = [group.public]
      to       = [group.nic]
      protocol = "Tcp"
      ports    = [3389]
      expect   = "Deny"
    }}
    """
    (intent,) = judged(load_inventory([str(path)]), tmp_path, text).intents
    assert intent.status.value == "unknown"
    assert "the subscription of i is not known" in str(intent.problems) + str(intent.flows.unknown)
