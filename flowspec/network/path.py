"""Side to side -> for which addresses there is a direct path, and why not for the others (docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from flowspec.model.inventory import Peering, Route, RouteTable, key, lack, vnet_part
from flowspec.model.unknown import is_unknown
from flowspec.network.index import Network
from flowspec.network.virtual_network import is_connected, peer_addresses
from flowspec.sets.address import parse_address, parse_prefix, prefix_set
from flowspec.sets.intervals import ALL_ADDRESSES, ALL_NUMBERS, AddressSet, Span

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_NEVER_PRIVATE = ALL_NUMBERS.subtract(prefix_set(_PRIVATE))
"""Where a service tag without data may lie: no tag of Azure's files holds private addresses."""

_HALVES = [span for text in ("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1") for span in prefix_set((text,)).spans]
"""All that a VNet may have: no prefix is as short as a default route."""


class Located(Protocol):
    """Addresses by where they are: by the keys of their VNets and of their subnets."""

    @property
    def by_vnet(self) -> Mapping[str, AddressSet]: ...

    @property
    def by_subnet(self) -> Mapping[str, AddressSet]: ...


@dataclass(frozen=True, slots=True)
class Detour:
    """Source and destination addresses that have no direct path, or none that can be shown, with the reason."""

    sources: AddressSet
    destinations: AddressSet
    reason: str


class Paths:
    """The paths of a network, whatever its NSGs.

    VNets are looked at in pairs; of subnets those only that have routes of their own.
    """

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, str], str] = {}
        self._led: dict[tuple[str, str], list[tuple[AddressSet, str]]] = {}

    def detours(self, network: Network, sources: Located, destinations: Located) -> Iterator[Detour]:
        """All that parts the judged addresses of two sides."""
        for here, near in sources.by_vnet.items():
            for there, far in destinations.by_vnet.items():
                apart = self._apart(network, here, there)
                if apart:
                    yield Detour(near, far, apart)
                    continue
                for subnet in _diverting(network, sources, here):
                    for away, reason in self._diverted(network, subnet, there):
                        yield Detour(sources.by_subnet[subnet], far.intersect(away), reason)
                for subnet in _diverting(network, destinations, there):
                    for away, reason in self._diverted(network, subnet, here):
                        yield Detour(near.intersect(away), destinations.by_subnet[subnet], reason)

    def _apart(self, network: Network, here: str, there: str) -> str:
        if (here, there) not in self._reasons:
            self._reasons[here, there] = _apart(network, here, there)
        return self._reasons[here, there]

    def _diverted(self, network: Network, subnet: str, vnet: str) -> list[tuple[AddressSet, str]]:
        if (subnet, vnet) not in self._led:
            found = _diverted(network, subnet, vnet)
            self._led[subnet, vnet] = [(_with_points(network, vnet, away), reason) for away, reason in found]
        return self._led[subnet, vnet]


def _diverting(network: Network, side: Located, vnet: str) -> Iterator[str]:
    """The subnets of a side in a VNet that have a route table, or are not known."""
    for name in side.by_subnet:
        if vnet_part(name) == vnet:
            subnet = network.subnet(name)
            if subnet is None or subnet.route_table is not None or lack(subnet, "route_table") is not None:
                yield name


def _with_points(network: Network, vnet: str, away: AddressSet) -> AddressSet:
    """The ip-configurations of a VNet whose address is not known may be among the addresses that are led away."""
    near = (e for e in network.numberless if vnet_part(e.subnet) == vnet)
    return away.union(AddressSet.of((e.place, e.place) for e in near if network.candidates(e).meets(away)))


def _apart(network: Network, here: str, there: str) -> str:
    """Why two VNets (keys) do not reach each other directly; "" when they do."""
    if not (here and there):
        return "the subnet of a NIC is not known"
    if here == there:
        return ""
    onward, backward = _peering(network, here, there), _peering(network, there, here)
    names = f"{network.vnet_name(here)} and {network.vnet_name(there)}"
    for vnet in (here, there):
        if vnet not in network.inventory.vnets:
            return f"the VNet {network.vnet_name(vnet)} is not in the inventory"
    if onward is None or backward is None:
        return f"no peering joins {names} both ways"
    for peering in (onward, backward):
        if not is_connected(peering):
            return f"the peering {peering.name} is {peering.state or 'in a state that is not known'}"
        missing = lack(peering, "allow_access")
        if missing is not None:
            return missing.reason
        if not peering.allow_access:
            return f"the peering {peering.name} does not allow virtual network access"
        if not peering.whole:
            return f"the peering {peering.name} is of some subnets only"
    return ""


