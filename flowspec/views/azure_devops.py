"""Reports -> logging commands of Azure Pipelines: the text report, then an issue for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.plan import Report
from flowspec.views import diff as diff_text
from flowspec.views import lint as lint_text
from flowspec.views import text
from flowspec.views.alert import Alert, level_shown
from flowspec.views.diff_alerts import diff_alerts
from flowspec.views.in_repository import absolute
from flowspec.views.lint_alerts import lint_alerts
from flowspec.views.plan_alerts import gate_alerts, plan_alerts
from flowspec.views.style import Style

_SHOWN = 50
_LONGEST = 4000
_TYPES = ("error", "warning")
_DATA = (("%", "%AZP25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, ("]", "%5D"), (";", "%3B"))


def view(report: Report, style: Style) -> str:
    """A plan: its issues stand at the rules that decide, or at the intents."""
    return _page(text.view(report, replace(style, colour=False)), plan_alerts(report, style), style)


def view_diff(diff: Diff, style: Style) -> str:
    """A diff: its issues stand at the rules that decide now."""
    return _page(
        diff_text.view(diff, replace(style, colour=False)),
        [*gate_alerts(diff.gate), *diff_alerts(diff, style, diff.gate)],
        style,
    )


def view_lint(lint: Lint, style: Style) -> str:
    """Lint: its issues stand at what they are about."""
    return _page(lint_text.view(lint, replace(style, colour=False)), lint_alerts(lint, style), style)


def _page(told: str, alerts: Sequence[Alert], style: Style) -> str:
    """Azure Pipelines knows errors and warnings; what is neither stands in the report."""
    lines = [told.removesuffix("\n")]
    for kind in _TYPES:
        of_kind = [alert for alert in alerts if level_shown(alert) == kind]
        shown = of_kind if len(of_kind) <= _SHOWN else of_kind[: _SHOWN - 1]
        lines += [_issue(alert, style) for alert in shown]
        if left := len(of_kind) - len(shown):
            lines.append(_command({"type": kind}, f"{left:,} more like these stand in the log of this step."))
    return "\n".join([*lines, ""])


def _issue(alert: Alert, style: Style) -> str:
    where = alert.where
    properties = {"type": alert.level, "sourcepath": absolute(where.file, style) if where else "",
                  "linenumber": str(where.line) if where and where.line else "",
                  "columnnumber": str(where.column) if where and where.column else "", "code": alert.rule}  # fmt: skip
    return _command(properties, f"{alert.title}: {'; '.join(map(str, alert.facts))}"[:_LONGEST])


def _command(properties: dict[str, str], message: str) -> str:
    told = "".join(f"{name}={_escaped(value, _PROPERTY)};" for name, value in properties.items() if value)
    return f"##vso[task.logissue {told}]{_escaped(message, _DATA)}"


def _escaped(text: str, escapes: Sequence[tuple[str, str]]) -> str:
    for character, escape in escapes:
        text = text.replace(character, escape)
    return text
