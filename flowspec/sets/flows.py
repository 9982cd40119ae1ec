"""Addresses, ports and protocols -> boxes -> sets of flows, with the verbs of `intervals`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flowspec.sets.intervals import (
    AddressSet,
    IntervalSet,
    PortSet,
    Protocol,
    ProtocolSet,
)

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One concrete flow. Ports are `NO_PORT` for protocols without ports."""

    protocol: Protocol
    source: int
    source_port: int
    destination: int
    destination_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
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
            protocols=self.protocols.intersect(other.protocols),
            sources=self.sources.intersect(other.sources),
            source_ports=self.source_ports.intersect(other.source_ports),
            destinations=self.destinations.intersect(other.destinations),
            destination_ports=self.destination_ports.intersect(other.destination_ports),
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
        return Flow(
            protocol=Protocol(protocol),
            source=source,
            source_port=source_port,
            destination=destination,
            destination_port=destination_port,
        )

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


def single(flow: Flow) -> FlowSet:
    """One flow as a set."""
    return FlowSet(
        (
            Box(
                protocols=ProtocolSet.one(flow.protocol),
                sources=AddressSet.one(flow.source),
                source_ports=PortSet.one(flow.source_port),
                destinations=AddressSet.one(flow.destination),
                destination_ports=PortSet.one(flow.destination_port),
            ),
        )
    )
