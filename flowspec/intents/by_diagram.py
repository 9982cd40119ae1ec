"""Questions that policies cut into very many pieces -> judged by diagrams: exact, but listed in part only.

What takes thousands of boxes to list takes a diagram no longer to decide. The status, the numbers of flows and what a
proof compares are exact; of the flows themselves a `Sample` stands for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flowspec.decide.by_diagram import Diagrams
from flowspec.decide.exact import Verdict
from flowspec.intents.judgement import Judgement, Shattered, Unsure
from flowspec.intents.questions import Question
from flowspec.intents.sides import Party
from flowspec.intents.summary import Outline
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import Boundary
from flowspec.model.spec import Side as At
from flowspec.network.path import Detour
from flowspec.policy.layers import Policy
from flowspec.sets.bdd import DiagramSet
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, single
from flowspec.sets.intervals import ALL_ADDRESSES, ALL_PORTS, ALL_PROTOCOLS, AddressSet
from flowspec.sets.sample import Sample

_LISTED = 1000
_TOLD = 3
_SELVES = 10_000
"""Addresses that are not judged against themselves, each of which takes a diagram of its own."""
Narrowed = tuple[Party, Direction, list[tuple[Policy, Box]]]
"""A party, and its policy narrowed to each box that it is asked about."""
Decide = Callable[[Policy, FlowSet], Verdict]
"""What a policy says of some flows, as boxes."""
Shares = Mapping[Access | None, DiagramSet]
_NONE = DiagramSet.of(())


@dataclass(frozen=True, slots=True)
class Piece:
    """One side decided: a party, its direction, and how much of what it was asked gets each access."""

    party: Party
    direction: Direction
    shares: Shares

    @property
    def allowed(self) -> DiagramSet:
        return self.shares.get(Access.ALLOW, _NONE)

    @property
    def denied(self) -> DiagramSet:
        return self.shares.get(Access.DENY, _NONE)

    @property
    def unknown(self) -> DiagramSet:
        return self.shares.get(None, _NONE)

    @property
    def open(self) -> DiagramSet:
        return self.allowed.union(self.unknown)


def shares(policies: Iterable[tuple[Policy, Box]]) -> Shares:
    """What policies, each narrowed to a box, say of the box."""
    found: dict[Access | None, DiagramSet] = {}
    for policy, box in policies:
        for access, flows in Diagrams(policy).shares(FlowSet((box,))).items():
            found[access] = found[access].union(flows) if access in found else flows
    return found


def accesses(policies: Iterable[tuple[Policy, Box]]) -> frozenset[Access | None]:
    """The answers that policies, each narrowed to a box, have for the box; unknown where no diagram can tell."""
    try:
        return frozenset(shares(policies))
    except MemoryError:
        return frozenset({None})


def judgement(
    question: Question, outline: Outline, asked: list[Narrowed], detours: list[Detour], decide: Decide
) -> Judgement:
    """The same joining of both sides as `drift` does with boxes; what no diagram can hold is unknown."""
    try:
        return _judgement(question, outline, asked, detours, decide)
    except MemoryError:  # of the diagrams' own store, which is bounded
        why = "its flows fall into more pieces than can be judged at once"
        unsure = Unsure(question.asked, why, "ask about fewer ports or addresses at once")
        return Judgement(question=question, status=Status.UNKNOWN, checks=(), unsure=(unsure,), outline=outline)


def _judgement(
    question: Question, outline: Outline, asked: list[Narrowed], detours: list[Detour], decide: Decide
) -> Judgement:
    if question.oneself.count() > _SELVES:
        raise MemoryError
    pieces = [Piece(party, direction, shares(narrowed)) for party, direction, narrowed in asked]
    selves = DiagramSet.of(_box(AddressSet.one(place), AddressSet.one(place)) for place in question.oneself)
    everything = DiagramSet.of(question.asked.boxes).subtract(selves)
    bad, undecided = (flows.intersect(everything) for flows in _wrong(question, pieces, everything))
    apart = DiagramSet.of(_box(detour.sources, detour.destinations) for detour in detours).intersect(everything)
    undecided = undecided.union(apart).subtract(bad)
    rest = everything.subtract(bad).subtract(undecided)
    passing, stopped = (rest, bad) if question.expect is Access.ALLOW else (bad, rest)
    uncertain = DiagramSet.of(question.uncertain.boxes)
    drift, hinging = bad.subtract(uncertain), bad.intersect(uncertain)
    unsure = [Unsure(_sample(undecided), _reasons(asked, detours))] if undecided else []
    unsure += [Unsure(_sample(hinging), question.uncertain_reason)] if hinging else []
    unsure += [Unsure(NO_FLOWS, maybe.reason) for maybe in question.maybe]
    status = Status.DRIFTED if drift else Status.UNKNOWN if unsure else Status.SATISFIED
    told = _blamed(question, drift, pieces, decide)
    return Judgement(
        question=question,
        status=status,
        checks=(),
        passing=_sample(passing),
        stopped=_sample(stopped),
        unsure=tuple(unsure),
        drift=_sample(drift),
        outline=outline,
        shattered=told,
    )


def _blamed(question: Question, drift: DiagramSet, pieces: list[Piece], decide: Decide) -> Shattered:
    """Who decided one flow of the drift, the side that is to mend it first, and where else there is drift."""
    flow = drift.witness()
    if flow is None:
        return Shattered(drift)
    wrong = Access.DENY if question.expect is Access.ALLOW else Access.ALLOW
    one = DiagramSet.of(single(flow).boxes)
    there = [piece for piece in pieces if one.intersect(piece.shares.get(wrong, _NONE))]
    first = Direction.OUTBOUND if question.at is At.SOURCE else Direction.INBOUND
    there.sort(key=lambda piece: piece.direction is not first)
    parts = [part for piece in there for part in decide(piece.party.policy, single(flow)).parts]
    deciders = tuple(dict.fromkeys(part.decider for part in parts if part.access is wrong))
    if not there:
        return Shattered(drift)
    direction = there[0].direction
    side = [piece for piece in pieces if piece.direction is direction]
    return Shattered(drift, deciders, tuple(dict.fromkeys(_endpoints(drift, side, wrong))), direction)


def _reasons(asked: Iterable[Narrowed], detours: Iterable[Detour]) -> str:
    """What is in doubt, the first few."""
    doubts = (
        variant.reason
        for _, _, narrowed in asked
        for policy, _ in narrowed
        for layer in policy.layers
        for variant in layer.variants
        if variant.doubts
    )
    found = list(dict.fromkeys((*doubts, *(detour.reason for detour in detours))))
    return "; ".join(found[:_TOLD]) + (f"; and {len(found) - _TOLD} more" if len(found) > _TOLD else "")


def _sample(flows: DiagramSet) -> FlowSet:
    """Some of the flows, with the number of all of them."""
    listed = flows.boxes(_LISTED)
    count = flows.count()
    return listed if listed.count() == count else Sample(listed.boxes, count)


def _endpoints(flows: DiagramSet, pieces: Iterable[Piece], wrong: Access) -> Iterator[str]:
    """The ids of the NICs and whole subnets at whose own side some of the flows get an access."""
    for piece in pieces:
        here = flows.intersect(piece.shares.get(wrong, _NONE))
        if here:
            party, inbound = piece.party, piece.direction is Direction.INBOUND
            for endpoint in party.endpoints:
                if here.intersect(_at(AddressSet.one(endpoint.place), inbound=inbound)):
                    yield endpoint.nic.id
            rest = party.addresses.subtract(AddressSet.of((e.place, e.place) for e in party.endpoints))
            if here.intersect(_at(rest, inbound=inbound)):
                yield from party.subnets


def _at(local: AddressSet, *, inbound: bool) -> DiagramSet:
    return DiagramSet.of([_box(ALL_ADDRESSES, local) if inbound else _box(local, ALL_ADDRESSES)])


def _wrong(question: Question, pieces: list[Piece], asked: DiagramSet) -> tuple[DiagramSet, DiagramSet]:
    """What is not as wished, and what may not be."""
    if question.expect is Access.ALLOW:
        return _union(piece.denied for piece in pieces), _union(piece.unknown for piece in pieces)
    if isinstance(question.of, Boundary):
        return _union(piece.allowed for piece in pieces), _union(piece.unknown for piece in pieces)
    out = [piece for piece in pieces if piece.direction is Direction.OUTBOUND]
    into = [piece for piece in pieces if piece.direction is Direction.INBOUND]
    if question.at is At.EITHER:
        return _passing(question, out, into, asked)
    required = list(_required(question, out, into))
    bad = _union(piece.allowed.intersect(flows) for piece, flows in required)
    return bad, _union(piece.unknown.intersect(flows) for piece, flows in required)


def _passing(
    question: Question, out: list[Piece], into: list[Piece], asked: DiagramSet
) -> tuple[DiagramSet, DiagramSet]:
    """What both ends permit, and what neither surely denies."""
    outward = [(piece.allowed, piece.open) for piece in out]
    inward = [(piece.allowed, piece.open) for piece in into]
    for side, ends, unfiltered in (
        (question.sources, outward, _box(question.sources.foreign, ALL_ADDRESSES)),
        (question.destinations, inward, _box(ALL_ADDRESSES, question.destinations.foreign)),
    ):
        if side.foreign:
            free = asked.intersect(DiagramSet.of([unfiltered]))
            ends.append((free, free))
        if side.is_disjoint and ends:
            ends[:] = [(_union(allowed for allowed, _ in ends), _union(open_ for _, open_ in ends))]
    both = [(a.intersect(b), c.intersect(d)) for a, c in outward for b, d in inward]
    return _union(allowed for allowed, _ in both), _union(open_ for _, open_ in both)


def _required(question: Question, out: list[Piece], into: list[Piece]) -> Iterator[tuple[Piece, DiagramSet]]:
    """The sides that must stop, each with its flows; an end without a filter leaves it to the other."""
    everything = DiagramSet.of([_box(ALL_ADDRESSES, ALL_ADDRESSES)])
    match question.at:
        case At.SOURCE:
            yield from ((piece, everything) for piece in out)
            unfiltered = DiagramSet.of([_box(question.sources.foreign, ALL_ADDRESSES)])
            yield from ((piece, unfiltered) for piece in into)
        case At.DESTINATION:
            yield from ((piece, everything) for piece in into)
            unfiltered = DiagramSet.of([_box(ALL_ADDRESSES, question.destinations.foreign)])
            yield from ((piece, unfiltered) for piece in out)
        case _:
            yield from ((piece, everything) for piece in (*out, *into))


def _union(sets: Iterable[DiagramSet]) -> DiagramSet:
    total = _NONE
    for flows in sets:
        total = total.union(flows)
    return total


def _box(sources: AddressSet, destinations: AddressSet) -> Box:
    return Box(
        protocols=ALL_PROTOCOLS,
        sources=sources,
        source_ports=ALL_PORTS,
        destinations=destinations,
        destination_ports=ALL_PORTS,
    )
