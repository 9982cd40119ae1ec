"""The policies of NICs -> rules of an NSG that only the other filters on the way make idle, at every NIC: exact."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from flowspec.linting import stacked as stacking
from flowspec.linting.estate import LintEstate, NsgWay
from flowspec.linting.idle import Because
from flowspec.linting.stacked import Stacked
from flowspec.model.inventory import Access, Rule, key
from flowspec.policy.layers import Decider, Layer, Policy, Variant
from flowspec.sets.classes import bits
from flowspec.sets.flows import Box
from flowspec.sets.products import meets, split
from flowspec.sets.space import RunSpace

if TYPE_CHECKING:
    from oxidd.bdd import BDDFunction

_DENIES = (Access.DENY,)
_ENDS = (Access.DENY, Access.ALWAYS_ALLOW)


class _ChainStep(NamedTuple):
    """A variant on the way of some flows. `onward`: where those go on that it does not end."""

    number: int
    layer: int
    ends: tuple[Access, ...]
    is_before: bool
    onward: int


class ChainRules:
    """One policy, and the flows that there can be at its NICs; `gone` are rules that never match anyway."""

    def __init__(self, policy: Policy, universe: Sequence[Box], gone: Collection[int], space: RunSpace) -> None:
        self._layers = [_without(layer, gone) for layer in policy.layers]
        self._stacked = Stacked([variant for layer in self._layers for variant in layer.variants], universe, space)
        self._starts = [sum(len(layer.variants) for layer in self._layers[:n]) for n in range(len(self._layers))]

    def outvoted(self, nsg: str, rule: Rule) -> Because | None:
        """The rules of other layers that decide all flows which a rule's own NSG (a key) would answer otherwise
        without it; None where some flow's verdict hangs on the rule. Empty where it has no flow here.

        An NSG that a NIC and its subnet share would lose the rule twice: of that nothing is said.
        """
        found: dict[Decider, None] = {}
        owns = [at for at, layer in enumerate(self._layers) if key(layer.nsg) == nsg]
        if len(owns) > 1:
            return None
        for own in owns:
            for at, variant in enumerate(self._layers[own].variants, self._starts[own]):
                if variant.decider.rule is rule and not self._is_outvoted(own, at, found):
                    return None
        return tuple(found)

    def _is_outvoted(self, own: int, number: int, found: dict[Decider, None]) -> bool:
        """Follows the flows of a variant, depth first, until one is left whose verdict hangs on it.

        Where the variant is in doubt: if it does not hold, nothing hangs on it anyway.
        """
        stacked = self._stacked
        walk = self._walk(own, number)
        access = stacked.variants[number].decider.access
        open_ = [(piece, 0) for piece in stacked.pieces(number)]
        for _ in range(stacking.MOST):
            if not open_:
                return True
            piece, at = open_.pop()
            while at < len(walk) and not meets(stacked.classes[walk[at].number], piece):
                at += 1
            if at == len(walk):
                return False
            hits, rest = split([piece], stacked.classes[walk[at].number])
            open_ += [(left, at + 1) for left in rest]
            onward = self._onward(own, access, walk[at], found)
            if onward is None:
                return False
            open_ += [(hit, onward) for hit in hits] if onward else []
        return self._is_outvoted_drawn(own, number, walk, found)

    def _is_outvoted_drawn(self, own: int, number: int, walk: Sequence[_ChainStep], found: dict[Decider, None]) -> bool:
        """The same by diagrams: all flows that have come to a step take it at once."""
        stacked = self._stacked
        access = stacked.variants[number].decider.access
        here: list[list[BDDFunction]] = [[] for _ in range(len(walk) + 1)]
        here[0].append(stacked.drawn(stacked.pieces(number)))
        for at, step in enumerate(walk):
            if not here[at]:
                continue
            hits, rest = stacked.ground.cut(stacked.ground.join(here[at]), step.number)
            if rest is not None:
                here[at + 1].append(rest)
            if hits is not None:
                onward = self._onward(own, access, step, found)
                if onward is None:
                    return False
                if onward:
                    here[onward].append(hits)
        return not here[-1]

    def _onward(self, own: int, access: Access, step: _ChainStep, found: dict[Decider, None]) -> int | None:
        """The step to which the flows of one go on, 0 where they end; None where their verdict hangs on the rule."""
        variant = self._stacked.variants[step.number]
        if step.is_before:
            return 0
        if step.layer == own:
            if variant.decider.access is access and not variant.doubts:
                return 0
        elif variant.decider.access in step.ends and not variant.doubts:
            found.setdefault(variant.decider)
            return 0
        return None if variant.doubts else step.onward

    def _walk(self, own: int, number: int) -> list[_ChainStep]:
        """What the flows of a variant meet: its layer up to it, its layer behind it, and then all other layers."""
        variants, met = self._stacked.variants, self._stacked.meeting(number)
        rule = variants[number].decider
        steps: list[_ChainStep] = []
        for layer in (own, *(at for at in range(len(self._layers)) if at != own)):
            first, count = self._starts[layer], len(self._layers[layer].variants)
            numbers = [
                at
                for at in bits(met & (((1 << count) - 1) << first))
                if layer != own or not self._says_nothing(variants[at], rule, is_before=at < number)
            ]
            onward = len(steps) + len(numbers)
            ends = _ENDS if self._layers[layer].admin else _DENIES
            steps += [_ChainStep(at, layer, ends, layer == own and at < number, onward) for at in numbers]
        return steps

    def _says_nothing(self, variant: Variant, rule: Decider, *, is_before: bool) -> bool:
        """In the rule's own layer: the rule itself, what may come before it, and what may agree with it."""
        if variant.decider is rule:
            return not is_before
        return bool(variant.doubts) and (is_before or variant.decider.access is rule.access)


