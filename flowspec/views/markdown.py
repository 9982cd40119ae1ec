"""Reports -> Markdown for a pull request: the verdict first, then what is wrong and how to mend it, within the limits
of a comment or of a step's summary."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from flowspec.counting import counted
from flowspec.errors import RenderError
from flowspec.model.documents.diff import Diff, DiffSummary
from flowspec.model.documents.gate import ChangeGate
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.plan import Report, Summary
from flowspec.views import text
from flowspec.views.alert import LONGEST, Alert, Fact, level_shown
from flowspec.views.diff import ALIKE, NO_DIFFERENCE, DiffText
from flowspec.views.diff_alerts import diff_alerts
from flowspec.views.findings import of_owner
from flowspec.views.gate import verdict
from flowspec.views.intent_alerts import PlanAlerts, problem_alerts
from flowspec.views.layout import clipped, visible
from flowspec.views.lint import counts as lint_counts
from flowspec.views.lint import last_sentence as last_lint_sentence
from flowspec.views.lint_alerts import lint_alerts
from flowspec.views.plan_alerts import wrong_alerts
from flowspec.views.style import Style

COMMENT = 65_000
"""Bytes of a comment: GitHub takes 65,536 characters."""
SUMMARY = 1_000_000
"""Bytes of a step's summary: GitHub takes 1,048,576, and nothing of a longer one."""
_END = 600
"""Bytes kept for saying what is left out."""
_BRIEF = 0.6
"""The part of the room that lines may take before there is more to say of the first of them."""
_MARKS = {"error": "✗", "warning": "⚠", "info": "ℹ"}
_LANGUAGES = {"terraform": "hcl", "bicep": "bicep", "arm": "json", "az": "bash", "powershell": "powershell"}
_FIX = ("fix", "proof")
_NOTES = _PRESENT = 50


