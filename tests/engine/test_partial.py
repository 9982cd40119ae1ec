"""Exports that lack something, against the naive evaluator on all of it: the complete answer, or unknown."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from flowspec.decide.exact import decide
from flowspec.model.inventory import key
from flowspec.sets.flows import single
from tests.engine.generated import INTERNET, Twins
from tests.engine.seeds import blocks, named
from tests.naive.dice import Dice
from tests.naive.evaluate import side
from tests.naive.networks import Drawn, draw
from tests.naive.questions import Question, packets

Json = dict[str, Any]
LOST = {
    "virtualnetworks": ("addressSpace", "virtualNetworkPeerings"),
    "subnets": ("addressPrefix", "addressPrefixes", "privateEndpointNetworkPolicies"),
    "peerings": ("allowVirtualNetworkAccess", "useRemoteGateways", "peeringState", "remoteVirtualNetwork"),
    "networksecuritygroups": ("securityRules",),
    "routetables": ("routes", "disableBgpRoutePropagation"),
    "networkinterfaces": ("ipConfigurations", "enableIPForwarding"),
    "ipconfigurations": ("subnet", "privateIPAddress"),
    "publicipaddresses": ("sku",),
    "virtualnetworkgateways": ("ipConfigurations", "enableBgp", "gatewayType"),
    "localnetworkgateways": ("localNetworkAddressSpace",),
    "connections": ("virtualNetworkGateway1", "enableBgp", "connectionType"),
}
"""What Azure always writes. What it leaves out where there is none has another end that tells."""


def holders(resource: Json) -> Iterator[tuple[str, Json]]:
    """The objects of a resource that hold properties, each with its kind."""
    kind = resource["type"].rpartition("/")[2].lower()
    yield kind, resource
    properties = resource.get("properties") or {}
    for name, inner in (
        ("subnets", "subnets"), ("virtualNetworkPeerings", "peerings"), ("ipConfigurations", "ipconfigurations"),
    ):  # fmt: skip
        if kind != "virtualnetworkgateways":
            yield from ((inner, child) for child in properties.get(name) or [])


def lose(dice: Dice, drawn: Drawn) -> Drawn:
    """The same network without one to four things that its documents should have."""
    resources = copy.deepcopy(drawn.resources)
    chances = [(kind, at) for r in resources for kind, at in holders(r) if kind in LOST]
    for kind, holder in dice.some(chances, 1, 4):
        how = dice.weighted({"absent": 5.0, "null": 2.0, "bare": 2.0})
        if how == "bare":
            holder["properties"] = None
            continue
        name = dice.choice(LOST[kind])
        for inner in (holder, holder.get("properties") or {}):
            if name in inner:
                inner.pop(name)
                if how == "null":
                    inner[name] = None
    return replace(drawn, resources=resources)


@pytest.mark.parametrize("block", blocks(300, 20_000), ids=named)
def test_no_answer_is_another_one(block: range) -> None:
    told: Counter[str] = Counter()
    for seed in block:
        drawn = draw(seed)
        partial = lose(Dice(seed ^ 0x1055), drawn)
        whole, twins = drawn.network(INTERNET), Twins(partial)
        for question in packets(drawn):
            if is_there(twins, question):
                expected = side(whole, question.where, question.direction, question.packet).access
                found = answer(twins, question)
                assert found in (expected, "Unknown"), (seed, question, found, expected)
                told[found] += 1
    assert told["Unknown"] < told.total(), "no test of nothing"
    assert told.total() > 10 * len(block)


def is_there(twins: Twins, question: Question) -> bool:
    """Whoever the partial network does not have can't be asked about."""
    points = [question.packet.source, question.packet.destination]
    ends = [question.where, *(point[1] for point in points if not isinstance(point, str) and point[0] == "ipconfig")]
    return all("/ipconfigurations/" not in end.lower() or key(end) in twins.endpoints for end in ends)


def answer(twins: Twins, question: Question) -> str:
    policy = twins.policy(question.where, question.direction)
    (part,) = decide(twins.compiled(policy), single(twins.flow(question.packet))).parts
    return "Unknown" if part.access is None else str(part.access)
