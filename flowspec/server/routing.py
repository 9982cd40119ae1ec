"""POST …/effectiveRouteTable and …/nextHop -> the routes of a NIC's subnet (azure.md B6.2, B6.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowspec.model.inventory import Nic, Route, RouteTable, key, vnet_part
from flowspec.model.platform import HOST
from flowspec.network.index import Network
from flowspec.network.tags import Scope, tag
from flowspec.network.virtual_network import is_connected, peer_addresses, virtual_network
from flowspec.server.estate import Estate
from flowspec.server.machine import ROUTES, check_region, running_nic, scope_of, target_nic, targeted
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError, pretty, refused
from flowspec.sets.address import parse_address, parse_prefix, prefix_set, prefix_texts
from flowspec.sets.intervals import V6_BASE, AddressSet

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
SYSTEM = "System Route"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One effective route. `table` is the id of its route table, "" for Azure's own."""

    prefix: str
    kind: str
    source: str = "Default"
    address: str | None = None
    table: str = ""
    active: bool = True

    @property
    def rank(self) -> tuple[int, int]:
        """The longest prefix first; of one length user routes, then learned, then Azure's own."""
        span = parse_prefix(self.prefix)
        size = span[1] - span[0] if span else 0
        return size, ("User", "VirtualNetworkGateway", "Default").index(self.source)


def route_table(estate: Estate, document: JsonObject) -> HttpAnswer:
    """All routes, Azure's own first; those that a user route overrides are Invalid."""
    nic = running_nic(estate.inventory, document, ROUTES)
    hops = hops_of(estate.verifier.network, nic)
    _, scope = scope_of(estate.verifier.network, nic)
    subnet = scope.network.subnet(scope.subnet)
    table = estate.inventory.route_tables.get(key(subnet.route_table or "")) if subnet else None
    return pretty({"value": [_document(hop, table) for hop in hops]})


def _document(hop: Hop, table: RouteTable | None) -> JsonObject:
    return {
        "disableBgpRoutePropagation": table is not None and not table.bgp_propagation,
        "source": hop.source,
        "state": "Active" if hop.active else "Invalid",
        "hasBgpOverride": False,
        "addressPrefix": [hop.prefix],
        "nextHopType": hop.kind,
        "nextHopIpAddress": [hop.address] if hop.address else [],
        "destinationServiceTags": [hop.prefix] if parse_prefix(hop.prefix) is None else [],
        "tagMap": {},
    }


def hops_of(network: Network, nic: Nic) -> list[Hop]:
    """The effective routes; refused where the inventory leaves open what there is to learn or to read."""
    _, scope = scope_of(network, nic)
    unknown = list(_unknown(scope))
    if unknown:
        raise _not_told(nic, unknown)
    user = list(_user(scope))
    taken = {hop.prefix for hop in user}
    learned = [
        Hop(prefix=prefix, kind="VirtualNetworkGateway", source="VirtualNetworkGateway")
        for prefix in scope.learned or ()
    ]
    system = [hop if hop.prefix not in taken else _overridden(hop) for hop in _system(scope)]
    return system + learned + user


def _not_told(nic: Nic, reasons: list[str]) -> RefusedError:
    message = f"The twin can't tell the effective routes of {nic.id}: {'; '.join(reasons)}."
    return refused("EffectiveRoutesNotInInventory", message)


def _unknown(scope: Scope) -> Iterator[str]:
    """Why the routes of a subnet are not all known: what is missing, and what gateways and peerings add unseen."""
    network, vnet = scope.network, scope.network.vnet_of(scope.subnet)
    extent = virtual_network(network, scope.subnet, scope.learned)
    yield from (reason for reason, settle in zip(extent.reasons, extent.settles, strict=True) if settle)
    if vnet is None or scope.learned is not None:
        return
    told = [hop.prefix for hop in (*_system(scope), *_user(scope)) if hop.kind in ("VnetLocal", "VNetPeering")]
    told += [hop.prefix for hop in _user(scope)]
    if extent.sure.subtract(prefix_set((*told, HOST))):
        yield f"a gateway of {vnet.name} has connections"
    for gateway in network.inventory.gateways.values():
        if gateway.client_prefixes and any(key(vnet_part(subnet)) == key(vnet.id) for subnet in gateway.subnets):
            yield f"gateway {gateway.name} has point-to-site clients"
    for peering in vnet.peerings:
        if is_connected(peering) and not peering.whole:
            yield f"the peering {peering.name} is of some subnets only"


def _overridden(hop: Hop) -> Hop:
    return Hop(prefix=hop.prefix, kind=hop.kind, source=hop.source, address=hop.address, table=hop.table, active=False)


def _system(scope: Scope) -> Iterator[Hop]:
    network = scope.network
    vnet = network.vnet_of(scope.subnet)
    own = list(vnet.prefixes) if vnet else []
    yield from (Hop(prefix=prefix, kind="VnetLocal") for prefix in own)
    for peering in vnet.peerings if vnet else ():
        addresses = peer_addresses(network, peering)
        if addresses is not None and is_connected(peering) and peering.allow_access:
            yield from (Hop(prefix=prefix, kind="VNetPeering") for prefix in prefix_texts(addresses))
    yield Hop(prefix="0.0.0.0/0", kind="Internet")
    yield from (Hop(prefix=prefix, kind="None") for prefix in PRIVATE if prefix not in own)


def _user(scope: Scope) -> Iterator[Hop]:
    subnet = scope.network.subnet(scope.subnet)
    table = scope.network.inventory.route_tables.get(key(subnet.route_table or "")) if subnet else None
    for route in table.routes if table else ():
        yield _hop(route, table.id if table else "")


def _hop(route: Route, table: str) -> Hop:
    return Hop(prefix=route.prefix, kind=route.next_hop, source="User", address=route.next_hop_address, table=table)


def next_hop(estate: Estate, call: HttpCall, watcher: JsonObject) -> HttpAnswer:
    """Where a NIC sends a destination; `VirtualNetwork` inside the VNet, as recorded."""
    given = {name: str(value) for name, value in targeted(call.members()).items()}
    place = parse_address(given.get("destinationipaddress", ""))
    if place is None or place >= V6_BASE:
        raise refused("InvalidParameter", "destinationIPAddress is not a valid IPv4 address.")
    target = given.get("targetnicresourceid") or given.get("targetresourceid", "")
    check_region(estate.inventory, watcher, target)
    found = hop_to(estate.verifier.network, target_nic(estate.inventory, target), place)
    kind = "VirtualNetwork" if found.kind == "VnetLocal" and not found.table else found.kind
    document: JsonObject = {
        "nextHopType": kind,
        "nextHopIpAddress": found.address,
        "routeTableId": found.table or SYSTEM,
    }
    return pretty({name: value for name, value in document.items() if value is not None})


def hop_to(network: Network, nic: Nic, place: int) -> Hop:
    """The effective route of a destination (a number); `None` where there is none."""
    hops, (_, scope) = hops_of(network, nic), scope_of(network, nic)
    for hop in hops:
        if parse_prefix(hop.prefix) is None:
            match = tag(scope, hop.prefix)
            if match.sure.union(match.maybe).intersect(AddressSet.one(place)):
                raise _not_told(nic, [f"the route to the service tag {hop.prefix} may take the address"])
    holding = [hop for hop in hops if hop.active and _holds(hop, place)]
    return min(holding, key=lambda hop: hop.rank, default=Hop(prefix="", kind="None"))


def _holds(hop: Hop, place: int) -> bool:
    span = parse_prefix(hop.prefix)
    return span is not None and span[0] <= place <= span[1]
