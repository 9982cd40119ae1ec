"""What one search finds, and what that makes possible -> all of it as changes of the network as it is.

A change may do harm that does none once others are made. So the network with all changes in is searched again, by the
same search that a second plan would make, until that finds nothing; what it finds is composed with what is there, and
proved for the network as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowspec.decide.exact import TooManyError
from flowspec.fixes.bench import composed
from flowspec.fixes.edit_groups import EditGroup, batch_of
from flowspec.fixes.edits import Edit, edited, place_of
from flowspec.fixes.goals import Obstacles
from flowspec.fixes.made import Made, misfits
from flowspec.fixes.prove import Prover, Trial
from flowspec.fixes.reconcile import reconciled
from flowspec.fixes.remedies import NOT_TOGETHER, Remedy, RuleBatch, Tackled, remedies
from flowspec.fixes.search import Suggestions, suggest, work_together
from flowspec.fixes.spread import Spread
from flowspec.fixes.wishes import Wishes
from flowspec.intents.case import Case
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.intents.questions import Planner
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import key

_ROUNDS = 5
_TRIED_SINGLY = 12
"""Batches up to which a change that does harm alone is tried beside each of them before it is put to all."""

_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """Changes on offer; by the place of an edit, what its rule is for then, and why a rule of its own does not fit."""

    suggestions: Suggestions
    made_for: Mapping[_Place, tuple[str, ...]] = field(default_factory=dict)
    reasons: Mapping[_Place, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Searched:
    """A network, the intents that are to be mended in it, and whether its own rules are to be looked at."""

    prover: Prover
    judgements: Sequence[Judgement]
    is_whole: bool

    def again(self, edits: Iterable[Edit]) -> Searched:
        """The same with some edits made."""
        planner = self.prover.planner
        inventory = planner.network.inventory
        changed = replace(inventory, nsgs={**inventory.nsgs, **edited(inventory.nsgs, edits)})
        case = Case(planner.spec, changed, planner.today, tuple(self.prover.before.questions))
        every = Judgements(case.judge, case.questions)
        mine = [every[judgement.question.address] for judgement in self.judgements]
        return Searched(Prover(case.planner, case.judge, every), mine, self.is_whole)


def search(
    planner: Planner,
    judge: Judge,
    judgements: Iterable[Judgement],
    before: Judgements,
    spread: Spread,
    *,
    is_whole: bool,
) -> Found:
    """Changes for all drifted ones of some intents, and for rules that flowspec made if this `is_whole`."""
    first = Searched(Prover(planner, judge, before), list(judgements), is_whole)
    found = _once(first, spread)
    for _ in range(_ROUNDS - 1):
        if not found.suggestions.gave_up or not found.suggestions.batches:
            break
        again = _once(first.again(edit for batch in found.suggestions.batches for edit in batch.edits), spread)
        if not again.suggestions.batches:
            break
        found = _Composition(first, found, again).found()
    return found


def _once(searched: Searched, spread: Spread) -> Found:
    prover = searched.prover
    old = _misfits(prover) if searched.is_whole else []
    again = reconciled(prover, old, spread) if old else None
    reasons = {(key(made.nsg), key(made.rule.name)): made.reason for made in old}
    if again is not None:
        return Found(again.suggestions, again.made_for, reasons)
    found = suggest(prover.planner, prover.judge, searched.judgements, prover.before, spread)
    made_for = {place_of(edit): serves for batch in found.batches for edit, serves in _served(batch)}
    return Found(found, made_for, reasons)


def _misfits(prover: Prover) -> list[Made]:
    """The rules that no longer fit; none after an error, or where the spec has no name to know its rules by."""
    if not prover.planner.spec.name or any(question.problems for question in prover.before.questions.values()):
        return []
    return misfits(prover)


def _served(batch: RuleBatch) -> Iterator[tuple[Edit, tuple[str, ...]]]:
    return zip(batch.edits, batch.serves, strict=True)


class _Composition:
    """What was found first, and what was found once that was in: both as batches for the network as it is."""

    def __init__(self, searched: Searched, first: Found, again: Found) -> None:
        self._prover, self._asked = searched.prover, Wishes(prover=searched.prover)
        self._searched, self._first, self._again = searched, first, again

    def found(self) -> Found:
        """All of it that can be proved; nothing is to be had from a further round if that is no more than before."""
        batches = list(self._first.suggestions.batches)
        for batch in self._again.suggestions.batches:
            batches = self._with(batches, batch) or batches
        if batches == list(self._first.suggestions.batches):
            return replace(self._first, suggestions=replace(self._first.suggestions, gave_up=False))
        order = {address: number for number, address in enumerate(self._prover.before.questions)}
        batches.sort(key=lambda batch: min((order[a] for a in batch.addresses), default=len(order)))
        shares = tuple(self._prover.shares(batch.edits, batch.effect) for batch in batches)
        found = Suggestions(tuple(batches), shares, self._remedies(batches), self._again.suggestions.gave_up)
        return Found(found, self._made_for(), self._reasons())

    def _with(self, batches: Sequence[RuleBatch], more: RuleBatch) -> list[RuleBatch] | None:
        """The batches and one more: by itself, or in one with those that it hangs on; None if that can't be proved."""
        mine = [batch for batch in batches if _hang_together(batch, more)]
        others = [batch for batch in batches if batch not in mine]
        singly = [[other] for other in others] if len(others) <= _TRIED_SINGLY else []
        for beside in ([], *singly, others):
            is_on_top = len(mine) + len(beside) == len(batches)
            whole = self._joined([*mine, *beside], more, is_on_top=is_on_top)
            if whole is not None:
                found = [*(other for other in others if other not in beside), whole]
                if work_together(self._prover, found):
                    return found
        return None

    def _joined(self, batches: Sequence[RuleBatch], more: RuleBatch, *, is_on_top: bool) -> RuleBatch | None:
        """Several batches, and then one more, as a batch; None where it does harm, or mends less than they do.

        `is_on_top`: on all that was found, where it was seen to do nothing that nobody asks for; else that is asked.
        """
        serves: dict[_Place, tuple[str, ...]] = {}
        for edit, theirs in (pair for batch in (*batches, more) for pair in _served(batch)):
            serves[place_of(edit)] = tuple(dict.fromkeys((*serves.get(place_of(edit), ()), *theirs)))
        edits = composed((edit for batch in batches for edit in batch.edits), more.edits)
        if any(e.before and e.after and e.before.direction is not e.after.direction for e in edits):
            return None
        group = EditGroup()
        for edit in (edit for edit in edits if edit.before != edit.after):
            group.add(edit, serves[place_of(edit)])
        try:
            found = batch_of(self._prover, group)
        except TooManyError:
            return None
        mends_less = any(self._mends_less(found.effect, batch.effect) for batch in batches)
        if mends_less or found.effect.worse(self._prover.before):
            return None
        return None if not is_on_top and self._asked.objection(found.edits, found.effect) else found

    def _mends_less(self, effect: Trial, than: Trial) -> bool:
        before = self._prover.before
        judged = {a: effect.judged[a] if a in effect.judged else before[a] for a in than.judged}
        return bool(replace(effect, judged=judged).worse(than.judged))

    def _made_for(self) -> dict[_Place, tuple[str, ...]]:
        """What each rule is for then: what was found last, where that words it anew."""
        found = dict(self._first.made_for)
        for edit, _ in (pair for batch in self._again.suggestions.batches for pair in _served(batch)):
            place, before, after = place_of(edit), edit.before, edit.after
            if place not in found or before is None or (after and before.description != after.description):
                found[place] = self._again.made_for.get(place, ())
        return found

    def _reasons(self) -> dict[_Place, str]:
        """Why rules that are there do not fit; a rule that was made first is not there."""
        made = {place_of(edit) for batch in self._first.suggestions.batches for edit in batch.edits}
        again = {place: reason for place, reason in self._again.reasons.items() if place not in made}
        return {**again, **self._first.reasons}

    def _remedies(self, batches: Sequence[RuleBatch]) -> dict[str, tuple[Remedy, ...]]:
        """The remedies of what drifts; where there is none, why, as it was told before."""
        nsgs = self._prover.planner.network.inventory.nsgs
        drifted = [judgement for judgement in self._searched.judgements if judgement.status is Status.DRIFTED]
        attempts = [Tackled(judgement, Obstacles(nsgs), has_fix=False) for judgement in drifted]
        return {
            address: tuple(
                replace(remedy, no_change=self._told(address, at) or remedy.no_change) if remedy.no_change else remedy
                for at, remedy in enumerate(mine)
            )
            for address, mine in remedies(attempts, batches)
        }

    def _told(self, address: str, cause: int) -> str:
        """Why a cause can't be mended, or not all of it."""
        first = self._first.suggestions.remedies.get(address, ())
        again = (remedy.no_change for remedy in self._again.suggestions.remedies.get(address, ()))
        told = first[cause].no_change if cause < len(first) else ""
        return told if told and told != NOT_TOGETHER else next(filter(None, again), told)


def _hang_together(batch: RuleBatch, more: RuleBatch) -> bool:
    """Whether what is found later builds on a batch: its rules or their priorities, its intents, or its flows."""
    if not set(batch.addresses).isdisjoint(more.addresses):
        return True
    group = EditGroup(list(batch.edits), list(batch.serves))
    left = {(e.gate, e.before.priority) for e in batch.edits if e.before is not None}
    return any(
        place_of(edit) in map(place_of, batch.edits)
        or (edit.after is not None and (edit.gate, edit.after.priority) in left)
        or group.is_tied(edit)
        for edit in more.edits
    )
