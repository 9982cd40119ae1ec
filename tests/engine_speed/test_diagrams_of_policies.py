"""What diagrams say of a question is what the exact walk says of it: certain, in doubt, with and without ports."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from flowspec.decide.by_diagram import Diagrams
from flowspec.decide.exact import Compiled, decide
from flowspec.model.inventory import Access, Direction
from flowspec.network.index import Network
from flowspec.policy.policies import Policies
from flowspec.sets.bdd import DiagramSet, Space
from flowspec.sets.flows import FlowSet, between
from flowspec.sets.intervals import ALL_ADDRESSES, AddressSet
from tests.engine.generated import Twins
from tests.engine.loading import load_documents
from tests.naive.networks import draw
from tests.plan.lab import VNET, Json, nic, nsg, vnet, within

SPACE = Space()
EVERYTHING = FlowSet((between(ALL_ADDRESSES),))


def by_boxes(compiled: Compiled, asked: FlowSet = EVERYTHING) -> Mapping[Access | None, FlowSet]:
    found: dict[Access | None, FlowSet] = {}
    for part in decide(compiled, asked).parts:
        found[part.access] = found.get(part.access, FlowSet()).union(part.flows)
    return found


def same(found: Mapping[Access | None, DiagramSet], expected: Mapping[Access | None, FlowSet]) -> bool:
    return {access: flows.count() for access, flows in found.items()} == {
        access: flows.count() for access, flows in expected.items()
    } and all(flows == SPACE.flows(expected[access].boxes) for access, flows in found.items())


@pytest.mark.parametrize("first", range(0, 30, 10))
def test_as_the_exact_walk(first: int) -> None:
    """All flows that there are; tags without data, NICs of unknown address, missing NSGs, admin rules."""
    seen: set[Access | None] = set()
    admin = doubtful = 0
    for seed in range(first, first + 10):
        twins = Twins(draw(seed))
        policies = dict.fromkeys(
            twins.policies.of_endpoint(endpoint, direction)
            for endpoint in twins.network.endpoints
            for direction in Direction
        )
        for policy in policies:
            expected = by_boxes(Compiled(policy))
            assert same(Diagrams(policy, SPACE).shares(EVERYTHING), expected), seed
            seen |= set(expected)
            admin += any(layer.admin for layer in policy.layers)
            doubtful += any(variant.doubts for layer in policy.layers for variant in layer.variants)
    assert seen >= {Access.ALLOW, Access.DENY, None}
    assert admin and doubtful


RULES = (
    "a 100 In Deny Tcp 10.0.0.0/9 -> *|22", "b 110 In Allow Tcp 10.0.0.0/8 -> *|22-23",
    "c 120 In Deny * 10.64.0.0/10 -> *", "d 130 In Allow Udp 10.0.0.0/8 -> *|53",
    "e 140 In Deny Udp 10.1.0.0/16 -> *", "f 150 In Allow * 11.0.0.0/8 -> *",
)  # fmt: skip


@pytest.mark.parametrize("access", [None, "AlwaysAllow", "Allow", "Deny"])
def test_rules_without_a_doubt(access: str | None) -> None:
    """Each rule takes from those behind it; a security admin rule ends the walk, or hands on, before them."""
    found: Json = {"network.json": [vnet(snet=within("nsg")), nsg("nsg", *RULES), nic("b", "10.200.0.5")]}
    if access:
        properties = {
            "access": access, "priority": 10, "protocol": "Tcp", "direction": "Inbound",
            "sourcePortRanges": ["0-65535"], "destinationPortRanges": ["20-30"],
            "sources": [{"addressPrefix": "10.32.0.0/11", "addressPrefixType": "IPPrefix"}],
            "destinations": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}],
        }  # fmt: skip
        call = f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules"
        rules = [{"id": "/m/rules/r", "kind": "Custom", "properties": properties}]
        found["admin.json"] = {"id": call, "value": rules}
    network = Network(load_documents(found))
    policy = Policies(network).of_endpoint(network.endpoints[0], Direction.INBOUND)
    assert [layer.admin for layer in policy.layers] == ([True, False] if access else [False])
    asked = FlowSet((between(AddressSet(((10 << 24, (12 << 24) - 1),))),))
    assert not any(v.doubts and v.box.meets(asked.boxes[0]) for layer in policy.layers for v in layer.variants)
    expected = by_boxes(Compiled(policy), asked)
    assert set(expected) == {Access.ALLOW, Access.DENY}
    assert same(Diagrams(policy, SPACE).shares(asked), expected)
