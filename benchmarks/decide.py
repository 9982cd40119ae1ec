"""Does all of S to D on P pass, else a flow: against z3 and a BDD of the policy; and exact counts of wide questions."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator

from benchmarks.peers import Z3Policy
from benchmarks.policies import adversarial, realistic
from benchmarks.questions import adversarial_questions, questions
from benchmarks.timing import Row, peak, spread, timed
from flowspec.engine.decide import Compiled, decide, single
from flowspec.engine.policy import Policy
from flowspec.engine.regions import Diagrams
from flowspec.engine.wide import first_flow, tally
from flowspec.model.inventory import Access
from flowspec.model.netset import Box, FlowSet

_Z3 = 100
Asked = list[tuple[Box, Access]]


def run(seed: int) -> Iterator[Row]:
    policy, dice = realistic(seed, 1000).policy, random.Random(seed)
    asked = [(box, dice.choice((Access.ALLOW, Access.DENY))) for box in questions(policy, dice, 200)]
    compiled, build = timed(Compiled, policy)
    answers, ours = _ours(compiled, asked)
    yield Row("yes or no and a flow, 200 questions, median / p90 / max", spread(ours))
    yield from _against_diagrams(policy, asked, answers, (build, ours))
    yield from _against_z3(policy, asked, answers, (build, ours))
    yield from _wide(Compiled(policy), questions(policy, dice, 1000), "1,000 random questions")
    yield from _wide(Compiled(policy), adversarial_questions(dice, 100), "100 adversarial questions")
    shattered = adversarial(seed, 300).policy
    yield from _wide(
        Compiled(shattered), adversarial_questions(dice, 100), "100 adversarial questions to adversarial rules"
    )
    yield Row("peak memory of decide", f"{peak():.0f} MB")


def _ours(compiled: Compiled, asked: Asked) -> tuple[list[bool], list[float]]:
    """The answers, each flow checked, and the seconds each took."""
    answers, took = [], []
    for box, expected in asked:
        flow, seconds = timed(first_flow, compiled, FlowSet((box,)), expected)
        took.append(seconds)
        answers.append(flow is None)
        if flow is not None:
            assert decide(compiled, single(flow)).parts[0].access is not expected
    return answers, took


def _against_diagrams(
    policy: Policy, asked: Asked, answers: list[bool], ours: tuple[float, list[float]]
) -> Iterator[Row]:
    diagrams = Diagrams(policy)
    _, build = timed(diagrams.shares, FlowSet((asked[0][0],)))
    took = []
    for (box, expected), answer in zip(asked, answers, strict=True):
        found, seconds = timed(diagrams.other_than, FlowSet((box,)), expected)
        took.append(seconds)
        assert found.is_empty() == answer
    yield Row("the same by diagrams alone (oxidd), warm", spread(ours[1]), spread(took))
    cold, theirs = ours[0] + sum(ours[1]), build + sum(took)
    yield Row("cold: build, 200 questions, against oxidd", f"{cold:.2f} s", f"{theirs:.2f} s", theirs / cold, ">= 3",
              theirs / cold >= 3)  # fmt: skip


def _against_z3(policy: Policy, asked: Asked, answers: list[bool], ours: tuple[float, list[float]]) -> Iterator[Row]:
    try:
        theirs, build = timed(Z3Policy, policy)
    except ImportError:
        yield Row("yes or no against z3", spread(ours[1]), "not installed")
        return
    incremental, fresh = [], []
    for number, ((box, expected), answer) in enumerate(zip(asked[:_Z3], answers[:_Z3], strict=True)):
        held, seconds = timed(theirs.incremental, box, expected)
        incremental.append(seconds)
        assert held == answer, "z3 says otherwise"
        if number < 30:
            held, seconds = timed(theirs.fresh, box, expected)
            fresh.append(seconds)
            assert held == answer, "z3 says otherwise"
    median = statistics.median(ours[1])
    for name, took, goal in (("incremental", incremental, 20), ("fresh", fresh, 300)):
        ratio = statistics.median(took) / median
        yield Row(
            f"yes or no against z3 {name}, medians", spread(ours[1]), spread(took), ratio, f">= {goal}", ratio >= goal
        )
    cold, other = ours[0] + sum(ours[1][:_Z3]), build + sum(incremental)
    ratio = other / cold
    yield Row("cold: build, 100 questions, against z3", f"{cold:.2f} s", f"{other:.2f} s", ratio, ">= 50", ratio >= 50)


def _wide(compiled: Compiled, boxes: list[Box], what: str) -> Iterator[Row]:
    """Exact counts, and that together they are all of the question."""
    took = []
    for box in boxes:
        shares, seconds = timed(tally, compiled, FlowSet((box,)))
        took.append(seconds)
        assert sum(share.count for share in shares.values()) == box.count()
    built = "" if compiled.diagrams is None else "; the worst builds the diagrams"
    worst = sorted(took)[-2] if built else max(took)
    yield Row(f"exact counts of {what}", spread(took) + built, goal="worst < 500 ms", met=max(took) < 0.5)
    yield Row(f"{what}: worst once built", f"{worst * 1000:.0f} ms", goal="< 500 ms", met=worst < 0.5)
