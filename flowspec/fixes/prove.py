"""Rules of NSGs changed -> what that changes, decided again by the same engine: the proof that a suggestion carries."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from flowspec.model.inventory import Access, Direction, Nsg
from flowspec.model.platform import PLATFORM
from flowspec.policy.layers import Layer, Policy, Variant
from flowspec.policy.policies import Policies
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between, single
from flowspec.sets.intervals import AddressSet, PortSet

_VERSIONS = 500
"""NSGs with edits put in that are kept for the next proof."""
_WORSE = {Status.SATISFIED: 0, Status.UNKNOWN: 1, Status.DRIFTED: 2, Status.ERRORED: 3}


@dataclass(frozen=True, slots=True)
class Portion:
    """Flows that open and close in one direction."""

    opens: FlowSet = NO_FLOWS
    closes: FlowSet = NO_FLOWS

    def common(self, other: Portion) -> Portion:
        return Portion(self.opens.intersect(other.opens), self.closes.intersect(other.closes))

    def union(self, other: Portion) -> Portion:
        return Portion(self.opens.union(other.opens), self.closes.union(other.closes))

    def meets(self, other: Portion) -> bool:
        return self.opens.meets(other.opens) or self.closes.meets(other.closes)

    def without(self, other: Portion) -> Portion:
        return Portion(self.opens.subtract(other.opens), self.closes.subtract(other.closes))

    def __bool__(self) -> bool:
        return bool(self.opens) or bool(self.closes)


NOTHING_MOVED = Portion()


@dataclass(frozen=True, slots=True)
class Trial:
    """What edits do: the flows they open and close, by direction, and the judgements that come out differently."""

    moved: Mapping[Direction, Portion]
    judged: Mapping[str, Judgement]

    def worse(self, before: Mapping[str, Judgement]) -> list[str]:
        """The intents that the edits harm: a worse status, drift they did not have, or flows that were sure before."""
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
class Portions:
    """An effect by who brings it about: no flow is in two shares, and all of them are the effect.

    `own`: of each edit, in their order, what it does in its direction without the others. `together`: what takes
    several at once, by the gates that judge it; gates that judge the same flows have one, and no flow is in two.
    """

    own: tuple[Portion, ...]
    together: Mapping[Gate, Portion]


@dataclass
class Prover:
    """Decides again with edits put in. Only what a changed NSG judges is touched; the rest can't change."""

    planner: Planner
    judge: Judge
    before: Judgements
    _versions: dict[tuple[int, ...], tuple[Sequence[Edit], Nsg]] = field(default_factory=dict)

    @cached_property
    def behind(self) -> Behind:
        """Who stands behind each NSG."""
        return Behind(self.planner, self.before.questions.values())

    def tried(self, edits: Iterable[Edit], judge: Judge | None = None) -> Tried:
        """The network with some edits put in; decided by this prover's judge, or another one."""
        by_gate: dict[Gate, list[Edit]] = {}
        for edit in edits:
            by_gate.setdefault(edit.gate, []).append(edit)
        by_nsg: dict[str, list[Edit]] = {}
        for (nsg, _), some in by_gate.items():
            by_nsg.setdefault(nsg, []).extend(some)
        changed = {nsg: self._edited(nsg, some) for nsg, some in by_nsg.items()}
        return Tried(judge or self.judge, self.behind.policies(by_gate), self.planner.policies.with_nsgs(changed))

    def _edited(self, nsg: str, edits: Sequence[Edit]) -> Nsg:
        """An NSG with edits put in: the same object for the same edits, so that what is known of it is found."""
        found = tuple(map(id, edits))
        if found not in self._versions:
            if len(self._versions) >= _VERSIONS:
                self._versions.clear()
            self._versions[found] = edits, edited(self.planner.network.inventory.nsgs, edits)[nsg]
        return self._versions[found][1]

    def effect(self, edits: Iterable[Edit]) -> Trial:
        """What the edits do together; TooManyError where they shatter what was not."""
        edits = tuple(edits)
        tried = self.tried(edits, self.judge.apart())
        return Trial(tried.moved(), self._judged(tried, edits, self.before))

    def judged(self, edits: Iterable[Edit], addresses: Container[str]) -> Mapping[str, Judgement]:
        """Of some intents, those that the edits may change, judged with these put in; TooManyError as of `effect`."""
        edits = tuple(edits)
        return self._judged(self.tried(edits, self.judge.apart()), edits, addresses)

    def fares(self, edits: Iterable[Edit], address: str, flows: FlowSet) -> Judgement:
        """How some flows of an intent fare with edits put in."""
        tried = self.tried(edits, self.judge.afresh())
        question = _with_policies(self.before.questions[address], tried.policies)
        return tried.judge.judge(replace(question, asked=question.asked.intersect(flows)))

    def _judged(self, tried: Tried, edits: Iterable[Edit], addresses: Container[str]) -> Mapping[str, Judgement]:
        touched: dict[PortSet, list[Box]] = {}
        for box in tried.changed_boxes():
            touched.setdefault(box.destination_ports, []).append(box)
        concerned = self.behind.questions(dict.fromkeys(edit.gate for edit in edits))
        judged = {
            address: tried.judge.judge(_with_policies(question, tried.policies))
            for address, question in self.before.questions.items()
            if address in concerned and address in addresses and _touches(question, touched)
        }
        if any(after.shattered and not self.before[address].shattered for address, after in judged.items()):
            raise TooManyError
        return judged

    def shares(self, edits: Sequence[Edit], effect: Trial) -> Portions:
        """What of the effect of some edits is each one's own; flows that several could have are the first rule's."""
        left = dict(effect.moved)
        if len(edits) == 1:
            (edit,) = edits
            return Portions((left.get(edit.gate[1], NOTHING_MOVED),), {})
        shares: dict[Edit, Portion] = {}
        for edit in sorted(edits, key=lambda edit: edit.rule.priority):
            way = edit.gate[1]
            rest = left.get(way, NOTHING_MOVED)
            alone = self.tried([edit]).moved().get(way, NOTHING_MOVED) if rest else NOTHING_MOVED
            shares[edit] = taken = alone.common(rest)
            left[way] = rest.without(taken)
        return Portions(tuple(shares[edit] for edit in edits), self._together(edits, left))

    def _together(self, edits: Sequence[Edit], left: Mapping[Direction, Portion]) -> dict[Gate, Portion]:
        """What takes several edits, by the gates that judge it."""
        parts: list[tuple[list[Gate], Portion]] = []
        for gate in dict.fromkeys(edit.gate for edit in edits):
            rest = left.get(gate[1], NOTHING_MOVED)
            held = (box for _, boxes in self.behind.policies([gate]) for box in boxes) if rest else ()
            judged = FlowSet.of(held)
            mine = rest.common(Portion(judged, judged))
            if mine:
                same = [part for part in parts if part[0][0][1] is gate[1] and part[1].meets(mine)]
                parts = [part for part in parts if part not in same]
                gates, whole = [gate], mine
                for others, portion in same:
                    gates, whole = [*others, *gates], portion.union(whole)
                parts.append((gates, whole))
        return {gate: Portion(whole.opens.merged(), whole.closes.merged()) for gates, whole in parts for gate in gates}

    def passing(self, gate: Gate, flows: FlowSet) -> FlowSet:
        """What of some flows is now permitted at an end that a gate judges."""
        found: list[Box] = []
        for policy, judged in self.behind.policies([gate]):
            found += self.judge.decide(policy, FlowSet(judged).intersect(flows)).allowed().boxes
        return FlowSet.of(found).merged()


