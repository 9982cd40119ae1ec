"""What all HTML reports are told with: plain data that the page's script arranges, within bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowspec.model.documents.values import IntentProblem
from flowspec.views.blocks import place_text
from flowspec.views.layout import clipped, visible
from flowspec.views.style import Style

Data = dict[str, Any]

LONGEST = 4_000
"""Characters of one text that an estate can make as long as it likes."""


def unwrapped(style: Style) -> Style:
    """The same, for words that the page itself breaks into lines."""
    return replace(style, colour=False, width=1_000_000, everything=False, brief=False)


def problem_data(problem: IntentProblem) -> Data:
    return sparse(
        severity=problem.severity,
        summary=clipped(visible(problem.summary), LONGEST),
        detail=clipped(visible(problem.detail), LONGEST),
        where=place_text(problem.where),
    )


def sparse(**values: Any) -> Data:
    """Only what says something; the script takes what is missing as nothing."""
    return {name: value for name, value in values.items() if not (value is None or value is False or value in ("", []))}
