"""What is missing and leaves intents unknown -> told once, with what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flowspec.counting import counted
from flowspec.model.documents.plan import IntentResult, Report
from flowspec.views.layout import fill, visible
from flowspec.views.names import once, shortened
from flowspec.views.style import Style

_INDENT = " " * 4
_INTENTS, _REASONS = 2, 4
"""From so many intents, or so many reasons of one intent, on it is told at the top and nowhere else."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Missing:
    """What would `settle` the `reasons`, and the intents that they leave unknown."""

    settle: str
    reasons: tuple[str, ...]
    intents: tuple[IntentResult, ...]


def missing(report: Report) -> list[Missing]:
    """What leaves several intents unknown, or one for many reasons; what costs most first."""
    found: dict[str, list[tuple[IntentResult, str]]] = {}
    for intent in report.intents:
        for unknown in intent.flows.unknown:
            if unknown.settle:
                found.setdefault(unknown.settle, []).append((intent, unknown.reason))
    told = [Missing(settle, once(reason for _, reason in of), _distinct(i for i, _ in of))
            for settle, of in found.items()]  # fmt: skip
    costly = (one for one in told if len(one.intents) >= _INTENTS or len(one.reasons) >= _REASONS)
    return sorted(costly, key=lambda one: -len(one.intents))


def missing_lines(found: Sequence[Missing], style: Style) -> list[str]:
    """What is missing from the inventory, once each, with what it costs."""
    lines: list[str] = []
    for one in found:
        head = style.paint("? MISSING", "bold", "yellow")
        told = fill(f"? MISSING {visible(one.settle.removeprefix('add '))}", style.width, "", _INDENT)
        lines += [told[0].replace("? MISSING", head, 1), *told[1:]]
        cost = f"leaves {counted(len(one.intents), 'intent')} unknown ({owners_phrase(one.intents)})"
        lines += fill(f"{reasons_phrase(one.reasons)}: {cost}", style.width, _INDENT, _INDENT)
    return lines


def reasons_phrase(reasons: Sequence[str]) -> str:
    """`the tags of vm-a are not in the inventory, and 299 more like this`."""
    if len(reasons) <= _NAMED:
        return "; ".join(map(visible, reasons))
    return f"{visible(reasons[0])}, and {len(reasons) - 1:,} more like this"


def owners_phrase(intents: Sequence[IntentResult]) -> str:
    """`team-data 3, team-ops 2`; one owner without its number, nobody by the intents' names."""
    counts = Counter(intent.owner for intent in intents)
    if set(counts) == {""}:
        return shortened([visible(intent.address) for intent in intents], _NAMED)
    if len(counts) == 1:
        return visible(intents[0].owner)
    ordered = sorted(counts.items(), key=lambda of: (-of[1], of[0]))
    return ", ".join(f"{visible(owner) or 'no owner'} {count:,}" for owner, count in ordered)


def _distinct(intents: Iterable[IntentResult]) -> tuple[IntentResult, ...]:
    return tuple({intent.address: intent for intent in intents}.values())
