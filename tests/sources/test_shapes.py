"""One network in every shape that Azure and its tools print is one inventory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowspec.model.inventory import AZURE_DEFAULT_RULES, Access, Direction, Inventory, key
from flowspec.sources import load_inventory
from tests.sources.network import (
    NET,
    NIC,
    NSG,
    SUBNET,
    VM,
    VNET,
    Json,
    child,
    flatten,
    graph_row,
    nsg,
    recase,
    ref,
    resource,
    rule,
    several,
    shop,
    without_child_ids,
    write,
)

TABLES = (
    "vnets", "subnets", "nics", "vms", "nsgs", "asgs", "route_tables", "gateways", "local_gateways", "connections",
    "public_ips", "watchers", "unlisted",
)  # fmt: skip

Shape = Callable[[list[Json]], Any]


def table(rows: list[Json]) -> Json:
    """Resource Graph's older answer."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [{"name": name, "type": "string"} for name in names]
    return {"count": len(rows), "data": {"columns": columns, "rows": [[row.get(n) for n in names] for row in rows]}}


def powershell(network: list[Json]) -> list[Json]:
    """As ConvertTo-Json prints Az PowerShell's objects: flattened, PascalCase, lists in singular fields."""

    def pascal(value: Any) -> Any:
        if isinstance(value, list):
            return [pascal(item) for item in value]
        if not isinstance(value, dict):
            return value
        named = {name[:1].upper() + name[1:]: item for name, item in value.items()}
        tags = {"Tag": named.pop("Tags")} if named.get("Tags") else {}
        inner = {name: pascal(item) for name, item in named.items()}
        return {name: [item] if name.endswith("PortRange") else item for name, item in inner.items()} | tags

    return [pascal(item) for item in flatten(network)]


SHAPES: dict[str, Shape] = {
    "a list": lambda network: network,
    "value": lambda network: {"value": network},
    "resources": lambda network: {"resources": network},
    "a snapshot": lambda network: {"format_version": "1.0", "taken_at": "2026-11-20T08:00:00Z", "resources": network},
    "Resource Graph rows": lambda network: {"count": 13, "data": [graph_row(r) for r in network], "skip_token": None},
    "a Resource Graph table": lambda network: table([graph_row(r) for r in network]),
    "az": flatten,
    "az, value": lambda network: {"value": flatten(network)},
    "Az PowerShell": powershell,
    "pages": lambda network: [{"value": network[:3]}, {"value": network[3:]}],
    "lists in a list": lambda network: [network[:3], flatten(network[3:])],
    "lower case": lambda network: recase(network, "lower"),
    "upper case, flattened": lambda network: recase(flatten(network), "upper"),
    "children by name": without_child_ids,
    "children by name, flattened": lambda network: without_child_ids(flatten(network)),
    "twice the same": lambda network: [*network, *flatten(network)],
    "subnets and rules once more": lambda network: [
        *network,
        *network[0]["properties"]["subnets"],
        *flatten(network[1]["properties"]["securityRules"]),
        *network[0]["properties"]["virtualNetworkPeerings"],
    ],
    "rules in a list of their own": lambda network: [
        *[r for r in network if r["id"] != NSG],
        nsg(),
        *network[1]["properties"]["securityRules"],
    ],
    "a BOM": lambda network: "\ufeff" + __import__("json").dumps(network),
}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return load_inventory([write(tmp_path_factory.mktemp("arm") / "net.json", shop())])


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_the_same_inventory(name: str, wanted: Inventory, tmp_path: Path) -> None:
    found = load_inventory([write(tmp_path / "net.json", SHAPES[name](shop()))])
    for each in TABLES:
        assert getattr(found, each) == getattr(wanted, each), each


def test_one_file_for_each_resource_in_folders(wanted: Inventory, tmp_path: Path) -> None:
    for number, item in enumerate(shop()):
        write(tmp_path / "net" / f"sub{number % 3}" / f"{number}.json", item if number % 2 else flatten(item))
    write(tmp_path / "net" / ".hidden" / "x.json", "garbage")
    write(tmp_path / "net" / ".x.json", "garbage")
    write(tmp_path / "net" / "notes.txt", "garbage")
    found = load_inventory([str(tmp_path / "net")])
    assert all(getattr(found, each) == getattr(wanted, each) for each in TABLES)
    assert [problem.summary for problem in found.problems] == []


