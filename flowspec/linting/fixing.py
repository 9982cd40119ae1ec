"""Findings -> edits that leave every verdict as it is: rules deleted, and rules merged that could be one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from flowspec.comparison.alignment import Aligner
from flowspec.comparison.difference import difference
from flowspec.comparison.shift import shifts
from flowspec.errors import Where
from flowspec.fixes.edits import Edit, edited
from flowspec.fixes.limits import Limits
from flowspec.fixes.ownership import is_made, is_use_only, with_names
from flowspec.linting.answers import LayerAnswers
from flowspec.linting.estate import LintEstate
from flowspec.linting.merging import fewer
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
        deleted = list(_never_matching(nsg, findings))
        gone = {id(one.edit.before) for one in deleted}
        left = [rule for rule in nsg.rules if rule.direction is direction and id(rule) not in gone]
        answers = partial(_answers, estate, nsg, direction, [*gone, *map(id, findings.empty)], universe)
        merged = list(_merged(nsg, direction, left, findings.empty, limits, answers))
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


def _never_matching(nsg: Nsg, findings: NsgFindings) -> Iterator[LintEdit]:
    for rule in findings.never:
        if not is_use_only(rule.name):
            yield LintEdit(Edit(nsg.id, rule, None), "never matches: rules before it take all its flows")


def _answers(
    estate: LintEstate, nsg: Nsg, direction: Direction, gone: Collection[int], universe: Sequence[Box]
) -> list[LayerAnswers]:
    """What an NSG says wherever it is in force, without the rules that go anyway."""
    return [LayerAnswers(layer, universe, gone) for layer in estate.layers.get((key(nsg.id), direction), ())]


def _merged(
    nsg: Nsg,
    direction: Direction,
    rules: Sequence[Rule],
    empty: Collection[Rule],
    limits: Limits,
    answers: Callable[[], Sequence[LayerAnswers]],
) -> Iterator[LintEdit]:
    """First each rule takes the place of others, then these go: on the way, no flow fares otherwise.

    Left alone are rules that somebody else writes again, that match no address, or that hold what is not known.
    """

    def is_fixed(rule: Rule) -> bool:
        held = rule.default or is_use_only(rule.name) or is_made(rule) or rule in empty
        return held or any(map(is_unknown, _values(rule)))

    every = [*rules, *(rule for rule in nsg.default_rules if rule.direction is direction)]
    taken = {key(rule.name) for rule in (*nsg.rules, *nsg.default_rules)}
    for step in fewer(every, answers, is_fixed, lambda rule: bool(limits.refusal_of(rule))):
        after, names = step.after, [rule.name for rule in step.absorbed]
        better = ""
        if after is not None and names:
            after = replace(after, description=with_names(after.description, names))
            better = better_name(after, step.before.name, names, taken)
            taken.add(key(better))
        yield LintEdit(Edit(nsg.id, step.before, after), step.why, better)


def _values(rule: Rule) -> Iterator[str]:
    """Everything that a rule matches by, as it is written."""
    yield rule.protocol
    yield from (*rule.sources, *rule.source_asgs, *rule.source_ports)
    yield from (*rule.destinations, *rule.destination_asgs, *rule.destination_ports)
