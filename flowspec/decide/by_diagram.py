"""A policy -> for each answer the diagram of all flows that get it: what questions of any width are cut out of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from oxidd.bdd import BDDFunction

from flowspec.decide.exact import NOTHING, Carried, Part, Ruling, judge, part_of
from flowspec.model.inventory import Access
from flowspec.policy.layers import Layer, Policy, Variant
from flowspec.sets.bdd import DiagramSet, Space
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet
from flowspec.sets.intervals import (
    ALL_PORTS,
    ALL_PROTOCOLS,
    FAMILIES,
    NO_PORTS,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    AddressSet,
    IntervalSet,
    PortSet,
    Protocol,
    ProtocolSet,
    Span,
)

_Service = tuple[ProtocolSet, PortSet, PortSet]
"""Protocols, source ports and destination ports."""
_SERVICES: tuple[_Service, ...] = (
    (ProtocolSet.one(Protocol.TCP), NUMBERED_PORTS, NUMBERED_PORTS),
    (ProtocolSet.one(Protocol.UDP), NUMBERED_PORTS, NUMBERED_PORTS),
    (PORTED, NO_PORTS, ALL_PORTS),
    (PORTED, NUMBERED_PORTS, NO_PORTS),
    (PORTLESS, ALL_PORTS, ALL_PORTS),
)
"""All there are, in pieces: most questions touch one of the first two, and the others are not worked out for them."""
_ALL_SERVICES: tuple[_Service, ...] = ((ALL_PROTOCOLS, ALL_PORTS, ALL_PORTS),)
_FEW = 8
_MOST = 0.75
"""Questions that are worth an answer of their own, and the part of the rules above which they are not."""
_Seen = tuple[Variant, ...]


class Diagrams:
    """The regions of a policy, worked out once for each kind of flow that is asked about: protocol, families, ports."""

    def __init__(self, policy: Policy, space: Space) -> None:
        self._policy, self._space = policy, space
        self._answers: dict[Box, dict[Ruling, BDDFunction]] = {}
        self._accesses: dict[Box, dict[Access | None, BDDFunction]] = {}
        self._allowed: dict[Box, _Allowed] = {}

    def shares(self, asked: FlowSet) -> Mapping[Access | None, DiagramSet]:
        """Access (None: unknown) -> the flows of a question that come to it; those that have any."""
        found: dict[Access | None, list[BDDFunction]] = {}
        for kind, flows in _by_kind(asked, _SERVICES):
            for access, shared in self._shared(kind, flows):
                if shared.satisfiable():
                    found.setdefault(access, []).append(shared)
        return {access: DiagramSet(self._space.union(held), self._space) for access, held in found.items()}

    def parts(self, asked: FlowSet) -> Iterator[tuple[Part, DiagramSet]]:
        """The parts of the verdict on a question, as `decide` tells them, and beside each its flows."""
        found: dict[Part, list[BDDFunction]] = {}
        for kind, flows in _by_kind(asked, _ALL_SERVICES):
            diagram = self._space.flows(flows.boxes).diagram
            for answer, region in self._by_answer(kind).items():
                if (shared := region & diagram).satisfiable():
                    found.setdefault(part_of(answer, NO_FLOWS), []).append(shared)
        for part, held in found.items():
            yield part, DiagramSet(self._space.union(held), self._space)

    def _shared(self, kind: Box, flows: FlowSet) -> Iterator[tuple[Access | None, BDDFunction]]:
        diagram = self._space.flows(flows.boxes).diagram
        if _is_certain(self._policy, kind):
            if kind not in self._allowed:
                self._allowed[kind] = _Allowed(self._policy, self._space, kind, _FEW + len(self._allowed))
            allowed = self._allowed[kind].of(flows)
            yield Access.ALLOW, diagram & allowed
            yield Access.DENY, self._space.without(diagram, allowed)
        else:
            for access, region in self._by_access(kind).items():
                yield access, diagram & region

    def _by_access(self, kind: Box) -> Mapping[Access | None, BDDFunction]:
        if kind not in self._accesses:
            found: dict[Access | None, list[BDDFunction]] = {}
            for (access, _, _), region in self._by_answer(kind).items():
                found.setdefault(access, []).append(region)
            self._accesses[kind] = {access: self._space.union(held) for access, held in found.items()}
        return self._accesses[kind]

    def _by_answer(self, kind: Box) -> Mapping[Ruling, BDDFunction]:
        if kind not in self._answers:
            self._answers[kind] = _regions(self._policy, self._space, self._space.box(kind))
        return self._answers[kind]


class _Allowed:
    """What a policy allows of a kind of flow; nothing is in doubt, so it takes no walk.

    Most policies are asked little, and a question cut out of the rules that it meets costs a tenth of the whole kind:
    as many as `patience` are answered one by one. It differs from kind to kind, so that no question waits for two.
    """

    def __init__(self, policy: Policy, space: Space, kind: Box, patience: int) -> None:
        self._space, self._kind, self._patience = space, kind, patience
        self._layers = [[v for v in layer.variants if v.box.meets(kind)] for layer in policy.layers]
        self._whole: BDDFunction | None = None

    def of(self, flows: FlowSet) -> BDDFunction:
        """What is allowed of some flows of the kind; of others it says nothing."""
        if self._whole is None:
            bounds = _bounds(flows)
            layers = [[v for v in variants if v.box.meets(bounds)] for variants in self._layers]
            if self._patience > 0 and sum(map(len, layers)) < _MOST * sum(map(len, self._layers)):
                self._patience -= 1
                return self._within(bounds, layers)
            self._whole = self._within(self._kind, self._layers)
        return self._whole

    def _within(self, bounds: Box, layers: list[list[Variant]]) -> BDDFunction:
        place = _Place(self._space, self._kind, None if bounds == self._kind else self._space.box(bounds))
        allowed = self._space.all
        for variants in layers:
            allowed = allowed & place.first_allowed(variants)
        return allowed


@dataclass(frozen=True, slots=True)
class _Place:
    """Some of a kind of flow. It cuts rules as diagrams, so that a long tag is drawn once for all places."""

    space: Space
    kind: Box
    flows: BDDFunction | None
    """None: all of the kind."""

    def first_allowed(self, variants: Sequence[Variant]) -> BDDFunction:
        """What some variants allow, the first that matches deciding."""
        if len(variants) == 1:
            return self.taken(variants)[1]
        half = len(variants) // 2
        matched, allowed = self.taken(variants[:half])
        return matched.ite(allowed, self.first_allowed(variants[half:]))

    def taken(self, variants: Sequence[Variant]) -> tuple[BDDFunction, BDDFunction]:
        """What some variants match, and what they allow of it. Halves are joined: most joins are of small ones."""
        if len(variants) == 1:
            box = self.space.among(self.kind, variants[0].box)
            box = box if self.flows is None else box & self.flows
            return box, self.space.none if variants[0].decider.access is Access.DENY else box
        half = len(variants) // 2
        matched, allowed = self.taken(variants[:half])
        then_matched, then_allowed = self.taken(variants[half:])
        return matched | then_matched, matched.ite(allowed, then_allowed)


def _by_kind(asked: FlowSet, services: Iterable[_Service]) -> Iterator[tuple[Box, FlowSet]]:
    """The question in pieces, each with flows of some protocols and ports between its families."""
    for protocols, source_ports, destination_ports in services:
        for sources in FAMILIES:
            for destinations in FAMILIES:
                kind = Box(
                    protocols=protocols,
                    sources=sources,
                    source_ports=source_ports,
                    destinations=destinations,
                    destination_ports=destination_ports,
                )
                boxes = tuple(box.intersect(kind) for box in asked.boxes if box.meets(kind))
                if boxes:
                    yield kind, FlowSet(boxes)


def _bounds(flows: FlowSet) -> Box:
    """From the lowest to the highest value in each dimension."""
    return Box(
        protocols=ProtocolSet((_bound(box.protocols for box in flows.boxes),)),
        sources=AddressSet((_bound(box.sources for box in flows.boxes),)),
        source_ports=PortSet((_bound(box.source_ports for box in flows.boxes),)),
        destinations=AddressSet((_bound(box.destinations for box in flows.boxes),)),
        destination_ports=PortSet((_bound(box.destination_ports for box in flows.boxes),)),
    )


def _bound(sets: Iterable[IntervalSet]) -> Span:
    spans = [span for found in sets for span in (found.spans[0], found.spans[-1])]
    return min(low for low, _ in spans), max(high for _, high in spans)


def _is_certain(policy: Policy, kind: Box) -> bool:
    return not any(layer.admin or (v.doubts and v.box.meets(kind)) for layer in policy.layers for v in layer.variants)


def _regions(policy: Policy, space: Space, everything: BDDFunction) -> dict[Ruling, BDDFunction]:
    """The walk of `decide`, over diagrams."""
    found: dict[Ruling, BDDFunction] = {}
    open_: dict[Carried, BDDFunction] = {NOTHING: everything}
    for layer in policy.layers:
        following: dict[Carried, list[BDDFunction]] = {}
        for carried, flows in open_.items():
            for variant, seen, hits in _first_matches(layer, space, flows):
                answer, onward = judge(layer, carried, variant, seen, layer is policy.layers[-1])
                if answer is None:
                    following.setdefault(onward, []).append(hits)
                else:
                    found[answer] = found[answer] | hits if answer in found else hits
        open_ = {carried: space.union(held) for carried, held in following.items()}
    return found


def _first_matches(layer: Layer, space: Space, flows: BDDFunction) -> Iterable[tuple[Variant, _Seen, BDDFunction]]:
    """Each certain variant with what it decides, parted by the doubtful ones before it."""
    left: dict[_Seen, BDDFunction] = {(): flows}
    for variant in layer.variants:
        box = space.box(variant.box)
        following: dict[_Seen, list[BDDFunction]] = {}
        for seen, held in left.items():
            if variant.doubts and any(earlier.doubts <= variant.doubts for earlier in seen):
                following.setdefault(seen, []).append(held)
                continue
            hits = held & box
            if not hits.satisfiable():
                following.setdefault(seen, []).append(held)
                continue
            if (rest := space.without(held, box)).satisfiable():
                following.setdefault(seen, []).append(rest)
            if variant.doubts:
                following.setdefault((*seen, variant), []).append(hits)
            else:
                yield variant, seen, hits
        left = {seen: space.union(held) for seen, held in following.items()}
