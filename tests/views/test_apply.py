"""What an apply says: before it asks, and at its end."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from flowspec.model.documents.apply import AppliedCheck, AppliedStep, ApplyResult, WrongAnswer
from flowspec.model.documents.plan import Action
from flowspec.views import VIEWS, Style
from flowspec.views.apply import change_set
from tests.applying.twinned import WEB, made, three_steps
from tests.document import fits


def applied_step(action: Action, outcome: Any = "done", rule: str = "a", **more: str) -> AppliedStep:
    return AppliedStep(nsg=WEB, rule=rule, action=action, outcome=outcome, **more)


def told(outcome: Any, *steps: AppliedStep, **more: Any) -> str:
    result = ApplyResult(
        format_version="1.0", flowspec_version="0", plan="p", endpoint="e", outcome=outcome, steps=steps, **more
    )
    fits(VIEWS["apply"]["json"](result, Style()), "apply")
    return VIEWS["apply"]["text"](result, Style())


@pytest.mark.parametrize(
    ("actions", "counts"),
    [(["create", "update"], "1 added, 0 changed, 0 deleted"), (["update", "update"], "0 added, 1 changed, 0 deleted"),
     (["update", "delete"], "0 added, 0 changed, 1 deleted"), (["delete", "create"], "0 added, 1 changed, 0 deleted"),
     (["create", "delete"], "0 added, 0 changed, 0 deleted")],
)  # fmt: skip
def test_the_steps_of_one_rule_are_one_change(actions: list[Action], counts: str) -> None:
    assert told("applied", *map(applied_step, actions)) == f"Apply complete! Rules: {counts}.\n"


def test_the_change_set_names_every_rule_in_the_order_of_the_steps() -> None:
    report = made(three_steps())
    noted = replace(report.suggested_changes[0], note="health probes \x1b[31m too")
    text = change_set(replace(report, suggested_changes=(noted, *report.suggested_changes[1:])), Style())
    at = [text.index(mark) for mark in ("+ create nsg-db", "~ update nsg-web", "- delete nsg-app")]
    assert at == sorted(at)
    assert "Plan: 1 to add, 1 to change, 1 to delete." in text
    assert "health probes \\x1b[31m too" in text
    assert "Mends intent.no-ssh-from-outside." in text and "Proved over 6 intents." in text


def test_what_was_put_back_says_why() -> None:
    assert told("rolled back", problem="nsg-web/securityRules/a: No: \x1b[2J") == (
        "Rolled back: nsg-web/securityRules/a: No: \\x1b[2J. The network is as it was.\n"
    )
    assert told("rolled back") == "Rolled back. The network is as it was.\n"


def test_what_is_left_has_its_command_on_one_line() -> None:
    mend = "az rest --method put --url https://management.azure.com/x --body '" + "y" * 200 + "'"
    text = told(
        "stopped", applied_step("create", "left", note="locked", mend=mend), applied_step("update", "open", "b"),
        problem="locked", journal=".flowspec/apply.journal",
    )  # fmt: skip
    assert f"\n    {mend}\n" in text
    assert "Left as they should not be:\n  nsg-web/securityRules/a: locked" in text
    assert text.endswith("apply --rollback goes on when they can be written again.\n")


def test_what_is_open_tells_both_ways_on() -> None:
    text = told("stopped", applied_step("create", "open"), problem="time is over", journal=".flowspec/apply.journal")
    assert "Begun, and not known:\n  nsg-web/securityRules/a\n" in text
    assert "flowspec apply PLAN goes on, flowspec apply --rollback undoes what was done" in text


def test_what_azure_says_otherwise_is_told_flow_by_flow() -> None:
    wrong = WrongAnswer(
        nic="/x/nic-a", direction="Inbound", protocol="TCP", local="10.0.0.4:22", remote="8.8.8.8:1", expected="Deny",
        answered="Allow",
    )  # fmt: skip
    check = AppliedCheck(answered=3, mended=1, calls=9, wrong=(wrong,), unanswered=("vm-b is stopped",), left_out=2)
    text = told("rolled back", check=check)
    plain = " ".join(text.split())
    assert "3 flows asked, 1 of them changed by the plan; 1 answered otherwise than the rules say." in plain
    assert "  TCP Inbound 10.0.0.4:22 <-> 8.8.8.8:1 at nic-a: Allow, not Deny\n" in text
    assert "Not asked or not answered: vm-b is stopped" in text and "2 flows were left out (--max-calls)." in text
    assert "ipFlowVerify answered for no flow." in told("applied", check=AppliedCheck(answered=0, mended=0, calls=0))
