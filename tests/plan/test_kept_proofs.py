"""What a proof takes from those before it, and what a search does not look at again, is as if all were looked at."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from flowspec.decide.exact import TooManyError
from flowspec.fixes.bench import Bench, State, Unmet
from flowspec.fixes.edits import Edit
from flowspec.fixes.goals import Want
from flowspec.fixes.prove import Prover, Trial, a_few
from flowspec.fixes.remedies import RuleBatch
from flowspec.fixes.search import suggest
from flowspec.fixes.spread import in_turn
from flowspec.fixes.wording import _maximal
from flowspec.intents.case import Case as Judged
from flowspec.intents.judgements import Judgements
from flowspec.model.inventory import Inventory, Rule
from flowspec.sets.address import parse_prefix
from flowspec.sets.flows import FlowSet
from tests.plan.differential import OPTIONS, Case

SEEDS = range(40)


def prover_of(case: Case, inventory: Inventory | None = None) -> Prover:
    """One that knows nothing yet."""
    judged = Judged(case.spec.spec, inventory or case.load(case.drawn), OPTIONS.today)
    return Prover(judged.planner, judged.judge, Judgements(judged.judge, judged.questions))


def batches_of(prover: Prover) -> tuple[RuleBatch, ...]:
    return suggest(prover.planner, prover.judge, list(prover.before.values()), prover.before, in_turn).batches


def alike(one: Trial, other: Trial) -> bool:
    """By flows: of how many boxes, in which order, is no matter."""
    ways = {*one.moved, *other.moved}
    pairs = [(one.moved[way], other.moved[way]) for way in ways] if one.moved.keys() == other.moved.keys() else []
    return (
        len(pairs) == len(ways)
        and all(same(a.opens, b.opens) and same(a.closes, b.closes) for a, b in pairs)
        and one.judged.keys() == other.judged.keys()
        and all(
            after.status is other.judged[address].status and same(after.drift, other.judged[address].drift)
            for address, after in one.judged.items()
        )
    )


def same(one: FlowSet, other: FlowSet) -> bool:
    return not one.subtract(other) and not other.subtract(one)


def by_rule(lacks: Mapping[Want, tuple[Unmet, ...]]) -> dict[Want, dict[Rule | None, int]]:
    found: dict[Want, dict[Rule | None, int]] = {}
    for want, unmet in lacks.items():
        flows = found.setdefault(want, {})
        for lack in unmet:
            flows[lack.decider] = flows.get(lack.decider, 0) + lack.flows.count()
    return found


def test_proofs_and_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, after = [0], Bench.after

    def checked(bench: Bench, state: State, more: list[Edit], doubtful: FlowSet | None = None) -> State | None:
        """What wants lack is what they lack when all of them are looked at."""
        found = after(bench, state, more, doubtful)
        if found is not None:
            whole = bench._lacks(bench.prover.tried(found.edits), found.wants)
            assert by_rule(whole) == by_rule(found.lacks)
            looked[0] += 1
        return found

    monkeypatch.setattr(Bench, "after", checked)
    several = shared = 0
    for seed in SEEDS:
        case = Case(seed)
        inventory = case.load(case.drawn)
        batches = batches_of(prover_of(case, inventory))
        for batch in batches:
            assert alike(prover_of(case, inventory).effect(batch.edits), batch.effect), seed
        if len(batches) > 1:
            several += 1
            shared += check_together(prover_of(case, inventory), batches)
    assert looked[0] > 200 and several > 5 and shared, (looked, several, shared)


def check_together(prover: Prover, batches: tuple[RuleBatch, ...]) -> int:
    """An intent that one batch alone touches fares as in the proof of that batch, whatever the others do."""
    together = prover.effect(edit for batch in batches for edit in batch.edits)
    assert together.judged.keys() == {address for batch in batches for address in batch.effect.judged}
    shared = 0
    for address, judgement in together.judged.items():
        mine = [batch.effect.judged[address] for batch in batches if address in batch.effect.judged]
        shared += len(mine) > 1
        if len(mine) == 1:
            assert mine[0].status is judgement.status and same(mine[0].drift, judgement.drift), address
    return shared


def test_a_few_flows_are_some_of_them() -> None:
    for seed in SEEDS[:20]:
        prover = prover_of(Case(seed))
        for judgement in prover.before.values():
            few = a_few(judgement.drift)
            assert bool(few) == bool(judgement.drift) and few.is_subset(judgement.drift)
            if few:
                address, asked = judgement.question.address, judgement.drift
                assert same(prover.fares([], address, few).drift, few), (seed, address)
                try:
                    assert same(prover.fares([], address, asked).drift, asked), (seed, address)
                except TooManyError:
                    continue


def test_prefixes_inside_of_others_are_left_out() -> None:
    dice = random.Random(1)
    for _ in range(300):
        texts = [f"10.0.{dice.randrange(4)}.{dice.randrange(8) * 32}/{dice.choice([16, 22, 24, 27, 32])}"
                 for _ in range(dice.randrange(8))]  # fmt: skip
        spans = {text: parse_prefix(text) for text in texts}
        kept = list(_maximal(texts))
        assert kept == [text for text in dict.fromkeys(texts) if text in kept], "in their order"
        for text, span in spans.items():
            holders = [k for k in kept if spans[k][0] <= span[0] and span[1] <= spans[k][1]]  # type: ignore[index]
            assert len(holders) == 1 and (text not in kept or holders == [text])
