"""What differs between two networks -> alerts: one for each cause, beside the rule that decides now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flowspec.model.documents.diff import Diff, DiffCause, Effect
from flowspec.model.documents.gate import ChangeGate
from flowspec.model.documents.plan import DecidedBy, SourceLine
from flowspec.views.alert import MOST, Alert, AlertLevel, Fact, fact, more_facts, spots_of
from flowspec.views.blocks import place_text
from flowspec.views.diff import DiffText, turn_phrase
from flowspec.views.flows import example_phrase, phrase
from flowspec.views.style import Style

_LEVELS: dict[Effect, AlertLevel] = {Effect.OPENS: "warning", Effect.UNKNOWN: "warning", Effect.CLOSES: "info"}
_ABOUT = {
    Effect.OPENS: "A change permits flows that were denied",
    Effect.CLOSES: "A change denies flows that were permitted",
    Effect.UNKNOWN: "A change may open or close flows: whether it does is not known",
}
_ORDER = (Effect.OPENS, Effect.UNKNOWN, Effect.CLOSES)
_LIVE = "azure:"


def diff_alerts(diff: Diff, style: Style, gate: ChangeGate | None = None) -> list[Alert]:
    """What the gate does not let pass first, then what opens, what may, and what closes.

    They stand at the rules that decide now: of a rule that is gone the old file tells no line of the new.
    """
    writer = DiffText(diff, style)
    wanted = next((SourceLine(file=one.source) for one in reversed(diff.new) if not one.source.startswith(_LIVE)), None)
    failing = _failing(gate)
    undeclared = {one.cause: phrase(one.flows) for one in (gate.undeclared if gate is not None else ())}
    found = []
    for at, cause in enumerate(diff.causes):
        level: AlertLevel = _LEVELS[cause.effect] if gate is None else "error" if at in failing else "info"
        alert = _caused(cause, level, writer, wanted)
        if at in undeclared:
            alert = replace(alert, facts=(*alert.facts, fact("not declared", undeclared[at])))
        found.append((level != "error", _ORDER.index(cause.effect), at, alert))
    return [alert for *_, alert in sorted(found, key=lambda rank: rank[:3])]


def _failing(gate: ChangeGate | None) -> set[int]:
    """The causes that a brake does not let pass."""
    if gate is None:
        return set()
    stopped = {brake.name for brake in gate.brakes if not brake.passes}
    opens = gate.opens if "no-new-access" in stopped else ()
    return {*opens, *(one.cause for one in gate.undeclared)}


def _caused(cause: DiffCause, level: AlertLevel, writer: DiffText, wanted: SourceLine | None) -> Alert:
    turn = f": {turn_phrase(cause)}" if cause.effect is Effect.UNKNOWN else ""
    facts = [fact("", writer.flows(cause))]
    if cause.total.example:
        facts.append(fact("for example", example_phrase(cause.total.example)))
    facts += [*_deciders("before", cause.old, writer), *_deciders("after", cause.new, writer)]
    facts += [fact("because", cause.reason)] if cause.reason else []
    facts += [fact("to settle", cause.settle)] if cause.settle else []
    return Alert(
        level=level,
        rule=str(cause.effect),
        about=_ABOUT[cause.effect],
        title=f"{str(cause.effect).upper()} {cause.direction}{turn}",
        facts=tuple(facts),
        spots=spots_of(cause.new),
        wanted=wanted,
        key=_key(cause),
        is_open=cause.effect is Effect.OPENS,
    )


def _deciders(label: str, deciders: Sequence[DecidedBy], writer: DiffText) -> list[Fact]:
    facts = []
    for decider in deciders[:MOST]:
        place = place_text(decider.where)
        facts.append(fact(label, writer.decider(decider) + (f", at {place}" if place else "")))
    return facts + more_facts(label, len(deciders) - MOST, "rule")


def _key(cause: DiffCause) -> tuple[str, ...]:
    return (cause.effect, cause.direction, *_names(cause.old), "to", *_names(cause.new), *sorted(cause.endpoints)[:1])


def _names(deciders: Iterable[DecidedBy]) -> list[str]:
    return sorted({f"{decider.nsg.casefold()}/{decider.rule.casefold()}" for decider in deciders})
