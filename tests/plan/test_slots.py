"""Priorities for rules in an order: rising, with as few moved as can be, where the spec wishes them."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.fixes.slots import HIGHEST, LOWEST, arranged, free_priority
from flowspec.model.spec import FixSettings

USUAL = FixSettings()
WISHED = FixSettings((1000, 3000), 10)


@pytest.mark.parametrize(("taken", "before", "wished", "found"), [
    ([], LOWEST + 1, USUAL, 4090), ([4090], LOWEST + 1, USUAL, 4080), ([], 4000, USUAL, 3990), ([], 190, USUAL, 180),
    ([], 105, USUAL, 100), ([100], 110, USUAL, 105), ([100, 105], 110, USUAL, 108), ([], 100, USUAL, None),
    (range(100, 110), 110, USUAL, None), ([], LOWEST + 1, FixSettings(step=1), LOWEST),
    ([], LOWEST + 1, WISHED, 3000), ([3000], LOWEST + 1, WISHED, 2990), ([], 1500, WISHED, 1490),
    ([], 1000, WISHED, 990), ([1000, 1010], 1020, WISHED, 1015),
    ([], LOWEST + 1, FixSettings((200, 200), 10), 200), ([200], LOWEST + 1, FixSettings((200, 200), 10), 4090),
    ([], LOWEST + 1, FixSettings((203, 208), 10), 205),
])  # fmt: skip
def test_the_last_free_priority_that_is_wished_for(
    taken: list[int], before: int, wished: FixSettings, found: int | None
) -> None:
    assert free_priority(taken, before, wished) == found


@pytest.mark.parametrize(("order", "wished", "found"), [
    ([None, 100, 110], USUAL, [100, 105, 110]), ([None, 100, 101, 110], USUAL, [100, 102, 104, 110]),
    ([None, *range(100, 110)], USUAL, None), ([None], USUAL, [4090]), ([100, None, 110], USUAL, [100, 105, 110]),
    ([100, None, 101], USUAL, [100, None, None]), ([None, 4096], USUAL, [4090, 4096]), ([4096, None], USUAL, None),
    ([200, 100], USUAL, None), ([None, 300], WISHED, [290, 300]), ([300, None, 3500], WISHED, [300, 3000, 3500]),
    ([300, None], FixSettings((100, 200), 10), [300, 4090]), ([None, 100], USUAL, [100, 110]),
    ([None, 100, 500], WISHED, [100, 110, 500]), ([None, 100, 101, 102, 4000], USUAL, [100, 110, 120, 130]),
    ([4095, None, 4096, None], USUAL, [4060, 4070, 4080, 4090]),
])  # fmt: skip
def test_an_order_by_hand(order: list[int | None], wished: FixSettings, found: list[int | None] | None) -> None:
    mine = arranged(order, wished)
    assert mine is not None
    assert_fits(order, mine)
    if found is not None:
        assert all(mine[at] == wanted for at, wanted in enumerate(found) if wanted is not None), mine


def assert_fits(order: list[int | None], found: list[int]) -> None:
    assert len(found) == len(order)
    assert all(before < after for before, after in pairwise([HIGHEST - 1, *found, LOWEST + 1]))


def test_a_full_direction_is_shifted_and_more_rules_than_priorities_are_refused() -> None:
    full = list(range(HIGHEST, LOWEST + 1))
    assert arranged([*full[1:], None], USUAL) == full
    assert arranged([None, *full], USUAL) is None


@given(
    st.lists(st.one_of(st.none(), st.integers(HIGHEST, HIGHEST + 9), st.integers(LOWEST - 5, LOWEST)), max_size=9).map(
        lambda order: [p if p is None or p not in order[:at] else None for at, p in enumerate(order)]
    ),
    st.builds(
        FixSettings, st.sampled_from([(100, 4096), (104, 106), (1000, 3000), (4090, 4096)]), st.sampled_from([1, 3, 10])
    ),
)
@settings(max_examples=200, deadline=None)
def test_no_order_moves_fewer(order: list[int | None], wished: FixSettings) -> None:
    """Against every choice of rules that keep their priority."""
    found = arranged(order, wished)
    assert found is not None
    assert_fits(order, found)
    kept = sum(p is not None and p == found[at] for at, p in enumerate(order))
    places = [at for at, p in enumerate(order) if p is not None]
    for chosen in combinations(places, kept + 1):
        ends = [(-1, HIGHEST - 1), *((at, order[at]) for at in chosen), (len(order), LOWEST + 1)]
        assert not all(there - here <= (q or 0) - (p or 0) for (here, p), (there, q) in pairwise(ends)), chosen
