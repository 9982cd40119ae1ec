"""Paths over hand-made networks, where a drawn one seldom goes: each case judged by both."""

from __future__ import annotations

import pytest

from flowspec.model.inventory import Inventory, Route, RouteTable, Subnet, VirtualNetwork, key
from flowspec.model.unknown import UNKNOWN
from flowspec.network.index import Network
from flowspec.sets.address import parse_address
from tests.engine.loading import load_documents
from tests.engine.ways import detours
from tests.naive import small
from tests.naive.dice import ROOT, resource
from tests.naive.paths import path
from tests.naive.resources import Json

FORTH, BACK = small.peering(small.PEER), small.peering(small.VNET)
CLOSED = {"allowVirtualNetworkAccess": False}
PEERINGS: list[tuple[str, Json | None, Json | None, bool]] = [
    ("both ways", FORTH, BACK, True),
    ("there only", FORTH, None, False),
    ("back only", None, BACK, False),
    ("none", None, None, False),
    ("not Connected there", FORTH | {"peeringState": "Initiated"}, BACK, False),
    ("not Connected back", FORTH, BACK | {"peeringState": "Disconnected"}, False),
    ("closed there", FORTH | CLOSED, BACK, False),
    ("closed back", FORTH, BACK | CLOSED, False),
    ("subnets only", FORTH, BACK | {"peerCompleteVnets": False}, False),
]


@pytest.mark.parametrize(("forth", "back", "direct"), [case[1:] for case in PEERINGS], ids=[c[0] for c in PEERINGS])
def test_peerings(forth: Json | None, back: Json | None, direct: bool) -> None:
    far = small.vnet(small.PEER, ["10.1.0.0/16"], *([back] if back else []))
    net = small.network(peerings=[forth] if forth else [], more=[far])
    loaded = Network(load_documents({"network.json": net.resources}))
    assert (path(net, small.SUBNET, small.PEER_SUBNET, "10.0.0.4", "10.1.0.4") == "direct") is direct
    assert (not detours(loaded, key(small.SUBNET), key(small.PEER_SUBNET))) is direct
    assert (not detours(loaded, key(small.PEER_SUBNET), key(small.SUBNET))) is direct


def test_each_way_has_its_own_routes() -> None:
    """There to an appliance for one part, back for another: neither hides the other."""
    table = small.table(("10.1.0.0/30", "VirtualAppliance"))
    other = small.item(f"{ROOT}/routeTables/back", "routeTables", routes=[
        {"name": "r", "properties": {"addressPrefix": "10.0.0.0/30", "nextHopType": "None"}}])  # fmt: skip
    far = small.vnet(small.PEER, ["10.1.0.0/16"], BACK, routeTable={"id": other["id"]})
    net = small.network(peerings=[FORTH], subnet={"routeTable": {"id": small.TABLE}}, more=[far, table, other])
    loaded = Network(load_documents({"network.json": net.resources}))
    found = detours(loaded, key(small.SUBNET), key(small.PEER_SUBNET))
    for source, destination, direct in (("10.0.0.9", "10.1.0.9", True), ("10.0.0.9", "10.1.0.1", False),
                                        ("10.0.0.1", "10.1.0.9", False), ("10.0.0.1", "10.1.0.1", False)):  # fmt: skip
        ends = parse_address(source), parse_address(destination)
        assert None not in ends
        hit = [d for d in found if ends[0] in d.sources and ends[1] in d.destinations]  # type: ignore[operator]
        assert (not hit) is direct
        assert (path(net, small.SUBNET, small.PEER_SUBNET, source, destination) == "direct") is direct


def test_a_route_whose_prefix_is_not_known_may_lead_anything_away() -> None:
    """Known after apply: unlike a service tag it may be for private addresses."""
    subnet = Subnet(id="/v/subnets/s", name="s", vnet="/v", prefixes=("10.0.0.0/24",), route_table="/t")
    network = Network(
        Inventory(
            vnets={"/v": VirtualNetwork(id="/v", name="v", prefixes=("10.0.0.0/16",))},
            subnets={"/v/subnets/s": subnet},
            route_tables={
                "/t": RouteTable(
                    id="/t", name="t", routes=(Route(name="r", prefix=UNKNOWN, next_hop="VirtualAppliance"),)
                )
            },
        )
    )
    found = detours(network, "/v/subnets/s", "/v/subnets/s")
    assert any(10 << 24 in d.destinations for d in found)


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(("route", "space"), [("10.0.0.0/12", "10.0.0.0/8"), ("10.0.0.0/16", "10.0.0.0/16")])
def test_a_route_may_be_longer_than_an_address_space_that_is_not_known(route: str, space: str, is_known: bool) -> None:
    subnet = {
        "id": small.SUBNET, "name": "s",
        "properties": {"addressPrefix": "10.0.0.0/24", "routeTable": {"id": f"{ROOT}/routeTables/rt"}},
    }  # fmt: skip
    routes = [
        {"name": name, "properties": {"addressPrefix": prefix, "nextHopType": "VirtualAppliance"}}
        for name, prefix in (("r", route), ("all", "0.0.0.0/0"))
    ]
    vnet = resource("virtualNetworks", "vnet", {"subnets": [subnet], "virtualNetworkPeerings": []})
    vnet["id"] = small.VNET
    if is_known:
        vnet["properties"]["addressSpace"] = {"addressPrefixes": [space]}
    table = resource("routeTables", "rt", {"routes": routes, "disableBgpRoutePropagation": False})
    found = detours(Network(load_documents({"n.json": [vnet, table]})), key(small.SUBNET), key(small.SUBNET))
    assert found
    for detour in found:
        assert "rt/r " in detour.reason, "no VNet's prefix is as short as a default route"
        assert ("may send" in detour.reason) is not is_known
