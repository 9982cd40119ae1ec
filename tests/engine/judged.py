"""A drawn spec judged by brute force with the naive evaluator: flow by flow, each end with everyone who may hold it.

Nothing here comes from the engine; what a group holds, who is judged, and what an exception takes out is read off
docs/semantics.md once more.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Literal

from tests.engine.specs import ANY, DrawnSpec, Excuse, Fence, Members, Wish, public_prefixes, texts
from tests.naive.evaluate import Access, side
from tests.naive.intents import (
    Result,
    all_of,
    allow_result,
    any_of,
    deny_result,
    in_services,
    is_same,
    passage,
)
from tests.naive.matching import Packet, is_taken, lists_missing_nics, place, point_version
from tests.naive.members import PLATFORM, End, Flow, endpoint_prefixes, holds, is_opaque, is_platform, own_end
from tests.naive.paths import path
from tests.naive.resources import IpConfiguration, Json, Network, Prefix, lower_id, overlaps, prefixes, vnet_of
from tests.naive.virtual_network import all_vnet_prefixes, virtual_network

Line = tuple[str, int | None, int | None]
"""Protocol, source port, destination port."""


@dataclass(frozen=True)
class Found:
    """What is known of a flow: is it asked about (None: maybe), and what each pair of its holders makes of it."""

    asked: bool | None
    result: Result | Literal["excused"]


class Reference:
    """`addresses` are those to test: every other one of a large prefix is left out."""

    def __init__(self, network: Network, spec: DrawnSpec, addresses: Iterable[str]) -> None:
        self.network = network
        self.spec = spec
        self.addresses = tuple(dict.fromkeys(str(ipaddress.ip_address(a)) for a in addresses))

    # Groups

    def members(self, names: Iterable[str]) -> list[Members]:
        return [self.spec.groups[name] for name in names]

    @lru_cache(maxsize=1000)  # noqa: B019
    def endpoints(self, names: tuple[str, ...]) -> tuple[Json, ...]:
        """The prefixes and tags with data of some groups, as the naive evaluator takes them."""
        found: list[Json] = []
        for members in self.members(names):
            if members.name == "any":
                found.append({"addresses": texts(ANY)})
            elif members.name == "public":
                found.append({"addresses": texts(public_prefixes(tuple(all_vnet_prefixes(self.network))))})
            else:
                found += [{"addresses": [prefix]} for prefix in members.prefixes]
                tags = [tag for tag in members.tags if tag.lower() != "virtualnetwork"]
                found += [{"tag": tag} for tag in tags if not is_opaque(self.network, tag)]
        return tuple(found)

    @lru_cache(maxsize=10_000)  # noqa: B019
    def holds(self, names: tuple[str, ...], address: str) -> bool:
        """Is an address in a prefix, or tag with data, of the groups?"""
        return any(holds(self.network, endpoint, address) for endpoint in self.endpoints(names))

    def extent(self, names: tuple[str, ...]) -> list[Prefix]:
        return [p for endpoint in self.endpoints(names) for p in endpoint_prefixes(self.network, endpoint)]

    def opaque(self, names: Iterable[str]) -> set[str]:
        tags = [tag for members in self.members(names) for tag in members.tags]
        return {t.lower() for t in tags if is_opaque(self.network, t) and t.lower() != "virtualnetwork"}

    def whole(self, names: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(str(lower_id(s)) for members in self.members(names) for s in members.subnets))

    def by_virtual_network(self, names: Iterable[str]) -> bool:
        return any(tag.lower() == "virtualnetwork" for members in self.members(names) for tag in members.tags)

    def is_named(self, names: Iterable[str], own: IpConfiguration) -> bool:
        """Its NIC is selected, or its subnet named as a whole."""
        nics = {lower_id(nic) for members in self.members(names) for nic in members.nics}
        return lower_id(own.nic) in nics or own.subnet_id in self.whole(names)

    def in_prefixes(self, names: tuple[str, ...], own: IpConfiguration) -> bool | None:
        if own.address:
            return self.holds(names, str(own.address))
        where = self.network.possible_addresses(own)
        found = place(where, self.extent(names), [])
        return None if found and any(overlaps(one, PLATFORM) for one in where) else found

    def doubts(self, names: tuple[str, ...]) -> list[str]:
        """The ip-configurations that may be members (Intents 2 and 9)."""
        doubted = {lower_id(nic) for members in self.members(names) for nic in members.doubted}
        return [
            own.id
            for own in self.network.ip_configurations
            if not self.is_named(names, own)
            and (
                self.in_prefixes(names, own) is None
                or (lower_id(own.nic) in doubted and not self.in_prefixes(names, own))
            )
        ]

    # Ends

    def ends(self, names: tuple[str, ...]) -> list[End]:
        """Everyone who is judged, or foreign, on a side that names these groups."""
        own = [c for c in self.network.ip_configurations if self.is_named(names, c) or self.in_prefixes(names, c)]
        found = [own_end(c) for c in own]
        inside = [a for a in self.addresses if self.holds(names, a)]
        found += self.rest(self.whole(names), self.addresses)
        found += [end for address in inside for end in self.free(address, self.whole(names))]
        found += [End(("tag", tag)) for tag in sorted(self.opaque(names))]
        return list(dict.fromkeys(found))

    def rest(self, whole: list[str], addresses: Iterable[str]) -> list[End]:
        """The addresses of subnets named as a whole that no NIC of their VNet has."""
        return [End(a, subnet) for a in addresses for subnet in whole if self.is_free_in(subnet, a)]

    def is_free_in(self, subnet: str, address: str) -> bool:
        inside = overlaps(prefixes([address])[0], self.network.subnet_prefixes(subnet))
        return inside and not is_taken(self.network, vnet_of(subnet), ipaddress.ip_address(address))

    def free(self, address: str, whole: list[str]) -> list[End]:
        """Who may hold an address of a prefix, besides the NICs that have it."""
        missing = [
            End(address, subnet, is_missing=True)
            for subnet in self.network.subnets
            if subnet not in whole and lists_missing_nics(self.network, subnet) and self.is_free_in(subnet, address)
        ]
        held = any(str(c.address) == address for c in self.network.ip_configurations)
        return missing if missing or held or self.rest(whole, [address]) else [End(address)]

    def opposite(self, names: tuple[str, ...], other: End) -> Iterator[tuple[End, bool | None]]:
        """The ends of a side that names VirtualNetwork, which means another thing at each subnet of the other side."""
        own = self.network.ip_configuration(other.holder) if other.holder else None
        subnet = own.subnet_id if own else other.holder
        if other.holder is None:
            return
        extent = virtual_network(self.network, subnet)
        for c in self.network.ip_configurations:
            inside = place(self.network.possible_addresses(c), extent.sure, extent.maybe)
            if c.address is None and inside is not False:
                yield own_end(c), inside
        for address in self.addresses:
            inside = place(prefixes([address]), extent.sure, extent.maybe)
            if inside is not False and not is_platform(address):
                nics = [own_end(c) for c in self.network.ip_configurations if str(c.address) == address]
                whole = self.whole(names)
                for end in (*nics, *self.rest(whole, [address]), *self.free(address, whole)):
                    yield end, inside

    def pairs(self, sources: tuple[str, ...], destinations: tuple[str, ...]) -> dict[tuple[End, End], bool | None]:
        """Who talks to whom; None: maybe."""
        here, there = self.ends(sources), self.ends(destinations)
        found: dict[tuple[End, End], bool | None] = dict.fromkeys(product(here, there), True)
        if self.by_virtual_network(sources):
            for end in there:
                for other, sure in self.opposite(sources, end):
                    found.setdefault((other, end), sure)
        if self.by_virtual_network(destinations):
            for end in here:
                for other, sure in self.opposite(destinations, end):
                    found.setdefault((end, other), sure)
        return {pair: sure for pair, sure in found.items() if self.share_a_family(*pair)}

    def share_a_family(self, source: End, destination: End) -> bool:
        versions = {point_version(self.network, end.point) for end in (source, destination)} - {None}
        return len(versions) == 1

    # What is taken out

    def is_member(self, names: tuple[str, ...], end: End) -> bool | None:
        """Does an end belong to the groups, for an `except`, an exception or a list?"""
        if not isinstance(end.point, str) and end.point[0] == "tag":
            return True if end.point[1].lower() in self.opaque(names) else self.maybe_in(names)
        own = self.network.ip_configuration(end.holder) if end.holder else None
        if own is not None and self.is_named(names, own):
            return True
        if isinstance(end.point, str):
            if self.holds(names, end.point) or (end.holder is not None and lower_id(end.holder) in self.whole(names)):
                return True
            if end.holder is None and self.has_address(names, end.point):
                return None if self.is_shared(names, end.point) else True
        elif own is not None and self.in_prefixes(names, own):
            return True
        if own is not None and own.id in self.doubts(names):
            return None
        return None if self.opaque(names) else False

    def has_address(self, names: tuple[str, ...], address: str) -> bool:
        """An address of a NIC or of a subnet that is named."""
        whole = [p for subnet in self.whole(names) for p in self.network.subnet_prefixes(subnet)]
        own = [c for c in self.network.ip_configurations if str(c.address) == address and self.is_named(names, c)]
        return bool(own) or overlaps(prefixes([address])[0], whole)

    def is_shared(self, names: tuple[str, ...], address: str) -> bool:
        """Others than the named NICs and subnets have it as well."""
        return any(
            lower_id(end.holder) not in self.whole(names)
            and not ((own := self.network.ip_configuration(str(end.holder))) and self.is_named(names, own))
            for end in self.holders(address)
        )

    def holders(self, address: str) -> list[End]:
        """Everyone who has an address: NICs, and what is left of subnets."""
        nics = [own_end(c) for c in self.network.ip_configurations if str(c.address) == address]
        return nics + self.rest(list(self.network.subnets), [address])

    def maybe_in(self, names: tuple[str, ...]) -> bool | None:
        """A tag without data may hold anything of any prefix or of another such tag."""
        return None if self.endpoints(names) or self.opaque(names) else False

    def excused(self, address: str, source: End, destination: End, line: Line) -> bool | None:
        running = [e for e in self.spec.excuses if address in e.of and e.runs]
        return any_of(self.excuse_takes(excuse, source, destination, line) for excuse in running)

    def excuse_takes(self, excuse: Excuse, source: End, destination: End, line: Line) -> bool | None:
        flow = Flow(line[0], source, line[1], destination, line[2])
        answers: list[bool | None] = []
        if excuse.services is not None:
            answers.append(in_services(list(excuse.services), flow))
        if excuse.sources is not None:
            answers.append(self.is_member(excuse.sources, source))
        if excuse.destinations is not None:
            answers.append(self.is_member(excuse.destinations, destination))
        return all_of(answers)

    def belongs(self, wish: Wish, source: End, destination: End, line: Line) -> bool | None:
        """Is a flow one of an intent's, before exceptions?"""
        flow = Flow(line[0], source, line[1], destination, line[2])
        ends = [self.is_member(wish.sources, source), self.is_member(wish.destinations, destination)]
        inside = all_of([in_services(list(wish.services), flow), *ends])
        taken = self.taken_out(wish, source, destination, line)
        return all_of([inside, None if taken is None else not taken])

    def taken_out(self, wish: Wish, source: End, destination: End, line: Line) -> bool | None:
        answers = [self.belongs(self.spec.wishes[name], source, destination, line) for name in wish.except_wishes]
        if wish.except_groups:
            answers += [self.is_member(wish.except_groups, end) for end in (source, destination)]
        return any_of(answers)

    # Judging

    def judge(self, wish: Wish, pair: tuple[End, End], line: Line, sure: bool | None = True) -> Found | None:
        """None: not judged. What a running exception takes out counts as well as what is as wished."""
        source, destination = pair
        flow = Flow(line[0], source, line[1], destination, line[2])
        if is_same(flow) or not (source.holder or destination.holder):
            return None
        taken, excused = self.taken_out(wish, *pair, line), self.excused(f"intent.{wish.name}", *pair, line)
        if taken:
            return None
        if excused:
            return Found(True, "excused")
        out = any_of([taken, excused])
        asked = None if out is None or sure is None else True
        accesses = self.access(source, "Outbound", flow.packet), self.access(destination, "Inbound", flow.packet)
        found = passage(list(accesses))
        if wish.expect == "Allow":
            result = allow_result(found, self.has_path(source, destination))
        else:
            result = deny_result(found, *accesses, wish.at)
        return Found(asked, result)

    @lru_cache(maxsize=100_000)  # noqa: B019
    def access(self, end: End, direction: str, packet: Packet) -> Access | None:
        return side(self.network, end.holder, direction, packet, end.is_missing).access if end.holder else None

    @lru_cache(maxsize=100_000)  # noqa: B019
    def has_path(self, source: End, destination: End) -> bool:
        if not (source.holder and destination.holder):
            return True
        for sources, destinations in self.spec.paths:
            if self.is_member(sources, source) and self.is_member(destinations, destination):
                return True
        points = [end.point if isinstance(end.point, str) else None for end in (source, destination)]
        return path(self.network, source.holder, destination.holder, *points) == "direct"

    # Boundaries

    def inside(self, fence: Fence) -> list[End]:
        return [end for end in self.ends(fence.around) if end.holder]

    @cached_property
    def everyone(self) -> list[End]:
        """Whoever may be at the other end of a boundary."""
        known = [a for a in self.addresses if not is_platform(a)]
        found = [end for address in known for end in (self.holders(address) or [End(address)])]
        return found + [own_end(c) for c in self.network.ip_configurations if not c.address]

    def crossing(self, fence: Fence, member: End) -> list[End]:
        """The remote ends of a member: outside its partition."""
        part = self.partition(fence, member)
        beside = [end for end in self.inside(fence) if self.partition(fence, end) == part]
        own, points = {(end.point, lower_id(end.holder)) for end in beside}, {end.point for end in beside}
        others = self.everyone if fence.remote is None else self.ends(fence.remote)
        outside = [
            end
            for end in others
            if (end.point, lower_id(end.holder)) not in own and not (end.holder is None and end.point in points)
        ]
        return [end for end in dict.fromkeys(outside) if self.share_a_family(member, end)]

    def partition(self, fence: Fence, end: End) -> object:
        own = self.network.ip_configuration(str(end.holder))
        subnet = own.subnet_id if own else end.holder
        match fence.each:
            case None:
                return None
            case "vnet":
                return vnet_of(subnet)
            case "subnet":
                return subnet
            case "nic" if own:
                return lower_id(own.nic)
            case "resource_group" if own:
                return str(lower_id(own.nic)).split("/providers/")[0]
        return subnet

    def judge_crossing(self, fence: Fence, pair: tuple[End, End], direction: str, line: Line) -> Found | None:
        """What a member's own side permits is drift."""
        source, destination = pair
        flow = Flow(line[0], source, line[1], destination, line[2])
        listed = [self.belongs(self.spec.wishes[name], source, destination, line) for name in fence.allow]
        out = any_of([*listed, self.excused(f"boundary.{fence.name}", source, destination, line)])
        if out:
            return None
        access = self.access(source if direction == "Outbound" else destination, direction, flow.packet)
        results: dict[Access | None, Result] = {"Allow": "drift", "Deny": "ok"}
        return Found(None if out is None else True, results.get(access, "unknown"))
