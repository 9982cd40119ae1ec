"""Plans that hide some of what they do, over drawn networks: the answer of the network after, or unknown."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from flowspec.decide.exact import Compiled
from flowspec.network.index import Network
from flowspec.policy.policies import Policies
from flowspec.sources import load_inventory
from tests.engine.generated import INTERNET, Twins, documents
from tests.engine.seeds import blocks, named
from tests.engine.test_partial import answer, is_there
from tests.naive.drawn_rules import OPAQUE_TAGS
from tests.naive.evaluate import side
from tests.naive.networks import Drawn, draw
from tests.naive.questions import packets
from tests.terraform import convert
from tests.terraform.masked import masked
from tests.terraform.test_converted import mixed

Json = dict[str, Any]


class Over(Twins):
    """The engine's network from a plan over what was there before, the naive one from what will be there."""

    def __init__(self, after: Drawn, before: list[Json], plan: Json) -> None:
        self.drawn = after
        self.naive = after.network(INTERNET)
        told = documents(replace(after, resources=before)) | {"plan.json": plan}
        with TemporaryDirectory() as folder:
            for name, document in told.items():
                Path(folder, name).write_text(json.dumps(document), "utf-8")
            self.inventory = load_inventory([str(Path(folder, name)) for name in told])
        self.network = Network(self.inventory, (), OPAQUE_TAGS)
        self.policies = Policies(self.network)
        self._compiled: dict[Any, Compiled] = {}


def drawn(seed: int) -> Drawn:
    found = draw(seed)
    return replace(found, resources=convert.settled(found.resources), assumptions=[])


def told(seed: int, often: float) -> Counter[str]:
    after, dice = drawn(seed), random.Random(seed)
    before = mixed(after.resources, dice)
    plan, hidden = masked(convert.items(before, seed), convert.items(after.resources, seed), dice, often)
    twins = Over(after, before, plan)
    found: Counter[str] = Counter(hidden=hidden)
    for question in packets(after):
        if is_there(twins, question):
            expected = side(twins.naive, question.where, question.direction, question.packet).access
            mine = answer(twins, question)
            assert mine in (expected, "Unknown"), (seed, question, mine, expected)
            found["same" if mine == expected else "unknown"] += 1
    return found


@pytest.mark.parametrize("often", [0.0, 0.02, 0.15])
@pytest.mark.parametrize("block", blocks(60, 5_000), ids=named)
def test_nothing_that_a_plan_hides_is_guessed(block: range, often: float) -> None:
    found = sum((told(seed, often) for seed in block), Counter[str]())
    assert found["same"] > len(block)
    assert (found["hidden"] > 0) is (often > 0)
