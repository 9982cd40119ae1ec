"""One rule against one packet: does each field match? Whatever is not known is asked of `Facts` as a doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.naive.resources import (
    EVERYTHING,
    Address,
    IpConfiguration,
    Network,
    Prefix,
    covered,
    overlaps,
    prefixes,
    read_address,
    read_prefix,
    vnet_of,
)
from tests.naive.virtual_network import all_vnet_prefixes, internet, virtual_network

Point = str | tuple[str, str]
Outcome = TypeVar("Outcome")

PROTOCOLS = ("Tcp", "Udp", "Icmp", "Esp", "Ah", "Other")
PLATFORM_TAGS = {
    "azureloadbalancer": prefixes(["168.63.129.16/32", "fe80::1234:5678:9abc/128"]),
    "azureplatformdns": prefixes(["168.63.129.16/32"]),
    "azureplatformimds": prefixes(["169.254.169.254/32"]),
}
TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]*")


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection. Ports are None for the protocols that have none.

    A point is an address, or ("tag", name) for an opaque service tag, or ("ipconfig", id) for an ip-configuration
    whose address need not be known.
    """

    protocol: str
    source: Point
    source_port: int | None
    destination: Point
    destination_port: int | None


# Doubts


class UndecidedError(Exception):
    def __init__(self, doubt: Hashable) -> None:
        self.doubt = doubt


@dataclass(frozen=True)
class Facts:
    """One possible world: how the doubts met so far turn out."""

    known: dict[Hashable, bool] = field(default_factory=dict)

    def ask(self, doubt: Hashable) -> bool:
        if doubt not in self.known:
            raise UndecidedError(doubt)
        return self.known[doubt]


def in_every_world(judge: Callable[[Facts], Outcome]) -> set[Outcome]:
    """All outcomes over all 2^k assignments of the doubts that `judge` meets (one it never meets can't matter)."""
    outcomes, worlds = set(), [Facts()]
    while worlds:
        world = worlds.pop()
        try:
            outcomes.add(judge(world))
        except UndecidedError as undecided:
            worlds += [Facts({**world.known, undecided.doubt: answer}) for answer in (True, False)]
    return outcomes


# Rules


@dataclass(frozen=True)
class Rule:
    """A rule of an NSG or a security admin rule, fields as written; singular and plural forms are one list here.

    An address term is ("asg", id) or ("text", what is written). An empty list is a field that is not known.
    """

    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    sources: tuple[tuple[str, str], ...]
    source_ports: tuple[str, ...]
    destinations: tuple[tuple[str, str], ...]
    destination_ports: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """A packet judged at a NIC (or subnet): what a rule's fields are matched against."""

    network: Network
    subnet_id: str | None
    direction: str
    packet: Packet
    version: int


def rule_matches(rule: Rule, scene: Scene, facts: Facts) -> bool:
    packet = scene.packet
    return (
        protocol_matches(rule, packet, facts)
        and ports_match(rule, packet, facts)
        and any_term(rule, "source", rule.sources, packet.source, scene, facts)
        and any_term(rule, "destination", rule.destinations, packet.destination, scene, facts)
        and is_applied(rule, scene, facts)
    )


def is_applied(rule: Rule, scene: Scene, facts: Facts) -> bool:
    """A21: a rule that names a group without any member beside other terms may not be applied by Azure at all."""
    named = {group for c in scene.network.ip_configurations for group in groups_of(c)}
    alone = scene.subnet_id is not None and "/subnets/" not in scene.subnet_id  # docs/diff.md: an NSG on its own
    for terms in (rule.sources, rule.destinations):
        empty = [text for kind, text in terms if kind == "asg" and text.strip().lower() not in named]
        if len(terms) > 1 and empty and not alone:
            return facts.ask(("rule", rule.name, "applied"))
    return True


def protocol_matches(rule: Rule, packet: Packet, facts: Facts) -> bool:
    written = rule.protocol.lower()
    if written in ("*", "any", "all"):
        return True
    if written in ("tcp", "udp", "icmp", "esp", "ah"):
        return written == packet.protocol.lower()
    return facts.ask(("rule", rule.name, "protocol"))


