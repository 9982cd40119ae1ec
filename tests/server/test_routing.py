"""Effective routes and next hops: VNet, peers, user routes, what gateways learned (azure.md B6.2, B6.4)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowspec.server.run import RunningTwin
from flowspec.sources import load_inventory
from tests.server.asking import GROUP, WATCHER, Json, ask
from tests.server.conftest import Start

NETWORK = f"{GROUP}/providers/Microsoft.Network"
VNET, PEER = f"{NETWORK}/virtualNetworks/hub", f"{NETWORK}/virtualNetworks/spoke"
TABLE, NIC = f"{NETWORK}/routeTables/rt", f"{NETWORK}/networkInterfaces/nic"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm"


def child(parent: str, kind: str, name: str, **properties: object) -> Json:
    return {"id": f"{parent}/{kind}/{name}", "name": name, "properties": properties}


ROUTES = [
    child(
        TABLE, "routes", "out", addressPrefix="0.0.0.0/0", nextHopType="VirtualAppliance", nextHopIpAddress="10.0.9.4"
    ),
    child(TABLE, "routes", "nowhere", addressPrefix="10.1.3.0/24", nextHopType="None"),
]
NETWORKS = [
    {"id": VNET, "location": "westeurope", "properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [child(VNET, "subnets", "s", addressPrefix="10.0.0.0/24", routeTable={"id": TABLE})],
        "virtualNetworkPeerings": [
            child(VNET, "virtualNetworkPeerings", "p", remoteVirtualNetwork={"id": PEER}, peeringState="Connected",
                  allowVirtualNetworkAccess=True, useRemoteGateways=False)],
    }},
    {"id": PEER, "properties": {
        "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": [], "virtualNetworkPeerings": []}},
    {"id": TABLE, "properties": {"routes": ROUTES, "disableBgpRoutePropagation": True}},
    {"id": NIC, "location": "westeurope", "properties": {
        "virtualMachine": {"id": VM},
        "enableIPForwarding": False, "ipConfigurations": [
            child(NIC, "ipConfigurations", "i", privateIPAddress="10.0.0.4", subnet={"id": f"{VNET}/subnets/s"})]}},
    {"id": VM, "location": "westeurope", "properties": {"networkProfile": {"networkInterfaces": [{"id": NIC}]}}},
]  # fmt: skip
GATEWAY = {
    "id": f"{NETWORK}/virtualNetworkGateways/gw",
    "properties": {
        "gatewayType": "ExpressRoute",
        "enableBgp": False,
        "ipConfigurations": [child("gw", "ipConfigurations", "i", subnet={"id": f"{VNET}/subnets/s"})],
    },
}
LEARNED = {
    "id": f"{NIC}/effectiveRouteTable",
    "value": [{"source": "VirtualNetworkGateway", "state": "Active", "addressPrefix": ["10.200.0.0/13"],
               "nextHopType": "VirtualNetworkGateway"}],
}  # fmt: skip


@pytest.fixture
def twin(start: Start, tmp_path: Path) -> RunningTwin:
    (tmp_path / "network.json").write_text(json.dumps([*NETWORKS, GATEWAY]), "utf-8")
    (tmp_path / "routes.json").write_text(json.dumps(LEARNED), "utf-8")
    return start(tmp_path, sync=True)


def test_effective_routes(twin: RunningTwin) -> None:
    routes = ask(twin, "POST", f"{NIC}/effectiveRouteTable").json["value"]
    assert [(r["source"], r["state"], r["addressPrefix"][0], r["nextHopType"]) for r in routes] == [
        ("Default", "Active", "10.0.0.0/16", "VnetLocal"),
        ("Default", "Active", "10.1.0.0/16", "VNetPeering"),
        ("Default", "Invalid", "0.0.0.0/0", "Internet"),
        ("Default", "Active", "10.0.0.0/8", "None"),
        ("Default", "Active", "172.16.0.0/12", "None"),
        ("Default", "Active", "192.168.0.0/16", "None"),
        ("Default", "Active", "100.64.0.0/10", "None"),
        ("VirtualNetworkGateway", "Active", "10.200.0.0/13", "VirtualNetworkGateway"),
        ("User", "Active", "0.0.0.0/0", "VirtualAppliance"),
        ("User", "Active", "10.1.3.0/24", "None"),
    ]
    assert list(routes[0]) == [
        "disableBgpRoutePropagation", "source", "state", "hasBgpOverride", "addressPrefix", "nextHopType",
        "nextHopIpAddress", "destinationServiceTags", "tagMap",
    ]  # fmt: skip
    assert routes[0]["disableBgpRoutePropagation"] is True
    assert routes[-2]["nextHopIpAddress"] == ["10.0.9.4"]


def test_effective_routes_read_back(twin: RunningTwin, tmp_path: Path) -> None:
    shown = ask(twin, "POST", f"{NIC}/effectiveRouteTable").json
    (tmp_path / "routes.json").write_text(json.dumps({"id": f"{NIC}/effectiveRouteTable"} | shown), "utf-8")
    assert load_inventory([str(tmp_path)]).expansions == twin.estate.inventory.expansions


@pytest.mark.parametrize(
    ("destination", "hop"),
    [
        ("10.0.5.5", {"nextHopType": "VirtualNetwork", "routeTableId": "System Route"}),
        ("10.1.5.5", {"nextHopType": "VNetPeering", "routeTableId": "System Route"}),
        ("10.1.3.9", {"nextHopType": "None", "routeTableId": TABLE}),
        ("8.8.8.8", {"nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.9.4", "routeTableId": TABLE}),
        ("10.201.0.1", {"nextHopType": "VirtualNetworkGateway", "routeTableId": "System Route"}),
        ("192.168.1.1", {"nextHopType": "None", "routeTableId": "System Route"}),
    ],
)
def test_next_hop(twin: RunningTwin, destination: str, hop: Json) -> None:
    body = {"targetResourceId": VM, "sourceIPAddress": "10.0.0.4", "destinationIPAddress": destination}
    assert ask(twin, "POST", f"{WATCHER}/nextHop", body).json == hop


def test_what_a_gateway_learns_is_not_made_up(start: Start, tmp_path: Path) -> None:
    """With neither routes nor an assumption the twin says that it can't tell, instead of *nothing learned*."""
    (tmp_path / "network.json").write_text(json.dumps([*NETWORKS, GATEWAY]), "utf-8")
    twin = start(tmp_path, sync=True)
    reply = ask(twin, "POST", f"{NIC}/effectiveRouteTable")
    assert (reply.status, reply.code) == (400, "EffectiveRoutesNotInInventory")
    assert "gateway gw learns prefixes by BGP" in reply.json["error"]["message"]