@dataclass(slots=True)
class Tried:
    """A network tried out: the policies that are touched, with all that each judges, and all `policies` as they are."""

    judge: Judge
    behind: list[tuple[Policy, tuple[Box, ...]]]
    policies: Policies
    _changes: dict[tuple[Layer, ...], _Changes] = field(default_factory=dict)

    def changed(self) -> Iterator[Variant]:
        """The rules that are put in, and those that are taken out."""
        for changes in dict.fromkeys(self._changes_of(policy) for policy, _ in self.behind):
            yield from changes.variants()

    def changed_boxes(self) -> Iterator[Box]:
        """What these match."""
        return (variant.box for variant in self.changed())

    def moved(self, *, by_itself: bool = False, within: FlowSet | None = None) -> dict[Direction, Portion]:
        """The flows that open and close, by direction, `within` some flows if these are given.

        `by_itself`: as if each changed NSG were the only one.
        """
        opens: dict[Direction, list[Box]] = {}
        closes: dict[Direction, list[Box]] = {}
        for policy, judged in self.behind:
            changes, way = self._changes_of(policy), policy.direction
            boxes = changes.asked()
            if within is not None:
                boxes = (box.intersect(some) for box in boxes for some in within.boxes)
            asked = FlowSet.of(box.intersect(whole) for box in boxes if not box.is_empty() for whole in judged)
            if not asked:
                continue
            old, new = policy, self.policies.renewed(policy)
            if by_itself:
                changed = [pair for pair in zip(old.layers, new.layers, strict=True) if pair[0] is not pair[1]]
                old, new = (Policy(way, tuple(dict.fromkeys(layers))) for layers in zip(*changed, strict=True))
            then, now = self.judge.decide(old, asked), self.judge.decide(new, asked)
            opened, closed = _shift(then, now)
            opens.setdefault(way, []).extend(opened)
            closes.setdefault(way, []).extend(closed)
            doubted = now.unknown().intersect(then.unknown())
            for access, box in changes.live(doubted):
                undecided = doubted.intersect(FlowSet((box,)))
                (opens if access is Access.ALLOW else closes)[way].extend(undecided.boxes)
        found = {way: Portion(_joined(opens.get(way, [])), _joined(closes.get(way, []))) for way in Direction}
        return {way: portion for way, portion in found.items() if portion}

    def _changes_of(self, policy: Policy) -> _Changes:
        """Worked out once for all policies in which the same layers change."""
        now = self.policies.renewed(policy)
        pairs = [pair for pair in zip(policy.layers, now.layers, strict=True) if pair[0] is not pair[1]]
        known = tuple(layer for _, layer in pairs)
        if known not in self._changes:
            self._changes[known] = _Changes.of(pairs)
        return self._changes[known]


