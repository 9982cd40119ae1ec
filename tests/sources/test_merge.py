"""Several sources laid over each other, resources told twice, and what is named but absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowspec.errors import Problem, Severity, SourceError
from flowspec.model.inventory import Inventory, Unlisted, key
from flowspec.sources import load_inventory
from tests.sources.network import NET, NIC, NSG, SUBNET, VM, VNET, Json, child, nsg, ref, resource, rule, shop, write

NICS = "Microsoft.Network/networkInterfaces"
VNETS = "Microsoft.Network/virtualNetworks"


def told(inventory: Inventory, severity: Severity) -> list[str]:
    return [problem.summary for problem in inventory.problems if problem.severity is severity]


def refused(*sources: str) -> tuple[Problem, ...]:
    with pytest.raises(SourceError) as caught:
        load_inventory(sources)
    return caught.value.problems


def vnet(*subnets: Json) -> Json:
    return resource(VNET, VNETS, addressSpace={"addressPrefixes": ["10.1.0.0/16"]}, subnets=list(subnets))


def test_a_later_source_replaces_a_resource_and_says_so(tmp_path: Path) -> None:
    one = write(
        tmp_path / "one.json", [nsg(rule("a", 100)), nsg(rule("a", 100), path=f"{NET}/networkSecurityGroups/same")]
    )
    two = write(
        tmp_path / "two.json", [nsg(rule("b", 100)), nsg(rule("a", 100), path=f"{NET}/networkSecurityGroups/same")]
    )
    found = load_inventory([one, two])
    assert [r.name for r in found.nsgs[key(NSG)].rules] == ["b"]
    assert told(found, Severity.INFO) == ["1 resource differs from an earlier source; the later one counts: nsg-web"]
    assert [origin.locator for origin in found.origins] == [one, two]


def test_a_later_vnet_takes_its_earlier_subnets_along(tmp_path: Path) -> None:
    web, old = child(SUBNET, addressPrefix="10.1.0.0/24"), child(f"{VNET}/subnets/old", addressPrefix="10.1.1.0/24")
    one, two = write(tmp_path / "one.json", vnet(web, old)), write(tmp_path / "two.json", vnet(web))
    found = load_inventory([one, two])
    assert list(found.subnets) == [key(SUBNET)]
    assert told(found, Severity.INFO) == [
        "subnet old of an earlier source is gone: a later one lists its VNet without it"
    ]


def test_a_vnet_without_a_list_of_subnets_leaves_them(tmp_path: Path) -> None:
    bare = vnet()
    del bare["properties"]["subnets"]
    one = write(tmp_path / "one.json", vnet(child(SUBNET, addressPrefix="10.1.0.0/24")))
    assert list(load_inventory([one, write(tmp_path / "two.json", bare)]).subnets) == [key(SUBNET)]


def test_one_resource_with_two_contents_in_a_source_names_both_places(tmp_path: Path) -> None:
    write(tmp_path / "net" / "a.json", [nsg(rule("a", 100))])
    write(tmp_path / "net" / "b.json", {"value": [nsg(rule("a", 101))]})
    (problem,) = refused(str(tmp_path / "net"))
    assert problem.summary == f"nsg-web is in this source twice with different contents: {NSG}"
    assert f"the other one is at {tmp_path / 'net' / 'a.json'}#/0;" in problem.detail
    assert problem.where is not None and problem.where.file == str(tmp_path / "net" / "b.json")


def test_a_copy_that_says_less_is_no_contradiction(tmp_path: Path) -> None:
    plain = resource(VM, "Microsoft.Compute/virtualMachines", networkProfile={"networkInterfaces": [ref(NIC)]})
    full = {**plain, "powerState": "VM running"}
    for order in ([plain, full], [full, plain]):
        assert load_inventory([write(tmp_path / "vm.json", order)]).vms[key(VM)].power == "running"


def test_standalone_rules_join_their_nsg(tmp_path: Path) -> None:
    both = write(tmp_path / "both.json", [rule("b", 110), nsg(rule("a", 100))])
    assert [r.name for r in load_inventory([both]).nsgs[key(NSG)].rules] == ["a", "b"]
    rules, group = write(tmp_path / "r.json", [rule("b", 110)]), write(tmp_path / "n.json", nsg(rule("a", 100)))
    assert [r.name for r in load_inventory([group, rules]).nsgs[key(NSG)].rules] == ["a", "b"]


def test_an_nsg_that_comes_after_a_rule_decides(tmp_path: Path) -> None:
    rules, group = write(tmp_path / "r.json", [rule("b", 110)]), write(tmp_path / "n.json", nsg(rule("a", 100)))
    found = load_inventory([rules, group])
    assert [r.name for r in found.nsgs[key(NSG)].rules] == ["a"]
    assert told(found, Severity.INFO) == [f"b differs from a later source, which counts: {NSG}"]


def test_a_standalone_rule_replaces_one_of_an_earlier_source(tmp_path: Path) -> None:
    group, rules = write(tmp_path / "n.json", nsg(rule("a", 100))), write(tmp_path / "r.json", [rule("a", 120)])
    assert [r.priority for r in load_inventory([group, rules]).nsgs[key(NSG)].rules] == [120]
    (problem,) = refused(write(tmp_path / "both.json", [nsg(rule("a", 100)), rule("a", 120)]))
    assert problem.summary == f"a is given twice with different contents: {NSG}/a"


def test_a_rule_without_its_nsg_is_told(tmp_path: Path) -> None:
    found = load_inventory([write(tmp_path / "r.json", [rule("b", 110)])])
    assert not found.nsgs
    assert told(found, Severity.WARNING) == [f"b belongs to an NSG that is not in the inventory: {NSG}"]


def test_other_children_join_their_parents(tmp_path: Path) -> None:
    table = f"{NET}/routeTables/rt"
    route = child(f"{table}/routes/out", addressPrefix="0.0.0.0/0", nextHopType="None")
    config = child(f"{NIC}/ipConfigurations/c", privateIPAddress="10.1.0.4")
    peering = child(f"{VNET}/virtualNetworkPeerings/p", peeringState="Initiated")
    parents = [resource(table, "Microsoft.Network/routeTables"), resource(NIC, NICS), vnet()]
    found = load_inventory([write(tmp_path / "a.json", [route, config, peering, *parents])])
    assert [r.name for r in found.route_tables[key(table)].routes] == ["out"]
    assert [c.name for c in found.nics[key(NIC)].ip_configurations] == ["c"]
    assert [p.state for p in found.vnets[key(VNET)].peerings] == ["Initiated"]


def test_parts_of_a_load_balancer_join_it(tmp_path: Path) -> None:
    """A load balancing rule and an inbound NAT rule may share a name."""
    path = f"{NET}/loadBalancers/lb"
    front = child(f"{path}/frontendIPConfigurations/front", privateIPAddress="10.1.0.100")
    ports = {"frontendIPConfiguration": ref(front["id"]), "protocol": "Tcp", "frontendPort": 443, "backendPort": 443}
    parts = {
        "frontendIPConfigurations": [front],
        "backendAddressPools": [child(f"{path}/backendAddressPools/pool")],
        "loadBalancingRules": [child(f"{path}/loadBalancingRules/https", **ports)],
        "inboundNatRules": [child(f"{path}/inboundNatRules/https", **ports)],
    }
    lb = "Microsoft.Network/loadBalancers"
    whole = load_inventory([write(tmp_path / "whole.json", [resource(path, lb, **parts)])])
    empty = resource(path, lb, **{kind: [] for kind in parts})
    apart = load_inventory(
        [write(tmp_path / "apart.json", [*(one for kinds in parts.values() for one in kinds), empty])]
    )
    assert len(whole.balancers[key(path)].rules) == 2
    assert apart.balancers == whole.balancers and told(apart, Severity.WARNING) == told(whole, Severity.WARNING)


def test_what_a_subnet_lists_and_no_nic_has_is_unlisted(tmp_path: Path) -> None:
    gone = f"{NET}/networkInterfaces/gone/ipConfigurations/c"
    attached = [ref(f"{NIC}/ipConfigurations/C"), ref(gone)]
    endpoints = [ref(f"{NET}/privateEndpoints/known"), ref(f"{NET}/privateEndpoints/absent")]
    config = child(f"{NIC}/ipConfigurations/c", privateIPAddress="10.1.0.4", subnet=ref(SUBNET))
    nic = resource(
        NIC,
        NICS,
        ipConfigurations=[config],
        enableIPForwarding=False,
        privateEndpoint=ref(f"{NET}/privateEndpoints/KNOWN"),
    )
    web = child(SUBNET, addressPrefix="10.1.0.0/24", ipConfigurations=attached, privateEndpoints=endpoints)
    found = load_inventory([write(tmp_path / "a.json", [nic, vnet(web)])])
    assert found.unlisted == (Unlisted(gone, SUBNET), Unlisted(f"{NET}/privateEndpoints/absent", SUBNET))


def test_a_private_endpoint_joins_its_nic(tmp_path: Path) -> None:
    asg, endpoint = f"{NET}/applicationSecurityGroups/asg", f"{NET}/privateEndpoints/pe"
    config = child(f"{NIC}/ipConfigurations/c", privateIPAddress="10.1.0.4")
    pe = resource(
        endpoint,
        "Microsoft.Network/privateEndpoints",
        networkInterfaces=[ref(NIC)],
        applicationSecurityGroups=[ref(asg)],
    )
    web = child(SUBNET, addressPrefix="10.1.0.0/24", privateEndpoints=[ref(endpoint)])
    found = load_inventory(
        [write(tmp_path / "a.json", [resource(NIC, NICS, ipConfigurations=[config]), pe, vnet(web)])]
    )
    assert found.nics[key(NIC)].private_endpoint
    assert found.nics[key(NIC)].ip_configurations[0].asgs == (asg,)
    assert found.unlisted == ()


def test_what_is_named_and_absent_is_told_once(tmp_path: Path) -> None:
    nic = next(item for item in shop() if item["id"] == NIC)
    other = {**nic, "id": f"{NET}/networkInterfaces/nic-b", "name": "nic-b"}
    del other["properties"]
    config = {"name": "ip", "properties": {"subnet": ref(SUBNET), "privateIPAddress": "10.1.0.9"}}
    other["properties"] = {
        "networkSecurityGroup": ref(NSG.upper()),
        "ipConfigurations": [config],
        "enableIPForwarding": False,
    }
    found = load_inventory([write(tmp_path / "a.json", [nic, other])])
    assert told(found, Severity.WARNING) == [
        "NSG nsg-web is not in the inventory, but NIC nic-web, NIC nic-b name it",
        "subnet snet-web is not in the inventory, but NIC nic-web, NIC nic-b name it",
    ]
    assert told(found, Severity.INFO) == [
        "VM vm-web is not in the inventory, but NIC nic-web names it",
        "public IP pip-web is not in the inventory, but NIC nic-web names it",
    ]
    assert found.nics[key(NIC)].nsg == NSG
    subnet = found.subnets[key(SUBNET)]
    assert (subnet.name, subnet.vnet, subnet.known, subnet.nsg) == ("snet-web", VNET, False, None)


def test_a_subnet_in_a_vnet_by_reference_only_is_not_known(tmp_path: Path) -> None:
    nic = next(item for item in shop() if item["id"] == NIC)
    reference = {"id": SUBNET, "resourceGroup": "rg-shop", "name": None, "addressPrefix": None}
    found = load_inventory([write(tmp_path / "a.json", [vnet(reference), nic])])
    assert not found.subnets[key(SUBNET)].known


def test_what_is_not_modelled_is_counted(tmp_path: Path) -> None:
    kinds = ["applicationGateways/a", "applicationGateways/b", "azureFirewalls/c"]
    network = [{"id": f"{NET}/{kind}", "type": "x"} for kind in kinds]
    found = load_inventory([write(tmp_path / "a.json", network)])
    assert told(found, Severity.INFO) == [
        "not modelled: 2 microsoft.network/applicationgateways, 1 microsoft.network/azurefirewalls"
    ]
    assert found.origins[0].resources == 3


@pytest.mark.parametrize("more", [{"nextLink": "https://…"}, {"skip_token": "x"}, {"$skipToken": "x"}])
def test_a_list_with_more_pages_is_not_all(more: Json, tmp_path: Path) -> None:
    source = write(tmp_path / "a.json", {"value": [nsg()], **more})
    found = load_inventory([source])
    assert found.unread == (f"the rest of the list in {source}, which has more pages",)
    assert len(told(found, Severity.WARNING)) == 1
    assert load_inventory([write(tmp_path / "b.json", {"value": [nsg()], "nextLink": None})]).unread == ()


def test_strangers_in_a_folder_are_told(tmp_path: Path) -> None:
    write(tmp_path / "package.json", {"name": "x", "version": "1.0.0"})
    write(tmp_path / "mixed.json", [nsg(), {"name": "x"}, 7])
    found = load_inventory([str(tmp_path)])
    assert list(found.nsgs) == [key(NSG)]
    assert told(found, Severity.INFO) == ["nothing in the file is an Azure resource: left out"]
    assert told(found, Severity.WARNING) == ["2 values in the file are no Azure resources: left out"]


def test_a_linked_folder_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "net" / "a.json", nsg())
    (tmp_path / "net" / "loop").symlink_to(tmp_path / "net", target_is_directory=True)
    assert load_inventory([str(tmp_path / "net")]).origins[0].resources == 1
