"""Two policies and a set of flows -> the flows on which they differ, and what decided them before and after: exact.

Only flows that something takes which one side alone has can change, so the walk (`parallel.py`) starts from those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from flowspec.comparison.alignment import Aligned
from flowspec.comparison.ground import DiagramGround, Products, cut_into_classes
from flowspec.comparison.parallel import Course, ParallelWalk, Turn
from flowspec.decide.exact import Ruling, TooManyError
from flowspec.model.inventory import Direction
from flowspec.sets.flows import Box
from flowspec.sets.intervals import AddressSet, PortSet, ProtocolSet
from flowspec.sets.space import RunSpace

if TYPE_CHECKING:
    from flowspec.sets.bdd import DiagramSet, Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Flows with one answer before and another after, the same `turns` of layers behind them all.

    The flows are those of `boxes` and of `diagrams`, where they were too many for boxes.
    """

    before: Ruling
    after: Ruling
    turns: tuple[Turn, ...]
    boxes: tuple[Box, ...] = ()
    diagrams: tuple[DiagramSet, ...] = ()

    def local(self, direction: Direction) -> AddressSet:
        """The addresses at which the flows are judged."""
        outbound = direction is Direction.OUTBOUND
        ends = (box.sources if outbound else box.destinations for box in self.boxes)
        drawn = (diagram.addresses(of_source=outbound) for diagram in self.diagrams)
        return AddressSet.of(span for end in chain(ends, drawn) for span in end.spans)


def shifts(layers: Sequence[Aligned], universe: Sequence[Box], space: RunSpace) -> Iterator[Shift]:
    """The flows of the universe (disjoint boxes) on which two policies differ."""
    touched = [box for aligned in layers for item in aligned.differing for box in _within(item.box, universe)]
    if not touched:
        return
    hull = _hull(touched)
    courses = [Course.of(aligned, hull) for aligned in layers]
    try:
        yield from _by_products(courses, universe)
    except TooManyError:
        yield from _by_diagrams(courses, universe, space.drawn)


def _within(box: Box, universe: Sequence[Box]) -> list[Box]:
    return [box.intersect(whole) for whole in universe if box.meets(whole)]


def _hull(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds them all."""
    return Box(
        protocols=ProtocolSet.of(span for box in boxes for span in box.protocols.spans),
        sources=AddressSet.of(
            span for members in {id(b.sources): b.sources for b in boxes}.values() for span in members.spans
        ),
        source_ports=PortSet.of(span for box in boxes for span in box.source_ports.spans),
        destinations=AddressSet.of(
            span for members in {id(b.destinations): b.destinations for b in boxes}.values() for span in members.spans
        ),
        destination_ports=PortSet.of(span for box in boxes for span in box.destination_ports.spans),
    )


def _by_products(courses: list[Course], universe: Sequence[Box]) -> list[Shift]:
    compiled = cut_into_classes([item.box for course in courses for item in course.items])
    found = []
    for whole in universe:
        ground = Products(compiled, whole)
        for (before, after, turns), piece in ParallelWalk(ground, courses).run():
            found.append(Shift(before=before, after=after, turns=turns, boxes=tuple(ground.boxes(piece))))
    return found


def _by_diagrams(courses: list[Course], universe: Sequence[Box], space: Space) -> Iterator[Shift]:
    from flowspec.sets.bdd import DiagramSet

    boxes = [item.box for course in courses for item in course.items]
    for (before, after, turns), piece in ParallelWalk(DiagramGround(boxes, universe, space), courses).run():
        yield Shift(before=before, after=after, turns=turns, diagrams=(DiagramSet(piece, space),))
