"""Questions -> judgements: both sides decided and joined, and what parts from the spec (docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flowspec.decide.exact import TooManyError, Verdict
from flowspec.decide.narrow import Narrow
from flowspec.intents.cover import emptied
from flowspec.intents.judgement import Checked, Judgement, Unsure
from flowspec.intents.questions import Question
from flowspec.intents.sides import Party, Side
from flowspec.intents.summary import NOTHING_CHECKED, Outline, holds, outline, rough
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import Boundary
from flowspec.model.spec import Side as At
from flowspec.network.index import Network
from flowspec.network.path import Detour, Paths
from flowspec.policy.layers import Decider, Policy
from flowspec.sets.algebra import intersect, merge, subtract, union
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet
from flowspec.sets.intervals import ALL_ADDRESSES, ALL_PORTS, ALL_PROTOCOLS, NO_ADDRESSES, AddressSet

if TYPE_CHECKING:
    pass


@dataclass(slots=True, kw_only=True)
class Judge:
    """Decides questions. What was decided once for a policy and a question is kept.

    `paths_assumed`: source and destination addresses between which the spec assumes a path.
    """

    network: Network
    paths_assumed: tuple[tuple[AddressSet, AddressSet], ...] = ()
    _known: Mapping[tuple[str, Policy], Verdict] = field(default_factory=dict)
    _verdicts: dict[tuple[str, Policy], Verdict] = field(default_factory=dict)
    _narrow: Narrow = field(default_factory=Narrow)
    _paths: Paths = field(default_factory=Paths)

    def decide(self, policy: Policy, asked: FlowSet) -> Verdict:
        """What a policy says of some flows."""
        return self._narrow.decide(policy, asked)

    def apart(self) -> Judge:
        """A judge for a network tried out: it knows all this one does, and what it learns goes with it."""
        return Judge(
            network=self.network,
            paths_assumed=self.paths_assumed,
            _known=self._verdicts,
            _narrow=self._narrow,
            _paths=self._paths,
        )

    def judge(self, question: Question) -> Judgement:
        """The judgement of one question."""
        if question.problems:
            return Judgement(question=question, status=Status.ERRORED)
        try:
            checks = self._checks(question)
        except TooManyError:
            return self._shattered(question)
        if isinstance(question.of, Boundary):
            found = _one_sided(question, checks)
        elif question.expect is Access.ALLOW:
            found = self._allow(question, checks)
        else:
            found = _deny(question, checks)
        return replace(found, outline=outline((c.party, c.direction, c.verdict) for c in checks))

    def settled(self, question: Question, found: Outline) -> Judgement | None:
        """The judgement of a question that its outline shows to hold; None when it has to be judged in full."""
        if not holds(question, found) or (question.expect is Access.ALLOW and any(self.without_path(question))):
            return None
        return replace(_joined(question, (), unsure=[], drift=NO_FLOWS), outline=found)

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
            return rough(party, direction, accesses(narrowed), narrowed)
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
        return by_diagram.judgement(question, told, [one for one in asked if one[2]], detours, self.decide)

    def _narrowed(self, question: Question, party: Party, direction: Direction) -> list[tuple[Policy, Box]]:
        """The boxes that a party is asked about, and its policy narrowed to each of them."""
        boxes = self._asked(question, party, direction).boxes
        return [(self._narrow.narrowed(party.policy, box), box) for box in boxes]

    def _check(self, question: Question, party: Party, direction: Direction) -> Checked:
        known = (question.address, party.policy)
        verdict = self._known.get(known) or self._verdicts.get(known)
        if verdict is None:
            verdict = self._verdicts[known] = self._verdict(question, party, direction)
        return Checked(party, direction, verdict)

    def _verdict(self, question: Question, party: Party, direction: Direction) -> Verdict:
        return self.decide(party.policy, self._asked(question, party, direction))

    def _asked(self, question: Question, party: Party, direction: Direction) -> FlowSet:
        asked = FlowSet(tuple(self._beyond(question.asked, party.addresses, direction)))
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

    def _allow(self, question: Question, checks: tuple[Checked, ...]) -> Judgement:
        stopped = subtract(union(check.verdict.denied() for check in checks), _selves(question))
        unsure = _unsure_parts(checks, stopped)
        apart: dict[str, dict[AddressSet, list[AddressSet]]] = {}
        for detour in self.without_path(question):
            apart.setdefault(detour.reason, {}).setdefault(detour.destinations, []).append(detour.sources)
        for reason, ends in apart.items():
            boxes = [_box(AddressSet.of(s for one in here for s in one.spans), there) for there, here in ends.items()]
            flows = intersect(question.asked, union(FlowSet((box,)) for box in boxes))
            unsure.append(Unsure(subtract(flows, stopped), reason, _PATH_SETTLE))
        return _joined(question, checks, stopped=stopped, unsure=unsure, drift=stopped)

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


def _box(sources: AddressSet, destinations: AddressSet) -> Box:
    return Box(
        protocols=ALL_PROTOCOLS,
        sources=sources,
        source_ports=ALL_PORTS,
        destinations=destinations,
        destination_ports=ALL_PORTS,
    )


def _deny(question: Question, checks: tuple[Checked, ...]) -> Judgement:
    """Drift is what passes; where `at` names a side, what that side permits."""
    out = [check for check in checks if check.direction is Direction.OUTBOUND]
    into = [check for check in checks if check.direction is Direction.INBOUND]
    if question.at is At.EITHER:
        allowed, open_ = _passing(question, out, into)
        return _joined(question, checks, unsure=_unsure_parts(checks, allowed, within=open_), drift=allowed)
    required = _required(question, out, into)
    allowed = union(intersect(flows, check.verdict.allowed()) for check, flows in required)
    unsure = [
        Unsure(subtract(intersect(part.flows, flows), allowed), part.reason, part.settle, part.decider)
        for check, flows in required
        for part in check.verdict.parts
        if part.access is None
    ]
    return _joined(question, checks, unsure=unsure, drift=allowed)


def _passing(question: Question, out: list[Checked], into: list[Checked]) -> tuple[FlowSet, FlowSet]:
    """The flows that both ends permit, and those that neither end surely denies."""
    allowed, open_ = [], []
    from_unfiltered, to_unfiltered = (
        _box(question.sources.foreign, ALL_ADDRESSES),
        _box(ALL_ADDRESSES, question.destinations.foreign),
    )
    outward = _together(question.sources, out, _unfiltered(question, from_unfiltered))
    inward = _together(question.destinations, into, _unfiltered(question, to_unfiltered)) if outward else []
    for out_allowed, out_open in outward:
        for in_allowed, in_open in inward:
            allowed.append(intersect(out_allowed, in_allowed))
            open_.append(intersect(out_open, in_open))
    return union(allowed), union(open_)


def _together(side: Side, checks: list[Checked], unfiltered: FlowSet) -> list[tuple[FlowSet, FlowSet]]:
    """What checks of one direction allow, and leave open, in as few sets as can be.

    Parties with addresses of their own are told apart by the address; where address spaces overlap, a flow may be
    allowed at one holder and denied at the other, so those stay apart.
    """
    found: list[tuple[AddressSet, list[Box], list[Box]]] = [
        (NO_ADDRESSES, list(unfiltered.boxes), list(unfiltered.boxes))
    ]
    for check in (check for check in checks if check.verdict.opens()):
        local = NO_ADDRESSES if side.is_disjoint else check.party.addresses
        at = next((n for n, (held, _, _) in enumerate(found) if not held.meets(local)), len(found))
        held, allowed, open_ = found.pop(at) if at < len(found) else (NO_ADDRESSES, [], [])
        allowed += check.verdict.allowed().boxes
        open_ += _open(check.verdict).boxes
        found.insert(at, (held.union(local), allowed, open_))
    return [(FlowSet(tuple(allowed)), FlowSet(tuple(open_))) for _, allowed, open_ in found if open_]


def _open(verdict: Verdict) -> FlowSet:
    return FlowSet(tuple(b for part in verdict.parts if part.access is not Access.DENY for b in part.flows.boxes))


def _unfiltered(question: Question, ends: Box) -> FlowSet:
    """The flows of addresses without a filter: permitted at that end."""
    return NO_FLOWS if ends.is_empty() else question.asked.intersect(FlowSet((ends,)))


def _required(question: Question, out: list[Checked], into: list[Checked]) -> list[tuple[Checked, FlowSet]]:
    """The checks that must stop, each with its flows; an end without a filter leaves it to the other."""
    everything = FlowSet((_box(ALL_ADDRESSES, ALL_ADDRESSES),))
    from_foreign = FlowSet((_box(question.sources.foreign, ALL_ADDRESSES),))
    to_foreign = FlowSet((_box(ALL_ADDRESSES, question.destinations.foreign),))
    match question.at:
        case At.SOURCE:
            return [(c, everything) for c in out] + [(c, from_foreign) for c in into if question.sources.foreign]
        case At.DESTINATION:
            return [(c, everything) for c in into] + [(c, to_foreign) for c in out if question.destinations.foreign]
        case _:
            return [(c, everything) for c in (*out, *into)]


def _one_sided(question: Question, checks: tuple[Checked, ...]) -> Judgement:
    """A boundary: what the member's own side permits is drift."""
    allowed = union(check.verdict.allowed() for check in checks)
    return _joined(question, checks, unsure=_unsure_parts(checks, allowed), drift=allowed)


