"""Drawn network -> drawn intents and boundaries, as a Spec for the engine and as plain lists for the judge below it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import (
    GROUP_ANY,
    GROUP_PUBLIC,
    Assumption,
    Boundary,
    Carveout,
    EnforceAt,
    Group,
    Intent,
    Partition,
    Select,
    Service,
    Spec,
)
from flowspec.sets.intervals import Protocol
from flowspec.sets.written import port_span
from tests.naive.dice import Dice
from tests.naive.drawn_rules import OPAQUE_TAGS
from tests.naive.networks import Drawn
from tests.naive.resources import Json, Network, Prefix, prefixes

TODAY = date(2026, 3, 1)
EXPIRES = {date(2026, 2, 28): False, TODAY: True, date(2026, 12, 31): True}
"""The day of an exception, and whether it still runs."""

ANY = prefixes(["0.0.0.0/0", "::/0"])
SPECIAL = [
    *prefixes(["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"]),
    *prefixes(["192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"]),
    *prefixes(["2001:db8::/32", "2001::/23", "3fff::/20"]),
]
"""What `group.public` leaves out, besides the VNets; of IPv6 it has only 2000::/3."""

PREFIXES = (
    "10.0.0.4",
    "10.0.0.0/29",
    "10.0.0.0/30",
    "10.0.1.0/28",
    "10.1.0.4/31",
    "10.2.0.0/30",
    "8.8.8.8",
    "8.8.8.0/30",
    "20.60.0.8/30",
    "172.31.0.100",
    "192.168.20.4/30",
    "168.63.129.16/32",
    "168.63.129.16/31",
    "10.0.0.0/8",
    "203.0.113.0/24",
    "fd00:a::4/127",
    "2603:1030:800::/126",
)
SMALL = 64
"""A prefix of so few addresses is tested whole."""


@dataclass(frozen=True)
class Members:
    """A group in plain words. `nics` by the id of the NIC; `doubted` NICs may belong to it."""

    name: str
    nics: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()

    def group(self) -> Group:
        selects = [Select(nic=(nic,)) for nic in self.nics]
        selects += [Select(nic=(nic,), tags=(("tier", "web"),)) for nic in self.doubted]
        return Group(
            name=self.name,
            selects=tuple(selects),
            excludes=(),
            subnets=self.subnets,
            prefixes=self.prefixes,
            service_tags=self.tags,
        )


@dataclass(frozen=True)
class Wish:
    """An intent: groups by name, services as (protocol, ports, source ports)."""

    name: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    services: tuple[Json, ...]
    expect: str = "Allow"
    at: str = "either"
    except_groups: tuple[str, ...] = ()
    except_wishes: tuple[str, ...] = ()

    def intent(self) -> Intent:
        return Intent(
            name=self.name,
            sources=self.sources,
            destinations=self.destinations,
            services=tuple(map(service, self.services)),
            expect=Access(self.expect),
            at=EnforceAt(self.at),
            except_groups=self.except_groups,
            except_intents=self.except_wishes,
        )


@dataclass(frozen=True)
class Fence:
    """A boundary."""

    name: str
    around: tuple[str, ...]
    directions: tuple[str, ...]
    allow: tuple[str, ...] = ()
    each: str | None = None
    remote: tuple[str, ...] | None = None

    def boundary(self) -> Boundary:
        directions = tuple(Direction(direction) for direction in self.directions)
        each = Partition(self.each) if self.each else None
        return Boundary(
            name=self.name, around=self.around, directions=directions, allow=self.allow, each=each, remote=self.remote
        )


@dataclass(frozen=True)
class Excuse:
    """An exception. None: all of it."""

    name: str
    of: tuple[str, ...]
    expires: date
    sources: tuple[str, ...] | None = None
    destinations: tuple[str, ...] | None = None
    services: tuple[Json, ...] | None = None

    @property
    def runs(self) -> bool:
        return EXPIRES[self.expires]

    def carveout(self) -> Carveout:
        services = None if self.services is None else tuple(map(service, self.services))
        return Carveout(
            name=self.name,
            of=self.of,
            expires=self.expires,
            sources=self.sources,
            destinations=self.destinations,
            services=services,
        )


@dataclass(frozen=True)
class DrawnSpec:
    groups: dict[str, Members]
    wishes: dict[str, Wish]
    fences: dict[str, Fence] = field(default_factory=dict)
    excuses: tuple[Excuse, ...] = ()
    paths: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """Pairs of groups between which a path is assumed."""

    def spec(self) -> Spec:
        return Spec(
            name="drawn",
            groups={name: members.group() for name, members in self.groups.items() if name not in PREDECLARED},
            intents={name: wish.intent() for name, wish in self.wishes.items()},
            boundaries={name: fence.boundary() for name, fence in self.fences.items()},
            exceptions={excuse.name: excuse.carveout() for excuse in self.excuses},
            assumptions={
                f"p{n}": Assumption(name=f"p{n}", path=True, sources=sources, destinations=destinations)
                for n, (sources, destinations) in enumerate(self.paths)
            },
        )


PREDECLARED = (GROUP_ANY, GROUP_PUBLIC)


def service(found: Json) -> Service:
    protocols = tuple(Protocol) if found["protocol"] == "*" else (Protocol[found["protocol"].upper()],)
    return Service(protocols, ranges(found.get("ports")), ranges(found.get("source_ports")))


def ranges(texts: list[str] | None) -> tuple[tuple[int, int], ...]:
    return tuple(found for text in texts or [] if (found := port_span(text)) is not None)


# Drawing


def draw_spec(drawn: Drawn, is_small: bool) -> DrawnSpec:
    """`is_small`: groups and services of so few flows that all of them can be tested."""
    dice = Dice(drawn.seed ^ 0x5BEC ^ is_small)
    network = drawn.network([])
    groups = {name: draw_group(dice, drawn, network, name, is_small) for name in ("a", "b", "c", "d")}
    if not is_small:
        groups |= {name: Members(name) for name in PREDECLARED}
    names = list(groups)
    wishes = {f"w{n}": draw_wish(dice, names, f"w{n}", is_small) for n in range(3)}
    wishes["listed"] = replace(draw_wish(dice, names, "listed", is_small), expect="Allow")
    if not is_small and dice.chance(0.3):
        groups["v"] = Members("v", tags=(dice.cased("VirtualNetwork"),))
        end = dice.choice([{"sources": ("v",)}, {"destinations": ("v", dice.choice(names))}])
        wishes["w0"] = replace(wishes["w0"], **end)
    fences = {"f": draw_fence(dice, names)} if not is_small else {}
    excuses = [
        draw_excuse(dice, names, [*(f"intent.{w}" for w in wishes), *(f"boundary.{f}" for f in fences)], is_small)
    ]
    paths = [(some(dice, names), some(dice, names))] if dice.chance(0.25) else []
    return DrawnSpec(groups, wishes, fences, tuple(excuses) if dice.chance(0.4) else (), tuple(paths))


def some(dice: Dice, names: list[str]) -> tuple[str, ...]:
    return tuple(dice.some(names, 1, dice.choice([1, 1, 2])))


def draw_group(dice: Dice, drawn: Drawn, network: Network, name: str, is_small: bool) -> Members:
    nics = sorted({place.rsplit("/ipConfigurations/", 1)[0] for place in drawn.places if "/ipConfigurations/" in place})
    subnets = [place for place in drawn.places if place.lower() in network.subnets]
    small = [subnet for subnet in subnets if is_tiny(network, subnet)]
    members = Members(name)
    for _ in range(dice.choice([1, 1, 2])):
        kinds = {"nic": 5.0, "subnet": 2.0, "prefix": 3.0, "opaque": 0.8, "data": 0.6, "internet": 0.5}
        match dice.weighted(kinds | {"doubt": 0.25, "platform": 0.2}):
            case "nic":
                members = replace(members, nics=(*members.nics, *dice.some(nics, 1, 2)))
            case "subnet" if small or (subnets and not is_small):
                members = replace(members, subnets=(*members.subnets, dice.choice(small if is_small else subnets)))
            case "opaque":
                members = replace(members, tags=(*members.tags, dice.cased(dice.choice(OPAQUE_TAGS))))
            case "data" if not is_small:
                members = replace(members, tags=(*members.tags, dice.cased(dice.choice(["Storage", "Sql"]))))
            case "internet" if not is_small:
                members = replace(members, tags=(*members.tags, dice.cased("Internet")))
            case "platform":
                members = replace(members, tags=(*members.tags, dice.cased("AzureLoadBalancer")))
            case "doubt" if nics:
                members = replace(members, doubted=(*members.doubted, dice.choice(nics)))
            case _:
                found = [p for p in PREFIXES if not is_small or prefixes([p])[0].num_addresses <= SMALL]
                members = replace(members, prefixes=(*members.prefixes, *dice.some(found, 1, 2)))
    doubted = tuple(nic for nic in members.doubted if nic not in members.nics)
    return replace(members, nics=tuple(dict.fromkeys(members.nics)), doubted=doubted)


def is_tiny(network: Network, subnet: str) -> bool:
    found = network.subnet_prefixes(subnet)
    return bool(found) and sum(prefix.num_addresses for prefix in found) <= SMALL


def draw_wish(dice: Dice, names: list[str], name: str, is_small: bool) -> Wish:
    wish = Wish(
        name,
        some(dice, names),
        some(dice, names),
        tuple(draw_service(dice, is_small) for _ in range(dice.choice([1, 1, 2]))),
        dice.choice(["Allow", "Deny"]),
        dice.weighted({"either": 3.0, "source": 1.0, "destination": 1.0, "both": 1.0}),
    )
    if dice.chance(0.25):
        wish = replace(wish, except_groups=some(dice, names))
    return replace(wish, except_wishes=("listed",)) if dice.chance(0.2) and name != "listed" else wish


def draw_service(dice: Dice, is_small: bool) -> Json:
    protocol = dice.weighted({"Tcp": 5.0, "Udp": 1.5, "Icmp": 1.0, "Esp": 0.5, "*": 0.0 if is_small else 1.5})
    found: Json = {"protocol": protocol}
    if protocol in ("Tcp", "Udp"):
        if is_small or dice.chance(0.7):
            choice = ["22", "80", "0", "443", "65535"] if is_small else ["22", "80-90", "0", "443", "1024-65535"]
            found["ports"] = dice.some(choice, 1, 2)
        if is_small or dice.chance(0.2):
            found["source_ports"] = dice.some(["0", "40000", "65535"] if is_small else ["0-1023", "40000-65535"], 1, 1)
    return found


def draw_fence(dice: Dice, names: list[str]) -> Fence:
    own = [name for name in names if name not in PREDECLARED]
    return Fence(
        "f",
        some(dice, own),
        dice.choice([("Inbound",), ("Outbound",), ("Inbound", "Outbound")]),
        ("listed",) if dice.chance(0.5) else (),
        dice.choice([None, None, "vnet", "subnet", "resource_group", "nic"]),
        some(dice, names) if dice.chance(0.4) else None,
    )


def draw_excuse(dice: Dice, names: list[str], of: list[str], is_small: bool) -> Excuse:
    ends = [some(dice, names) if dice.chance(0.6) else None for _ in range(2)]
    services = (draw_service(dice, is_small),) if dice.chance(0.5) else None
    return Excuse("e", tuple(dice.some(of, 1, 4)), dice.choice(list(EXPIRES)), ends[0], ends[1], services)


@cache
def public_prefixes(vnets: tuple[Prefix, ...]) -> list[Prefix]:
    """`group.public`: everything but special-purpose ranges and the VNets (the platform's addresses are special)."""
    return without(prefixes(["0.0.0.0/0", "2000::/3"]), [*SPECIAL, *vnets, *prefixes(["168.63.129.16/32"])])


def without(found: list[Prefix], holes: list[Prefix]) -> list[Prefix]:
    for hole in holes:
        found = [part for prefix in found for part in outside(prefix, hole)]
    return found


def outside(prefix: Prefix, hole: Any) -> list[Prefix]:
    if prefix.version != hole.version or not prefix.overlaps(hole):
        return [prefix]
    return [] if prefix.subnet_of(hole) else list(prefix.address_exclude(hole))  # type: ignore[arg-type]


def texts(found: list[Prefix]) -> list[str]:
    return [str(ipaddress.ip_network(prefix)) for prefix in found]
