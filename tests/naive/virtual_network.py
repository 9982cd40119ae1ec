"""Network + subnet -> what the tags VirtualNetwork and Internet hold there: surely, or maybe."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from tests.naive.resources import (
    ALL_IPV4,
    ALL_IPV6,
    EVERYTHING,
    Json,
    Network,
    Prefix,
    address_space,
    lower_id,
    prefixes,
    read_prefix,
    vnet_of,
)

PLATFORM = prefixes(["168.63.129.16/32"])


@dataclass
class Extent:
    """The prefixes that a tag surely holds, and those it may hold besides."""

    sure: list[Prefix] = field(default_factory=list)
    maybe: list[Prefix] = field(default_factory=list)

    def __add__(self, other: Extent) -> Extent:
        return Extent(self.sure + other.sure, self.maybe + other.maybe)

    def doubted(self) -> Extent:
        return Extent([], self.sure + self.maybe)


ANYTHING = Extent(maybe=list(EVERYTHING))


@lru_cache(maxsize=1000)
def virtual_network(network: Network, subnet_id: str | None) -> Extent:
    """VirtualNetwork for the NICs of one subnet (A17, B0.8): it differs from subnet to subnet by the route table."""
    vnet_id = vnet_of(subnet_id)
    extent = Extent(network.vnet_prefixes(vnet_id) + PLATFORM)
    if network.get(vnet_id) is None:
        extent += ANYTHING
    for peering in network.peerings(vnet_id):
        extent += peer_extent(network, peering)
    gateways = gateways_extent(network, vnet_id)
    extent += gateways if surely_propagated(network, subnet_id) else gateways.doubted()
    return extent + routes_extent(network, subnet_id)


def peer_extent(network: Network, peering: Json) -> Extent:
    """A peer's prefixes: its own address space, else what the peering remembers of it, else it could be anything."""
    found = network.vnet_prefixes(lower_id(peering.get("remoteVirtualNetwork")))
    if not found:
        found = address_space(peering.get("remoteAddressSpace"))
        found += address_space(peering.get("remoteVirtualNetworkAddressSpace"))
    if not found:
        return ANYTHING
    return Extent(found) if is_plain(peering) else Extent(found).doubted()


def is_plain(peering: Json) -> bool:
    """Connected, access allowed, whole VNets (A17). A property that is absent is not known: not plain."""
    connected = str(peering.get("peeringState")).lower() == "connected"
    return connected and peering.get("allowVirtualNetworkAccess") is True and not peers_subnets(peering)


def peers_subnets(peering: Json) -> bool:
    partial = peering.get("peerCompleteVnets") is False or peering.get("enableOnlyIPv6Peering") is True
    return partial or bool(peering.get("localSubnetNames")) or bool(peering.get("remoteSubnetNames"))


# Routes


def routes(network: Network, subnet_id: str | None) -> list[Json] | None:
    """The properties of the user routes on a subnet; None when they can't be known (subnet or table not there)."""
    subnet = network.subnet(subnet_id)
    if subnet is None:
        return None
    if not subnet.get("routeTable"):
        return []
    table = network.get(subnet["routeTable"])
    if table is None:
        return None
    return [r.get("properties") or {} for r in network.children(table, "routes", "routeTables/routes")]


def next_hop(route: Json) -> str:
    return str(route.get("nextHopType")).lower()


def tag_prefixes(network: Network, route: Json) -> list[Prefix]:
    """The prefixes of a route to a service tag (or to an unreadable prefix): its data, without data everything."""
    return network.service_tags.get(str(route.get("addressPrefix")).lower(), list(EVERYTHING))


def routes_extent(network: Network, subnet_id: str | None) -> Extent:
    user_routes = routes(network, subnet_id)
    if user_routes is None:
        return ANYTHING
    extent = Extent()
    for route in user_routes:
        extent += route_extent(network, route)
    return extent


def route_extent(network: Network, route: Json) -> Extent:
    """A user route puts its prefix into the tag, whatever its next hop; a default route only surely so when it leads to
    an appliance or a gateway. Reading: a default route to VnetLocal (or to an unknown next hop) is as doubtful as one
    to Internet or None, since nothing is recorded of it."""
    prefix = read_prefix(route.get("addressPrefix"))
    if prefix is None:
        return Extent(maybe=tag_prefixes(network, route))
    if prefix.prefixlen == 0 and next_hop(route) not in ("virtualappliance", "virtualnetworkgateway"):
        return Extent(maybe=[prefix])
    return Extent([prefix])


def surely_propagated(network: Network, subnet_id: str | None) -> bool:
    """Whether what a gateway learns comes to the subnet: a route table may disable it, also one that is not there."""
    subnet = network.subnet(subnet_id)
    if subnet is None or not subnet.get("routeTable"):
        return subnet is not None
    table = network.get(subnet["routeTable"])
    return bool(table and not (table.get("properties") or {}).get("disableBgpRoutePropagation"))


# Gateways


