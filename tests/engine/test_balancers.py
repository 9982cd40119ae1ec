"""Drawn networks with load balancers, floating and not, and forwarding NICs, against the naive evaluator, flow by flow.

Which flows arrive where is read off the drawing here, not off the engine (azure.md A23, A24, B4.7).
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from flowspec.comparison.places import JudgedPlace, Stay, places
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.questions import Planner
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import Boundary, Group, Intent, Select, Service, Spec
from flowspec.network.index import Endpoint, Network
from flowspec.policy.policies import Policies
from flowspec.sets.address import address_text
from flowspec.sets.intervals import Protocol
from tests.engine.changed import Pair, bare, changed
from tests.engine.generated import Twins
from tests.engine.seeds import blocks, named
from tests.engine.specs import TODAY
from tests.naive.dice import ROOT, Dice, resource
from tests.naive.evaluate import side
from tests.naive.matching import Packet
from tests.naive.networks import Drawn, ip_configuration_id
from tests.naive.resources import Json

REMOTES = ("8.8.8.8", "203.0.113.9", "172.31.0.100", "10.200.0.9")
PORTS = (22, 80, 443, 8443)
FRONTENDS = {"pip": "20.50.60.70", "inside": "10.0.0.200", "far": "192.168.77.7"}
BEYOND = ("10.9.0.7", "8.8.4.4", "10.0.0.77")


@dataclass(frozen=True)
class Rule:
    """A rule as it was drawn. `members` are ids of ip-configurations in lower case."""

    name: str
    address: str
    port: int
    backend_port: int
    floating: bool
    members: tuple[str, ...]

    def seen(self, own: str | None) -> tuple[str, int] | None:
        """Destination and port as the NSGs of a backend at an address see them; None where that is not known."""
        return (self.address, self.port) if self.floating else (own, self.backend_port) if own else None


@dataclass(frozen=True)
class Balanced:
    """A drawn network with load balancers put before its NICs, and some of these forwarding."""

    drawn: Drawn
    rules: tuple[Rule, ...]
    forwarding: tuple[str, ...]
    unplaced: tuple[str, ...]


def balanced(drawn: Drawn, seed: int) -> Balanced:
    dice = Dice(seed ^ 0xBA1A)
    resources = copy.deepcopy(drawn.resources)
    nics = [r for r in resources if r.get("type", "").lower().endswith("networkinterfaces")]
    nics = [nic for nic in nics if "privateEndpoint" not in nic["properties"]]
    forwarding = [nic for nic in nics if dice.chance(0.25)]
    for nic in forwarding:
        nic["properties"]["enableIPForwarding"] = True
    rules = [
        rule
        for name, address in FRONTENDS.items()
        if dice.chance(0.7)
        for rule in add_balancer(dice, resources, nics, f"lb-{name}", address)
    ]
    lost = [nic for nic in nics if dice.chance(0.08)]
    for nic in lost:
        configuration = nic["properties"]["ipConfigurations"][0]["properties"]
        pool = {"id": f"{ROOT}/loadBalancers/lb-elsewhere/backendAddressPools/pool"}
        configuration.setdefault("loadBalancerBackendAddressPools", []).append(pool)
    forwards = tuple(nic["id"].lower() for nic in forwarding)
    return Balanced(replace(drawn, resources=resources), tuple(rules), forwards, tuple(n["id"].lower() for n in lost))


def add_balancer(dice: Dice, resources: list[Json], nics: list[Json], name: str, address: str) -> Iterator[Rule]:
    """A load balancer with one frontend, one pool and one or two rules; its members are told by either side."""
    base = f"{ROOT}/loadBalancers/{name}"
    front, pool = f"{base}/frontendIPConfigurations/front", f"{base}/backendAddressPools/pool"
    members = [nic for nic in nics if dice.chance(0.5)]
    ids = [ip_configuration_id(nic, nic["properties"]["ipConfigurations"][0]) for nic in members]
    by_pool = dice.chance(0.5)
    for nic in members if not by_pool else ():
        first = nic["properties"]["ipConfigurations"][0]["properties"]
        first.setdefault("loadBalancerBackendAddressPools", []).append(dice.reference(pool))
    found = [
        Rule(f"{name}/r{n}", address, port, dice.choice([port, 8443]), dice.chance(0.6), tuple(map(str.lower, ids)))
        for n, port in enumerate(dice.sample([80, 443], dice.choice([1, 2])))
    ]
    front_properties: Json = {"privateIPAddress": address}
    if name.endswith("pip"):
        public = resource("publicIPAddresses", "pip-front", {"ipAddress": address})
        resources.append({**public, "sku": {"name": "Standard"}})
        front_properties = {"publicIPAddress": dice.reference(public["id"])}
    properties = {
        "frontendIPConfigurations": [{"id": front, "name": "front", "properties": front_properties}],
        "backendAddressPools": [
            {
                "id": pool,
                "name": "pool",
                "properties": {"backendIPConfigurations": [dice.reference(i) for i in ids]} if by_pool else {},
            }
        ],
        "loadBalancingRules": [
            {
                "name": rule.name.rsplit("/", 1)[-1],
                "properties": {
                    "frontendIPConfiguration": dice.reference(front),
                    "backendAddressPool": dice.reference(pool),
                    "protocol": "Tcp",
                    "frontendPort": rule.port,
                    "backendPort": rule.backend_port,
                    "enableFloatingIP": rule.floating,
                },
            }
            for rule in found
        ],
        "inboundNatRules": [],
    }
    resources.append(resource("loadBalancers", name, properties))
    yield from found


class Case:
    """Both sides ready to judge one such network."""

    def __init__(self, seed: int) -> None:
        self.network = balanced(bare(seed), seed)
        self.twins = Twins(self.network.drawn)
        self.dice = random.Random(seed)
        self.seed = seed
        self.configurations = {c.id: c for c in self.twins.naive.ip_configurations if c.version == 4}

    def judged(self, spec: Spec, of: Intent | Boundary) -> Judgement:
        network = Network(self.twins.inventory)
        planner = Planner(spec=spec, network=network, policies=Policies(network), today=TODAY)
        return Judge(network=network).judge(planner.question(of))

    def access(self, where: str, packet: Packet, direction: str = "Inbound") -> str:
        return side(self.twins.naive, where, direction, packet).access

    def has_nsg(self, where: str) -> bool:
        """Without one it matters whose public IP the flow comes by, which the naive evaluator does not know."""
        own = self.configurations[where]
        subnet = self.twins.naive.subnet(own.subnet_id)
        return any((h or {}).get("networkSecurityGroup") for h in (own.nic["properties"], subnet))

    def group(self, name: str) -> tuple[Group, list[str]]:
        """One or two NICs."""
        nics = self.dice.sample(sorted({c.nic["id"] for c in self.configurations.values()}), 2)
        members = [c.id for c in self.configurations.values() if c.nic["id"] in nics]
        return Group(name=name, selects=tuple(Select(nic=(nic,)) for nic in nics)), members

    def says(self, judgement: Judgement, packet: Packet) -> str:
        flow = self.twins.flow(packet)
        if flow in judgement.drift:
            return "drift"
        return "unknown" if any(flow in u.flows for u in judgement.unsure) else "as wished"


def packets(port: int, destination: str) -> Iterator[Packet]:
    yield from (Packet("Tcp", remote, 40000, destination, port) for remote in REMOTES)


WEB = Service((Protocol.TCP,), ((80, 80), (443, 443)))
ANYONE = Group(name="anyone", prefixes=REMOTES)
SEEN: Counter[str] = Counter()


@pytest.mark.parametrize("block", blocks(30, 2_000, 10), ids=named)
def test_a_deny_covers_frontends(block: range) -> None:
    """Of each flow that arrives at a frontend: it drifts if one of the backends that are meant permits it."""
    for seed in block:
        case = Case(seed)
        group, members = case.group("web")
        of = Intent(name="i", sources=("anyone",), destinations=("web",), services=(WEB,), expect=Access.DENY)
        judgement = case.judged(Spec(groups={"web": group, "anyone": ANYONE}, intents={"i": of}), of)
        compare_frontends(case, judgement, members)


def compare_frontends(case: Case, judgement: Judgement, members: list[str], *, exact: bool = True) -> None:
    for rule in (rule for rule in case.network.rules if rule.floating):
        backends = [one for one in members if one in rule.members and case.has_nsg(one)]
        for packet in packets(rule.port, rule.address) if backends else ():
            found = {case.access(one, packet) for one in backends}
            said, told = case.says(judgement, packet), (case.seed, rule, packet, found)
            SEEN[f"deny {said}"] += 1
            if "Allow" in found:
                assert said == "drift", told
            elif "Unknown" in found:
                assert said in ("unknown", "drift"), told
            elif exact and len(backends) == len([one for one in members if one in rule.members]):
                assert said == "as wished", told
    if judgement.status is Status.SATISFIED:
        nics = {case.configurations[one].nic["id"].lower() for one in members}
        assert not any(lets_in(case, one) for one in members if nics & set(case.network.unplaced)), case.seed


def lets_in(case: Case, where: str) -> bool:
    """A backend of a load balancer that nobody has lets something in at another's address."""
    own = case.configurations[where]
    if own.nic["id"].lower() not in case.network.unplaced or not where.endswith("/ipconfig1"):
        return False
    return any(case.access(where, p) != "Deny" for a in BEYOND for port in (80, 443) for p in packets(port, a))


