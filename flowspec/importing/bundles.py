"""A set of flows -> few bundles that cover it: what passes from all of some sources to all of some destinations.

Addresses that no flow and no group tells apart are one class, and classes that fare alike are one *kind*. On kinds a
bundle is three bit masks. The widest bundles around each flow are found by closing it: the sources that reach all of
the destinations, the destinations that all of the sources reach, the services that pass between all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from flowspec.sets.classes import Dimension, bits
from flowspec.sets.flows import Box, FlowSet, merge_boxes
from flowspec.sets.intervals import (
    ADDRESS_LINE,
    ALL_ADDRESSES,
    PORT_LINE,
    PROTOCOL_LINE,
    V4_FAMILY,
    AddressSet,
    PortSet,
    ProtocolSet,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Classes of sources and of destinations, and what passes between all of them.

    `needed_…`: what no other bundle covers; the rest may be named as well, since it passes or no flow of it can be.
    """

    sources: int
    destinations: int
    services: tuple[Box, ...]
    needed_sources: int
    needed_destinations: int
    needed_services: tuple[Box, ...]


_Shape = tuple[int, int, int]
"""Kinds of services, of sources and of destinations, a bit each."""
_Cell = tuple[int, int, int]
"""A kind of each."""
_TRIED = 40
"""Of the shapes that cover most, as many are looked at for how briefly they can be said."""


class AddressClasses:
    """The classes of addresses of some sets of flows and groups. `inside`: addresses of the network's own VNets."""

    def __init__(
        self, flows: Iterable[FlowSet], groups: Sequence[AddressSet], judged: AddressSet, inside: AddressSet
    ) -> None:
        sides = [side for one in flows for box in one.boxes for side in (box.sources, box.destinations)]
        self._dimension = Dimension([*groups, V4_FAMILY, judged, inside, *sides], ADDRESS_LINE, AddressSet)
        masks, count = self._dimension.masks, len(groups)
        self.groups = masks[:count]
        self.v4, self.judged, self.inside = masks[count : count + 3]

    def classes(self, addresses: AddressSet) -> int:
        """The classes of addresses that these classes were made of."""
        return self._dimension.mask(addresses)

    def addresses(self, mask: int) -> AddressSet:
        """What some classes hold."""
        return self._dimension.view(ALL_ADDRESSES).restrict(mask) if mask else AddressSet()

    @property
    def everything(self) -> int:
        return self._dimension.everything


class Bundles:
    """Some of the flows whose addresses were put into classes, as a relation of kinds for each kind of service."""

    def __init__(self, classes: AddressClasses, flows: FlowSet) -> None:
        self.sources = [classes.classes(box.sources) for box in flows.boxes]
        self.destinations = [classes.classes(box.destinations) for box in flows.boxes]
        self._services = list(_services(flows.boxes).items())
        self._kinds = list(_kinds(classes, self.sources, self.destinations))
        self._real = [self._rows(held) for held, _ in self._services]
        free = list(self._free())
        self._rows_of = [[row | free[i] for i, row in enumerate(rows)] for rows in self._real]
        self._columns_of = [_turned(rows) for rows in self._rows_of]

    def cover(self, cost: Callable[[Bundle], int]) -> list[Bundle]:
        """Bundles that cover all flows: those first that cover most of what is left for what it costs to say them."""
        left = {(k, i, j) for k, rows in enumerate(self._real) for i, row in enumerate(rows) for j in bits(row)}
        shapes = {shape: self._cells(shape) for shape in self._shapes()} if left else {}
        chosen: dict[_Shape, set[_Cell]] = {}
        while left:
            gains = sorted(((len(cells & left), shape) for shape, cells in shapes.items()), reverse=True)[:_TRIED]
            costs = {shape: cost(self._block(shape, shapes[shape] & left)) for _, shape in gains}
            best = max(gains, key=lambda gain: (gain[0] / costs[gain[1]], gain))[1]
            chosen[best] = shapes[best]
            left -= shapes[best]
            shapes = {shape: cells for shape, cells in shapes.items() if cells & left}
        return list(self._needed(chosen))

    def _needed(self, chosen: Mapping[_Shape, set[_Cell]]) -> Iterator[Bundle]:
        """Each bundle as narrow as the others let it be."""
        times = Counter(cell for cells in chosen.values() for cell in cells)
        for shape, cells in chosen.items():
            own = {cell for cell in cells if times[cell] == 1}
            held = {n: {cell[n] for cell in own} for n in range(3)}
            kept = {cell for cell in cells if all(cell[n] in held[n] for n in range(3))}
            times.subtract(cells - kept)
            if own:
                yield self._block(shape, kept)

    def _rows(self, held: int) -> list[int]:
        """Kind of source -> the kinds of destination that it reaches by the boxes that are `held`."""
        reached = [(self.sources[n], self._kinds_in(self.destinations[n])) for n in bits(held)]
        return [reduce(or_, (to for of, to in reached if of & mask), 0) for mask, _ in self._kinds]

    def _kinds_in(self, classes: int) -> int:
        return sum(1 << j for j, (mask, _) in enumerate(self._kinds) if mask & classes)

    def _free(self) -> Iterator[int]:
        """Kind of source -> the destinations of which nothing is said: of the other family, or both ends unjudged.

        Of unjudged ends only those of the network's own VNets: a VNet is talked about as a whole.
        """
        for _, (v4, judged, inside) in self._kinds:
            yield sum(
                1 << j
                for j, (_, (to_v4, to_judged, to_inside)) in enumerate(self._kinds)
                if v4 != to_v4 or (not judged and not to_judged and inside and to_inside)
            )

    def _shapes(self) -> Iterator[_Shape]:
        """The widest bundles around each flow, as masks of services, sources and destinations."""
        seen: set[_Shape] = set()
        for k, rows in enumerate(self._real):
            for i, row in enumerate(rows):
                if row:
                    seen.update(self._closed(1 << k, 1 << i, self._rows_of[k][i], order) for order in ("sk", "ks"))
                for j in bits(row):
                    column = self._columns_of[k][j]
                    seen.update(self._closed(1 << k, column, 1 << j, order) for order in ("dk", "kd"))
                    seen.update(self._closed(1 << k, 1 << i, 1 << j, order) for order in ("ksd", "kds"))
        yield from sorted(seen)

    def _closed(self, services: int, sources: int, destinations: int, order: str) -> _Shape:
        """One side after the other made as wide as the other two let it be."""
        for side in order:
            if side == "k":
                services = sum(
                    1 << k
                    for k, rows in enumerate(self._rows_of)
                    if all(not destinations & ~rows[i] for i in bits(sources))
                )
            elif side == "d":
                rows = (self._rows_of[k][i] for k in bits(services) for i in bits(sources))
                destinations = reduce(and_, rows)
            else:
                columns = (self._columns_of[k][j] for k in bits(services) for j in bits(destinations))
                sources = reduce(and_, columns)
        return services, sources, destinations

    def _cells(self, shape: _Shape) -> set[_Cell]:
        services, sources, destinations = shape
        return {(k, i, j) for k in bits(services) for i in bits(sources) for j in bits(self._real[k][i] & destinations)}

    def _block(self, shape: _Shape, needed: set[_Cell]) -> Bundle:
        services, sources, destinations = shape
        return Bundle(
            sources=self._classes(bits(sources)),
            destinations=self._classes(bits(destinations)),
            services=self._boxes(bits(services)),
            needed_sources=self._classes({i for _, i, _ in needed}),
            needed_destinations=self._classes({j for _, _, j in needed}),
            needed_services=self._boxes({k for k, _, _ in needed}),
        )

    def _boxes(self, kinds: Iterable[int]) -> tuple[Box, ...]:
        return merge_boxes(tuple(box for k in sorted(kinds) for box in self._services[k][1]))

    def _classes(self, kinds: Iterable[int]) -> int:
        return reduce(or_, (self._kinds[i][0] for i in kinds), 0)


