"""Findings -> edits that leave every verdict as it is: rules deleted, and rules merged that could be one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flowspec.comparison.alignment import Aligner
from flowspec.comparison.difference import difference
from flowspec.comparison.shift import shifts
from flowspec.errors import Where
from flowspec.fixes.edits import Edit, edited
from flowspec.fixes.limits import Limits
from flowspec.fixes.ownership import is_made, is_use_only, with_names
from flowspec.linting.estate import LintEstate
from flowspec.linting.idle import LayerRules
from flowspec.linting.merging import merges
from flowspec.linting.naming import better_name
from flowspec.linting.rules import NsgFindings
from flowspec.model.inventory import Direction, Inventory, Nsg, Rule, key
from flowspec.model.unknown import is_unknown
from flowspec.policy.layers import Policy
from flowspec.sets.flows import Box


@dataclass(frozen=True, slots=True)
class LintEdit:
    """An edit, and why it changes no verdict. `name`: one that would say what the rule does from then on, if its own
    does not; Azure renames no rule, so that this is for a person to do."""

    edit: Edit
    why: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class LintFixes:
    """Edits that change no verdict, neither together nor one after the other in their order."""

    edits: tuple[LintEdit, ...]
    kept: Mapping[str, str]
    """NSGs (by key) of which not all was done that could be tried, and why."""

    @property
    def steps(self) -> tuple[Edit, ...]:
        """One call each: what takes the place of others is made before these go."""
        return tuple(one.edit for one in self.edits)

    def wheres(self) -> list[Where]:
        """Where the rules are written."""
        rules = (one.edit.before for one in self.edits)
        return [rule.where for rule in rules if rule is not None and rule.where is not None]


def fixes_of(estate: LintEstate, every: Sequence[tuple[Nsg, Direction, NsgFindings]]) -> LintFixes:
    """What can be deleted or merged: the rules that are left say of every flow what all of them say now.

    Proved twice: of each NSG by itself, for all flows wherever it is in force; and of the whole network.
    """
    universe = estate.everything()
    limits = Limits(estate.network)
    found: list[LintEdit] = []
    kept = {at: nsg.lacks[0].reason for at, nsg in estate.original.nsgs.items() if nsg.lacks}
    kept |= dict.fromkeys(estate.of_bastion() & estate.original.nsgs.keys(), _BASTION)
    for nsg, direction, findings in every:
        if key(nsg.id) in estate.of_bastion():
            continue
        deleted = list(_deleted(estate, nsg, direction, findings, universe))
        gone = {id(one.edit.before) for one in deleted}
        left = [rule for rule in nsg.rules if rule.direction is direction and id(rule) not in gone]
        merged = list(_merged(nsg, left, findings.empty, limits))
        for tried in ([*deleted, *merged], deleted):
            if not tried or keeps_meaning(estate, nsg, direction, tried, universe):
                found += tried
                break
            kept[key(nsg.id)] = _UNPROVED
    if not _is_proved(estate.original, found):
        return LintFixes((), {**kept, **{key(one.edit.nsg): _UNPROVED for one in found}})
    return LintFixes(tuple(found), kept)


_BASTION = "Azure Bastion wants all the rules of its list in the NSG of its subnet, those too that change nothing"
_UNPROVED = "some changes are left out: it is not proved that every flow would fare as before"


def keeps_meaning(
    estate: LintEstate, nsg: Nsg, direction: Direction, found: Sequence[LintEdit], universe: Sequence[Box]
) -> bool:
    """Whether an NSG with some edits says of every flow what it says now, wherever it is in force."""
    policies = estate.judged.policies.with_nsgs(edited(estate.inventory.nsgs, [one.edit for one in found]))
    aligner = Aligner()
    for layer in estate.layers.get((key(nsg.id), direction), ()):
        now = Policy(direction, (layer,))
        if any(True for _ in shifts(aligner.policies(now, policies.renewed(now)), universe, estate.space)):
            return False
    return True


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
    layers = estate.layers[key(nsg.id), direction] if findings.could_go else ()
    ruled = [LayerRules(layer, universe, estate.space) for layer in layers]
    for rule in findings.could_go:
        if not is_use_only(rule.name) and all(one.could_go([rule], gone) for one in ruled):
            gone.append(rule)
            yield LintEdit(Edit(nsg.id, rule, None), "all its flows are answered alike without it")


def _merged(nsg: Nsg, rules: Sequence[Rule], empty: Collection[Rule], limits: Limits) -> Iterator[LintEdit]:
    """First each rule takes the place of others, then these go: on the way, no flow fares otherwise.

    Left alone are rules that somebody else writes again, that match no address, or that hold what is not known.
    """

    def is_fixed(rule: Rule) -> bool:
        return is_use_only(rule.name) or is_made(rule) or rule in empty or any(map(is_unknown, _values(rule)))

    found = merges(rules, is_fixed, lambda rule: bool(limits.refusal_of(rule)))
    taken = {key(rule.name) for rule in (*nsg.rules, *nsg.default_rules)}
    for one in found:
        names = [rule.name for rule in one.absorbed]
        after = replace(one.after, description=with_names(one.after.description, names))
        better = better_name(after, one.before.name, names, taken)
        taken.add(key(better))
        yield LintEdit(Edit(nsg.id, one.before, after), f"takes the place of {', '.join(names)}", better)
    for one in found:
        for rule in one.absorbed:
            yield LintEdit(Edit(nsg.id, rule, None), f"what it says stands in {one.before.name}")


def _values(rule: Rule) -> Iterator[str]:
    """Everything that a rule matches by, as it is written."""
    yield rule.protocol
    yield from (*rule.sources, *rule.source_asgs, *rule.source_ports)
    yield from (*rule.destinations, *rule.destination_asgs, *rule.destination_ports)
