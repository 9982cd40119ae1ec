"""What gateways bring into VirtualNetwork, on hand-made networks: the engine, and the naive evaluator beside it."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from flowspec.model.inventory import key
from flowspec.model.spec import Assumption
from flowspec.network.index import Network as EngineNetwork
from flowspec.network.virtual_network import virtual_network
from flowspec.sets.address import parse_address
from tests.engine.loading import load_documents
from tests.naive import virtual_network as naive
from tests.naive.resources import Json, Network, lower_id
from tests.naive.small import (
    GATEWAY,
    PEER,
    PEER_SUBNET,
    ROOT,
    SUBNET,
    TABLE,
    VNET,
    gatewayed,
    network,
    peering,
    table,
    vnet,
)

OFFICE, ELSEWHERE = "192.168.10.9", "172.31.0.9"
HUB = peering(PEER, useRemoteGateways=True)
SECOND = f"{ROOT}/virtualNetworkGateways/second"
ASSUMED: list[Json] = [{"gateway": "vgw", "learned_prefixes": ["192.168.10.0/24"]}]
ROUTED: Json = {"routeTable": {"id": TABLE}}


def listing(*gateways: str) -> Json:
    """The properties of a subnet that gateways are in."""
    return {"ipConfigurations": [{"id": f"{gateway}/ipConfigurations/default"} for gateway in gateways]}


def hub(**subnet: object) -> Network:
    """The gateway is a peer's."""
    return gatewayed(at=PEER_SUBNET, peerings=[HUB], more=[vnet(PEER, ["10.1.0.0/16"], **subnet)])


def without(net: Network, resource_id: str) -> Network:
    kept = [resource for resource in net.resources if resource["id"] != resource_id]
    return Network(kept, assumptions=net.assumptions)


CASES = [
    ("static", gatewayed(), OFFICE, "inside"),
    ("static, nothing else", gatewayed(), ELSEWHERE, "outside"),
    ("listed by its subnet", gatewayed(subnet=listing(GATEWAY)), OFFICE, "inside"),
    ("listed by its subnet, nothing else", gatewayed(subnet=listing(GATEWAY)), ELSEWHERE, "outside"),
    ("listed in capitals", gatewayed(subnet=listing(GATEWAY.upper())), ELSEWHERE, "outside"),
    ("listed, and in no subnet by itself", gatewayed(at=PEER_SUBNET, subnet=listing(GATEWAY)), OFFICE, "inside"),
    (
        "by BGP, listed in capitals, and in no subnet by itself",
        gatewayed(at=PEER_SUBNET, subnet=listing(GATEWAY.upper()), enableBgp=True),
        ELSEWHERE,
        "maybe",
    ),
    ("listed only", network(subnet=listing(GATEWAY)), ELSEWHERE, "maybe"),
    ("listed only, and assumed", network(subnet=listing(GATEWAY), assumptions=ASSUMED), OFFICE, "inside"),
    ("listed only, and all is assumed", network(subnet=listing(GATEWAY), assumptions=ASSUMED), ELSEWHERE, "outside"),
    ("listed only, its connection is there", without(gatewayed(subnet=listing(GATEWAY)), GATEWAY), OFFICE, "inside"),
    ("one listed beside it", gatewayed(subnet=listing(GATEWAY, SECOND)), ELSEWHERE, "maybe"),
    ("by BGP", gatewayed(enableBgp=True), ELSEWHERE, "maybe"),
    ("a route table", gatewayed(subnet=ROUTED, more=[table()]), OFFICE, "inside"),
    ("propagation disabled", gatewayed(subnet=ROUTED, more=[table(disableBgpRoutePropagation=True)]), OFFICE, "maybe"),
    ("a route table that is not there may disable it", gatewayed(subnet=ROUTED), OFFICE, "maybe"),
    (
        "listed only, assumed, propagation disabled",
        network(subnet=ROUTED | listing(GATEWAY), more=[table(disableBgpRoutePropagation=True)], assumptions=ASSUMED),
        OFFICE,
        "maybe",
    ),
    ("the VNet is not there, nor its subnets", without(gatewayed(), VNET), OFFICE, "maybe"),
    ("a peer's", hub(), OFFICE, "inside"),
    ("a peer's, nothing else", hub(**listing(GATEWAY)), ELSEWHERE, "outside"),
    ("a peer's, one listed beside it", hub(**listing(GATEWAY, SECOND)), ELSEWHERE, "maybe"),
    ("a peer's, listed only", without(hub(**listing(GATEWAY)), GATEWAY), ELSEWHERE, "maybe"),
    ("a peer's that nobody knows of", without(hub(), GATEWAY), ELSEWHERE, "maybe"),
]


@pytest.mark.parametrize(("net", "address", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_gateways(net: Network, address: str, expected: str) -> None:
    assert (by_engine(net, address), by_naive(net, address)) == (expected, expected)


def by_engine(net: Network, address: str) -> str:
    assumed = [
        Assumption(name="a", gateway=a["gateway"], learned_prefixes=tuple(a["learned_prefixes"]))
        for a in net.assumptions
    ]
    found = EngineNetwork(load_documents({"net.json": net.resources}), assumed)
    extent, place = virtual_network(found, key(SUBNET), None), parse_address(address)
    assert place is not None
    return "inside" if place in extent.sure else "maybe" if place in extent.maybe else "outside"


def by_naive(net: Network, address: str) -> str:
    extent, place = naive.virtual_network(net, lower_id(SUBNET)), ip_address(address)
    sure, maybe = (any(place in prefix for prefix in found) for found in (extent.sure, extent.maybe))
    return "inside" if sure else "maybe" if maybe else "outside"
