"""Reports -> what a CI's log tells of them: the text report without colour, and alerts, of which it shows so many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.plan import Report
from flowspec.views import diff as diff_text
from flowspec.views import lint as lint_text
from flowspec.views import text
from flowspec.views.alert import Alert
from flowspec.views.diff_alerts import diff_alerts
from flowspec.views.lint_alerts import lint_alerts
from flowspec.views.plan_alerts import gate_alerts, plan_alerts
from flowspec.views.style import Style

LogPage = tuple[str, Sequence[Alert]]


def of_plan(report: Report, style: Style) -> LogPage:
    """A plan: its alerts stand at the rules that decide, or at the intents."""
    return text.view(report, replace(style, colour=False)), plan_alerts(report, style)


def of_diff(diff: Diff, style: Style) -> LogPage:
    """A diff: its alerts stand at the rules that decide now."""
    alerts = [*gate_alerts(diff.gate), *diff_alerts(diff, style, diff.gate)]
    return diff_text.view(diff, replace(style, colour=False)), alerts


def of_lint(lint: Lint, style: Style) -> LogPage:
    """Lint: its alerts stand at what they are about."""
    return lint_text.view(lint, replace(style, colour=False)), lint_alerts(lint, style)


def shown_of(alerts: Sequence[Alert], most: int) -> tuple[Sequence[Alert], str]:
    """As many as are shown; where there are more, the place of the last one is for how many are left."""
    if len(alerts) <= most:
        return alerts, ""
    left = len(alerts) - most + 1
    return alerts[: most - 1], f"{left:,} more like these stand in the log of this step."
