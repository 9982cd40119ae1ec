"""Sets along one dimension -> equivalence classes: values that no rule tells apart.

A policy of a thousand rules cuts the address line into some thousand classes. A set of classes is a Python integer, one
bit a class, so intersecting and subtracting cost one machine-word loop however many prefixes a rule has.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Generic, TypeVar

from flowspec.sets.intervals import IntervalSet, Span

S = TypeVar("S", bound=IntervalSet)
_VIEWS = 32

_LONG = 32
"""Spans from which looking a set up is cheaper than walking it."""


class Dimension(Generic[S]):
    """The classes along one dimension. `masks[i]` are the classes of the i-th set it was built from."""

    def __init__(self, sets: Sequence[S], universe: Span, make: Callable[[tuple[Span, ...]], S]) -> None:
        distinct: dict[int, int] = {}
        order = [distinct.setdefault(id(s), len(distinct)) for s in sets]
        chosen = {number: s for s, number in zip(sets, order, strict=True)}
        self._make = make
        self._last = universe[1]
        self._views: dict[S, View[S]] = {}
        self._starts, signatures = _segments([chosen[n] for n in range(len(chosen))], universe)
        classes: dict[int, int] = {}
        self._classes = [classes.setdefault(signature, len(classes)) for signature in signatures]
        self.everything = (1 << len(classes)) - 1
        self._signatures = list(classes)
        self._order = order
        self._known: dict[tuple[Span, ...], int] = {}
        by_set = _transposed(self._signatures, len(chosen))
        self.masks = [by_set[number] for number in order]

    def classes(self, query: S) -> set[int]:
        """The numbers of the classes that a set touches. Spans that lie in a segment already seen are jumped over."""
        found: set[int] = set()
        starts, classes, spans = self._starts, self._classes, query.spans
        at, count = 0, len(spans)
        while at < count:
            low, high = spans[at]
            last = bisect_right(starts, high)
            found.update(classes[bisect_right(starts, low) - 1 : last])
            if last == len(starts):
                break
            at += 1
            if at < count and spans[at][1] < starts[last]:
                at = bisect_left(spans, starts[last], at + 1, key=_high)
        return found

    def mask(self, query: S) -> int:
        """The classes that a set touches, a bit each. Those of long sets are kept: many questions have the same tag."""
        if len(query.spans) < _LONG:
            return self._mask(query)
        if query.spans not in self._known:
            self._known[query.spans] = self._mask(query)
        return self._known[query.spans]

    def _mask(self, query: S) -> int:
        found = self.classes(query)
        if len(found) == len(self._signatures):
            return self.everything
        return sum(1 << number for number in found)

    def holders(self, *, reverse: bool = False) -> list[int]:
        """Class -> the sets that hold it, a bit for each place in the list that the dimension was built from."""
        alike: dict[int, int] = {}
        for place, number in enumerate(reversed(self._order) if reverse else self._order):
            alike[number] = alike.get(number, 0) | 1 << place
        found = []
        for signature in self._signatures:
            held = 0
            for number in bits(signature):
                held |= alike[number]
            found.append(held)
        return found

    def segments(self) -> tuple[list[int], list[int]]:
        """Where each segment of the line starts, and its class."""
        return self._starts, self._classes

    def table(self) -> tuple[list[int], list[int]]:
        """Where each segment of the line starts, and the sets that hold it: the first has the highest bit."""
        held = self.holders(reverse=True)
        return self._starts, [held[number] for number in self._classes]

    def view(self, query: S) -> View[S]:
        """A set seen through the classes. The last few are kept: questions name the same long tags again and again."""
        if query not in self._views:
            if len(self._views) >= _VIEWS:
                self._views.clear()
            self._views[query] = View(self, query)
        return self._views[query]

    def pieces(self, query: S) -> dict[int, S]:
        """A set cut at the borders of the classes: class -> what it holds of the set."""
        starts, classes = self._starts, self._classes
        found: dict[int, list[Span]] = {}
        for low, high in query.spans:
            at = bisect_right(starts, low) - 1
            last = bisect_right(starts, high, at) - 1
            while at < last:
                found.setdefault(classes[at], []).append((low, starts[at + 1] - 1))
                at += 1
                low = starts[at]
            found.setdefault(classes[last], []).append((low, high))
        return {number: self._make(tuple(spans)) for number, spans in found.items()}


class View(Generic[S]):
    """A set and the classes it touches: `mask`. What it shares with any of them is worked out when asked for, once."""

    def __init__(self, dimension: Dimension[S], query: S) -> None:
        self.query = query
        self.mask = dimension.mask(query)
        self._dimension = dimension
        self._counts: dict[int, int] = {}
        self._sizes: dict[int, int] = {}
        self._restricted: dict[int, S] = {self.mask: query}

    def restrict(self, mask: int) -> S:
        """The part of the set that lies in some classes."""
        if mask not in self._restricted:
            self._restricted[mask] = self._united(mask & self.mask)
        return self._restricted[mask]

    def count(self, mask: int) -> int:
        """How many values of the set lie in some classes."""
        if mask not in self._counts:
            held = mask & self.mask
            others = self.mask ^ held
            few = min(held, others, key=int.bit_count)
            found = sum(self._size(number) for number in bits(few))
            self._counts[mask] = found if few == held else self.query.count() - found
        return self._counts[mask]

    def _size(self, number: int) -> int:
        if number not in self._sizes:
            self._sizes[number] = self._part(number).count()
        return self._sizes[number]

    def _united(self, mask: int) -> S:
        others = self.mask ^ mask
        if others.bit_count() < mask.bit_count():
            return self.query.subtract(self._united(others))
        parts = [self._part(number) for number in bits(mask)]
        return parts[0] if len(parts) == 1 else self.query.of(span for part in parts for span in part.spans)

    def _part(self, number: int) -> S:
        return self._parts[number]

    @cached_property
    def _parts(self) -> dict[int, S]:
        return self._dimension.pieces(self.query)


def _high(span: Span) -> int:
    return span[1]


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


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
        for held in bits(signature):
            masks[held] |= bit
    return masks
