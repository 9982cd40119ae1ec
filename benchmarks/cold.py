"""`python -m benchmarks.cold ENGINE SEED FOLDER`: a process that reads an inventory and answers 200 questions, once.

All engines read it and resolve its tags as flowspec does, and none looks for cyclic garbage, as no plan does. The
answers are printed, one letter each: `?` where the engine gave up.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.policies import policy_in
from benchmarks.questions import questions
from flowspec.decide.narrow import Narrow
from flowspec.model.collector import without_collector
from flowspec.model.inventory import Access
from flowspec.policy.layers import Policy
from flowspec.sets.flows import Box, Flow, FlowSet

QUESTIONS = 200
LETTERS = {True: "y", False: "n", None: "?"}
Asked = list[tuple[Box, Access]]


def asked_of(policy: Policy, seed: int) -> Asked:
    """Questions that a spec may put to a policy, and what it wishes."""
    dice = random.Random(seed)
    return [(box, dice.choice((Access.ALLOW, Access.DENY))) for box in questions(policy, dice, QUESTIONS)]


def other_flow(narrow: Narrow, policy: Policy, box: Box, expected: Access) -> Flow | None:
    """A flow of the box that does not surely come to the expected access; None when all of them do."""
    parts = narrow.decide(policy, FlowSet((box,))).parts
    return next((part.flows.witness() for part in parts if part.access is not expected), None)


def flowspec(policy: Policy) -> Callable[[Box, Access], bool]:
    narrow = Narrow()
    return lambda box, expected: other_flow(narrow, policy, box, expected) is None


def oxidd(policy: Policy) -> Callable[[Box, Access], bool]:
    from benchmarks.peers import DiagramPolicy

    diagram = DiagramPolicy(policy)

    def holds(box: Box, expected: Access) -> bool:
        found = diagram.other_than(box, expected)
        return bool(found.pick_cube() is None)

    return holds


def z3(policy: Policy) -> Callable[[Box, Access], bool | None]:
    from benchmarks.peers import Z3Policy

    return Z3Policy(policy).incremental


ENGINES = {"flowspec": flowspec, "oxidd": oxidd, "z3": z3}


def main(engine: str, seed: str, folder: str) -> None:
    with without_collector():
        policy = policy_in(Path(folder))
        holds = ENGINES[engine](policy)
        print("".join(LETTERS[holds(box, expected)] for box, expected in asked_of(policy, int(seed))))


if __name__ == "__main__":
    main(*sys.argv[1:])