def ports_match(rule: Rule, packet: Packet, facts: Facts) -> bool:
    """A18: a rule that limits ports (on either side) and whose protocol is `*` or portless may match a portless flow,
    one and the same doubt for the whole layer. Reading: ports that together are 0-65535 limit nothing."""
    if packet.protocol.lower() in ("tcp", "udp"):
        return port_matches(rule, "source", rule.source_ports, packet.source_port, facts) and port_matches(
            rule, "destination", rule.destination_ports, packet.destination_port, facts
        )
    if all_ports(rule.source_ports) and all_ports(rule.destination_ports):
        return True
    return facts.ask("portless")


def port_matches(rule: Rule, end: str, written: tuple[str, ...], port: int | None, facts: Facts) -> bool:
    ranges = [read_ports(text) for text in written]
    if any(found and found[0] <= (port or 0) <= found[1] for found in ranges):
        return True
    return (None in ranges or not ranges) and facts.ask(("rule", rule.name, end, "ports"))


def read_ports(text: str) -> tuple[int, int] | None:
    if text.strip() in ("*",) or text.strip().lower() == "any":
        return 0, 65535
    found = re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", text.strip())
    return (int(found[1]), int(found[2] or found[1])) if found else None


def all_ports(written: tuple[str, ...]) -> bool:
    """Do the readable ranges together cover every port?"""
    free = 0
    for low, high in sorted(found for found in map(read_ports, written) if found):
        free = max(free, high + 1) if low <= free else free
    return free > 65535


# Addresses


def any_term(
    rule: Rule, end: str, terms: tuple[tuple[str, str], ...], point: Point, scene: Scene, facts: Facts
) -> bool:
    """A list is the OR of its terms, each a doubt of its own. A field with nothing in it is not known: maybe."""
    if not terms:
        return facts.ask(("rule", rule.name, end, "addresses"))
    answers = [(term, term_matches(term, point, scene)) for term in terms]
    if any(answer is True for _, answer in answers):
        return True
    return any(facts.ask((end, *normal(term))) for term, answer in answers if answer is None)


def normal(term: tuple[str, str]) -> tuple[str, str]:
    """What is asked, in one spelling: the same tag, group or prefix is the same doubt wherever it comes up."""
    kind, text = term
    prefix = read_prefix(text)
    return (kind, str(prefix) if prefix else text.strip().lower())


def term_matches(term: tuple[str, str], point: Point, scene: Scene) -> bool | None:
    """Is the point in the term: surely, surely not, or (None) maybe?"""
    kind, text = term[0], term[1].strip().lower()
    if kind == "asg":
        return in_group(text, point, scene)
    if text in ("*", "any"):
        return True
    if text == "0.0.0.0/0":
        return True if scene.version == 4 else None  # A22: no source settles what it is to IPv6
    prefix = read_prefix(text)
    if prefix:
        return place(possible(point, scene), [prefix], [])
    return in_tag(text, point, scene) if TAG_NAME.fullmatch(text) else None


def possible(point: Point, scene: Scene) -> list[Prefix]:
    """Where the point may be. Reading: an opaque tag's point is somewhere in the family of the packet, so it is surely
    in a set that holds that whole family and surely not in one of the other family."""
    if isinstance(point, str):
        return prefixes([point])
    if point[0] == "ipconfig":
        return scene.network.possible_addresses(the_ip_configuration(scene.network, point[1]))
    return [everything for everything in EVERYTHING if everything.version == scene.version]


def the_ip_configuration(network: Network, ip_configuration_id: str) -> IpConfiguration:
    found = network.ip_configuration(ip_configuration_id)
    if found is None:
        raise ValueError(f"no ip-configuration {ip_configuration_id}")
    return found


def point_version(network: Network, point: Point) -> int | None:
    """4 or 6; None for an opaque tag, which has a point in each family."""
    if isinstance(point, str):
        return 6 if ":" in point else 4
    return the_ip_configuration(network, point[1]).version if point[0] == "ipconfig" else None


def place(where: list[Prefix], sure: list[Prefix], maybe: list[Prefix]) -> bool | None:
    if all(covered(prefix, sure) for prefix in where):
        return True
    return None if any(overlaps(prefix, sure + maybe) for prefix in where) else False


