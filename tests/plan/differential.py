"""One drawn network and spec -> the plan, and each of its suggested batches put to the naive evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec

from flowspec.model.documents.plan import Change, IntentResult, Proof, Report, Status
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Assumption
from flowspec.pipeline import PlanOptions, run
from tests.document import fitting
from tests.engine.generated import INTERNET, documents
from tests.engine.loading import load_documents
from tests.naive import Network, Packet, Universe, side
from tests.naive.dice import Dice
from tests.naive.matching import Point
from tests.naive.networks import Drawn, draw
from tests.naive.questions import address_borders, local_end, port_borders, remote_end
from tests.plan.drawn_specs import TODAY, DrawnSpec, draw_spec
from tests.plan.patching import patched
from tests.plan.sampling import Names, around, corners, pair_of, places_of

OPTIONS = PlanOptions(today=TODAY)
RANK = {Status.SATISFIED: 0, Status.UNKNOWN: 1, Status.DRIFTED: 2, Status.ERRORED: 3}


@dataclass(frozen=True)
class State:
    """The network with some changes applied, planned again and ready for the naive evaluator."""

    naive: Network
    report: Report

    def intents(self) -> dict[str, IntentResult]:
        return {intent.address: intent for intent in self.report.intents}


class Case:
    """A drawn network with a drawn spec, none of whose intents is in error."""

    def __init__(self, seed: int) -> None:
        self.drawn: Drawn = draw(seed)
        self.dice = Dice(seed ^ 0xCA5E)
        assumed = (
            Assumption(name=f"a{n}", gateway=a["gateway"], learned_prefixes=tuple(a["learned_prefixes"]))
            for n, a in enumerate(self.drawn.assumptions)
        )
        drawn = draw_spec(self.drawn)
        self.spec = DrawnSpec(replace(drawn.spec, assumptions={a.name: a for a in assumed}), drawn.naive)
        self.before = self.state(())
        while errored := {i.address for i in self.before.report.intents if i.status is Status.ERRORED}:
            self.spec = self.spec.without(errored)
            if not self.spec.spec.intents and not self.spec.spec.boundaries:
                report = msgspec.structs.replace(self.before.report, intents=(), suggested_changes=())
                self.before = State(self.before.naive, report)
                break
            self.before = self.state(())

    def state(self, changes: Iterable[Change]) -> State:
        drawn = replace(self.drawn, resources=patched(self.drawn.resources, changes))
        return State(drawn.network(INTERNET), fitting(run(self.spec.spec, self.load(drawn), OPTIONS)))

    def load(self, drawn: Drawn) -> Inventory:
        return load_documents(documents(drawn))

    @cached_property
    def batches(self) -> list[list[Change]]:
        found: dict[int, list[Change]] = {}
        for change in self.before.report.suggested_changes:
            found.setdefault(change.batch, []).append(change)
        return list(found.values())

    def drifted(self) -> list[IntentResult]:
        return [i for i in self.before.report.intents if i.status is Status.DRIFTED]

    def mendable(self) -> list[IntentResult]:
        """Drifted by the rules of NSGs only."""
        return [i for i in self.drifted() if i.causes and all(c.deciders[0].nsg for c in i.causes)]

    # Packets

    def packets(self, batch: list[Change], proof: Proof, direction: str, count: int) -> Iterator[tuple[str, Packet]]:
        """Place and packet: within what the proof names, at the borders of the rules, and anywhere."""
        names, network = Names(self.before.naive), self.before.naive
        pairs = [pair_of(box, direction) for box in (*proof.opens, *proof.closes)]
        for pair in self.dice.sample(pairs, min(6, len(pairs))):
            for packet in corners(names, pair, self.dice, 4):
                local = packet.destination if direction == "Inbound" else packet.source
                yield from ((place, packet) for place in places_of(network, local)[:2])
        near = self.near(batch)
        for _ in range(count):
            place = self.dice.choice(self.drawn.places)
            family, local = local_end(self.dice, network, place)
            remote = self.remote(near, family)
            source, destination = (remote, local) if direction == "Inbound" else (local, remote)
            yield place, self.packet(source, destination, near)

    def remote(self, near: tuple[list[str], list[int]], family: int) -> Point:
        if family == 4 and self.dice.chance(0.1):
            return "168.63.129.16"  # NSGs judge its health probes like anyone's flows
        found = [a for a in near[0] if (":" in a) == (family == 6)]
        if found and self.dice.chance(0.6):
            return self.dice.choice(found)
        return remote_end(self.dice, self.before.naive, family)

    def packet(self, source: Point, destination: Point, near: tuple[list[str], list[int]]) -> Packet:
        protocol = self.dice.weighted({"Tcp": 8.0, "Udp": 2.0, "Icmp": 2.0, "Esp": 0.5, "Ah": 0.5, "Other": 1.0})
        if protocol not in ("Tcp", "Udp"):
            return Packet(protocol, source, None, destination, None)
        ports = near[1] + list(port_borders(self.drawn))
        return Packet(protocol, source, self.dice.choice([40000, *ports]), destination, self.dice.choice(ports))

    def near(self, batch: list[Change]) -> tuple[list[str], list[int]]:
        """Addresses and ports at the borders of the rules of a batch."""
        addresses: dict[str, None] = {}
        ports: dict[int, None] = {}
        for rule in (rule for c in batch for rule in (c.change.before, c.change.after) if rule):
            for text in (*rule.sources, *rule.destinations):
                if "/" in text or text[0].isdigit():
                    addresses.update(dict.fromkeys([text.split("/")[0], *around(text)]))
            for text in (*rule.source_ports, *rule.destination_ports):
                ends = [int(end) for end in text.split("-")] if text != "*" else [0, 65535]
                ports.update(dict.fromkeys(p for e in ends for p in (e - 1, e, e + 1) if 0 <= p <= 65535))
        return [a for a in addresses if "/" not in a], list(ports)


def transition(before: State, after: State, place: str, direction: str, packet: Packet) -> tuple[str, str]:
    return tuple(side(state.naive, place, direction, packet).access for state in (before, after))  # type: ignore[return-value]


def claims(names: Names, proof: Proof, packet: Packet, direction: str) -> set[str]:
    """What the proof says becomes of a packet: {"opens"}, {"closes"} or nothing."""
    found = set()
    if any(names.in_side(box, packet, direction) for box in proof.opens):
        found.add("opens")
    if any(names.in_side(box, packet, direction) for box in proof.closes):
        found.add("closes")
    return found


def universe_of(case: Case, intent: IntentResult) -> Universe:
    """The corners of some of the boxes that drift, and a few other addresses and ports."""
    names = Names(case.before.naive)
    packets = [p for pair in intent.flows.drift[:5] for p in corners(names, pair, case.dice, 3)]
    points = [point for packet in packets for point in (packet.source, packet.destination)]
    addresses = dict.fromkeys([p for p in points if isinstance(p, str)][:10])
    addresses.update(dict.fromkeys(case.dice.sample(address_borders(case.before.naive), 2)))
    ports = dict.fromkeys([*[p.destination_port for p in packets if p.destination_port is not None][:3], 443])
    sources = dict.fromkeys([p.source_port for p in packets if p.source_port is not None][:1] or [40000])
    return Universe(tuple(addresses), tuple(sources), tuple(ports))
