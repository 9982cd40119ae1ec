"""On drawn networks: the gaps are the flows that the naive evaluator permits and no drawn intent names."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_network
from itertools import pairwise

import pytest

from flowspec.coverage.coverage import coverage_of
from flowspec.model.documents.coverage import Coverage, CoverageGap
from flowspec.model.documents.values import Pair
from tests.engine.generated import INTERNET
from tests.engine.loading import load_documents
from tests.linting.brute import ENDS, PORTS, drawn_rules
from tests.naive.evaluate import nsg_rules, side
from tests.naive.matching import Facts, Packet, Rule, Scene, rule_matches
from tests.naive.resources import Network
from tests.plan.lab import NET, TODAY, VNET, Json, group, intent, nic, nics, nsg, spec_of, vnet, within

NICS = {"web": ("10.0.0.4", "nsg-web"), "db": ("10.0.0.9", ""), "app": ("10.0.0.200", "nsg-app")}
"""Name -> address and NSG of its own; all in one subnet with an NSG."""
SUBNET_NSG = "nsg-snet"
GROUPS = {
    "g-web": ("10.0.0.4",),
    "g-db": ("10.0.0.9",),
    "near": ("10.0.0.0/25",),
    "far": ("8.8.8.0/24", "10.9.0.0/16"),
    "any": ("0.0.0.0/0",),
}
PLATFORM = ("168.63.129.16", "169.254.169.254")
ALL_PORTS = 65536
SEEDS = 9


@dataclass(frozen=True)
class Wish:
    """What an enabled intent asks about; or a boundary, which asks it `at` its member alone."""

    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    protocol: str
    ports: tuple[int, ...]
    at: str = ""

    def names(self, source: str, destination: str, protocol: str, port: int | None) -> bool:
        return (
            any(within_any(source, GROUPS[name]) for name in self.sources)
            and any(within_any(destination, GROUPS[name]) for name in self.destinations)
            and (self.protocol == "*" or (protocol == self.protocol and port in self.ports))
        )


@dataclass(frozen=True)
class Drawn:
    resources: list[Json]
    text: str
    wishes: tuple[Wish, ...]


@dataclass(frozen=True)
class Cell:
    """Flows that nothing here tells apart: remote addresses like `remote`, ports like `port`; how many there are."""

    remote: str
    protocol: str
    port: int | None
    flows: int


def draw(seed: int) -> Drawn:
    dice = random.Random(seed)
    names = (SUBNET_NSG, "nsg-web", "nsg-app")
    nsgs = []
    for name in names:
        rules = [rule for way in ("In", "Out") for rule in drawn_rules(dice, way, doubtful=False)]
        nsgs.append(nsg(name, *(rules if dice.random() < 0.8 else [])))
    network = vnet(space="10.0.0.0/24", snet=within(SUBNET_NSG, "10.0.0.0/24"))
    holders = [nic(name, address, nsg=own or None) for name, (address, own) in NICS.items()]
    text = nics("g-web", "web") + nics("g-db", "db")
    text += "".join(
        group(name, f"prefixes = {list(prefixes)}".replace("'", '"'))
        for name, prefixes in GROUPS.items()
        if name in ("near", "far")
    )
    wishes = []
    for number in range(dice.randint(0, 5)):
        ends = [tuple(dice.sample(list(GROUPS), dice.choice([1, 1, 2]))) for _ in range(2)]
        ports = tuple(dice.sample([22, 50, 80, 443], 2))
        protocol = dice.choice(["Tcp", "*"])
        enabled = dice.random() < 0.8
        written = [", ".join(f"group.{name}" for name in names) for names in ends]
        told = ", ".join(map(str, ports)) if protocol == "Tcp" else "*"
        more = "" if enabled else "enabled = false"
        text += intent(f"i{number}", *written, "Deny", told, more)
        if enabled:
            wishes.append(Wish(*ends, protocol, ports))
    if dice.random() < 0.4:
        text += 'boundary "b" {\naround = [group.g-db]\ndirection = "Both"\n}\n'
        wishes += [Wish(("any",), ("g-db",), "*", (), "10.0.0.9"), Wish(("g-db",), ("any",), "*", (), "10.0.0.9")]
    text += intent("last", "group.g-web", "group.g-db", "Deny", "1")
    wishes.append(Wish(("g-web",), ("g-db",), "Tcp", (1,)))
    return Drawn([*nsgs, network, *holders], text, tuple(wishes))


def within_any(address: str, prefixes: tuple[str, ...]) -> bool:
    return any(IPv4Address(address) in ip_network(prefix) for prefix in prefixes)


def cells() -> list[Cell]:
    """All flows with one address but for those with itself and with Azure's platform."""
    terms = [[t for t in text.split(",") if t[0].isdigit() and ":" not in t] for text in ENDS]
    terms += [list(prefixes) for prefixes in GROUPS.values()] + [[address] for address, _ in NICS.values()]
    terms += [["10.0.0.0/24"], INTERNET, *([address] for address in PLATFORM)]
    lists = [[ip_network(text) for text in found if ":" not in text] for found in terms]
    edges = {0, 2**32}
    for network in (network for found in lists for network in found):
        edges |= {int(network.network_address), int(network.broadcast_address) + 1}
    spans = [[(int(n.network_address), int(n.broadcast_address)) for n in found] for found in lists]
    alike: dict[tuple[bool, ...], list[int]] = {}
    ordered = sorted(edges)
    for low, high in pairwise(ordered):
        seen = tuple(any(a <= low <= b for a, b in found) for found in spans)
        alike.setdefault(seen, [low, 0])[1] += high - low
    ports = {0, ALL_PORTS, *(n + d for n in (1, 22, 50, 80, 443) for d in (0, 1))}
    for text in (text for text in PORTS if text != "*"):
        low, _, high = text.partition("-")
        ports |= {int(low), int(high or low) + 1}
    cuts = sorted(ports)
    found = []
    for number, count in alike.values():
        remote = str(IPv4Address(number))
        if remote in PLATFORM:
            continue
        for protocol in ("Tcp", "Udp"):
            found += [Cell(remote, protocol, low, count * ALL_PORTS * (high - low))
                      for low, high in pairwise(cuts)]  # fmt: skip
        found += [Cell(remote, protocol, None, count) for protocol in ("Icmp", "Esp", "Ah", "Other")]
    return found


