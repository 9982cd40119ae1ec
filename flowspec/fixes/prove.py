"""Rules put into NSGs -> what that changes, decided again by the same engine: the proof that a suggestion carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flowspec.decide.exact import TooManyError, Verdict
from flowspec.fixes.edits import Edit, edited
from flowspec.fixes.gates import Behind, Gate
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.intents.questions import Planner, Question
from flowspec.intents.sides import Side
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction, Rule, key
from flowspec.model.platform import PLATFORM
from flowspec.policy.layers import Policy, Variant
from flowspec.policy.policies import Policies
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between
from flowspec.sets.intervals import AddressSet, PortSet

_WORSE = {Status.SATISFIED: 0, Status.UNKNOWN: 1, Status.DRIFTED: 2, Status.ERRORED: 3}


@dataclass(frozen=True, slots=True)
class Trial:
    """What drafts do: the flows they open and close, by direction, and the judgements that come out differently."""

    opens: Mapping[Direction, FlowSet]
    closes: Mapping[Direction, FlowSet]
    judged: Mapping[str, Judgement]

    def worse(self, before: Mapping[str, Judgement]) -> list[str]:
        """The intents that the drafts harm: a worse status, drift they did not have, or flows that were sure before."""
        return [address for address, after in self.judged.items() if _is_worse(before[address], after)]


def _is_worse(before: Judgement, after: Judgement) -> bool:
    if _WORSE[after.status] != _WORSE[before.status]:
        return _WORSE[after.status] > _WORSE[before.status]
    if before.shattered is not None or after.shattered is not None:
        return _drifts_more(before, after)
    return bool(after.drift.subtract(before.drift)) or bool(_undecided(after).subtract(_not_as_wished(before)))


def _undecided(judgement: Judgement) -> FlowSet:
    return FlowSet.union_all(unsure.flows for unsure in judgement.unsure)


def _not_as_wished(judgement: Judgement) -> FlowSet:
    """What drifts, and what may."""
    return _undecided(judgement).union(judgement.drift)


def _drifts_more(before: Judgement, after: Judgement) -> bool:
    """The same of drift that is too many boxes to be compared one by one."""
    then, now = before.shattered, after.shattered
    if now is not None:
        return bool(now.drift.subtract(now.drift.of(before.drift.boxes) if then is None else then.drift))
    return then is not None and bool(then.drift.of(after.drift.boxes).subtract(then.drift))


@dataclass(frozen=True, slots=True)
class Portion:
    """Flows that open and close in one direction."""

    opens: FlowSet = NO_FLOWS
    closes: FlowSet = NO_FLOWS

    def common(self, other: Portion) -> Portion:
        return Portion(self.opens.intersect(other.opens), self.closes.intersect(other.closes))

    def without(self, other: Portion) -> Portion:
        return Portion(self.opens.subtract(other.opens), self.closes.subtract(other.closes))

    def taken_by(self, access: Access, boxes: Iterable[Box]) -> Portion:
        """What a rule that matches these boxes brings about: an Allow only opens, a Deny only closes."""
        matched = FlowSet(tuple(boxes))
        if access is Access.ALLOW:
            return Portion(opens=self.opens.intersect(matched))
        return Portion(closes=self.closes.intersect(matched))


@dataclass(frozen=True, slots=True)
class Portions:
    """An effect by who brings it about: no flow is in two shares, and all of them are the effect.

    `own`: of each draft, in their order, what it does in its direction without the rules of other NSGs. `together`: by
    direction, what takes several NSGs at once.
    """

    own: tuple[Portion, ...]
    together: Mapping[Direction, Portion]


@dataclass
class Prover:
    """Decides again with drafts put in. Only what a changed NSG judges is touched; the rest can't change."""

    planner: Planner
    judge: Judge
    before: Judgements

    @cached_property
    def _behind(self) -> Behind:
        return Behind(self.planner, self.before.questions.values())

    def effect(self, drafts: Iterable[Edit]) -> Trial:
        """What the drafts do together; TooManyError where they shatter what was not."""
        drafts = list(drafts)
        gates = list(dict.fromkeys(draft.gate for draft in drafts))
        behind = self._behind.policies(gates)
        again = self.planner.policies.with_nsgs(edited(self.planner.network.inventory.nsgs, drafts))
        judge = self.judge.apart()
        added = {draft.rule for draft in drafts}
        layers = dict.fromkeys(layer for policy, _ in behind for layer in again.renewed(policy).layers)
        touched: dict[PortSet, list[Box]] = {}
        for box in (v.box for layer in layers for v in layer.variants if v.decider.rule in added):
            touched.setdefault(box.destination_ports, []).append(box)
        concerned = self._behind.questions(gates)
        judged = {
            address: judge.judge(_with_policies(question, again))
            for address, question in self.before.questions.items()
            if address in concerned and _touches(question, touched)
        }
        if any(after.shattered and not self.before[address].shattered for address, after in judged.items()):
            raise TooManyError
        opens, closes = self._flows(drafts, behind, again, judge)
        return Trial(opens, closes, judged)

    def shares(self, drafts: Sequence[Edit], effect: Trial) -> Portions:
        """What of the effect of some drafts is each one's own."""
        by_gate: dict[Gate, list[Edit]] = {}
        for draft in drafts:
            by_gate.setdefault(draft.gate, []).append(draft)
        left = {way: Portion(effect.opens.get(way, NO_FLOWS), effect.closes.get(way, NO_FLOWS)) for way in Direction}
        own: dict[Edit, Portion] = {}
        for gate, mine in by_gate.items():
            alone, boxes = self._alone(gate, mine)
            here = alone.common(left[gate[1]])
            for draft in sorted(mine, key=lambda draft: draft.rule.priority):
                own[draft] = taken = here.taken_by(draft.rule.access, boxes.get(draft.rule, []))
                here, left[gate[1]] = here.without(taken), left[gate[1]].without(taken)
        return Portions(tuple(own[draft] for draft in drafts), left)

    def _alone(self, gate: Gate, drafts: list[Edit]) -> tuple[Portion, Mapping[Rule, list[Box]]]:
        """What drafts of one gate do where the rules of no other are put in, and what each of their rules matches."""
        again = self.planner.policies.with_nsgs(edited(self.planner.network.inventory.nsgs, drafts))
        behind = self._behind.policies([gate])
        opens, closes = self._flows(drafts, behind, again, self.judge.apart())
        layers = dict.fromkeys(layer for policy, _ in behind for layer in again.renewed(policy).layers)
        boxes: dict[Rule, list[Box]] = {}
        for variant in (variant for layer in layers for variant in layer.variants):
            if variant.decider.rule is not None:
                boxes.setdefault(variant.decider.rule, []).append(variant.box)
        return Portion(opens.get(gate[1], NO_FLOWS), closes.get(gate[1], NO_FLOWS)), boxes

    def behind(self, nsg: str, direction: Direction) -> AddressSet:
        """Every address that an NSG (an id) judges in a direction."""
        return self._behind.addresses((key(nsg), direction))

    def passing(self, nsg: str, direction: Direction, flows: FlowSet) -> FlowSet:
        """What of some flows is now permitted at an end that an NSG (an id) judges in a direction."""
        found: list[Box] = []
        for policy, judged in self._behind.policies([(key(nsg), direction)]):
            here = FlowSet(judged).intersect(flows)
            found += self.judge.decide(policy, here).allowed().boxes
        return FlowSet.of(found).merged()

    def _flows(
        self, drafts: list[Edit], behind: list[tuple[Policy, tuple[Box, ...]]], again: Policies, judge: Judge
    ) -> tuple[Mapping[Direction, FlowSet], Mapping[Direction, FlowSet]]:
        opens: dict[Direction, list[Box]] = {}
        closes: dict[Direction, list[Box]] = {}
        added = {draft.rule for draft in drafts}
        for policy, judged in behind:
            new = again.renewed(policy)
            asked = FlowSet.of(_asked(new, added, judged))
            if not asked:
                continue
            then, now = judge.decide(policy, asked), judge.decide(new, asked)
            opened, closed = _shift(then, now)
            opens.setdefault(policy.direction, []).extend(opened)
            closes.setdefault(policy.direction, []).extend(closed)
            for access, box in _live(new, added) if now.unknown() else ():
                undecided = now.unknown().intersect(then.unknown()).intersect(FlowSet((box,)))
                (opens if access is Access.ALLOW else closes)[policy.direction].extend(undecided.boxes)
        return _merged(opens), _merged(closes)


