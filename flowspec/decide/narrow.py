"""Layers and a question -> the variants that can matter to it, found by index; and with them the answer.

An estate asks hundreds of questions of thousands of policies, each about few ports and one pair of groups. Cutting a
whole policy into classes for one of them would be wasted: here ports and protocols are looked up in a table made once
for each layer, and addresses are only compared for the handful of variants that are left.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import accumulate, islice
from operator import xor
from typing import Generic, TypeVar

from flowspec.decide.exact import NOTHING, Compiled, Ruling, Verdict, answers, judge, verdict_of
from flowspec.policy.layers import Layer, Policy, Variant
from flowspec.sets.classes import bits
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import ALL_ADDRESSES, AddressSet, IntervalSet

T = TypeVar("T")
_SHORT = 4
"""Spans up to which two sets of addresses are compared sooner than a kept comparison is found."""
_KEPT = 200_000
_TRIED = 1000
"""Layers that proofs tried out, of which what was put in is remembered."""
_PUT_IN = 40
"""Variants put in or taken out that are looked at one by one; for more of them a table is faster."""
_PIECES = 4000
"""Products of one box up to which a verdict is written out; about a second's work."""


class Share(IntEnum):
    """How much of an asked set another one holds."""

    NONE = 0
    SOME = 1
    ALL = 2


@dataclass(frozen=True, slots=True)
class _Relevant:
    """A variant that shares flows with a box, and how much of its ends it holds; `whole`: the box is all in it."""

    variant: Variant
    sources: Share
    destinations: Share
    whole: bool


@dataclass(slots=True)
class Narrow:
    """Answers one question of one policy at a time. What it learns of layers and sets is kept for the next."""

    _tables: dict[Layer, _Table] = field(default_factory=dict)
    _tried: dict[Layer, _Table | tuple[_Step, ...]] = field(default_factory=dict)
    _shares: _Pairs[Share] = field(default_factory=lambda: _Pairs(_share_of))
    _pieces: _Pairs[AddressSet] = field(default_factory=lambda: _Pairs(_common))

    def decide(self, policy: Policy, asked: FlowSet) -> Verdict:
        """Part a set of flows by what the policy says of them; TooManyError where that takes very many boxes."""
        return verdict_of(answer for box in asked.boxes for answer in self._answers(policy, box))

    def common(self, asked: AddressSet, held: AddressSet) -> AddressSet:
        """What two sets share; `asked` itself, or `held`, where it is all of it."""
        return self._pieces.of(asked, held)

    def _answers(self, policy: Policy, box: Box) -> Iterator[tuple[Ruling, list[Box]]]:
        last = len(policy.layers) - 1
        relevant: list[list[_Relevant]] = []
        for number, layer in enumerate(policy.layers):
            relevant.append(self._relevant(layer, box))
            first = relevant[-1][0]
            if not first.whole or first.variant.doubts:
                break
            answer, _ = judge(layer, NOTHING, first.variant, (), number == last)
            if answer is not None:
                yield answer, [box]
                return
        relevant += [self._relevant(layer, box) for layer in policy.layers[len(relevant) :]]
        yield from answers(Compiled(self._cut_down(policy, box, relevant)), box, _PIECES)

    def narrowed(self, policy: Policy, box: Box) -> Policy:
        """The policy without what can't matter to a box, its long lists of addresses cut to those of the box."""
        return self._cut_down(policy, box, [self._relevant(layer, box) for layer in policy.layers])

    def _relevant(self, layer: Layer, box: Box) -> list[_Relevant]:
        """The variants that share flows with a box, up to the first that surely takes all that is left of it."""
        touched, whole = self._matching(layer, box)
        found = []
        for number in bits(touched):
            variant = layer.variants[number]
            sources = self._share(box.sources, variant.box.sources)
            destinations = self._share(box.destinations, variant.box.destinations) if sources else sources
            if destinations:
                every = sources is Share.ALL and destinations is Share.ALL and whole >> number & 1 == 1
                found.append(_Relevant(variant, sources, destinations, every))
                if every and not variant.doubts:
                    break
        return found

    def _matching(self, layer: Layer, box: Box) -> tuple[int, int]:
        """By ports and protocols: the variants that hold any of a box, and those that hold all of it, a bit for each.

        A layer that a proof tries out has no table of its own: its base is asked, but for what was put in or taken out.
        """
        if layer.base is None:
            if layer not in self._tables:
                self._tables[layer] = _Table(layer)
            return self._tables[layer].of(box)
        found = self._of_tried(layer, layer.base)
        if isinstance(found, _Table):
            return found.of(box)
        touched, whole = self._matching(layer.base, box)
        for step in found:
            touched, whole = step.into(touched, whole, box)
        return touched, whole

    def _of_tried(self, layer: Layer, base: Layer) -> _Table | tuple[_Step, ...]:
        """From the variants of its base to those of a layer; a table of its own where that is faster."""
        if layer not in self._tried:
            if len(self._tried) >= _TRIED:
                self._tried.clear()
            steps = tuple(islice(_steps(layer, base), _PUT_IN + 1))
            self._tried[layer] = steps if len(steps) <= _PUT_IN else _Table(layer)
        return self._tried[layer]

    def _share(self, asked: AddressSet, held: AddressSet) -> Share:
        if held is ALL_ADDRESSES or held is asked:
            return Share.ALL
        mine, theirs = asked.spans, held.spans
        if mine[-1][1] < theirs[0][0] or theirs[-1][1] < mine[0][0]:
            return Share.NONE
        if len(theirs) == 1 and theirs[0][0] <= mine[0][0] and mine[-1][1] <= theirs[0][1]:
            return Share.ALL
        if len(theirs) == 1:
            return Share.SOME if asked.meets(held) else Share.NONE
        if len(theirs) <= _SHORT and len(mine) <= _SHORT:
            return _share_of(asked, held)
        return self._shares.of(asked, held)

    def _cut_down(self, policy: Policy, box: Box, relevant: list[list[_Relevant]]) -> Policy:
        layers = (
            replace(layer, variants=tuple(self._cut(found, box) for found in here))
            for layer, here in zip(policy.layers, relevant, strict=True)
        )
        return replace(policy, layers=tuple(layers))

    def _cut(self, found: _Relevant, box: Box) -> Variant:
        old = found.variant.box
        sources = self._piece(box.sources, old.sources, found.sources)
        destinations = self._piece(box.destinations, old.destinations, found.destinations)
        return replace(
            found.variant,
            box=Box(
                protocols=old.protocols,
                sources=sources,
                source_ports=old.source_ports,
                destinations=destinations,
                destination_ports=old.destination_ports,
            ),
        )

    def _piece(self, asked: AddressSet, held: AddressSet, share: Share) -> AddressSet:
        """What stands for a variant's addresses where only some are asked about; the shorter, the better."""
        if share is Share.ALL:
            return ALL_ADDRESSES
        return held if len(held.spans) <= 2 * len(asked.spans) else self._pieces.of(asked, held)