@pytest.mark.parametrize("block", blocks(30, 2_000, 10), ids=named)
def test_an_allow_to_frontends(block: range) -> None:
    """A group of a rule: with the address and port that each backend sees."""
    for seed in block:
        case = Case(seed)
        for rule in case.network.rules:
            if any(one not in case.configurations for one in rule.members) or not rule.members:
                continue
            group = Group(name="fe", frontends=(rule.name,))
            of = Intent(name="i", sources=("anyone",), destinations=("fe",), services=(WEB,), expect=Access.ALLOW)
            judgement = case.judged(Spec(groups={"fe": group, "anyone": ANYONE}, intents={"i": of}), of)
            compare_allowed(case, judgement, rule)


def compare_allowed(case: Case, judgement: Judgement, rule: Rule) -> None:
    found: dict[Packet, set[str]] = {}
    for one in rule.members:
        address = case.configurations[one].address
        seen = rule.seen(str(address) if address else None)
        if seen is not None and case.has_nsg(one):
            for packet in packets(seen[1], seen[0]):
                found.setdefault(packet, set()).add(case.access(one, packet))
    for packet, accesses in found.items():
        said, told = case.says(judgement, packet), (case.seed, rule, packet, accesses)
        SEEN[f"allow {said}"] += 1
        assert said == "drift" if "Deny" in accesses else said in ("drift", "unknown") or "Unknown" not in accesses, (
            told
        )
    if judgement.status is Status.SATISFIED:
        assert all(accesses == {"Allow"} for accesses in found.values()), (case.seed, rule)


