"""A policy narrowed to a question against the whole policy cut into classes: the same verdict, part for part."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from flowspec.decide.exact import Part, Verdict, decide
from flowspec.decide.narrow import Narrow, _Table
from flowspec.model.inventory import Access, Direction, Nsg, Rule, key
from flowspec.policy.layers import Layer, Variant
from flowspec.sets.flows import FlowSet
from tests.engine.generated import Twins
from tests.engine.test_differential import draw_box
from tests.naive.networks import draw


def told(part: Part) -> tuple[object, ...]:
    return part.access, part.decider, part.others, part.reason, part.settle


def alike(mine: Verdict, theirs: Verdict) -> bool:
    found = {told(part): part.flows for part in theirs.parts}
    return {told(part) for part in mine.parts} == set(found) and all(
        part.flows.count() == found[told(part)].count() and part.flows.is_subset(found[told(part)])
        for part in mine.parts
    )


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_nothing_that_matters_is_left_out(first: int) -> None:
    narrow = Narrow()
    for seed in range(first, first + 20):
        twins, dice = Twins(draw(seed)), random.Random(seed)
        for _ in range(12):
            where, direction = dice.choice(twins.drawn.places), dice.choice(["Inbound", "Outbound"])
            asked = FlowSet.of([draw_box(twins, dice) for _ in range(dice.choice([1, 1, 2]))])
            policy = twins.policy(where, direction)
            whole = decide(twins.compiled(policy), asked)
            assert alike(narrow.decide(policy, asked), whole), (seed, where, direction)
            narrowed = [(narrow.narrowed(policy, box), box) for box in asked.boxes]
            assert all(
                alike(Narrow().decide(p, FlowSet((box,))), decide(twins.compiled(policy), FlowSet((box,))))
                for p, box in narrowed
            )


@pytest.mark.parametrize("seed", range(12))
def test_a_layer_whose_rules_are_changed(seed: int) -> None:
    """What is put in and taken out is looked at beside its base; the whole layer has a table that says the same."""
    twins, dice, narrow = Twins(draw(seed)), random.Random(seed), Narrow()
    policies = [twins.policy(where, way) for where in twins.drawn.places[:4] for way in ("Inbound", "Outbound")]
    for nsg in twins.inventory.nsgs.values():
        kept = [rule for rule in nsg.rules if dice.random() < dice.choice([0.5, 1])]
        changed = replace(nsg, rules=(*kept, *(added(dice, nsg, n) for n in range(dice.choice([0, 1, 3, 9])))))
        again = twins.policies.with_nsgs({key(nsg.id): changed})
        for layer in (layer for policy in policies for layer in again.renewed(policy).layers):
            check(narrow, layer, twins, dice)


def added(dice: random.Random, nsg: Nsg, number: int) -> Rule:
    low = dice.choice([0, 22, 443, 65535])
    taken = {rule.priority for rule in nsg.rules}
    return Rule(
        name=f"put-in-{number}",
        id=f"{nsg.id}/securityRules/put-in-{number}",
        priority=dice.choice([p for p in range(100, 4097) if p not in taken]),
        direction=dice.choice(list(Direction)),
        access=dice.choice([Access.ALLOW, Access.DENY]),
        protocol=dice.choice(["Tcp", "Udp", "*", "Icmp"]),
        sources=("*",),
        source_ports=("*",),
        destinations=("10.0.0.0/24",),
        destination_ports=(f"{low}-{dice.randint(low, 65535)}",),
    )


def check(narrow: Narrow, layer: Layer, twins: Twins, dice: random.Random) -> None:
    for _ in range(6):
        box, places = draw_box(twins, dice), (1 << len(layer.variants)) - 1
        some, every = (found & places for found in narrow._matching(layer, box))
        assert (some, every) == tuple(found & places for found in _Table(layer).of(box))
        for place, variant in enumerate(layer.variants):
            assert (some >> place & 1 == 1) is matches(variant, box.intersect(variant.box))


def matches(variant: Variant, shared: object) -> bool:
    """By ports and protocols alone."""
    return bool(shared.protocols and shared.source_ports and shared.destination_ports)  # type: ignore[attr-defined]
