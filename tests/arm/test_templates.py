"""Templates as sources: loops, conditions, nested deployments, parameters; what is not known of them is unknown."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import SourceError
from flowspec.model.inventory import Inventory, key, lack
from flowspec.model.templates import TemplateOptions
from flowspec.model.unknown import is_opaque, is_unknown, why
from flowspec.sources import load_inventory, locate
from tests.arm.templates import NET, OPTIONS, SUBSCRIPTION, deploy, load, network, rule, template, write

VNET = network(
    "virtualNetworks", "v", addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
    subnets=[{"name": "web", "properties": {"addressPrefix": "10.0.1.0/24",
              "networkSecurityGroup": {"id": "[resourceId('Microsoft.Network/networkSecurityGroups', 'n')]"}}}],
)  # fmt: skip
NSG_ID = "[resourceId('Microsoft.Network/networkSecurityGroups', 'n')]"
SUBNET_ID = "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', 'web')]"
P = "[parameters('p')]"
NSG_KEY = key(f"{NET}/networkSecurityGroups/n")


def nic(name: str, /, **properties: Any) -> dict[str, Any]:
    beside = {key: properties.pop(key) for key in ("copy", "condition", "tags") if key in properties}
    config = {"name": "ip", "properties": {"subnet": {"id": SUBNET_ID}, **properties}}
    return network("networkInterfaces", name, ipConfigurations=[config], **beside)


def nested(name: str, *resources: Any, parameters: Any = None, inner: bool = True, **sections: Any) -> dict[str, Any]:
    beside = {key: sections.pop(key) for key in ("resourceGroup", "copy", "condition") if key in sections}
    scope = {"expressionEvaluationOptions": {"scope": "inner"}} if inner else {}
    properties = {"mode": "Incremental", **scope, "parameters": parameters or {},
                  "template": template(*resources, **sections)}  # fmt: skip
    made = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name}
    return {**made, **beside, "properties": properties}


def nsg(*rules: Any, **beside: Any) -> dict[str, Any]:
    return network("networkSecurityGroups", "n", securityRules=list(rules), **beside)


def rules_of(inventory: Inventory) -> list[str]:
    return [rule.name for rule in inventory.nsgs[NSG_KEY].rules]


def test_loops_make_resources_properties_and_children(tmp_path: Path) -> None:
    loop = {"name": "securityRules", "count": "[length(parameters('ports'))]",
            "input": rule("[concat('p', parameters('ports')[copyIndex('securityRules')])]",
                          "[add(100, copyIndex('securityRules'))]",
                          destinationPortRange="[parameters('ports')[copyIndex('securityRules')]]")}  # fmt: skip
    child = network("networkSecurityGroups/securityRules", "[format('n/c{0}', copyIndex(1))]",
                    copy={"name": "c", "count": 2}, **rule("", "[add(200, copyIndex())]")["properties"])  # fmt: skip
    made = template(
        network("networkSecurityGroups", "n", copy=[loop]), VNET, child,
        nic("[concat('nic-', copyIndex('nics'))]", copy={"name": "nics", "count": 3}),
        parameters={"ports": {"type": "array", "defaultValue": [22, 443]}},
    )  # fmt: skip
    made["resources"][0]["properties"]["copy"] = made["resources"][0].pop("copy")
    found = load(tmp_path, made)
    assert rules_of(found) == ["p22", "p443", "c1", "c2"]
    assert [r.priority for r in found.nsgs[NSG_KEY].rules] == [100, 101, 200, 201]
    assert [n.name for n in found.nics.values()] == ["nic-0", "nic-1", "nic-2"]
    assert rules_of(load(tmp_path, made, {"ports": [1]})) == ["p1", "c1", "c2"]


def test_a_rule_keeps_the_line_of_the_template_or_of_the_parameter_file(tmp_path: Path) -> None:
    """Wherever the expression is that brought it there."""
    made = template(
        network("networkSecurityGroups", "n",
                securityRules="[concat(variables('own'), parameters('more'))]"),
        parameters={"more": {"type": "array"}},
        variables={"own": [rule("own", 100)]},
    )  # fmt: skip
    found = load(tmp_path, made, {"more": [rule("more", 200)]})
    own, more = (locate(one.where) for one in found.nsgs[NSG_KEY].rules if one.where)
    lines = {name: Path(tmp_path, name).read_text("utf-8").splitlines() for name in ("t.json", "p.json")}
    assert own.file.endswith("t.json")
    assert '"own"' in "".join(lines["t.json"][own.line - 1 : own.line + 1])
    assert more.file.endswith("p.json")
    assert '"more"' in "".join(lines["p.json"][more.line - 1 : more.line + 1])


def test_conditions(tmp_path: Path) -> None:
    made = template(
        nsg(rule("a", 100)), VNET,
        nic("yes", condition="[parameters('on')]"), nic("no", condition="[not(parameters('on'))]"),
        parameters={"on": {"type": "bool", "defaultValue": True}},
    )  # fmt: skip
    assert [n.name for n in load(tmp_path, made).nics.values()] == ["yes"]
    assert [n.name for n in load(tmp_path, made, {"on": False}).nics.values()] == ["no"]
    del made["parameters"]["on"]["defaultValue"]
    both = load(tmp_path, made).nics.values()
    for one in both:
        missing = lack(one, "ip_configurations")
        assert missing is not None
        assert "parameters('on') has no value" in missing.reason


def test_a_condition_is_of_its_resource_alone(tmp_path: Path) -> None:
    """What stands inside is deployed all the same, into the NSG that is there already: it may let something pass."""
    inside = {"type": "securityRules", "apiVersion": "2023-11-01", **rule("open", 100)}
    there = write(tmp_path / "live.json", [{**nsg(rule("old", 200)), "id": f"{NET}/networkSecurityGroups/n"}])
    made = write(tmp_path / "t.json", template({**nsg(rule("never", 110)), "condition": False, "resources": [inside]}))
    assert rules_of(load_inventory([there, made], templates=OPTIONS)) == ["old", "open"]


def test_bicep_modules_hand_their_outputs_on(tmp_path: Path) -> None:
    """A deployment in a deployment, its outputs as parameters of the next, symbolic names, a scope of its own."""
    module = nested(
        "nsg-module",
        network("networkSecurityGroups", "[parameters('name')]", securityRules=[rule("a", "[variables('p')]")]),
        parameters={"name": {"value": "n"}},
        variables={"p": 100},
        outputs={"id": {"type": "string", "value": NSG_ID.replace("'n'", "parameters('name')")}},
    )  # fmt: skip
    module["properties"]["template"]["parameters"] = {"name": {"type": "string"}}
    reference = (
        "[reference(resourceId('Microsoft.Resources/deployments', 'nsg-module'), '2022-09-01').outputs.id.value]"
    )
    vnet = json.loads(json.dumps(VNET))
    vnet["properties"]["subnets"][0]["properties"]["networkSecurityGroup"]["id"] = reference
    found = load(tmp_path, template(module, vnet))
    assert next(iter(found.subnets.values())).nsg == f"{NET}/networkSecurityGroups/n"
    assert rules_of(found) == ["a"]
    symbolic = {"$schema": template()["$schema"], "languageVersion": "2.0", "contentVersion": "1.0.0.0",
                "resources": {"mod": module, "net": vnet}}  # fmt: skip
    vnet["properties"]["subnets"][0]["properties"]["networkSecurityGroup"]["id"] = "[reference('mod').outputs.id.value]"
    assert next(iter(load(tmp_path, symbolic).subnets.values())).nsg == f"{NET}/networkSecurityGroups/n"


def test_an_outer_nested_template_speaks_of_the_template_around_it(tmp_path: Path) -> None:
    made = template(
        nested("d", network("networkSecurityGroups", "[variables('name')]", securityRules=[]),
               inner=False, variables={"name": "inner"}, resourceGroup="other"),
        variables={"name": "outer"},
    )  # fmt: skip
    found = load(tmp_path, made)
    assert list(found.nsgs) == [key(f"{NET}/networkSecurityGroups/outer").replace("rg-shop", "other")]


def test_a_resource_answers_what_the_template_sets_of_it_and_no_more() -> None:
    asked = {
        "prefix": "[reference('v').addressSpace.addressPrefixes[0]]",
        "guid": "[reference('v').resourceGuid]",
        "child": "[reference('v').subnets[0].id]",
        "place": "[reference(resourceId('Microsoft.Network/virtualNetworks', 'v'), '2023-11-01', 'Full').location]",
    }
    made = template(VNET, network("applicationSecurityGroups", "asg", tags=asked))
    tags = deploy(made).resources[1].document["tags"]
    assert (tags["prefix"], tags["place"]) == ("10.0.0.0/16", "westeurope")
    assert tags["child"] == f"{NET}/virtualNetworks/v/subnets/web"
    assert "only after the deployment" in why(tags["guid"])[0]


def test_an_address_that_azure_chooses_is_not_known(tmp_path: Path) -> None:
    fixed = nic("static", privateIPAllocationMethod="Static", privateIPAddress="10.0.1.4")
    dynamic = nic("dynamic", privateIPAllocationMethod="Dynamic", privateIPAddress="10.0.1.5")
    silent = nic("silent", privateIPAddress="10.0.1.6")
    found = load(tmp_path, template(nsg(), VNET, fixed, dynamic, silent))
    addresses = {n.name: n.ip_configurations[0].address for n in found.nics.values()}
    assert addresses == {"static": "10.0.1.4", "dynamic": None, "silent": None}


def test_values_that_nobody_knows_stay_unknown(tmp_path: Path) -> None:
    parameters = {"a": {"type": "string"}, "n": {"type": "int"}}
    made = template(nsg(rule("a", 100, sourceAddressPrefix="[parameters('a')]")), VNET, parameters=parameters)
    (text,) = load(tmp_path, made).nsgs[NSG_KEY].rules[0].sources
    assert is_unknown(text)
    assert why(text) == ("parameters('a') has no value", "give it with --parameters FILE")
    made = template(nsg(rule("a", "[parameters('n')]"), rule("b", 200)), VNET, parameters=parameters)
    lone = network("networkSecurityGroups/securityRules", "n/c", **rule("", "[parameters('n')]")["properties"])
    for one in (made, template(nsg(rule("b", 200)), lone, parameters=parameters)):
        missing = lack(load(tmp_path, one).nsgs[NSG_KEY], "rules")
        assert missing is not None
        assert "parameters('n')" in missing.reason
    part = template(nsg(rule("a", 100, sourceAddressPrefix="[concat(parameters('a'), '/24')]")), parameters=parameters)
    assert is_unknown(load(tmp_path, part).nsgs[NSG_KEY].rules[0].sources[0])


def test_secrets_of_a_key_vault_are_not_known(tmp_path: Path) -> None:
    told = {
        "$schema": "…/deploymentParameters.json#",
        "parameters": {"a": {"reference": {"keyVault": {"id": "x"}, "secretName": "s"}}},
    }
    made = template(nsg(rule("a", 100, sourceAddressPrefix="[parameters('a')]")), parameters={"a": {"type": "string"}})
    options = TemplateOptions(parameters={0: (write(tmp_path / "p.json", told),)})
    (found,) = load_inventory([write(tmp_path / "t.json", made)], templates=options).nsgs.values()
    assert "key vault" in why(found.rules[0].sources[0])[0]


def test_names_keep_what_is_known_of_them(tmp_path: Path) -> None:
    made = template(nsg(), VNET, nic("[concat('nic-', uniqueString(resourceGroup().id))]"))
    (found,) = load(tmp_path, made).nics.values()
    assert found.name.startswith("nic-‹uniqueString(")
    assert is_opaque(found.id)
    assert found.id.startswith(f"{NET}/networkInterfaces/nic-")
    nowhere = load(tmp_path, made, options=TemplateOptions())
    assert all("/subscriptions/‹" in one for one in nowhere.nics)


def test_linked_templates_are_told_and_make_unknown_what_they_could_hold(tmp_path: Path) -> None:
    link = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "linked",
            "properties": {"mode": "Incremental", "templateLink": {"uri": "https://example.com/x.json"}}}  # fmt: skip
    found = load(tmp_path, template(nsg(), VNET, link))
    assert found.unread == ("the linked template of the deployment linked",)
    assert any("linked template" in problem.summary for problem in found.problems)


def test_a_loop_that_nobody_can_count_may_hold_anything(tmp_path: Path) -> None:
    made = template(nsg(), VNET, nic("[concat('n', copyIndex())]", copy={"name": "l", "count": "[parameters('c')]"}),
                    parameters={"c": {"type": "int"}})  # fmt: skip
    found = load(tmp_path, made)
    assert any("copy loop l has a count" in words for words in found.unread)


def test_one_resource_deployed_twice_is_known_only_if_both_agree(tmp_path: Path) -> None:
    again = nested("d", nsg(rule("b", 100)))
    missing = lack(load(tmp_path, template(nsg(rule("a", 100)), again)).nsgs[NSG_KEY], "rules")
    assert missing is not None
    assert "twice" in missing.reason
    assert rules_of(load(tmp_path, template(nsg(rule("a", 100)), nested("d", nsg(rule("a", 100)))))) == ["a"]


def test_scale_sets_and_private_endpoints_sit_in_their_subnet(tmp_path: Path) -> None:
    endpoint = network("privateEndpoints", "pe", subnet={"id": SUBNET_ID})
    config = {"name": "i", "properties": {"subnet": {"id": SUBNET_ID}}}
    nics = [{"name": "n", "properties": {"ipConfigurations": [config]}}]
    profile = {"osProfile": {"adminPassword": "hunter2"}, "networkProfile": {"networkInterfaceConfigurations": nics}}
    machines = network("", "set", virtualMachineProfile=profile) | {"type": "Microsoft.Compute/virtualMachineScaleSets"}
    found = load(tmp_path, template(nsg(), VNET, endpoint, machines))
    assert sorted(one.id.rpartition("/")[2] for one in found.unlisted) == ["pe", "set"]
    assert "hunter2" not in repr(found)


def test_peerings_are_connected_where_both_halves_are_there(tmp_path: Path) -> None:
    def peering(one: str, other: str) -> dict[str, Any]:
        remote = {"id": f"[resourceId('Microsoft.Network/virtualNetworks', '{other}')]"}
        return network("virtualNetworks/virtualNetworkPeerings", f"{one}/to-{other}", remoteVirtualNetwork=remote,
                       allowVirtualNetworkAccess=True)  # fmt: skip

    def vnet(name: str, prefix: str) -> dict[str, Any]:
        return network("virtualNetworks", name, addressSpace={"addressPrefixes": [prefix]})

    both = (vnet("a", "10.1.0.0/16"), vnet("b", "10.2.0.0/16"), peering("a", "b"))
    found = load(tmp_path, template(*both, peering("b", "a")))
    assert [p.state for v in found.vnets.values() for p in v.peerings] == ["Connected", "Connected"]
    assert [p.state for v in load(tmp_path, template(*both)).vnets.values() for p in v.peerings] == [None]


LIVE = [
    {**nsg(rule("old", 200)), "id": f"{NET}/networkSecurityGroups/n"},
    {**network("virtualNetworks", "v", addressSpace={"addressPrefixes": ["10.0.0.0/16"]}, virtualNetworkPeerings=[
        {"name": "p", "id": f"{NET}/virtualNetworks/v/virtualNetworkPeerings/p", "properties": {
            "remoteVirtualNetwork": {"id": f"{NET}/virtualNetworks/w"}, "peeringState": "Connected",
            "allowVirtualNetworkAccess": True, "useRemoteGateways": False}}], subnets=[
        {"name": "web", "id": f"{NET}/virtualNetworks/v/subnets/web", "properties": {"addressPrefix": "10.0.1.0/24",
         "privateEndpointNetworkPolicies": "Enabled", "networkSecurityGroup": {"id": f"{NET}/networkSecurityGroups/n"}},
         }]), "id": f"{NET}/virtualNetworks/v"},
    {**network("networkInterfaces", "c", enableIPForwarding=True, ipConfigurations=[
        {"name": "ip", "properties": {"privateIPAddress": "10.0.1.4", "privateIPAllocationMethod": "Static",
         "subnet": {"id": f"{NET}/virtualNetworks/v/subnets/web"}}}]), "id": f"{NET}/networkInterfaces/c"},
    {**network("routeTables", "r", disableBgpRoutePropagation=True, routes=[
        {"name": "out", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}}]),
     "id": f"{NET}/routeTables/r"},
]  # fmt: skip


def over_live(folder: Path, *resources: Any) -> Inventory:
    live = write(folder / "live.json", LIVE)
    return load_inventory([live, write(folder / "t.json", template(*resources))], templates=OPTIONS)


def test_what_a_template_leaves_out_of_what_is_there_is_not_what_was(tmp_path: Path) -> None:
    """Azure takes it for none, or for its default; of lists not every version does."""
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    found = over_live(tmp_path, network("networkSecurityGroups", "n"), network("routeTables", "r"), nic("c"),
                      network("virtualNetworks", "v", addressSpace=space),
                      network("virtualNetworks/subnets", "v/web", addressPrefix="10.0.1.0/24"))  # fmt: skip
    (table,), (card,), (vnet,) = (tuple(one.values()) for one in (found.route_tables, found.nics, found.vnets))
    held = [(found.nsgs[NSG_KEY], "rules"), (table, "routes"), (table, "bgp_propagation"), (card, "ip_forwarding"),
            (vnet, "peerings")]  # fmt: skip
    for resource, name in held:
        missing = lack(resource, name)
        assert missing is not None, name
        assert "whether what is there stays is not known" in missing.reason
    (subnet,) = found.subnets.values()
    assert (subnet.nsg, subnet.private_endpoint_policies) == (None, None)


def test_what_it_leaves_out_and_was_not_there_is_known(tmp_path: Path) -> None:
    """Rules that it deploys themselves come to the same, whether the others stay or go."""
    old = network("networkSecurityGroups/securityRules", "n/old", dependsOn=["n"], **rule("old", 300)["properties"])
    found = over_live(tmp_path, network("networkSecurityGroups", "n"), old)
    assert lack(found.nsgs[NSG_KEY], "rules") is None
    assert [(one.name, one.priority) for one in found.nsgs[NSG_KEY].rules] == [("old", 300)]
    none = over_live(tmp_path, nsg(), network("routeTables", "r", routes=[], disableBgpRoutePropagation=True))
    assert rules_of(none) == []
    assert [table.routes for table in none.route_tables.values()] == [()]


def test_inline_subnets_lose_what_their_vnet_leaves_out(tmp_path: Path) -> None:
    inline = {"name": "web", "properties": {"addressPrefix": "10.0.1.0/24"}}
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    found = over_live(tmp_path, network("virtualNetworks", "v", addressSpace=space, subnets=[inline]))
    (subnet,) = found.subnets.values()
    assert (subnet.nsg, subnet.private_endpoint_policies) == (None, None)


def test_what_a_template_does_not_set_is_none_and_told(tmp_path: Path) -> None:
    space = {"addressPrefixes": ["10.0.0.0/8"]}
    found = load(
        tmp_path, template(network("networkSecurityGroups", "n"), network("virtualNetworks", "v", addressSpace=space))
    )
    assert not found.gaps
    assert any("sets none: securityRules (1), subnets (1)" in problem.summary for problem in found.problems)


def test_a_template_over_a_network_that_is_there_keeps_what_it_does_not_set(tmp_path: Path) -> None:
    peering = {"id": f"{NET}/virtualNetworks/v/virtualNetworkPeerings/p", "name": "p", "properties": {
        "peeringState": "Connected", "allowVirtualNetworkAccess": True, "useRemoteGateways": False,
        "remoteVirtualNetwork": {"id": f"{NET}/virtualNetworks/w"}}}  # fmt: skip
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    properties = {"addressSpace": space, "subnets": [], "virtualNetworkPeerings": [peering]}
    there = {"id": f"{NET}/virtualNetworks/v", "name": "v", "properties": properties}
    below = write(tmp_path / "live.json", [there])
    above = write(tmp_path / "t.json", template(nsg(), VNET))
    options = TemplateOptions(resource_group="rg-shop", subscription=SUBSCRIPTION)
    found = load_inventory([below, above], templates=options)
    (vnet,) = found.vnets.values()
    assert [p.name for p in vnet.peerings] == ["p"]
    assert [s.name for s in found.subnets.values()] == ["web"]
    beside = load_inventory([below, above])
    assert len(beside.vnets) == 2
    assert any("lies over another source" in problem.summary for problem in beside.problems)


def test_comments_and_line_breaks_in_texts_are_read(tmp_path: Path) -> None:
    text = json.dumps(template(nsg(rule("a", 100)), VNET), indent=1)
    text = text.replace('"securityRules"', '/* the rules: "}" */ "securityRules"').replace(
        "resourceId(", "resourceId(\n    "
    )
    text = text.replace("{", "{ // here\n", 1).replace("\n  }\n ]", "\n  },\n ]")
    (tmp_path / "t.json").write_text(text, "utf-8")
    found = load_inventory([str(tmp_path / "t.json")], templates=OPTIONS)
    assert rules_of(found) == ["a"]
    where = found.nsgs[NSG_KEY].rules[0].where
    assert where is not None
    assert '"a"' in "".join(text.splitlines()[locate(where).line - 1 :][:2])


def doubling(start: Any, function: str) -> dict[str, Any]:
    """Variables of which each is twice the one before."""
    return {
        "a0": start,
        **{f"a{n}": f"[{function}(variables('a{n - 1}'), variables('a{n - 1}'))]" for n in range(1, 60)},
    }


def counted(count: Any) -> dict[str, Any]:
    return network("applicationSecurityGroups", "[concat('a', copyIndex())]", copy={"name": "c", "count": count})


HOSTILE = {
    "doubles": template(variables=doubling("xxxxxxxx", "concat")),
    "lists": template(variables=doubling([1, 2], "createArray")),
    "loops": template(*[counted(800)] * 800),
    "count": template(counted(10**9)),
    "negative": template(counted(-1)),
    "chain": template(variables={f"a{n}": f"[variables('a{n + 1}')]" for n in range(5000)}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_end_soon(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowspec.arm.values.MOST_STEPS", 200_000)
    made = json.loads(json.dumps(HOSTILE[name]))
    last = {"doubles": "a59", "lists": "a59", "chain": "a0"}.get(name)
    if last:
        made["resources"].append(network("networkSecurityGroups", "n", securityRules=f"[variables('{last}')]"))
        made["resources"].append(
            network("applicationSecurityGroups", "b", tags={"x": f"[string(variables('{last}'))]"})
        )
    try:
        load(tmp_path, made)
    except SourceError as error:
        assert "too large" in error.problems[0].summary
    assert sys.getrecursionlimit() == 1000


def test_nested_deployments_nest_only_so_deep(tmp_path: Path) -> None:
    made = nsg(rule("a", 100))
    for at in range(12):
        made = nested(f"d{at}", made)
    assert rules_of(load(tmp_path, template(made))) == ["a"]
    for at in range(12, 20):
        made = nested(f"d{at}", made)
    assert load(tmp_path, template(made)).unread


def test_what_a_condition_leaves_open_is_not_what_is_there(tmp_path: Path) -> None:
    """Nor is a value without its parameter: the deployment may replace what an earlier source knows."""
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    subnet = network("virtualNetworks/subnets", "v/web", addressPrefix="10.0.1.0/24", networkSecurityGroup={"id": P})
    on = {"condition": "[parameters('p')]"}

    def lacks(*resources: Any) -> Inventory:
        live = write(tmp_path / "live.json", LIVE)
        made = write(tmp_path / "t.json", template(*resources, parameters={"p": {"type": "string"}}))
        return load_inventory([live, made], templates=OPTIONS)

    looped = nsg(rule("a", 100), copy={"name": "l", "count": P})
    listed = network("networkSecurityGroups", "n", securityRules=P)
    for made in (nsg(rule("a", 100), **on), listed, looped, nested("d", nsg(rule("a", 100)), **on)):
        assert lack(lacks(made).nsgs[NSG_KEY], "rules") is not None
    (one,) = lacks(subnet).subnets.values()
    assert (one.known, lack(one, "nsg") is None) == (True, False)
    for made in ({**subnet, **on}, network("virtualNetworks", "v", addressSpace=space, subnets=P),
                 network("virtualNetworks", "v", addressSpace=space, subnets=[], **on)):  # fmt: skip
        (one,) = lacks(made).subnets.values()
        assert (one.known, lack(one, "known") is None) == (False, False)
    (card,) = lacks(nic("c", **on)).nics.values()
    assert all(lack(card, name) is not None for name in ("ip_configurations", "nsg", "ip_forwarding", "tags"))


def test_a_child_that_does_not_wait_for_its_parent_may_be_taken_away_by_it(tmp_path: Path) -> None:
    """Where the parent is there already; else the deployment fails, or the child is the later one."""
    child = network("networkSecurityGroups/securityRules", "n/no", **rule("", 100, access="Deny")["properties"])
    waits = {**child, "dependsOn": ["[resourceId('Microsoft.Network/networkSecurityGroups', 'n')]"]}
    missing = lack(over_live(tmp_path, nsg(), child).nsgs[NSG_KEY], "rules")
    assert missing is not None
    assert "dependsOn" in missing.reason
    for found in (over_live(tmp_path, nsg(), waits), load(tmp_path, template(nsg(), child))):
        assert lack(found.nsgs[NSG_KEY], "rules") is None
        assert rules_of(found) == ["no"]


def test_a_long_chain_of_children_is_followed(tmp_path: Path) -> None:
    """Each waits for the one before it, and the first for the NSG."""
    chain = [network("networkSecurityGroups/securityRules", f"n/r{at}", dependsOn=[f"n/r{at - 1}" if at else "n"],
                     **rule("", 100 + at)["properties"]) for at in range(400)]  # fmt: skip
    found = over_live(tmp_path, nsg(), *chain)
    assert lack(found.nsgs[NSG_KEY], "rules") is None
    assert len(rules_of(found)) == 400


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"Copy": [{"Name": "securityRules", "Count": "[parameters('c')]", "Input": {}}]}, "a count that is not known"),
        ({"copy": [{"name": "securityRules", "count": 2}]}, "says nothing of its items"),
        ({"[parameters('c')]": [rule("a", 100)]}, "the name of a property is not known"),
        ({"securityRules": [{"name": "a", "properties": "[parameters('c')]"}]}, "parameters('c') has no value"),
        ("[parameters('c')]", "parameters('c') has no value"),
    ],
)
def test_rules_that_can_not_be_told_are_not_none(tmp_path: Path, properties: Any, words: str) -> None:
    made = {**nsg(), "properties": properties}
    missing = lack(load(tmp_path, template(made, parameters={"c": {"type": "int"}})).nsgs[NSG_KEY], "rules")
    assert missing is not None
    assert words in missing.reason


def test_loops_are_read_in_any_letter_case(tmp_path: Path) -> None:
    item = rule("[concat('p', copyIndex('securityRules'))]", "[add(100, copyIndex('securityRules'))]")
    inner = {**nsg(), "properties": {"COPY": [{"Name": "securityRules", "Count": 2, "INPUT": item}]}}
    assert rules_of(load(tmp_path, template(inner))) == ["p0", "p1"]
    outer = {**nic("[concat('n', copyIndex())]"), "Copy": {"Name": "l", "COUNT": 2}}
    assert len(load(tmp_path, template(nsg(), VNET, outer)).nics) == 2


@pytest.mark.parametrize("condition", ["[null()]", 0, "[createArray()]", "0"])
def test_a_condition_that_is_neither_true_nor_false_is_not_known(tmp_path: Path, condition: Any) -> None:
    made = {**nsg(rule("a", 100)), "condition": condition}
    assert lack(load(tmp_path, template(made)).nsgs[NSG_KEY], "rules") is not None


def test_resources_that_are_not_written_out_are_told(tmp_path: Path) -> None:
    made = template(nsg(), "[parameters('more')]")  # type: ignore[arg-type]
    assert any("is not written out" in words for words in load(tmp_path, made).unread)
    assert load(tmp_path, {**template(nsg()), "resources": "[parameters('all')]"}).unread
    assert load(tmp_path, template({**nsg(rule("a", 100)), "copy": [{"name": "l", "count": 0}]})).unread


def test_what_has_a_name_that_may_be_of_another_makes_that_one_unknown(tmp_path: Path) -> None:
    """Without its parameter, or without the group that it goes to; a child as well as a whole resource."""
    live = write(tmp_path / "live.json", LIVE)
    name = "[concat(parameters('p'), '/new')]"
    child = network("networkSecurityGroups/securityRules", name, **rule("", 100)["properties"])

    def of(made: Any, options: TemplateOptions = OPTIONS) -> Inventory:
        file = write(tmp_path / "t.json", template(made, parameters={"p": {"type": "string"}}))
        return load_inventory([live, file], templates=options)

    named = {**nsg(rule("a", 100)), "name": P}
    for found in (of(named), of(nsg(rule("a", 100)), TemplateOptions()), of(child)):
        assert lack(found.nsgs[NSG_KEY], "rules") is not None
    for found in (of({**nsg(rule("a", 100)), "name": "[concat('other-', parameters('p'))]"}),
                  of({**nsg(rule("a", 100)), "name": "other"}, TemplateOptions())):  # fmt: skip
        assert lack(found.nsgs[NSG_KEY], "rules") is None
    inside = of(network("virtualNetworks/subnets", "[concat('v/', parameters('p'))]", addressPrefix="10.0.1.0/24"))
    assert not inside.subnets[key(f"{NET}/virtualNetworks/v/subnets/web")].known
    whole = network("virtualNetworks", P, addressSpace={"addressPrefixes": ["10.0.0.0/16"]}, subnets=[])
    assert not of(whole).subnets[key(f"{NET}/virtualNetworks/v/subnets/web")].known
