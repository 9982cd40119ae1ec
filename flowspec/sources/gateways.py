"""Gateways, connections and network watchers in JSON -> the model, through a Contribution."""

from __future__ import annotations

from flowspec.model.inventory import Connection, Gateway, LocalGateway, Watcher
from flowspec.sources import essential
from flowspec.sources.contribution import Contribution
from flowspec.sources.essential import lacking
from flowspec.sources.network import name_of, space
from flowspec.sources.node import JsonNode


def learns_by_bgp(node: JsonNode) -> bool:
    """`enableBgp`; where it is not told, whether there are BGP settings."""
    told = node.flag("enablebgp")
    return told if told is not None else node.child("bgpsettings") is not None


def read_gateway(node: JsonNode, gateway_id: str, into: Contribution) -> None:
    """A virtual network gateway: its subnets, whether it speaks BGP, and the prefixes of its VPN clients."""
    subnets = {child.ref("subnet"): None for child in node.children("ipconfigurations")}
    client = node.child("vpnclientconfiguration")
    gateway = Gateway(
        id=gateway_id,
        name=name_of(node, gateway_id),
        kind=node.text("gatewaytype") or "Vpn",
        subnets=tuple(subnet for subnet in subnets if subnet),
        bgp=learns_by_bgp(node),
        client_prefixes=space(client, "vpnclientaddresspool") if client else (),
        lacks=lacking(node, essential.GATEWAY, gateway_id),
        where=node.where(),
    )
    into.add(into.upserts.gateways, gateway)


def read_local_gateway(node: JsonNode, gateway_id: str, into: Contribution) -> None:
    """A local network gateway: the prefixes on premises."""
    found, bgp = space(node, "localnetworkaddressspace"), node.child("bgpsettings") is not None
    into.add(
        into.upserts.local_gateways,
        LocalGateway(
            id=gateway_id,
            name=name_of(node, gateway_id),
            prefixes=found,
            bgp=bgp,
            lacks=lacking(node, essential.LOCAL_GATEWAY, gateway_id),
            where=node.where(),
        ),
    )


def read_connection(node: JsonNode, connection_id: str, into: Contribution) -> None:
    """A connection: the gateways that it ties together."""
    gateways = (node.ref("virtualnetworkgateway1"), node.ref("virtualnetworkgateway2"))
    connection = Connection(
        id=connection_id,
        name=name_of(node, connection_id),
        kind=node.text("connectiontype") or "IPsec",
        gateways=tuple(gateway for gateway in gateways if gateway),
        local_gateway=node.ref("localnetworkgateway2"),
        bgp=bool(node.flag("enablebgp")),
        lacks=lacking(node, essential.CONNECTION, connection_id),
        where=node.where(),
    )
    into.add(into.upserts.connections, connection)


def read_watcher(node: JsonNode, watcher_id: str, into: Contribution) -> None:
    location = node.text("location")
    into.add(into.upserts.watchers, Watcher(watcher_id, name_of(node, watcher_id), location, node.where()))
