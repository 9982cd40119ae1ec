"""Wide questions: three engines (the walk, counted products, diagrams) that agree to the last flow."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from benchmarks.policies import Case, adversarial, realistic
from benchmarks.questions import questions
from flowspec.engine import regions, wide
from flowspec.engine.decide import Compiled, Part, Walk, decide, single
from flowspec.engine.policy import Policy
from flowspec.engine.regions import Diagrams
from flowspec.engine.wide import _flow, first_flow, tally
from flowspec.model.inventory import Access, Direction
from flowspec.model.netset import ALL_ADDRESSES, ALL_PORTS, ALL_PROTOCOLS, Box, FlowSet
from tests.engine.generated import Twins
from tests.naive.networks import draw

EVERYTHING = FlowSet((Box(ALL_PROTOCOLS, ALL_ADDRESSES, ALL_PORTS, ALL_ADDRESSES, ALL_PORTS),))
CASES = [realistic(1, 25), realistic(2, 60, tag=False), adversarial(3, 12)]


def shown(part: Part) -> tuple[object, ...]:
    return part.access, part.decider, part.others, part.reason, part.settle


def agree(policy: Policy, asked: FlowSet) -> None:
    compiled = Compiled(policy)
    verdict = decide(compiled, asked)
    counts: dict[Access | None, int] = {}
    for part in verdict.parts:
        counts[part.access] = counts.get(part.access, 0) + part.flows.count()
    shares = tally(compiled, asked)
    diagrams = Diagrams(policy)
    assert {access: share.count for access, share in shares.items()} == counts
    assert {access: flows.count() for access, flows in diagrams.shares(asked).items()} == counts
    expected = {shown(part): part.flows.count() for part in verdict.parts}
    assert {shown(part): flows.count() for part, flows in diagrams.parts(asked)} == expected
    for access, share in shares.items():
        assert share.witness is not None
        assert [part.access for part in decide(compiled, single(share.witness)).parts] == [access]
    for wished in (Access.ALLOW, Access.DENY):
        flow = first_flow(compiled, asked, wished)
        assert (flow is None) == (set(counts) <= {wished})
        assert flow is None or [part.access for part in decide(compiled, single(flow)).parts] != [wished]


def drawn() -> Iterator[Policy]:
    for seed in range(12):
        twins = Twins(draw(seed))
        for endpoint in twins.network.endpoints[:3]:
            for direction in Direction:
                yield twins.policies.of_endpoint(endpoint, direction)


@pytest.fixture(params=["few", "many", "whole"])
def bound(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Products where they are few; or diagrams for all but the smallest questions, of the question or of all flows."""
    if request.param != "few":
        monkeypatch.setattr(wide, "_MANY", 2)
        monkeypatch.setattr(wide, "_STEPS", 2)
    if request.param == "whole":
        monkeypatch.setattr(regions, "_FEW", -1_000)
    monkeypatch.setattr(regions, "_MOST", 2)


@pytest.mark.usefixtures("bound")
def test_drawn_networks() -> None:
    for policy in drawn():
        agree(policy, EVERYTHING)


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_large_policies(case: Case) -> None:
    for box in questions(case.policy, random.Random(case.name), 12):
        agree(case.policy, FlowSet((box,)))


def test_a_question_by_itself_and_as_a_part_of_all() -> None:
    """The first questions are cut out of the rules, the later ones out of all there is; the counts are the same."""
    for case in CASES:
        diagrams, seen = Diagrams(case.policy), Compiled(case.policy)
        for box in questions(case.policy, random.Random(case.name), 40):
            asked = FlowSet((box,))
            shares = {access: flows.count() for access, flows in diagrams.shares(asked).items()}
            assert shares == {access: share.count for access, share in tally(seen, asked).items()}
        assert any(kept._whole is not None for kept in diagrams._allowed.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_lowest_flow_of_a_product(case: Case) -> None:
    compiled = Compiled(case.policy)
    for box in questions(case.policy, random.Random(case.name), 20):
        view, walk = compiled.view(box), Walk(compiled)
        walk.run(view.product)
        for product in [product for products in walk.found.values() for product in products][:50]:
            assert _flow(compiled, box, product) == view.box(product).witness()


def test_what_shatters_is_answered_all_the_same() -> None:
    """Some 100,000 products, of which none but those asked for become boxes."""
    compiled = Compiled(adversarial(1, 60).policy)
    shares = tally(compiled, EVERYTHING, boxes=5)
    assert compiled.diagrams is not None
    assert sum(share.count for share in shares.values()) == EVERYTHING.count()
    assert all(len(share.boxes) <= 5 for share in shares.values())
