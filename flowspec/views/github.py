"""Reports -> workflow commands of GitHub Actions: the text report, then annotations, the worst first and no more than
are shown."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.plan import Report
from flowspec.views import diff as diff_text
from flowspec.views import lint as lint_text
from flowspec.views import text
from flowspec.views.alert import Alert, AlertLevel, level_shown
from flowspec.views.diff_alerts import diff_alerts
from flowspec.views.in_repository import in_repository
from flowspec.views.lint_alerts import lint_alerts
from flowspec.views.plan_alerts import gate_alerts, plan_alerts
from flowspec.views.style import Style

_COMMANDS: dict[AlertLevel, str] = {"error": "error", "warning": "warning", "info": "notice"}
_SHOWN = 10
"""Annotations of one kind that GitHub shows of one step."""
_LONGEST = 4000


def view(report: Report, style: Style) -> str:
    """A plan: its annotations stand at the rules that decide, or at the intents."""
    return _page(text.view(report, replace(style, colour=False)), plan_alerts(report, style), style)


def view_diff(diff: Diff, style: Style) -> str:
    """A diff: its annotations stand at the rules that decide now."""
    return _page(
        diff_text.view(diff, replace(style, colour=False)),
        [*gate_alerts(diff.gate), *diff_alerts(diff, style, diff.gate)],
        style,
    )


def view_lint(lint: Lint, style: Style) -> str:
    """Lint: its annotations stand at what they are about."""
    return _page(lint_text.view(lint, replace(style, colour=False)), lint_alerts(lint, style), style)


def _page(told: str, alerts: Sequence[Alert], style: Style) -> str:
    """What the report says can't end the pause: its end is named after all of it."""
    end = f"flowspec-{hashlib.sha256(told.encode()).hexdigest()}"
    lines = [f"::stop-commands::{end}", told.removesuffix("\n"), f"::{end}::"]
    for level in _COMMANDS:
        lines += _annotations([alert for alert in alerts if level_shown(alert) == level], level, style)
    return "\n".join([*lines, ""])


def _annotations(alerts: Sequence[Alert], level: AlertLevel, style: Style) -> list[str]:
    """Of more than are shown, the last one says how many others there are."""
    shown = alerts if len(alerts) <= _SHOWN else alerts[: _SHOWN - 1]
    lines = [_annotation(alert, style) for alert in shown]
    if left := len(alerts) - len(shown):
        lines.append(_command(level, {"title": "flowspec"}, f"{left:,} more like these stand in the log of this step."))
    return lines


def _annotation(alert: Alert, style: Style) -> str:
    where = next(filter(None, (in_repository(spot.where, style) for spot in alert.spots)), None)
    where = where or in_repository(alert.wanted, style)
    properties = {"file": where.file if where else "", "line": str(where.line or 1) if where else "",
                  "col": str(where.column) if where and where.column else "", "title": alert.title}  # fmt: skip
    message = "\n".join(map(str, alert.facts))
    return _command(level_shown(alert), properties, message[:_LONGEST])


def _command(level: AlertLevel, properties: dict[str, str], message: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{_COMMANDS[level]} {told}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
