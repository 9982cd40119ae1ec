"""Two members -> is there a direct path between them? (docs/semantics.md, Intents 4)"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from tests.naive.matching import TAG_NAME
from tests.naive.resources import Json, Network, Prefix, covered, lower_id, overlaps, prefixes, read_prefix, vnet_of
from tests.naive.virtual_network import next_hop, peers_subnets, routes, tag_prefixes

PRIVATE = prefixes(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"])
Path = Literal["direct", "none", "unknown"]


def path(
    network: Network, source: str, destination: str, source_address: str | None, destination_address: str | None
) -> Path:
    """`source` and `destination` are ids of ip-configurations or subnets; an address of None is not known.

    "none" is a sure no; an Allow needs "direct", so both other answers make it unknown.
    """
    ends = [(source, source_address), (destination, destination_address)]
    subnets = [subnet_of(network, where) for where, _ in ends]
    spans = [span(network, where, address) for where, address in ends]
    found = connected(network, vnet_of(subnets[0]), vnet_of(subnets[1]))
    forth = stays(network, subnets[0], vnet_of(subnets[1]), spans[1])
    back = stays(network, subnets[1], vnet_of(subnets[0]), spans[0])
    return worst([found, forth, back])


def worst(answers: Iterable[Path]) -> Path:
    """All must hold."""
    found = set(answers)
    return "none" if "none" in found else "unknown" if "unknown" in found else "direct"


def subnet_of(network: Network, where: str) -> str | None:
    own = network.ip_configuration(where)
    return own.subnet_id if own else lower_id(where)


def span(network: Network, where: str, address: str | None) -> list[Prefix]:
    """Where an end may be."""
    own = network.ip_configuration(where)
    if address:
        return prefixes([address])
    return network.possible_addresses(own) if own else network.subnet_prefixes(where)


def connected(network: Network, source_vnet: str | None, destination_vnet: str | None) -> Path:
    """The same VNet, or a peering from each to the other; of a VNet that is not in the inventory nothing is known."""
    if source_vnet is None or destination_vnet is None:
        return "unknown"
    if source_vnet == destination_vnet:
        return "direct"
    return worst([peered(network, source_vnet, destination_vnet), peered(network, destination_vnet, source_vnet)])


def peered(network: Network, vnet_id: str, other_id: str) -> Path:
    if network.get(vnet_id) is None:
        return "unknown"
    found = [p for p in network.peerings(vnet_id) if lower_id(p.get("remoteVirtualNetwork")) == other_id]
    return peering_path(found[-1]) if found else "none"


def peering_path(peering: Json) -> Path:
    """Reading: a peering of subnets may or may not join these two, and a property that is absent is not known."""
    state, access = str(peering.get("peeringState") or "").lower(), peering.get("allowVirtualNetworkAccess")
    if state not in ("", "connected") or access is False:
        return "none"
    return "direct" if state and access is True and not peers_subnets(peering) else "unknown"


def stays(network: Network, subnet_id: str | None, other_vnet: str | None, other: list[Prefix]) -> Path:
    """Does traffic from this subnet to the other end take the VNet's (or peer's) own route?

    A user route wins when it is at least as long as the own prefix. Reading: the contract rules out *any* such route
    that goes elsewhere; where a longer one to VnetLocal holds all of the other end too, "none" would be too much:
    unknown.
    """
    user_routes = routes(network, subnet_id)
    if user_routes is None or not other:
        return "unknown"
    away = [found for route in user_routes if (found := leads_away(network, route, other_vnet, other))]
    home = [p for route in user_routes if next_hop(route) == "vnetlocal" for p in route_prefixes(network, route)]
    return worst("unknown" if is_longer(home, prefix, other) else answer for answer, prefix in away)


def is_longer(home: list[Prefix], away: Prefix, other: list[Prefix]) -> bool:
    longer = [prefix for prefix in home if prefix.prefixlen > away.prefixlen]
    return all(covered(one, longer) for one in other)


def route_prefixes(network: Network, route: Json) -> list[Prefix]:
    prefix = read_prefix(route.get("addressPrefix"))
    return [prefix] if prefix else tag_prefixes(network, route)


def leads_away(
    network: Network, route: Json, other_vnet: str | None, other: list[Prefix]
) -> tuple[Path, Prefix] | None:
    """("none", the route's prefix) when the route surely takes the other end elsewhere, ("unknown", it) when it may.

    Readings: an unknown next hop may lead away; a route to a service tag is judged by the tag's prefixes, without data
    it may lead away what is not private (RFC 1918, fc00::/7: no tag holds those); a route for a part of where the other
    end may be may lead away.
    """
    if next_hop(route) == "vnetlocal" or is_spared_by_tag(network, route, other):
        return None
    is_readable = read_prefix(route.get("addressPrefix")) is not None
    is_sure = is_readable or str(route.get("addressPrefix")).lower() in network.service_tags
    for prefix in route_prefixes(network, route):
        length = -1 if not is_sure else own_length(network, other_vnet, other)
        if prefix.prefixlen >= length and overlaps(prefix, other):
            whole = is_sure and route.get("nextHopType") and all(covered(one, [prefix]) for one in other)
            return ("none" if whole else "unknown"), prefix
    return None


def is_spared_by_tag(network: Network, route: Json, other: list[Prefix]) -> bool:
    """A route to a service tag without data, for an end that is surely private."""
    name = str(route.get("addressPrefix"))
    is_opaque = TAG_NAME.fullmatch(name) is not None and name.lower() not in network.service_tags
    return is_opaque and all(covered(one, PRIVATE) for one in other)


def own_length(network: Network, vnet_id: str | None, other: list[Prefix]) -> int:
    """The length of the VNet's own prefix that holds the other end; -1 (every route is longer) when none does."""
    own = [prefix for prefix in network.vnet_prefixes(vnet_id) if any(overlaps(one, [prefix]) for one in other)]
    return min((prefix.prefixlen for prefix in own), default=-1)
