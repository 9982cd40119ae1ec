"""A layer, first match first -> whether flows would be answered alike if rules matched more, or went: exact.

What is not known counts both ways: an answer is the same only if it is in every case that there can be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product as every_one
from typing import NamedTuple

from flowspec.comparison.ground import cut_into_classes
from flowspec.model.inventory import Access, Rule
from flowspec.network.ports import port_matches
from flowspec.policy.layers import CERTAIN, Doubts, Layer, Variant
from flowspec.sets.flows import Box
from flowspec.sets.products import Product, common, meets, split

_MOST = 20_000
"""Pieces into which a question may fall; where it falls into more, the answer counts as another."""


class Cube(NamedTuple):
    """Flows (their classes) that a rule matches if all of its doubts hold."""

    classes: Product
    doubts: Doubts


@dataclass(frozen=True, slots=True)
class RuleEnd:
    """The classes of addresses at one end of a rule, by the doubts they rest on."""

    classes: tuple[tuple[Doubts, int], ...]

    def covers(self, other: RuleEnd) -> bool:
        """Whether all that may be at the other end surely is at this one."""
        certain = dict(self.classes).get(CERTAIN, 0)
        return all(not mask & ~certain for _, mask in other.classes)

    def joined(self, other: RuleEnd) -> RuleEnd:
        """What is at either of them."""
        found: dict[Doubts, int] = {}
        for doubts, mask in (*self.classes, *other.classes):
            found[doubts] = found.get(doubts, 0) | mask
        return RuleEnd(tuple(found.items()))

    def without(self, other: RuleEnd, values: Collection[str]) -> RuleEnd:
        """What is not surely at another one, and hinges on none of some values."""
        certain = dict(other.classes).get(CERTAIN, 0)
        left = ((doubts, mask & ~certain) for doubts, mask in self.classes if not any(v in values for _, v in doubts))
        return RuleEnd(tuple((doubts, mask) for doubts, mask in left if mask))

    def size(self) -> int:
        """How many classes there may be at it."""
        return sum(mask.bit_count() for _, mask in self.classes)


@dataclass(eq=False, slots=True)
class _Place:
    """A rule in its place, and what it matches."""

    at: int
    access: Access
    cubes: list[Cube]


class LayerAnswers:
    """A layer without the rules that are `gone` (their identities), over the flows that there can be."""

    def __init__(self, layer: Layer, universe: Sequence[Box], gone: Collection[int]) -> None:
        variants = [variant for variant in layer.variants if id(variant.decider.rule) not in gone]
        self._compiled = cut_into_classes([*(variant.box for variant in variants), *universe])
        every = [step.classes for step in self._compiled.layers[0][1]]
        self._whole = every[len(variants) :]
        self._places: list[_Place] = []
        self._steps: list[tuple[Product, Doubts, _Place]] = []
        self._of_rule: dict[int, _Place] = {}
        self._ends: dict[int, tuple[RuleEnd, RuleEnd]] = {}
        held: dict[int, list[tuple[Variant, Product]]] = {}
        for variant, classes in zip(variants, every, strict=False):
            held.setdefault(id(variant.decider), []).append((variant, classes))
        for of in held.values():
            decider = of[0][0].decider
            place = _Place(
                len(self._places), decider.access, [Cube(classes, variant.doubts) for variant, classes in of]
            )
            self._places.append(place)
            if decider.rule is not None:
                self._of_rule[id(decider.rule)] = place
                if not any(end == "layer" for variant, _ in of for end, _ in variant.doubts):
                    self._ends[id(decider.rule)] = _end(of, "source", 3), _end(of, "destination", 2)

    def ends(self, rule: Rule) -> tuple[RuleEnd, RuleEnd] | None:
        """The source and the destination of a rule; None where it is not sure to apply, or does not stand here."""
        return self._ends.get(id(rule))

    def cubes(self, rule: Rule, source: RuleEnd, destination: RuleEnd) -> list[Cube]:
        """The flows that a rule matches whose ends are these."""
        compiled, found = self._compiled, []
        for match in port_matches(rule):
            protocols = compiled.protocols.mask(match.protocols)
            ports = compiled.destination_ports.mask(match.destination_ports)
            source_ports = compiled.source_ports.mask(match.source_ports)
            facts = frozenset(("ports", fact) for fact in match.facts)
            for (mine, here), (theirs, there) in every_one(source.classes, destination.classes):
                found.append(Cube((protocols, ports, there, here, source_ports), facts | mine | theirs))
        return found

    def may_match(self, rule: Rule, cubes: Sequence[Cube], instead: Rule | None = None) -> bool:
        """Whether every flow would be answered as it is if a rule matched these, and nothing else.

        `instead`: another one whose place it takes. Beside what both match, an Allow may match only what is permitted:
        not what a rule before it stops, since who takes that one out some day would open more than anybody wrote.
        """
        place = self._of_rule[id(rule)]
        if not self._is_answered(cubes, place):
            return False
        if instead is not None and place.access is Access.ALLOW:
            more = list(_outside(cubes, [*place.cubes, *self._of_rule[id(instead)].cubes]))
            if not self._is_answered(more, self._places[0], Access.ALLOW):
                return False
        left = [cube for cube in place.cubes if not _is_within(cube, cubes)]
        before = self.match(rule, cubes)
        found = not left or self._is_answered(left, place)
        self.match(rule, before)
        return found

    def match(self, rule: Rule, cubes: Sequence[Cube]) -> list[Cube]:
        """Has a rule match these flows; what it matched before."""
        place = self._of_rule[id(rule)]
        before, place.cubes = place.cubes, list(cubes)
        self._steps = []
        return before

    def could_go(self, rule: Rule) -> bool:
        """Whether every flow would be answered as it is without a rule."""
        place = self._of_rule[id(rule)]
        return self._is_answered(place.cubes, place, goes=True)

    def remove(self, rule: Rule) -> None:
        """Takes a rule out."""
        self._places.remove(self._of_rule.pop(id(rule)))
        self._steps = []

    def _is_answered(
        self, cubes: Iterable[Cube], place: _Place, access: Access | None = None, *, goes: bool = False
    ) -> bool:
        """Whether those of some flows that come to a place are answered as it says (or otherwise told), there (unless
        it goes) or behind it."""
        access = access or place.access
        steps = self._on_the_way()
        open_ = [(piece, cube.doubts, CERTAIN, 0) for cube in cubes for piece in self._there(cube)]
        for _ in range(_MOST):
            if not open_:
                return True
            piece, true, false, number = open_.pop()
            while number < len(steps):
                classes, doubts, here = steps[number]
                if meets(piece, classes) and not doubts & false and not (goes and here is place):
                    break
                number += 1
            else:
                return False
            hits, rest = split([piece], classes)
            open_ += [(left, true, false, number + 1) for left in rest]
            for fact in doubts - true:
                open_.append((hits[0], true, false | {fact}, number + 1))
                true |= {fact}
            if here.access is not access and here.at >= place.at:
                return False
        return False

    def _on_the_way(self) -> list[tuple[Product, Doubts, _Place]]:
        """What flows meet, in order."""
        if not self._steps:
            self._steps = [(cube.classes, cube.doubts, place) for place in self._places for cube in place.cubes]
        return self._steps

    def _there(self, cube: Cube) -> Iterable[Product]:
        return (common(cube.classes, whole) for whole in self._whole if meets(cube.classes, whole))


def _is_within(cube: Cube, others: Iterable[Cube]) -> bool:
    """Whether one of some cubes surely holds all of another."""
    return any(other.doubts <= cube.doubts and common(cube.classes, other.classes) == cube.classes for other in others)


def _outside(cubes: Iterable[Cube], known: Iterable[Cube]) -> Iterator[Cube]:
    """What of some cubes no other one surely holds."""
    for cube in cubes:
        left = [cube.classes]
        for other in known:
            if other.doubts <= cube.doubts:
                _, left = split(left, other.classes)
        yield from (Cube(piece, cube.doubts) for piece in left)


def _end(variants: Iterable[tuple[Variant, Product]], end: str, dimension: int) -> RuleEnd:
    """What the variants of a rule have at one end."""
    found: dict[Doubts, int] = {}
    for variant, classes in variants:
        doubts = frozenset(doubt for doubt in variant.doubts if doubt[0] == end)
        found[doubts] = found.get(doubts, 0) | classes[dimension]
    return RuleEnd(tuple(found.items()))
