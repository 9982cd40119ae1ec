"""Reports -> JUnit XML: a suite for each file of the spec, a case for each intent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.gate import ChangeGate
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.plan import IntentProblem, IntentResult, Report, Status
from flowspec.views.alert import Alert
from flowspec.views.diff_alerts import diff_alerts
from flowspec.views.findings import Finding, grouped, joined, of_owner
from flowspec.views.intent_alerts import PlanAlerts
from flowspec.views.layout import clipped, visible
from flowspec.views.lint_alerts import lint_alerts
from flowspec.views.plan_alerts import gate_alerts
from flowspec.views.style import Style

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAME = 500
_LOG = 100
"""Messages about inventories that are told."""


@dataclass(frozen=True, slots=True)
class JunitCase:
    """A case; `outcome` is "" where it passes, `failure` or `error`, of a `kind`."""

    name: str
    outcome: str = ""
    kind: str = ""
    alerts: tuple[Alert, ...] = ()


def view(report: Report, style: Style) -> str:
    """A plan. An intent that is drifted or unknown fails, whatever its severity; one in error is in error."""
    told = of_owner(report, style)
    writer = PlanAlerts(told, style)
    suites: list[Element] = []
    for of in grouped(told.intents, lambda intent: intent.where.file if intent.where else ""):
        name = of[0].where.file if of[0].where else "flowspec"
        suites.append(_suite(name, [_case(intent, writer) for intent in of], report.today, len(suites)))
    suites += _gate(report.gate, report.today, len(suites))
    disagreements = writer.disagreements()
    if disagreements:
        cases = [JunitCase(alert.title, "failure", "disagreement", (alert,)) for alert in disagreements]
        suites.append(_suite("ipFlowVerify", cases, report.today, len(suites)))
    return _document(suites, report.problems)


def view_diff(diff: Diff, style: Style) -> str:
    """A diff: a case that fails for each cause, or one that passes."""
    cases = [JunitCase(f"{at} {alert.title}", "failure", alert.rule, (alert,))
             for at, alert in enumerate(diff_alerts(diff, style, diff.gate), 1)]  # fmt: skip
    if not cases:
        cases = [JunitCase("no difference") if diff.is_empty else JunitCase("what is not known", "failure", "unknown")]
    return _document([_suite("diff", cases, "", 0), *_gate(diff.gate, "", 1)], diff.problems)


def view_lint(lint: Lint, style: Style) -> str:
    """Lint: a case that fails for each finding, or one that passes."""
    cases = [JunitCase(f"{at} {alert.title}", "failure", alert.rule, (alert,))
             for at, alert in enumerate(lint_alerts(lint, style), 1)]  # fmt: skip
    return _document([_suite("lint", cases or [JunitCase("nothing found")], "", 0)], lint.problems)


def _gate(gate: ChangeGate | None, today: str, number: int) -> list[Element]:
    """A case for each brake."""
    if gate is None:
        return []
    failing = {alert.key[1]: alert for alert in gate_alerts(gate)}
    cases = [JunitCase(brake.name) if brake.passes else JunitCase(brake.name, "failure", "gate", (failing[brake.name],))
             for brake in gate.brakes]  # fmt: skip
    return [_suite("gate", cases, today, number)]


def _case(intent: IntentResult, writer: PlanAlerts) -> JunitCase:
    if intent.status is Status.SATISFIED:
        return JunitCase(intent.address)
    outcome = "error" if intent.status is Status.ERRORED else "failure"
    alerts = writer.of(Finding((intent,), tuple(joined(intent.causes))))
    return JunitCase(intent.address, outcome, str(intent.status), tuple(alerts))


def _suite(name: str, cases: Sequence[JunitCase], today: str, number: int) -> Element:
    """`timestamp` is the day that the plan was made for: no clock runs in a report."""
    from xml.etree.ElementTree import Element, SubElement  # slow to load, and few runs write JUnit

    counts = {outcome: str(sum(case.outcome == outcome for case in cases)) for outcome in ("failure", "error")}
    suite = Element("testsuite", {
        "id": str(number), "name": _short(name), "package": "flowspec", "hostname": "localhost", "time": "0",
        "timestamp": f"{today or '1970-01-01'}T00:00:00", "tests": str(len(cases)),
        "failures": counts["failure"], "errors": counts["error"],
    })  # fmt: skip
    SubElement(suite, "properties")
    for case in cases:
        element = SubElement(suite, "testcase", {"name": _short(case.name), "classname": _short(name), "time": "0"})
        if case.outcome:
            message = case.alerts[0].title if case.alerts else case.name
            wrong = SubElement(element, case.outcome, {"type": case.kind, "message": message})
            wrong.text = "\n\n".join("\n".join(map(str, alert.facts)) for alert in case.alerts)
    return suite


def _document(suites: Iterable[Element], problems: Sequence[IntentProblem]) -> str:
    from xml.etree.ElementTree import Element, SubElement, indent, tostring  # slow to load, and few runs write JUnit

    root = Element("testsuites")
    root.extend(suites)
    told = [visible(f"{problem.severity}: {problem.summary} {problem.detail}".rstrip()) for problem in problems[:_LOG]]
    if left := len(problems) - len(told):
        told.append(f"and {left:,} more")
    for suite in root:
        SubElement(suite, "system-out")
        SubElement(suite, "system-err").text = "\n".join(told)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _short(text: str) -> str:
    return clipped(visible(text), _NAME).strip() or "flowspec"
