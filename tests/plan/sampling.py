"""Boxes of the report -> membership of single packets, and packets at their corners, just inside and just outside."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product

from flowspec.model.documents.plan import Pair, SideBox
from tests.naive.dice import Dice
from tests.naive.matching import Packet, Point
from tests.naive.resources import Network, lower_id

PLATFORM = ("168.63.129.16", "169.254.169.254", "fe80::1234:5678:9abc")
PROTOCOLS = ("Tcp", "Udp", "Icmp", "Esp", "Ah", "Other")


class Names:
    """Points of the naive evaluator <-> the names in angle brackets that the report gives them."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._points: dict[str, Point] = {
            f"<{c.nic['name']}/{c.id.rsplit('/', 1)[-1]}, address not known>".lower(): ("ipconfig", c.id)
            for c in network.ip_configurations
            if c.address is None
        }

    def point(self, text: str) -> Point | None:
        """What a name stands for; None for a prefix."""
        if text.startswith("<service tag "):
            return ("tag", text[len("<service tag ") : -1])
        return self._points[text.lower()] if text.startswith("<") else None

    def holds(self, texts: Iterable[str], point: Point) -> bool:
        """Is a point one of these addresses?"""
        if isinstance(point, str):
            version, number = span(point)[0::2]
            return any(v == version and low <= number <= high for v, low, high in spans(tuple(texts)))
        mine = (point[0], point[1].lower())
        return any((p[0], p[1].lower()) == mine for text in texts if (p := self.point(text)) and not isinstance(p, str))

    def in_pair(self, pair: Pair, packet: Packet) -> bool:
        return (
            pair.protocol in ("*", packet.protocol.upper())
            and has_port(pair.source_ports, packet.source_port)
            and has_port(pair.destination_ports, packet.destination_port)
            and self.holds(pair.source, packet.source)
            and self.holds(pair.destination, packet.destination)
        )

    def in_side(self, box: SideBox, packet: Packet, direction: str) -> bool:
        return self.in_pair(pair_of(box, direction), packet)


@lru_cache(maxsize=4096)
def spans(texts: tuple[str, ...]) -> list[tuple[int, int, int]]:
    return [span(text) for text in texts if not text.startswith("<")]


@lru_cache(maxsize=4096)
def span(text: str) -> tuple[int, int, int]:
    """Version, first and last address."""
    prefix = ipaddress.ip_network(text)
    return prefix.version, int(prefix[0]), int(prefix[-1])


def pair_of(box: SideBox, direction: str) -> Pair:
    """A one-sided box seen from outside."""
    here, there = (box.local, box.local_ports), (box.remote, box.remote_ports)
    source, destination = (there, here) if direction == "Inbound" else (here, there)
    return Pair(protocol=box.protocol, source=source[0], source_ports=source[1],
                destination=destination[0], destination_ports=destination[1])  # fmt: skip


def has_port(texts: Sequence[str], port: int | None) -> bool:
    if port is None or not texts:
        return port is None or texts == ()
    spans = [text.split("-") for text in texts]
    return any(int(span[0]) <= port <= int(span[-1]) for span in spans)


def corners(names: Names, pair: Pair, dice: Dice, count: int) -> Iterator[Packet]:
    """Packets inside a pair, at its corners mostly."""
    protocols = PROTOCOLS if pair.protocol == "*" else (pair.protocol.capitalize(),)
    ends = [_ends(names, texts, dice) for texts in (pair.source, pair.destination)]
    found = [(s, d) for s, d in product(*ends) if version(names.network, s) in (None, version(names.network, d))
             or version(names.network, d) is None]  # fmt: skip
    for source, destination in dice.sample(found, min(count, len(found))):
        protocol = dice.choice(protocols)
        ported = protocol in ("Tcp", "Udp")
        source_port = dice.choice(port_corners(pair.source_ports)) if ported else None
        port = dice.choice(port_corners(pair.destination_ports)) if ported else None
        if not all(version(names.network, point) is None for point in (source, destination)):
            yield Packet(protocol, source, source_port, destination, port)


def _ends(names: Names, texts: Sequence[str], dice: Dice) -> list[Point]:
    found: list[Point] = []
    for text in dice.sample(list(texts), min(3, len(texts))):
        point = names.point(text)
        found += [point] if point else address_corners(text)
    return found


def address_corners(text: str) -> list[Point]:
    prefix = ipaddress.ip_network(text)
    inside = {prefix[0], prefix[-1], prefix[min(7, prefix.num_addresses - 1)]}
    return [str(address) for address in sorted(inside)]


def around(text: str) -> list[str]:
    """The neighbours outside of a prefix."""
    prefix = ipaddress.ip_network(text)
    low, high, last = int(prefix[0]), int(prefix[-1]), 2**prefix.max_prefixlen - 1
    return [str(type(prefix[0])(n)) for n in (low - 1, high + 1) if 0 <= n <= last]


def port_corners(texts: Sequence[str]) -> list[int]:
    return sorted({int(end) for text in texts for end in text.split("-")}) or [443]


def version(network: Network, point: Point) -> int | None:
    if isinstance(point, str):
        return 6 if ":" in point else 4
    if point[0] == "tag":
        return None
    own = network.ip_configuration(point[1])
    assert own is not None
    return own.version


def is_platform(packet: Packet) -> bool:
    return packet.source in PLATFORM or packet.destination in PLATFORM


def places_of(network: Network, point: Point) -> list[str]:
    """Who is judged at a local point: its ip-configurations, else the subnets that it lies in."""
    if not isinstance(point, str):
        return [point[1]] if point[0] == "ipconfig" else []
    address = ipaddress.ip_address(point)
    own = [c for c in network.ip_configurations if c.address == address]
    vnets = {c.vnet_id for c in own}
    rest = [s for s in network.subnets if any(address in p for p in network.subnet_prefixes(s))]
    return [c.id for c in own] + [s for s in rest if str(lower_id(s)).split("/subnets/")[0] not in vnets]
