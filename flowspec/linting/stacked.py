"""Variants of layers, first match first -> which meet, and what some of them leave of another: exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from flowspec.comparison.ground import DiagramGround, cut_into_classes
from flowspec.policy.layers import CERTAIN, Doubts, Variant
from flowspec.sets.classes import bits
from flowspec.sets.flows import ANY_FLOW, Box
from flowspec.sets.products import Product, common, meets, merged, split
from flowspec.sets.space import RunSpace

if TYPE_CHECKING:
    from oxidd.bdd import BDDFunction

_OFTEN = 32
MOST = 20_000
"""Pieces into which a question may fall; where it falls into more it is put to diagrams, which take it whole."""


class Stacked:
    """Numbered variants over the flows that there can be, `universe`. A set of numbers is an integer, a bit each.

    Questions that fall into very many pieces are answered by diagrams, drawn in `space`.
    """

    def __init__(self, variants: Sequence[Variant], universe: Sequence[Box], space: RunSpace) -> None:
        self.variants = variants
        self._space = space
        compiled = cut_into_classes([*(variant.box for variant in variants), *universe])
        self._everything = compiled.view(ANY_FLOW)
        every = [step.classes for step in compiled.layers[0][1]]
        self.classes, self._universe = every[: len(variants)], every[len(variants) :]
        self.certain = sum(1 << number for number, variant in enumerate(variants) if not variant.doubts)
        self._holders: list[dict[int, int]] = [{} for _ in range(5)]
        for number, product in enumerate(self.classes):
            for side, mask in zip(self._holders, product, strict=True):
                side[mask] = side.get(mask, 0) | 1 << number
        self._met: list[dict[int, int]] = [{} for _ in range(5)]
        self._implied: dict[Doubts, int] = {CERTAIN: self.certain}

    def pieces(self, number: int) -> list[Product]:
        """The flows of a variant that there can be."""
        own = self.classes[number]
        return [common(own, whole) for whole in self._universe if meets(own, whole)]

    def meeting(self, number: int) -> int:
        """The variants that share classes with one."""
        found = -1
        for side, mask in enumerate(self.classes[number]):
            found &= self._meeting(side, mask)
        return found

    def _meeting(self, side: int, mask: int) -> int:
        known = self._met[side].get(mask)
        if known is None:
            known = 0
            for other, held in self._holders[side].items():
                if other & mask:
                    known |= held
            self._met[side][mask] = known
        return known

    def implied(self, number: int) -> int:
        """The variants that apply wherever a variant does that holds their flows: their doubts are among its own."""
        doubts = self.variants[number].doubts
        if doubts not in self._implied:
            self._implied[doubts] = sum(1 << at for at, other in enumerate(self.variants) if other.doubts <= doubts)
        return self._implied[doubts]

    def some_left(self, pieces: Sequence[Product], by: int) -> bool:
        """Whether some flow of the pieces is in none of some variants; depth first."""
        numbers = list(bits(by))
        open_ = [(piece, 0) for piece in pieces]
        for _ in range(MOST):
            if not open_:
                return False
            piece, at = open_.pop()
            while at < len(numbers) and not meets(self.classes[numbers[at]], piece):
                at += 1
            if at == len(numbers):
                return True
            _, outside = split([piece], self.classes[numbers[at]])
            open_ += [(rest, at + 1) for rest in outside]
        return self._takers_drawn(pieces, numbers)[1]

    def takers(self, pieces: Sequence[Product], by: int) -> int:
        """Those of some variants that are the first to hold some flow of the pieces."""
        found, rest = 0, list(pieces)
        for at, number in enumerate(bits(by)):
            hits, rest = split(rest, self.classes[number])
            found |= 1 << number if hits else 0
            if not rest:
                break
            if at % _OFTEN == _OFTEN - 1:
                rest = merged(rest)
            if len(rest) > MOST:
                return self._takers_drawn(pieces, bits(by))[0]
        return found

    def _takers_drawn(self, pieces: Sequence[Product], numbers: Iterable[int]) -> tuple[int, bool]:
        """By diagrams: the variants that are the first to hold some flow, and whether some flow is in none of them."""
        found, rest = 0, self.drawn(pieces)
        for number in numbers:
            hits, left = self.ground.cut(rest, number)
            found |= 1 << number if hits is not None else 0
            if left is None:
                return found, False
            rest = left
        return found, rest.satisfiable()

    def drawn(self, pieces: Iterable[Product]) -> BDDFunction:
        """Pieces as one diagram."""
        return self._space.drawn.flows(self._everything.box(piece) for piece in pieces).diagram

    @cached_property
    def ground(self) -> DiagramGround:
        """What cuts diagrams by the numbered variants."""
        return DiagramGround([variant.box for variant in self.variants], (), self._space.drawn)
