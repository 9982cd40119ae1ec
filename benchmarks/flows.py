"""Concrete flows to ask a policy about: inside and at the edges of what its rules name."""

from __future__ import annotations

import random

from flowspec.policy.layers import Policy
from flowspec.sets.flows import Box, Flow
from flowspec.sets.intervals import NO_PORT, PORTED, V4, V6, IntervalSet, Protocol


def flows_near(policy: Policy, dice: random.Random, count: int, *, v4: bool = False) -> list[Flow]:
    """Flows that exist (numbered addresses of one family, ports where the protocol has them)."""
    boxes = [variant.box for layer in policy.layers for variant in layer.variants]
    found: list[Flow] = []
    while len(found) < count:
        sides = [dice.choice(boxes) if dice.random() < 0.4 else None for _ in range(4)]
        found.extend(_flow(dice, dice.choice(boxes), sides, v4=v4))
    return found


def _flow(dice: random.Random, box: Box, others: list[Box | None], *, v4: bool) -> list[Flow]:
    family = V4 if v4 or dice.random() < 0.8 else V6
    sources, destinations = ((other or box) for other in others[:2])
    here, there = sources.sources.intersect(family), destinations.destinations.intersect(family)
    protocols = (box.protocols.intersect(PORTED) or PORTED) if v4 else box.protocols
    if not (here and there):
        return []
    protocol = Protocol(dice.choice(list(protocols)))
    if protocol not in PORTED:
        return [
            Flow(
                protocol=protocol,
                source=near(dice, here),
                source_port=NO_PORT,
                destination=near(dice, there),
                destination_port=NO_PORT,
            )
        ]
    ports = [min(65535, near(dice, (other or box).destination_ports)) for other in others[2:]]
    source_port = min(65535, near(dice, box.source_ports)) if dice.random() < 0.5 else ports[0]
    return [
        Flow(
            protocol=protocol,
            source=near(dice, here),
            source_port=source_port,
            destination=near(dice, there),
            destination_port=ports[1],
        )
    ]


def near(dice: random.Random, members: IntervalSet) -> int:
    """A member: an end of one of its spans, or one in between."""
    low, high = dice.choice(members.spans)
    return dice.choice((low, high, dice.randint(low, high)))