class _Pairs(Generic[T]):
    """What a function says of two sets, kept by their identity; all forgotten when there are too many."""

    def __init__(self, function: Callable[[AddressSet, AddressSet], T]) -> None:
        self._function = function
        self._found: dict[tuple[int, int], tuple[AddressSet, AddressSet, T]] = {}

    def of(self, asked: AddressSet, held: AddressSet) -> T:
        known = self._found.get((id(asked), id(held)))
        if known is None:
            if len(self._found) >= _KEPT:
                self._found.clear()
            known = self._found[id(asked), id(held)] = (asked, held, self._function(asked, held))
        return known[2]


@dataclass(frozen=True, slots=True)
class _Step:
    """A variant that a layer has and its base has not, and its place; None: one that stood there is taken out."""

    place: int
    variant: Variant | None

    def into(self, any_: int, all_: int, box: Box) -> tuple[int, int]:
        """What holds any and all of a box, a bit for each variant, with this one put in or taken out."""
        below = (1 << self.place) - 1
        if self.variant is None:
            return any_ & below | any_ >> 1 & ~below, all_ & below | all_ >> 1 & ~below
        held = self.variant.box
        some = (
            box.destination_ports.meets(held.destination_ports)
            and box.protocols.meets(held.protocols)
            and box.source_ports.meets(held.source_ports)
        )
        every = (
            box.destination_ports.is_subset(held.destination_ports)
            and box.protocols.is_subset(held.protocols)
            and box.source_ports.is_subset(held.source_ports)
        )
        return (
            any_ & below | (any_ & ~below) << 1 | some << self.place,
            all_ & below | (all_ & ~below) << 1 | every << self.place,
        )


def _steps(layer: Layer, base: Layer) -> Iterator[_Step]:
    """In the order of their places; what both have stands in the same order in both."""
    kept = set(map(id, layer.variants))
    at = place = 0
    while True:
        while at < len(base.variants) and id(base.variants[at]) not in kept:
            yield _Step(place, None)
            at += 1
        if place == len(layer.variants):
            break
        if at < len(base.variants) and layer.variants[place] is base.variants[at]:
            at += 1
        else:
            yield _Step(place, layer.variants[place])
        place += 1
    if at < len(base.variants):
        raise ValueError("a layer has variants of its base in another order")


class _Table:
    """Which variants of a layer hold some ports and protocols, a bit for each: any of them, and all of them."""

    def __init__(self, layer: Layer) -> None:
        boxes = [variant.box for variant in layer.variants]
        self._protocols = _Column(box.protocols for box in boxes)
        self._source_ports = _Column(box.source_ports for box in boxes)
        self._destination_ports = _Column(box.destination_ports for box in boxes)

    def of(self, box: Box) -> tuple[int, int]:
        any_, all_ = self._destination_ports.of(box.destination_ports)
        for column, query in ((self._protocols, box.protocols), (self._source_ports, box.source_ports)):
            some, every = column.of(query)
            any_ &= some
            all_ &= every
        return any_, all_


class _Column:
    """One dimension of a table: where it changes which variants hold a value, and from there which do."""

    def __init__(self, sets: Iterable[IntervalSet]) -> None:
        alike: dict[IntervalSet, int] = {}
        for number, held in enumerate(sets):
            alike[held] = alike.get(held, 0) | 1 << number
        changes: dict[int, int] = {0: 0}
        for held, variants in alike.items():
            for low, high in held.spans:
                changes[low] = changes.get(low, 0) ^ variants
                changes[high + 1] = changes.get(high + 1, 0) ^ variants
        self._starts = sorted(changes)
        self._held = list(accumulate((changes[start] for start in self._starts), xor))

    def of(self, query: IntervalSet) -> tuple[int, int]:
        """The variants that hold any, and those that hold all, of a set."""
        any_, all_ = 0, -1
        for low, high in query.spans:
            for held in self._held[bisect_right(self._starts, low) - 1 : bisect_right(self._starts, high)]:
                any_ |= held
                all_ &= held
        return any_, all_


def _common(asked: AddressSet, held: AddressSet) -> AddressSet:
    found = asked.intersect(held)
    return asked if found.spans == asked.spans else held if found.spans == held.spans else found


def _share_of(asked: AddressSet, held: AddressSet) -> Share:
    if not asked.meets(held):
        return Share.NONE
    return Share.ALL if asked.is_subset(held) else Share.SOME
