"""Findings of lint -> text: what, where, the rules it rests on, what would mend it; then how many of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flowspec.counting import counted
from flowspec.model.documents.lint import Lint, LintFinding, LintSummary
from flowspec.model.documents.values import DecidedBy
from flowspec.views.blocks import place_text
from flowspec.views.layout import beside, fill, visible
from flowspec.views.names import DisplayNames
from flowspec.views.style import Style

MARKS = {"error": "✗", "warning": "⚠", "info": "ℹ"}
_LOOKS = {"error": "red", "warning": "yellow", "info": "cyan"}
_INDENT = "    "
_LABEL = 11
_EACH = 20
"""Findings of one code in one NSG that are told, unless everything is."""
_SHOWN = 3
"""Rules that a finding rests on that are listed, unless everything is."""


def view(lint: Lint, style: Style) -> str:
    """A paragraph for each finding, or for the first of very many of one kind; ends with a line break."""
    writer = LintText(lint, style)
    told: Counter[tuple[str, str]] = Counter()
    lines: list[str] = []
    for finding in lint.findings:
        kind = finding.code, finding.nsg
        told[kind] += 1
        if style.everything or not finding.nsg or told[kind] <= _EACH:
            lines += writer.block(finding)
    if not style.everything:
        lines += writer.left_out({kind: count - _EACH for kind, count in told.items() if kind[1] and count > _EACH})
    return "\n".join([*lines, *fill(last_sentence(lint), style.width), ""])


class LintText:
    """Words of one lint document."""

    def __init__(self, lint: Lint, style: Style) -> None:
        ids = {finding.resource for finding in lint.findings}
        ids |= {decider.nsg for finding in lint.findings for decider in finding.because if decider.nsg}
        self.names = DisplayNames(ids)
        self._style = style

    def block(self, finding: LintFinding) -> list[str]:
        """A finding; ends with an empty line."""
        mark = self._style.paint(MARKS[finding.severity], _LOOKS[finding.severity])
        head = [f"{MARKS[finding.severity]} {finding.code} {self.subject(finding)}"]
        head = beside(head, place_text(finding.where), self._style.width, len(_INDENT))
        lines = [head[0].replace(MARKS[finding.severity], mark, 1), *head[1:]]
        lines += fill(visible(finding.message), self._style.width, _INDENT, _INDENT)
        shown = finding.because if self._style.everything else finding.because[:_SHOWN]
        for decider in shown:
            lines += beside(self._labelled("because", self.decider(decider)), place_text(decider.where),
                            self._style.width, _LABEL + len(_INDENT))  # fmt: skip
        if left := len(finding.because) - len(shown):
            lines += self._labelled("because", f"{left:,} more (--all lists them)")
        lines += self._labelled("fix", visible(finding.fix)) if finding.fix else []
        return [*lines, ""]

    def left_out(self, kinds: Mapping[tuple[str, str], int]) -> list[str]:
        """How many findings of a code and an NSG are not told; ends with an empty line."""
        lines = [f"… {count:,} more {code} in {self.names.of(nsg)}" for (code, nsg), count in kinds.items()]
        return [*lines, f"{_INDENT}--all lists them", ""] if lines else []

    def subject(self, finding: LintFinding) -> str:
        """`nsg-web/securityRules/allow (200, Allow)`, or the name of the resource."""
        name = self.names.of(finding.resource)
        if not finding.rule:
            return name
        return f"{name}/{visible(finding.rule)} ({finding.priority}, {finding.access})"

    def decider(self, decider: DecidedBy) -> str:
        """A rule as the others of a report are told."""
        if not decider.rule:
            return visible(decider.note)
        nsg = f"{self.names.of(decider.nsg)}/" if decider.nsg else ""
        priority = f"{decider.priority}, " if decider.priority is not None else ""
        return f"{nsg}{visible(decider.rule)} ({priority}{decider.access})"

    def _labelled(self, label: str, text: str) -> list[str]:
        return fill(text, self._style.width, _INDENT + label.ljust(_LABEL), " " * (_LABEL + len(_INDENT)))


def last_sentence(lint: Lint) -> str:
    """`Lint: 3 findings in 2 NSGs with 14 rules: 1 error, 2 infos.`"""
    summary = lint.summary
    ground = f"{counted(summary.nsgs, 'NSG')} with {counted(summary.rules, 'rule')}"
    silent = [f"{count:,} {word}" for count, word in ((summary.ignored, "ignored"), (summary.known, "known")) if count]
    tail = f" {', '.join(silent)}." if silent else ""
    if not lint.findings:
        return f"Lint: nothing found in {ground}.{tail}"
    return f"Lint: {counted(summary.findings, 'finding')} in {ground}: {counts(summary)}.{tail}"


def counts(summary: LintSummary) -> str:
    """`1 error, 2 warnings`"""
    each = ((summary.errors, "error"), (summary.warnings, "warning"), (summary.infos, "info"))
    return ", ".join(counted(count, noun) for count, noun in each if count)