def gateways_extent(network: Network, vnet_id: str | None) -> Extent:
    """What gateways add: those of the VNet, and those of a peer whose gateway it uses.

    Readings: through a peering that is not plainly connected all of it is doubtful; a VNet that uses a remote gateway
    which the inventory does not have may learn anything.
    """
    extent = Extent()
    for gateway in gateway_ids(network, vnet_id):
        extent += gateway_extent(network, gateway)
    for peering in network.peerings(vnet_id):
        if peering.get("useRemoteGateways"):
            remote = gateway_ids(network, lower_id(peering.get("remoteVirtualNetwork")))
            found = sum((gateway_extent(network, gateway) for gateway in remote), Extent()) if remote else ANYTHING
            extent += found if is_plain(peering) else found.doubted()
    return extent


def gateway_ids(network: Network, vnet_id: str | None) -> list[str]:
    """Gateways with an ip-configuration in the VNet, and those that a subnet of it names though they are not listed."""
    found = set()
    for gateway in network.of_type("virtualNetworkGateways"):
        configurations = (gateway.get("properties") or {}).get("ipConfigurations") or []
        subnets = [lower_id((c.get("properties") or {}).get("subnet")) for c in configurations]
        if vnet_id in [vnet_of(subnet) for subnet in subnets]:
            found.add(str(lower_id(gateway)))
    for subnet_id in [s for s in network.subnets if vnet_of(s) == vnet_id]:
        for unlisted in network.unlisted(subnet_id):
            if "/virtualnetworkgateways/" in unlisted:
                found.add(unlisted.split("/ipconfigurations/")[0])
    return sorted(found)


def gateway_extent(network: Network, gateway_id: str) -> Extent:
    gateway = (network.get(gateway_id) or {}).get("properties")
    assumed = [a for a in network.assumptions if is_named(gateway_id, a["gateway"])]
    extent = Extent([p for a in assumed for p in prefixes(a["learned_prefixes"])])
    connections = connections_of(network, gateway_id)
    if not assumed and (gateway is None or learns_by_bgp(gateway, connections)):
        extent += ANYTHING
    for connection in connections:
        extent += connection_extent(network, gateway_id, connection)
    pool = ((gateway or {}).get("vpnClientConfiguration") or {}).get("vpnClientAddressPool")
    return extent + Extent(maybe=address_space(pool))


def is_named(gateway_id: str, name: str) -> bool:
    return gateway_id in (name.lower(), lower_id(name)) or gateway_id.rsplit("/", 1)[-1] == name.lower()


def learns_by_bgp(gateway: Json, connections: list[Json]) -> bool:
    """Any ExpressRoute gateway (or one of unknown type) does, else where BGP is on; `enableBgp` absent means off."""
    not_vpn = str(gateway.get("gatewayType")).lower() != "vpn"
    return not_vpn or bool(gateway.get("enableBgp")) or any(c.get("enableBgp") for c in connections)


def connections_of(network: Network, gateway_id: str) -> list[Json]:
    found = [c.get("properties") or {} for c in network.of_type("connections")]
    return [c for c in found if gateway_id in ends_of(c)]


def ends_of(connection: Json) -> list[str | None]:
    return [lower_id(connection.get("virtualNetworkGateway1")), lower_id(connection.get("virtualNetworkGateway2"))]


def connection_extent(network: Network, gateway_id: str, connection: Json) -> Extent:
    """On-premises prefixes of a connection without BGP; with BGP only an assumption tells.

    Readings: a local network gateway that is not in the inventory may have any prefix; the VNet at the far end of a
    VNet-to-VNet connection is maybe inside (B4.4 names it, the contract does not).
    """
    if connection.get("enableBgp"):
        return Extent()
    if connection.get("localNetworkGateway2"):
        local = network.get(connection["localNetworkGateway2"])
        return ANYTHING if local is None else Extent(address_space(local["properties"].get("localNetworkAddressSpace")))
    far = [end for end in ends_of(connection) if end and end != gateway_id]
    return sum((far_vnet_extent(network, gateway) for gateway in far), Extent())


def far_vnet_extent(network: Network, gateway_id: str) -> Extent:
    gateway = (network.get(gateway_id) or {}).get("properties") or {}
    subnets = [lower_id((c.get("properties") or {}).get("subnet")) for c in gateway.get("ipConfigurations") or []]
    found = [p for subnet in subnets for p in network.vnet_prefixes(vnet_of(subnet))]
    return Extent(maybe=found) if found else ANYTHING


# Internet


@lru_cache(maxsize=1000)
def internet(network: Network, subnet_id: str | None) -> Extent:
    """The tag Internet on one subnet: here `maybe` outweighs `sure` (a route by service tag takes prefixes out, A7).

    IPv6 is left to the caller: maybe outside the VNets of the inventory, surely not inside them (A19). Reading: what
    such a route names is maybe whether it is on the list or not, and with routes that can't be known everything is.
    """
    user_routes = routes(network, subnet_id)
    if user_routes is None:
        return Extent(network.internet, list(EVERYTHING))
    by_tag = [r for r in user_routes if read_prefix(r.get("addressPrefix")) is None]
    return Extent(network.internet, [p for route in by_tag for p in tag_prefixes(network, route)])


def all_vnet_prefixes(network: Network) -> list[Prefix]:
    return [p for vnet in network.of_type("virtualNetworks") for p in network.vnet_prefixes(lower_id(vnet))]


__all__ = ["ALL_IPV4", "ALL_IPV6", "Extent", "all_vnet_prefixes", "internet", "virtual_network"]
