"""Batches answer what single flows are answered, and the tables of a trie what a search of the line finds."""

from __future__ import annotations

import random
from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.flows import flows_near
from benchmarks.policies import Case, adversarial, realistic
from flowspec.decide.exact import Compiled
from flowspec.decide.vectors import Vectors
from flowspec.model.inventory import Direction
from flowspec.policy.layers import Policy
from flowspec.sets.flows import Flow
from tests.engine.generated import Twins
from tests.naive.networks import draw

np = pytest.importorskip("numpy")
batch = pytest.importorskip("flowspec.decide.batch")
tries = pytest.importorskip("flowspec.decide.tries")

FIELDS = ("protocol", "source", "source_port", "destination", "destination_port")


def agree(policy: Policy, flows: list[Flow]) -> None:
    compiled = Compiled(policy)
    vectors = Vectors(compiled)
    columns = {f"{name}s": np.array([getattr(flow, name) for flow in flows], np.int64) for name in FIELDS}
    answers = batch.PolicyBatch(compiled, vectors).answer(batch.FlowColumns(**columns))
    for at, flow in enumerate(flows):
        assert answers.parts[answers.which[at]] == vectors.part(*(getattr(flow, name) for name in FIELDS)), flow


@pytest.mark.parametrize("case", [realistic(1, 60), realistic(2, 300), adversarial(3, 60)], ids=lambda case: case.name)
def test_large_policies(case: Case) -> None:
    agree(case.policy, flows_near(case.policy, random.Random(case.name), 3000, v4=True))


def test_drawn_networks() -> None:
    for seed in range(25):
        twins = Twins(draw(seed))
        for endpoint in twins.network.endpoints:
            for direction in Direction:
                policy = twins.policies.of_endpoint(endpoint, direction)
                flows = [f for f in flows_near(policy, random.Random(seed), 30) if f.source < 1 << 32]
                agree(policy, flows)


@given(st.lists(st.integers(0, (1 << 32) - 1), max_size=30, unique=True), st.data())
def test_a_trie_is_a_search(cuts: list[int], data: st.DataObject) -> None:
    near = st.builds(lambda cut, by: cut ^ by, st.sampled_from(cuts or [0]), st.integers(0, 1 << 17))
    starts = sorted({0, *cuts, *data.draw(st.lists(near.filter(lambda at: at < 1 << 32), max_size=30))})
    classes = data.draw(st.lists(st.integers(0, 5), min_size=len(starts), max_size=len(starts)))
    asked = [min(at, (1 << 32) - 1) for start in starts for at in (start - 1, start, start + 1) if at >= 0]
    found = tries.trie(starts, classes).classes(np.array(asked, np.uint32))
    assert list(found) == [classes[bisect_right(starts, at) - 1] for at in asked]
