"""Sets along one dimension -> equivalence classes: values that no rule tells apart.

A policy of a thousand rules cuts the address line into some thousand classes. A set of classes is a Python integer, one
bit a class, so intersecting and subtracting cost one machine-word loop however many prefixes a rule has.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from flowspec.model.netset import IntervalSet, Span

S = TypeVar("S", bound=IntervalSet)


class Dimension(Generic[S]):
    """The classes along one dimension. `masks[i]` are the classes of the i-th set it was built from."""

    __slots__ = ("_classes", "_make", "_order", "_signatures", "_starts", "everything", "masks")

    def __init__(self, sets: Sequence[S], universe: Span, make: Callable[[tuple[Span, ...]], S]) -> None:
        distinct: dict[int, int] = {}
        order = [distinct.setdefault(id(s), len(distinct)) for s in sets]
        chosen = {number: s for s, number in zip(sets, order, strict=True)}
        self._make = make
        self._starts, signatures = _segments([chosen[n] for n in range(len(chosen))], universe)
        classes: dict[int, int] = {}
        self._classes = [classes.setdefault(signature, len(classes)) for signature in signatures]
        self.everything = (1 << len(classes)) - 1
        self._signatures = list(classes)
        self._order = order
        by_set = _transposed(self._signatures, len(chosen))
        self.masks = [by_set[number] for number in order]

    def classes(self, query: S) -> set[int]:
        """The numbers of the classes that a set touches."""
        found: set[int] = set()
        for low, high in query.spans:
            first, last = bisect_right(self._starts, low) - 1, bisect_right(self._starts, high)
            found.update(self._classes[first:last])
        return found

    def mask(self, query: S) -> int:
        """The classes that a set touches, a bit each."""
        found = self.classes(query)
        if len(found) == len(self._signatures):
            return self.everything
        return sum(1 << number for number in found)

    def holders(self) -> list[int]:
        """Class -> the sets that hold it, a bit for each place in the list that the dimension was built from."""
        alike: dict[int, int] = {}
        for place, number in enumerate(self._order):
            alike[number] = alike.get(number, 0) | 1 << place
        found = []
        for signature in self._signatures:
            held = 0
            while signature:
                low = signature & -signature
                held |= alike[low.bit_length() - 1]
                signature ^= low
            found.append(held)
        return found

    def restrict(self, query: S, mask: int) -> S:
        """The part of a set that lies in some classes."""
        starts, classes = self._starts, self._classes
        spans: list[Span] = []
        for low, high in query.spans:
            first, last = bisect_right(starts, low) - 1, bisect_right(starts, high)
            for at in range(first, last):
                if mask >> classes[at] & 1:
                    start = max(low, starts[at])
                    end = high if at + 1 == last else starts[at + 1] - 1
                    if spans and spans[-1][1] == start - 1:
                        spans[-1] = (spans[-1][0], end)
                    else:
                        spans.append((start, end))
        return self._make(tuple(spans))


def _segments(sets: Sequence[IntervalSet], universe: Span) -> tuple[list[int], list[int]]:
    """Where the membership changes along the line, and between the changes a bit for each set that holds."""
    events: dict[int, int] = {universe[0]: 0}
    for number, members in enumerate(sets):
        bit = 1 << number
        for low, high in members.spans:
            events[low] = events.get(low, 0) ^ bit
            events[high + 1] = events.get(high + 1, 0) ^ bit
    events.pop(universe[1] + 1, None)
    starts = sorted(events)
    signatures = []
    now = 0
    for start in starts:
        now ^= events[start]
        signatures.append(now)
    return _without_repeats(starts, signatures)


def _without_repeats(starts: list[int], signatures: list[int]) -> tuple[list[int], list[int]]:
    changed = [0] + [at + 1 for at, (a, b) in enumerate(pairwise(signatures)) if a != b]
    return [starts[at] for at in changed], [signatures[at] for at in changed]


def _transposed(signatures: list[int], sets: int) -> list[int]:
    """Class -> sets turned into set -> classes."""
    masks = [0] * sets
    for number, signature in enumerate(signatures):
        bit = 1 << number
        while signature:
            low = signature & -signature
            masks[low.bit_length() - 1] |= bit
            signature ^= low
    return masks
