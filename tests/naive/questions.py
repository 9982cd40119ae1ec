"""Drawn network -> packets and intents worth asking: what lies at, just inside and just outside each rule's borders."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tests.naive.dice import Dice
from tests.naive.drawn_rules import OPAQUE_TAGS, PREFIXES, SERVICE_TAGS
from tests.naive.matching import Packet, Point, read_ports
from tests.naive.members import Universe
from tests.naive.networks import Drawn
from tests.naive.resources import IpConfiguration, Json, Network, Prefix, prefixes, read_prefix

PROTOCOLS = {"Tcp": 8.0, "Udp": 3.0, "Icmp": 2.0, "Esp": 1.0, "Ah": 1.0, "Other": 1.0}
SPECIAL = (
    "168.63.129.16",
    "169.254.169.254",
    "8.8.8.8",
    "20.60.0.9",
    "203.0.113.7",
    "192.0.2.1",
    "172.31.0.100",
    "192.168.20.5",
    "10.200.0.1",
    "10.99.0.1",
    "2001:4860:4860::8888",
    "2603:1030:800::1",
    "fd00:b::1",
    "fe80::1234:5678:9abc",
)


@dataclass(frozen=True)
class Question:
    """A packet to judge at an ip-configuration or subnet."""

    where: str
    direction: str
    packet: Packet


def packets(drawn: Drawn, count: int = 40) -> Iterator[Question]:
    """The same packets for the same network, every time."""
    dice, network = Dice(drawn.seed ^ 0x5EED), drawn.network([])
    for _ in range(count):
        where = dice.choice(drawn.places)
        version, local = local_end(dice, network, where)
        remote = remote_end(dice, network, version)
        yield Question(where, *draw_packet(dice, drawn, local, remote))


def draw_packet(dice: Dice, drawn: Drawn, local: Point, remote: Point) -> tuple[str, Packet]:
    direction = dice.choice(["Inbound", "Outbound"])
    source, destination = (remote, local) if direction == "Inbound" else (local, remote)
    protocol = dice.weighted(PROTOCOLS)
    if protocol not in ("Tcp", "Udp"):
        return direction, Packet(protocol, source, None, destination, None)
    borders = port_borders(drawn)
    return direction, Packet(protocol, source, dice.choice(borders), destination, dice.choice(borders))


def local_end(dice: Dice, network: Network, where: str) -> tuple[int, Point]:
    """An ip-configuration's own address, or an address of the subnet (that of a NIC too, for a subnet as a whole)."""
    own = network.ip_configuration(where)
    if own:
        return own.version, own_point(own)
    found = [a for p in network.subnet_prefixes(where) for a in borders(p) if ipaddress.ip_address(a) in p]
    address = dice.choice(found or ["10.1.0.9"])
    return ipaddress.ip_address(address).version, address


def own_point(own: IpConfiguration) -> Point:
    return str(own.address) if own.address else ("ipconfig", own.id)


def remote_end(dice: Dice, network: Network, version: int) -> Point:
    """An address mostly; now and then a point that is none: an opaque tag, an ip-configuration of unknown address."""
    if dice.chance(0.06):
        return ("tag", dice.cased(dice.choice(OPAQUE_TAGS)))
    nics = [own_point(c) for c in network.ip_configurations if c.version == version]
    if nics and dice.chance(0.35):
        return dice.choice(nics)
    return dice.choice([a for a in address_borders(network) if (":" in a) == (version == 6)])


@lru_cache(maxsize=4)
def address_borders(network: Network) -> tuple[str, ...]:
    """Around every prefix that rules, tags, VNets, subnets and routes may name."""
    texts = [*PREFIXES, *(p for data in SERVICE_TAGS.values() for p in data)]
    found = [p for text in texts if (p := read_prefix(text))]
    found += [p for subnet in network.subnets for p in network.subnet_prefixes(subnet)]
    found += prefixes(["192.168.10.0/24", "192.168.10.0/25", "10.200.0.0/13", "172.20.0.0/16", "10.2.0.0/16"])
    return tuple(sorted({*SPECIAL, *(address for prefix in found for address in borders(prefix))}))


def borders(prefix: Prefix) -> list[str]:
    """The addresses lo-1, lo, one inside, hi and hi+1."""
    low, high = int(prefix.network_address), int(prefix.broadcast_address)
    inside = {low - 1, low, low + 7 if low + 7 < high else low, high, high + 1}
    last = 2**prefix.max_prefixlen - 1
    kind = ipaddress.IPv4Address if prefix.version == 4 else ipaddress.IPv6Address
    return [str(kind(number)) for number in sorted(inside) if 0 <= number <= last]