@pytest.mark.parametrize("block", blocks(30, 2_000, 10), ids=named)
def test_a_boundary_covers_what_is_forwarded(block: range) -> None:
    for seed in block:
        case = Case(seed)
        group, members = case.group("web")
        ways = (Direction.INBOUND, Direction.OUTBOUND)
        of = Boundary(name="b", around=("web",), directions=ways, remote=("anyone",))
        judgement = case.judged(Spec(groups={"web": group, "anyone": ANYONE}, boundaries={"b": of}), of)
        passing = [one for one in members if case.configurations[one].nic["id"].lower() in case.network.forwarding]
        compare_frontends(case, judgement, members, exact=not passing)  # to a forwarder a frontend is another's address
        for one in passing:
            compare_forwarded(case, judgement, one)


def compare_forwarded(case: Case, judgement: Judgement, where: str) -> None:
    for address in BEYOND:
        for port in PORTS:
            for remote in REMOTES:
                for direction in ("Inbound", "Outbound"):
                    ends = (remote, address) if direction == "Inbound" else (address, remote)
                    packet = Packet("Tcp", ends[0], 40000, ends[1], port)
                    access, said = case.access(where, packet, direction), case.says(judgement, packet)
                    SEEN[f"forwarded {said}"] += 1
                    told = (case.seed, where, packet, direction, access)
                    assert said == "drift" if access == "Allow" else access == "Deny" or said != "as wished", told


@pytest.mark.parametrize("block", blocks(30, 2_000, 10), ids=named)
def test_a_diff_covers_both(block: range) -> None:
    for seed in block:
        old = balanced(bare(seed), seed).drawn
        pair = Pair(old, changed(old, seed ^ 0xD1FF))
        dice = random.Random(seed)
        for place in places(pair.difference.old, pair.difference.new):
            if (place.arrival or place.others) and place.stay is Stay.BOTH and has_nsg(pair, place):
                compare_place(pair, place, dice)


def has_nsg(pair: Pair, place: JudgedPlace) -> bool:
    """Before and after: else it matters whose public IP the flow comes by."""
    found = []
    for twins, judged in ((pair.old, place.old), (pair.new, place.new)):
        assert isinstance(judged, Endpoint)
        subnet = twins.inventory.subnets.get(judged.subnet)
        found.append(judged.nic.nsg is not None or (subnet is not None and subnet.nsg is not None))
    return all(found)


def compare_place(pair: Pair, place: JudgedPlace, dice: random.Random) -> None:
    direction = place.others or Direction.INBOUND
    for _ in range(6):
        local = dice.choice(BEYOND) if place.others else address_text(place.addresses.spans[0][0])
        port = dice.choice(place.arrival.ports.spans)[0] if place.arrival else dice.choice(PORTS)
        ends = (dice.choice(REMOTES), local)[:: 1 if direction is Direction.INBOUND else -1]
        packet = Packet("Tcp", ends[0], 40000, ends[1], port)
        flow = pair.flow(packet)
        assert flow is not None
        before, after = pair.naive(place, direction, packet)
        told = pair.told(place, direction, flow)
        SEEN[f"diff {before != after}"] += 1
        if before != after:
            assert told == [(before, after)], (pair.old.drawn.seed, place, packet)
        else:
            assert told in ([], [("Unknown", "Unknown")]), (pair.old.drawn.seed, place, packet)


def test_no_test_of_nothing() -> None:
    """Each answer comes up. Other tests may run in other processes, so this one draws for itself."""
    SEEN.clear()
    for test in (
        test_a_deny_covers_frontends,
        test_an_allow_to_frontends,
        test_a_boundary_covers_what_is_forwarded,
        test_a_diff_covers_both,
    ):
        test(range(30))
    kinds = ("deny drift", "deny as wished", "allow drift", "allow as wished", "forwarded drift", "diff True")
    assert min(SEEN[kind] for kind in kinds) >= 5, SEEN