def _kinds(
    classes: AddressClasses, sources: Sequence[int], destinations: Sequence[int]
) -> Iterator[tuple[int, tuple[bool, bool, bool]]]:
    """Classes that fare alike: their mask, and whether they are IPv4, judged, and of the network's VNets."""
    held: dict[int, list[int]] = {}
    for number, masks in enumerate(zip(sources, destinations, strict=True)):
        for side, mask in enumerate(masks):
            for one in bits(mask):
                held.setdefault(one, []).append(2 * number + side)
    alike: dict[tuple[tuple[int, ...], tuple[bool, bool, bool]], int] = {}
    for one in bits(classes.everything):
        v4, judged, inside = (bool(mask >> one & 1) for mask in (classes.v4, classes.judged, classes.inside))
        name = (tuple(held.get(one, ())), (v4, judged, inside))
        alike[name] = alike.get(name, 0) | 1 << one
    for (_, told), mask in alike.items():
        yield mask, told


def _services(boxes: Sequence[Box]) -> dict[int, list[Box]]:
    """The boxes (a bit each) that hold a service -> all services that just these hold, of no address."""
    protocols = Dimension([box.protocols for box in boxes], PROTOCOL_LINE, ProtocolSet)
    ports = Dimension([box.destination_ports for box in boxes], PORT_LINE, PortSet)
    source_ports = Dimension([box.source_ports for box in boxes], PORT_LINE, PortSet)
    held: dict[tuple[int, int, int], int] = {}
    for number, masks in enumerate(zip(protocols.masks, ports.masks, source_ports.masks, strict=True)):
        for p in bits(masks[0]):
            for d in bits(masks[1]):
                for s in bits(masks[2]):
                    held[p, d, s] = held.get((p, d, s), 0) | 1 << number
    found: dict[int, list[Box]] = {}
    for (p, d, s), mask in held.items():
        box = Box(
            protocols=protocols.view(ProtocolSet((PROTOCOL_LINE,))).restrict(1 << p),
            sources=AddressSet.one(0),
            source_ports=source_ports.view(PortSet((PORT_LINE,))).restrict(1 << s),
            destinations=AddressSet.one(0),
            destination_ports=ports.view(PortSet((PORT_LINE,))).restrict(1 << d),
        )
        found.setdefault(mask, []).append(box)
    return found


def _turned(rows: Sequence[int]) -> list[int]:
    """Rows of a square relation as columns."""
    columns = [0] * len(rows)
    for i, row in enumerate(rows):
        for j in bits(row):
            columns[j] |= 1 << i
    return columns