def comment(report: Report, style: Style) -> str:
    """A plan as a comment, which the hidden marker of its first line finds again."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", report.spec.name)[:100]
    return _plan(report, style, COMMENT, f"<!-- flowspec:plan{f':{name}' if name else ''} -->")


def summary(report: Report, style: Style) -> str:
    """A plan as the summary of a step."""
    return _plan(report, style, SUMMARY, "")


def diff_comment(diff: Diff, style: Style) -> str:
    """A diff as a comment."""
    return _diff(diff, style, COMMENT, "<!-- flowspec:diff -->")


def diff_summary(diff: Diff, style: Style) -> str:
    """A diff as the summary of a step."""
    return _diff(diff, style, SUMMARY, "")


def lint_comment(lint: Lint, style: Style) -> str:
    """What lint found as a comment."""
    return _lint(lint, style, COMMENT, "<!-- flowspec:lint -->")


def lint_summary(lint: Lint, style: Style) -> str:
    """What lint found as the summary of a step."""
    return _lint(lint, style, SUMMARY, "")


def _lint(lint: Lint, style: Style, room: int, marker: str) -> str:
    if style.quiet and not lint.findings:
        return ""
    style = replace(style, colour=False)
    mark = "✗" if lint.summary.errors else "⚠" if lint.findings else "✓"
    title = f"## {mark} flowspec lint: {lint_counts(lint.summary) or 'nothing found'}"
    notes = [f"{one.summary}: {one.detail}" if one.detail else one.summary for one in lint.problems]
    more = [f"and {len(notes) - _NOTES:,} more"] if len(notes) > _NOTES else []
    tail = [_folded("To look at", [visible(note) for note in notes[:_NOTES]] + more)] if notes else []
    return _page([marker, title], lint_alerts(lint, style), tail, last_lint_sentence(lint), room)


def code(told: str) -> str:
    """A code span: what stands in one is no link, no mention and no HTML, whoever wrote it."""
    told = visible(told).strip() or "…"
    fence = "`" * (_ticks(told) + 1)
    pad = " " if told[0] == "`" or told[-1] == "`" else ""
    return f"{fence}{pad}{told}{pad}{fence}"


def fenced(lines: Sequence[str], language: str = "text") -> str:
    """A block of code that no line in it ends."""
    fence = "`" * max(3, _ticks("\n".join(lines)) + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def _ticks(told: str) -> int:
    return max(map(len, re.findall("`+", told)), default=0)


def _plan(report: Report, style: Style, room: int, marker: str) -> str:
    style = replace(style, colour=False)
    told = of_owner(report, style)
    alerts = wrong_alerts(report, style)
    if style.quiet and all(alert.is_known for alert in alerts) and not report.incomplete and _passes(report.gate):
        return ""
    tail = [_folded("Read, judged and assumed", text.header(report, style))]
    notes = [*PlanAlerts(told, style).beside(), *problem_alerts(told.problems)]
    if notes:
        more = [f"and {len(notes) - _NOTES:,} more"] if len(notes) > _NOTES else []
        told_notes = [f"{note.title}: {note.facts[0]}" for note in notes[:_NOTES]]
        tail.insert(0, _folded(f"{len(notes):,} to look at", told_notes + more))
    if rest := [*text.rest(report, style), *text.why(report, style)]:
        tail.insert(0, fenced(rest))
    if report.suggested_changes:
        tail.insert(0, _paste(report, style))
    heads = [marker, f"## {_gated(_plan_title(report.summary), report.gate)}", *_verdict(report.gate, style)]
    return _page(heads, alerts, tail, text.last_sentence(report, style), room)


def _paste(report: Report, style: Style) -> str:
    """All fixes, as the team writes its rules."""
    from flowspec.patches import render

    count = len(report.suggested_changes)
    title = f"To paste: {counted(count, 'rule')}"
    try:
        patches = render(report, style.dialect)
    except RenderError as error:
        return _folded(title, [visible(problem.summary) for problem in error.problems[:_NOTES]])
    language = _LANGUAGES.get(style.dialect, "text")
    return "\n\n".join(_folded(f"{title}, {patch.file}", patch.text.splitlines(), language) for patch in patches)


def _passes(gate: ChangeGate | None) -> bool:
    return gate is None or gate.passes


def _gated(title: str, gate: ChangeGate | None) -> str:
    """The gate's verdict stands before all others."""
    if gate is None:
        return title
    mark, _, rest = title.partition("flowspec: ")
    return f"{'✓ flowspec: the gate passes' if gate.passes else '✗ flowspec: the gate fails'}; {rest or mark}"


def _verdict(gate: ChangeGate | None, style: Style) -> list[str]:
    """What was held against the change, and why it does not pass."""
    lines = [clipped(line, LONGEST) for line in verdict(gate, style)]
    more = [f"and {len(lines) - _NOTES:,} more lines"] if len(lines) > _NOTES else []
    return [fenced([*lines[:_NOTES], *more])] if lines else []


def _plan_title(counts: Summary) -> str:
    wrong = [(counts.errored, "in error"), (counts.drifted, "drifted"), (counts.unknown, "unknown")]
    intents = counted(counts.intents, "intent")
    if not any(count for count, _ in wrong):
        return f"✓ flowspec: {intents}, all satisfied" if counts.intents else "flowspec: no intent"
    told = ", ".join(f"{count:,} {word}" for count, word in wrong if count)
    return f"{'✗' if counts.errored or counts.drifted else '⚠'} flowspec: {told} of {intents}"


def _diff(diff: Diff, style: Style, room: int, marker: str) -> str:
    style = replace(style, colour=False)
    if style.quiet and diff.is_empty and _passes(diff.gate):
        return ""
    writer = DiffText(diff, style)
    tail = []
    for word, found in (("added", diff.added), ("removed", diff.removed)):
        if found:
            more = [f"and {len(found) - _PRESENT:,} more"] if len(found) > _PRESENT else []
            tail.append(_folded(f"{len(found):,} {word}", [writer.presence(one) for one in found[:_PRESENT]] + more))
    tail += [_folded("Not complete: what is not known", gaps)] if (gaps := writer.gaps()) else []
    tail += [_folded("To look at", problems)] if (problems := writer.problems()) else []
    tail.append(_folded("Read and judged", writer.head()))
    heads = [marker, f"## {_gated(_diff_title(diff), diff.gate)}", *_verdict(diff.gate, style)]
    return _page(heads, diff_alerts(diff, style, diff.gate), tail, " ".join(writer.last_sentence()), room)


