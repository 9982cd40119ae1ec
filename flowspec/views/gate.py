"""The gate of a plan or a diff -> its first lines: whether the change passes, and if not, why."""

from __future__ import annotations

from flowspec.model.documents.gate import Brake, ChangeGate, DeclaredBlock, GatedIntent, Standing, Undeclared
from flowspec.views.blocks import INDENT, place_text
from flowspec.views.flows import count_phrase, phrase
from flowspec.views.layout import beside, fill, visible
from flowspec.views.style import Style

_LABEL = 15
_MOST = 6
_HAPPENS = {"nothing": "nothing of it happens", "part": "a part of it happens"}


def verdict(gate: ChangeGate | None, style: Style) -> list[str]:
    """Whether the change passes, each brake in a line, and what keeps it from passing; nothing without a gate."""
    if gate is None:
        return []
    mark, word, colour = ("✓", "PASSES", "green") if gate.passes else ("✗", "FAILS", "red")
    lines = [style.paint(f"{mark} GATE {word}", "bold", colour) + _against(gate)]
    for brake in gate.brakes:
        lines += _brake(brake, style)
    grown = [i for i in gate.intents if i.standing in (Standing.NEW, Standing.WORSE)] if gate.against else []
    lines += _some([_intent(intent, style) for intent in grown], "intents", style)
    lines += _some([_undeclared(one, style) for one in gate.undeclared], "parts that are not declared", style)
    idle = [block for block in gate.declared if block.happens != "all"]
    return lines + _some([_idle(block, style) for block in idle], "blocks that declare more than happens", style)


def _against(gate: ChangeGate) -> str:
    told = [f"against the {gate.against}"] if gate.against else []
    if gate.spec_ref is not None:
        told.append(f"spec of {visible(gate.spec_ref.name)} ({gate.spec_ref.commit[:12]})")
    return f"  ({', '.join(told)})" if told else ""


def _brake(brake: Brake, style: Style) -> list[str]:
    first = f"{INDENT}{brake.name:<{_LABEL}}"
    told = "passes" if brake.passes else "; ".join(map(visible, brake.reasons))
    lines = fill(told, style.width, first, " " * len(first))
    for note in brake.notes:
        lines += fill(visible(note), style.width, " " * len(first), " " * len(first))
    return lines


def _some(blocks: list[list[str]], what: str, style: Style) -> list[str]:
    shown = blocks if style.everything else blocks[:_MOST]
    lines = [line for block in shown for line in block]
    if len(shown) < len(blocks):
        lines.append(f"{INDENT}and {len(blocks) - len(shown):,} more {what} (--all lists them)")
    return lines


def _intent(intent: GatedIntent, style: Style) -> list[str]:
    """What of an intent was not known before."""
    told = [f"drifts for {phrase(intent.drift)}"] if intent.drift else []
    told += [f"in doubt is {phrase(intent.unknown)}"] if intent.unknown else []
    told += [visible(reason) for reason in intent.reasons[: 1 if intent.unknown or not told else 0]]
    was = f", {intent.before} before" if intent.before is not None else ", not judged before"
    head = f"{intent.standing}: {visible(intent.address)} ({intent.severity}{was})"
    return fill(f"{head}: {'; '.join(told)}" if told else head, style.width, INDENT, INDENT * 2)


def _undeclared(found: Undeclared, style: Style) -> list[str]:
    word = "opens" if found.effect == "opens" else "closes"
    cut = f"; cut here, {count_phrase(int(found.total.count))} in all" if found.truncated else ""
    return fill(f"{word}, not declared: {phrase(found.flows)}{cut}", style.width, INDENT, INDENT * 2)


def _idle(block: DeclaredBlock, style: Style) -> list[str]:
    told = f"declared {block.effect} {visible(block.text)}: {_HAPPENS[block.happens]}"
    return beside(fill(told, style.width, INDENT, INDENT * 2), place_text(block.where), style.width, len(INDENT))
