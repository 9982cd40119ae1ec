"""A plan -> all its alerts, the worst first: the gate, intents, what opens and closes, and what is worth a look."""

from __future__ import annotations

from flowspec.model.documents.gate import ChangeGate
from flowspec.model.documents.plan import Report, Status
from flowspec.views.alert import MOST, Alert, fact, more_facts
from flowspec.views.diff_alerts import diff_alerts
from flowspec.views.findings import Finding, findings, joined, of_owner, ranked
from flowspec.views.intent_alerts import PlanAlerts, problem_alerts
from flowspec.views.style import Style


def plan_alerts(report: Report, style: Style) -> list[Alert]:
    """All of a plan, or of what one owner owns: what is told as one in the report is one."""
    told = of_owner(report, style)
    notes = [*PlanAlerts(told, style).beside(), *problem_alerts(told.problems)]
    return [*gate_alerts(report.gate), *wrong_alerts(report, style), *notes]


def wrong_alerts(report: Report, style: Style) -> list[Alert]:
    """Of intents that are not as wished, of Azure's disagreements, and of what the change opens and closes."""
    told = of_owner(report, style)
    writer = PlanAlerts(told, style)
    wrong = [alert for finding in findings(told.intents) for alert in writer.of(finding)]
    return _ordered(wrong, writer, report, style)


def single_alerts(report: Report, style: Style) -> list[Alert]:
    """The same, each of one intent alone."""
    told = of_owner(report, style)
    writer = PlanAlerts(told, style)
    wrong = (intent for intent in ranked(told.intents) if intent.status is not Status.SATISFIED)
    found = [alert for intent in wrong for alert in writer.of(Finding((intent,), tuple(joined(intent.causes))))]
    return _ordered(found, writer, report, style)


def _ordered(wrong: list[Alert], writer: PlanAlerts, report: Report, style: Style) -> list[Alert]:
    """What was so before the change comes last."""
    change = [] if report.difference is None else diff_alerts(report.difference, style, report.gate)
    return sorted([*wrong, *writer.disagreements(), *change], key=lambda alert: alert.is_known)


def gate_alerts(gate: ChangeGate | None) -> list[Alert]:
    """One for each brake that the change does not pass."""
    return [
        Alert(
            level="error",
            rule="gate",
            about="The change does not pass",
            title=f"GATE FAILS {brake.name}",
            facts=(*(fact("", reason) for reason in brake.reasons[:MOST] or ("it does not hold",)),
                   *more_facts("", len(brake.reasons) - MOST, "reason")),
            key=("gate", brake.name),
        )
        for brake in (gate.brakes if gate is not None else ())
        if not brake.passes
    ]  # fmt: skip