def in_tag(tag: str, point: Point, scene: Scene) -> bool | None:
    if not isinstance(point, str) and point[0] == "tag" and point[1].lower() == tag:
        return True
    where = possible(point, scene)
    if tag == "virtualnetwork":
        extent = virtual_network(scene.network, scene.subnet_id)
        return place(where, extent.sure, extent.maybe)
    if tag == "internet":
        return in_internet(where, scene)
    data = PLATFORM_TAGS.get(tag, scene.network.service_tags.get(tag))
    return None if data is None else place(where, data, [])


def in_internet(where: list[Prefix], scene: Scene) -> bool | None:
    extent = internet(scene.network, scene.subnet_id)
    if any(overlaps(prefix, extent.maybe) for prefix in where):
        return None
    vnets = all_vnet_prefixes(scene.network)
    if all(prefix.version == 6 for prefix in where):
        return False if all(covered(prefix, vnets) for prefix in where) else None
    return place(where, extent.sure, [])


# Application security groups


def in_group(group: str, point: Point, scene: Scene) -> bool | None:
    """Is the point (the address of) a member ip-configuration (B4.5, A6)?"""
    members = [c for c in scene.network.ip_configurations if group in groups_of(c)]
    if not members and scene.subnet_id and "/subnets/" not in scene.subnet_id:
        return (
            None  # an NSG on its own (docs/diff.md): whom it will judge is not known, so neither who is a member there
        )
    if isinstance(point, str):
        return address_in_group(scene.network, members, read_address(point))
    if point[0] == "tag":
        return None if members or subnets_of_unlisted_members(scene.network, members) else False
    own = the_ip_configuration(scene.network, point[1])
    if own in members:
        return True
    if own.address:
        return address_in_group(scene.network, members, own.address)
    return None if may_share_an_address(scene.network, own, members) else False


def groups_of(ip_configuration: IpConfiguration) -> list[str]:
    listed = ip_configuration.properties.get("applicationSecurityGroups") or []
    return [str(group["id"]).rstrip("/").lower() for group in listed]


def address_in_group(network: Network, members: list[IpConfiguration], address: Address | None) -> bool | None:
    if any(member.address == address for member in members):
        return True
    where = prefixes([str(address)])
    for member in members:
        free = not is_taken(network, member.vnet_id, address)
        if member.address is None and free and place(where, network.possible_addresses(member), []):
            return None
    return None if may_be_unlisted_member(network, members, address) else False


def is_taken(network: Network, vnet_id: str | None, address: Address | None) -> bool:
    """Does a known ip-configuration of that VNet have the address? Then nothing else there has it."""
    return any(c.address == address and c.vnet_id == vnet_id for c in network.ip_configurations)


def may_be_unlisted_member(network: Network, members: list[IpConfiguration], address: Address | None) -> bool:
    """A14: a NIC that a subnet lists and the inventory lacks may be in any group; so an address of such a subnet that
    no known ip-configuration of its VNet has is maybe a member."""
    return any(
        place(prefixes([str(address)]), network.subnet_prefixes(subnet_id), [])
        for subnet_id in subnets_of_unlisted_members(network, members)
        if not is_taken(network, vnet_of(subnet_id), address)
    )


def subnets_of_unlisted_members(network: Network, members: list[IpConfiguration]) -> list[str]:
    """All members of a group are in one VNet (B4.5): where some are known, the subnets of other VNets are left out.

    Reading: what is listed is a NIC when its id says so or when it is a private endpoint; a gateway joins no group.
    """
    vnets = {member.vnet_id for member in members}
    return [s for s in network.subnets if lists_missing_nics(network, s) and (not vnets or vnet_of(s) in vnets)]


def lists_missing_nics(network: Network, subnet_id: str) -> bool:
    nics = ("/networkinterfaces/", "/privateendpoints/")
    return any(kind in missing for missing in network.unlisted(subnet_id) for kind in nics)


def may_share_an_address(network: Network, own: IpConfiguration, members: list[IpConfiguration]) -> bool:
    """An ip-configuration of unknown address and a member in *another* VNet may have equal addresses (within a VNet no
    two do), and so may an unlisted endpoint of another VNet."""
    others = [p for m in members if m.vnet_id != own.vnet_id for p in network.possible_addresses(m)]
    for subnet_id in subnets_of_unlisted_members(network, members):
        if vnet_of(subnet_id) != own.vnet_id:
            others += network.subnet_prefixes(subnet_id)
    return any(overlaps(prefix, others) for prefix in network.possible_addresses(own))
