"""A layer -> its rules that never match, and those whose flows would be answered alike without them: exact."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from operator import or_

from flowspec.linting.stacked import Stacked
from flowspec.model.inventory import Rule
from flowspec.policy.layers import Decider, Layer
from flowspec.sets.classes import bits
from flowspec.sets.flows import Box
from flowspec.sets.products import common, meets
from flowspec.sets.space import RunSpace

Because = tuple[Decider, ...]
"""The rules that a finding rests on."""


class LayerRules:
    """The rules of one layer, as the numbers of their variants."""

    def __init__(self, layer: Layer, universe: Sequence[Box], space: RunSpace) -> None:
        self._stacked = Stacked(layer.variants, universe, space)
        self._numbers: dict[Decider, list[int]] = {}
        for number, variant in enumerate(layer.variants):
            self._numbers.setdefault(variant.decider, []).append(number)
        self._own = [decider for decider in self._numbers if decider.rule is not None and not decider.rule.default]

    def never_match(self) -> dict[Rule, Because]:
        """The rules that decide no flow, since earlier ones take them all."""
        found: dict[Rule, Because] = {}
        for decider in self._own:
            assert decider.rule is not None
            numbers = self._numbers[decider]
            before = (1 << numbers[0]) - 1
            if all(not self._left(number, before) for number in numbers):
                found[decider.rule] = self._covering(decider, numbers, before)
        return found

    def could_go(self, rules: Collection[Rule], gone: Collection[Rule]) -> dict[Rule, Because]:
        """Those of some rules without which every flow is answered alike, each with the rules that then answer.

        That is among what is left once others are `gone`.
        """
        asked, without = {id(rule) for rule in rules}, {id(rule) for rule in gone}
        left = self._mask([one for one in self._numbers if one.rule is None or id(one.rule) not in without])
        found: dict[Rule, Because] = {}
        for decider in self._own:
            if id(decider.rule) in asked:
                assert decider.rule is not None
                instead = self._instead(self._numbers[decider], left)
                if instead is not None:
                    found[decider.rule] = instead
        return found

    def _left(self, number: int, by: int) -> bool:
        stacked = self._stacked
        return stacked.some_left(stacked.pieces(number), stacked.meeting(number) & by & stacked.implied(number))

    def _covering(self, decider: Decider, numbers: list[int], before: int) -> Because:
        """Rules that take all the flows, none of which could be spared; those of another action first."""
        stacked = self._stacked
        taking = 0
        for number in numbers:
            by = stacked.meeting(number) & before & stacked.implied(number)
            taking |= stacked.takers(stacked.pieces(number), by)
        kept = list(dict.fromkeys(stacked.variants[number].decider for number in bits(taking)))
        alike = [other for other in kept if other.access is decider.access]
        for one in (*reversed(alike), *(other for other in reversed(kept) if other.access is not decider.access)):
            without = [other for other in kept if other is not one]
            if not self._needs(numbers, one, self._mask(without)):
                kept = without
        return tuple(sorted(kept, key=lambda other: other.access is decider.access))

    def _needs(self, numbers: list[int], one: Decider, others: int) -> bool:
        """Whether one of the covering rules takes flows that the others leave: only its own can be left."""
        stacked = self._stacked
        for number in numbers:
            implied, pieces = stacked.implied(number), stacked.pieces(number)
            for own in self._numbers[one]:
                if implied >> own & 1:
                    there = stacked.classes[own]
                    shared = [common(piece, there) for piece in pieces if meets(piece, there)]
                    if stacked.some_left(shared, stacked.meeting(number) & others & implied):
                        return True
        return False

    def _mask(self, deciders: Sequence[Decider]) -> int:
        return reduce(or_, (1 << number for one in deciders for number in self._numbers[one]), 0)

    def _instead(self, numbers: list[int], left: int) -> Because | None:
        """Those of the variants that are left which answer in place of one, all alike; None where some flow would fare
        otherwise."""
        stacked = self._stacked
        if any(stacked.variants[number].doubts for number in numbers):
            return None
        access = stacked.variants[numbers[0]].decider.access
        behind = -1 << numbers[-1] + 1
        found: dict[Decider, None] = {}
        for number in numbers:
            met, pieces = stacked.meeting(number) & left, stacked.pieces(number)
            taken = met & ((1 << number) - 1) & stacked.certain
            for later in bits(met & behind & ((1 << len(stacked.variants)) - 1)):
                after, there = stacked.variants[later], stacked.classes[later]
                shared = [common(piece, there) for piece in pieces if meets(piece, there)]
                agrees = after.decider.access is access
                if agrees and after.doubts:
                    continue
                if stacked.some_left(shared, taken):
                    if not agrees:
                        return None
                    found[after.decider] = None
                if not after.doubts:
                    taken |= 1 << later
        return tuple(found)
