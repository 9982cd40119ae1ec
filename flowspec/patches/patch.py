"""What rendering makes, and what none is made of."""

from __future__ import annotations

from dataclasses import dataclass

from flowspec.errors import Problem, RenderError, Severity
from flowspec.model.documents.plan import Report


@dataclass(frozen=True, slots=True)
class Patch:
    """A file of changes, and what is in it."""

    file: str
    text: str


def refuse_unproved(report: Report) -> None:
    """RenderError where a change is not proved to its end."""
    problems = [
        Problem(Severity.ERROR, f"The proof for {change.rule} in {change.nsg} is truncated, so it is not rendered.",
                "Nothing was written. Plan again with a larger --max-boxes, so that the proof names every flow.")
        for change in report.suggested_changes
        if change.proof.truncated
    ]  # fmt: skip
    if problems:
        raise RenderError(problems)