def _peering(network: Network, here: str, there: str) -> Peering | None:
    vnet = network.inventory.vnets.get(here)
    peerings = vnet.peerings if vnet is not None else ()
    return next((p for p in peerings if key(p.remote_vnet or "") == there), None)


def _diverted(network: Network, source: str, there: str) -> Iterator[tuple[AddressSet, str]]:
    """Addresses of the VNet `there` that routes of the subnet `source` take elsewhere (azure.md B8)."""
    subnet = network.subnet(source)
    if subnet is None:
        yield ALL_ADDRESSES, f"the subnet {network.subnet_name(source)} is not in the inventory"
        return
    missing = lack(subnet, "route_table")
    if missing is not None:
        yield ALL_ADDRESSES, missing.reason
        return
    if subnet.route_table is None:
        return
    table = network.inventory.route_tables.get(key(subnet.route_table))
    if table is None:
        yield ALL_ADDRESSES, f"the route table {subnet.route_table.rsplit('/', 1)[-1]} is not in the inventory"
        return
    missing = lack(table, "routes")
    if missing is not None:
        yield ALL_ADDRESSES, missing.reason
        return
    yield from _by_routes(network, table, _system_prefixes(network, vnet_part(source), there))


def _system_prefixes(network: Network, here: str, there: str) -> list[Span] | None:
    """The prefixes by which a VNet reaches another without a user route; None where they are not known."""
    vnet = network.inventory.vnets.get(there)
    if vnet is not None:
        spans = [parse_prefix(prefix) for prefix in vnet.prefixes] if lack(vnet, "prefixes") is None else []
        return [span for span in spans if span is not None] if spans and None not in spans else None
    peering = _peering(network, here, there)
    known = peer_addresses(network, peering) if peering is not None else None
    return list(known.spans) if known is not None else None


def _by_routes(network: Network, table: RouteTable, system: list[Span] | None) -> Iterator[tuple[AddressSet, str]]:
    """Longest prefix wins, a user route before a system route of the same length.

    Where the prefixes of the VNet are not known, any route but one for everything may be the longest.
    """
    left = ALL_NUMBERS
    for size, span, route in sorted(_routes(network, table), key=_size):
        won = AddressSet((span,)).intersect(left)
        left = left.subtract(won)
        beaten = AddressSet.of((low, high) for low, high in system or _HALVES if size <= high - low + 1)
        lost = won.intersect(beaten)
        if lost and route.next_hop.casefold() != "vnetlocal":
            named, hop = f"{table.name}/{route.name}", _hop(network, route)
            yield (
                lost,
                f"the route {named} may send it to {hop}" if system is None else f"the route {named} sends it to {hop}",
            )


_Sized = tuple[int, Span, Route]


def _size(sized: _Sized) -> int:
    return sized[0]


def _routes(network: Network, table: RouteTable) -> Iterator[_Sized]:
    """Routes with the size of their prefix; a tag without data may hold prefixes as long as can be."""
    for route in table.routes:
        tagged = network.inventory.service_tags.prefixes.get(key(route.prefix))
        for text in (route.prefix,) if tagged is None else tagged:
            span = parse_prefix(text)
            if span is not None:
                yield span[1] - span[0] + 1, span, route
            elif tagged is None:
                hidden = ALL_NUMBERS if is_unknown(route.prefix) else _NEVER_PRIVATE
                yield from ((1, hidden_span, route) for hidden_span in hidden.spans)


def _hop(network: Network, route: Route) -> str:
    """The next hop, with the NIC that has its address, if the inventory has it."""
    hop = {"none": "nowhere (next hop None)", "internet": "the Internet"}.get(route.next_hop.casefold(), route.next_hop)
    if not route.next_hop_address:
        return hop
    number = parse_address(route.next_hop_address)
    held = network.by_place.get(number, ()) if number is not None else ()
    named = f" ({held[0].nic.name})" if len(held) == 1 else ""
    return f"{hop} {route.next_hop_address}{named}"