@dataclass(frozen=True, slots=True, eq=False)
class _Changes:
    """What layers have that they had not, and the other way round; `layers` are those that are new."""

    added: tuple[Variant, ...]
    removed: tuple[Variant, ...]
    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Layer, Layer]]) -> _Changes:
        """`pairs`: each changed layer as it was, and as it is."""
        added: list[Variant] = []
        removed: list[Variant] = []
        layers: list[Layer] = []
        for then, now in pairs:
            had, has = set(map(id, then.variants)), set(map(id, now.variants))
            added += (variant for variant in now.variants if id(variant) not in had)
            removed += (variant for variant in then.variants if id(variant) not in has)
            layers.append(now)
        return cls(tuple(added), tuple(removed), tuple(layers))

    def variants(self) -> Iterator[Variant]:
        yield from self.added
        yield from self.removed

    def asked(self) -> Iterator[Box]:
        """The flows that can fare otherwise.

        What a new rule matches in doubt is left out: the group or tag that it names stands there for all that it holds.
        """
        yield from (variant.box for variant in self.added if not variant.doubts)
        yield from (variant.box for variant in self.removed)

    def live(self, among: FlowSet) -> Iterator[tuple[Access, Box]]:
        """What is left to new rules that match some flows, once the surer rules before them have taken theirs."""
        new = {id(variant) for variant in self.added if any(variant.box.meets(box) for box in among.boxes)}
        for layer in self.layers:
            for number, variant in enumerate(layer.variants):
                if id(variant) in new and not variant.doubts:
                    earlier = (v.box for v in layer.variants[:number] if not v.doubts and v.box.meets(variant.box))
                    left = FlowSet((variant.box,)).subtract(FlowSet(tuple(earlier)))
                    yield from ((variant.decider.access, box) for box in left.boxes)


_FEW = 8
_PLATFORM = FlowSet((between(PLATFORM), between(destinations=PLATFORM)))


def but_platform(flows: FlowSet) -> FlowSet:
    """Without the platform's addresses: what a fix does to them is told, but is no reason against it (B4.6)."""
    return flows.subtract(_PLATFORM)


def a_few(flows: FlowSet) -> FlowSet:
    """Some flows of many: of a few boxes, those between the first addresses of a few spans, at the first port."""
    found: list[Box] = []
    for box in flows.boxes[:_FEW]:
        sources, destinations = (
            AddressSet.of((low, low) for low, _ in side.spans[:_FEW]) for side in (box.sources, box.destinations)
        )
        found += (replace(one, sources=sources, destinations=destinations) for one in single(box.witness()).boxes)
    return FlowSet(tuple(found))


def closes_platform(edit: Edit, own: Portion, together: Mapping[Gate, Portion]) -> bool:
    """Whether an edit, or it with others, closes flows of the platform's addresses: health probes among them."""
    portions = [own, *([together.get(edit.gate, NOTHING_MOVED)] if edit.may_close else [])]
    return any(portion.closes.meets(_PLATFORM) for portion in portions)


def _shift(then: Verdict, now: Verdict) -> tuple[list[Box], list[Box]]:
    """What opens and what closes; what was decided and no longer is, may do so."""
    opened = now.allowed().subtract(then.allowed()).union(now.unknown().intersect(then.denied()))
    closed = now.denied().subtract(then.denied()).union(now.unknown().intersect(then.allowed()))
    return list(opened.boxes), list(closed.boxes)


def _joined(boxes: list[Box]) -> FlowSet:
    return FlowSet.of(boxes).merged()


def _touches(question: Question, touched: Mapping[PortSet, list[Box]]) -> bool:
    """Whether a changed rule can match some of the question's flows; most are told apart by their ports."""
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
