"""Explanation -> text: the walk of each flow from its source to its destination, and what would turn it round."""

from __future__ import annotations

from collections.abc import Iterator

from flowspec.model.documents.explain import ExplainedFlow, Explanation
from flowspec.model.documents.plan import DecidedBy
from flowspec.model.documents.values import ShownAccess
from flowspec.model.documents.walk import EndWalk, Meaning, PathWalk, WalkedLayer
from flowspec.model.inventory import id_part
from flowspec.views.blocks import place_text
from flowspec.views.changes import noted_phrase
from flowspec.views.flows import example_phrase
from flowspec.views.layout import beside, fill, visible
from flowspec.views.names import DisplayNames
from flowspec.views.style import Style
from flowspec.views.why import explained

_LOOKS = {"Allow": "green", "Deny": "red", "Unknown": "yellow"}
WORDS: dict[ShownAccess, str] = {
    "Allow": "NSGs permit it",
    "Deny": "NSGs deny it",
    "Unknown": "it is not known whether NSGs permit it",
}
_COUNTED: dict[ShownAccess, str] = {"Allow": "permitted", "Deny": "denied", "Unknown": "not known"}


def view(explanation: Explanation, style: Style) -> str:
    """A section for each flow; ends with a line break."""
    sections = [list(_walk(walk, style)) for walk in explanation.walks]
    if why := explained(reasons_of(explanation)):
        sections.append(fill(why, style.width))
    return "\n".join(line for section in sections for line in [*section, ""])


def reasons_of(explanation: Explanation) -> Iterator[str]:
    """Why layers don't decide, of all flows."""
    yield from (layer.reason for walk in explanation.walks for end in walk.ends for layer in end.layers)


def _walk(walk: ExplainedFlow, style: Style) -> Iterator[str]:
    names = DisplayNames({layer.nsg for end in walk.ends for layer in end.layers if layer.nsg})
    yield style.paint(example_phrase(walk.flow), "bold") + (f"   {visible(walk.of)}" if walk.of else "")
    yield "    " + style.paint(WORDS[walk.access], _LOOKS[walk.access], "bold")
    for end in walk.ends:
        if end.end == "destination" and walk.path is not None:
            yield from fill(f"{path_word(walk.path)}: {visible(walk.path.why)}", style.width, "Path        ")
        yield from _end(end, names, style)
    if walk.turn is None:
        return
    wish = "permit" if walk.turn.access == "Allow" else "deny"
    yield style.paint(f"To {wish} it", "bold")
    for change in walk.turn.changes:
        yield from fill(noted_phrase(change, DisplayNames([change.nsg])), style.width, "    ", "      ")
    if walk.turn.none:
        yield from fill(visible(walk.turn.none), style.width, "    no change is suggested: ", "    ")


def _end(end: EndWalk, names: DisplayNames, style: Style) -> Iterator[str]:
    head = "Source      " if end.end == "source" else "Destination "
    yield from fill(", ".join(filter(None, (visible(end.address), holder(end)))), style.width, head)
    if end.note:
        yield from fill(visible(end.note), style.width, "    ", "    ")
    for number, layer in enumerate(end.layers, 1):
        yield from _layer(number, end.direction, layer, names, style)


def _layer(number: int, direction: str, layer: WalkedLayer, names: DisplayNames, style: Style) -> Iterator[str]:
    answer = style.paint(layer.access, _LOOKS[layer.access])
    yield f"  {number} {direction} {layer_title(layer, names)}: {answer}"
    for at, decider in enumerate(layer.decided_by):
        verb = ("decided by " if layer.access != "Unknown" else "may be decided by ") if not at else "or by "
        before = f" after {layer.tried:,} that did not match" if layer.tried and not at else ""
        yield from _rule(f"{verb}{decider_name(decider)}{before}", decider, style)
    for meaning in layer.meanings:
        told = f"{visible(meaning.term)} stands for {stands_for(meaning)}"
        yield from fill(told, style.width, "      ", "        ")
    for miss in layer.near_misses:
        yield from _rule(f"nearly by {decider_name(miss)}: {visible(miss.why)}", miss, style)
    if layer.reason:
        yield from fill(visible(layer.reason), style.width, "      unknown   ", "      ")
    if layer.settle:
        yield from fill(visible(layer.settle), style.width, "      to settle ", "      ")


def _rule(text: str, decider: DecidedBy, style: Style) -> list[str]:
    lines = fill(text, style.width, "      ", "        ")
    return beside(lines, style.paint(place_text(decider.where), "dim"), style.width, 8)


def decider_name(decider: DecidedBy) -> str:
    """`securityRules/a (100, Allow)`, or what there is in place of a rule."""
    if not decider.rule:
        return visible(decider.note) or "no rule"
    return f"{visible(decider.rule)} ({decider.priority}, {decider.access})"


def layer_title(layer: WalkedLayer, names: DisplayNames) -> str:
    """`NSG of the subnet nsg-web`."""
    return f"{layer.step.partition(' ')[2]} {names.of(layer.nsg) if layer.nsg else ''}".strip()


def holder(end: EndWalk) -> str:
    """`NIC nic-web, vnet/snet-web`, as far as the inventory has them."""
    subnet = "/".join(filter(None, (id_part(end.subnet, "virtualNetworks"), id_part(end.subnet, "subnets"))))
    nic = f"NIC {end.nic.rsplit('/', 1)[-1]}" if end.nic else ""
    return ", ".join(visible(one) for one in (nic, subnet) if one)


def stands_for(meaning: Meaning) -> str:
    """The prefixes of a tag or an application security group."""
    return ", ".join(map(visible, meaning.stands_for)) or "nothing that is known"


def path_word(path: PathWalk) -> str:
    """Whether it is direct."""
    return "direct" if path.direct else "not direct, or not known"


def summary(explanation: Explanation) -> str:
    """`1 flow: NSGs deny it.`"""
    count = len(explanation.walks)
    if count == 1:
        return f"1 flow: {WORDS[explanation.walks[0].access]}."
    found = {access: sum(walk.access == access for walk in explanation.walks) for access in WORDS}
    told = ", ".join(f"{found[access]} {word}" for access, word in _COUNTED.items() if found[access])
    return f"{count} flows: {told}."
