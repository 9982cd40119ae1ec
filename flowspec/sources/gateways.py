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
        gateway_id,
        name_of(node, gateway_id),
        node.text("gatewaytype") or "Vpn",
        tuple(subnet for subnet in subnets if subnet),
        learns_by_bgp(node),
        space(client, "vpnclientaddresspool") if client else (),
        node.where(),
    )
    layer.add(layer.gateways, gateway)


def read_local_gateway(node: Node, gateway_id: str, layer: Layer) -> None:
    found, bgp = space(node, "localnetworkaddressspace"), node.child("bgpsettings") is not None
    layer.add(layer.local_gateways, LocalGateway(gateway_id, name_of(node, gateway_id), found, bgp, node.where()))


def read_connection(node: Node, connection_id: str, layer: Layer) -> None:
    gateways = (node.ref("virtualnetworkgateway1"), node.ref("virtualnetworkgateway2"))
    connection = Connection(
        connection_id,
        name_of(node, connection_id),
        node.text("connectiontype") or "IPsec",
        tuple(gateway for gateway in gateways if gateway),
        node.ref("localnetworkgateway2"),
        bool(node.flag("enablebgp")),
        node.where(),
    )
    layer.add(layer.connections, connection)


def read_watcher(node: Node, watcher_id: str, layer: Layer) -> None:
    location = node.text("location")
    layer.add(layer.watchers, Watcher(watcher_id, name_of(node, watcher_id), location, node.where()))
