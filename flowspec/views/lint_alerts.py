"""Findings of lint -> alerts: each beside the rule or the resource that it is about."""

from __future__ import annotations

from flowspec.model.documents.lint import Lint, LintFinding
from flowspec.model.documents.values import SourceLine
from flowspec.views.alert import MOST, Alert, Fact, Spot, fact, more_facts
from flowspec.views.blocks import place_text
from flowspec.views.lint import LintText
from flowspec.views.style import Style

_LIVE = "azure:"


def lint_alerts(lint: Lint, style: Style) -> list[Alert]:
    """The gravest first, as in the document."""
    writer = LintText(lint, style)
    wanted = next((SourceLine(file=one.source) for one in lint.inventory if not one.source.startswith(_LIVE)), None)
    return [_alert(finding, writer, wanted) for finding in lint.findings]


def _alert(finding: LintFinding, writer: LintText, wanted: SourceLine | None) -> Alert:
    key = (finding.code, finding.resource.casefold(), finding.rule.casefold())
    return Alert(
        level=finding.severity,
        rule=finding.code,
        about=finding.about,
        title=f"{finding.code} {writer.subject(finding)}",
        facts=(
            fact("", finding.message),
            *_because(finding, writer),
            *([fact("fix", finding.fix)] if finding.fix else []),
        ),
        spots=(Spot(key[1:], finding.where),) if finding.where is not None else (),
        wanted=wanted,
        key=key,
    )


def _because(finding: LintFinding, writer: LintText) -> list[Fact]:
    facts = []
    for decider in finding.because[:MOST]:
        place = place_text(decider.where)
        facts.append(fact("because", writer.decider(decider) + (f", at {place}" if place else "")))
    return facts + more_facts("because", len(finding.because) - MOST, "rule")
