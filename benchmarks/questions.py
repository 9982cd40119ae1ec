"""A policy -> questions to put to it: near its rules, as people ask, a whole tag at once; and adversarial ones."""

from __future__ import annotations

import random

from benchmarks.policies import TAG
from flowspec.policy.layers import Policy
from flowspec.sets.address import parse_prefix
from flowspec.sets.flows import Box
from flowspec.sets.intervals import ALL_PORTS, NUMBERED_PORTS, V4, AddressSet, PortSet, Protocol, ProtocolSet

_PORTS = ("22", "80", "443", "3389", "1433", "8080", "0-65535")


def questions(policy: Policy, dice: random.Random, count: int) -> list[Box]:
    """45 % near a rule, 45 % as people ask, 10 % a whole tag to a prefix."""
    boxes = [box for box in (_v4(v.box) for layer in policy.layers for v in layer.variants) if not box.is_empty()]
    tags = [v.box.sources for layer in policy.layers for v in layer.variants if _names_tag(v.decider.rule)]
    kinds = dice.choices(("near", "human", "tag"), (45, 45, 10), k=count)
    return [_question(kind, dice, boxes, tags) for kind in kinds]


def adversarial_questions(dice: random.Random, count: int) -> list[Box]:
    """Half the internet and more to half the network and more, on thousands of ports."""
    found = []
    for _ in range(count):
        sources = AddressSet.of((low << 28, (low + dice.randint(2, 8) << 28) - 1) for low in [dice.randint(0, 8)])
        destinations = _prefix(dice.choice(("10.20.0.0/16", "10.20.0.0/17", "10.0.0.0/8", "0.0.0.0/0", "10.20.4.0/24")))
        low = dice.randint(0, 30000)
        ports = PortSet(((low, low + dice.randint(5000, 35000)),))
        protocols = ProtocolSet(((0, dice.randint(0, 1)),))
        found.append(
            Box(
                protocols=protocols,
                sources=sources,
                source_ports=NUMBERED_PORTS,
                destinations=destinations,
                destination_ports=ports,
            )
        )
    return found


def _question(kind: str, dice: random.Random, boxes: list[Box], tags: list[AddressSet]) -> Box:
    near = dice.choice(boxes)
    if kind == "near":
        sources, destinations = _some(dice, near.sources), _some(dice, near.destinations)
        return Box(
            protocols=_one(near.protocols),
            sources=sources,
            source_ports=NUMBERED_PORTS,
            destinations=destinations,
            destination_ports=near.destination_ports,
        )
    sources = dice.choice((V4, _prefix("10.0.0.0/8"), _some(dice, near.sources)))
    if kind == "tag" and tags:
        sources = dice.choice(tags).intersect(V4)
    ports = PortSet.of([_span(dice.choice(_PORTS))])
    destinations = dice.choice((_prefix("10.20.4.0/24"), _prefix("10.20.4.4"), _some(dice, near.destinations)))
    return Box(
        protocols=ProtocolSet.one(dice.choice((0, 0, 1))),
        sources=sources,
        source_ports=NUMBERED_PORTS,
        destinations=destinations,
        destination_ports=ports,
    )


def _v4(box: Box) -> Box:
    """Tcp and Udp between IPv4 addresses."""
    ported = ProtocolSet(((Protocol.TCP, Protocol.UDP),))
    return box.intersect(
        Box(
            protocols=ported,
            sources=V4,
            source_ports=ALL_PORTS.intersect(NUMBERED_PORTS),
            destinations=V4,
            destination_ports=NUMBERED_PORTS,
        )
    )


def _names_tag(rule: object) -> bool:
    return TAG in getattr(rule, "sources", ())


def _one(protocols: ProtocolSet) -> ProtocolSet:
    return ProtocolSet.one(protocols.spans[0][0])


def _some(dice: random.Random, members: AddressSet) -> AddressSet:
    """One span of a set, whole, cut or stretched at its end."""
    low, high = dice.choice(members.spans)
    change = dice.choice(("whole", "cut", "more"))
    high = low + (high - low) // 2 if change == "cut" else min(high + 4, (1 << 32) - 1) if change == "more" else high
    return AddressSet(((low, high),))


def _prefix(text: str) -> AddressSet:
    span = parse_prefix(text)
    assert span is not None
    return AddressSet((span,))


def _span(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)
