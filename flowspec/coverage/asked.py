"""The questions of a spec and a direction -> the flows that they surely ask, found by the addresses that are judged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from flowspec.intents.questions import Question
from flowspec.model.inventory import Direction
from flowspec.network.index import Endpoint
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import AddressSet


class AskedFlows:
    """What each question surely asks in a direction, and at which of some ip-configurations."""

    def __init__(self, questions: Sequence[Question], direction: Direction, endpoints: Iterable[Endpoint]) -> None:
        self._side = "destinations" if direction is Direction.INBOUND else "sources"
        self._places = sorted({endpoint.place for endpoint in endpoints})
        self._boxes = [
            [(self._mask(getattr(box, self._side)), box) for box in _asked(question, direction).boxes]
            for question in questions
        ]

    def at(self, places: AddressSet, numbers: Iterable[int]) -> Iterator[Box]:
        """What some questions ask where some addresses are judged; the boxes may overlap."""
        mask = self._mask(places)
        for number in numbers:
            for held, box in self._boxes[number]:
                if held & mask:
                    yield replace(box, **{self._side: getattr(box, self._side).intersect(places)})

    def _mask(self, addresses: AddressSet) -> int:
        """Which of the ip-configurations' addresses are among some, a bit each."""
        found = 0
        for low, high in addresses.spans:
            found |= (1 << bisect_right(self._places, high)) - (1 << bisect_left(self._places, low))
        return found


def _asked(question: Question, direction: Direction) -> FlowSet:
    """What a question surely asks in a direction; what an exception takes out is spoken of too."""
    if question.problems:
        return FlowSet()
    if question.crossing:
        return dict(question.crossing).get(direction, FlowSet()).subtract(question.uncertain)
    return question.asked.subtract(question.uncertain).union(question.excepted.subtract(question.uncertain))
