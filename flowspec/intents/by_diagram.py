"""Questions that policies cut into very many pieces -> judged by diagrams: exact, but listed in part only.

What takes thousands of boxes to list takes a diagram no longer to decide. The status, the numbers of flows and what a
proof compares are exact; of the flows themselves a `Sample` stands for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from flowspec.decide.by_diagram import Diagrams
from flowspec.decide.exact import Verdict
from flowspec.intents.join import Why, join, outcome
from flowspec.intents.judgement import Judgement, Shattered, Unsure
from flowspec.intents.questions import Question
from flowspec.intents.sides import Party
from flowspec.intents.summary import Outline
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction, key
from flowspec.model.spec import EnforceAt as At
from flowspec.network.path import Detour
from flowspec.policy.layers import Policy
from flowspec.sets.bdd import DiagramSet, Space
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between, single
from flowspec.sets.intervals import AddressSet
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


@dataclass(frozen=True, slots=True)
class Piece:
    """One side decided: a party, its direction, and how much of what it was asked gets each access."""

    party: Party
    direction: Direction
    shares: Shares
    space: Space

    def share(self, access: Access | None) -> DiagramSet:
        """The flows that get an access (None: unknown)."""
        return self.shares.get(access) or self.space.flows(())

    def allowed(self) -> DiagramSet:
        return self.share(Access.ALLOW)

    def denied(self) -> DiagramSet:
        return self.share(Access.DENY)

    def open(self) -> DiagramSet:
        """What is not surely denied."""
        return self.allowed().union(self.share(None))

    def undecided(self) -> Iterator[tuple[Why, DiagramSet]]:
        """Diagrams do not tell one doubt from another; `_reasons` names the first few."""
        if None in self.shares:
            yield Why(""), self.shares[None]


def shares(policies: Iterable[tuple[Policy, Box]], space: Space) -> Shares:
    """What policies, each narrowed to a box, say of the box."""
    found: dict[Access | None, DiagramSet] = {}
    for policy, box in policies:
        for access, flows in Diagrams(policy, space).shares(FlowSet((box,))).items():
            found[access] = found[access].union(flows) if access in found else flows
    return found


def accesses(policies: Iterable[tuple[Policy, Box]], space: Space) -> frozenset[Access | None]:
    """The answers that policies, each narrowed to a box, have for the box; unknown where no diagram can tell."""
    try:
        return frozenset(shares(policies, space))
    except MemoryError:
        return frozenset({None})


def judgement(
    question: Question, outline: Outline, asked: list[Narrowed], detours: list[Detour], decide: Decide, space: Space
) -> Judgement:
    """The judgement that boxes would come to (`join.py`); what no diagram can hold is unknown."""
    if question.oneself.count() <= _SELVES:
        with suppress(MemoryError):  # of the diagrams' own store, which is bounded
            return _judgement(question, outline, asked, detours, decide, space)
    why = "its flows fall into more pieces than can be judged at once"
    unsure = Unsure(question.asked, why, "ask about fewer ports or addresses at once")
    return Judgement(question=question, status=Status.UNKNOWN, unsure=(unsure,), outline=outline)


def _judgement(
    question: Question, outline: Outline, asked: list[Narrowed], detours: list[Detour], decide: Decide, space: Space
) -> Judgement:
    pieces = [Piece(party, direction, shares(narrowed, space), space) for party, direction, narrowed in asked]
    selves = space.flows(between(AddressSet.one(place), AddressSet.one(place)) for place in question.oneself)
    everything = space.flows(question.asked.boxes).subtract(selves)
    joined = join(question, pieces, everything)
    bad = joined.bad.intersect(everything)
    apart = space.flows(between(detour.sources, detour.destinations) for detour in detours)
    doubted = everything.union_all([apart, *(flows for found in joined.undecided.values() for flows in found)])
    undecided = doubted.intersect(everything).subtract(bad)
    found = outcome(question, everything, bad, undecided, space.flows(question.uncertain.boxes))
    unsure = [Unsure(_sample(undecided), _reasons(asked, detours))] if undecided else []
    unsure += [Unsure(_sample(found.hinging), question.uncertain_reason)] if found.hinging else []
    unsure += [Unsure(NO_FLOWS, maybe.reason) for maybe in question.maybe]
    status = Status.DRIFTED if found.drift else Status.UNKNOWN if unsure else Status.SATISFIED
    told = _blamed(question, found.drift, pieces, decide)
    return Judgement(
        question=question,
        status=status,
        checks=(),
        passing=_sample(found.passing),
        stopped=_sample(found.stopped),
        unsure=tuple(unsure),
        drift=_sample(found.drift),
        outline=outline,
        shattered=told,
    )


def _blamed(question: Question, drift: DiagramSet, pieces: list[Piece], decide: Decide) -> Shattered:
    """Who decided one flow of the drift, the side that is to mend it first, and where else there is drift."""
    flow = drift.witness()
    if flow is None:
        return Shattered(drift)
    wrong = Access.DENY if question.expect is Access.ALLOW else Access.ALLOW
    one = drift.of(single(flow).boxes)
    there = [piece for piece in pieces if one.intersect(piece.share(wrong))]
    first = Direction.OUTBOUND if question.at is At.SOURCE else Direction.INBOUND
    there.sort(key=lambda piece: piece.direction is not first)
    parts = [part for piece in there for part in decide(piece.party.policy, single(flow)).parts]
    deciders = tuple(dict.fromkeys(part.decider for part in parts if part.access is wrong))
    if not there:
        return Shattered(drift)
    direction = there[0].direction
    side = [piece for piece in pieces if piece.direction is direction]
    return Shattered(drift, deciders, tuple(dict.fromkeys(_endpoints(question, drift, side, wrong))), direction)


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


def _endpoints(question: Question, flows: DiagramSet, pieces: Iterable[Piece], wrong: Access) -> Iterator[str]:
    """The ids of the NICs and whole subnets at whose own side some of the flows get an access."""
    for piece in pieces:
        here = flows.intersect(piece.share(wrong))
        if here:
            party, inbound = piece.party, piece.direction is Direction.INBOUND
            for endpoint in party.endpoints:
                if here.intersect(here.of(_at(AddressSet.one(endpoint.place), inbound=inbound))):
                    yield endpoint.nic.id
            held = AddressSet.of((e.place, e.place) for e in party.endpoints)
            every = (question.destinations if inbound else question.sources).rest
            for subnet in party.subnets:
                rest = every.get(key(subnet), party.addresses).subtract(held)
                if here.intersect(here.of(_at(rest, inbound=inbound))):
                    yield subnet


def _at(local: AddressSet, *, inbound: bool) -> tuple[Box]:
    return (between(destinations=local) if inbound else between(local),)
