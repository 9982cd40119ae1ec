"""Intents and boundaries drawn at random: the engine's judgement against brute force, flow by flow."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from itertools import count, islice, product

import pytest

from flowspec.intents.case import assumed_paths
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.questions import Planner
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access
from flowspec.sets.flows import Flow, FlowSet
from flowspec.sets.intervals import Protocol
from tests.engine.generated import Twins
from tests.engine.judged import Found, Line, Reference
from tests.engine.seeds import blocks, named
from tests.engine.specs import TODAY, DrawnSpec, Fence, Wish, draw_spec
from tests.naive.features import spaces
from tests.naive.matching import Packet, Point
from tests.naive.members import End, Universe, lines_of
from tests.naive.networks import Drawn, draw
from tests.naive.questions import address_borders, borders, port_borders
from tests.naive.resources import Json, lower_id, overlaps, prefixes

Tuple = tuple[Line, Point, Point]
"""A flow as the engine sees it: by address, whoever holds it."""


class Case:
    """A drawn network and spec, both sides ready to judge."""

    def __init__(self, seed: int, is_small: bool) -> None:
        drawn = draw(seed)
        self.spec = draw_spec(drawn, is_small)
        self.twins = Twins(with_machines(drawn, self.spec))
        self.is_overlapping = has_overlap(self.twins)
        self.dice = random.Random(seed)
        self.is_small = is_small
        spec = self.spec.spec()
        self.planner = Planner(spec=spec, network=self.twins.network, policies=self.twins.policies, today=TODAY)
        self.judge = Judge(network=self.twins.network, paths_assumed=assumed_paths(self.planner))
        self.reference = Reference(self.twins.naive, self.spec, self.addresses())

    def addresses(self) -> list[str]:
        """Every address of small groups; the borders and some others of large ones."""
        own = [str(c.address) for c in self.twins.naive.ip_configurations if c.address]
        named_prefixes = prefixes([p for m in self.spec.groups.values() for p in m.prefixes])
        named_prefixes += [
            p for m in self.spec.groups.values() for s in m.subnets for p in self.twins.naive.subnet_prefixes(s)
        ]
        if self.is_small:
            return own + [str(address) for prefix in named_prefixes for address in prefix] + PLATFORM
        found = [address for prefix in named_prefixes for address in borders(prefix)] + PLATFORM
        extra = [*address_borders(self.twins.naive), "8.8.8.8", "20.60.0.9"]
        return own + self.dice.sample(found, min(len(found), 8)) + self.dice.sample(extra, 5)

    def lines(self, services: Iterable[Json]) -> list[Line]:
        universe = None
        if not self.is_small:
            picked = self.dice.sample(port_borders(self.twins.drawn), 2)
            universe = Universe((), (0, 40000, *picked[:1]), (22, 85, 2000, *picked))
        found = dict.fromkeys(line for service in services for line in lines_of(service, universe))
        return list(found) if self.is_small else self.dice.sample(list(found), min(len(found), 4))

    def judged(self, wish: Wish) -> Judgement:
        return self.judge.judge(self.planner.question(wish.intent()))

    def flow(self, asked: Tuple) -> Flow:
        (protocol, source_port, destination_port), source, destination = asked
        return self.twins.flow(Packet(protocol, source, source_port, destination, destination_port))


PLATFORM = ["168.63.129.16", "169.254.169.254", "fe80::1234:5678:9abc"]


def with_machines(drawn: Drawn, spec: DrawnSpec) -> Drawn:
    """A NIC that may be a member has a VM that the inventory lacks, so that its tags are not known."""
    doubted = {lower_id(nic) for members in spec.groups.values() for nic in members.doubted}
    resources = deepcopy(drawn.resources) if doubted else drawn.resources
    for found in resources:
        if doubted and lower_id(found) in doubted:
            found["properties"]["virtualMachine"] = {"id": f"{found['id']}-vm".replace("networkInterfaces", "vms")}
    return replace(drawn, resources=resources)


def has_overlap(twins: Twins) -> bool:
    """Subnets of two VNets share addresses."""
    found = [p for subnet in twins.naive.subnets for p in twins.naive.subnet_prefixes(subnet)]
    return any(overlaps(one, found[:n]) for n, one in enumerate(found))


WEAKER = {
    "drift": {"drift", "unknown"},
    "unknown": {"unknown", "drift"},
    "ok": {"ok", "unknown"},
    "excused": {"excused", "ok", "unknown"},
    "": {"", "unknown", "ok", "excused"},
}
"""What the engine may say where two VNets share addresses: of a flow it only knows the address, and who is judged."""


def allowed(case: Case, worst: str) -> set[str]:
    return WEAKER[worst] if case.is_overlapping else {worst}


STATUSES = {
    Status.DRIFTED: {Status.DRIFTED, Status.UNKNOWN},
    Status.UNKNOWN: {Status.UNKNOWN, Status.DRIFTED},
    Status.SATISFIED: {Status.SATISFIED, Status.UNKNOWN},
    Status.ERRORED: set(Status) - {Status.DRIFTED},
}


# Intents


@pytest.mark.parametrize("block", blocks(100, 4_000, 10), ids=named)
def test_small_intents(block: range) -> None:
    """Of so few flows that all of them are tested: the status is compared too."""
    for seed in block:
        case = Case(seed, is_small=True)
        for wish in case.spec.wishes.values():
            compare(case, wish)


@pytest.mark.parametrize("block", blocks(120, 4_000, 10), ids=named)
def test_intents(block: range) -> None:
    for seed in block:
        case = Case(seed, is_small=False)
        for wish in case.spec.wishes.values():
            compare(case, wish)


def compare(case: Case, wish: Wish) -> None:
    judgement = case.judged(wish)
    lines = case.lines(wish.services)
    pairs = case.reference.pairs(wish.sources, wish.destinations)
    found: dict[Tuple, list[Found | None]] = defaultdict(list)
    for asked, pair, sure in sampled(case, pairs, lines):
        found[asked].append(case.reference.judge(wish, pair, asked[0], sure))
    told = f"seed {case.twins.drawn.seed}, small {case.is_small}: {wish}"
    doubts = case.reference.doubts(wish.sources) + case.reference.doubts(wish.destinations)
    results = {expected(of_flow) for of_flow in found.values()}
    compare_flows(case, judgement, found, told)
    compare_answers(case, wish, judgement, told)
    if case.is_small:
        wanted = status(results, bool(doubts))
        allowed_ones = STATUSES[wanted] if case.is_overlapping else {wanted}
        assert judgement.status in allowed_ones, (told, doubts, judgement.unsure)
    elif judgement.status is Status.SATISFIED:
        assert not doubts and not results & {"drift", "unknown"}, (told, doubts)
    assert (judgement.status is Status.DRIFTED) == bool(judgement.drift), told


def sampled(
    case: Case, pairs: dict[tuple[End, End], bool | None], lines: list[Line]
) -> Iterator[tuple[Tuple, tuple[End, End], bool | None]]:
    """Every flow, or some; of a flow that is tested all pairs of holders."""
    by_points: dict[tuple[Point, Point], list[tuple[End, End]]] = defaultdict(list)
    for source, destination in pairs:
        by_points[source.point, destination.point].append((source, destination))
    chosen = list(product(by_points, lines))
    most = 4000 if case.is_small else 40
    for points, line in case.dice.sample(chosen, most) if len(chosen) > most else chosen:
        for pair in by_points[points]:
            yield (line, *points), pair, pairs[pair]


def expected(found: Iterable[Found | None]) -> str:
    """What is known of a flow by address: the worst of its holders'. "" when nobody judges it."""
    results = {f.result if f.asked or f.result == "ok" else "unknown" for f in found if f is not None}
    return next((result for result in ("drift", "unknown", "ok", "excused") if result in results), "")


