"""The rules of each NSG -> those that never match, those that could go, and those that share a priority."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flowspec.linting.chains import outvoted_rules
from flowspec.linting.codes import COULD_GO, NEVER_MATCHES, OTHER_NSG, LintSeverity
from flowspec.linting.estate import LintEstate
from flowspec.linting.found import LintFound, of_rule
from flowspec.linting.idle import Because, LayerRules
from flowspec.model.inventory import Access, Direction, Nsg, Rule, key
from flowspec.policy.layers import Decider, Layer
from flowspec.sets.flows import Box
from flowspec.sets.space import RunSpace


@dataclass(frozen=True, slots=True)
class NsgFindings:
    """What is found of one NSG in one direction: rules by what they come to. `empty`: those that match no address."""

    never: Mapping[Rule, Because]
    could_go: Mapping[Rule, Because]
    empty: frozenset[Rule]


def nsg_findings(
    nsg: Nsg, direction: Direction, layers: Sequence[Layer], universe: Sequence[Box], space: RunSpace
) -> NsgFindings:
    """Exact, for the NSG wherever it is in force.

    Rules that could go are looked for among what is left once those that never match are gone.
    """
    rules = [rule for rule in nsg.rules if rule.direction is direction]
    if not rules:
        return NsgFindings({}, {}, frozenset())
    ruled = [LayerRules(layer, universe, space) for layer in layers]
    never, empty = _never(layers, ruled, rules)
    left = [rule for rule in rules if rule not in never and rule not in empty]
    for one in ruled:
        if not left:
            break
        found = one.could_go(left, [*never, *empty])
        left = [rule for rule in left if rule in found]
        going = found
    return NsgFindings(never, {rule: going[rule] for rule in left} if left else {}, empty)


def _never(
    layers: Sequence[Layer], ruled: Sequence[LayerRules], rules: Sequence[Rule]
) -> tuple[dict[Rule, Because], frozenset[Rule]]:
    """Those that match nothing wherever the NSG is in force, by taking their flows or by having none."""
    each = [one.never_match() for one in ruled]
    present = [{id(variant.decider.rule) for variant in layer.variants} for layer in layers]
    never: dict[Rule, Because] = {}
    empty = set()
    for rule in rules:
        found = [one.get(rule) if id(rule) in here else () for here, one in zip(present, each, strict=True)]
        if not found or any(because is None for because in found):
            continue
        taken = {(decider.nsg, id(decider.rule)): decider for because in found if because for decider in because}
        if taken:
            never[rule] = tuple(sorted(taken.values(), key=lambda one: one.access is rule.access))
        else:
            empty.add(rule)
    return never, frozenset(empty)


def rule_findings(estate: LintEstate) -> Iterator[tuple[Nsg, Direction, NsgFindings]]:
    """What is found of every NSG, in the order of their ids."""
    universe = estate.everything()
    for place, nsg in sorted(estate.inventory.nsgs.items()):
        for direction in Direction:
            layers = estate.layers.get((place, direction), ())
            if layers and not nsg.lacks:
                yield nsg, direction, nsg_findings(nsg, direction, layers, universe, estate.space)


def told(nsg: Nsg, found: NsgFindings, *, of_bastion: bool = False) -> Iterator[LintFound]:
    """The findings of an NSG in words. Of a Bastion's no rule could go: Azure wants them all."""
    for rule, because in found.never.items():
        contrary = any(one.access is not rule.access for one in because)
        answer = f"which {'does' if len(because) == 1 else 'do'} {'otherwise' if contrary else 'the same'}"
        message = f"never matches: all its flows are taken by {_names(because)}, {answer}"
        level: LintSeverity | None = None if contrary else "info"
        yield of_rule(NEVER_MATCHES, nsg, rule, message, because, _delete(rule), level)
    for rule, because in () if of_bastion else found.could_go.items():
        verb = "permitted" if rule.access is Access.ALLOW else "denied"
        by = f"by {_names(because)} behind it" if because else "all the same"
        yield of_rule(COULD_GO, nsg, rule, f"could go: its flows would be {verb} {by}", because, _delete(rule))


def outvoted(estate: LintEstate, every: Sequence[tuple[Nsg, Direction, NsgFindings]]) -> Iterator[LintFound]:
    """Rules that the other filters of every NIC make idle, among those that are of use in their own NSG."""
    nsgs = {key(nsg.id): nsg for nsg, *_ in every}
    gone = {id(rule) for _, _, found in every for rule in (*found.never, *found.empty)}
    asked = {
        (key(nsg.id), direction): [
            rule
            for rule in nsg.rules
            if rule.direction is direction and id(rule) not in gone and rule not in found.could_go
        ]
        for nsg, direction, found in every
    }
    for (place, _), rule, because in outvoted_rules(estate, asked, gone):
        verb = "permits" if rule.access is Access.ALLOW else "stops"
        ends = {"stopped" if one.access is Access.DENY else "let through" for one in because}
        fares = ends.pop() if len(ends) == 1 else "decided"
        message = (
            f"makes no difference at any NIC: all that only it {verb} is {fares} by {_names(because, of_nsg=True)}"
        )
        yield of_rule(OTHER_NSG, nsgs[place], rule, message, because)


def _delete(rule: Rule) -> str:
    return f"delete {rule.name}"


_NAMED = 3


def _names(because: Because, *, of_nsg: bool = False) -> str:
    """The first few rules by name and priority, `of_nsg`: behind the name of their NSG."""
    names = [_name(one, of_nsg=of_nsg) for one in because]
    more = [f"{len(names) - _NAMED:,} more"] if len(names) > _NAMED else []
    shown = [*names[:_NAMED], *more]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _name(decider: Decider, *, of_nsg: bool) -> str:
    if decider.rule is None:
        return decider.note
    nsg = decider.nsg.rpartition("/")[2]
    return f"{f'{nsg}/' if of_nsg and nsg else ''}{decider.rule.name} ({decider.rule.priority})"
