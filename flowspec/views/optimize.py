"""How many rules each NSG needs -> text: a line for each that needs fewer, then all of them together."""

from __future__ import annotations

from flowspec.counting import counted
from flowspec.model.documents.optimize import Optimized, OptimizedNsg
from flowspec.views.blocks import place_text
from flowspec.views.layout import beside, fill, visible
from flowspec.views.names import DisplayNames
from flowspec.views.style import Style

_INDENT = "    "


def view(document: Optimized, style: Style) -> str:
    """A paragraph for each NSG that has fewer rules afterwards, or was left as it is; ends with a line break."""
    names = DisplayNames(nsg.nsg for nsg in document.nsgs)
    lines: list[str] = []
    for nsg in document.nsgs:
        if nsg.rules or nsg.kept:
            lines += _paragraph(nsg, names.of(nsg.nsg), style)
    return "\n".join([*lines, *fill(last_sentence(document), style.width), ""])


def last_sentence(document: Optimized) -> str:
    """All NSGs together."""
    of = document.summary
    nsgs = counted(of.nsgs, "NSG")
    if of.before == of.after:
        return f"{_rules(of.before)} in {nsgs}; none found that could go or be one with others."
    fewer = f"{of.smaller:,} of {nsgs} with fewer rules" if of.nsgs > 1 else nsgs
    return f"{_arrow(of.before, of.after)} in all, {fewer}. Every flow fares as before."


def _paragraph(nsg: OptimizedNsg, name: str, style: Style) -> list[str]:
    """An NSG, and what becomes of its rules if everything is to be told; ends with an empty line."""
    count = _arrow(nsg.before, nsg.after) if nsg.before != nsg.after else _rules(nsg.before)
    lines = beside([f"{style.paint(name, 'bold')}  {count}"], place_text(nsg.where), style.width, len(_INDENT))
    written = sum(rule.action == "update" for rule in nsg.rules)
    if style.everything:
        for rule in nsg.rules:
            mark = "-" if rule.action == "delete" else "~"
            better = f"; a better name: {visible(rule.better_name)}" if rule.better_name else ""
            told = f"{mark} {visible(rule.rule)}: {visible(rule.why)}{better}"
            lines += fill(told, style.width, _INDENT, _INDENT + "    ")
    elif nsg.rules:
        gone = f"{nsg.before - nsg.after:,} deleted"
        says = counted(written, "rule says", "rules say")
        lines.append(f"{_INDENT}{gone}, {says} what others said" if written else _INDENT + gone)
    lines += fill(visible(nsg.kept), style.width, _INDENT, _INDENT) if nsg.kept else []
    return [*lines, ""]


def _arrow(before: int, after: int) -> str:
    """`200 -> 41 rules (-79 %)`, the percentage rounded down."""
    return f"{before:,} -> {_rules(after)} (-{100 * (before - after) // before} %)"


def _rules(count: int) -> str:
    return "1 rule" if count == 1 else f"{count:,} rules"
