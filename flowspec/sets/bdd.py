"""Sets of flows as binary decision diagrams: exact where boxes are too many to be listed.

Flows are 297 bits in the order that keeps rules small: protocol, destination port, destination, source, source port. An
address has a bit for its family, then 129 for its place in it, of which IPv4 leaves 96 open: a count leaves those out.
The diagrams are oxidd's (Rust, exact counts); it is loaded by the first question that needs it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TypeVar

from oxidd.bdd import BDDFunction, BDDManager

from flowspec.sets.flows import Box, Flow, FlowSet
from flowspec.sets.intervals import (
    NUMBERED_PORTS,
    V4_FAMILY,
    V6_BASE,
    V6_FAMILY,
    AddressSet,
    IntervalSet,
    PortSet,
    Protocol,
    ProtocolSet,
    Span,
)

_NODES = 1 << 25
_CACHE = 1 << 18
"""A larger cache of joins misses the processor's: 1 << 20 takes a quarter longer."""
_KEPT = 12_288
"""Sets of ports and addresses whose diagrams are kept."""
_PROTOCOL, _PORT, _V4, _V6 = 3, 17, 33, 129
_OPEN = _V6 - _V4
S = TypeVar("S", bound=IntervalSet)


@dataclass(frozen=True, slots=True)
class _Block:
    """The bits `first` to `last` of a flow, the highest first, hold a number; `base` is the number of all zeros."""

    first: int
    last: int
    base: int = 0

    @property
    def width(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where the bits of an address are: its family, then its place, of which IPv4 takes the last."""

    family: int

    def block(self, version: int) -> _Block:
        last = self.family + _V6
        return _Block(last - _V4 + 1, last) if version == 4 else _Block(self.family + 1, last, V6_BASE)


_PROTOCOLS = _Block(0, _PROTOCOL - 1)
_DESTINATION_PORTS = _Block(_PROTOCOL, _PROTOCOL + _PORT - 1)
_DESTINATION = _Ends(_DESTINATION_PORTS.last + 1)
_SOURCE = _Ends(_DESTINATION.family + _V6 + 1)
_SOURCE_PORTS = _Block(_SOURCE.family + _V6 + 1, _SOURCE.family + _V6 + _PORT)
_BITS = _SOURCE_PORTS.last + 1


class Space:
    """All flows; diagrams of one space can be joined."""

    def __init__(self) -> None:
        self._manager = BDDManager(_NODES, _CACHE, 1)
        self._manager.add_vars(_BITS)
        self.none, self.all = self._manager.false(), self._manager.true()
        self._bits = [self._manager.var(number) for number in range(_BITS)]
        self._known: dict[tuple[object, ...], BDDFunction] = {}

    def box(self, box: Box) -> BDDFunction:
        ports = self._ports(_SOURCE_PORTS, box.source_ports)
        found = self._addresses(_SOURCE, box.sources) & ports
        found = self._addresses(_DESTINATION, box.destinations) & found
        found = self._ports(_DESTINATION_PORTS, box.destination_ports) & found
        return self._ports(_PROTOCOLS, box.protocols) & found

    def among(self, kind: Box, box: Box) -> BDDFunction:
        """A box where only flows of a kind (of one family to one) count: what all of them have takes no bits."""
        found = self._among_ports(_SOURCE_PORTS, kind.source_ports, box.source_ports)
        found = self._among_addresses(_SOURCE, kind.sources, box.sources) & found
        found = self._among_addresses(_DESTINATION, kind.destinations, box.destinations) & found
        found = self._among_ports(_DESTINATION_PORTS, kind.destination_ports, box.destination_ports) & found
        return found if kind.protocols.is_subset(box.protocols) else self._ports(_PROTOCOLS, box.protocols) & found

    def union(self, found: list[BDDFunction]) -> BDDFunction:
        """Joined in pairs: a long chain would grow the first of them again and again."""
        while len(found) > 1:
            odd = found[-1:] if len(found) % 2 else []
            found = [a | b for a, b in zip(found[::2], found[1::2], strict=False)] + odd
        return found[0] if found else self.none

    def without(self, diagram: BDDFunction, other: BDDFunction) -> BDDFunction:
        return other.imp_strict(diagram)

    def count(self, diagram: BDDFunction) -> int:
        """How many flows, exactly."""
        total = 0
        for source in (4, 6):
            of_source = diagram & self._family(_SOURCE, source)
            for destination in (4, 6):
                both = of_source & self._family(_DESTINATION, destination)
                if both.satisfiable():
                    total += both.sat_count(_BITS - _OPEN * ((source == 4) + (destination == 4)))
        return total

    def witness(self, diagram: BDDFunction) -> Flow | None:
        """One flow."""
        picked = diagram.pick_cube()
        if picked is None:
            return None
        bits = [bool(bit) for bit in picked]
        return Flow(
            protocol=Protocol(_number(bits, _PROTOCOLS)),
            source=_number(bits, _SOURCE.block(6 if bits[_SOURCE.family] else 4)),
            source_port=_number(bits, _SOURCE_PORTS),
            destination=_number(bits, _DESTINATION.block(6 if bits[_DESTINATION.family] else 4)),
            destination_port=_number(bits, _DESTINATION_PORTS),
        )

    def addresses(self, diagram: BDDFunction, *, of_source: bool) -> AddressSet:
        """The addresses at one end of any of the flows."""
        ends = _SOURCE if of_source else _DESTINATION
        own = range(ends.family, ends.family + _V6 + 1)
        others = self.all
        for bit in reversed([bit for number, bit in enumerate(self._bits) if number not in own]):
            others = others & bit
        spans = self._parted(diagram.exists(others), ends).values()
        return AddressSet.of(span for found in spans for span in found)

    def boxes(self, diagram: BDDFunction) -> Iterator[Box]:
        """Disjoint boxes that are all of it, made as they are asked for."""
        for after_protocol, protocols in _parted(diagram, _PROTOCOLS).items():
            for after_port, destination_ports in _parted(after_protocol, _DESTINATION_PORTS).items():
                for after_destination, destinations in self._parted(after_port, _DESTINATION).items():
                    for after_source, sources in self._parted(after_destination, _SOURCE).items():
                        for source_ports in _parted(after_source, _SOURCE_PORTS).values():
                            yield Box(
                                protocols=ProtocolSet.of(protocols),
                                sources=AddressSet.of(sources),
                                source_ports=PortSet.of(source_ports),
                                destinations=AddressSet.of(destinations),
                                destination_ports=PortSet.of(destination_ports),
                            )

    def _family(self, ends: _Ends, version: int) -> BDDFunction:
        bit = self._bits[ends.family]
        return bit if version == 6 else ~bit

    def flows(self, boxes: Iterable[Box]) -> DiagramSet:
        """The union of any boxes."""
        return DiagramSet(self.union([self.box(box) for box in boxes if not box.is_empty()]), self)

    def _ports(self, block: _Block, ports: IntervalSet) -> BDDFunction:
        return self._once(("ports", block, ports), lambda: self._spans(block, ports))

    def _addresses(self, ends: _Ends, addresses: AddressSet) -> BDDFunction:
        return self._once(("addresses", ends, addresses), lambda: self._places(ends, addresses))

    def _family_places(self, ends: _Ends, version: int, addresses: AddressSet) -> BDDFunction:
        return self._once(("family", ends, version, addresses), lambda: self._places_in(ends, version, addresses))

    def _once(self, what: tuple[object, ...], make: Callable[[], BDDFunction]) -> BDDFunction:
        """Made once, as long as there is room; a bound method in an `lru_cache` would keep the space alive."""
        found = self._known.get(what)
        if found is None:
            found = make()
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[what] = found
        return found

    def _among_ports(self, block: _Block, kind: PortSet, ports: PortSet) -> BDDFunction:
        if kind.is_subset(ports):
            return self.all
        if kind == NUMBERED_PORTS:
            return self._ports(_Block(block.first + 1, block.last), ports.intersect(kind))
        return self._ports(block, ports)

    def _among_addresses(self, ends: _Ends, kind: AddressSet, addresses: AddressSet) -> BDDFunction:
        if kind.is_subset(addresses):
            return self.all
        return self._family_places(ends, 4 if kind == V4_FAMILY else 6, addresses)

    def _places_in(self, ends: _Ends, version: int, addresses: AddressSet) -> BDDFunction:
        return self._spans(ends.block(version), addresses.intersect(V4_FAMILY if version == 4 else V6_FAMILY))

    def _places(self, ends: _Ends, addresses: AddressSet) -> BDDFunction:
        v4, v6 = (self._family_places(ends, version, addresses) for version in (4, 6))
        return self._bits[ends.family].ite(v6, v4)

    def _spans(self, block: _Block, members: IntervalSet) -> BDDFunction:
        spans = [(low - block.base, high - block.base) for low, high in members.spans]
        return self._within(block, spans, (0, (1 << block.width) - 1))

    def _within(self, block: _Block, spans: Sequence[Span], place: Span) -> BDDFunction:
        """Spans that meet a place: numbers alike in their high bits."""
        if not spans:
            return self.none
        (first, last), (low, high) = spans[0], place
        if first <= low and last >= high:
            return self.all
        if len(spans) == 1 and _is_prefix(first, last):
            return self._prefix(block, spans[0], place)
        middle = (low + high + 1) >> 1
        at = bisect_left(spans, (middle,))
        reaches = at and spans[at - 1][1] >= middle
        below = self._within(block, spans[:at], (low, middle - 1)) if at else self.none
        above = self._within(block, spans[at - 1 if reaches else at :], (middle, high))
        if below == above:
            return below
        return self._bits[block.last + 1 - (high - low).bit_length()].ite(above, below)

    def _prefix(self, block: _Block, span: Span, place: Span) -> BDDFunction:
        """A prefix inside of a place, bit for bit."""
        first, last = span
        found = self.all
        for at in range((last - first).bit_length(), (place[1] - place[0]).bit_length()):
            bit = self._bits[block.last - at]
            found = bit & found if first >> at & 1 else bit.imp_strict(found)
        return found

    def _parted(self, diagram: BDDFunction, ends: _Ends) -> dict[BDDFunction, list[Span]]:
        found: dict[BDDFunction, list[Span]] = {}
        for version in (4, 6):
            block = ends.block(version)
            chosen = _at(diagram, ends.family, version == 6)
            for after, spans in _parted(chosen, block).items():
                found.setdefault(after, []).extend((low + block.base, high + block.base) for low, high in spans)
        return found


def _is_prefix(low: int, high: int) -> bool:
    size = high - low + 1
    return not (size & size - 1 or low & size - 1)


def _number(bits: list[bool], block: _Block) -> int:
    return block.base + sum(bit << at for at, bit in enumerate(reversed(bits[block.first : block.last + 1])))


def _at(diagram: BDDFunction, level: int, value: bool) -> BDDFunction:
    """What is left of a diagram whose bits begin at `level` or later, that bit given."""
    if diagram.node_level() != level:
        return diagram
    found = diagram.cofactors()
    assert found is not None
    return found[0] if value else found[1]


def _parted(diagram: BDDFunction, block: _Block) -> dict[BDDFunction, list[Span]]:
    """The values of a block by what is left of the diagram behind it; what nothing is left of is left out."""

    @cache
    def part(node: BDDFunction, level: int) -> dict[BDDFunction, list[Span]]:
        if not node.satisfiable():
            return {}
        own = node.node_level()
        if own is None or own > block.last:
            return {node: [(0, (1 << block.last + 1 - level) - 1)]}
        half = 1 << block.last - level
        found = {after: list(spans) for after, spans in part(_at(node, level, False), level + 1).items()}
        for after, spans in part(_at(node, level, True), level + 1).items():
            found.setdefault(after, []).extend((low + half, high + half) for low, high in spans)
        return found

    found = part(diagram, block.first)
    part.cache_clear()  # it holds itself, and with it diagrams, until somebody looks for cycles
    return found


@dataclass(frozen=True, slots=True)
class DiagramSet:
    """A set of flows with the verbs of `FlowSet`, however many boxes it would take."""

    diagram: BDDFunction
    space: Space

    def of(self, boxes: Iterable[Box]) -> DiagramSet:
        """The union of any boxes, in the same space."""
        return self.space.flows(boxes)

    def union_all(self, sets: Iterable[DiagramSet]) -> DiagramSet:
        """All flows of the sets."""
        return DiagramSet(self.space.union([flows.diagram for flows in sets]), self.space)

    def disjoint(self, sets: Iterable[DiagramSet]) -> DiagramSet:
        """All flows of sets that share none; to diagrams that makes no difference."""
        return self.union_all(sets)

    def union(self, other: DiagramSet) -> DiagramSet:
        return DiagramSet(self.diagram | other.diagram, self.space)

    def intersect(self, other: DiagramSet) -> DiagramSet:
        return DiagramSet(self.diagram & other.diagram, self.space)

    def subtract(self, other: DiagramSet) -> DiagramSet:
        return DiagramSet(self.space.without(self.diagram, other.diagram), self.space)

    def is_subset(self, other: DiagramSet) -> bool:
        return self.subtract(other).is_empty()

    def is_empty(self) -> bool:
        return not self.diagram.satisfiable()

    def count(self) -> int:
        return self.space.count(self.diagram)

    def witness(self) -> Flow | None:
        return self.space.witness(self.diagram)

    def addresses(self, *, of_source: bool) -> AddressSet:
        """The addresses at one end of any of the flows."""
        return self.space.addresses(self.diagram, of_source=of_source)

    def boxes(self, limit: int | None = None) -> FlowSet:
        """As boxes; the first `limit` of them."""
        return FlowSet(tuple(islice(self.space.boxes(self.diagram), limit)))

    def __bool__(self) -> bool:
        return self.diagram.satisfiable()