def _diff_title(diff: Diff) -> str:
    if diff.is_alike:
        return f"{'✓' if diff.is_empty else '⚠'} flowspec: {(NO_DIFFERENCE if diff.is_empty else ALIKE).rstrip('.')}"
    return f"{'✗' if diff.summary.opens else '⚠'} flowspec: {_effects(diff.summary)}"


def _effects(counts: DiffSummary) -> str:
    """`2 causes open flows, 1 may open or close some, 1 closes some; 3 added`."""
    told = [
        (counts.opens, "opens flows", "open flows"),
        (counts.unknown, "may open or close some", "may open or close some"),
        (counts.closes, "closes some", "close some"),
    ]
    found = [words for words in told if words[0]]
    causes = [counted(count, f"cause {one}", f"causes {several}") for count, one, several in found[:1]]
    causes += [counted(count, one, several) for count, one, several in found[1:]]
    present = [(counts.added, "added"), (counts.removed, "removed")]
    return "; ".join([", ".join(causes)] * bool(causes) + [f"{count:,} {word}" for count, word in present if count])


def _page(heads: Sequence[str], alerts: Sequence[Alert], tail: Sequence[str], last: str, room: int) -> str:
    """As much as there is room for, the first things first; what is left out is counted."""
    parts = [head for head in heads if head]
    left = room - _END - sum(map(_size, (*parts, last)))
    briefs = _fitting([_brief(alert) for alert in alerts], int(left * _BRIEF))
    chosen = list(briefs)
    left -= sum(map(_size, briefs))
    for at, alert in enumerate(alerts[: len(briefs)]):
        whole = _whole(alert)
        if (more := _size(whole) - _size(briefs[at])) <= left:
            chosen[at] = whole
            left -= more
    ends = _fitting(list(tail), left)
    parts += chosen + ends
    brief = sum(one == other for one, other in zip(chosen, briefs, strict=True))
    out = [(len(alerts) - len(briefs), "left out"), (brief, "told in brief"), (len(tail) - len(ends), "notes left out")]
    if cut := ", ".join(f"{count:,} {word}" for count, word in out if count):
        parts.append(f"There was no room for all: {cut}. The log of the run and `-o json` have everything.")
    parts.append(last)
    return "\n\n".join(parts) + "\n"


def _size(part: str) -> int:
    return len(part.encode()) + 2


def _fitting(parts: Sequence[str], room: int) -> list[str]:
    """As many of the first as there is room for."""
    found: list[str] = []
    for part in parts:
        room -= _size(part)
        if room < 0:
            break
        found.append(part)
    return found


def _brief(alert: Alert) -> str:
    return f"{_MARKS[level_shown(alert)]} **{code(alert.title)}** {_told(alert.facts[0])}"


def _whole(alert: Alert) -> str:
    """What is wrong, by which rule, and the fix, folded, as a block to be copied."""
    facts = [fact for fact in alert.facts if fact.label not in _FIX]
    lines = [f"### {_MARKS[level_shown(alert)]} {code(alert.title)}"]
    lines += [code(alert.about)] if alert.about != alert.rule else []
    lines.append("\n".join(f"- {_told(fact)}" for fact in facts))
    fixes = [fact.text if fact.label == "fix" else f"# {fact}" for fact in alert.facts if fact.label in _FIX]
    return "\n\n".join([*lines, *([_folded("Fix and proof", fixes, "diff")] if fixes else [])])


def _told(fact: Fact) -> str:
    return f"{fact.label} {code(fact.text)}".lstrip()


def _folded(title: str, lines: Sequence[str], language: str = "text") -> str:
    return f"<details><summary>{title}</summary>\n\n{fenced(lines, language)}\n\n</details>"
