"""Endpoints of an intent -> the concrete ends and flows to test, and the members that are in doubt."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.naive.matching import (
    PLATFORM_TAGS,
    PROTOCOLS,
    Packet,
    Point,
    is_taken,
    lists_missing_nics,
    place,
    point_version,
    read_ports,
)
from tests.naive.resources import (
    IpConfiguration,
    Json,
    Network,
    Prefix,
    covered,
    lower_id,
    overlaps,
    prefixes,
    vnet_of,
)
from tests.naive.virtual_network import all_vnet_prefixes

PLATFORM = prefixes(["168.63.129.16", "169.254.169.254", "fe80::1234:5678:9abc"])
GLOBAL_IPV6 = prefixes(["2000::/3"])
LARGEST = 100_000


@dataclass(frozen=True)
class End:
    """One end of a flow. `holder` is the ip-configuration or subnet whose side is judged, None without a filter.

    `is_missing`: the address may be that of a NIC which the subnet lists and the inventory lacks (Intents 8).
    """

    point: Point
    holder: str | None = None
    is_missing: bool = False


@dataclass(frozen=True)
class Flow:
    protocol: str
    source: End
    source_port: int | None
    destination: End
    destination_port: int | None

    @property
    def packet(self) -> Packet:
        return Packet(self.protocol, self.source.point, self.source_port, self.destination.point, self.destination_port)


@dataclass(frozen=True)
class Universe:
    """The finite choice of addresses and ports to test where an endpoint or service is too large to test whole."""

    addresses: tuple[str, ...] = ()
    source_ports: tuple[int, ...] = (40000,)
    ports: tuple[int, ...] = (0, 22, 80, 443, 65535)


# Members


def is_opaque(network: Network, tag: str) -> bool:
    return tag.lower() not in (*network.service_tags, *PLATFORM_TAGS, "internet")


def endpoint_prefixes(network: Network, endpoint: Json) -> list[Prefix]:
    """The addresses of an endpoint of prefixes or of a tag with data; Internet is the list and 2000::/3 (A19)."""
    if "addresses" in endpoint:
        return prefixes(endpoint["addresses"])
    tag = endpoint["tag"].lower()
    if tag == "internet":
        return network.internet + GLOBAL_IPV6
    return PLATFORM_TAGS.get(tag) or network.service_tags[tag]


def is_platform(address: str) -> bool:
    return overlaps(prefixes([address])[0], PLATFORM)


def names_platform(endpoint: Json, address: str) -> bool:
    """Alone (a /32 or /128) or by a tag of the platform's (Intents 6)."""
    alone = prefixes([address])[0] in prefixes(endpoint.get("addresses") or [])
    return alone or str(endpoint.get("tag")).lower() in PLATFORM_TAGS


def holds(network: Network, endpoint: Json, address: str) -> bool:
    """Is an address one of an endpoint of prefixes or of a tag with data, as the intent means it?"""
    where = prefixes([address])[0]
    if is_platform(address) and not names_platform(endpoint, address):
        return False
    by_internet = str(endpoint.get("tag")).lower() == "internet" and where.version == 6
    if by_internet and overlaps(where, all_vnet_prefixes(network)):
        return False
    return overlaps(where, endpoint_prefixes(network, endpoint))


def doubted_members(network: Network, endpoints: list[Json]) -> list[str]:
    """What may belong to the endpoints (Intents 2 and 8): named, because it makes the intent unknown."""
    found = [endpoint["maybe"] for endpoint in endpoints if "maybe" in endpoint]
    named = {lower_id(endpoint.get("ipconfig")) for endpoint in endpoints}
    for endpoint in endpoints:
        if "addresses" in endpoint or ("tag" in endpoint and not is_opaque(network, endpoint["tag"])):
            extent = endpoint_prefixes(network, endpoint)
            found += [c.id for c in network.ip_configurations if c.id not in named and may_lie_in(network, c, extent)]
    return found


def may_lie_in(network: Network, own: IpConfiguration, extent: list[Prefix]) -> bool:
    return own.address is None and place(network.possible_addresses(own), extent, []) is None


# All flows


def flows_of(network: Network, intent: Json, universe: Universe | None) -> Iterator[Flow]:
    sources = ends_of(network, intent["from"], universe)
    destinations = ends_of(network, intent["to"], universe)
    lines = [line for service in intent["services"] for line in lines_of(service, universe)]
    if len(sources) * len(destinations) * len(lines) > LARGEST:
        raise ValueError("too many flows: give a universe")
    for source, destination, (protocol, source_port, port) in product(sources, destinations, dict.fromkeys(lines)):
        if share_a_family(network, source, destination):
            yield Flow(protocol, source, source_port, destination, port)


def share_a_family(network: Network, source: End, destination: End) -> bool:
    """An opaque tag has a point in each family."""
    versions = {point_version(network, end.point) for end in (source, destination)} - {None}
    return len(versions) == 1


