"""Integers -> intervals -> addresses, ports, protocols -> sets of flows, with the same verbs at every level.

Everything is immutable. An address is one integer on a line that holds both families, and, behind each family, its
*points*: endpoints without a number, such as a service tag without data or an ip-configuration whose address is not
known yet. A port is 0-65535, or `NO_PORT` for protocols that have none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

Span = tuple[int, int]

V6_BASE = 1 << 128
V4_POINTS = 1 << 32
V6_POINTS = 1 << 129
POINTS = 1 << 32


class Protocol(IntEnum):
    """The protocols an NSG can tell apart; OTHER stands for the rest of the IP protocols."""

    TCP = 0
    UDP = 1
    ICMP = 2
    ESP = 3
    AH = 4
    OTHER = 5


NO_PORT = 65536

_BEYOND = 1 << 200
"""Behind the end of any line: no span that starts at `n` sorts after `(n, _BEYOND)`."""


@dataclass(frozen=True, slots=True)
class IntervalSet:
    """A set of integers as sorted, disjoint, non-adjacent inclusive spans."""

    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Self:
        """The union of any spans; an empty span (`high < low`) adds nothing."""
        merged: list[Span] = []
        end = 0
        for span in sorted([span for span in spans if span[0] <= span[1]]):
            if not merged or span[0] > end + 1:
                merged.append(span)
                end = span[1]
            elif span[1] > end:
                end = span[1]
                merged[-1] = (merged[-1][0], end)
        return cls(tuple(merged))

    @classmethod
    def one(cls, value: int) -> Self:
        return cls(((value, value),))

    def union(self, other: Self) -> Self:
        if not self.spans or self is other:
            return other
        if not other.spans:
            return self
        return type(self).of(self.spans + other.spans)

    def intersect(self, other: Self) -> Self:
        if self.spans == other.spans or _covers(other.spans, self.spans):
            return self
        if _covers(self.spans, other.spans):
            return other
        mine, theirs = self.spans, other.spans
        if len(mine) > len(theirs):
            mine, theirs = theirs, mine
        if len(theirs) > 16 * len(mine):
            return type(self)(tuple(_intersect_few(mine, theirs)))
        return type(self)(tuple(_intersect_merge(mine, theirs)))

    def subtract(self, other: Self) -> Self:
        if not self.spans or not other.spans:
            return self
        return type(self)(tuple(_subtract(self.spans, other.spans)))

    def is_subset(self, other: Self) -> bool:
        """Every element of this set is in `other`."""
        theirs = other.spans
        at = 0
        for low, high in self.spans:
            at = bisect_right(theirs, (low, _BEYOND), at) - 1
            if at < 0 or theirs[at][1] < high:
                return False
        return True

    def meets(self, other: Self) -> bool:
        """The two sets share an element."""
        mine, theirs = self.spans, other.spans
        if len(mine) > len(theirs):
            mine, theirs = theirs, mine
        for low, high in mine:
            at = bisect_right(theirs, (high, _BEYOND)) - 1
            if at >= 0 and theirs[at][1] >= low:
                return True
        return False

    def is_empty(self) -> bool:
        return not self.spans

    def count(self) -> int:
        return sum([high - low for low, high in self.spans]) + len(self.spans)

    def witness(self) -> int | None:
        """The lowest element, or None of an empty set."""
        return self.spans[0][0] if self.spans else None

    def __contains__(self, value: int) -> bool:
        at = bisect_right(self.spans, (value, _BEYOND)) - 1
        return at >= 0 and self.spans[at][1] >= value

    def __iter__(self) -> Iterator[int]:
        for low, high in self.spans:
            yield from range(low, high + 1)

    def __bool__(self) -> bool:
        return bool(self.spans)


def _covers(mine: tuple[Span, ...], theirs: tuple[Span, ...]) -> bool:
    """One of few spans holds all of the others: true of the widest sets, and quickly told."""
    if len(mine) > 3 or not theirs:
        return False
    low, high = theirs[0][0], theirs[-1][1]
    return any(start <= low and high <= end for start, end in mine)


def _intersect_few(few: tuple[Span, ...], many: tuple[Span, ...]) -> list[Span]:
    """Cheap when one side is short: each of its spans takes one slice of the long side, cut at both ends."""
    found: list[Span] = []
    for low, high in few:
        first = bisect_right(many, (low, _BEYOND)) - 1
        if first < 0 or many[first][1] < low:
            first += 1
        last = bisect_right(many, (high, _BEYOND))
        if first < last:
            begin = len(found)
            found += many[first:last]
            found[begin] = (max(low, found[begin][0]), found[begin][1])
            found[-1] = (found[-1][0], min(high, found[-1][1]))
    return found


def _intersect_merge(mine: tuple[Span, ...], theirs: tuple[Span, ...]) -> Iterator[Span]:
    i = j = 0
    while i < len(mine) and j < len(theirs):
        low, high = max(mine[i][0], theirs[j][0]), min(mine[i][1], theirs[j][1])
        if low <= high:
            yield low, high
        if mine[i][1] < theirs[j][1]:
            i += 1
        else:
            j += 1


def _subtract(mine: tuple[Span, ...], theirs: tuple[Span, ...]) -> Iterator[Span]:
    at = max(bisect_right(theirs, (mine[0][0], _BEYOND)) - 1, 0)
    for low, high in mine:
        while at < len(theirs) and theirs[at][1] < low:
            at += 1
        i = at
        while low <= high and i < len(theirs) and theirs[i][0] <= high:
            if theirs[i][0] > low:
                yield low, theirs[i][0] - 1
            low = theirs[i][1] + 1
            i += 1
        if low <= high:
            yield low, high


class AddressSet(IntervalSet):
    """Addresses of both families and their points, on one line."""

    __slots__ = ()


class PortSet(IntervalSet):
    """Ports 0-65535 and `NO_PORT`."""

    __slots__ = ()


class ProtocolSet(IntervalSet):
    """A set of `Protocol`."""

    __slots__ = ()


V4 = AddressSet(((0, V4_POINTS - 1),))
V6 = AddressSet(((V6_BASE, V6_POINTS - 1),))
V4_FAMILY = AddressSet(((0, V4_POINTS + POINTS - 1),))
V6_FAMILY = AddressSet(((V6_BASE, V6_POINTS + POINTS - 1),))
FAMILIES = (V4_FAMILY, V6_FAMILY)
ALL_NUMBERS = AddressSet.of(V4.spans + V6.spans)
ALL_ADDRESSES = AddressSet.of(V4_FAMILY.spans + V6_FAMILY.spans)
NO_ADDRESSES = AddressSet()

NUMBERED_PORTS = PortSet(((0, 65535),))
NO_PORTS = PortSet(((NO_PORT, NO_PORT),))
ALL_PORTS = PortSet(((0, NO_PORT),))

PORTED = ProtocolSet(((Protocol.TCP, Protocol.UDP),))
PORTLESS = ProtocolSet(((Protocol.ICMP, Protocol.OTHER),))
ALL_PROTOCOLS = ProtocolSet(((Protocol.TCP, Protocol.OTHER),))


ADDRESS_LINE: Span = (0, V6_POINTS + POINTS - 1)
PORT_LINE: Span = (0, NO_PORT)
PROTOCOL_LINE: Span = (0, Protocol.OTHER.value)
"""Lowest and highest value of each dimension."""


def point(number: int, family: int) -> int:
    """The place on the address line of the `number`-th point of IPv4 (`family` 4) or IPv6 (6)."""
    return (V4_POINTS if family == 4 else V6_POINTS) + number


def is_point(address: int) -> bool:
    return V4_POINTS <= address < V4_POINTS + POINTS or address >= V6_POINTS


def family_of(address: int) -> int:
    """4 or 6."""
    return 4 if address < V6_BASE else 6


@dataclass(frozen=True, slots=True)
class Flow:
    """One concrete flow. Ports are `NO_PORT` for protocols without ports."""

    protocol: Protocol
    source: int
    source_port: int
    destination: int
    destination_port: int


@dataclass(frozen=True, slots=True)
class Box:
    """A product: every combination of its five sets is a flow of it. Sources and destinations share one family."""

    protocols: ProtocolSet
    sources: AddressSet
    source_ports: PortSet
    destinations: AddressSet
    destination_ports: PortSet

    def sides(self) -> tuple[IntervalSet, ...]:
        return (self.protocols, self.sources, self.source_ports, self.destinations, self.destination_ports)

    def is_empty(self) -> bool:
        return not all(side.spans for side in self.sides())

    def count(self) -> int:
        total = 1
        for side in self.sides():
            total *= side.count()
        return total

    def intersect(self, other: Box) -> Box:
        return Box(
            self.protocols.intersect(other.protocols),
            self.sources.intersect(other.sources),
            self.source_ports.intersect(other.source_ports),
            self.destinations.intersect(other.destinations),
            self.destination_ports.intersect(other.destination_ports),
        )

    def meets(self, other: Box) -> bool:
        """The two boxes share a flow; the sides that are cheap to compare come first."""
        return (
            self.destination_ports.meets(other.destination_ports)
            and self.protocols.meets(other.protocols)
            and self.source_ports.meets(other.source_ports)
            and self.destinations.meets(other.destinations)
            and self.sources.meets(other.sources)
        )

    def is_subset(self, other: Box) -> bool:
        return all(mine.is_subset(theirs) for mine, theirs in zip(self.sides(), other.sides(), strict=True))

    def subtract(self, other: Box) -> list[Box]:
        """At most five disjoint boxes that hold what is not in `other`."""
        if not self.meets(other):
            return [self]
        pieces: list[Box] = []
        rest = self
        for name in _SIDES:
            mine, theirs = getattr(rest, name), getattr(other, name)
            shared = mine.intersect(theirs)
            if shared != mine:
                pieces.append(_with(rest, name, mine.subtract(theirs)))
                rest = _with(rest, name, shared)
        return pieces

    def witness(self) -> Flow:
        """One flow of a box that is not empty: the lowest of each side."""
        protocol, source, source_port, destination, destination_port = (s.spans[0][0] for s in self.sides())
        return Flow(Protocol(protocol), source, source_port, destination, destination_port)

    def __contains__(self, flow: Flow) -> bool:
        return (
            flow.protocol in self.protocols
            and flow.source in self.sources
            and flow.source_port in self.source_ports
            and flow.destination in self.destinations
            and flow.destination_port in self.destination_ports
        )


_SIDES = ("protocols", "sources", "source_ports", "destinations", "destination_ports")


def _with(box: Box, name: str, side: IntervalSet) -> Box:
    """`box` with one side replaced."""
    return replace(box, **{name: side})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class FlowSet:
    """A set of flows as disjoint boxes."""

    boxes: tuple[Box, ...] = ()

    @classmethod
    def of(cls, boxes: Iterable[Box]) -> FlowSet:
        """The union of any boxes."""
        disjoint: list[Box] = []
        for box in boxes:
            disjoint.extend(_outside([box] if not box.is_empty() else [], disjoint))
        return cls(tuple(disjoint))

    def union(self, other: FlowSet) -> FlowSet:
        if not self.boxes:
            return other
        return FlowSet(self.boxes + tuple(_outside(list(other.boxes), self.boxes)))

    def intersect(self, other: FlowSet) -> FlowSet:
        pieces = (mine.intersect(theirs) for mine in self.boxes for theirs in other.boxes)
        return FlowSet(tuple(piece for piece in pieces if not piece.is_empty()))

    def subtract(self, other: FlowSet) -> FlowSet:
        return FlowSet(tuple(_outside(list(self.boxes), other.boxes)))

    def is_subset(self, other: FlowSet) -> bool:
        return self.subtract(other).is_empty()

    def meets(self, other: FlowSet) -> bool:
        """The two sets share a flow."""
        return any(mine.meets(theirs) for mine in self.boxes for theirs in other.boxes)

    def is_empty(self) -> bool:
        return not self.boxes

    def count(self) -> int:
        return sum(box.count() for box in self.boxes)

    def witness(self) -> Flow | None:
        return self.boxes[0].witness() if self.boxes else None

    def merged(self) -> FlowSet:
        """The same flows in fewer boxes: boxes that differ in one side only are joined, until none is left."""
        return FlowSet(merge_boxes(self.boxes))

    def __contains__(self, flow: Flow) -> bool:
        return any(flow in box for box in self.boxes)

    def __bool__(self) -> bool:
        return bool(self.boxes)


NO_FLOWS = FlowSet()


def _outside(boxes: list[Box], holes: Iterable[Box]) -> list[Box]:
    for hole in holes:
        if not boxes:
            break
        boxes = [piece for box in boxes for piece in box.subtract(hole)]
    return boxes


def merge_boxes(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    """Join disjoint boxes that are alike in four sides, side after side, until nothing more joins."""
    current = list(boxes)
    while len(current) > 1:
        before = len(current)
        for name in _SIDES:
            current = _merge_along(current, name)
        if len(current) == before:
            break
    return tuple(current)


def _merge_along(boxes: list[Box], name: str) -> list[Box]:
    alike: dict[tuple[IntervalSet, ...], list[Box]] = {}
    for box in boxes:
        key = tuple(getattr(box, field) for field in _SIDES if field != name)
        alike.setdefault(key, []).append(box)
    return [group[0] if len(group) == 1 else _joined(group, name) for group in alike.values()]


def _joined(group: list[Box], name: str) -> Box:
    first: IntervalSet = getattr(group[0], name)
    spans = [span for box in group for span in getattr(box, name).spans]
    return _with(group[0], name, type(first).of(spans))
