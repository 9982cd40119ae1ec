"""An order of rules -> a priority for each: the fewest of those that exist are moved, and room is left between."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence

from flowspec.model.spec import FixSettings

HIGHEST, LOWEST = 100, 4096
"""The priorities that rules may have: of two rules, the lower number is asked first."""


def free_priority(taken: Collection[int], before: int, wished: FixSettings) -> int | None:
    """The last free priority before a number: where the spec wishes it, else wherever one is; None without any."""
    places = (place for place, _ in _wished(HIGHEST - 1, before, wished))
    return next((priority for place in places for priority in reversed(place) if priority not in taken), None)


def arranged(order: Sequence[int | None], wished: FixSettings) -> list[int] | None:
    """Rising priorities for rules in the order in which they are to be asked: of new rules (None) and those that exist.

    Of these, as many as can keep the priority that they have. None: there are more rules than priorities.
    """
    if len(order) > LOWEST - HIGHEST + 1:
        return None
    kept = _kept(order)
    found: list[int] = []
    for here, number in zip((*kept, len(order)), (*(order[at] for at in kept), LOWEST + 1), strict=True):
        assert number is not None
        found += _between(found[-1] if found else HIGHEST - 1, number, here - len(found), wished)
        found += [number] if here < len(order) else []
    return found


def _kept(order: Sequence[int | None]) -> list[int]:
    """The most rules (by their place in the order) that can stay where they are, with room for all that are between.

    Those whose priority less their place never falls: found as the longest such row of numbers.
    """
    last = LOWEST - (len(order) - 1)
    tails: list[int] = []
    ends: list[int] = []
    previous: dict[int, int | None] = {}
    for at, priority in enumerate(order):
        if priority is None or not HIGHEST <= (height := priority - at) <= last:
            continue
        length = bisect_right(tails, height)
        previous[at] = ends[length - 1] if length else None
        tails[length : length + 1] = [height]
        ends[length : length + 1] = [at]
    kept: list[int] = []
    here = ends[-1] if ends else None
    while here is not None:
        kept.append(here)
        here = previous[here]
    return kept[::-1]


def _between(low: int, high: int, count: int, wished: FixSettings) -> list[int]:
    """So many priorities between two others: the last that the spec wishes for, or spread where there is less room."""
    if not count:
        return []
    place, step = next((place, step) for place, step in _wished(low, high, wished) if len(place) >= count)
    if step == wished.step:
        return list(place[-count:])
    return [place[(number * 2 + 1) * len(place) // (count * 2)] for number in range(count)]


def _wished(low: int, high: int, wished: FixSettings) -> Iterator[tuple[range, int]]:
    """The priorities between two others, with what they are multiples of: those that are wished for most come first."""
    first, last = wished.priorities
    for before, behind in ((max(low, first - 1), min(high, last + 1)), (low, high)):
        for step in (wished.step, *(size for size in (5, 2, 1) if size < wished.step)):
            yield range((before // step + 1) * step, behind, step), step