CELLS = cells()


class Naive:
    """Each packet by the naive evaluator; which rule of which NSG lets it pass, by their first matches."""

    def __init__(self, drawn: Drawn) -> None:
        self.network = Network(drawn.resources, {}, INTERNET)
        self.wishes = drawn.wishes
        self.rules = {(name, way): self._rules(name, way) for name in (SUBNET_NSG, "nsg-web", "nsg-app")
                      for way in ("Inbound", "Outbound")}  # fmt: skip

    def _rules(self, name: str, direction: str) -> tuple[Rule, ...]:
        found = self.network.get({"id": f"{NET}/networkSecurityGroups/{name}"})
        assert found is not None
        return nsg_rules(self.network, found, direction)

    def permitted(self, name: str, direction: str) -> Iterator[tuple[Cell, tuple[str, str]]]:
        """With the last custom rule on the way, else the last default rule."""
        address, own = NICS[name]
        stack = [one for one in ((SUBNET_NSG, own) if direction == "Inbound" else (own, SUBNET_NSG)) if one]
        where = f"{NET}/networkInterfaces/{name}/ipConfigurations/ip0"
        for cell in CELLS:
            if cell.remote == address:
                continue
            packet = self.packet(address, direction, cell)
            if side(self.network, where, direction, packet).access == "Allow":
                scene = Scene(self.network, f"{VNET}/subnets/snet".lower(), direction, packet, 4)
                hits = [(one, next(r for r in self.rules[one, direction] if rule_matches(r, scene, Facts())).name)
                        for one in stack]  # fmt: skip
                custom = [hit for hit in hits if hit[1].startswith("securityRules")]
                yield cell, (custom or hits)[-1]

    def packet(self, address: str, direction: str, cell: Cell) -> Packet:
        ends = (cell.remote, address) if direction == "Inbound" else (address, cell.remote)
        return Packet(cell.protocol, ends[0], None if cell.port is None else 5000, ends[1], cell.port)

    def is_asked(self, address: str, direction: str, cell: Cell) -> bool:
        packet = self.packet(address, direction, cell)
        return any(
            wish.at in ("", address)
            and wish.names(str(packet.source), str(packet.destination), cell.protocol, cell.port)
            for wish in self.wishes
        )


