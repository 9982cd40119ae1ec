"""Questions -> judgements: both sides decided and joined, and what parts from the spec (docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from flowspec.decide.exact import TooManyError, Verdict
from flowspec.decide.narrow import Narrow
from flowspec.intents.cover import emptied
from flowspec.intents.join import Why, join, outcome
from flowspec.intents.judgement import Checked, Judgement, Unsure
from flowspec.intents.questions import Question
from flowspec.intents.sides import Party
from flowspec.intents.summary import NOTHING_CHECKED, Outline, holds, outline, rough
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction
from flowspec.network.arrivals import Arrival
from flowspec.network.index import Network
from flowspec.network.path import Detour, Paths
from flowspec.policy.layers import Policy
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between
from flowspec.sets.intervals import AddressSet
from flowspec.sets.space import RunSpace

_Known = tuple[str, Policy, Arrival | None, bool]
"""A question, and what tells one party of it from another."""


@dataclass(slots=True, kw_only=True)
class Judge:
    """Decides questions. What was decided once for a policy and a question is kept.

    `paths_assumed`: source and destination addresses between which the spec assumes a path.
    """

    network: Network
    paths_assumed: tuple[tuple[AddressSet, AddressSet], ...] = ()
    _known: Mapping[_Known, Verdict] = field(default_factory=dict)
    _verdicts: dict[_Known, Verdict] = field(default_factory=dict)
    _narrow: Narrow = field(default_factory=Narrow)
    _paths: Paths = field(default_factory=Paths)
    _space: RunSpace = field(default_factory=RunSpace)

    def decide(self, policy: Policy, asked: FlowSet) -> Verdict:
        """What a policy says of some flows."""
        return self._narrow.decide(policy, asked)

    def apart(self) -> Judge:
        """A judge for a network tried out: it knows all this one does, and what it learns goes with it."""
        return replace(self, _known=self._verdicts, _verdicts={})

    def afresh(self) -> Judge:
        """A judge for questions about other flows than this one was asked about: of verdicts it knows none."""
        return replace(self, _known={}, _verdicts={})

    def judge(self, question: Question) -> Judgement:
        """The judgement of one question."""
        return self.by_boxes(question) or self._shattered(question)

    def by_boxes(self, question: Question) -> Judgement | None:
        """The judgement of one question; None where that takes very many boxes."""
        if question.problems:
            return Judgement(question=question, status=Status.ERRORED)
        try:
            checks = self._checks(question)
        except TooManyError:
            return None
        found = join(question, checks, question.asked)
        bad = found.bad.subtract(_selves(question))
        unsure = [_unsure(why, flows) for why, flows in found.undecided.items() if any(flows)]
        if question.expect is Access.ALLOW:
            unsure += self._without_path(question, bad)
        come_to = outline((c.party, c.direction, c.verdict) for c in checks)
        return _judgement(question, bad, unsure, checks, come_to)

    def settled(self, question: Question, found: Outline) -> Judgement | None:
        """The judgement of a question that its outline shows to hold; None when it has to be judged in full."""
        if not holds(question, found) or (question.expect is Access.ALLOW and any(self.without_path(question))):
            return None
        return _judgement(question, NO_FLOWS, [], (), found)

    def outline(self, question: Question, policies: Container[Policy] | None = None) -> Outline:
        """What the checks of a question, or those by some policies, come to; nothing of them is kept."""
        total = NOTHING_CHECKED
        for party, direction in question.parties():
            if policies is None or party.policy in policies:
                total = total.joined(self._outline(question, party, direction))
        return total

    def _outline(self, question: Question, party: Party, direction: Direction) -> Outline:
        try:
            verdict = self._verdict(question, party, direction)
        except TooManyError:
            from flowspec.intents.by_diagram import accesses

            narrowed = self._narrowed(question, party, direction)
            return rough(party, direction, accesses(narrowed, self._space.drawn), narrowed)
        return outline([(party, direction, verdict)]) if verdict.parts else NOTHING_CHECKED

    def _checks(self, question: Question) -> tuple[Checked, ...]:
        found = (self._check(question, party, direction) for party, direction in question.parties())
        checks = tuple(check for check in found if check.verdict.parts)
        if sum(_wrong(question, check) for check in checks) > _BOXES:
            raise TooManyError
        return checks

    def _shattered(self, question: Question) -> Judgement:
        """The judgement of a question that would take very many boxes."""
        from flowspec.intents import by_diagram

        told = self.outline(question)
        settled = self.settled(question, told)
        if settled is not None:
            return settled
        asked = ((party, way, self._narrowed(question, party, way)) for party, way in question.parties())
        detours = list(self.without_path(question)) if question.expect is Access.ALLOW else []
        narrowed = [one for one in asked if one[2]]
        return by_diagram.judgement(question, told, narrowed, detours, self.decide, self._space.drawn)

    def _narrowed(self, question: Question, party: Party, direction: Direction) -> list[tuple[Policy, Box]]:
        """The boxes that a party is asked about, and its policy narrowed to each of them."""
        boxes = self._asked(question, party, direction).boxes
        return [(self._narrow.narrowed(party.policy, box), box) for box in boxes]

    def _check(self, question: Question, party: Party, direction: Direction) -> Checked:
        known = (question.address, party.policy, party.arrival, party.forwards)
        verdict = self._known.get(known) or self._verdicts.get(known)
        if verdict is None:
            verdict = self._verdicts[known] = self._verdict(question, party, direction)
        return Checked(party, direction, verdict)

    def _verdict(self, question: Question, party: Party, direction: Direction) -> Verdict:
        return self.decide(party.policy, self._asked(question, party, direction))

    def _asked(self, question: Question, party: Party, direction: Direction) -> FlowSet:
        asked = FlowSet(tuple(self._beyond(question.asked, party.addresses, direction)))
        if party.arrival is not None:
            asked = asked.intersect(FlowSet(party.brings(question.sources.judged)))
        for way, crossing in question.crossing:
            asked = asked.intersect(crossing) if way is direction else asked
        return asked

    def _beyond(self, flows: FlowSet, addresses: AddressSet, direction: Direction) -> Iterator[Box]:
        """The flows whose local end is one of the addresses."""
        for box in flows.boxes:
            side = box.sources if direction is Direction.OUTBOUND else box.destinations
            local = self._narrow.common(side, addresses)
            if local is side:
                yield box
            elif local and direction is Direction.OUTBOUND:
                yield Box(
                    protocols=box.protocols,
                    sources=local,
                    source_ports=box.source_ports,
                    destinations=box.destinations,
                    destination_ports=box.destination_ports,
                )
            elif local:
                yield Box(
                    protocols=box.protocols,
                    sources=box.sources,
                    source_ports=box.source_ports,
                    destinations=local,
                    destination_ports=box.destination_ports,
                )

    def _without_path(self, question: Question, stopped: FlowSet) -> Iterator[Unsure]:
        """The flows that filters let pass, for all that is known, and that have no direct path."""
        apart: dict[str, dict[AddressSet, list[AddressSet]]] = {}
        for detour in self.without_path(question):
            apart.setdefault(detour.reason, {}).setdefault(detour.destinations, []).append(detour.sources)
        for reason, ends in apart.items():
            boxes = [between(AddressSet.of(s for one in here for s in one.spans), far) for far, here in ends.items()]
            flows = question.asked.intersect(FlowSet.of(boxes))
            yield Unsure(flows.subtract(stopped), reason, _PATH_SETTLE)

    def without_path(self, question: Question) -> Iterable[Detour]:
        """Where members of the two sides have no direct path, cut to the members, assumed paths taken out."""
        for detour in self._paths.detours(self.network, question.sources, question.destinations):
            yield from self._unassumed(detour)

    def _unassumed(self, detour: Detour) -> Iterable[Detour]:
        left = [detour]
        for sources, destinations in self.paths_assumed:
            left = [
                rest
                for d in left
                for rest in (
                    Detour(d.sources.subtract(sources), d.destinations, d.reason),
                    Detour(d.sources.intersect(sources), d.destinations.subtract(destinations), d.reason),
                )
            ]
        return [d for d in left if d.sources and d.destinations]


def _wrong(question: Question, check: Checked) -> int:
    """How many boxes of a check are not as wished: what joining both sides has to work on."""
    wished = question.expect
    return sum(len(part.flows.boxes) for part in check.verdict.parts if part.access is not wished)


_BOXES = 3000
"""Boxes that are joined one by one; beyond them diagrams are faster."""
_PATH_SETTLE = "if there is a path, say so: assume { path = true, from = [...], to = [...] }"


def _unsure(why: Why, flows: Iterable[FlowSet]) -> Unsure:
    return Unsure(FlowSet.union_all(flows), why.reason, why.settle, why.decider)


def _judgement(
    question: Question, bad: FlowSet, unsure: list[Unsure], checks: tuple[Checked, ...], come_to: Outline
) -> Judgement:
    """The whole judgement. What drifts only if it belongs to the intent at all is not decided."""
    selves = _selves(question)
    undecided = FlowSet.union_all(u.flows for u in unsure).subtract(selves)
    found = outcome(question, question.asked, bad, undecided, question.uncertain)
    if found.hinging:
        unsure = [*unsure, Unsure(found.hinging, question.uncertain_reason)]
    unsure = [Unsure(u.flows.subtract(selves).merged(), u.reason, u.settle, u.decider) for u in unsure]
    unsure = [u for u in unsure if not emptied(u.flows, question.oneself)]
    unsure += [Unsure(NO_FLOWS, maybe.reason, maybe.settle) for maybe in question.maybe]
    drifted = not emptied(found.drift, question.oneself)
    return Judgement(
        question=question,
        status=Status.DRIFTED if drifted else Status.UNKNOWN if unsure else Status.SATISFIED,
        checks=checks,
        passing=found.passing.merged(),
        stopped=found.stopped.merged(),
        unsure=tuple(unsure),
        drift=found.drift.merged() if drifted else NO_FLOWS,
        outline=come_to,
    )


def _selves(question: Question) -> FlowSet:
    """Flows of a single address to itself, which box arithmetic can take out; `emptied` sees to the others."""
    few = question.oneself if question.oneself.count() <= 4 else AddressSet()
    ones = [AddressSet.one(place) for place in few]
    return FlowSet(tuple(between(one, one) for one in ones))
