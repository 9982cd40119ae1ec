"""The search's one seam for other processes: pieces of work that need nothing of each other, by their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Spread(Protocol):
    """Does `work` for all numbers below `count`, here or in copies of this process; what it returns, in their order.

    `checks`: all of it takes about as long as so many checks do.
    """

    def __call__(self, work: Callable[[int], T], count: int, checks: int) -> Iterator[T]: ...


def in_turn(work: Callable[[int], T], count: int, checks: int) -> Iterator[T]:
    """One after the other, here."""
    return map(work, range(count))
