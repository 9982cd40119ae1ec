"""Two members -> is there a direct path between them? (docs/semantics.md, Intents 4)"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from tests.naive.matching import TAG_NAME
from tests.naive.resources import Json, Network, Prefix, covered, lower_id, overlaps, prefixes, read_prefix, vnet_of
from tests.naive.virtual_network import next_hop, peers_subnets, routes, tag_prefixes

PRIVATE = prefixes(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"])
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

    Wherever the other end may be, the route that Azure picks must not lead away.
    """
    user_routes = routes(network, subnet_id)
    if user_routes is None or not other:
        return "unknown"
    named = [prefix for route in user_routes for prefix in route_prefixes(network, route)]
    system = network.vnet_prefixes(other_vnet)
    pieces = [piece for one in other for piece in cut(one, [*named, *system, *PRIVATE])]
    found = {hop_of(network, user_routes, system, piece) for piece in pieces}
    return "none" if found == {"none"} else "direct" if found == {"direct"} else "unknown"


def cut(prefix: Prefix, by: list[Prefix]) -> list[Prefix]:
    """Pieces that each of `by` holds whole or not at all."""
    if any(one.prefixlen > prefix.prefixlen and overlaps(one, [prefix]) for one in by):
        return [piece for half in prefix.subnets() for piece in cut(half, by)]
    return [prefix]


def route_prefixes(network: Network, route: Json) -> list[Prefix]:
    prefix = read_prefix(route.get("addressPrefix"))
    return [prefix] if prefix else tag_prefixes(network, route)


def hop_of(network: Network, user_routes: list[Json], system: list[Prefix], piece: Prefix) -> Path:
    """The longest prefix wins, a user route before a system route of the same length.

    Readings: an unknown next hop may lead away; a route to a service tag is judged by the tag's prefixes, without data
    it may lead away what is not private (no tag holds private addresses).
    """
    found: dict[int, set[Path]] = {}
    for route in user_routes:
        if is_hidden(network, route):
            if next_hop(route) != "vnetlocal" and not (is_tag(route) and covered(piece, PRIVATE)):
                return "unknown"
            continue
        for length in [one.prefixlen for one in route_prefixes(network, route) if covered(piece, [one])]:
            found.setdefault(length, set()).add(led_by(route))
    own = max((one.prefixlen for one in system if covered(piece, [one])), default=-1)
    longest = max(found, default=-2)
    return worst(found[longest]) if longest >= own else "direct"


def led_by(route: Json) -> Path:
    if not route.get("nextHopType"):
        return "unknown"
    return "direct" if next_hop(route) == "vnetlocal" else "none"


def is_hidden(network: Network, route: Json) -> bool:
    """Nothing tells which addresses the route is for."""
    text = str(route.get("addressPrefix"))
    return read_prefix(text) is None and text.lower() not in network.service_tags


def is_tag(route: Json) -> bool:
    return TAG_NAME.fullmatch(str(route.get("addressPrefix"))) is not None
