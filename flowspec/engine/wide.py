"""Wide questions of a policy: does all of it pass, else a flow that does not; how much of it does, however it shatters.

`first_flow` goes depth first and stops at the first flow it finds. `tally` counts products of classes and makes no
boxes; where a question falls into more of them than `_MANY`, the diagrams of the policy answer it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from flowspec.engine.classes import Dimension
from flowspec.engine.decide import (
    NOTHING,
    BoxView,
    Carried,
    Compiled,
    Product,
    Step,
    TooManyError,
    Walk,
    judge,
    meets,
    split,
)
from flowspec.engine.policy import Layer, Variant
from flowspec.model.inventory import Access
from flowspec.model.netset import Box, Flow, FlowSet, IntervalSet, Protocol

if TYPE_CHECKING:
    from flowspec.engine.diagrams import DiagramSet
    from flowspec.engine.regions import Diagrams

S = TypeVar("S", bound=IntervalSet)
_MANY = 400
_STEPS = 4000
"""Products that are worth counting, and steps worth searching, before diagrams are."""


@dataclass(frozen=True, slots=True)
class Share:
    """The flows of a question with one answer: how many, one of them, and up to some bound the boxes they make up."""

    count: int = 0
    witness: Flow | None = None
    boxes: tuple[Box, ...] = ()


def first_flow(compiled: Compiled, asked: FlowSet, expected: Access) -> Flow | None:
    """A flow that is not surely `expected`; None when all are."""
    for box in asked.boxes:
        view = compiled.view(box)
        try:
            product = _Search(compiled, expected, view.product).run()
        except TooManyError:
            return _diagrams(compiled).other_than(FlowSet((box,)), expected).witness()
        if product is not None:
            return _flow(compiled, box, product)
    return None


def tally(compiled: Compiled, asked: FlowSet, boxes: int = 0) -> Mapping[Access | None, Share]:
    """Access (None: unknown) -> how much of a question comes to it; with up to `boxes` of its boxes."""
    found: dict[Access | None, list[tuple[BoxView, Product]]] = {}
    try:
        for box in asked.boxes:
            walk, view = Walk(compiled, _MANY), compiled.view(box)
            walk.run(view.product)
            for (access, _, _), products in walk.found.items():
                found.setdefault(access, []).extend((view, product) for product in products)
    except TooManyError:
        shares = _diagrams(compiled).shares(asked)
        return {access: _share_of(flows, boxes) for access, flows in shares.items()}
    return {access: _share(pieces, boxes) for access, pieces in found.items()}


def _share(pieces: list[tuple[BoxView, Product]], boxes: int) -> Share:
    view, product = pieces[0]
    count = sum(view.count(product) for view, product in pieces)
    listed = tuple(view.box(product) for view, product in pieces[:boxes])
    return Share(count, view.box(product).witness(), listed)


def _share_of(flows: DiagramSet, boxes: int) -> Share:
    return Share(flows.count(), flows.witness(), flows.boxes(boxes).boxes if boxes else ())


def _flow(compiled: Compiled, box: Box, product: Product) -> Flow:
    """The lowest flow of a box in a product. The sets of the box are walked to it only, not cut at every class."""
    protocols, destination_ports, destinations, sources, source_ports = product
    return Flow(
        Protocol(_lowest(compiled.protocols, box.protocols, protocols)),
        _lowest(compiled.sources, box.sources, sources),
        _lowest(compiled.source_ports, box.source_ports, source_ports),
        _lowest(compiled.destinations, box.destinations, destinations),
        _lowest(compiled.destination_ports, box.destination_ports, destination_ports),
    )


def _lowest(dimension: Dimension[S], members: S, mask: int) -> int:
    """The lowest of some values whose class is one of `mask`."""
    starts, classes = dimension.segments()
    for low, high in members.spans:
        for at in range(bisect_right(starts, low) - 1, bisect_right(starts, high)):
            if mask >> classes[at] & 1:
                return max(low, starts[at])
    raise AssertionError("a product has a flow in each of its classes")


def _diagrams(compiled: Compiled) -> Diagrams:
    """The diagrams of a policy, made by the first question that needs them."""
    if compiled.diagrams is None:
        from flowspec.engine.regions import Diagrams

        compiled.diagrams = Diagrams(compiled.policy)
    return compiled.diagrams


class _Search:
    """Depth first: one product is followed through the variants to its end before the next is looked at."""

    def __init__(self, compiled: Compiled, expected: Access, asked: Product) -> None:
        self._layers = [_Relevant(layer, steps, asked) for layer, steps in compiled.layers]
        self._expected = expected
        self._open: list[_Piece] = [_Piece(asked)]
        self._looked = 0

    def run(self) -> Product | None:
        """A product of which no flow is surely as expected; None when there is none."""
        while self._open:
            self._looked += 1
            if self._looked > _STEPS:
                raise TooManyError
            found = self._follow(self._open.pop())
            if found is not None:
                return found
        return None

    def _follow(self, piece: _Piece) -> Product | None:
        """What the next variant takes; the rest is left open."""
        relevant = self._layers[piece.layer]
        at, step = relevant.first(piece.step, piece.product)
        variant = step.variant
        (hit,), outside = split([piece.product], step.classes)
        self._open += [_Piece(rest, piece.layer, at + 1, piece.seen, piece.carried) for rest in outside]
        if variant.doubts:
            noted = any(earlier.doubts <= variant.doubts for earlier in piece.seen)
            seen = piece.seen if noted else (*piece.seen, variant)
            self._open.append(_Piece(hit, piece.layer, at + 1, seen, piece.carried))
            return None
        is_last = piece.layer == len(self._layers) - 1
        answer, onward = judge(relevant.layer, piece.carried, variant, piece.seen, is_last)
        if answer is None:
            self._open.append(_Piece(hit, piece.layer + 1, carried=onward))
            return None
        return None if answer[0] is self._expected else hit


class _Relevant:
    """The variants of a layer that meet a question, looked for only as far as some piece of it comes."""

    def __init__(self, layer: Layer, steps: list[Step], asked: Product) -> None:
        self.layer = layer
        self._asked = asked
        self._found: list[Step] = []
        self._left = iter(steps)

    def first(self, start: int, product: Product) -> tuple[int, Step]:
        """The first variant from a place on that meets a product, and its place."""
        for at in range(start, len(self._found)):
            if meets(self._found[at].classes, product):
                return at, self._found[at]
        protocols, destination_ports, destinations, sources, source_ports = self._asked
        for step in self._left:
            p, dp, d, s, sp = step.classes
            if s & sources and dp & destination_ports and d & destinations and p & protocols and sp & source_ports:
                self._found.append(step)
                if meets(step.classes, product):
                    return len(self._found) - 1, step
        raise AssertionError("every flow is matched by a certain variant")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A product on its way: the layer and the variant that it has come to, and what was in doubt before."""

    product: Product
    layer: int = 0
    step: int = 0
    seen: tuple[Variant, ...] = ()
    carried: Carried = NOTHING
