"""Boxes -> ground that a walk cuts: lists of products of classes, or decision diagrams where those become too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from flowspec.decide.exact import Compiled, TooManyError
from flowspec.model.inventory import Access, Direction
from flowspec.policy.layers import Decider, Layer, Policy, Variant
from flowspec.sets.flows import Box
from flowspec.sets.products import Product, merged, split

if TYPE_CHECKING:
    from oxidd.bdd import BDDFunction

    from flowspec.sets.bdd import Space

R = TypeVar("R")
MOST = 3000
"""Products in one piece of ground from which diagrams are faster."""
_OFTEN = 32
_ALLOW = Decider(Access.ALLOW)


class Ground(Protocol[R]):
    """Where a walk takes place; its pieces are of type R. `number` is the place of a box in the list it was made of."""

    def covered(self, numbers: Sequence[int]) -> R:
        """All flows of the ground that lie in some of the boxes."""

    def cut(self, piece: R, number: int) -> tuple[R | None, R | None]:
        """The part of a piece inside of a box and the part outside; None where there is nothing."""

    def join(self, pieces: Sequence[R]) -> R:
        """Pieces that share no flow as one."""


def cut_into_classes(boxes: Sequence[Box]) -> Compiled:
    """The classes of some boxes."""
    layer = Layer("", tuple(Variant(box=box, decider=_ALLOW) for box in boxes))
    return Compiled(Policy(Direction.INBOUND, (layer,)))


class Products:
    """One box as products of classes. TooManyError when a piece falls into more than MOST."""

    def __init__(self, compiled: Compiled, whole: Box) -> None:
        self._classes = [step.classes for step in compiled.layers[0][1]]
        self._view = compiled.view(whole)

    def covered(self, numbers: Sequence[int]) -> list[Product]:
        """What any of the numbered boxes holds of the whole."""
        found: list[Product] = []
        rest = [self._view.product]
        for at, number in enumerate(numbers):
            hits, rest = split(rest, self._classes[number])
            found += hits
            if at % _OFTEN == _OFTEN - 1:
                rest = merged(rest)
            if len(rest) > MOST:
                raise TooManyError
        return merged(found)

    def cut(self, piece: list[Product], number: int) -> tuple[list[Product] | None, list[Product] | None]:
        hits, rest = split(piece, self._classes[number])
        if len(rest) > MOST:
            rest = merged(rest)
            if len(rest) > MOST:
                raise TooManyError
        return hits or None, rest or None

    def join(self, pieces: Sequence[list[Product]]) -> list[Product]:
        return [product for piece in pieces for product in piece]

    def boxes(self, piece: list[Product]) -> list[Box]:
        return [self._view.box(product) for product in merged(piece)]


class DiagramGround:
    """Some boxes as one diagram, cut by the diagrams of others."""

    def __init__(self, boxes: Sequence[Box], whole: Sequence[Box], space: Space) -> None:
        self._space = space
        self._whole = space.flows(whole).diagram
        self._boxes = boxes
        self._made: dict[int, BDDFunction] = {}

    def covered(self, numbers: Sequence[int]) -> BDDFunction:
        return self._space.union([self._box(number) for number in numbers]) & self._whole

    def cut(self, piece: BDDFunction, number: int) -> tuple[BDDFunction | None, BDDFunction | None]:
        box = self._box(number)
        hits = piece & box
        if not hits.satisfiable():
            return None, piece
        rest = self._space.without(piece, box)
        return hits, rest if rest.satisfiable() else None

    def join(self, pieces: Sequence[BDDFunction]) -> BDDFunction:
        return self._space.union(list(pieces))

    def _box(self, number: int) -> BDDFunction:
        if number not in self._made:
            self._made[number] = self._space.box(self._boxes[number])
        return self._made[number]
