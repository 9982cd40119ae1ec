"""NSGs of few addresses and ports, drawn; and what every single packet there can be says of their rules."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product

from tests.engine.generated import INTERNET
from tests.naive.evaluate import nsg_rules
from tests.naive.matching import (
    Facts,
    Packet,
    Rule,
    Scene,
    UndecidedError,
    any_term,
    ports_match,
    protocol_matches,
)
from tests.naive.resources import Json, Network
from tests.plan.lab import NET, VNET, nic, nsg, vnet, within

ENDS = ("*", "*", "*", "10.0.0.0/25", "10.0.0.4", "10.0.0.4/31", "VirtualNetwork", "10.0.0.0/8", "8.8.8.0/24",
        "8.8.8.8,10.0.0.0/24", "AzureLoadBalancer", "0.0.0.0/1,128.0.0.0/1,::/0")  # fmt: skip
PORTS = ("*", "22", "22-80", "80", "0-79", "81-65535")
V4 = ("10.0.0.4", "10.0.0.5", "10.0.0.9", "10.0.0.200", "10.9.0.1", "8.8.8.8", "8.8.8.9", "1.1.1.1", "168.63.129.16",
      "200.1.1.1", "127.0.0.1", "240.0.0.1")  # fmt: skip
V6 = ("2001:db8::1", "fe80::1234:5678:9abc")
SUBNET_NSG, NIC_NSG = "nsg-snet", "nsg-nic"


@cache
def packets() -> list[Packet]:
    """One of every kind that rules can tell apart."""
    pairs = [*product(V4, V4), *product(V6, V6)]
    ported = [Packet(p, a, 5000, b, port) for (a, b), p, port in product(pairs, ("Tcp", "Udp"), (1, 22, 50, 80, 443))]
    return ported + [Packet(p, a, None, b, None) for (a, b), p in product(pairs, ("Icmp", "Esp"))]


def drawn_rules(dice: random.Random, direction: str, *, doubtful: bool) -> list[str]:
    """In the words of `lab.rule`. What a rule with ports does to protocols that have none is in doubt."""
    rules = []
    for number in range(dice.randint(1, 7)):
        protocol, access = dice.choice(["*", "Tcp", "Udp", "Icmp", "Tcp"]), dice.choice(["Allow", "Allow", "Deny"])
        ports = dice.choice(PORTS) if doubtful or protocol in ("Tcp", "Udp") else "*"
        source, destination = dice.choice(ENDS), dice.choice(ENDS)
        rules.append(
            f"r{direction}{number} {100 + number} {direction} {access} {protocol} {source} -> {destination}|{ports}"
        )
    return rules


def drawn_network(seed: int, *, doubtful: bool = False) -> list[Json]:
    """A subnet and a NIC in it, with an NSG each."""
    dice = random.Random(seed)
    ways = ("In", "Out")
    nsgs = [nsg(name, *(rule for way in ways for rule in drawn_rules(dice, way, doubtful=doubtful)))
            for name in (SUBNET_NSG, NIC_NSG)]  # fmt: skip
    network = vnet(space="10.0.0.0/24", snet=within(SUBNET_NSG, "10.0.0.0/24"))
    return [*nsgs, network, nic("nic", "10.0.0.4", nsg=NIC_NSG)]


@dataclass(frozen=True)
class Answers:
    """Sets of packets, a bit each: those that may be permitted, those that may be denied."""

    permitted: int
    denied: int

    def at(self, mask: int) -> Answers:
        return Answers(self.permitted & mask, self.denied & mask)

    def then(self, other: Answers) -> Answers:
        return Answers(self.permitted & other.permitted, self.denied | other.denied)


class Brute:
    """The NSGs of a drawn network, one direction, over all packets.

    `portless`: whether rules with ports match protocols that have none, which is one doubt for all of them. `nsgs`:
    those that are looked at.
    """

    def __init__(
        self,
        resources: list[Json],
        direction: str,
        *,
        portless: bool = False,
        nsgs: tuple[str, ...] = (SUBNET_NSG, NIC_NSG),
    ) -> None:
        network = Network(resources, {}, INTERNET)
        every = packets()
        self.local = _mask((p.destination if direction == "Inbound" else p.source) == "10.0.0.4" for p in every)
        self.rules: dict[str, list[Rule]] = {}
        self.sure: dict[tuple[str, str], int] = {}
        self.maybe: dict[tuple[str, str], int] = {}
        scenes = [Scene(network, f"{VNET}/subnets/snet".lower(), direction, p, 6 if ":" in str(p.source) else 4)
                  for p in every]  # fmt: skip
        for name in nsgs:
            found = network.get({"id": f"{NET}/networkSecurityGroups/{name}"})
            assert found is not None
            self.rules[name] = list(nsg_rules(network, found, direction))
            for rule in self.rules[name]:
                matcher = _Matcher(rule, portless)
                told = [matcher.matches(scene) for scene in scenes]
                self.sure[name, rule.name] = _mask(one is True for one in told)
                self.maybe[name, rule.name] = _mask(one is None for one in told)

    def walk(self, nsg: str, without: frozenset[str] = frozenset()) -> tuple[Answers, dict[str, int]]:
        """The answers of an NSG without some rules, and which packets each rule decides in some world."""
        open_, permitted, denied, decided = (1 << len(packets())) - 1, 0, 0, {}
        for rule in self.rules[nsg]:
            if rule.name in without:
                continue
            takes = open_ & (self.sure[nsg, rule.name] | self.maybe[nsg, rule.name])
            decided[rule.name] = takes
            permitted, denied = (permitted | takes, denied) if rule.access == "allow" else (permitted, denied | takes)
            open_ &= ~self.sure[nsg, rule.name]
        return Answers(permitted, denied | open_), decided

    def own(self, nsg: str) -> list[str]:
        return [rule.name for rule in self.rules[nsg] if rule.name.startswith("securityRules")]

    def never(self, nsg: str) -> set[str]:
        _, decided = self.walk(nsg)
        return {name for name in self.own(nsg) if not decided[name]}

    def could_go(self, nsg: str) -> set[str]:
        """Of what is left without those that never match."""
        gone = frozenset(self.never(nsg))
        now, _ = self.walk(nsg, gone)
        return {name for name in self.own(nsg) if name not in gone and self.walk(nsg, gone | {name})[0] == now}

    def outvoted(self, nsg: str) -> set[str]:
        """Rules of use in their NSG, at the NIC too, but not for the verdict there."""
        other = NIC_NSG if nsg == SUBNET_NSG else SUBNET_NSG
        gone, across = frozenset(self.never(nsg)), self.walk(other)[0].at(self.local)
        now = self.walk(nsg, gone)[0].at(self.local)
        found = set()
        for name in set(self.own(nsg)) - gone - self.could_go(nsg):
            then = self.walk(nsg, gone | {name})[0].at(self.local)
            if then != now and then.then(across) == now.then(across):
                found.add(name)
        return found


class _Matcher:
    """A rule against many packets; each of its fields is asked once of each value."""

    def __init__(self, rule: Rule, portless: bool) -> None:
        self._rule = rule
        self._world = Facts({"portless": portless})
        self._known: dict[tuple[object, ...], bool | None] = {}

    def matches(self, scene: Scene) -> bool | None:
        """None where it is in doubt."""
        rule, packet = self._rule, scene.packet
        told = (
            self._once((packet.protocol, packet.destination_port), lambda facts: protocol_matches(rule, packet, facts)
                       and ports_match(rule, packet, facts)),
            self._once(("source", packet.source), lambda facts: any_term(rule, "source", rule.sources, packet.source,
                       scene, facts)),
            self._once(("destination", packet.destination), lambda facts: any_term(rule, "destination",
                       rule.destinations, packet.destination, scene, facts)),
        )  # fmt: skip
        return False if False in told else None if None in told else True

    def _once(self, of: tuple[object, ...], asked: Callable[[Facts], bool]) -> bool | None:
        if of not in self._known:
            try:
                self._known[of] = asked(self._world)
            except UndecidedError:
                self._known[of] = None
        return self._known[of]


def _mask(bits: Iterable[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits)[::-1], 2)
