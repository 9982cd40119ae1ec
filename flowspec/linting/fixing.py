"""Findings -> edits that leave every verdict as it is: rules deleted, and rules merged that could be one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flowspec.comparison.difference import difference
from flowspec.errors import Where
from flowspec.fixes.edits import Edit, edited
from flowspec.fixes.overlap import may_meet
from flowspec.fixes.ownership import is_use_only
from flowspec.linting.estate import LintEstate
from flowspec.linting.idle import LayerRules
from flowspec.linting.rules import NsgFindings
from flowspec.model.inventory import Direction, Inventory, Nsg, Rule, key
from flowspec.sets.address import parse_prefix
from flowspec.sets.flows import Box

_LISTS = ("sources", "source_ports", "destinations", "destination_ports")
_ASGS = {"sources": "source_asgs", "destinations": "destination_asgs"}
_MOST = 1000
"""Values in one list of a merged rule, far below what Azure takes."""


@dataclass(frozen=True, slots=True)
class LintEdit:
    """An edit, and why it changes no verdict."""

    edit: Edit
    why: str


@dataclass(frozen=True, slots=True)
class LintFixes:
    """Edits that change no verdict, neither together nor one after the other in their order."""

    edits: tuple[LintEdit, ...]

    @property
    def steps(self) -> tuple[Edit, ...]:
        """One call each: what takes the place of others is made before these go."""
        return tuple(one.edit for one in self.edits)

    def wheres(self) -> list[Where]:
        """Where the rules are written."""
        rules = (one.edit.before for one in self.edits)
        return [rule.where for rule in rules if rule is not None and rule.where is not None]


def fixes_of(estate: LintEstate, every: Sequence[tuple[Nsg, Direction, NsgFindings]]) -> LintFixes:
    """What can be deleted or merged; proved by comparing the network with and without, over all flows."""
    universe = estate.everything()
    found: list[LintEdit] = []
    for nsg, direction, findings in every:
        deleted = list(_deleted(estate, nsg, direction, findings, universe))
        gone = {id(one.edit.before) for one in deleted}
        left = [rule for rule in nsg.rules if rule.direction is direction and id(rule) not in gone]
        found += [*deleted, *_merged(nsg, left)]
    for kept in (found, [one for one in found if one.edit.after is None and not one.why.startswith(_TAKEN)]):
        if _is_proved(estate.original, kept):
            return LintFixes(tuple(kept))
    return LintFixes(())


def _is_proved(inventory: Inventory, found: Sequence[LintEdit]) -> bool:
    """No flow fares otherwise in the end."""
    after = replace(inventory, nsgs={**inventory.nsgs, **edited(inventory.nsgs, [one.edit for one in found])})
    return not difference(inventory, after).causes


def _deleted(
    estate: LintEstate, nsg: Nsg, direction: Direction, findings: NsgFindings, universe: Sequence[Box]
) -> Iterator[LintEdit]:
    """Rules that never match, all of them; and of those that could go, one after the other, as many as can."""
    never = [rule for rule in findings.never if not is_use_only(rule.name)]
    gone = [*never, *findings.empty]
    for rule in never:
        yield LintEdit(Edit(nsg.id, rule, None), "never matches: rules before it take all its flows")
    for rule in findings.could_go:
        layers = estate.layers[key(nsg.id), direction]
        if not is_use_only(rule.name) and all(LayerRules(layer, universe, gone).could_go([rule]) for layer in layers):
            gone.append(rule)
            yield LintEdit(Edit(nsg.id, rule, None), "all its flows are answered alike without it")


_TAKEN = "what it says stands in "


def _merged(nsg: Nsg, rules: Sequence[Rule]) -> Iterator[LintEdit]:
    """Rules that differ in one list, and between which nothing says otherwise, as one in the place of the first."""
    left = sorted((rule for rule in rules if not is_use_only(rule.name)), key=lambda rule: rule.priority)
    while left:
        first, *left = left
        name, taken = "", [first]
        for other in list(left):
            differs = name or _only_difference(first, other)
            between = [rule for rule in rules if first.priority < rule.priority < other.priority]
            contrary = any(rule.access is not other.access and may_meet(rule, other) for rule in between)
            if differs and differs == _only_difference(first, other) and not contrary:
                name = differs
                taken.append(other)
                left.remove(other)
        if len(taken) > 1:
            values = tuple(dict.fromkeys(text for rule in taken for text in getattr(rule, name)))
            if len(values) > _MOST:
                continue
            names = ", ".join(rule.name for rule in taken[1:])
            yield LintEdit(Edit(nsg.id, first, _with(first, name, values)), f"takes the place of {names}")
            for rule in taken[1:]:
                yield LintEdit(Edit(nsg.id, rule, None), f"{_TAKEN}{first.name}")


def _with(rule: Rule, name: str, values: tuple[str, ...]) -> Rule:
    """The rule with another list."""
    lists = {one: values if one == name else getattr(rule, one) for one in _LISTS}
    return replace(
        rule,
        sources=lists["sources"],
        source_ports=lists["source_ports"],
        destinations=lists["destinations"],
        destination_ports=lists["destination_ports"],
    )


def _only_difference(one: Rule, other: Rule) -> str:
    """The one list of plain prefixes or ports in which two rules differ; "" where it is none, or more."""
    if (one.access, one.protocol.casefold()) != (other.access, other.protocol.casefold()):
        return ""
    if (one.source_asgs, one.destination_asgs) != (other.source_asgs, other.destination_asgs):
        return ""
    differing = [name for name in _LISTS if getattr(one, name) != getattr(other, name)]
    if len(differing) != 1 or (differing[0] in _ASGS and getattr(one, _ASGS[differing[0]])):
        return ""
    texts = (*getattr(one, differing[0]), *getattr(other, differing[0]))
    plain = _is_prefix if differing[0] in _ASGS else _is_ports
    return differing[0] if all(map(plain, texts)) else ""


def _is_prefix(text: str) -> bool:
    return parse_prefix(text) is not None and not text.endswith("/0")


def _is_ports(text: str) -> bool:
    return all(part.isdecimal() for part in text.split("-"))
