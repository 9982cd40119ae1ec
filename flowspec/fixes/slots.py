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
        found += _between(found[-1] if found else HIGHEST - 1, number, order[len(found) : here], wished)
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


def _between(low: int, high: int, run: Sequence[int | None], wished: FixSettings) -> list[int]:
    """Priorities for rules in a row between two others: the last that the spec wishes, or spread where it is narrow.

    Rules that exist and have to move stay near to where they are, and new ones with them.
    """
    if not run:
        return []
    if any(run):
        steps = (wished.step, *_finer(wished))
        grids = (range((low // step + 1) * step, high, step) for step in steps)
        return _near(run, next(grid for grid in grids if len(grid) >= len(run)))
    place, step = next((place, step) for place, step in _wished(low, high, wished) if len(place) >= len(run))
    if step == wished.step:
        return list(place[-len(run) :])
    return [place[(number * 2 + 1) * len(place) // (len(run) * 2)] for number in range(len(run))]


def _near(run: Sequence[int | None], grid: range) -> list[int]:
    """So many numbers of a grid in a row, as near as can be to those that the run has."""
    old = [(at, priority) for at, priority in enumerate(run) if priority is not None]
    last = len(grid) - len(run)
    starts = {min(max(bisect_right(grid, priority) - at - back, 0), last) for at, priority in old for back in (0, 1)}
    start = min(sorted(starts), key=lambda start: sum(abs(grid[start + at] - priority) for at, priority in old))
    return list(grid[start : start + len(run)])


def _finer(wished: FixSettings) -> Iterator[int]:
    return (size for size in (5, 2, 1) if size < wished.step)


def _wished(low: int, high: int, wished: FixSettings) -> Iterator[tuple[range, int]]:
    """The priorities between two others, with what they are multiples of: those that are wished for most come first."""
    first, last = wished.priorities
    for before, behind in ((max(low, first - 1), min(high, last + 1)), (low, high)):
        for step in (wished.step, *_finer(wished)):
            yield range((before // step + 1) * step, behind, step), step
