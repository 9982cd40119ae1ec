"""Reports -> logging commands of Azure Pipelines: the text report, then an issue for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.plan import Report
from flowspec.views.alert import Alert, level_shown
from flowspec.views.ci_log import of_diff, of_lint, of_plan, shown_of
from flowspec.views.in_repository import absolute
from flowspec.views.style import Style

_SHOWN = 50
_LONGEST = 4000
_TYPES = ("error", "warning")
_DATA = (("%", "%AZP25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, ("]", "%5D"), (";", "%3B"))


def view(report: Report, style: Style) -> str:
    """A plan with its issues."""
    return _page(*of_plan(report, style), style)


def view_diff(diff: Diff, style: Style) -> str:
    """A diff with its issues."""
    return _page(*of_diff(diff, style), style)


def view_lint(lint: Lint, style: Style) -> str:
    """What lint finds, with its issues."""
    return _page(*of_lint(lint, style), style)


def _page(told: str, alerts: Sequence[Alert], style: Style) -> str:
    """Azure Pipelines knows errors and warnings; what is neither stands in the report."""
    lines = [told.removesuffix("\n")]
    for kind in _TYPES:
        shown, left = shown_of([alert for alert in alerts if level_shown(alert) == kind], _SHOWN)
        lines += [_issue(alert, style) for alert in shown]
        lines += [_command({"type": kind}, left)] if left else []
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
