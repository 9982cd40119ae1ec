"""Integers -> intervals -> addresses, ports and protocols, with the same verbs at every level.

Everything is immutable. An address is one integer on a line that holds both families, and, behind each family, its
*points*: endpoints without a number, such as a service tag without data or an ip-configuration whose address is not
known yet. A port is 0-65535, or `NO_PORT` for protocols that have none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

Span = tuple[int, int]

V6_BASE = 1 << 128
V4_POINTS = 1 << 32
V6_POINTS = 1 << 129
POINTS = 1 << 32


class Protocol(IntEnum):
    """The protocols an NSG can tell apart; OTHER stands for the rest of the IP protocols."""

    TCP = 0
    UDP = 1
    ICMP = 2
    ESP = 3
    AH = 4
    OTHER = 5


NO_PORT = 65536

_BEYOND = 1 << 200
"""Behind the end of any line: no span that starts at `n` sorts after `(n, _BEYOND)`."""


@dataclass(frozen=True, slots=True)
class IntervalSet:
    """A set of integers as sorted, disjoint, non-adjacent inclusive spans."""

    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Self:
        """The union of any spans; an empty span (`high < low`) adds nothing."""
        merged: list[Span] = []
        end = 0
        for span in sorted([span for span in spans if span[0] <= span[1]]):
            if not merged or span[0] > end + 1:
                merged.append(span)
                end = span[1]
            elif span[1] > end:
                end = span[1]
                merged[-1] = (merged[-1][0], end)
        return cls(tuple(merged))

    @classmethod
    def one(cls, value: int) -> Self:
        return cls(((value, value),))

    def union(self, other: Self) -> Self:
        if not self.spans or self is other:
            return other
        if not other.spans:
            return self
        return type(self).of(self.spans + other.spans)

    def intersect(self, other: Self) -> Self:
        """What both hold; one of the two itself where the other covers it."""
        mine, theirs = self.spans, other.spans
        if mine is theirs or mine == theirs or _covers(theirs, mine):
            return self
        if _covers(mine, theirs):
            return other
        if not mine or not theirs or mine[-1][1] < theirs[0][0] or theirs[-1][1] < mine[0][0]:
            return type(self)()
        if len(mine) > len(theirs):
            mine, theirs = theirs, mine
        if len(theirs) > 16 * len(mine):
            return type(self)(tuple(_intersect_few(mine, theirs)))
        return type(self)(tuple(_intersect_merge(mine, theirs)))

    def subtract(self, other: Self) -> Self:
        mine, theirs = self.spans, other.spans
        if not mine or not theirs or mine[-1][1] < theirs[0][0] or theirs[-1][1] < mine[0][0]:
            return self
        if mine is theirs or _covers(theirs, mine):
            return type(self)()
        return type(self)(tuple(_subtract(mine, theirs)))

    def is_subset(self, other: Self) -> bool:
        """Every element of this set is in `other`."""
        theirs = other.spans
        at = 0
        for low, high in self.spans:
            at = bisect_right(theirs, (low, _BEYOND), at) - 1
            if at < 0 or theirs[at][1] < high:
                return False
        return True

    def meets(self, other: Self) -> bool:
        """The two sets share an element."""
        mine, theirs = self.spans, other.spans
        if not mine or not theirs or mine[-1][1] < theirs[0][0] or theirs[-1][1] < mine[0][0]:
            return False
        if mine is theirs:
            return True
        if len(mine) > len(theirs):
            mine, theirs = theirs, mine
        if len(theirs) == 1:
            return True
        for low, high in mine:
            at = bisect_right(theirs, (high, _BEYOND)) - 1
            if at >= 0 and theirs[at][1] >= low:
                return True
        return False

    def is_empty(self) -> bool:
        return not self.spans

    def count(self) -> int:
        return sum([high - low for low, high in self.spans]) + len(self.spans)

    def witness(self) -> int | None:
        """The lowest element, or None of an empty set."""
        return self.spans[0][0] if self.spans else None

    def __contains__(self, value: int) -> bool:
        at = bisect_right(self.spans, (value, _BEYOND)) - 1
        return at >= 0 and self.spans[at][1] >= value

    def __iter__(self) -> Iterator[int]:
        for low, high in self.spans:
            yield from range(low, high + 1)

    def __bool__(self) -> bool:
        return bool(self.spans)


def _covers(mine: tuple[Span, ...], theirs: tuple[Span, ...]) -> bool:
    """One of few spans holds all of the others: true of the widest sets, and quickly told."""
    if len(mine) > 3 or not theirs:
        return False
    low, high = theirs[0][0], theirs[-1][1]
    for start, end in mine:  # noqa: SIM110 - a loop is twice as fast here as any()
        if start <= low and high <= end:
            return True
    return False


def _intersect_few(few: tuple[Span, ...], many: tuple[Span, ...]) -> list[Span]:
    """Cheap when one side is short: each of its spans takes one slice of the long side, cut at both ends."""
    found: list[Span] = []
    for low, high in few:
        first = bisect_right(many, (low, _BEYOND)) - 1
        if first < 0 or many[first][1] < low:
            first += 1
        last = bisect_right(many, (high, _BEYOND))
        if first < last:
            begin = len(found)
            found += many[first:last]
            found[begin] = (max(low, found[begin][0]), found[begin][1])
            found[-1] = (found[-1][0], min(high, found[-1][1]))
    return found


def _intersect_merge(mine: tuple[Span, ...], theirs: tuple[Span, ...]) -> Iterator[Span]:
    some, others = iter(mine), iter(theirs)
    span, other = next(some, None), next(others, None)
    while span is not None and other is not None:
        (low, high), (start, end) = span, other
        if high < start:
            span = next(some, None)
        elif end < low:
            other = next(others, None)
        else:
            yield (low if low > start else start), (high if high < end else end)
            if high < end:
                span = next(some, None)
            else:
                other = next(others, None)


def _subtract(mine: tuple[Span, ...], theirs: tuple[Span, ...]) -> Iterator[Span]:
    at = max(bisect_right(theirs, (mine[0][0], _BEYOND)) - 1, 0)
    for low, high in mine:
        while at < len(theirs) and theirs[at][1] < low:
            at += 1
        i = at
        while low <= high and i < len(theirs) and theirs[i][0] <= high:
            if theirs[i][0] > low:
                yield low, theirs[i][0] - 1
            low = theirs[i][1] + 1
            i += 1
        if low <= high:
            yield low, high


class AddressSet(IntervalSet):
    """Addresses of both families and their points, on one line."""

    __slots__ = ()


class PortSet(IntervalSet):
    """Ports 0-65535 and `NO_PORT`."""

    __slots__ = ()


class ProtocolSet(IntervalSet):
    """A set of `Protocol`."""

    __slots__ = ()


V4 = AddressSet(((0, V4_POINTS - 1),))
V6 = AddressSet(((V6_BASE, V6_POINTS - 1),))
V4_FAMILY = AddressSet(((0, V4_POINTS + POINTS - 1),))
V6_FAMILY = AddressSet(((V6_BASE, V6_POINTS + POINTS - 1),))
FAMILIES = (V4_FAMILY, V6_FAMILY)
ALL_NUMBERS = AddressSet.of(V4.spans + V6.spans)
ALL_ADDRESSES = AddressSet.of(V4_FAMILY.spans + V6_FAMILY.spans)
NO_ADDRESSES = AddressSet()

NUMBERED_PORTS = PortSet(((0, 65535),))
NO_PORTS = PortSet(((NO_PORT, NO_PORT),))
ALL_PORTS = PortSet(((0, NO_PORT),))

PORTED = ProtocolSet(((Protocol.TCP, Protocol.UDP),))
PORTLESS = ProtocolSet(((Protocol.ICMP, Protocol.OTHER),))
ALL_PROTOCOLS = ProtocolSet(((Protocol.TCP, Protocol.OTHER),))


ADDRESS_LINE: Span = (0, V6_POINTS + POINTS - 1)
PORT_LINE: Span = (0, NO_PORT)
PROTOCOL_LINE: Span = (0, Protocol.OTHER.value)
"""Lowest and highest value of each dimension."""


def point(number: int, family: int) -> int:
    """The place on the address line of the `number`-th point of IPv4 (`family` 4) or IPv6 (6)."""
    return (V4_POINTS if family == 4 else V6_POINTS) + number


def is_point(address: int) -> bool:
    return V4_POINTS <= address < V4_POINTS + POINTS or address >= V6_POINTS


def family_of(address: int) -> int:
    """4 or 6."""
    return 4 if address < V6_BASE else 6
