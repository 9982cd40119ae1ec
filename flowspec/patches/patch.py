"""What rendering makes, and what none is made of."""

from __future__ import annotations

from dataclasses import dataclass

from flowspec.errors import Problem, RenderError, Severity, Where
from flowspec.model.documents.plan import Report
from flowspec.patches.item import ChangeItem


@dataclass(frozen=True, slots=True)
class Patch:
    """A file of changes, and what is in it."""

    file: str
    text: str


def refuse_unproved(report: Report) -> None:
    """RenderError where a change is not proved to its end, or not known whole."""
    problems = [
        Problem(Severity.ERROR, f"The proof for {change.rule} in {change.nsg} is truncated, so it is not rendered.",
                "Nothing was written. Plan again with a larger --max-boxes, so that the proof names every flow.")
        for change in report.suggested_changes
        if change.proof.truncated
    ]  # fmt: skip
    problems += [
        Problem(Severity.ERROR, f"{change.rule} in {change.nsg} holds a sensitive value, so it is not rendered.",
                "Nothing was written. A plan does not hold such values; write this rule by hand.")
        for change in report.suggested_changes
        if "(sensitive)" in str(change.change.after)
    ]  # fmt: skip
    if problems:
        raise RenderError(problems)


def refusal(item: ChangeItem, why: str, where: Where | None = None) -> RenderError:
    """Why a change can't be written in place, and what can be done."""
    summary = f"Can't {item.action} {item.nsg}/securityRules/{item.name} in place: {why}"
    detail = "Nothing was written. Without --in-place the change is rendered to be put in by hand."
    return RenderError(Problem(Severity.ERROR, summary, detail, where))