def status(results: set[str], is_doubted: bool) -> Status:
    if "drift" in results:
        return Status.DRIFTED
    if "unknown" in results or is_doubted:
        return Status.UNKNOWN
    return Status.SATISFIED if results & {"ok", "excused"} else Status.ERRORED


def compare_flows(case: Case, judgement: Judgement, found: dict[Tuple, list[Found | None]], told: str) -> None:
    for asked, of_flow in found.items():
        flow = case.flow(asked)
        if flow.source == flow.destination and expected(of_flow) not in ("drift", "unknown"):
            continue  # an address to itself: many are only left out of the count
        assert kind_of(judgement, flow) in allowed(case, expected(of_flow)), (told, asked, of_flow)


def kind_of(judgement: Judgement, flow: Flow) -> str:
    """Where the engine puts a flow."""
    question = judgement.question
    as_wished = judgement.passing if question.expect is Access.ALLOW else judgement.stopped
    if flow in judgement.drift:
        return "drift"
    if any(flow in u.flows for u in judgement.unsure):
        return "unknown"
    return "ok" if flow in as_wished else "excused" if flow in question.excepted else ""


def compare_answers(case: Case, wish: Wish, judgement: Judgement, told: str) -> None:
    """Flows out of the engine's own answer: an address that the other tests never thought of is among them."""
    answers = [judgement.drift, judgement.passing, judgement.stopped, *(u.flows for u in judgement.unsure)]
    for flows in answers:
        for flow in itertools.islice(drawn_flows(flows, case.dice), 3):
            packet = case.twins.packet(flow)
            if packet is None or flow.source == flow.destination:
                continue
            line = (packet.protocol, packet.source_port, packet.destination_port)
            addresses = [point for point in (packet.source, packet.destination) if isinstance(point, str)]
            near = Reference(case.twins.naive, case.spec, addresses)
            pairs = near.pairs(wish.sources, wish.destinations)
            points = [low(packet.source), low(packet.destination)]
            found = [
                near.judge(wish, pair, line, sure)
                for pair, sure in pairs.items()
                if [low(end.point) for end in pair] == points
            ]
            assert kind_of(judgement, flow) in allowed(case, expected(found)), (told, packet, found)


