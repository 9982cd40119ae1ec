"""Sets of flows -> boxes of text for the report: few, bounded, with their exact number and one flow as an example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from flowspec.intents.cover import count_apart
from flowspec.intents.example import example_flow
from flowspec.model.documents.plan import ExampleFlow, Pair, SideBox, Total
from flowspec.model.documents.values import UNSET, UnsetType
from flowspec.model.inventory import Direction
from flowspec.reporting.set_names import SetNames
from flowspec.sets.address import address_text, prefix_texts
from flowspec.sets.flows import Box, FlowSet, between
from flowspec.sets.intervals import (
    ALL_PROTOCOLS,
    NO_ADDRESSES,
    NO_PORT,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    AddressSet,
    PortSet,
    Protocol,
    is_point,
)
from flowspec.sets.sample import Sample
from flowspec.sets.written import port_text

_TRIED = 20
"""Boxes in which an example is looked for that is nobody's reserved address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe:
    """Writes sets of flows. `points` names what has no address; no list grows beyond `max_boxes`.

    `reserved`: addresses that nobody has, which are no examples. `unheld`: those of VNets that nobody holds yet.
    `names`: what sets of addresses are called, if boxes are to say so.

    The text of a set is kept: the prefixes of one tag stand in many boxes.
    """

    points: Mapping[int, str]
    max_boxes: int = 1000
    reserved: AddressSet = NO_ADDRESSES
    unheld: AddressSet = NO_ADDRESSES
    names: SetNames | None = None
    _texts: dict[int, tuple[AddressSet, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def nameless(self) -> Scribe:
        """The same, with prefixes alone."""
        return replace(self, names=None)

    def free(self, sets: Iterable[FlowSet]) -> str:
        """How many flows are of addresses that nobody holds."""
        nobody = FlowSet((between(self.unheld), between(destinations=self.unheld)))
        held = [flows.subtract(nobody) if self.unheld else flows for flows in sets]
        return str(sum(flows.count() for flows in sets) - sum(flows.count() for flows in held))

    def pairs(self, flows: FlowSet, oneself: AddressSet = NO_ADDRESSES) -> tuple[tuple[Pair, ...], Total]:
        """A set seen from outside. Flows from an address of `oneself` to itself are no part of it."""
        found: list[Pair] = []
        truncated = False
        for protocol, box in _rows(flows.boxes):
            if oneself and count_apart(box, oneself) == 0:
                continue
            if len(found) == self.max_boxes:
                truncated = True
                break
            found.append(self._pair(protocol, box, oneself))
        return tuple(found), self.total(flows, oneself, truncated=truncated)

    def side(self, flows: FlowSet, direction: Direction) -> tuple[tuple[SideBox, ...], Total]:
        """A set seen from one end: the destination's when Inbound."""
        pairs, total = self.pairs(flows)
        return tuple(_turned(pair, direction) for pair in pairs), total

    def _pair(self, protocol: str, box: Box, oneself: AddressSet) -> Pair:
        return Pair(
            protocol=protocol,
            source=self._addresses(box.sources),
            source_ports=_ports(box.source_ports),
            destination=self._addresses(box.destinations),
            destination_ports=_ports(box.destination_ports),
            except_self=bool(oneself) and box.sources.intersect(box.destinations).meets(oneself),
            source_named=self._named(box.sources),
            destination_named=self._named(box.destinations),
        )

    def _named(self, addresses: AddressSet) -> str | UnsetType:
        return (self.names.name(addresses) if self.names is not None else "") or UNSET

    def _addresses(self, addresses: AddressSet) -> tuple[str, ...]:
        if id(addresses) not in self._texts:
            named = [f"<{self.points[place]}>" for place in _points_in(addresses, self.points)]
            self._texts[id(addresses)] = addresses, (*prefix_texts(addresses), *named)
        return self._texts[id(addresses)][1]

    def total(self, flows: FlowSet, oneself: AddressSet, *, truncated: bool) -> Total:
        """How many flows a set has, and one of them."""
        is_sample = isinstance(flows, Sample)
        count = flows.count() if is_sample else sum(count_apart(box, oneself) for box in flows.boxes)
        return Total(count=str(count), example=self.example(flows, oneself), truncated=truncated or is_sample)

    def example(self, flows: FlowSet, oneself: AddressSet = NO_ADDRESSES) -> ExampleFlow | None:
        """One flow of a set that reads like real traffic; None of an empty set."""
        flow = example_flow(self._used(flows), oneself) or example_flow(flows, oneself)
        if flow is None:
            return None
        return ExampleFlow(
            protocol=flow.protocol.name,
            source=self.place_text(flow.source),
            source_port=None if flow.source_port == NO_PORT else flow.source_port,
            destination=self.place_text(flow.destination),
            destination_port=None if flow.destination_port == NO_PORT else flow.destination_port,
        )

    def _used(self, flows: FlowSet) -> FlowSet:
        """Of the first flows of a set, those between addresses that somebody may have."""
        used = (
            replace(box, sources=box.sources.subtract(self.reserved),
                    destinations=box.destinations.subtract(self.reserved))
            for box in flows.boxes[:_TRIED]
        )  # fmt: skip
        return FlowSet(tuple(box for box in used if box.sources and box.destinations))

    def place_text(self, place: int) -> str:
        return f"<{self.points[place]}>" if is_point(place) else address_text(place)


def _points_in(addresses: AddressSet, points: Mapping[int, str]) -> list[int]:
    return [place for place in sorted(points) if place in addresses] if points else []


def _turned(pair: Pair, direction: Direction) -> SideBox:
    here = (pair.source, pair.source_ports, pair.source_named)
    there = (pair.destination, pair.destination_ports, pair.destination_named)
    local, remote = (there, here) if direction is Direction.INBOUND else (here, there)
    return SideBox(
        protocol=pair.protocol,
        local=local[0],
        local_ports=local[1],
        remote=remote[0],
        remote_ports=remote[1],
        local_named=local[2],
        remote_named=remote[2],
    )


def _ports(ports: PortSet) -> tuple[str, ...]:
    return tuple(map(port_text, ports.intersect(NUMBERED_PORTS).spans))


def _rows(boxes: Iterable[Box]) -> Iterator[tuple[str, Box]]:
    """Boxes by protocol; where every protocol passes on every port, one row `*` stands for all."""
    boxes = list(boxes)
    portless = {(b.sources, b.destinations) for b in boxes if b.protocols == PORTLESS}
    whole = {
        (b.sources, b.destinations)
        for b in boxes
        if b.protocols == PORTED
        and b.source_ports.spans == NUMBERED_PORTS.spans
        and b.destination_ports.spans == NUMBERED_PORTS.spans
        and (b.sources, b.destinations) in portless
    }
    for box in boxes:
        ends = (box.sources, box.destinations)
        if ends in whole and box.protocols in (PORTED, PORTLESS):
            if box.protocols == PORTED:
                yield "*", box
            continue
        if box.protocols == ALL_PROTOCOLS:
            yield "*", box
            continue
        for protocol in box.protocols:
            yield Protocol(protocol).name, box
