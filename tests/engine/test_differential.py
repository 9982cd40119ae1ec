"""The engine against the naive evaluator, over networks drawn at random: single packets, sets of flows, paths."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple
from itertools import combinations

import pytest

from flowspec.decide.exact import Part, decide
from flowspec.model.inventory import key
from flowspec.sets.flows import Box, Flow, FlowSet, single
from flowspec.sets.intervals import (
    NO_PORTS,
    NUMBERED_PORTS,
    PORTLESS,
    AddressSet,
    PortSet,
    Protocol,
    ProtocolSet,
    Span,
    family_of,
)
from tests.engine.generated import Twins
from tests.engine.seeds import blocks, named
from tests.engine.ways import detours
from tests.naive.evaluate import Verdict, side
from tests.naive.features import CHECKS, features
from tests.naive.matching import Point, point_version
from tests.naive.networks import Drawn, draw
from tests.naive.paths import path
from tests.naive.questions import Question, address_borders, own_point, packets, port_borders
from tests.naive.shrink import hold

NETWORKS = blocks(300, 20_000)


def access(part: Part) -> str:
    return "Unknown" if part.access is None else str(part.access)


def answer(twins: Twins, where: str, direction: str, flow: Flow) -> Part:
    parts = decide(twins.compiled(twins.policy(where, direction)), single(flow)).parts
    assert len(parts) == 1
    return parts[0]


# Packets


@pytest.mark.parametrize("block", NETWORKS, ids=named)
def test_packets(block: range) -> None:
    for seed in block:
        hold(draw(seed), packets_agree)


def packets_agree(drawn: Drawn) -> None:
    twins = Twins(drawn)
    for question in packets(drawn):
        compare(twins, question)


def compare(twins: Twins, question: Question) -> None:
    expected = side(twins.naive, question.where, question.direction, question.packet)
    part = answer(twins, question.where, question.direction, twins.flow(question.packet))
    told = f"seed {twins.drawn.seed}: {question}: {expected}"
    assert access(part) == expected.access, told
    flow = twins.flow(question.packet)
    fast = twins.vectors(twins.policy(question.where, question.direction)).part(*astuple(flow))
    assert (fast.access, fast.decider, fast.others) == (part.access, part.decider, part.others), told
    if expected.access != "Unknown":
        assert decider(part) in expected_deciders(expected), told
        assert part.others or len(expected.deciders) == 1, told


def decider(part: Part) -> tuple[str, str | None]:
    """The NSG and its rule, if one matched; nothing where no NSG decided (there is none, or an admin rule did)."""
    rule, nsg = part.decider.rule, part.decider.nsg
    return (key(nsg), rule.display if rule is not None else None) if nsg else ("", None)


def expected_deciders(verdict: Verdict) -> set[tuple[str, str | None]]:
    return {(key(nsg), rule) if nsg else ("", None) for nsg, rule in verdict.deciders}


# Sets of flows


@pytest.mark.parametrize("block", blocks(160, 8_000), ids=named)
def test_sets(block: range) -> None:
    """A verdict parts what was asked exactly, and says of every flow what it says of it alone."""
    for seed in block:
        hold(draw(seed), sets_agree)


def sets_agree(drawn: Drawn) -> None:
    twins, dice = Twins(drawn), random.Random(drawn.seed)
    for _ in range(3):
        where, direction = dice.choice(drawn.places), dice.choice(["Inbound", "Outbound"])
        asked = FlowSet.of([draw_box(twins, dice) for _ in range(dice.choice([1, 1, 2]))])
        parts = decide(twins.compiled(twins.policy(where, direction)), asked).parts
        assert_partition(asked, [part.flows for part in parts])
        for part in parts:
            compare_sampled(twins, dice, (where, direction), part)


def assert_partition(asked: FlowSet, parts: list[FlowSet]) -> None:
    boxes = [box for part in parts for box in part.boxes]
    assert not any(box.is_empty() for box in boxes)
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    assert all(part.is_subset(asked) for part in parts)
    assert sum(part.count() for part in parts) == asked.count()


def compare_sampled(twins: Twins, dice: random.Random, side_asked: tuple[str, str], part: Part) -> None:
    for box in part.flows.boxes[:4]:
        for flow in (box.witness(), last(box), picked(dice, box)):
            alone = answer(twins, *side_asked, flow)
            assert (alone.access, alone.decider.rule, alone.decider.nsg) == (
                part.access,
                part.decider.rule,
                part.decider.nsg,
            )
        packet = twins.packet(flow)
        if packet is not None:
            assert side(twins.naive, *side_asked, packet).access == access(part), (twins.drawn.seed, side_asked, packet)


def last(box: Box) -> Flow:
    protocol, source, source_port, destination, destination_port = (s.spans[-1][1] for s in box.sides())
    return Flow(
        protocol=Protocol(protocol),
        source=source,
        source_port=source_port,
        destination=destination,
        destination_port=destination_port,
    )


def picked(dice: random.Random, box: Box) -> Flow:
    protocol, source, source_port, destination, destination_port = (
        dice.randint(*dice.choice(s.spans)) for s in box.sides()
    )
    return Flow(
        protocol=Protocol(protocol),
        source=source,
        source_port=source_port,
        destination=destination,
        destination_port=destination_port,
    )


def draw_box(twins: Twins, dice: random.Random) -> Box:
    """Addresses of one family between borders, points now and then; ports or none."""
    version = dice.choice([4, 4, 4, 6])
    source, destination = draw_addresses(twins, dice, version), draw_addresses(twins, dice, version)
    if dice.random() < 0.25:
        return Box(
            protocols=PORTLESS,
            sources=source,
            source_ports=NO_PORTS,
            destinations=destination,
            destination_ports=NO_PORTS,
        )
    protocols = ProtocolSet.of((p, p) for p in dice.sample([Protocol.TCP, Protocol.UDP], dice.choice([1, 2])))
    return Box(
        protocols=protocols,
        sources=source,
        source_ports=draw_ports(twins, dice),
        destinations=destination,
        destination_ports=draw_ports(twins, dice),
    )


def draw_addresses(twins: Twins, dice: random.Random, version: int) -> AddressSet:
    numbers = sorted(
        twins.place(text, version) for text in address_borders(twins.naive) if (":" in text) == (version == 6)
    )
    spans = [spanned(dice, numbers) for _ in range(dice.choice([1, 2, 3]))]
    if dice.random() < 0.3:
        spans += [(place, place) for place in twins.network.points if family_of(place) == version]
    return AddressSet.of(spans)


def draw_ports(twins: Twins, dice: random.Random) -> PortSet:
    if dice.random() < 0.3:
        return NUMBERED_PORTS
    return PortSet.of(spanned(dice, list(port_borders(twins.drawn))) for _ in range(2))


def spanned(dice: random.Random, borders: list[int]) -> Span:
    low, high = sorted(dice.choices(borders, k=2))
    return (low, high) if dice.random() < 0.5 else (low, low)


# Paths


def places_of(twins: Twins) -> Iterator[tuple[str, str, Point]]:
    """(ip-configuration or subnet, its subnet's key, a point of it)."""
    for own in twins.naive.ip_configurations:
        yield own.id, key(own.subnet_id or ""), own_point(own)
    for subnet in twins.naive.subnets:
        for prefix in twins.naive.subnet_prefixes(subnet):
            yield subnet, key(subnet), str(prefix[9])


@pytest.mark.parametrize("block", NETWORKS, ids=named)
def test_paths(block: range) -> None:
    for seed in block:
        hold(draw(seed), paths_agree)


def paths_agree(drawn: Drawn) -> None:
    twins, dice = Twins(drawn), random.Random(drawn.seed)
    places = list(places_of(twins))
    for _ in range(12):
        (here, source, from_), (there, destination, to) = dice.choice(places), dice.choice(places)
        version = point_version(twins.naive, from_) or 4
        if version != point_version(twins.naive, to):
            continue
        addresses = [point if isinstance(point, str) else None for point in (from_, to)]
        expected = path(twins.naive, here, there, *addresses)
        ends = twins.place(from_, version), twins.place(to, version)
        found = [
            detour.reason
            for detour in detours(twins.network, source, destination)
            if ends[0] in detour.sources and ends[1] in detour.destinations
        ]
        assert (expected == "direct") == (not found), (here, there, addresses, expected, found)


# What was drawn


def test_every_feature_is_drawn_often() -> None:
    seeds = [seed for block in NETWORKS for seed in block][:600]
    seen = Counter(name for seed in seeds for name in features(draw(seed)))
    rare = {name: seen[name] / len(seeds) for name in CHECKS if seen[name] < 0.05 * len(seeds)}
    assert not rare
