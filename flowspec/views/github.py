"""Reports -> workflow commands of GitHub Actions: the text report, then annotations, the worst first and no more than
are shown."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.plan import Report
from flowspec.views.alert import Alert, AlertLevel, level_shown
from flowspec.views.ci_log import of_diff, of_lint, of_plan, shown_of
from flowspec.views.in_repository import in_repository
from flowspec.views.style import Style

_COMMANDS: dict[AlertLevel, str] = {"error": "error", "warning": "warning", "info": "notice"}
_SHOWN = 10
"""Annotations of one kind that GitHub shows of one step."""
_LONGEST = 4000


def view(report: Report, style: Style) -> str:
    """A plan with its annotations."""
    return _page(*of_plan(report, style), style)


def view_diff(diff: Diff, style: Style) -> str:
    """A diff with its annotations."""
    return _page(*of_diff(diff, style), style)


def view_lint(lint: Lint, style: Style) -> str:
    """What lint finds, with its annotations."""
    return _page(*of_lint(lint, style), style)


def _page(told: str, alerts: Sequence[Alert], style: Style) -> str:
    """What the report says can't end the pause: its end is named after all of it."""
    end = f"flowspec-{hashlib.sha256(told.encode()).hexdigest()}"
    lines = [f"::stop-commands::{end}", told.removesuffix("\n"), f"::{end}::"]
    for level in _COMMANDS:
        lines += _annotations([alert for alert in alerts if level_shown(alert) == level], level, style)
    return "\n".join([*lines, ""])


def _annotations(alerts: Sequence[Alert], level: AlertLevel, style: Style) -> list[str]:
    """Of more than are shown, the last one says how many others there are."""
    shown, left = shown_of(alerts, _SHOWN)
    lines = [_annotation(alert, style) for alert in shown]
    return [*lines, _command(level, {"title": "flowspec"}, left)] if left else lines


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
