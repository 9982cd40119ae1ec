"""Plans over drawn estates that hide some of what they do: what is certain is so in the network that they make."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.questions import Planner
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction, Inventory
from flowspec.model.spec import Boundary, Group, Intent, Select, Service, Spec
from flowspec.network.index import Network
from flowspec.policy.policies import Policies
from flowspec.sets.intervals import Protocol
from tests.engine.generated import ADMIN, documents
from tests.engine.loading import load_documents
from tests.engine.seeds import blocks, named
from tests.engine.specs import TODAY
from tests.naive.drawn_rules import SERVICE_TAGS
from tests.naive.networks import Drawn
from tests.terraform import estates
from tests.terraform.masked import masked
from tests.terraform.test_converted import mixed

Json = dict[str, Any]
WEB = Service((Protocol.TCP,), ((22, 22), (80, 80), (443, 443), (8443, 8443)))
BOTH = (Direction.INBOUND, Direction.OUTBOUND)


def spec(frontends: list[str]) -> Spec:
    """Every pair of ends that a network of ours may be asked about."""
    groups = {
        "far": Group(name="far", prefixes=("8.8.8.8", "203.0.113.9", "172.31.0.100")),
        "near": Group(name="near", prefixes=("10.0.0.0/24", "10.1.0.0/28")),
        "fronts": Group(name="fronts", prefixes=("10.0.0.200", "192.168.77.7")),
        "nics": Group(name="nics", selects=(Select(nic=("nic-*",)),), expect_at_least=0),
        "one": Group(name="one", selects=(Select(nic=("nic-0",)),), expect_at_least=0),
        "subnet": Group(name="subnet", subnets=("vnet-a/snet-0",)),
    }
    pairs = [("far", to) for to in ("near", "fronts", "nics", "one", "subnet")]
    pairs += [("one", "far"), ("nics", "near"), ("near", "one"), ("subnet", "nics")]
    for name in frontends:
        groups[name] = Group(name=name, frontends=(name,))
        pairs += [("far", name), ("near", name)]
    intents = {
        f"{expect.value}-{source}-{to}": Intent(
            name=f"{expect.value}-{source}-{to}", sources=(source,), destinations=(to,), services=(WEB,), expect=expect
        )
        for source, to in pairs
        for expect in Access
    }
    around = {name: Boundary(name=name, around=(name,), directions=BOTH) for name in ("nics", "one")}
    around["from-far"] = Boundary(name="from-far", around=("nics",), directions=BOTH, remote=("far",))
    return Spec(groups=groups, intents=intents, boundaries=around)


def judged(asked: Spec, inventory: Inventory) -> dict[str, Judgement]:
    network = Network(inventory)
    planner = Planner(spec=asked, network=network, policies=Policies(network), today=TODAY)
    every = {**asked.intents, **{f"boundary {name}": of for name, of in asked.boundaries.items()}}
    return {name: Judge(network=network).judge(planner.question(of)) for name, of in every.items()}


def told(seed: int, often: float) -> Counter[str]:
    dice = random.Random(seed)
    found = estates.estate(seed)
    effective = [r for r in found if r.get("type") == ADMIN]
    after = [r for r in found if r.get("type") != ADMIN]
    before = estates.earlier(mixed(after, dice), dice)
    then, now = estates.items(before, seed), estates.items(after, seed)
    plan, hidden = masked(then, now, dice, often)
    estates.provided(plan, now, dice)
    rules = [c for c in plan["resource_changes"] if c["type"] == "azurerm_network_manager_admin_rule"]
    stays = all(c["change"]["actions"] == ["no-op"] for c in rules)

    def inventory(resources: list[Json], answers: list[Json], **more: Json) -> Inventory:
        drawn = Drawn(seed, [*resources, *answers], SERVICE_TAGS, [], ())
        return load_documents(documents(drawn) | more)

    partial = inventory(before, effective, **{"plan.json": plan})
    whole = inventory(after, effective if stays else [])
    asked = spec([f"{b.name}/{rule.name}" for b in whole.balancers.values() for rule in b.rules])
    guessed, known = judged(asked, partial), judged(asked, whole)
    count: Counter[str] = Counter(hidden=hidden)
    roaming = bool(Network(partial).unlisted_subnets)
    for name, mine in guessed.items():
        if roaming and {"near", "fronts"} & {*name.split("-")}:
            continue  # nobody knows whether anybody holds such an address
        right = known[name]
        words = f"seed {seed}, {often}: {name} is {mine.status.value}, and {right.status.value} in the end"
        if mine.status is Status.SATISFIED:
            assert right.status in (Status.SATISFIED, Status.ERRORED), words
        if mine.status is Status.DRIFTED and (
            mine.question.expect is Access.DENY or not {"near", "fronts"} & {*name.split("-")}
        ):
            assert right.status in (Status.DRIFTED, Status.ERRORED), words
        count[mine.status.value] += 1
    return count


@pytest.mark.parametrize("often", [0.0, 0.02, 0.15])
@pytest.mark.parametrize("block", blocks(30, 3_000, 15), ids=named)
def test_what_is_certain_is_so_in_the_end(block: range, often: float) -> None:
    found = sum((told(seed, often) for seed in block), Counter[str]())
    assert found["drifted"] > 0 and found["satisfied"] > (-1 if often > 0.1 else 0)
