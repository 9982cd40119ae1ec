"""Problems -> lines. Many of one kind are told once, with the names that the others differ by."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from flowspec.model.documents.plan import IntentProblem, Report, Status
from flowspec.views.blocks import INDENT, place_text
from flowspec.views.layout import fill, visible
from flowspec.views.missing import Missing
from flowspec.views.names import shortened
from flowspec.views.style import Style

_LOOKS = {"error": ("Error", "red"), "warning": ("Warning", "yellow"), "info": ("Note", "cyan")}
_FEW = 3
"""Up to so many of one kind are told one by one."""
_NAMED = 6
_RESOURCE = re.compile(r"\s*\(?/\S+")
Told = tuple[IntentProblem, str]


def problem_lines(report: Report, style: Style, lost: Collection[Missing] = ()) -> list[str]:
    """Those of the whole plan, then those of satisfied intents, which have no block of their own.

    What is told as missing is not told again.
    """
    settles = [] if style.everything else [one.settle for one in lost]
    told = [(problem, "") for problem in report.problems if not any(one in problem.detail for one in settles)]
    for intent in report.intents:
        if intent.status is Status.SATISFIED:
            told += [(problem, f"{visible(intent.address)}: ") for problem in intent.problems]
    lines = []
    for alike in _kinds(told):
        shown = alike if style.everything or len(alike) <= _FEW else alike[:1]
        lines += [line for problem, of in shown for line in problem_text(problem, style, of)]
        if len(shown) < len(alike):
            lines += fill(_others(alike), style.width, INDENT, INDENT)
    return lines


def _kinds(told: Iterable[Told]) -> list[list[Told]]:
    """The problems that give the same advice, whatever resources it names; without advice each stands alone."""
    kinds: dict[object, list[Told]] = {}
    for problem, of in told:
        advice = _RESOURCE.sub("", problem.detail)
        kinds.setdefault((problem.severity, of, advice) if advice else (problem, of), []).append((problem, of))
    return list(kinds.values())


def _others(alike: list[Told]) -> str:
    """`29 more like this: nsg-b, nsg-c and 27 more`, by the first word in which the summaries differ."""
    first, *others = [problem.summary.split(" ") for problem, _ in alike]
    at = next((at for at, words in enumerate(zip(first, others[0], strict=False)) if len(set(words)) > 1), None)
    named = (
        [] if at is None else list(dict.fromkeys(visible(words[at].rstrip(",")) for words in others if at < len(words)))
    )
    names = f": {shortened(named, _NAMED)}" if named else ""
    return f"{len(others):,} more like this{names} (--all lists them)"


def problem_text(problem: IntentProblem, style: Style, of: str = "") -> list[str]:
    """`Error: file:line: what`, and below what to do."""
    word, colour = _LOOKS[problem.severity]
    place = place_text(problem.where)
    told = f"{word}: {f'{place}: ' if place else ''}{of}{visible(problem.summary)}"
    lines = fill(told, style.width, "", INDENT)
    lines[0] = lines[0].replace(word, style.paint(word, "bold", colour), 1)
    return lines + (fill(visible(problem.detail), style.width, INDENT, INDENT) if problem.detail else [])