TAGGED = child(TABLE, "routes", "tag", addressPrefix="Storage", nextHopType="Internet")
CLIENTS = {"vpnClientConfiguration": {"vpnClientAddressPool": {"addressPrefixes": ["172.20.0.0/16"]}}}
STATIC = [
    {"id": f"{NETWORK}/localNetworkGateways/site", "properties": {
        "localNetworkAddressSpace": {"addressPrefixes": ["10.50.0.0/16"]}}},
    {"id": f"{NETWORK}/connections/c", "properties": {
        "virtualNetworkGateway1": {"id": GATEWAY["id"]}, "connectionType": "IPsec", "enableBgp": False,
        "localNetworkGateway2": {"id": f"{NETWORK}/localNetworkGateways/site"}}},
]  # fmt: skip


def without_table() -> list[Json]:
    return [one for one in NETWORKS if one["id"] != TABLE]


def with_routes(*routes: Json, propagated: bool = True) -> list[Json]:
    properties = {"routes": list(routes), "disableBgpRoutePropagation": not propagated}
    return [*without_table(), {"id": TABLE, "properties": properties}]


def vpn(**properties: object) -> Json:
    return {**GATEWAY, "properties": GATEWAY["properties"] | {"gatewayType": "Vpn", "enableBgp": False} | properties}


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        (without_table(), "the route table rt is not in the inventory"),
        ([one for one in NETWORKS if one["id"] != PEER], "the VNet behind the peering p is not in the inventory"),
        ([*with_routes(), vpn(), *STATIC], "a gateway of hub has connections"),
        ([*with_routes(), vpn(), STATIC[1]], "site is not in the inventory"),
        ([*with_routes(), vpn(**CLIENTS)], "gateway gw has point-to-site clients"),
        (with_routes(TAGGED), "the route to the service tag Storage may take the address"),
        ([one for one in NETWORKS if one["id"] != VNET], "the VNet of hub/s is not in the inventory"),
    ],
)
def test_routes_that_are_not_known_are_not_made_up(
    start: Start, tmp_path: Path, networks: list[Json], words: str
) -> None:
    (tmp_path / "network.json").write_text(json.dumps(networks), "utf-8")
    twin = start(tmp_path, sync=True)
    body = {"targetResourceId": VM, "sourceIPAddress": "10.0.0.4", "destinationIPAddress": "172.20.0.1"}
    reply = ask(twin, "POST", f"{WATCHER}/nextHop", body)
    assert (reply.status, reply.code) == (400, "EffectiveRoutesNotInInventory")
    assert words in reply.json["error"]["message"]


def test_the_next_hop_is_asked_for_ipv4(twin: RunningTwin) -> None:
    body = {"targetResourceId": VM, "sourceIPAddress": "10.0.0.4", "destinationIPAddress": "2001:db8::1"}
    assert ask(twin, "POST", f"{WATCHER}/nextHop", body).code == "InvalidParameter"


def test_a_gateway_whose_routes_are_kept_out_adds_none(start: Start, tmp_path: Path) -> None:
    networks = [*with_routes(propagated=False), vpn(), *STATIC]
    (tmp_path / "network.json").write_text(json.dumps(networks), "utf-8")
    body = {"targetResourceId": VM, "sourceIPAddress": "10.0.0.4", "destinationIPAddress": "10.50.0.1"}
    assert ask(start(tmp_path, sync=True), "POST", f"{WATCHER}/nextHop", body).json["nextHopType"] == "None"


def test_a_tag_that_is_not_certain_is_not_expanded(start: Start, tmp_path: Path) -> None:
    nsg = {"id": f"{NETWORK}/networkSecurityGroups/n", "properties": {"securityRules": []}}
    networks = [*NETWORKS, GATEWAY, nsg]
    nic = json.loads(json.dumps(NETWORKS[3]))
    nic["properties"]["networkSecurityGroup"] = {"id": nsg["id"]}
    networks[2:4] = [{"id": TABLE, "properties": {"routes": []}}, nic]
    (tmp_path / "network.json").write_text(json.dumps(networks), "utf-8")
    twin = start(tmp_path, sync=True)
    (group,) = ask(twin, "POST", f"{NIC}/effectiveNetworkSecurityGroups").json["value"]
    assert set(group["tagMap"]) == {"AzureLoadBalancer", "Internet"}
