"""Classes and views of sets against plain set arithmetic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowspec.sets.classes import Dimension, bits
from flowspec.sets.intervals import PortSet

spans = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], min(63, pair[0] + pair[1])))
sets = st.lists(spans, max_size=5).map(PortSet.of)


@given(st.lists(sets, min_size=1, max_size=6), sets, st.data())
def test_a_view_is_the_set_cut_by_classes(members: list[PortSet], query: PortSet, data: st.DataObject) -> None:
    dimension = Dimension(members, (0, 63), PortSet)
    view = dimension.view(query)
    parts = dimension.pieces(PortSet(((0, 63),)))
    assert PortSet.of(span for part in parts.values() for span in part.spans) == PortSet(((0, 63),))
    for held, mask in zip(members, dimension.masks, strict=True):
        assert view.restrict(mask & view.mask) == query.intersect(held)
    chosen = data.draw(st.integers(0, dimension.everything))
    expected = PortSet.of(span for number in bits(chosen) for span in parts[number].spans)
    assert view.restrict(chosen) == query.intersect(expected)
    assert view.count(chosen) == query.intersect(expected).count()


@given(st.integers(0, 1 << 200))
def test_bits(mask: int) -> None:
    assert sum(1 << number for number in bits(mask)) == mask
