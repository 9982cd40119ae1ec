"""What differs between two networks -> alerts: one for each cause, beside the rule that decides now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flowspec.model.documents.diff import Diff, DiffCause, Effect
from flowspec.model.documents.plan import DecidedBy, SourceLine
from flowspec.views.alerts import Alert, AlertLevel, Fact, Spot
from flowspec.views.blocks import place_text
from flowspec.views.diff import DiffText, turn_phrase
from flowspec.views.flows import example_phrase
from flowspec.views.layout import clipped, visible
from flowspec.views.style import Style

_LEVELS: dict[Effect, AlertLevel] = {Effect.OPENS: "warning", Effect.UNKNOWN: "warning", Effect.CLOSES: "info"}
_ABOUT = {
    Effect.OPENS: "A change permits flows that were denied",
    Effect.CLOSES: "A change denies flows that were permitted",
    Effect.UNKNOWN: "A change may open or close flows: whether it does is not known",
}
_ORDER = (Effect.OPENS, Effect.UNKNOWN, Effect.CLOSES)
_MOST = 6
_FACT = 1000
_LIVE = "azure:"


def diff_alerts(diff: Diff, style: Style) -> list[Alert]:
    """What opens first, then what may, then what closes."""
    writer = DiffText(diff, style)
    wanted = next((SourceLine(file=one.source) for one in reversed(diff.new) if not one.source.startswith(_LIVE)), None)
    return [
        _caused(cause, writer, wanted) for cause in sorted(diff.causes, key=lambda cause: _ORDER.index(cause.effect))
    ]


def _caused(cause: DiffCause, writer: DiffText, wanted: SourceLine | None) -> Alert:
    turn = f": {turn_phrase(cause)}" if cause.effect is Effect.UNKNOWN else ""
    facts = [_fact("", writer.flows(cause))]
    if cause.total.example:
        facts.append(_fact("for example", example_phrase(cause.total.example)))
    facts += [*_deciders("before", cause.old, writer), *_deciders("after", cause.new, writer)]
    facts += [_fact("because", cause.reason)] if cause.reason else []
    facts += [_fact("to settle", cause.settle)] if cause.settle else []
    return Alert(
        level=_LEVELS[cause.effect],
        rule=str(cause.effect),
        about=_ABOUT[cause.effect],
        title=f"{str(cause.effect).upper()} {cause.direction}{turn}",
        facts=tuple(facts),
        spots=_spots(cause),
        wanted=wanted,
        key=_key(cause),
        is_open=cause.effect is Effect.OPENS,
    )


def _deciders(label: str, deciders: Sequence[DecidedBy], writer: DiffText) -> list[Fact]:
    facts = []
    for decider in deciders[:_MOST]:
        place = place_text(decider.where)
        facts.append(_fact(label, writer.decider(decider) + (f", at {place}" if place else "")))
    left = len(deciders) - _MOST
    return facts + ([Fact(label, f"and {left:,} more rule{'' if left == 1 else 's'}")] if left > 0 else [])


def _spots(cause: DiffCause) -> tuple[Spot, ...]:
    """Where the rules are written that decide now; of a rule that is gone the old file tells no line of the new."""
    found: dict[SourceLine, Spot] = {}
    for decider in cause.new:
        if decider.where is not None:
            found.setdefault(decider.where, Spot((decider.nsg.casefold(), decider.rule.casefold()), decider.where))
    return tuple(found.values())


def _key(cause: DiffCause) -> tuple[str, ...]:
    return (cause.effect, cause.direction, *_names(cause.old), "to", *_names(cause.new), *sorted(cause.endpoints)[:1])


def _names(deciders: Iterable[DecidedBy]) -> list[str]:
    return sorted({f"{decider.nsg.casefold()}/{decider.rule.casefold()}" for decider in deciders})


def _fact(label: str, text: str) -> Fact:
    return Fact(label, clipped(visible(text), _FACT))