@lru_cache(maxsize=4)
def port_borders(drawn: Drawn) -> tuple[int, ...]:
    """lo-1, lo, hi and hi+1 of every port range of a rule."""
    found = {0, 65535, 40000}
    for text in [text for r in drawn.resources for rule in rules_of(r) for text in port_texts(rule)]:
        low, high = read_ports(text) or (0, 65535)
        found |= {low - 1, low, high, high + 1}
    return tuple(sorted(port for port in found if 0 <= port <= 65535))


def rules_of(resource: Json) -> list[Json]:
    found = resource.get("rules") or (resource.get("properties") or {}).get("securityRules") or []
    return [rule.get("properties", rule) for rule in found]


def port_texts(rule: Json) -> list[str]:
    keys = [key for key in rule if "PortRange" in key and rule[key]]
    return [text for key in keys for text in ([rule[key]] if isinstance(rule[key], str) else rule[key])]


# Intents


def intents(drawn: Drawn, count: int = 3) -> Iterator[tuple[Json, Universe]]:
    """Intents over members of the network, with the addresses and ports to test them by."""
    dice = Dice(drawn.seed ^ 0x17E47)
    for _ in range(count):
        intent: Json = {
            "expect": dice.choice(["Allow", "Deny"]),
            "at": dice.weighted({"either": 3.0, "source": 1.0, "destination": 1.0, "both": 1.0}),
            "from": draw_endpoints(dice, drawn),
            "to": draw_endpoints(dice, drawn),
            "services": [draw_service(dice)],
        }
        if dice.chance(0.9):  # a place in each family at one end at least, else there is little to judge
            intent[dice.choice(["from", "to"])] += [{"ipconfig": place} for place in dice.some(nics_of(drawn), 2, 3)]
        if dice.chance(0.3):
            intent["except"] = [draw_exception(dice, drawn)]
        if dice.chance(0.15):
            intent["path"] = True
        yield intent, draw_universe(dice, drawn, intent)


def draw_universe(dice: Dice, drawn: Drawn, intent: Json) -> Universe:
    """The NICs' addresses, the borders of what the intent names, and some others."""
    network = drawn.network([])
    own = [str(c.address) for c in network.ip_configurations if c.address]
    named = [p for end in ("from", "to") for endpoint in intent[end] for p in endpoint.get("addresses", [])]
    own += [address for prefix in prefixes(named) for address in borders(prefix)]
    addresses = dict.fromkeys([*own, "8.8.8.8", "20.60.0.9", *dice.some(address_borders(network), 8, 8)])
    return Universe(tuple(addresses), (40000,), (22, 85, 443, 2000, *dice.some(port_borders(drawn), 2, 3)))


def draw_endpoints(dice: Dice, drawn: Drawn) -> list[Json]:
    return [draw_endpoint(dice, drawn) for _ in range(dice.choice([1, 1, 2]))]


def draw_endpoint(dice: Dice, drawn: Drawn) -> Json:
    match dice.weighted({"place": 6.0, "addresses": 2.5, "tag": 0.7, "opaque": 0.7, "maybe": 0.1}):
        case "place":
            place = dice.choice(drawn.places)
            return {"ipconfig" if "/ipconfigurations/" in place.lower() else "subnet": place}
        case "addresses":
            return {"addresses": dice.some([p for p in PREFIXES if p != "10.0.0.5"], 1, 2)}
        case "tag":
            return {"tag": dice.cased(dice.choice(["Internet", "Storage", "AzureLoadBalancer"]))}
        case "opaque":
            return {"tag": dice.cased(dice.choice(OPAQUE_TAGS))}
    return {"maybe": dice.choice(nics_of(drawn))}


def nics_of(drawn: Drawn) -> list[str]:
    return [place for place in drawn.places if "/ipconfigurations/" in place.lower()]


def draw_service(dice: Dice) -> Json:
    protocol = dice.weighted({"Tcp": 5.0, "Udp": 1.0, "Icmp": 1.0, "*": 2.0})
    if protocol in ("Icmp", "*"):
        return {"protocol": protocol}
    return {"protocol": protocol, "ports": dice.some(["22", "80-90", "0", "443", "1024-65535"], 1, 2)}


def draw_exception(dice: Dice, drawn: Drawn) -> Json:
    if dice.chance(0.5):
        return {"group": draw_endpoints(dice, drawn)}
    keys = dice.some(["from", "to"], 1, 2)
    return {key: draw_endpoints(dice, drawn) for key in keys} | {"services": [draw_service(dice)]}
