"""A set of flows -> few bundles that cover it: what passes from all of some sources to all of some destinations.

Addresses that no flow and no group tells apart are one class, and classes that fare alike are one *kind*. On kinds a
bundle is three bit masks. The widest bundles around each flow are found by closing it: the sources that reach all of
the destinations, the destinations that all of the sources reach, the services that pass between all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from heapq import heapify, heappop, heappush
from itertools import chain
from operator import and_, or_
from typing import NamedTuple

from flowspec.importing.relations import Alike, HowOften, Lines, Relation, Shape, joined
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
    """Classes of sources and destinations (a bit each), and the kinds of services that pass between all of them.

    `needed_services` are those that no other bundle covers; where that is shorter, all `services` may be named.
    """

    of: Bundles
    sources: int
    destinations: int
    needed_services: int
    services: int

    def boxes(self, services: int) -> tuple[Box, ...]:
        """Some kinds of services, of no address."""
        return self.of.boxes(bits(services))

    def sources_to(self, destinations: int, services: int) -> int:
        """The classes that may be named as sources of all of some destinations: it passes, or no flow of it can be."""
        return self.of.widest(destinations, services, of_sources=True)

    def destinations_of(self, sources: int, services: int) -> int:
        """The classes that may be named as destinations of all of some sources."""
        return self.of.widest(sources, services, of_sources=False)


_TRIED = 40
"""Of the shapes that cover most, as many are looked at for how briefly they can be said."""


class AddressClasses:
    """The classes of addresses of some sets of flows and groups.

    `judged`: of NICs; `inside`: of the network's own VNets; `outside`: of none of them, the platform's aside; `tags`:
    the points of service tags without data.
    """

    def __init__(
        self,
        flows: Iterable[FlowSet],
        groups: Sequence[AddressSet],
        *,
        judged: AddressSet,
        inside: AddressSet,
        outside: AddressSet,
        tags: AddressSet,
    ) -> None:
        sides = [side for one in flows for box in one.boxes for side in (box.sources, box.destinations)]
        told = [V4_FAMILY, judged, inside, outside, tags]
        self._dimension = Dimension([*groups, *told, *sides], ADDRESS_LINE, AddressSet)
        masks, count = self._dimension.masks, len(groups)
        self.groups = masks[:count]
        self.v4, self.judged, self.inside, self.outside, self.tags = masks[count : count + len(told)]

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
        ends = [(classes.classes(box.sources), classes.classes(box.destinations)) for box in flows.boxes]
        self._kinds = list(_kinds(classes, ends))
        self._everyone = (1 << len(self._kinds)) - 1
        self._reached = [(self._kinds_in(here), self._kinds_in(there)) for here, there in ends]
        services: dict[tuple[tuple[int, int], ...], list[Box]] = {}
        for held, boxes in _services(flows.boxes).items():
            services.setdefault(tuple(sorted(self._reach(held).items())), []).extend(boxes)
        self._services = list(services.values())
        rows_of = [Lines(rows) for rows in services]
        self._real = [self._without_tags(rows) for rows in rows_of]
        self._rows = [rows.alike(self._everyone) for rows in rows_of]
        self._columns = [rows.turned().alike(self._everyone) for rows in rows_of]
        self._free = Lines(enumerate(self._unsaid())).alike(self._everyone)
        self._tables: dict[int, tuple[Alike, Alike]] = {}

    def cover(self, cost: Callable[[Bundle], int]) -> list[Bundle]:
        """Bundles that cover all flows: those first that cover most of what is left for what it costs to say them.

        Where a shape covers as much as before nothing of it was covered meanwhile, so it costs what it did.
        """
        left = Relation(self._real)
        gains = [(-left.count(shape), shape) for shape in self._shapes()]
        heapify(gains)
        chosen: list[Shape] = []
        costs: dict[tuple[int, Shape], int] = {}
        while gains:
            tried: list[tuple[int, Shape]] = []
            while gains and len(tried) < _TRIED:
                shape = heappop(gains)[1]
                if gain := left.count(shape):
                    if gains and gain < -gains[0][0]:
                        heappush(gains, (-gain, shape))
                    else:
                        tried.append((gain, shape))
            if not tried:
                break
            for one in tried:
                if one not in costs:
                    costs[one] = cost(self._bundle(one[1], left.part(one[1])))
            best = max(tried, key=lambda one: (one[0] / costs[one], one))[1]
            chosen.append(best)
            left.take(best)
            for gain, shape in tried:
                if shape != best:
                    heappush(gains, (-gain, shape))
        return list(self._needed(chosen))

    def _needed(self, chosen: Sequence[Shape]) -> Iterator[Bundle]:
        """Each bundle as narrow as the others let it be."""
        tally: dict[tuple[int, int], HowOften] = defaultdict(HowOften)
        held = [[(k, i, mask) for k, i in _pairs(shape) if (mask := self._real[k][i] & shape[2])] for shape in chosen]
        for k, i, mask in chain.from_iterable(held):
            tally[k, i].add(mask)
        for shape, lines in zip(chosen, held, strict=True):
            services = sources = destinations = 0
            for k, i, mask in lines:
                if own := tally[k, i].once() & mask:
                    services, sources, destinations = services | 1 << k, sources | 1 << i, destinations | own
            kept = 0
            for k, i, mask in lines:
                own = mask & destinations if services >> k & 1 and sources >> i & 1 else 0
                kept |= own
                tally[k, i].take(mask & ~own)
            if services:
                yield self._bundle(shape, (services, sources, kept))

    def _reach(self, held: int) -> dict[int, int]:
        """Kind of source -> the kinds of destination that it reaches by the boxes that are `held`."""
        found: dict[int, int] = {}
        for n in bits(held):
            sources, destinations = self._reached[n]
            for i in bits(sources):
                found[i] = found.get(i, 0) | destinations
        return found

    def _kinds_in(self, classes: int) -> int:
        return sum(1 << j for j, (mask, _) in enumerate(self._kinds) if mask & classes)

    def _unsaid(self) -> Iterator[int]:
        """Kind of source -> the destinations of which nothing is said: of the other family, or both ends unjudged.

        Of unjudged ends only those of the network's own VNets: a VNet is talked about as a whole.
        """
        for _, here in self._kinds:
            yield sum(
                1 << j
                for j, (_, there) in enumerate(self._kinds)
                if here.v4 != there.v4 or (here.is_free and there.is_free)
            )

    def _without_tags(self, rows: Lines) -> Lines:
        """What passes, but for what a service tag without data has in common with every address outside.

        The addresses of the tag are among those, so that nothing has to be said of it.
        """
        found = dict(rows)
        for n, (_, tag) in enumerate(self._kinds):
            if not tag.tag:
                continue
            others = [i for i, (_, kind) in enumerate(self._kinds) if kind.outside and kind.v4 == tag.v4]
            mask = sum(1 << i for i in others)
            found[n] = found.get(n, 0) & ~reduce(and_, (rows[i] for i in others), self._everyone)
            found = {i: row & ~(1 << n) if not mask & ~rows[i] else row for i, row in found.items()}
        return Lines(found.items())

    def _shapes(self) -> list[Shape]:
        """The widest bundles around each flow, as masks of services, sources and destinations."""
        found: set[Shape] = set()
        for k, rows in enumerate(self._real):
            used = reduce(or_, rows.values(), 0)
            for row in (row for row, sources in self._table(1 << k)[0] if sources & rows.filled):
                found.update(self._closed((1 << k, 0, row), order) for order in ("sk", "sks"))
            for column in (column for column, kinds in self._table(1 << k)[1] if kinds & used):
                found.update(self._closed((1 << k, column, 0), order) for order in ("dk", "dkd"))
        reached: dict[int, int] = {}
        for i in range(len(self._kinds)):
            for services, destinations in self._passing(i).items():
                reached[services] = reached.get(services, 0) | destinations
                found.add(self._closed((services, 1 << i, 0), "ds"))
        for services, destinations in reached.items():
            found.update(self._closed((services, 0, 1 << j), "sd") for j in bits(destinations))
        return sorted(found)

    def _passing(self, source: int) -> dict[int, int]:
        """All the services that pass from a kind of source to a destination -> the kinds of which that is so."""
        parts = {0: self._everyone}
        for k, rows in enumerate(self._real):
            if row := rows[source]:
                cut = {services: destinations & ~row for services, destinations in parts.items()}
                cut |= {services | 1 << k: destinations & row for services, destinations in parts.items()}
                parts = {services: destinations for services, destinations in cut.items() if destinations}
        return {services: destinations for services, destinations in parts.items() if services}

    def _closed(self, shape: Shape, order: str) -> Shape:
        """One side after the other made as wide as the other two let it be."""
        services, sources, destinations = shape
        for side in order:
            if side == "k":
                services = self._between(sources, destinations)
            elif side == "d":
                columns = self._table(services)[1]
                destinations = reduce(or_, (kinds for column, kinds in columns if not sources & ~column), 0)
            else:
                rows = self._table(services)[0]
                sources = reduce(or_, (kinds for row, kinds in rows if not destinations & ~row), 0)
        return services, sources, destinations

    def _between(self, sources: int, destinations: int) -> int:
        """The services that pass from all of some sources to all of some destinations."""
        tables = (self._table(1 << k)[0] for k in range(len(self._services)))
        return sum(
            1 << k
            for k, rows in enumerate(tables)
            if not any(kinds & sources and destinations & ~row for row, kinds in rows)
        )

    def _table(self, services: int) -> tuple[Alike, Alike]:
        """Rows and columns of what passes on all of some services, and of what nothing is said."""
        if services not in self._tables:
            kinds = list(bits(services))
            rows, columns = (
                joined(reduce(partial(joined, how=and_), (lines[k] for k in kinds)), self._free, or_)
                for lines in (self._rows, self._columns)
            )
            self._tables[services] = rows, columns
        return self._tables[services]

    def _bundle(self, shape: Shape, needed: Shape) -> Bundle:
        """The bundle of a shape, of which some flows are needed."""
        return Bundle(
            of=self,
            sources=self._classes(bits(needed[1])),
            destinations=self._classes(bits(needed[2])),
            needed_services=needed[0],
            services=shape[0],
        )

    def boxes(self, kinds: Iterable[int]) -> tuple[Box, ...]:
        """Services, of no address."""
        return merge_boxes(tuple(box for k in sorted(kinds) for box in self._services[k]))

    def widest(self, others: int, services: int, *, of_sources: bool) -> int:
        """The classes, of sources or of destinations, between which and all of the others all services pass."""
        held = self._kinds_in(others)
        lines = (line for line, alike in self._table(services)[of_sources] if alike & held)
        return self._classes(bits(reduce(and_, lines, self._everyone)))

    def _classes(self, kinds: Iterable[int]) -> int:
        return reduce(or_, (self._kinds[i][0] for i in kinds), 0)


class _Kind(NamedTuple):
    """What addresses that fare alike are."""

    v4: bool
    judged: bool
    inside: bool
    outside: bool
    tag: bool

    @property
    def is_free(self) -> bool:
        """Of a VNet, and of no NIC."""
        return self.inside and not self.judged


def _kinds(classes: AddressClasses, ends: Sequence[tuple[int, int]]) -> Iterator[tuple[int, _Kind]]:
    """Classes that fare alike, by the sources and destinations of boxes: their mask, and what they are."""
    held: dict[int, list[int]] = {}
    for number, masks in enumerate(ends):
        for side, mask in enumerate(masks):
            for one in bits(mask):
                held.setdefault(one, []).append(2 * number + side)
    alike: dict[tuple[tuple[int, ...], _Kind], int] = {}
    told = (classes.v4, classes.judged, classes.inside, classes.outside, classes.tags)
    for one in bits(classes.everything):
        name = (tuple(held.get(one, ())), _Kind(*(bool(mask >> one & 1) for mask in told)))
        alike[name] = alike.get(name, 0) | 1 << one
    for (_, kind), mask in alike.items():
        yield mask, kind


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


def _pairs(shape: Shape) -> Iterator[tuple[int, int]]:
    """Each of its kinds of services with each of its kinds of sources."""
    sources = list(bits(shape[1]))
    return ((k, i) for k in bits(shape[0]) for i in sources)
