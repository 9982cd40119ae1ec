"""Sets of flows -> their union, intersection and difference, by classes: for judgements made of very many boxes.

Box arithmetic takes time that grows with the square of the boxes, each step with the length of their address lists.
Here every list of addresses, ports and protocols at hand is cut into classes once, and then a box is five integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from flowspec.sets.classes import Dimension
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import (
    ADDRESS_LINE,
    PORT_LINE,
    PROTOCOL_LINE,
    AddressSet,
    IntervalSet,
    PortSet,
    ProtocolSet,
    Span,
)
from flowspec.sets.products import Product, common, meets, merged, split

S = TypeVar("S", bound=IntervalSet)
_FEW = 200
"""Up to so many pairs of boxes, cutting into classes costs more than it saves."""
_OFTEN = 16
"""Steps between two joinings of pieces."""


def union(sets: Iterable[FlowSet]) -> FlowSet:
    """All flows of the sets."""
    sets = [flows for flows in sets if flows.boxes]
    if sum(len(flows.boxes) for flows in sets) ** 2 <= _FEW * 2:
        return FlowSet.of(box for flows in sets for box in flows.boxes)
    frame = _Frame(sets)
    found: list[Product] = []
    for number, products in enumerate(frame.products):
        found += _outside(products, found)
        if number % _OFTEN == _OFTEN - 1:
            found = merged(found)
    return frame.flows(merged(found))


def merge(flows: FlowSet) -> FlowSet:
    """The same flows in fewer boxes."""
    if len(flows.boxes) <= _FEW // 10:
        return flows.merged()
    frame = _Frame([flows])
    return frame.flows(merged(frame.products[0]))


def intersect(a: FlowSet, b: FlowSet) -> FlowSet:
    """The flows of both."""
    if len(a.boxes) * len(b.boxes) <= _FEW:
        return a.intersect(b)
    frame = _Frame([a, b])
    here, there = frame.products
    found = [common(x, y) for x in here for y in there if meets(x, y)]
    return frame.flows(merged(found))


def subtract(a: FlowSet, b: FlowSet) -> FlowSet:
    """The flows of `a` that are not in `b`."""
    if len(a.boxes) * len(b.boxes) <= _FEW:
        return a.subtract(b)
    frame = _Frame([a, b])
    here, there = frame.products
    return frame.flows(merged(_outside(here, there)))


def _outside(pieces: list[Product], holes: list[Product]) -> list[Product]:
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
