"""Lists that are not whole, members given twice, answers of nobody: refused or unknown, and told; never passed over."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import SourceError
from flowspec.ipflowverify.classify import FlowRequest, Verifier
from flowspec.model.digest import compact, snapshot_digest
from flowspec.model.inventory import Inventory, key, lack
from flowspec.sources import load_inventory
from tests.sources.network import GROUP, NET, Json, child, ref, resource, write

VNET, NSG, NIC = f"{NET}/virtualNetworks/v", f"{NET}/networkSecurityGroups/nsg", f"{NET}/networkInterfaces/nic"
SUBNET, VM = f"{VNET}/subnets/s", f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm"
FULL, EMPTY = f"{NET}/applicationSecurityGroups/full", f"{NET}/applicationSecurityGroups/empty"
MANAGER = f"{NET}/networkManagers/nm/securityAdminConfigurations/c/ruleCollections/rc/rules"


def rule(**fields: Any) -> Json:
    properties = {
        "protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*", "sourceAddressPrefix": "*",
        "destinationAddressPrefix": "*", "access": "Deny", "priority": 200, "direction": "Inbound", **fields,
    }  # fmt: skip
    return child(f"{NSG}/securityRules/r", **properties)


def network(*rules: Json, asgs: tuple[str, ...] = (FULL, EMPTY), space: str = "10.1.0.0/16") -> list[Json]:
    """One NIC at 10.1.0.4, in the group `full`, behind the NSG of its subnet."""
    config = child(f"{NIC}/ipConfigurations/ip", privateIPAddress="10.1.0.4", subnet=ref(SUBNET),
                   applicationSecurityGroups=[ref(FULL)])  # fmt: skip
    subnet = child(SUBNET, addressPrefix="10.1.0.0/24", networkSecurityGroup=ref(NSG))
    return [
        resource(VNET, "Microsoft.Network/virtualNetworks", addressSpace={"addressPrefixes": [space]},
                 subnets=[subnet], virtualNetworkPeerings=[]),
        resource(NSG, "Microsoft.Network/networkSecurityGroups", securityRules=list(rules)),
        resource(NIC, "Microsoft.Network/networkInterfaces", enableIPForwarding=False, ipConfigurations=[config],
                 virtualMachine=ref(VM)),
        resource(VM, "Microsoft.Compute/virtualMachines", networkProfile={"networkInterfaces": [ref(NIC)]}),
        *(resource(asg, "Microsoft.Network/applicationSecurityGroups") for asg in asgs),
    ]  # fmt: skip


def load(folder: Path, *documents: Any) -> Inventory:
    files = [write(folder / f"{number}.json", document) for number, document in enumerate(documents)]
    return load_inventory(files)


def access(inventory: Inventory, remote: str = "10.1.0.9") -> str:
    asked = FlowRequest(target="", nic="nic", direction="Inbound", protocol="Tcp", local_ip="10.1.0.4",
                        local_port="22", remote_ip=remote, remote_port="50000")  # fmt: skip
    return Verifier(inventory).verify(asked).access


def summaries(inventory: Inventory) -> list[str]:
    return [problem.summary for problem in inventory.problems]


# Lists that go on elsewhere


@pytest.mark.parametrize(
    "more",
    [
        {"nextLink": "https://x"},
        {"@odata.nextLink": "https://x"},
        {"skipToken": "x"},
        {"$skipToken": "x"},
        {"resultTruncated": "true"},
        {"resultTruncated": True},
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_members_of_a_group_may_be_on_the_page_that_is_not_here(more: Json, nested: bool, tmp_path: Path) -> None:
    """A rule for the group may match anyone: of NICs that were not read nobody knows the groups."""
    source = rule(sourceAddressPrefix=None, sourceApplicationSecurityGroups=[ref(FULL)])
    page = {"value": network(source), **more}
    assert access(load(tmp_path, network(source))) == "Allow"
    found = load(tmp_path, [page] if nested else page)
    assert len(found.unread) == 1
    assert access(found) == "Unknown"


@pytest.mark.parametrize("whole", [{"nextLink": None}, {"nextLink": ""}, {"resultTruncated": "false"}])
def test_a_list_that_says_that_it_is_whole(whole: Json, tmp_path: Path) -> None:
    assert load(tmp_path, {"value": network(), **whole}).unread == ()


@pytest.mark.parametrize(
    "document",
    [
        {"value": [], "error": "no access"},
        {"value": [], "error": {"code": "AuthorizationFailed", "message": "no"}},
        [{"value": [], "error": {"code": "x"}}],
        "<html>Sign in</html>",
    ],
)
def test_an_error_saved_as_an_inventory_is_refused(document: Any, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        load(tmp_path, network(), document)


# One object, one value of each member


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "ID", "securityRules": [], "securityRules": []}',
        '{"id": "ID", "properties": {"securityRules": [1], "securityRules": []}}',
        '[{"id": "ID", "properties": {"securityRules": [], "x": "\\": ", "securityRules": []}}]',
        '[{"id": "ID", "tags": {"a": "1", "\\u0061": "2"}, "properties": {"securityRules": []}}]',
        '{"value": [], "value": []}',
        '{"value": [], "Value": []}',
        '[{"id": "ID", "properties": {"securityRules": [{"name": "x"}], "SecurityRules": []}}]',
        '[{"id": "ID", "securityRules": [{"name": "x"}], "properties": {"securityRules": []}}]',
        '[{"id": "ID", "properties": {"security_rules": [{"name": "x"}], "securityRules": []}}]',
    ],
)
def test_a_member_given_twice_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"stands twice in one object|which of them counts"):
        load(tmp_path, text.replace("ID", NSG))


def test_texts_that_look_like_members_are_no_members(tmp_path: Path) -> None:
    odd = resource(
        NSG, "Microsoft.Network/networkSecurityGroups", securityRules=[], note='"a": 1, "a": 2, "b" : \u00e9'
    )
    assert load(tmp_path, [odd]).nsgs[key(NSG)].rules == ()
    escaped = json.dumps([odd], ensure_ascii=True, indent=1)
    assert load(tmp_path, escaped).nsgs[key(NSG)].rules == ()


def test_a_reference_without_an_id_is_refused(tmp_path: Path) -> None:
    found = network()
    found[0]["properties"]["subnets"][0]["properties"]["networkSecurityGroup"] = {"name": "nsg"}
    with pytest.raises(SourceError, match="without an id"):
        load(tmp_path, found)


# Application security groups (azure.md A21) and 0.0.0.0/0 (A22)

GROUPS = {
    "filled alone": (rule(destinationAddressPrefix=None, destinationApplicationSecurityGroups=[ref(FULL)]), "Deny"),
    "empty beside a filled one": (
        rule(destinationAddressPrefix=None, destinationApplicationSecurityGroups=[ref(FULL), ref(EMPTY)]), "Unknown",
    ),
    "empty alone": (rule(destinationAddressPrefix=None, destinationApplicationSecurityGroups=[ref(EMPTY)]), "Allow"),
    "not in the inventory": (
        rule(destinationAddressPrefix=None, destinationApplicationSecurityGroups=[ref(f"{EMPTY}-far")]), "Unknown",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), GROUPS.values(), ids=GROUPS)
def test_a_rule_that_names_a_group_without_members(written: Json, expected: str, tmp_path: Path) -> None:
    assert access(load(tmp_path, network(written))) == expected


def test_rules_that_azure_has_not_finished_are_told_and_judged(tmp_path: Path) -> None:
    found = load(tmp_path, network(rule(provisioningState="Failed")))
    assert access(found) == "Deny"
    assert any("not in the state Succeeded" in summary and "Failed" in summary for summary in summaries(found))


# Contradictions of one export


def test_an_nsg_lists_a_subnet_that_names_none(tmp_path: Path) -> None:
    found = network(rule())
    del found[0]["properties"]["subnets"][0]["properties"]["networkSecurityGroup"]
    found[1]["properties"]["subnets"] = [ref(SUBNET)]
    inventory = load(tmp_path, found)
    assert access(inventory) == "Unknown"
    assert [s for s in summaries(inventory) if "lists" in s] == ["the NSG nsg lists what does not name it: s"]
    assert len(inventory.gaps) == 1


def test_a_group_has_members_in_two_vnets(tmp_path: Path) -> None:
    """Azure takes members of one VNet only, so that one of the two memberships is of another day."""
    by_group = rule(destinationAddressPrefix=None, destinationApplicationSecurityGroups=[ref(FULL)])
    other = f"{NET}/virtualNetworks/v2"
    far = child(f"{NET}/networkInterfaces/far/ipConfigurations/ip", privateIPAddress="10.9.0.4",
                subnet=ref(f"{other}/subnets/s"), applicationSecurityGroups=[ref(FULL)])  # fmt: skip
    more = [
        resource(other, "Microsoft.Network/virtualNetworks", addressSpace={"addressPrefixes": ["10.9.0.0/16"]},
                 subnets=[child(f"{other}/subnets/s", addressPrefix="10.9.0.0/24")], virtualNetworkPeerings=[]),
        resource(f"{NET}/networkInterfaces/far", "Microsoft.Network/networkInterfaces", ipConfigurations=[far],
                 enableIPForwarding=False),
    ]  # fmt: skip
    assert access(load(tmp_path, network(by_group))) == "Deny"
    found = load(tmp_path, [*network(by_group), *more])
    assert access(found) == "Unknown"
    told = "the application security group full has members in several VNets, as Azure has none: nic, far"
    assert summaries(found).count(told) == 1


def test_a_subnet_lists_a_nic_that_says_it_is_elsewhere(tmp_path: Path) -> None:
    found = network()
    other = child(
        f"{VNET}/subnets/t", addressPrefix="10.1.1.0/24", ipConfigurations=[ref(f"{NIC}/ipConfigurations/ip")]
    )
    found[0]["properties"]["subnets"].append(other)
    inventory = load(tmp_path, found)
    assert lack(inventory.nics[key(NIC)].ip_configurations[0], "subnet") is not None
    assert access(inventory) == "Unknown"


# Answers that don't say whose they are


def admin_rule() -> Json:
    return {
        "id": f"{MANAGER}/deny", "kind": "Custom", "access": "Deny", "direction": "Inbound", "priority": 1,
        "protocol": "Tcp", "sources": [{"addressPrefix": "*"}], "destinations": [{"addressPrefix": "*"}],
        "sourcePortRanges": ["0-65535"], "destinationPortRanges": ["22"], "ruleGroups": [],
    }  # fmt: skip


def test_admin_rules_of_the_only_vnet_are_its(tmp_path: Path) -> None:
    found = load(tmp_path, network(), {"value": [admin_rule()]})
    assert access(found) == "Deny"


def test_admin_rules_of_one_of_several_vnets_may_be_of_any(tmp_path: Path) -> None:
    other = resource(f"{NET}/virtualNetworks/w", "Microsoft.Network/virtualNetworks", subnets=[],
                     addressSpace={"addressPrefixes": ["10.2.0.0/16"]}, virtualNetworkPeerings=[])  # fmt: skip
    found = load(tmp_path, [*network(), other], {"value": [admin_rule()]})
    assert access(found) == "Unknown"


CONFIGURED = {name: value for name, value in admin_rule().items() if name not in ("id", "kind", "ruleGroups")}


@pytest.mark.parametrize("content", [None, {"access": "Deny"}, CONFIGURED])
def test_admin_rules_of_a_configuration_may_be_deployed(content: Json | None, tmp_path: Path) -> None:
    row = {
        "id": f"{MANAGER}/deny",
        "name": "deny",
        "type": "Microsoft.Network/networkManagers/x",
        "properties": content,
    }
    assert access(load(tmp_path, network(), [row])) == "Unknown"


# Snapshots and service tags


def snapshot(**header: Any) -> Json:
    resources = network()
    digest = snapshot_digest(compact([]), "null", map(compact, resources))
    return {"format_version": "1.0", "digest": digest, "unread": [], "service_tags": None, **header} | {
        "resources": resources
    }


@pytest.mark.parametrize(
    "header",
    [{"format_version": "99.0"}, {"format_version": 1}, {"digest": "sha256:0"}, {"unread": "subscription x"},
     {"unread": [1]}],
)  # fmt: skip
def test_a_snapshot_that_is_not_what_it_says_is_refused(header: Json, tmp_path: Path) -> None:
    assert load(tmp_path, snapshot()).nsgs
    assert load(tmp_path, json.dumps(snapshot(), indent=4)).nsgs, "laid out by another tool"
    with pytest.raises(SourceError):
        load(tmp_path, snapshot(**header))


def tags(*rows: tuple[str, Any], cloud: str = "Public") -> Json:
    found = [{"name": name, "properties": {"addressPrefixes": prefixes}} for name, prefixes in rows]
    return {"changeNumber": 1, "cloud": cloud, "values": found}


@pytest.mark.parametrize(
    "documents",
    [
        [tags(("Storage", ["20.60.0.0/40"]))],
        [tags(("Storage", None))],
        [tags(("Storage", ["20.60.0.0/16"]), ("storage", []))],
        [tags(("Storage", ["20.60.0.0/16"])), tags(("Storage", ["20.60.0.0/16"]), cloud="AzureChinaCloud")],
    ],
)
def test_service_tag_data_that_can_not_be_right_is_refused(documents: list[Json], tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        load(tmp_path, network(), *documents)


# Files


def test_json_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    lines = "\r\n".join(json.dumps(one) for one in network(rule()))
    (tmp_path / "net" / "all.jsonl").write_text(lines, "utf-8")
    assert access(load_inventory([str(tmp_path / "net")])) == "Deny"


def test_linked_folders_are_read_once(tmp_path: Path) -> None:
    write(tmp_path / "real" / "net.json", network(rule()))
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "link").symlink_to(tmp_path / "real")
    (tmp_path / "net" / "back").symlink_to(tmp_path / "net")
    assert access(load_inventory([str(tmp_path / "net")])) == "Deny"


def test_compressed_files_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "net" / "net.json", network())
    (tmp_path / "net" / "more.json.gz").write_bytes(gzip.compress(b"[]"))
    with pytest.raises(SourceError, match="compressed"):
        load_inventory([str(tmp_path / "net")])
