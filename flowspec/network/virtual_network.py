"""A subnet -> what the tag `VirtualNetwork` means for it (azure.md A17, B0.8, B4.4): surely, and maybe.

The tag takes in the VNet, its peers, what its gateways know of on-premises, and the user routes of the very subnet; a
default route makes it everything, which is the trap of azure.md B8.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flowspec.model.inventory import (
    Connection,
    Gateway,
    Lack,
    Peering,
    Route,
    RouteTable,
    id_part,
    key,
    lack,
    may_hold_connections,
    vnet_part,
)
from flowspec.model.platform import HOST
from flowspec.model.unknown import is_unknown, why
from flowspec.network.index import Network
from flowspec.sets.address import parse_prefix, prefix_set
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, V4, V6, AddressSet

_TO_APPLIANCE = ("virtualappliance", "virtualnetworkgateway")
_DEFAULT_ROUTES = {"0.0.0.0/0": V4, "::/0": V6}
_CONFIGURATION = re.compile("/ipConfigurations/", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Extent:
    """Grows while the parts of the tag are collected. `gateways`: some gateway adds to it."""

    sure: AddressSet = NO_ADDRESSES
    maybe: AddressSet = NO_ADDRESSES
    reasons: list[str] = field(default_factory=list)
    settles: list[str] = field(default_factory=list)
    gateways: bool = False

    def add(self, addresses: AddressSet) -> None:
        self.sure = self.sure.union(addresses)

    def doubt(self, addresses: AddressSet, reason: str, settle: str = "") -> None:
        self.maybe = self.maybe.union(addresses)
        if reason not in self.reasons:
            self.reasons.append(reason)
            self.settles.append(settle)


def virtual_network(network: Network, subnet_key: str, learned: tuple[str, ...] | None) -> Extent:
    """The tag for one subnet. `learned`: prefixes that effective routes show as learned by a gateway, if any do."""
    extent = Extent(sure=prefix_set((HOST,)))
    vnet = network.vnet_of(subnet_key)
    if vnet is None:
        name = network.subnet_name(subnet_key) if subnet_key else "a NIC"
        extent.doubt(ALL_NUMBERS, f"the VNet of {name} is not in the inventory", "add the VNet")
        return extent
    if not _doubt(extent, lack(vnet, "prefixes")):
        extent.add(prefix_set(vnet.prefixes))
    if not vnet.prefixes or any(parse_prefix(prefix) is None for prefix in vnet.prefixes):
        extent.doubt(ALL_NUMBERS, f"the address space of {vnet.name} is not known", f"add the VNet {vnet.name}")
    peerings = vnet.peerings if not _doubt(extent, lack(vnet, "peerings")) else ()
    for peering in peerings:
        _add_peer(network, peering, extent)
    propagated = _add_routes(network, subnet_key, extent)
    if learned is not None:
        extent.add(prefix_set(learned))
    _add_gateways(network, key(vnet.id), extent, learned, propagated=propagated)
    for peering in peerings:
        _doubt_remote_gateways(network, peering, extent, learned)
        if peering.use_remote_gateways:
            _add_remote_gateways(network, peering, extent, learned, propagated=propagated)
    if learned is None:
        for answer in network.inventory.unplaced:
            if answer.learned:
                extent.doubt(prefix_set(answer.learned), answer.reason, answer.settle)
        for words in network.inventory.unread:
            if extent.gateways and may_hold_connections(words):
                extent.doubt(ALL_NUMBERS, f"not read: {words}")
    return extent


def _doubt(extent: Extent, missing: Lack | None, addresses: AddressSet = ALL_NUMBERS) -> bool:
    """Whether something is missing: then it may add addresses."""
    if missing is not None:
        extent.doubt(addresses, missing.reason, missing.settle)
    return missing is not None


def _doubt_remote_gateways(network: Network, peering: Peering, extent: Extent, learned: tuple[str, ...] | None) -> None:
    """A peering that does not say whether it uses the gateways of the other end, where there may be some."""
    missing = lack(peering, "use_remote_gateways")
    remote = key(peering.remote_vnet or "")
    if missing is not None and learned is None and _may_have_gateways(network, remote):
        _doubt(extent, missing)


def _may_have_gateways(network: Network, vnet: str) -> bool:
    """Whether there may be gateways in a VNet (a key): one is in the inventory, or there is a subnet for them."""
    found = network.inventory.vnets.get(vnet)
    if found is None or lack(found, "subnets") is not None or _gateways_of(network, vnet):
        return True
    return f"{vnet}/subnets/gatewaysubnet" in network.inventory.subnets


def _name(resource_id: str) -> str:
    return resource_id.rsplit("/", 1)[-1]


def peer_addresses(network: Network, peering: Peering) -> AddressSet | None:
    """The address space at the other end; None when nothing tells it."""
    remote = network.inventory.vnets.get(key(peering.remote_vnet or ""))
    if remote is not None and lack(remote, "prefixes"):
        return None
    if remote is not None and remote.prefixes and all(parse_prefix(prefix) for prefix in remote.prefixes):
        return prefix_set(remote.prefixes)
    return prefix_set(peering.remote_prefixes) if peering.remote_prefixes else None


def is_connected(peering: Peering) -> bool:
    return (peering.state or "").casefold() == "connected"


def _add_peer(network: Network, peering: Peering, extent: Extent) -> None:
    addresses = peer_addresses(network, peering)
    if addresses is None:
        extent.doubt(
            ALL_NUMBERS,
            f"the VNet behind the peering {peering.name} is not in the inventory",
            f"add the VNet {_name(peering.remote_vnet or peering.name)}",
        )
    elif _doubt(extent, lack(peering, "allow_access"), addresses):
        pass
    elif is_connected(peering) and peering.allow_access and peering.whole:
        extent.add(addresses)
    else:
        extent.doubt(addresses, f"the peering {peering.name} is {_why_partial(peering)}")


def _why_partial(peering: Peering) -> str:
    if not is_connected(peering):
        return f"not Connected ({peering.state or 'state not known'})"
    return "closed to virtual network access" if not peering.allow_access else "of some subnets only"


def _add_routes(network: Network, subnet_key: str, extent: Extent) -> bool:
    """Whether the routes of gateways surely come to the subnet: a table may keep them out."""
    subnet = network.subnet(subnet_key)
    if subnet is None:
        name = network.subnet_name(subnet_key)
        extent.doubt(ALL_NUMBERS, f"the subnet {name} is not in the inventory", f"add the subnet {name}")
        return False
    if _doubt(extent, lack(subnet, "route_table")):
        return False
    if subnet.route_table is None:
        return True
    table = network.inventory.route_tables.get(key(subnet.route_table))
    if table is None:
        name = _name(subnet.route_table)
        extent.doubt(ALL_NUMBERS, f"the route table {name} is not in the inventory", f"add the route table {name}")
        return False
    if not _doubt(extent, lack(table, "routes")):  # else those that are there may have to go
        for route in table.routes:
            _add_route(network, table, route, extent)
    return table.bgp_propagation and lack(table, "bgp_propagation") is None


def _add_route(network: Network, table: RouteTable, route: Route, extent: Extent) -> None:
    default = _DEFAULT_ROUTES.get(route.prefix)
    named = f"the route {table.name}/{route.name}"
    if default is not None:
        if route.next_hop.casefold() in _TO_APPLIANCE:
            extent.add(default)
        else:
            extent.doubt(default, f"{named} sends {route.prefix} to {route.next_hop}")
        return
    span = parse_prefix(route.prefix)
    if span is not None:
        extent.add(AddressSet((span,)))
        return
    tagged = route_tag_addresses(network, route)
    if is_unknown(route.prefix):
        extent.doubt(ALL_NUMBERS, f"the prefix of {named} is not known: {why(route.prefix)[0]}")
    else:
        extent.doubt(ALL_NUMBERS if tagged is None else tagged, f"{named} is for the service tag {route.prefix}")


def route_tag_addresses(network: Network, route: Route) -> AddressSet | None:
    """What a route to a service tag covers; None without data for the tag (or for a prefix that can't be read)."""
    prefixes = network.inventory.service_tags.prefixes.get(key(route.prefix))
    return prefix_set(prefixes) if prefixes is not None else None


def _add_gateways(
    network: Network, vnet: str, extent: Extent, learned: tuple[str, ...] | None, *, propagated: bool
) -> bool:
    """What the gateways of a VNet (a key) add; whether it has any."""
    gateways = _gateways_of(network, vnet)
    for gateway in gateways:
        here = lack(gateway, "subnets") is None
        _add_gateway(network, gateway, extent, learned, propagated=propagated and here)
    return bool(gateways)


def _gateways_of(network: Network, vnet: str) -> list[Gateway]:
    """Those with an ip-configuration in a VNet, and those that its subnets list, be they in the inventory or not."""
    inventory = network.inventory
    found = {
        at: g
        for at, g in sorted(inventory.gateways.items())
        if vnet in map(_vnet_of, g.subnets) or lack(g, "subnets") is not None
    }
    for unlisted in inventory.unlisted:
        name = id_part(unlisted.id, "virtualNetworkGateways")
        if name is not None and _vnet_of(unlisted.subnet) == vnet:
            gateway_id = _CONFIGURATION.split(unlisted.id)[0]
            at = key(gateway_id)
            found.setdefault(at, inventory.gateways.get(at) or Gateway(id=gateway_id, name=name))
    return list(found.values())


def gateway_names(network: Network) -> list[str]:
    """The names of all gateways that the inventory has, or that its subnets list."""
    inventory = network.inventory
    listed = (id_part(unlisted.id, "virtualNetworkGateways") for unlisted in inventory.unlisted)
    return sorted({*(gateway.name for gateway in inventory.gateways.values()), *(name for name in listed if name)})


def is_gateway(network: Network, named: str) -> bool:
    """Whether a name or id is that of a gateway that the inventory has, or that its subnets list."""
    inventory = network.inventory
    ids = [*inventory.gateways, *(key(_CONFIGURATION.split(unlisted.id)[0]) for unlisted in inventory.unlisted)]
    return key(named) in {*map(key, gateway_names(network)), *ids}


def _vnet_of(subnet: str) -> str:
    return vnet_part(key(subnet))


def _add_remote_gateways(
    network: Network, peering: Peering, extent: Extent, learned: tuple[str, ...] | None, *, propagated: bool
) -> None:
    told = all(lack(peering, name) is None for name in ("allow_access", "use_remote_gateways"))
    plain = told and is_connected(peering) and peering.allow_access and peering.whole
    remote = key(peering.remote_vnet or "")
    found = _add_gateways(network, remote, extent, learned, propagated=propagated and plain)
    if not found and learned is None:
        settle = f"add the gateway of {_name(peering.remote_vnet or peering.name)}, or its effective routes"
        extent.doubt(ALL_NUMBERS, f"the peering {peering.name} uses a gateway that is not in the inventory", settle)


def _add_gateway(
    network: Network, gateway: Gateway, extent: Extent, learned: tuple[str, ...] | None, *, propagated: bool
) -> None:
    name = gateway.name
    extent.gateways = True
    if learned is None and _assumed(network, gateway) is None:
        for missing in gateway.lacks:
            _doubt(extent, missing)
    connections = _connections_of(network, gateway)
    static = _static_prefixes(network, gateway, connections, extent)
    if propagated:
        extent.add(static)
    elif static:
        extent.doubt(static, f"the routes of gateway {name} may not be propagated to this subnet")
    if gateway.client_prefixes:
        extent.doubt(prefix_set(gateway.client_prefixes), f"gateway {name} has point-to-site clients")
    assumed = _assumed(network, gateway)
    if assumed is not None and propagated:
        extent.add(prefix_set(assumed))
    elif assumed is not None:
        extent.doubt(prefix_set(assumed), f"the routes of gateway {name} may not be propagated to this subnet")
    elif learned is None and key(gateway.id) not in network.inventory.gateways:
        extent.doubt(ALL_NUMBERS, f"the gateway {name} is not in the inventory", f"add the gateway {name}")
    elif learned is None and _learns(network, gateway, connections):
        extent.doubt(
            ALL_NUMBERS,
            f"gateway {name} learns prefixes by BGP",
            f'add effective routes, or assume "{name}" {{ gateway = "{name}", learned_prefixes = [...] }}',
        )


def _connections_of(network: Network, gateway: Gateway) -> list[Connection]:
    wanted = key(gateway.id)
    found = sorted(network.inventory.connections.items())
    return [c for _, c in found if wanted in map(key, c.gateways) or lack(c, "gateways") is not None]


def _learns(network: Network, gateway: Gateway, connections: list[Connection]) -> bool:
    by_connection = any(c.bgp or c.kind.casefold() == "expressroute" for c in connections)
    return by_connection or gateway.bgp or gateway.kind.casefold() == "expressroute"


def _assumed(network: Network, gateway: Gateway) -> tuple[str, ...] | None:
    """The learned prefixes that the spec assumes for a gateway, named by id or by name."""
    names = (key(gateway.id), key(gateway.name))
    given = [a.learned_prefixes for a in network.assumptions if a.gateway is not None and key(a.gateway) in names]
    return tuple(prefix for prefixes in given for prefix in prefixes) if given else None


def _static_prefixes(network: Network, gateway: Gateway, connections: list[Connection], extent: Extent) -> AddressSet:
    """The local gateways' prefixes of connections without BGP; VNets at the other end of a connection are in doubt."""
    found = NO_ADDRESSES
    for connection in connections:
        for missing in connection.lacks:
            _doubt(extent, missing)
        if connection.local_gateway is not None and not (connection.bgp or connection.lacks):
            local = network.inventory.local_gateways.get(key(connection.local_gateway))
            if local is None:
                name = _name(connection.local_gateway)
                extent.doubt(ALL_NUMBERS, f"the local network gateway {name} is not in the inventory", f"add {name}")
            else:
                _doubt(extent, lack(local, "prefixes"))
                found = found.union(prefix_set(local.prefixes))
        _doubt_other_ends(network, gateway, connection, extent)
    return found


def _doubt_other_ends(network: Network, gateway: Gateway, connection: Connection, extent: Extent) -> None:
    for other in connection.gateways:
        if key(other) == key(gateway.id):
            continue
        remote = network.inventory.gateways.get(key(other))
        keys = set(map(_vnet_of, remote.subnets)) if remote is not None else set()
        vnets = [network.inventory.vnets[vnet] for vnet in sorted(keys) if vnet in network.inventory.vnets]
        if not vnets:
            extent.doubt(ALL_NUMBERS, f"the gateway {_name(other)} is not in the inventory", f"add {_name(other)}")
        for vnet in vnets:
            extent.doubt(prefix_set(vnet.prefixes), f"{connection.name} connects {gateway.name} to {vnet.name}")
