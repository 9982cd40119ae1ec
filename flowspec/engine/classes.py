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

    __slots__ = ("_classes", "_make", "_starts", "everything", "masks")

    def __init__(self, sets: Sequence[S], universe: Span, make: Callable[[tuple[Span, ...]], S]) -> None:
        distinct: dict[int, int] = {}
        order = [distinct.setdefault(id(s), len(distinct)) for s in sets]
        chosen = {number: s for s, number in zip(sets, order, strict=True)}
        self._make = make
        self._starts, signatures = _segments([chosen[n] for n in range(len(chosen))], universe)
        classes: dict[int, int] = {}
        self._classes = [classes.setdefault(signature, len(classes)) for signature in signatures]
        self.everything = (1 << len(classes)) - 1
        by_set = _transposed(list(classes), len(chosen))
        self.masks = [by_set[number] for number in order]

    def mask(self, query: S) -> int:
        """The classes that a set touches."""
        found = 0
        starts, classes = self._starts, self._classes
        for low, high in query.spans:
            first, last = bisect_right(starts, low) - 1, bisect_right(starts, high)
            if last - first == len(classes):
                return self.everything
            for number in set(classes[first:last]):
                found |= 1 << number
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
