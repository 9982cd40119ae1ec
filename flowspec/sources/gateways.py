"""Gateways, connections and network watchers in JSON -> the model, through a Layer."""

from __future__ import annotations

from flowspec.model.inventory import Connection, Gateway, LocalGateway, Watcher
from flowspec.sources.layer import Layer
from flowspec.sources.network import name_of, space
from flowspec.sources.node import Node


def learns_by_bgp(node: Node) -> bool:
    """`enableBgp`; where it is not told, whether there are BGP settings."""
    told = node.flag("enablebgp")
    return told if told is not None else node.child("bgpsettings") is not None


def read_gateway(node: Node, gateway_id: str, layer: Layer) -> None:
    subnets = {child.ref("subnet"): None for child in node.children("ipconfigurations")}
    client = node.child("vpnclientconfiguration")
    gateway = Gateway(
        id=gateway_id,
        name=name_of(node, gateway_id),
        kind=node.text("gatewaytype") or "Vpn",
        subnets=tuple(subnet for subnet in subnets if subnet),
        bgp=learns_by_bgp(node),
        client_prefixes=space(client, "vpnclientaddresspool") if client else (),
        where=node.where(),
    )
    layer.add(layer.gateways, gateway)


def read_local_gateway(node: Node, gateway_id: str, layer: Layer) -> None:
    found, bgp = space(node, "localnetworkaddressspace"), node.child("bgpsettings") is not None
    layer.add(
        layer.local_gateways,
        LocalGateway(id=gateway_id, name=name_of(node, gateway_id), prefixes=found, bgp=bgp, where=node.where()),
    )


def read_connection(node: Node, connection_id: str, layer: Layer) -> None:
    gateways = (node.ref("virtualnetworkgateway1"), node.ref("virtualnetworkgateway2"))
    connection = Connection(
        id=connection_id,
        name=name_of(node, connection_id),
        kind=node.text("connectiontype") or "IPsec",
        gateways=tuple(gateway for gateway in gateways if gateway),
        local_gateway=node.ref("localnetworkgateway2"),
        bgp=bool(node.flag("enablebgp")),
        where=node.where(),
    )
    layer.add(layer.connections, connection)


def read_watcher(node: Node, watcher_id: str, layer: Layer) -> None:
    location = node.text("location")
    layer.add(layer.watchers, Watcher(watcher_id, name_of(node, watcher_id), location, node.where()))