def but_platform(flows: FlowSet) -> FlowSet:
    """Without the platform's addresses: what a fix does to them is told, but is no reason against it (B4.6)."""
    return flows.subtract(FlowSet((between(PLATFORM), between(destinations=PLATFORM))))


def of_platform(effect: Trial) -> bool:
    """Whether drafts close flows of the platform's addresses, health probes of load balancers among them."""
    ends = FlowSet((between(PLATFORM), between(destinations=PLATFORM)))
    return any(flows.meets(ends) for flows in effect.closes.values())


def _shift(then: Verdict, now: Verdict) -> tuple[list[Box], list[Box]]:
    """What opens and what closes; what was decided and no longer is, may do so."""
    opened = now.allowed().subtract(then.allowed()).union(now.unknown().intersect(then.denied()))
    closed = now.denied().subtract(then.denied()).union(now.unknown().intersect(then.allowed()))
    return list(opened.boxes), list(closed.boxes)


def _asked(policy: Policy, added: set[Rule], judged: Iterable[Box]) -> list[Box]:
    """The flows that an added rule can touch, of those that the policy judges.

    What it matches in doubt is left out: the group or tag that it names stands there for all that it holds.
    """
    boxes = [variant.box for layer in policy.layers for variant in layer.variants if _is_added(variant, added)]
    return [box.intersect(whole) for box in boxes for whole in judged]


def _is_added(variant: Variant, added: set[Rule]) -> bool:
    return not variant.doubts and variant.decider.rule in added


def _live(policy: Policy, added: set[Rule]) -> Iterator[tuple[Access, Box]]:
    """What is left to added rules once the surer rules before them have taken theirs."""
    for layer in policy.layers:
        for number, variant in enumerate(layer.variants):
            if _is_added(variant, added):
                earlier = (v.box for v in layer.variants[:number] if not v.doubts and v.box.meets(variant.box))
                left = FlowSet((variant.box,)).subtract(FlowSet(tuple(earlier)))
                yield from ((variant.decider.access, box) for box in left.boxes)


def _merged(found: Mapping[Direction, list[Box]]) -> Mapping[Direction, FlowSet]:
    sets = {direction: FlowSet.of(boxes).merged() for direction, boxes in found.items()}
    return {direction: flows for direction, flows in sets.items() if flows}


def _touches(question: Question, touched: Mapping[PortSet, list[Box]]) -> bool:
    """Whether an added rule can match some of the question's flows; most are told apart by their ports."""
    return any(
        asked.destination_ports.meets(ports) and any(asked.meets(box) for box in boxes)
        for asked in question.asked.boxes
        for ports, boxes in touched.items()
    )


def _with_policies(question: Question, again: Policies) -> Question:
    """The question put to the same parties under their new policies."""

    def renewed(side: Side) -> Side:
        parties = tuple(replace(party, policy=again.renewed(party.policy)) for party in side.parties)
        return replace(side, parties=parties)

    return replace(question, sources=renewed(question.sources), destinations=renewed(question.destinations))