def lines_of(service: Json, universe: Universe | None) -> list[tuple[str, int | None, int | None]]:
    """Protocol, source port, destination port of the flows to test."""
    protocols = PROTOCOLS if service["protocol"] == "*" else [service["protocol"].capitalize()]
    found: list[tuple[str, int | None, int | None]] = []
    for protocol in protocols:
        if protocol in ("Tcp", "Udp"):
            source = ports_of(service.get("source_ports", ["*"]), universe.source_ports if universe else None)
            destination = ports_of(service.get("ports", ["*"]), universe.ports if universe else None)
            found += [(protocol, *pair) for pair in product(source, destination)]
        elif all(in_ranges(service.get(key, ["*"]), 0, 65535) for key in ("ports", "source_ports")):
            found.append((protocol, None, None))
    return found


def ports_of(texts: list[str], choice: tuple[int, ...] | None) -> list[int]:
    ranges = [found for text in texts if (found := read_ports(str(text)))]
    if choice is not None:
        return [port for port in choice if any(low <= port <= high for low, high in ranges)]
    return sorted({port for low, high in ranges for port in range(low, high + 1)})


def ends_of(network: Network, endpoints: list[Json], universe: Universe | None) -> list[End]:
    """A subnet that is named as a whole holds its addresses; so no prefix beside it makes them foreign or missing."""
    found = dict.fromkeys(end for endpoint in endpoints for end in endpoint_ends(network, endpoint, universe))
    whole = [str(lower_id(endpoint["subnet"])) for endpoint in endpoints if "subnet" in endpoint]
    held = {address for subnet in whole for end in subnet_ends(network, subnet, universe) for address in [end.point]}
    return [
        end
        for end in found
        if not (end.is_missing and end.holder in whole) and not (end.holder is None and end.point in held)
    ]


def endpoint_ends(network: Network, endpoint: Json, universe: Universe | None) -> list[End]:
    if "maybe" in endpoint:
        return []
    if "ipconfig" in endpoint:
        return [own_end(c) for c in network.ip_configurations if c.id == lower_id(endpoint["ipconfig"])]
    if "subnet" in endpoint:
        return subnet_ends(network, str(lower_id(endpoint["subnet"])), universe)
    if "tag" in endpoint and is_opaque(network, endpoint["tag"]):
        return [End(("tag", endpoint["tag"]))]
    extent = endpoint_prefixes(network, endpoint)
    inside = [address for address in choose(extent, universe) if holds(network, endpoint, address)]
    found = [end for address in inside for end in free_ends(network, address)]
    nics = [c for c in network.ip_configurations if lies_in(network, c, endpoint, extent)]
    return [own_end(c) for c in nics] + found


def free_ends(network: Network, address: str) -> list[End]:
    """An address of a prefix: nobody's, or perhaps that of a NIC that a subnet lists and the inventory lacks."""
    number, where = ipaddress.ip_address(address), prefixes([address])[0]
    near = [
        s for s in network.subnets if lists_missing_nics(network, s) and overlaps(where, network.subnet_prefixes(s))
    ]
    missing = [End(address, s, is_missing=True) for s in near if not is_taken(network, vnet_of(s), number)]
    is_held = any(c.address == number for c in network.ip_configurations)
    return missing if missing or is_held else [End(address)]


def own_end(own: IpConfiguration) -> End:
    return End(str(own.address) if own.address else ("ipconfig", own.id), own.id)


def lies_in(network: Network, own: IpConfiguration, endpoint: Json, extent: list[Prefix]) -> bool:
    """Reading: a NIC of unknown address whose whole subnet lies inside is surely inside, and is judged."""
    if own.address:
        return holds(network, endpoint, str(own.address))
    return all(covered(prefix, extent) for prefix in network.possible_addresses(own))


def subnet_ends(network: Network, subnet_id: str, universe: Universe | None) -> list[End]:
    """Its NICs, each with its own side, and every other address with the subnet's side alone."""
    nics = [c for c in network.ip_configurations if c.subnet_id == subnet_id]
    taken = {str(c.address) for c in nics}
    rest = [a for a in choose(network.subnet_prefixes(subnet_id), universe) if a not in taken]
    return [own_end(c) for c in nics] + [End(address, subnet_id) for address in rest]


def choose(extent: list[Prefix], universe: Universe | None) -> list[str]:
    """The universe's addresses inside, or all of them."""
    if universe is not None:
        return [str(ipaddress.ip_address(a)) for a in universe.addresses if overlaps(prefixes([a])[0], extent)]
    if sum(prefix.num_addresses for prefix in extent) > LARGEST:
        raise ValueError("too many addresses: give a universe")
    return [str(address) for prefix in extent for address in prefix]


def in_ranges(texts: list[str], low: int, high: int) -> bool:
    ranges = [found for text in texts if (found := read_ports(str(text)))]
    return any(found[0] <= low and high <= found[1] for found in ranges)
