"""Does all of S to D on P pass, else a flow: against z3 and a BDD of the policy; and exact counts of wide questions.

Asked as a plan asks: `Narrow`, and diagrams where a question falls into too many pieces.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cold import LETTERS, Asked, asked_of, other_flow
from benchmarks.peers import Z3_PATIENCE, DiagramPolicy, Z3Policy
from benchmarks.policies import Case, adversarial, realistic
from benchmarks.processes import Finished, python
from benchmarks.questions import adversarial_questions, questions
from benchmarks.timing import Row, spread, timed
from flowspec.decide.exact import Compiled, TooManyError, decide
from flowspec.decide.narrow import Narrow
from flowspec.intents.by_diagram import shares
from flowspec.model.inventory import Access
from flowspec.policy.layers import Policy
from flowspec.sets.flows import Box, FlowSet, single

_INCREMENTAL, _FRESH = 60, 20
"""Questions put to z3, the first ones; it takes longer over them than all others together."""


_COLD = "a cold process with 200 questions, against {}"


def run(seed: int) -> Iterator[Row]:
    case = realistic(seed, 1000)
    policy, dice = case.policy, random.Random(seed)
    asked = asked_of(policy, seed)
    answers, ours = _ours(policy, asked)
    yield Row("yes or no and a flow, 200 questions, median / p90 / max", spread(ours))
    yield from _against_diagrams(policy, asked, answers, ours)
    yield from _against_z3(policy, asked, answers, ours)
    yield from _cold(case, seed, answers)
    yield _counts(policy, questions(policy, dice, 1000), "1,000 random questions")
    yield _counts(policy, adversarial_questions(dice, 100), "100 adversarial questions")
    shattered = adversarial(seed, 300).policy
    yield _counts(shattered, adversarial_questions(dice, 100), "100 adversarial questions to adversarial rules")


def _ours(policy: Policy, asked: Asked) -> tuple[list[bool], list[float]]:
    """The answers, each flow checked, and the seconds each took, what is built for the first one included."""
    narrow, compiled = Narrow(), Compiled(policy)
    answers, took = [], []
    for box, expected in asked:
        flow, seconds = timed(other_flow, narrow, policy, box, expected)
        took.append(seconds)
        answers.append(flow is None)
        if flow is not None:
            assert flow in box
            assert decide(compiled, single(flow)).parts[0].access is not expected
    return answers, took


def _against_diagrams(policy: Policy, asked: Asked, answers: list[bool], ours: list[float]) -> Iterator[Row]:
    diagram, build = timed(DiagramPolicy, policy)
    took = []
    for (box, expected), answer in zip(asked, answers, strict=True):
        cube, seconds = timed(lambda b=box, e=expected: diagram.other_than(b, e).pick_cube())
        took.append(seconds)
        assert (cube is None) == answer, "oxidd says otherwise"
    what = "yes or no against oxidd, once built, medians"
    yield Row(what, spread(ours), spread(took), statistics.median(took) / statistics.median(ours))
    yield Row("what oxidd builds before the first question", f"{build * 1000:.0f} ms")


def _against_z3(policy: Policy, asked: Asked, answers: list[bool], ours: list[float]) -> Iterator[Row]:
    try:
        theirs = Z3Policy(policy)
    except ImportError:
        for name, goal in (("incremental", 20), ("fresh", 300)):
            what = f"yes or no against z3 {name}, medians"
            yield Row(what, spread(ours), "not installed", goal=f">= {goal}", met=False)
        return
    median = statistics.median(ours)
    for name, ask, count, goal in (
        ("incremental", theirs.incremental, _INCREMENTAL, 20), ("fresh", theirs.fresh, _FRESH, 300)
    ):  # fmt: skip
        took, given_up = [], 0
        for (box, expected), answer in zip(asked[:count], answers, strict=False):
            held, seconds = timed(ask, box, expected)
            took.append(seconds)
            given_up += held is None
            assert held in (answer, None), "z3 says otherwise"
        ratio = statistics.median(took) / median
        told = spread(took) + (f", {given_up} of {count} given up after {Z3_PATIENCE} s" if given_up else "")
        what = f"yes or no against z3 {name}, medians"
        yield Row(what, spread(ours), told, ratio, f">= {goal}", ratio >= goal)


def _cold(case: Case, seed: int, answers: list[bool]) -> Iterator[Row]:
    """Processes that start, read the files, build and answer 200 questions; the faster the start, the harder for us."""
    expected = "".join(LETTERS[answer] for answer in answers)
    with TemporaryDirectory() as folder:
        case.write(Path(folder))

        def median(engine: str, times: int) -> Finished:
            done = [python(["-m", "benchmarks.cold", engine, str(seed), folder]) for _ in range(times)]
            for one in done:
                told = one.output.decode().strip()
                assert len(told) == len(expected), f"{engine} answered {told!r}"
                assert all(letter in (right, "?") for letter, right in zip(told, expected, strict=True)), engine
            return sorted(done, key=lambda one: one.processor)[times // 2]

        ours = median("flowspec", 5)
        assert b"?" not in ours.output
        for engine, times, goal in (("oxidd", 3, 3), ("z3", 1, 50)):
            if find_spec(engine) is None:
                yield Row(
                    _COLD.format(engine), f"{ours.processor:.2f} s", "not installed", goal=f">= {goal}", met=False
                )
                continue
            theirs = median(engine, times)
            ratio = theirs.processor / ours.processor
            yield Row(_COLD.format(engine), f"{ours.processor:.2f} s", f"{theirs.processor:.2f} s", ratio,
                      f">= {goal}", ratio >= goal, memory=f"{ours.memory:.0f} / {theirs.memory:.0f} MB")  # fmt: skip


def _counts(policy: Policy, boxes: list[Box], what: str) -> Row:
    """Exact counts, whatever has to be built for them included, and that oxidd counts the same."""
    narrow, counted, took = Narrow(), [], []
    for box in boxes:
        counts, seconds = timed(_tally, narrow, policy, box)
        took.append(seconds)
        counted.append(counts)
    diagram = DiagramPolicy(policy)
    for box, counts in zip(boxes, counted, strict=True):
        assert counts == {access: count for access, count in diagram.counts(box).items() if count}, "counts differ"
    return Row(f"exact counts of {what}, median / p90 / max", spread(took), goal="max < 500 ms", met=max(took) < 0.5)


def _tally(narrow: Narrow, policy: Policy, box: Box) -> dict[Access | None, int]:
    """Access (None: unknown) -> how many flows of a box come to it."""
    try:
        verdict = narrow.decide(policy, FlowSet((box,)))
    except TooManyError:
        return {access: flows.count() for access, flows in shares([(narrow.narrowed(policy, box), box)]).items()}
    found: dict[Access | None, int] = {}
    for part in verdict.parts:
        found[part.access] = found.get(part.access, 0) + part.flows.count()
    return found
