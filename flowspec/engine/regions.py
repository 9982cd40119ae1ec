"""A policy -> for each answer the diagram of all flows that get it: what questions of any width are cut out of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from oxidd.bdd import BDDFunction

from flowspec.engine.decide import NOTHING, Answer, Carried, Part, judge, part_of
from flowspec.engine.diagrams import DiagramSet, space
from flowspec.engine.policy import Layer, Policy, Variant
from flowspec.model.inventory import Access
from flowspec.model.netset import (
    ALL_PORTS,
    ALL_PROTOCOLS,
    FAMILIES,
    NO_FLOWS,
    PORTED,
    PORTLESS,
    Box,
    FlowSet,
    ProtocolSet,
)

_Seen = tuple[Variant, ...]


class Diagrams:
    """The regions of a policy, worked out once for each kind of flow that is asked about: families, ports or none."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._answers: dict[Box, dict[Answer, BDDFunction]] = {}
        self._accesses: dict[Box, dict[Access | None, BDDFunction]] = {}

    def shares(self, asked: FlowSet) -> Mapping[Access | None, DiagramSet]:
        """Access (None: unknown) -> the flows of a question that come to it; those that have any."""
        found: dict[Access | None, list[BDDFunction]] = {}
        for kind, diagram in _by_kind(asked, (PORTED, PORTLESS)):
            for access, region in self._by_access(kind).items():
                if (shared := region & diagram).satisfiable():
                    found.setdefault(access, []).append(shared)
        return {access: DiagramSet(space().union(held)) for access, held in found.items()}

    def parts(self, asked: FlowSet) -> Iterator[tuple[Part, DiagramSet]]:
        """The parts of the verdict on a question, as `decide` tells them, and beside each its flows."""
        found: dict[Part, list[BDDFunction]] = {}
        for kind, diagram in _by_kind(asked, (ALL_PROTOCOLS,)):
            for answer, region in self._by_answer(kind).items():
                if (shared := region & diagram).satisfiable():
                    found.setdefault(part_of(answer, NO_FLOWS), []).append(shared)
        for part, held in found.items():
            yield part, DiagramSet(space().union(held))

    def other_than(self, asked: FlowSet, access: Access) -> DiagramSet:
        """The flows of a question that are not surely of an access."""
        others = [held.diagram for found, held in self.shares(asked).items() if found is not access]
        return DiagramSet(space().union(others))

    def _by_access(self, kind: Box) -> Mapping[Access | None, BDDFunction]:
        if kind not in self._accesses:
            self._accesses[kind] = self._folded(kind) if _is_certain(self._policy, kind) else self._unfolded(kind)
        return self._accesses[kind]

    def _folded(self, kind: Box) -> dict[Access | None, BDDFunction]:
        """Nothing is in doubt, so it takes no walk: what a layer allows is joined from its halves."""
        allowed = space().box(kind)
        for layer in self._policy.layers:
            variants = [variant for variant in layer.variants if variant.box.meets(kind)]
            allowed = allowed & _taken(variants, kind)[1]
        return {Access.ALLOW: allowed, Access.DENY: space().without(space().box(kind), allowed)}

    def _unfolded(self, kind: Box) -> dict[Access | None, BDDFunction]:
        found: dict[Access | None, list[BDDFunction]] = {}
        for (access, _, _), region in self._by_answer(kind).items():
            found.setdefault(access, []).append(region)
        return {access: space().union(held) for access, held in found.items()}

    def _by_answer(self, kind: Box) -> Mapping[Answer, BDDFunction]:
        if kind not in self._answers:
            self._answers[kind] = _regions(self._policy, space().box(kind))
        return self._answers[kind]


def _by_kind(asked: FlowSet, protocols: Iterable[ProtocolSet]) -> Iterator[tuple[Box, BDDFunction]]:
    """The question in pieces, each with all flows of some protocols between its families."""
    for some in protocols:
        for sources in FAMILIES:
            for destinations in FAMILIES:
                kind = Box(some, sources, ALL_PORTS, destinations, ALL_PORTS)
                diagram = DiagramSet.of(box.intersect(kind) for box in asked.boxes).diagram
                if diagram.satisfiable():
                    yield kind, diagram


def _is_certain(policy: Policy, kind: Box) -> bool:
    return not any(layer.admin or (v.doubts and v.box.meets(kind)) for layer in policy.layers for v in layer.variants)


def _taken(variants: Sequence[Variant], kind: Box) -> tuple[BDDFunction, BDDFunction]:
    """What some variants match, and what they allow of it. Halves are joined, so that most joins are of small ones."""
    if len(variants) == 1:
        box = space().box(variants[0].box.intersect(kind))
        return box, space().none if variants[0].decider.access is Access.DENY else box
    half = len(variants) // 2
    matched, allowed = _taken(variants[:half], kind)
    then_matched, then_allowed = _taken(variants[half:], kind)
    return matched | then_matched, allowed | space().without(then_allowed, matched)


def _regions(policy: Policy, everything: BDDFunction) -> dict[Answer, BDDFunction]:
    """The walk of `decide`, over diagrams."""
    found: dict[Answer, BDDFunction] = {}
    open_: dict[Carried, BDDFunction] = {NOTHING: everything}
    for layer in policy.layers:
        following: dict[Carried, list[BDDFunction]] = {}
        for carried, flows in open_.items():
            for variant, seen, hits in _first_matches(layer, flows):
                answer, onward = judge(layer, carried, variant, seen, layer is policy.layers[-1])
                if answer is None:
                    following.setdefault(onward, []).append(hits)
                else:
                    found[answer] = found[answer] | hits if answer in found else hits
        open_ = {carried: space().union(held) for carried, held in following.items()}
    return found


def _first_matches(layer: Layer, flows: BDDFunction) -> Iterable[tuple[Variant, _Seen, BDDFunction]]:
    """Each certain variant with what it decides, parted by the doubtful ones before it."""
    left: dict[_Seen, BDDFunction] = {(): flows}
    for variant in layer.variants:
        box = space().box(variant.box)
        following: dict[_Seen, list[BDDFunction]] = {}
        for seen, held in left.items():
            if variant.doubts and any(earlier.doubts <= variant.doubts for earlier in seen):
                following.setdefault(seen, []).append(held)
                continue
            hits = held & box
            if not hits.satisfiable():
                following.setdefault(seen, []).append(held)
                continue
            if (rest := space().without(held, box)).satisfiable():
                following.setdefault(seen, []).append(rest)
            if variant.doubts:
                following.setdefault((*seen, variant), []).append(hits)
            else:
                yield variant, seen, hits
        left = {seen: space().union(held) for seen, held in following.items()}
