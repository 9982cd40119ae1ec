"""Classes along one dimension: sets become bits, and nothing is lost on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowspec.sets.classes import Dimension
from flowspec.sets.intervals import NO_PORT, PortSet, Span
from tests.engine.laws import LAWS

UNIVERSE = (0, NO_PORT)
BORDERS = (0, 1, 2, 3, 22, 23, 79, 80, 443, 1023, 1024, 65533, 65534, 65535, NO_PORT)
ports = st.lists(st.tuples(st.sampled_from(BORDERS), st.sampled_from(BORDERS)), max_size=4).map(
    lambda spans: PortSet.of((min(span), max(span)) for span in spans)
)


def dimension(sets: list[PortSet]) -> Dimension[PortSet]:
    return Dimension(sets, UNIVERSE, lambda spans: PortSet(spans))


def classes_of(found: Dimension[PortSet]) -> list[int]:
    return [1 << number for number in range(found.everything.bit_length())]


@LAWS
@given(st.lists(ports, max_size=6), ports)
def test_classes_part_the_line(sets: list[PortSet], query: PortSet) -> None:
    """A set is exactly its classes, and what a query touches is cut to them exactly."""
    found = dimension(sets)
    everything = PortSet((UNIVERSE,))
    parts = [found.view(everything).restrict(one) for one in classes_of(found)]
    assert all(parts) and sum(part.count() for part in parts) == everything.count()
    for part in parts:
        assert all(part.is_subset(each) or not part.meets(each) for each in sets)
    for each, mask in zip(sets, found.masks, strict=True):
        assert found.view(everything).restrict(mask) == each
        assert found.view(query).restrict(mask) == query.intersect(each)
    assert found.pieces(everything) == dict(enumerate(parts))
    for part, one, held in zip(parts, classes_of(found), found.holders(), strict=True):
        assert [bool(held >> place & 1) for place in range(len(sets))] == [part.is_subset(each) for each in sets]
        assert found.view(part).mask == one
    touched = found.mask(query)
    assert {1 << number for number in found.classes(query)} == {one for one in classes_of(found) if one & touched}
    assert touched == sum(one for one, part in zip(classes_of(found), parts, strict=True) if part.meets(query))
    assert found.view(query).restrict(touched) == query
    assert found.view(query).restrict(found.everything & ~touched) == PortSet()


@LAWS
@given(st.lists(ports, min_size=1, max_size=6))
def test_a_set_given_twice_is_one(sets: list[PortSet]) -> None:
    found = dimension([*sets, *sets])
    assert found.masks[: len(sets)] == found.masks[len(sets) :]


@LAWS
@given(st.lists(ports, max_size=6))
def test_classes_are_as_few_as_can_be(sets: list[PortSet]) -> None:
    """Two values in two classes are told apart by some set."""

    def signature(value: int) -> tuple[bool, ...]:
        return tuple(value in each for each in sets)

    starts: list[Span] = [span for each in sets for span in each.spans]
    values = {0, NO_PORT, *(low for low, _ in starts), *(high + 1 for _, high in starts if high < NO_PORT)}
    assert len(classes_of(dimension(sets))) == len({signature(value) for value in values})
