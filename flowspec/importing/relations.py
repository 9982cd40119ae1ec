"""Shapes of a relation of many kinds: which kinds of services pass from which kinds of sources to which destinations.

All are masks, a bit a kind. A relation is sparse: what most pairs of kinds have in common is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_

from flowspec.sets.classes import bits

Shape = tuple[int, int, int]
"""Kinds of services, of sources and of destinations, a bit each."""
Alike = list[tuple[int, int]]
"""All lines of a relation, those that are alike once: the line, and a bit for each that is so."""


class Relation:
    """What is left of a relation for each kind of service, by its two ends: the shorter way is walked."""

    def __init__(self, rows: Iterable[Lines]) -> None:
        self._of = [(Lines(lines.items()), lines.turned()) for lines in rows]

    def count(self, shape: Shape) -> int:
        """How much of it a shape holds."""
        found = 0
        for k in bits(shape[0]):
            lines, here, there, _ = self._shorter(k, shape)
            for n in bits(here):
                found += (lines[n] & there).bit_count()
        return found

    def part(self, shape: Shape) -> Shape:
        """The smallest shape with all that a shape holds of it."""
        services, ends = 0, [0, 0]
        for k in bits(shape[0]):
            lines, here, there, way = self._shorter(k, shape)
            for n in bits(here):
                if held := lines[n] & there:
                    services |= 1 << k
                    ends[way] |= 1 << n
                    ends[1 - way] |= held
        return services, ends[0], ends[1]

    def take(self, shape: Shape) -> None:
        """Takes out all that a shape holds."""
        for k in bits(shape[0]):
            for lines, here, there in zip(self._of[k], shape[1:], shape[:0:-1], strict=True):
                lines.take(here, there)

    def _shorter(self, k: int, shape: Shape) -> tuple[Lines, int, int, int]:
        """Lines of a kind of service, those of them that a shape meets, its other end, and which end the first is."""
        rows, columns = self._of[k]
        sources, destinations = shape[1] & rows.filled, shape[2] & columns.filled
        if sources.bit_count() <= destinations.bit_count():
            return rows, sources, destinations, 0
        return columns, destinations, sources, 1


class Lines(dict[int, int]):
    """The rows or columns of a relation in which there is something; `filled` are their numbers, a bit each."""

    def __init__(self, lines: Iterable[tuple[int, int]]) -> None:
        super().__init__((n, line) for n, line in lines if line)
        self.filled = sum(1 << n for n in self)

    def __missing__(self, _number: int) -> int:
        return 0

    def alike(self, everyone: int) -> Alike:
        """Those of `everyone` that have nothing are alike too."""
        found = {0: everyone & ~self.filled}
        for n, line in self.items():
            found[line] = found.get(line, 0) | 1 << n
        return [(line, alike) for line, alike in found.items() if alike]

    def turned(self) -> Lines:
        """Rows as columns, or columns as rows."""
        found: dict[int, int] = {}
        for line, numbers in self.alike(self.filled):
            for n in bits(line):
                found[n] = found.get(n, 0) | numbers
        return Lines(found.items())

    def take(self, numbers: int, mask: int) -> None:
        """Some lines without what `mask` has."""
        for n in bits(numbers & self.filled):
            self[n] &= ~mask
            if not self[n]:
                del self[n]
                self.filled ^= 1 << n


def joined(here: Alike, there: Alike, how: Callable[[int, int], int]) -> Alike:
    """Line by line what two relations come to: what both hold (`and_`), or what either does (`or_`)."""
    found: dict[int, int] = {}
    for line, alike in here:
        for other, others in there:
            if both := alike & others:
                held = how(line, other)
                found[held] = found.get(held, 0) | both
    return list(found.items())


class HowOften:
    """How many times each of many things is held: the binary digits of all their counts, the lowest first."""

    def __init__(self) -> None:
        self._digits: list[int] = []

    def add(self, mask: int) -> None:
        """Once more each."""
        for at, digits in enumerate(self._digits):
            self._digits[at], mask = digits ^ mask, digits & mask
        if mask:
            self._digits.append(mask)

    def take(self, mask: int) -> None:
        """Once less each; each is held."""
        for at, digits in enumerate(self._digits):
            self._digits[at], mask = digits ^ mask, ~digits & mask

    def once(self) -> int:
        """Those that are held one time."""
        return self._digits[0] & ~reduce(or_, self._digits[1:], 0) if self._digits else 0
