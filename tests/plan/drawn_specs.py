"""Drawn network -> a spec over it, twice: as the engine reads specs, and as intents of the naive evaluator."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import Boundary, Carveout, EnforceAt, Group, Intent, Partition, Select, Service, Spec
from flowspec.sets.intervals import Protocol
from tests.naive.dice import Dice
from tests.naive.drawn_rules import OPAQUE_TAGS, PREFIXES
from tests.naive.matching import read_ports
from tests.naive.networks import Drawn
from tests.naive.questions import draw_service
from tests.naive.resources import IpConfiguration, Json, Network, lower_id

TODAY = date(2026, 11, 21)
EVERYWHERE = {"addresses": ["0.0.0.0/0", "::/0"]}
SPECIAL_RANGES = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"),
    *("2001:db8::/32", "2001::/23", "3fff::/20"),
)
KINDS = {"nics": 6.0, "asg": 2.5, "subnet": 1.5, "prefixes": 3.0, "tag": 1.0, "opaque": 0.7, "any": 0.7, "public": 0.8}


@dataclass(frozen=True)
class DrawnSpec:
    """`naive` has the intents by address; a boundary has no naive twin."""

    spec: Spec
    naive: dict[str, Json]

    def without(self, addresses: set[str]) -> DrawnSpec:
        """The spec without some intents and boundaries, and without what hangs on them."""
        intents = {name: i for name, i in self.spec.intents.items() if i.address not in addresses}
        boundaries = {name: b for name, b in self.spec.boundaries.items() if b.address not in addresses}
        boundaries = {n: replace(b, allow=tuple(a for a in b.allow if a in intents)) for n, b in boundaries.items()}
        kept = {i.address for i in intents.values()} | {b.address for b in boundaries.values()}
        exceptions = {name: e for name, e in self.spec.exceptions.items() if set(e.of) <= kept}
        spec = replace(self.spec, intents=intents, boundaries=boundaries, exceptions=exceptions)
        return DrawnSpec(spec, {address: naive for address, naive in self.naive.items() if address in kept})


@dataclass(frozen=True)
class _Named:
    """A group with what it stands for."""

    group: str
    endpoints: tuple[Json, ...]


class _Drawing:
    """Draws groups, then intents over them."""

    def __init__(self, drawn: Drawn) -> None:
        self.dice = Dice(drawn.seed ^ 0x5BEC)
        self.drawn = drawn
        self.network = drawn.network([])
        self.groups: dict[str, Group] = {}
        self.intents: dict[str, Intent] = {}
        self.exceptions: dict[str, Carveout] = {}
        self.naive: dict[str, Json] = {}

    def spec(self, count: int) -> DrawnSpec:
        for number in range(count):
            self.intent(f"i{number}")
        boundaries = {"b0": self.boundary("b0")} if self.dice.chance(0.35) else {}
        spec = Spec(
            digest=f"sha256:{0:064}",
            name="drawn",
            groups=self.groups,
            intents=self.intents,
            boundaries=boundaries,
            exceptions=self.exceptions,
        )
        return DrawnSpec(spec, self.naive)

    # Intents

    def intent(self, name: str) -> None:
        dice = self.dice
        service = draw_service(dice)
        ends = [self.end(), self.end()]
        placed = dice.choice([0, 1])  # one end at least has somebody to judge
        ends[placed] = [self.named(dice.choice(["nics", "nics", "asg"])), *ends[placed][1:]]
        naive: Json = {
            "expect": dice.choice(["Allow", "Deny"]),
            "at": dice.weighted({"either": 5.0, "source": 1.0, "destination": 1.0, "both": 1.0}),
            "from": [e for named in ends[0] for e in named.endpoints],
            "to": [e for named in ends[1] for e in named.endpoints],
            "services": [service],
            "except": [],
        }
        excepted = [self.named("prefixes" if dice.chance(0.6) else "nics")] if dice.chance(0.25) else []
        naive["except"] += [{"group": [e for named in excepted for e in named.endpoints]}] if excepted else []
        if dice.chance(0.15):
            self.exception(name, naive)
        self.naive[f"intent.{name}"] = naive
        self.intents[name] = Intent(
            name=name,
            sources=tuple(n.group for n in ends[0]),
            destinations=tuple(n.group for n in ends[1]),
            services=(service_of(service),),
            expect=Access(naive["expect"]),
            at=EnforceAt(naive["at"]),
            except_groups=tuple(n.group for n in excepted),
        )

    def end(self) -> list[_Named]:
        return [self.named(self.dice.weighted(KINDS)) for _ in range(self.dice.choice([1, 1, 1, 2]))]

    def exception(self, name: str, naive: Json) -> None:
        """Of some sources, destinations or service; now and then past its day."""
        side, service = self.named(self.dice.choice(["nics", "prefixes"])), draw_service(self.dice)
        is_source, days = self.dice.chance(0.5), self.dice.choice([-1, 0, 30])
        self.exceptions[f"e-{name}"] = Carveout(
            name=f"e-{name}",
            of=(f"intent.{name}",),
            expires=TODAY + timedelta(days=days),
            sources=(side.group,) if is_source else None,
            destinations=None if is_source else (side.group,),
            services=(service_of(service),),
        )
        if days >= 0:
            naive["except"].append({"from" if is_source else "to": list(side.endpoints), "services": [service]})

    def boundary(self, name: str) -> Boundary:
        allows = [n for n, intent in self.intents.items() if intent.expect is Access.ALLOW]
        directions = self.dice.choice([(Direction.INBOUND,), (Direction.OUTBOUND,), tuple(Direction)])
        return Boundary(
            name=name,
            around=(self.named(self.dice.choice(["nics", "asg", "subnet"])).group,),
            directions=directions,
            allow=tuple(allows),
            each=self.dice.choice([None, None, *Partition]),
            remote=(self.named(self.dice.choice(["nics", "prefixes"])).group,) if self.dice.chance(0.6) else None,
        )

    # Groups

    def named(self, kind: str) -> _Named:
        """A new group of a kind."""
        name = f"g{len(self.groups)}"
        match kind:
            case "any":
                return _Named("any", (EVERYWHERE,))
            case "public":
                return _Named("public", ({"addresses": list(public_prefixes(self.network))},))
            case "nics":
                nics = self.dice.some(self.nic_ids(), 1, 2)
                group = Group(name=name, selects=tuple(Select(nic=(nic,)) for nic in nics))
                endpoints = [{"ipconfig": c.id} for nic in nics for c in self.configurations(nic)]
            case "asg":
                asg = self.dice.choice(["asg-web", "asg-db"])
                group = Group(name=name, selects=(Select(application_security_group=(asg,)),), expect_at_least=0)
                endpoints = [{"ipconfig": c.id} for c in self.network.ip_configurations if asg in groups_of(c)]
            case "subnet":
                subnets = sorted(s for s in self.network.subnets if not s.endswith("/gatewaysubnet"))
                subnet = self.dice.choice(subnets)
                group, endpoints = Group(name=name, subnets=(subnet,)), [{"subnet": subnet}]
            case "prefixes":
                prefixes = self.dice.some([p for p in PREFIXES if "168.63" not in p], 1, 2)
                group, endpoints = Group(name=name, prefixes=tuple(prefixes)), [{"addresses": prefixes}]
            case _:
                known = ["Internet", "Storage", "Storage.WestEurope", "Sql"]
                tag = self.dice.choice(known) if kind == "tag" else self.dice.choice(OPAQUE_TAGS)
                group, endpoints = Group(name=name, service_tags=(tag,)), [{"tag": tag}]
        self.groups[name] = group
        return _Named(name, tuple(endpoints))

    def nic_ids(self) -> list[str]:
        return sorted({c.nic["id"] for c in self.network.ip_configurations})

    def configurations(self, nic: str) -> list[IpConfiguration]:
        return [c for c in self.network.ip_configurations if c.nic["id"] == nic]


def draw_spec(drawn: Drawn, count: int = 5) -> DrawnSpec:
    """The same spec for the same network, every time."""
    return _Drawing(drawn).spec(count)


def groups_of(configuration: IpConfiguration) -> set[str]:
    references = configuration.properties.get("applicationSecurityGroups") or []
    return {str(lower_id(reference)).rsplit("/", 1)[-1] for reference in references}


def service_of(naive: Json) -> Service:
    if naive["protocol"] == "*":
        return Service(tuple(Protocol))
    protocols = (Protocol[naive["protocol"].upper()],)
    spans = tuple(span for text in naive.get("ports", []) if (span := read_ports(text)))
    return Service(protocols, spans)


@lru_cache(maxsize=4)
def public_prefixes(network: Network) -> tuple[str, ...]:
    """IPv4 and 2000::/3 without what is private, special or a VNet's."""
    space = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("2000::/3")]
    vnets = [p for vnet in network.of_type("virtualNetworks") for p in network.vnet_prefixes(vnet["id"])]
    for hole in [*map(ipaddress.ip_network, SPECIAL_RANGES), *vnets]:
        space = [part for prefix in space for part in _outside(prefix, hole)]
    return tuple(map(str, space))


def _outside(prefix: ipaddress.IPv4Network | ipaddress.IPv6Network, hole: object) -> list[object]:
    if prefix.version != hole.version or not prefix.overlaps(hole):
        return [prefix]
    return list(prefix.address_exclude(hole)) if hole.subnet_of(prefix) and hole != prefix else []
