"""Drifted judgements -> the smallest NSG changes that mend them, each proved by deciding everything again.

An Allow gets a rule in every NSG that stops it; a Deny gets one at the destination, or at the source where the
destination can't take one. An NSG whose rule can't be written or proved, harms another intent or touches other flows
is left out with the flows that hinge on it, and the rest is proved without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowspec.decide.exact import TooManyError
from flowspec.fixes.drafts import Drafter, NoRoomError
from flowspec.fixes.edits import Edit
from flowspec.fixes.gates import Gate
from flowspec.fixes.goals import Obstacles, Want, wants
from flowspec.fixes.prove import Portions, Prover, Trial, but_platform
from flowspec.fixes.wording import UnspeakableError
from flowspec.intents.causes import CauseFound, causes_of
from flowspec.intents.cover import emptied
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.intents.questions import Planner
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, key
from flowspec.sets.flows import FlowSet

if TYPE_CHECKING:
    from flowspec.model.live import Progress

_ROUNDS = 4
_TOO_MANY = "the rules here cut these flows into more pieces than a change can be proved for: ask about fewer at once"
_ATTEMPTS = 12
_TRIALS = 40
"""Proofs that the search for NSGs whose rules do harm may take; those it has not told apart by then are left out."""


@dataclass(frozen=True, slots=True)
class RuleBatch:
    """Rules that mend one intent together, and what they do."""

    address: str
    drafts: tuple[Edit, ...]
    effect: Trial


@dataclass(frozen=True, slots=True)
class Remedy:
    """What mends a cause: indexes of suggested changes; `no_change` is why there is none, or none for the rest."""

    changes: tuple[int, ...] = ()
    no_change: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The batches on offer, and for each drifted intent the remedy of each of its causes.

    `shares`: of each batch, what is each rule's own.
    """

    batches: tuple[RuleBatch, ...] = ()
    shares: tuple[Portions, ...] = ()
    remedies: Mapping[str, tuple[Remedy, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What can be offered for an intent, if anything, and what stands against more."""

    judgement: Judgement
    obstacles: Obstacles
    batch: RuleBatch | None = None


def suggest(
    planner: Planner,
    judge: Judge,
    judgements: Iterable[Judgement],
    before: Judgements,
    tell: Progress | None,
) -> Suggestions:
    """Changes for every drifted one of some intents, each proved by itself and all proved together.

    `before` has all intents: none of them may be harmed.
    """
    drifted = [j for j in judgements if j.status is Status.DRIFTED]
    prover = Prover(planner, judge, before)
    work = _Suggester(prover, Drafter(planner, prover))
    attempts: list[_Attempt] = []
    for number, judgement in enumerate(drifted):
        attempts.append(work.attempt(judgement))
        if tell is not None:
            tell("suggest", number + 1, len(drifted))
    batches = {attempt.batch.address: attempt.batch for attempt in attempts if attempt.batch is not None}
    _keep_compatible(prover, batches)
    shares = tuple(prover.shares(batch.drafts, batch.effect) for batch in batches.values())
    return Suggestions(tuple(batches.values()), shares, dict(_remedies(attempts, batches)))


def _keep_compatible(prover: Prover, batches: dict[str, RuleBatch]) -> None:
    """Drops the last batches until all that is left does together what each does alone; found by halves."""
    order = list(batches.values())
    works, fails = min(1, len(order)), len(order) + 1
    while fails - works > 1:
        tried = len(order) if fails > len(order) else (works + fails) // 2
        if _work_together(prover, order[:tried]):
            works = tried
        else:
            fails = tried
    for batch in order[works:]:
        del batches[batch.address]


def _work_together(prover: Prover, batches: list[RuleBatch]) -> bool:
    try:
        together = prover.effect(draft for batch in batches for draft in batch.drafts)
    except TooManyError:
        return False
    alone = {batch.address: batch.effect.judged[batch.address] for batch in batches}
    return not together.worse({a: alone[a] if a in alone else prover.before[a] for a in together.judged})


# What mends each cause


def _remedies(
    attempts: Iterable[_Attempt], batches: Mapping[str, RuleBatch]
) -> Iterator[tuple[str, tuple[Remedy, ...]]]:
    first = 0
    for attempt in attempts:
        address, causes = attempt.judgement.question.address, causes_of(attempt.judgement)
        if address in batches:
            yield address, tuple(_remedy(cause, attempt, batches[address], first) for cause in causes)
            first += len(batches[address].drafts)
        elif attempt.batch is not None:
            reason = "its fix does not go together with the other fixes of this plan; apply those and plan again"
            yield address, tuple(Remedy(no_change=reason) for _ in causes)
        else:
            yield address, tuple(Remedy(no_change=_obstacle(cause, attempt, cause.flows)) for cause in causes)


def _remedy(cause: CauseFound, attempt: _Attempt, batch: RuleBatch, first: int) -> Remedy:
    """The rules of a batch that mend a cause, counted from `first`, and why they do not mend all of it."""
    left = cause.flows.intersect(batch.effect.judged[batch.address].drift)
    if not left.count() < cause.flows.count():
        return Remedy(no_change=_obstacle(cause, attempt, left))
    nsgs = {key(layer.nsg) for blame in cause.blames for layer in blame.check.party.policy.layers if layer.nsg}
    theirs = tuple(first + n for n, draft in enumerate(batch.drafts) if key(draft.nsg) in nsgs)
    changes = theirs or tuple(range(first, first + len(batch.drafts)))
    if emptied(left, attempt.judgement.question.oneself):
        return Remedy(changes)
    return Remedy(changes, _obstacle(cause, attempt, left))


def _obstacle(cause: CauseFound, attempt: _Attempt, left: FlowSet) -> str:
    """Why flows of a cause stay as they are: for what is at its own NSGs, else for what is at others."""
    if attempt.judgement.shattered is not None:
        return _TOO_MANY
    own = next(filter(None, map(attempt.obstacles.of, cause.blames)), "")
    others = [reason for reason, flows in attempt.obstacles.stuck if flows.meets(left)]
    if attempt.judgement.question.expect is Access.DENY:
        return "; ".join(list(dict.fromkeys(filter(None, (own, *others))))[:2]) or "no change was found"
    if own or not others:
        return own or "no change was found"
    return f"a rule here alone would open nothing: {others[0]}"


# The search for a batch


@dataclass(slots=True)
class _Suggester:
    prover: Prover
    drafter: Drafter

    def attempt(self, judgement: Judgement) -> _Attempt:
        """The shortest way to write the rules that can be proved; the intent's own words before the drifted flows."""
        obstacles = Obstacles(self.prover.planner.network.inventory.nsgs)
        if judgement.shattered is not None:
            return _Attempt(judgement, obstacles)
        try:
            return self._attempt(judgement)
        except TooManyError:
            obstacles.stuck.append((_TOO_MANY, judgement.drift))
            return _Attempt(judgement, obstacles)

    def _attempt(self, judgement: Judgement) -> _Attempt:
        found: list[_Attempt] = []
        for exact in (False, True):
            found.append(self._try(judgement, exact=exact))
            if _is_plain(found[0].batch):
                break  # nothing shorter can come of the second way, and a proof is dear in a large network
        chosen = min(found, key=_length)
        if chosen.batch is not None:
            self.drafter.keep(chosen.batch.drafts)
        return chosen

    def _try(self, judgement: Judgement, *, exact: bool) -> _Attempt:
        """Rules for all that drifts; then without what turned out to stand against them, until nothing does."""
        obstacles = Obstacles(self.prover.planner.network.inventory.nsgs)
        for _ in range(_ATTEMPTS):
            drafts, effect, is_whole = self._build(judgement, obstacles, exact=exact)
            if not is_whole:
                continue
            if effect is None:
                break
            refused = self._refused(judgement, drafts, effect)
            if not refused:
                batch = RuleBatch(judgement.question.address, tuple(sorted(drafts, key=_denies)), effect)
                return _Attempt(judgement, obstacles, batch)
            obstacles.gates.update(refused)
        return _Attempt(judgement, obstacles)

    def _build(
        self, judgement: Judgement, obstacles: Obstacles, *, exact: bool
    ) -> tuple[list[Edit], Trial | None, bool]:
        """Rules for what drifts, then for what still drifts behind them (a second NSG), and so on.

        Not whole when flows turned out to be stuck: what was drafted for them elsewhere would be of no use.
        """
        drafts: list[Edit] = []
        effect: Trial | None = None
        current, rounds = judgement, 0
        while True:
            aims, stuck = obstacles.aims(current)
            if not aims and not stuck:
                return drafts, effect, True
            if not stuck:
                found, refused = self._drafted(judgement, wants(current, aims, exact=exact), drafts)
                if refused:
                    obstacles.gates.update(refused)
                    continue
                if not found or rounds == _ROUNDS:
                    reason = "the rule that would mend it does not: another rule or layer still decides"
                    stuck = [(reason, FlowSet.union_all(blame.flows for blame in aims))]
            if stuck:
                obstacles.stuck += stuck
                return drafts, effect, False
            drafts += found
            effect, rounds = self.prover.effect(drafts), rounds + 1
            current = effect.judged[judgement.question.address]

    def _drafted(
        self, judgement: Judgement, wished: Iterable[Want], drafts: list[Edit]
    ) -> tuple[list[Edit], dict[Gate, str]]:
        """Rules for what is wished, beside some drafts; and the gates where it can't be written, with the reason."""
        found: list[Edit] = []
        refused: dict[Gate, str] = {}
        for want in wished:
            try:
                found += list(self.drafter.drafts(judgement, want, [*drafts, *found]))
            except (UnspeakableError, NoRoomError) as failure:
                refused[want.gate] = str(failure)
        return found, refused

    def _refused(self, judgement: Judgement, drafts: list[Edit], effect: Trial) -> dict[Gate, str]:
        """The gates whose rules do harm, on top of those that do none; found by halves, the likely ones last."""
        reason = self._objection(judgement, effect)
        gates = list(dict.fromkeys(draft.gate for draft in drafts))
        if not reason or len(gates) == 1:
            return dict.fromkeys(gates, reason) if reason else {}
        kept: set[Gate] = set()
        refused: dict[Gate, str] = {}
        judging = self._judging(effect)
        likely, others = ([p for p in gates if (p in judging) is wanted] for wanted in (True, False))
        groups, trials = [group for group in (*_halves(likely), others) if group], 0
        while groups:
            group, trials = groups.pop(), trials + 1
            tried = self.prover.effect(draft for draft in drafts if draft.gate in kept.union(group))
            reason = self._objection(judgement, tried)
            if not reason:
                kept.update(group)
            elif len(group) == 1 or trials > _TRIALS:
                refused.update(dict.fromkeys(group, reason))
            else:
                groups += _halves(group)
        return refused

    def _judging(self, effect: Trial) -> set[Gate]:
        """The gates that judge the intents that come to harm."""
        questions = [effect.judged[address].question for address in effect.worse(self.prover.before)]
        policies = {party.policy for q in questions for party in (*q.sources.parties, *q.destinations.parties)}
        return {(key(layer.nsg), policy.direction) for policy in policies for layer in policy.layers}

    def _objection(self, judgement: Judgement, effect: Trial) -> str:
        """Why rules are not to be: they harm another intent, or touch flows that the intent is not about."""
        harmed = effect.worse(self.prover.before)
        if harmed:
            return f"the rule that would mend it would break {', '.join(sorted(harmed)[:3])}"
        question = judgement.question
        wanted, other = (
            (effect.opens, effect.closes) if question.expect is Access.ALLOW else (effect.closes, effect.opens)
        )
        beside = [but_platform(flows) for flows in other.values()]
        beside += [but_platform(flows).subtract(question.asked) for flows in wanted.values()]
        return "the rule that would mend it would change flows that the intent is not about" if any(beside) else ""


def _halves(gates: list[Gate]) -> list[list[Gate]]:
    """The second before the first: what is taken from the end is the first."""
    middle = len(gates) // 2
    return [gates[middle:], gates[:middle]]


def _denies(draft: Edit) -> bool:
    """What a rule keeps open comes before the rule that closes the rest, also when they are put in one by one."""
    return draft.rule.access is Access.DENY


def _is_plain(batch: RuleBatch | None) -> bool:
    """Each NSG gets one rule, of few terms, and the intent is mended."""
    if batch is None:
        return False
    rules = [draft.rule for draft in batch.drafts]
    few = all(len(r.sources) + len(r.destinations) <= 8 for r in rules)
    one = len({draft.gate for draft in batch.drafts}) == len(rules)
    return few and one and batch.effect.judged[batch.address].status is not Status.DRIFTED


def _length(attempt: _Attempt) -> tuple[int, int, int]:
    """Drift left, rules, and terms in them."""
    batch = attempt.batch
    if batch is None:
        return attempt.judgement.drift.count(), 0, 0
    rules = [draft.rule for draft in batch.drafts]
    terms = sum(len(r.sources) + len(r.source_asgs) + len(r.destinations) + len(r.destination_asgs) for r in rules)
    return batch.effect.judged[batch.address].drift.count(), len(rules), terms