def low(point: Point) -> Point:
    return point if isinstance(point, str) else (point[0], point[1].lower())


# Boundaries


@pytest.mark.parametrize("block", blocks(30, 600, 10), ids=named)
def test_overlapping_vnets(block: range) -> None:
    """NICs and subnets of VNets with one address space in every list: identity counts, not the address."""
    for seed in islice(overlapping(), block.start, block.stop):
        for is_small in (True, False):
            case = Case(seed, is_small)
            for wish in case.spec.wishes.values():
                compare(case, wish)
            for fence in case.spec.fences.values():
                compare_boundary(case, fence)


def overlapping() -> Iterator[int]:
    """The seeds of networks in which two VNets have the same prefixes."""
    for seed in count():
        found = spaces(draw(seed).network([]))
        if len(found) > len(set(found)):
            yield seed


@pytest.mark.parametrize("block", blocks(120, 4_000, 10), ids=named)
def test_boundaries(block: range) -> None:
    for seed in block:
        case = Case(seed, is_small=False)
        for fence in case.spec.fences.values():
            compare_boundary(case, fence)


def compare_boundary(case: Case, fence: Fence) -> None:
    judgement = case.judge.judge(case.planner.question(fence.boundary()))
    told = f"seed {case.twins.drawn.seed}: {fence}"
    lines = case.lines([{"protocol": "*"}])
    found: dict[Tuple, list[Found | None]] = defaultdict(list)
    for direction in fence.directions:
        for member in case.reference.inside(fence):
            remotes = case.reference.crossing(fence, member)
            for end in case.dice.sample(remotes, min(len(remotes), 6)):
                for line in case.dice.sample(lines, min(len(lines), 2)):
                    pair = (end, member) if direction == "Inbound" else (member, end)
                    asked = (line, pair[0].point, pair[1].point)
                    found[asked].append(case.reference.judge_crossing(fence, pair, direction, line))
    for asked, of_flow in found.items():
        worst, flow = expected(of_flow), case.flow(asked)
        if worst == "drift" and not case.is_overlapping:
            assert flow in judgement.drift, (told, asked, of_flow)
        if worst in ("drift", "unknown"):
            assert flow in judgement.drift or any(flow in u.flows for u in judgement.unsure), (told, asked, of_flow)
    if judgement.status is Status.SATISFIED:
        assert not {expected(of_flow) for of_flow in found.values()} & {"drift", "unknown"}, told
        assert not case.reference.doubts(fence.around) + case.reference.doubts(fence.remote or ()), told

    compare_crossings(case, fence, judgement, told)


def compare_crossings(case: Case, fence: Fence, judgement: Judgement, told: str) -> None:
    """Flows out of the engine's own answer do cross, at a member that permits them."""
    for flow in itertools.islice(drawn_flows(judgement.drift, case.dice), 6):
        packet = case.twins.packet(flow)
        if packet is None:
            continue
        line = (packet.protocol, packet.source_port, packet.destination_port)
        addresses = [point for point in (packet.source, packet.destination) if isinstance(point, str)]
        near = Reference(case.twins.naive, case.spec, addresses)
        found = []
        for direction in fence.directions:
            local, remote = (packet.destination, packet.source)[:: 1 if direction == "Inbound" else -1]
            for member in [end for end in near.inside(fence) if low(end.point) == low(local)]:
                for end in [end for end in near.crossing(fence, member) if low(end.point) == low(remote)]:
                    pair = (end, member) if direction == "Inbound" else (member, end)
                    found.append(near.judge_crossing(fence, pair, direction, line))
        assert expected(found) == "drift", (told, packet, found)


def drawn_flows(flows: FlowSet, dice: random.Random) -> Iterator[Flow]:
    for box in dice.sample(flows.boxes, len(flows.boxes)):
        picks = [dice.randint(*dice.choice(side.spans)) for side in box.sides()]
        yield Flow(
            protocol=Protocol(picks[0]),
            source=picks[1],
            source_port=picks[2],
            destination=picks[3],
            destination_port=picks[4],
        )
