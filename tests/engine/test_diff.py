"""The diff against the naive evaluator, over pairs of drawn networks; and laws that hold for any pair."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from flowspec.comparison import ground
from flowspec.comparison.difference import Difference, DifferenceFound, difference
from flowspec.comparison.places import JudgedPlace, Stay, places
from flowspec.model.documents.diff import Effect
from flowspec.model.inventory import Access, Direction, key
from flowspec.network.index import Endpoint
from flowspec.sets.flows import Box, Flow, FlowSet
from tests.engine.changed import Pair, bare, changed, pairs
from tests.engine.generated import Twins
from tests.engine.seeds import blocks, named
from tests.engine.test_differential import last, picked
from tests.naive.questions import packets

NETWORKS = blocks(80, 4_000)
_Side = tuple[Direction, Access | None, Access | None]


@pytest.fixture(params=["products", "diagrams"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Products of classes; or diagrams for all but the smallest questions."""
    if request.param == "diagrams":
        monkeypatch.setattr(ground, "MOST", 1)
    return str(request.param)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("block", NETWORKS, ids=named)
def test_every_flow_is_told_as_the_naive_evaluator_has_it(block: range) -> None:
    for seed in block:
        for pair in pairs(seed):
            compare_packets(pair)
            compare_told(pair, random.Random(seed))


def compare_packets(pair: Pair) -> None:
    """What has changed is told, and nothing else but what was not known before and is not now."""
    judged = places(pair.difference.old, pair.difference.new)
    for question in [*packets(pair.old.drawn), *packets(pair.new.drawn)]:
        flow, direction = pair.flow(question.packet), Direction(question.direction)
        if flow is None:
            continue
        for place in judged:
            if place.stay is Stay.BOTH and local(flow, direction) in place.addresses and is_of(place, question.where):
                before, after = pair.naive(place, direction, question.packet)
                told = pair.told(place, direction, flow)
                if before != after:
                    assert told == [(before, after)], (pair.old.drawn.seed, question)
                else:
                    assert told == [] or told == [("Unknown", "Unknown")] == [(before, after)], question


def is_of(place: JudgedPlace, where: str) -> bool:
    assert place.old is not None
    return key(place.old.configuration.id if isinstance(place.old, Endpoint) else place.old) == key(where)


def local(flow: Flow, direction: Direction) -> int:
    return flow.destination if direction is Direction.INBOUND else flow.source


def compare_told(pair: Pair, dice: random.Random) -> None:
    """What is told has changed, and as it is told."""
    for cause in pair.difference.causes:
        for shift, judged in cause.shifts:
            boxes = [*shift.boxes[:3], *(box for one in shift.diagrams for box in one.boxes(3).boxes)]
            for flow in (flow for box in boxes for flow in (box.witness(), last(box), picked(dice, box))):
                compare_flow(pair, cause, flow, judged)


def compare_flow(pair: Pair, cause: DifferenceFound, flow: Flow, judged: Iterable[JudgedPlace]) -> None:
    for place in judged:
        if local(flow, cause.direction) in place.addresses:
            before, after = pair.naive(place, cause.direction, pair.packet(flow))
            told = [str(access or "Unknown") for access in (cause.before, cause.after)]
            if place.stay is Stay.BOTH or place.old is None or place.new is None:
                assert [before, after] == told, (pair.old.drawn.seed, place, cause.direction, flow)
            assert before != after or before == "Unknown"


# Laws


def flows_of(found: Difference) -> dict[tuple[_Side, str], FlowSet]:
    """All that is told, by answers and by who judges it."""
    told: dict[tuple[_Side, str], list[Box]] = {}
    for cause in found.causes:
        for shift, judged in cause.shifts:
            for place in judged:
                boxes = told.setdefault(((cause.direction, cause.before, cause.after), place.id), [])
                boxes += [box for box in shift.boxes if box not in boxes]
    return {found: FlowSet.of(boxes) for found, boxes in told.items()}


@pytest.mark.parametrize("block", blocks(40, 1_000), ids=named)
def test_there_and_back(block: range) -> None:
    """What opens one way closes the other way, at the same places."""
    for seed in block:
        old, new = (Twins(drawn).inventory for drawn in (bare(seed), changed(bare(seed), seed ^ 0xD1FF)))
        there, back = difference(old, new), difference(new, old)
        turned = {((way, after, before), of): flows for ((way, before, after), of), flows in flows_of(back).items()}
        expected = flows_of(there)
        assert turned.keys() == expected.keys()
        for side, flows in expected.items():
            assert flows.is_subset(turned[side]) and turned[side].is_subset(flows)
        assert {p.id for p in there.added} == {p.id for p in back.removed}


@pytest.mark.parametrize("block", blocks(60, 2_000), ids=named)
def test_nothing_differs_from_itself(block: range) -> None:
    for seed in block:
        found = difference(Twins(bare(seed)).inventory, Twins(bare(seed)).inventory)
        assert (found.causes, found.added, found.removed) == ((), (), ()), seed


def test_the_drawn_changes_have_every_effect() -> None:
    seen = {
        (cause.effect, cause.before, cause.after)
        for seed in range(60)
        for pair in pairs(seed)
        for cause in pair.difference.causes
    }
    assert {effect for effect, _, _ in seen} == set(Effect)
    assert len(seen) == 7, "allowed, denied and unknown, each to each other; and unknown for another reason"


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("block", NETWORKS, ids=named)
def test_those_are_named_whom_the_flows_touch(block: range) -> None:
    for seed in block:
        for pair in pairs(seed):
            for cause in pair.difference.causes:
                assert set(cause.places) == set(touched(cause)), (seed, cause.direction)


def touched(cause: DifferenceFound) -> Iterable[str]:
    """Ids of the places that hold the judged end of some flow, box by box."""
    for shift, judged in cause.shifts:
        for box in (*shift.boxes, *(box for one in shift.diagrams for box in one.boxes().boxes)):
            end = box.destinations if cause.direction is Direction.INBOUND else box.sources
            yield from (place.id for place in judged if end.intersect(place.addresses))