def test_the_same_folder_has_the_same_digest_and_no_clock(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        for name in ("b.json", "a.json"):
            write(tmp_path / folder / name, shop()[:1])
    one, two = (load_inventory([str(tmp_path / folder)]).origins[0] for folder in ("one", "two"))
    assert (one.digest, one.resources, one.taken_at) == (two.digest, 2, None)
    assert one.digest.startswith("sha256:")
    (tmp_path / "two" / "a.json").rename(tmp_path / "two" / "c.json")
    assert load_inventory([str(tmp_path / "two")]).origins[0].digest != one.digest


def test_all_fields_of_the_network(wanted: Inventory) -> None:
    vnet, subnet = wanted.vnets[key(VNET)], wanted.subnets[key(SUBNET)]
    assert (vnet.name, vnet.location, vnet.prefixes) == ("vnet-shop", "westeurope", ("10.1.0.0/16", "fd00::/48"))
    assert vnet.tags == (("tier", "web"),)
    peering = vnet.peerings[0]
    assert (peering.name, peering.state, peering.allow_access, peering.whole) == ("to-hub", "Connected", True, True)
    assert (peering.remote_vnet, peering.remote_prefixes) == (f"{NET}/virtualNetworks/vnet-hub", ("10.9.0.0/16",))
    assert (peering.allow_gateway_transit, peering.use_remote_gateways) == (True, False)
    assert (subnet.vnet, subnet.prefixes, subnet.nsg, subnet.known) == (VNET, ("10.1.0.0/24",), NSG, True)
    assert (subnet.route_table, subnet.private_endpoint_policies) == (f"{NET}/routeTables/rt-web", "Disabled")
    assert len(subnet.attached) == 3
    assert wanted.unlisted == ()


def test_all_fields_of_the_machines(wanted: Inventory) -> None:
    nic, endpoint = wanted.nics[key(NIC)], wanted.nics[key(f"{NET}/networkInterfaces/pe-sql.nic.1")]
    assert (nic.nsg, nic.vm, nic.ip_forwarding, nic.private_endpoint) == (NSG, VM, True, False)
    assert [(c.address, c.family, c.primary) for c in nic.ip_configurations] == [
        ("10.1.0.4", 4, True),
        ("fd00::4", 6, False),
    ]
    assert nic.ip_configurations[0].asgs == (f"{NET}/applicationSecurityGroups/asg-web",)
    assert nic.ip_configurations[0].public_ip == f"{NET}/publicIPAddresses/pip-web"
    assert (endpoint.private_endpoint, endpoint.nsg, endpoint.vm) == (True, None, None)
    assert (wanted.vms[key(VM)].nics, wanted.vms[key(VM)].power) == ((NIC,), "running")
    public = wanted.public_ips[key(f"{NET}/publicIPAddresses/pip-web")]
    assert (public.sku, public.address) == ("Standard", "203.0.113.7")


def test_all_fields_of_the_rules(wanted: Inventory) -> None:
    group = wanted.nsgs[key(NSG)]
    https, many = group.rules
    assert (https.name, https.priority, https.direction, https.access) == (
        "https",
        100,
        Direction.INBOUND,
        Access.ALLOW,
    )
    assert (https.sources, https.source_ports, https.destinations) == (("Internet",), ("*",), ("*",))
    assert (many.sources, many.destination_ports) == (("10.0.0.0/8", "10.1.2.3"), ("80", "8000-8100"))
    assert (many.destinations, many.destination_asgs) == ((), (f"{NET}/applicationSecurityGroups/asg-web",))
    assert (https.id, https.default, https.display) == (f"{NSG}/securityRules/https", False, "securityRules/https")
    assert https.where is not None and https.where.pointer == "/1/properties/securityRules/0"
    assert group.default_rules == AZURE_DEFAULT_RULES


def test_all_fields_of_the_ways_out(wanted: Inventory) -> None:
    routes = wanted.route_tables[key(f"{NET}/routeTables/rt-web")]
    assert routes.bgp_propagation is False
    route = routes.routes[0]
    assert (route.prefix, route.next_hop, route.next_hop_address) == ("0.0.0.0/0", "VirtualAppliance", "10.9.0.4")
    gateway = wanted.gateways[key(f"{NET}/virtualNetworkGateways/vgw")]
    assert (gateway.kind, gateway.bgp, gateway.client_prefixes) == ("Vpn", True, ("172.16.0.0/24",))
    assert gateway.subnets == (f"{VNET}/subnets/GatewaySubnet",)
    local = wanted.local_gateways[key(f"{NET}/localNetworkGateways/lgw")]
    assert (local.prefixes, local.bgp) == (("192.168.0.0/16",), False)
    connection = wanted.connections[key(f"{NET}/connections/vpn")]
    assert (connection.kind, connection.gateways) == ("IPsec", (gateway.id,))
    assert (connection.local_gateway, connection.bgp) == (local.id, False)
    assert [watcher.location for watcher in wanted.watchers.values()] == ["westeurope"]


POWER = [
    ({"powerState": "VM running"}, "running"),
    ({"powerState": "VM deallocated"}, "deallocated"),
    ({"instanceView": {"statuses": [{"code": "PowerState/stopped"}]}}, "stopped"),
    ({"instanceView": {"statuses": [{"code": "ProvisioningState/succeeded"}]}}, None),
    ({"extended": {"instanceView": {"powerState": {"code": "PowerState/starting"}}}}, "starting"),
    ({"instanceView": None}, None),
    ({"powerState": "/"}, None),
    ({"powerState": " / "}, None),
    ({"instanceView": {"statuses": [{"code": "PowerState/"}]}}, "powerstate"),
    ({}, None),
]


@pytest.mark.parametrize(("fields", "power"), POWER)
def test_power_of_a_vm(fields: Json, power: str | None, tmp_path: Path) -> None:
    vm = resource(VM, "Microsoft.Compute/virtualMachines", **fields)
    assert load_inventory([write(tmp_path / "vm.json", vm)]).vms[key(VM)].power == power


def test_the_vm_of_a_nic_is_joined_from_either_side(tmp_path: Path) -> None:
    nic = resource(NIC, "Microsoft.Network/networkInterfaces", ipConfigurations=[])
    vm = resource(VM, "Microsoft.Compute/virtualMachines", networkProfile={"networkInterfaces": [ref(NIC)]})
    found = load_inventory([write(tmp_path / "a.json", [nic, vm])])
    assert found.nics[key(NIC)].vm == VM
    nic["properties"]["virtualMachine"], vm["properties"]["networkProfile"] = ref(VM), None
    assert load_inventory([write(tmp_path / "b.json", [nic, vm])]).vms[key(VM)].nics == (NIC,)


def test_a_vm_with_extensions_is_a_vm_not_a_list(tmp_path: Path) -> None:
    vm = resource(VM, "Microsoft.Compute/virtualMachines")
    vm["resources"] = [{"id": f"{VM}/extensions/x", "name": "x"}]
    for shape in (vm, flatten(vm)):
        assert list(load_inventory([write(tmp_path / "vm.json", shape)]).vms) == [key(VM)]


def test_the_nics_of_a_scale_set_are_nics(tmp_path: Path) -> None:
    nic = f"{NET.replace('Network', 'Compute')}/virtualMachineScaleSets/pool/virtualMachines/0/networkInterfaces/nic"
    config = child(f"{nic}/ipConfigurations/c", privateIPAddress="10.1.0.9", subnet=ref(SUBNET))
    listed = child(SUBNET, addressPrefix="10.1.0.0/24", ipConfigurations=[ref(f"{nic}/ipConfigurations/c")])
    network = [
        {"id": nic, "name": "nic", "properties": {"ipConfigurations": [config], "enableIPForwarding": False}},
        listed,
    ]
    found = load_inventory([write(tmp_path / "net.json", network)])
    assert found.nics[key(nic)].ip_configurations[0].address == "10.1.0.9"
    assert found.unlisted == ()


def test_peerings_of_a_part_are_not_whole(tmp_path: Path) -> None:
    remote = ref(f"{NET}/virtualNetworks/vnet-hub")
    cases = [
        ({"peerCompleteVnets": False}, False),
        ({"enableOnlyIPv6Peering": True}, False),
        ({"peerCompleteVnets": True}, True),
    ]
    for fields, whole in cases:
        peering = child(f"{VNET}/virtualNetworkPeerings/p", remoteVirtualNetwork=remote, **fields)
        space = {"addressPrefixes": ["10.1.0.0/16"]}
        vnet = resource(VNET, "Microsoft.Network/virtualNetworks", addressSpace=space, virtualNetworkPeerings=[peering])
        assert load_inventory([write(tmp_path / "v.json", vnet)]).vnets[key(VNET)].peerings[0].whole is whole


def test_numbers_and_flags_as_texts(tmp_path: Path) -> None:
    texts = rule("https", 0, priority="100", destinationPortRange=443)
    nic = resource(NIC, "Microsoft.Network/networkInterfaces", ipConfigurations=[], enableIPForwarding="True")
    found = load_inventory([write(tmp_path / "net.json", [nsg(texts), nic])])
    assert found.nsgs[key(NSG)].rules[0].priority == 100
    assert found.nsgs[key(NSG)].rules[0].destination_ports == ("443",)
    assert found.nics[key(NIC)].ip_forwarding


ACCEPTED: list[Json] = [
    {"sourceAddressPrefix": "10.0.0.5/24"},
    {"sourceAddressPrefix": "CorpNetPublic"},
    {"sourceAddressPrefix": "2001:db8::/32"},
    {"sourceAddressPrefix": "Any", "destinationPortRange": "0-65535"},
    {"description": "x" * 300},
    {"protocol": "TCP", "access": "DENY", "direction": "outbound"},
    {"sourceAddressPrefix": "", "sourceAddressPrefixes": ["10.0.0.0/8"], "destinationPortRanges": None},
    several("10.0.0.0/8"),
]


@pytest.mark.parametrize("fields", ACCEPTED)
def test_what_azure_takes_is_taken(fields: Json, tmp_path: Path) -> None:
    found = load_inventory([write(tmp_path / "nsg.json", nsg(rule("r", 4096, **fields)))])
    assert len(found.nsgs[key(NSG)].rules) == 1
    assert found.problems == ()


def test_default_rules_of_the_resource_are_kept(tmp_path: Path) -> None:
    old = rule("DefaultInboundDenyAll", 65500, access="Deny", protocol="*")
    old["id"] = f"{NSG}/defaultSecurityRules/DefaultInboundDenyAll"
    group = nsg()
    group["properties"]["defaultSecurityRules"] = [old]
    rules = load_inventory([write(tmp_path / "nsg.json", group)]).nsgs[key(NSG)].default_rules
    assert [(r.display, r.priority, r.default) for r in rules] == [
        ("defaultSecurityRules/DefaultInboundDenyAll", 65500, True)
    ]
