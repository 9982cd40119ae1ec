"""What is wrong in a plan -> alerts: one for each thing that a CI shows beside a line of a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from flowspec.model.documents.plan import Change, IntentProblem, IntentResult, Report, SourceLine, Status
from flowspec.views.blocks import HEADS, Blocks, complaint, place_text
from flowspec.views.changes import alike, fix_phrase, proof_phrases
from flowspec.views.findings import Copied, Finding, JointCause, findings, joined, of_owner, ranked
from flowspec.views.flows import example_phrase
from flowspec.views.layout import clipped, visible
from flowspec.views.live import flow_phrase
from flowspec.views.names import DisplayNames, names_of, shortened
from flowspec.views.style import Style

AlertLevel = Literal["error", "warning", "info"]
_MOST = 6
"""Rules, fixes or reasons of one kind that an alert names."""
_FACT = 1000
"""Characters of one fact: names come from the cloud and may be of any length."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence of an alert: `decided by` something; the first has no label."""

    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.label} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Spot:
    """A rule that decided, by what stays the same when it moves, and where it is written."""

    key: tuple[str, ...]
    where: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that is wrong. `rule` is what it is a case of: the address of an intent, or a kind of difference.

    `title` says what in a few words, `facts` all of it; `spots` are where it is decided, `wanted` is where the spec
    asks for something else. `key` stays the same as long as it is the same thing. `is_open`: too much is permitted.
    """

    level: AlertLevel
    rule: str
    about: str
    title: str
    facts: tuple[Fact, ...]
    spots: tuple[Spot, ...] = ()
    wanted: SourceLine | None = None
    key: tuple[str, ...]
    is_open: bool = False

    @property
    def where(self) -> SourceLine | None:
        """The line to show it at, if it has one."""
        return self.spots[0].where if self.spots else self.wanted


def plan_alerts(report: Report, style: Style) -> list[Alert]:
    """All of a plan, or of what one owner owns: what is told as one in the report is one."""
    told = of_owner(report, style)
    writer = PlanAlerts(told, style)
    found = [alert for finding in findings(told.intents) for alert in writer.of(finding)]
    return [*found, *writer.disagreements(), *writer.beside(), *problem_alerts(told.problems)]


def single_alerts(report: Report, style: Style) -> list[Alert]:
    """Those of intents, each of one intent alone, and the disagreements; the worst first."""
    told = of_owner(report, style)
    writer = PlanAlerts(told, style)
    wrong = (intent for intent in ranked(told.intents) if intent.status is not Status.SATISFIED)
    found = [alert for intent in wrong for alert in writer.of(Finding((intent,), tuple(joined(intent.causes))))]
    return [*found, *writer.disagreements()]


class PlanAlerts:
    """The alerts of one plan, in words."""

    def __init__(self, report: Report, style: Style) -> None:
        self._report = report
        self._names = names_of(report)
        self._blocks = Blocks(report, self._names, style)

    def of(self, finding: Finding) -> list[Alert]:
        """One for each cause, one for all that is unknown, and one for each problem."""
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
                    facts=(_fact("", told), _fact("about", ", ".join(one.intents))),
                    wanted=next((i.where for i in self._report.intents if i.address in one.intents), None),
                    key=("azure-disagrees", one.probe.nic, flow),
                )
            )
        return found

    def _caused(self, finding: Finding, joined: JointCause) -> Alert:
        intent = finding.first
        facts = [_fact(complaint(intent, joined), self._blocks.flows(finding, joined))]
        if joined.first.total.example:
            facts.append(_fact("for example", example_phrase(joined.first.total.example)))
        facts += [_fact("decided by", self._decider(copied)) for copied in joined.deciders[:_MOST]]
        facts += _more(len(joined.deciders) - _MOST, "rule")
        changes = [self._report.suggested_changes[number] for number in joined.changes]
        facts += fix_facts(changes, finding, self._names)
        if joined.first.no_change:
            facts.append(_fact("not mended:" if changes else "no fix:", joined.first.no_change))
        spots = _spots(joined)
        if spots and intent.where is not None:
            facts.append(_fact("declared at", place_text(intent.where)))
        return _alert(finding.intents, facts, spots=spots, key=_key(joined))

    def _decider(self, copied: Copied) -> str:
        """With the first place where it is written."""
        place = place_text(copied.places[0]) if copied.places else ""
        more = f" and {len(copied.places) - 1:,} more" if len(copied.places) > 1 else ""
        return self._blocks.decider(copied) + (f", at {place}{more}" if place else "")

    def _unknown(self, intent: IntentResult) -> Alert:
        facts = []
        unknowns = intent.flows.unknown
        for at, unknown in enumerate(unknowns[:_MOST]):
            facts.append(_fact("", self._blocks.unknown(intent, unknown, first=at == 0)))
            if unknown.settle:
                facts.append(_fact("to settle", unknown.settle))
        return _alert((intent,), [*facts, *_more(len(unknowns) - _MOST, "reason")], Status.UNKNOWN, key=("unknown",))

    def _problem(self, problem: IntentProblem, intent: IntentResult) -> Alert:
        facts = [_fact("", problem.summary), *([_fact("", problem.detail)] if problem.detail else [])]
        found = _alert((intent,), facts, intent.status, key=("problem", problem.summary), where=problem.where)
        return replace(found, level="error" if intent.status is Status.ERRORED else problem.severity)


def problem_alerts(problems: Iterable[IntentProblem]) -> list[Alert]:
    """What is wrong, or worth a look, about inventories; of notes none."""
    return [
        Alert(
            level=problem.severity,
            rule="inventory",
            about="What an inventory holds, or lacks",
            title=clipped(visible(problem.summary), _FACT),
            facts=(_fact("", problem.detail or problem.summary),),
            wanted=problem.where,
            key=("inventory", problem.summary),
        )
        for problem in problems
        if problem.severity != "info"
    ]


def fix_facts(changes: Sequence[Change], finding: Finding, names: DisplayNames) -> list[Fact]:
    """The rules to put in, those that are alike once, and their proof."""
    kinds = alike(changes)
    facts = []
    for same in kinds[:_MOST]:
        more = f"; {len(same) - 1:,} more like it" if len(same) > 1 else ""
        facts.append(_fact("fix", fix_phrase(same[0], names) + more))
    facts += _more(len(kinds) - _MOST, "rule")
    return facts + ([_fact("proof", "; ".join(proof_phrases(changes, finding)))] if changes else [])


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
    owners = shortened([visible(owner) for owner in dict.fromkeys(i.owner for i in intents) if owner], _MOST)
    about = ", ".join(filter(None, (first.severity, owners)))
    return Alert(
        level=first.severity,
        rule=visible(first.address),
        about=clipped(visible(first.description or first.address), _FACT),
        title=clipped(f"{HEADS[status][1]} {visible(first.address)}{others} ({about})", _FACT),
        facts=tuple(facts),
        spots=spots,
        wanted=where or first.where,
        key=(first.address, *key),
        is_open=first.expect == "Deny" and status is Status.DRIFTED,
    )


def _spots(joined: JointCause) -> tuple[Spot, ...]:
    """Every place where a rule of a cause is written, once."""
    found: dict[SourceLine, Spot] = {}
    for decider in (decider for cause in joined.causes for decider in cause.deciders):
        if decider.where is not None:
            found.setdefault(decider.where, Spot((decider.nsg.casefold(), decider.rule.casefold()), decider.where))
    return tuple(found.values())


def _key(joined: JointCause) -> tuple[str, ...]:
    """What decided: by name, so that it is the same on another line and with another priority."""
    names = {f"{d.nsg.casefold()}/{d.rule.casefold()}" for cause in joined.causes for d in cause.deciders}
    return (joined.first.direction, *sorted(names))


def _fact(label: str, text: str) -> Fact:
    return Fact(label, clipped(visible(text), _FACT))


def _more(count: int, noun: str) -> list[Fact]:
    return [Fact("", f"and {count:,} more {noun}{'' if count == 1 else 's'}")] if count > 0 else []
