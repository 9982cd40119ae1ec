"""Intents that are not as wished -> alerts, one for each cause, beside the rules that decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flowspec.model.documents.gate import Standing
from flowspec.model.documents.plan import Change, IntentProblem, IntentResult, Report, SourceLine, Status
from flowspec.views.alert import LONGEST, MOST, Alert, Fact, Spot, fact, more_facts, spots_of
from flowspec.views.blocks import HEADS, Blocks, complaint, place_text
from flowspec.views.changes import alike, noted_phrase, proof_phrases
from flowspec.views.findings import Copied, Finding, JointCause
from flowspec.views.flows import example_phrase
from flowspec.views.layout import clipped, visible
from flowspec.views.live import flow_phrase
from flowspec.views.names import DisplayNames, names_of, shortened
from flowspec.views.style import Style


class PlanAlerts:
    """The alerts of one plan, in words."""

    def __init__(self, report: Report, style: Style) -> None:
        self._report = report
        self._names = names_of(report)
        self._blocks = Blocks(report, self._names, style)
        gated = report.gate.intents if report.gate is not None and report.gate.against else ()
        self._known = {intent.address for intent in gated if intent.standing is Standing.KNOWN}

    def of(self, finding: Finding) -> list[Alert]:
        """One for each cause, one for all that is unknown, and one for each problem."""
        is_known = all(intent.address in self._known for intent in finding.intents)
        return [_as_known(alert) if is_known else alert for alert in self._of(finding)]

    def _of(self, finding: Finding) -> list[Alert]:
        found = [self._caused(finding, one) for one in finding.causes]
        if finding.first.flows.unknown:
            found.append(self._unknown(finding.first))
        return found + [self._problem(problem, finding.first) for problem in finding.first.problems]

    def beside(self) -> list[Alert]:
        """What is worth a look about intents that are satisfied."""
        fine = (intent for intent in self._report.intents if intent.status is Status.SATISFIED)
        found = [self._problem(problem, intent) for intent in fine for problem in intent.problems]
        return [alert for alert in found if alert.level != "info"]

    def disagreements(self) -> list[Alert]:
        """One for each probe to which Azure answers something else than was predicted."""
        verification = self._report.verification
        found = []
        for one in verification.disagreements if verification else ():
            flow = flow_phrase(one.probe)
            told = f"{flow}: predicted {one.probe.predicted}, Azure answers {visible(one.probe.answered or '')}"
            found.append(
                Alert(
                    level="error",
                    rule="azure-disagrees",
                    about="Azure and the prediction differ",
                    title="Azure disagrees",
                    facts=(fact("", told), fact("about", ", ".join(one.intents))),
                    wanted=next((i.where for i in self._report.intents if i.address in one.intents), None),
                    key=("azure-disagrees", one.probe.nic, flow),
                )
            )
        return found

    def _caused(self, finding: Finding, joined: JointCause) -> Alert:
        intent = finding.first
        facts = [fact(complaint(intent, joined), self._blocks.flows(finding, joined))]
        if joined.first.total.example:
            facts.append(fact("for example", example_phrase(joined.first.total.example)))
        facts += [fact("decided by", self._decider(copied)) for copied in joined.deciders[:MOST]]
        facts += more_facts("", len(joined.deciders) - MOST, "rule")
        changes = [self._report.suggested_changes[number] for number in joined.changes]
        facts += fix_facts(changes, finding, self._names, self._report.suggested_changes)
        if joined.first.no_change:
            facts.append(fact("not mended:" if changes else "no fix:", joined.first.no_change))
        spots = spots_of(decider for cause in joined.causes for decider in cause.deciders)
        if spots and intent.where is not None:
            facts.append(fact("declared at", place_text(intent.where)))
        return _alert(finding.intents, facts, spots=spots, key=_key(joined))

    def _decider(self, copied: Copied) -> str:
        """With the first place where it is written."""
        place = place_text(copied.places[0]) if copied.places else ""
        more = f" and {len(copied.places) - 1:,} more" if len(copied.places) > 1 else ""
        return self._blocks.decider(copied) + (f", at {place}{more}" if place else "")

    def _unknown(self, intent: IntentResult) -> Alert:
        facts = []
        unknowns = intent.flows.unknown
        for at, unknown in enumerate(unknowns[:MOST]):
            facts.append(fact("", self._blocks.unknown(intent, unknown, first=at == 0)))
            if unknown.settle:
                facts.append(fact("to settle", unknown.settle))
        return _alert(
            (intent,), [*facts, *more_facts("", len(unknowns) - MOST, "reason")], Status.UNKNOWN, key=("unknown",)
        )

    def _problem(self, problem: IntentProblem, intent: IntentResult) -> Alert:
        facts = [fact("", problem.summary), *([fact("", problem.detail)] if problem.detail else [])]
        found = _alert((intent,), facts, intent.status, key=("problem", problem.summary), where=problem.where)
        return replace(found, level="error" if intent.status is Status.ERRORED else problem.severity)


def problem_alerts(problems: Iterable[IntentProblem]) -> list[Alert]:
    """What is wrong, or worth a look, about inventories; of notes none."""
    return [
        Alert(
            level=problem.severity,
            rule="inventory",
            about="What an inventory holds, or lacks",
            title=clipped(visible(problem.summary), LONGEST),
            facts=(fact("", problem.detail or problem.summary),),
            wanted=problem.where,
            key=("inventory", problem.summary),
        )
        for problem in problems
        if problem.severity != "info"
    ]


def fix_facts(changes: Sequence[Change], finding: Finding, names: DisplayNames, every: Sequence[Change]) -> list[Fact]:
    """The rules to put in, those that are alike once, and their proof."""
    kinds = alike(changes)
    facts = []
    for same in kinds[:MOST]:
        more = f"{len(same) - 1:,} more like it" if len(same) > 1 else ""
        facts.append(fact("fix", noted_phrase(same[0], names, more)))
    facts += more_facts("", len(kinds) - MOST, "rule")
    return facts + ([fact("proof", "; ".join(proof_phrases(changes, finding, every)))] if changes else [])


def _alert(
    intents: Sequence[IntentResult],
    facts: Sequence[Fact],
    status: Status = Status.DRIFTED,
    *,
    spots: tuple[Spot, ...] = (),
    key: tuple[str, ...],
    where: SourceLine | None = None,
) -> Alert:
    first = intents[0]
    others = f" and {len(intents) - 1:,} more" if len(intents) > 1 else ""
    owners = shortened([visible(owner) for owner in dict.fromkeys(i.owner for i in intents) if owner], MOST)
    about = ", ".join(filter(None, (first.severity, owners)))
    return Alert(
        level=first.severity,
        rule=visible(first.address),
        about=clipped(visible(first.description or first.address), LONGEST),
        title=clipped(f"{HEADS[status][1]} {visible(first.address)}{others} ({about})", LONGEST),
        facts=tuple(facts),
        spots=spots,
        wanted=where or first.where,
        key=(first.address, *key),
        is_open=first.expect == "Deny" and status is Status.DRIFTED,
    )


def _as_known(alert: Alert) -> Alert:
    """It was so before the change."""
    return replace(alert, title=f"{alert.title}, as before", is_known=True)


def _key(joined: JointCause) -> tuple[str, ...]:
    """What decided: by name, so that it is the same on another line and with another priority."""
    names = {f"{d.nsg.casefold()}/{d.rule.casefold()}" for cause in joined.causes for d in cause.deciders}
    return (joined.first.direction, *sorted(names))
