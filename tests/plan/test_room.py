"""A document has room for so much: checks and flows that are as wished are left out beyond it, and counted."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from flowspec.model.documents.plan import IntentResult, Status
from flowspec.pipeline import PlanOptions, run
from flowspec.views import VIEWS, Style
from tests.document import fitting
from tests.plan.differential import Case
from tests.plan.drawn_specs import TODAY

WHOLE = PlanOptions(today=TODAY)


def without_lists(intent: IntentResult) -> IntentResult:
    """What no room can change: numbers, drift, causes, reasons; subnets are told wherever there is any room."""
    flows = msgspec.structs.replace(
        intent.flows, passing=(), stopped=(), excepted=(), truncated=False,
        passing_total=whole(intent.flows.passing_total), stopped_total=whole(intent.flows.stopped_total),
        excepted_total=whole(intent.flows.excepted_total),
    )  # fmt: skip
    return msgspec.structs.replace(intent, checks=(), checks_left_out=0, flows=flows, subnets=None)


def whole(total: object) -> object:
    return msgspec.structs.replace(total, truncated=False)  # type: ignore[type-var]


@pytest.mark.parametrize("seed", [n for n in range(0, 40, 2) if n != 36])
def test_what_is_left_out_is_counted_and_nothing_else_changes(seed: int) -> None:
    case = Case(seed)
    inventory = case.load(case.drawn)
    expected = run(case.spec.spec, inventory, WHOLE)
    assert all(intent.checks_left_out == 0 for intent in expected.intents)
    assert all(bool(intent.causes) is (intent.status is Status.DRIFTED) for intent in expected.intents)
    for room in (0, 30, 200):
        report = fitting(run(case.spec.spec, inventory, replace(WHOLE, room=room)))
        assert VIEWS["plan"]["text"](report, Style()) == VIEWS["plan"]["text"](expected, Style())
        assert report.summary == expected.summary
        assert report.suggested_changes == expected.suggested_changes
        for mine, theirs in zip(report.intents, expected.intents, strict=True):
            assert without_lists(mine) == without_lists(theirs)
            assert mine.checks == theirs.checks or (mine.checks, mine.checks_left_out) == ((), len(theirs.checks))


def test_intents_in_trouble_come_first() -> None:
    listed = {Status.SATISFIED: 0, Status.DRIFTED: 0}
    for seed in range(36):
        case = Case(seed)
        report = run(case.spec.spec, case.load(case.drawn), replace(WHOLE, room=150))
        for intent in report.intents:
            if intent.status in listed:
                listed[intent.status] += bool(intent.checks)
        trouble = [i for i in report.intents if i.status is not Status.SATISFIED and i.checks_left_out]
        assert not trouble or not any(i.checks for i in report.intents if i.status is Status.SATISFIED)
    assert all(listed.values()), listed