def holds(pair: Pair, packet: Packet) -> bool:
    ported = packet.destination_port is not None
    return (
        pair.protocol in ("*", packet.protocol.upper())
        and any(IPv4Address(str(packet.source)) in ip_network(p) for p in pair.source if "<" not in p and ":" not in p)
        and any(IPv4Address(str(packet.destination)) in ip_network(p) for p in pair.destination if ":" not in p)
        and (not ported or any(a <= packet.destination_port <= b for a, b in map(span, pair.destination_ports)))  # type: ignore[operator]
    )


def span(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def gaps_at(found: Coverage, name: str, direction: str) -> list[CoverageGap]:
    return [g for g in found.gaps if g.direction == direction and any(one.endswith(f"/{name}") for one in g.nics)]


def covered(drawn: Drawn) -> Coverage:
    inventory = load_documents({"net.json": drawn.resources})
    return coverage_of(spec_of(drawn.text), inventory, TODAY, lambda where: where, max_boxes=10_000)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_gaps_and_percent_equal_those_of_the_naive_evaluator(seed: int) -> None:
    drawn = draw(seed)
    found = covered(drawn)
    naive = Naive(drawn)
    permits = {by_default: [0, 0] for by_default in (False, True)}
    left: dict[tuple[str, str, str], int] = defaultdict(int)
    for name, (address, _) in NICS.items():
        for direction in ("Inbound", "Outbound"):
            gaps = gaps_at(found, name, direction)
            by_rule: dict[tuple[str, str], list[bool]] = defaultdict(list)
            for cell, (holder, rule) in naive.permitted(name, direction):
                asked = naive.is_asked(address, direction, cell)
                by_rule[holder, rule].append(asked)
                left[holder, rule, direction] += 0 if asked else cell.flows
                packet = naive.packet(address, direction, cell)
                told = [
                    (g.nsg.rpartition("/")[2], g.rule) for g in gaps if any(holds(pair, packet) for pair in g.flows)
                ]
                assert told == ([] if asked else [(holder, rule)]), (name, direction, cell)
            for (_, rule), answers in by_rule.items():
                count = permits[rule.startswith("default")]
                count[0] += 1
                count[1] += all(answers)
    assert (found.permits, found.spoken) == tuple(permits[False])
    assert (found.default_permits, found.default_spoken) == tuple(permits[True])
    told = {(g.nsg.rpartition("/")[2], g.rule, g.direction): int(g.total.count) for g in found.gaps}
    assert told == {at: count for at, count in left.items() if count}
    assert all(gap.access == "Allow" for gap in found.gaps)
    assert all(gap.by_default == gap.rule.startswith("default") for gap in found.gaps)


def test_the_drawn_cases_are_no_test_of_nothing() -> None:
    """Permits are spoken about and are not; some pass by a custom rule of the first NSG and by default at the last."""
    found = [covered(draw(seed)) for seed in range(SEEDS)]
    assert sum(one.spoken for one in found) > 5 and sum(one.permits - one.spoken for one in found) > 5
    assert sum(one.default_spoken for one in found) > 2
    gaps = [gap for one in found for gap in one.gaps if not gap.by_default]
    assert any(gap.nsg.endswith(SUBNET_NSG) and gap.direction == "Inbound"
               and any(nic.endswith(("/web", "/app")) for nic in gap.nics) for gap in gaps)  # fmt: skip
