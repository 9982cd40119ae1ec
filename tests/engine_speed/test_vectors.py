"""One flow by bit vectors is what the exact walk says of it: certain, in doubt, and from any port."""

from __future__ import annotations

import random

import msgspec
import pytest

from benchmarks.flows import flows_near
from benchmarks.policies import Case, adversarial, realistic
from flowspec.decide.exact import Compiled, Part, decide
from flowspec.decide.vectors import Vectors
from flowspec.errors import RequestError
from flowspec.ipflowverify.classify import Asked, Sieve, answer_of
from flowspec.model.documents.verify import FlowAnswer
from flowspec.model.inventory import Direction
from flowspec.policy.layers import Policy
from flowspec.sets.flows import Box, Flow, FlowSet, single
from flowspec.sets.intervals import NUMBERED_PORTS, PORTED, AddressSet, PortSet, ProtocolSet
from tests.engine.generated import Twins
from tests.naive.networks import draw

CASES = [realistic(1, 60), realistic(2, 250, tag=False), adversarial(3, 60)]


def shown(part: Part) -> tuple[object, ...]:
    return part.access, part.decider, part.others, part.reason, part.settle


def agree(policy: Policy, flows: list[Flow]) -> None:
    compiled = Compiled(policy)
    vectors, sieve = Vectors(compiled), Sieve(policy)
    for flow in flows:
        (expected,) = decide(compiled, single(flow)).parts
        found = vectors.part(flow.protocol, flow.source, flow.source_port, flow.destination, flow.destination_port)
        assert shown(found) == shown(expected), flow
        if flow.protocol in PORTED:
            from_any_port(sieve, compiled, flow)


def from_any_port(sieve: Sieve, compiled: Compiled, flow: Flow) -> None:
    box = Box(
        protocols=ProtocolSet.one(flow.protocol),
        sources=AddressSet.one(flow.source),
        source_ports=NUMBERED_PORTS,
        destinations=AddressSet.one(flow.destination),
        destination_ports=PortSet.one(flow.destination_port),
    )
    parts = decide(compiled, FlowSet((box,))).parts
    answers = {words(part) for part in parts}
    asked = Asked(
        protocol=flow.protocol,
        source=flow.source,
        source_port=None,
        destination=flow.destination,
        destination_port=flow.destination_port,
    )
    if len(answers) == 1:
        assert sieve.answer(asked) == answer_of(parts[0])
    else:
        with pytest.raises(RequestError, match="not the same for every source port"):
            sieve.answer(asked)


def words(part: Part) -> FlowAnswer:
    return msgspec.structs.replace(answer_of(part), reason="")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_large_policies(case: Case) -> None:
    agree(case.policy, flows_near(case.policy, random.Random(case.name), 250))


@pytest.mark.parametrize("seeds", [range(n, n + 15) for n in range(0, 60, 15)], ids=str)
def test_drawn_networks(seeds: range) -> None:
    """Tags without data, NICs of unknown address, missing NSGs, admin rules."""
    doubtful = 0
    for seed in seeds:
        twins = Twins(draw(seed))
        for endpoint in twins.network.endpoints:
            for direction in Direction:
                policy = twins.policies.of_endpoint(endpoint, direction)
                doubtful += any(variant.doubts for layer in policy.layers for variant in layer.variants)
                agree(policy, flows_near(policy, random.Random(seed), 12))
    assert doubtful
