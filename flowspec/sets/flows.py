"""Addresses, ports and protocols -> boxes -> sets of flows, with the verbs of `intervals`.

Box arithmetic takes time that grows with the square of the boxes, each step with the length of their address lists. Of
many boxes the lists at hand are cut into classes once, and then a box is five integers (`products.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar
from typing import Protocol as Shape

from flowspec.sets.classes import Dimension
from flowspec.sets.intervals import (
    ADDRESS_LINE,
    ALL_ADDRESSES,
    ALL_PORTS,
    ALL_PROTOCOLS,
    FAMILIES,
    NO_PORTS,
    NUMBERED_PORTS,
    PORT_LINE,
    PORTED,
    PORTLESS,
    PROTOCOL_LINE,
    AddressSet,
    IntervalSet,
    PortSet,
    Protocol,
    ProtocolSet,
    Span,
)
from flowspec.sets.products import Product, common, meets, merged, split

_FEW = 200
"""Up to so many pairs of boxes, cutting into classes costs more than it saves."""
_OFTEN = 16
"""Steps between two joinings of pieces."""
_LONE = 8
"""Boxes of which it is cheap to see what comes near them."""


class Flows(Shape):
    """What sets of flows can do, be they boxes (`FlowSet`) or decision diagrams (`bdd.DiagramSet`)."""

    def of(self, boxes: Iterable[Box]) -> Self:
        """The union of any boxes, as a set of this kind."""
        ...

    def union_all(self, sets: Iterable[Self]) -> Self:
        """All flows of the sets; those of `self` only if it is one of them."""
        ...

    def disjoint(self, sets: Iterable[Self]) -> Self:
        """The same, of sets that are known to share no flow."""
        ...

    def union(self, other: Self) -> Self: ...

    def intersect(self, other: Self) -> Self: ...

    def subtract(self, other: Self) -> Self: ...

    def count(self) -> int: ...

    def witness(self) -> Flow | None: ...

    def __bool__(self) -> bool: ...


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
        return not (
            self.protocols.spans
            and self.sources.spans
            and self.source_ports.spans
            and self.destinations.spans
            and self.destination_ports.spans
        )

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
        sides = list(self.sides())
        for place, (mine, theirs) in enumerate(zip(self.sides(), other.sides(), strict=True)):
            left = mine.subtract(theirs)
            if left:
                sides[place] = left
                pieces.append(_box_of(sides))
                sides[place] = mine.intersect(theirs)
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


def between(sources: AddressSet = ALL_ADDRESSES, destinations: AddressSet = ALL_ADDRESSES) -> Box:
    """Every flow from some addresses to others."""
    return Box(
        protocols=ALL_PROTOCOLS,
        sources=sources,
        source_ports=ALL_PORTS,
        destinations=destinations,
        destination_ports=ALL_PORTS,
    )


ANY_FLOW = between()


def existing(sources: AddressSet, destinations: AddressSet) -> Iterator[Box]:
    """The flows that there can be between addresses: within one family, with ports where the protocol has them."""
    for family in FAMILIES:
        here, there = sources.intersect(family), destinations.intersect(family)
        if here and there:
            for protocols, ports in ((PORTED, NUMBERED_PORTS), (PORTLESS, NO_PORTS)):
                yield Box(
                    protocols=protocols,
                    sources=here,
                    source_ports=ports,
                    destinations=there,
                    destination_ports=ports,
                )


def _box_of(sides: Sequence[IntervalSet]) -> Box:
    """A box by its sides, in the order of `_SIDES`."""
    protocols, sources, source_ports, destinations, destination_ports = sides
    return Box(
        protocols=protocols,  # type: ignore[arg-type]
        sources=sources,  # type: ignore[arg-type]
        source_ports=source_ports,  # type: ignore[arg-type]
        destinations=destinations,  # type: ignore[arg-type]
        destination_ports=destination_ports,  # type: ignore[arg-type]
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
        boxes = [box for box in boxes if not box.is_empty()]
        if len(boxes) ** 2 > _FEW * 2:
            return cls.union_all(FlowSet((box,)) for box in boxes)
        disjoint: list[Box] = []
        for box in boxes:
            disjoint.extend(_outside([box], disjoint))
        return cls(tuple(disjoint))

    @classmethod
    def union_all(cls, sets: Iterable[FlowSet]) -> FlowSet:
        """All flows of the sets."""
        sets = [flows for flows in sets if flows.boxes]
        if sum(len(flows.boxes) for flows in sets) ** 2 <= _FEW * 2:
            return FlowSet.of(box for flows in sets for box in flows.boxes)
        frame = _Frame(sets)
        found: list[Product] = []
        for number, products in enumerate(frame.products):
            found += _cut_out(products, found)
            if number % _OFTEN == _OFTEN - 1:
                found = merged(found)
        return frame.flows(merged(found))

    @classmethod
    def disjoint(cls, sets: Iterable[FlowSet]) -> FlowSet:
        """All flows of sets that share none."""
        return FlowSet(tuple(box for flows in sets for box in flows.boxes))

    def union(self, other: FlowSet) -> FlowSet:
        if not self.boxes:
            return other
        return FlowSet(self.boxes + other.subtract(self).boxes)

    def intersect(self, other: FlowSet) -> FlowSet:
        """What both hold; boxes that come near no box of the other are not cut into classes."""
        if len(self.boxes) * len(other.boxes) <= _FEW:
            pairs = ((mine, theirs) for mine in self.boxes for theirs in other.boxes)
            return FlowSet(tuple(mine.intersect(theirs) for mine, theirs in pairs if mine.meets(theirs)))
        few, many = sorted((self, other), key=lambda flows: len(flows.boxes))
        if len(few.boxes) <= _LONE and len(near := many.near(few).boxes) < len(many.boxes):
            return few.intersect(FlowSet(near))
        frame = _Frame([self, other])
        here, there = frame.products
        return frame.flows(merged([common(x, y) for x in here for y in there if meets(x, y)]))

    def subtract(self, other: FlowSet) -> FlowSet:
        """What the other does not hold; its boxes that come near none of these are not cut into classes."""
        if len(self.boxes) * len(other.boxes) <= _FEW:
            return FlowSet(tuple(_outside(list(self.boxes), other.boxes)))
        if len(self.boxes) <= _LONE and len(near := other.near(self).boxes) < len(other.boxes):
            return self.subtract(FlowSet(near))
        frame = _Frame([self, other])
        here, there = frame.products
        return frame.flows(merged(_cut_out(here, there)))

    def near(self, other: FlowSet) -> FlowSet:
        """The boxes that share a flow with another set."""
        return FlowSet(tuple(box for box in self.boxes if any(box.meets(theirs) for theirs in other.boxes)))

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
        if len(self.boxes) <= _FEW // 10:
            return FlowSet(merge_boxes(self.boxes))
        frame = _Frame([self])
        return frame.flows(merged(frame.products[0]))

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


S = TypeVar("S", bound=IntervalSet)


def _cut_out(pieces: list[Product], holes: list[Product]) -> list[Product]:
    """What the holes leave of the pieces; joined again now and then, so that it does not crumble."""
    for number, hole in enumerate(holes):
        if not pieces:
            break
        _, pieces = split(pieces, hole)
        if number % _OFTEN == _OFTEN - 1:
            pieces = merged(pieces)
    return pieces


class _Side(Generic[S]):
    """One side of many boxes, over common classes."""

    def __init__(self, sets: list[S], line: Span, make: Callable[[tuple[Span, ...]], S]) -> None:
        alike: dict[S, S] = {}
        dimension: Dimension[S] = Dimension([alike.setdefault(found, found) for found in sets], line, make)
        self.masks = dimension.masks
        self._view = dimension.view(make((line,)))

    def values(self, mask: int) -> S:
        return self._view.restrict(mask)


class _Frame:
    """Some sets of flows over common classes; `products` are theirs, in order."""

    def __init__(self, sets: Sequence[FlowSet]) -> None:
        boxes = [box for flows in sets for box in flows.boxes]
        self._protocols = _Side([b.protocols for b in boxes], PROTOCOL_LINE, ProtocolSet)
        self._destination_ports = _Side([b.destination_ports for b in boxes], PORT_LINE, PortSet)
        self._destinations = _Side([b.destinations for b in boxes], ADDRESS_LINE, AddressSet)
        self._sources = _Side([b.sources for b in boxes], ADDRESS_LINE, AddressSet)
        self._source_ports = _Side([b.source_ports for b in boxes], PORT_LINE, PortSet)
        every = zip(
            self._protocols.masks,
            self._destination_ports.masks,
            self._destinations.masks,
            self._sources.masks,
            self._source_ports.masks,
            strict=True,
        )
        self.products: list[list[Product]] = [[next(every) for _ in flows.boxes] for flows in sets]

    def flows(self, products: Iterable[Product]) -> FlowSet:
        """Products as boxes. A class lies wholly inside or outside of every set, so nothing is lost."""
        return FlowSet(tuple(self._box(product) for product in products))

    def _box(self, product: Product) -> Box:
        protocols, destination_ports, destinations, sources, source_ports = product
        return Box(
            protocols=self._protocols.values(protocols),
            sources=self._sources.values(sources),
            source_ports=self._source_ports.values(source_ports),
            destinations=self._destinations.values(destinations),
            destination_ports=self._destination_ports.values(destination_ports),
        )