def _without(layer: Layer, gone: Collection[int]) -> Layer:
    kept = tuple(variant for variant in layer.variants if id(variant.decider.rule) not in gone)
    return layer if len(kept) == len(layer.variants) else replace(layer, variants=kept)


def outvoted_rules(
    estate: LintEstate, asked: Mapping[NsgWay, Sequence[Rule]], gone: Collection[int]
) -> Iterator[tuple[NsgWay, Rule, Because]]:
    """Those of the asked rules whose every flow, at every NIC behind their NSG, is decided by other layers.

    `gone` are the rules (by identity) that never match. An NSG that may have NICs which are not known is left out.
    """
    behind: dict[NsgWay, list[Policy]] = {}
    for policy in estate.policies:
        for layer in policy.layers:
            if layer.nsg and not layer.admin:
                behind.setdefault((key(layer.nsg), policy.direction), []).append(policy)
    made: dict[Policy, ChainRules] = {}
    hidden = _with_hidden_nics(estate)
    for way, rules in asked.items():
        policies = behind.get(way, [])
        if way[0] in hidden or not policies or all(len(policy.layers) == 1 for policy in policies):
            continue
        for rule in rules:
            found = _everywhere(estate, policies, made, way[0], rule, gone)
            if found:
                yield way, rule, found


def _everywhere(
    estate: LintEstate,
    policies: Sequence[Policy],
    made: dict[Policy, ChainRules],
    nsg: str,
    rule: Rule,
    gone: Collection[int],
) -> Because:
    found: dict[Decider, None] = {}
    for policy in sorted(policies, key=lambda one: len(one.layers)):
        if policy not in made:
            made[policy] = ChainRules(policy, estate.at(policy), gone, estate.space)
        because = made[policy].outvoted(nsg, rule)
        if because is None:
            return ()
        found.update(dict.fromkeys(because))
    return tuple(found)


def _with_hidden_nics(estate: LintEstate) -> set[str]:
    """The NSGs (by key) behind which there may be NICs that the inventory lacks."""
    inventory = estate.inventory
    if estate.network.anywhere is not None or estate.network.hidden:
        return set(inventory.nsgs)
    subnets = (inventory.subnets.get(key(unlisted.subnet)) for unlisted in inventory.unlisted)
    return {key(subnet.nsg) for subnet in subnets if subnet is not None and subnet.nsg}