def _unsure_parts(checks: Iterable[Checked], settled: FlowSet, within: FlowSet | None = None) -> list[Unsure]:
    """The undecided parts of checks, without what the other side settles, those with one reason together."""
    found: dict[tuple[str, str, Decider], list[Box]] = {}
    for check in checks:
        for part in check.verdict.parts:
            if part.access is None:
                flows = subtract(part.flows, settled)
                flows = flows if within is None else intersect(flows, within)
                found.setdefault((part.reason, part.settle, part.decider), []).extend(flows.boxes)
    return [
        Unsure(union(FlowSet((box,)) for box in boxes), reason, settle, by)
        for (reason, settle, by), boxes in found.items()
        if boxes
    ]


def _joined(
    question: Question,
    checks: tuple[Checked, ...],
    *,
    unsure: list[Unsure],
    drift: FlowSet,
    stopped: FlowSet | None = None,
) -> Judgement:
    """The whole judgement. What drifts only if it belongs to the intent at all is not decided."""
    selves = _selves(question)
    bad = subtract(drift, selves)
    undecided = subtract(union(u.flows for u in unsure), selves)
    rest = subtract(subtract(question.asked, bad), undecided)
    passing, stopped = (rest, bad) if question.expect is Access.ALLOW else (bad, rest)
    surely = subtract(bad, question.uncertain)
    if question.uncertain and (hinging := intersect(bad, question.uncertain)):
        unsure = [*unsure, Unsure(hinging, question.uncertain_reason)]
    unsure = [Unsure(merge(subtract(u.flows, selves)), u.reason, u.settle, u.decider) for u in unsure]
    unsure = [u for u in unsure if not emptied(u.flows, question.oneself)]
    unsure += [Unsure(NO_FLOWS, maybe.reason) for maybe in question.maybe]
    drifted = not emptied(surely, question.oneself)
    status = Status.DRIFTED if drifted else Status.UNKNOWN if unsure else Status.SATISFIED
    drift = merge(surely) if drifted else NO_FLOWS
    return Judgement(
        question=question,
        status=status,
        checks=checks,
        passing=merge(passing),
        stopped=merge(stopped),
        unsure=tuple(unsure),
        drift=drift,
    )


def _selves(question: Question) -> FlowSet:
    """Flows of a single address to itself, which box arithmetic can take out; `emptied` sees to the others."""
    few = question.oneself if question.oneself.count() <= 4 else AddressSet()
    ones = [AddressSet.one(place) for place in few]
    return FlowSet(tuple(_box(one, one) for one in ones))
