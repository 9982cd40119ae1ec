"""Problems -> lines on standard error: `Error: file:line:column: summary`, the line of a spec, then what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flowspec.cli.terminal import has_colour, tell_drawn
from flowspec.errors import Problem, Severity, Where

if TYPE_CHECKING:
    from flowspec.model.documents.plan import IntentProblem, SourceLine
    from flowspec.views import Style

_WORDS = {Severity.ERROR: ("Error", "red"), Severity.WARNING: ("Warning", "yellow"), Severity.INFO: ("Note", "cyan")}
_WIDTH = 100


def tell_problems(problems: Sequence[Problem], *, no_color: bool) -> None:
    """Each on lines of its own, in their order."""
    from flowspec.views import Style

    style = Style(colour=has_colour(sys.stderr, no_color))
    for problem in problems:
        tell_drawn("\n".join(_lines(problem, style)))


def problems_of(found: Iterable[IntentProblem]) -> list[Problem]:
    """Those of a document."""
    return [Problem(Severity(p.severity), p.summary, p.detail, _where(p.where)) for p in found]


def _where(place: SourceLine | None) -> Where | None:
    return None if place is None else Where(place.file, place.line, place.column)


def place_of(where: Where | None) -> Where | None:
    """The place with its line looked up, where only a pointer into the file is known."""
    if where is None or where.line or not where.pointer:
        return where
    from flowspec.sources import locate

    return locate(where)


def _lines(problem: Problem, style: Style) -> list[str]:
    from flowspec.views.excerpt import excerpt
    from flowspec.views.layout import fill, visible

    word, colour = _WORDS[problem.severity]
    where = place_of(problem.where)
    place = f"{visible(where.text())}: " if where else ""
    lines = [f"{style.paint(f'{word}:', 'bold', colour)} {place}{visible(problem.summary)}"]
    lines += excerpt(where, style, _WIDTH) if where else []
    for paragraph in problem.detail.splitlines():
        lines += fill(visible(paragraph), _WIDTH, "  ", "  ")
    return lines
