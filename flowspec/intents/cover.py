"""Members -> the addresses they surely hold and those they may; groups and services -> the flows between them.

`except`, exceptions and listed intents take flows out of a question. Where the data that decides it is absent the
flows stay in it as uncertain ones, so that neither a drift nor its absence rests on them (docs/semantics.md,
"Intents", 5 and 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flowspec.intents.groups import Members
from flowspec.model.inventory import key
from flowspec.model.spec import Service
from flowspec.network.index import Network
from flowspec.network.tags import without_data
from flowspec.sets.address import address_text
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between
from flowspec.sets.intervals import (
    ALL_ADDRESSES,
    FAMILIES,
    NO_ADDRESSES,
    NO_PORTS,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    AddressSet,
    PortSet,
    Protocol,
    ProtocolSet,
)

EVERYTHING = (Service(tuple(Protocol)),)


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses and points of a membership, those that may belong to it besides, and why that is not known."""

    sure: AddressSet
    maybe: AddressSet = NO_ADDRESSES
    reasons: tuple[str, ...] = ()


EVERYONE = Reach(ALL_ADDRESSES)


@dataclass(frozen=True, slots=True)
class Cover:
    """Flows, those that may belong to them besides, and why that is not known."""

    sure: FlowSet = NO_FLOWS
    maybe: FlowSet = NO_FLOWS
    reasons: tuple[str, ...] = ()

    def union(self, other: Cover) -> Cover:
        sure = self.sure.union(other.sure)
        reasons = tuple(dict.fromkeys(self.reasons + other.reasons))
        return Cover(sure, self.maybe.union(other.maybe).subtract(sure), reasons)

    def without(self, other: Cover) -> Cover:
        sure = self.sure.subtract(other.sure).subtract(other.maybe)
        maybe = self.sure.union(self.maybe).subtract(other.sure).subtract(sure)
        return Cover(sure, maybe, tuple(dict.fromkeys(self.reasons + other.reasons)))


def reach_of(network: Network, members: Members) -> Reach:
    """Every address and point of a membership, surely and maybe."""
    shared = shared_places(network, members)
    sure = places_of(network, members).subtract(shared)
    unsure, reasons = [], [maybe.reason for maybe in members.maybe]
    tag_points = AddressSet.of(p for t in network.tag_points.values() for p in ((t.v4, t.v4), (t.v6, t.v6)))
    opaque = [t.tag for t in network.tag_points.values() if t.v4 in members.addresses]
    if members.virtual_network:
        reasons.append("the tag VirtualNetwork means another thing at each subnet: name its prefixes or subnets here")
    reasons += [without_data(network, tag)[0] for tag in opaque]
    if opaque or members.virtual_network:
        unsure.append(ALL_ADDRESSES)
    elif members.addresses:
        unsure.append(tag_points)
    if shared:
        unsure.append(shared)
        reasons.append(f"{address_text(shared.spans[0][0])} is also the address of a NIC that does not belong to it")
    ids = {maybe.id for maybe in members.maybe}
    doubted = [e for e in network.endpoints if e.configuration.id in ids] if ids else []
    doubted += [e for e in network.numberless if network.candidates(e).meets(members.addresses)]
    unsure += [network.subnet_addresses(key(u.subnet)) for u in network.inventory.unlisted if u.id in ids]
    unsure.append(AddressSet.of((e.place, e.place) for e in doubted))
    maybe = AddressSet.of(span for addresses in unsure for span in addresses.spans).subtract(sure)
    return Reach(sure, maybe, tuple(dict.fromkeys(reasons)))


def shared_places(network: Network, members: Members) -> AddressSet:
    """Addresses of NICs of a membership that others hold too, as happens where address spaces overlap.

    An address alone does not tell whose flows they are, so what is taken out by it is not certain.
    """
    own = set(members.endpoints)
    return AddressSet.of(
        (e.place, e.place)
        for e in members.endpoints
        if e.place not in members.addresses and any(other not in own for other in network.by_place[e.place])
    )


def places_of(network: Network, members: Members) -> AddressSet:
    """Every address and point that surely belongs to a membership."""
    spans = [(e.place, e.place) for e in members.endpoints]
    spans += [span for subnet in members.subnets for span in network.subnet_addresses(subnet).spans]
    inside = [e.place for e in network.numberless if e.subnet in members.subnets]
    inside += [e.place for e in network.numberless if network.candidates(e).is_subset(members.addresses)]
    return AddressSet.of([*spans, *((p, p) for p in inside), *members.addresses.spans])


def cover_between(sources: Reach, destinations: Reach, services: Iterable[Service]) -> Cover:
    """The flows of some services between two memberships."""
    services = tuple(services)
    sure = flows_between(sources.sure, destinations.sure, services)
    if not sources.maybe and not destinations.maybe:
        return Cover(sure)
    wide = flows_between(sources.sure.union(sources.maybe), destinations.sure.union(destinations.maybe), services)
    return Cover(sure, wide.subtract(sure), sources.reasons + destinations.reasons)


def cover_at(reach: Reach) -> Cover:
    """The flows from or to a membership."""
    sure = FlowSet.of([between(reach.sure), between(destinations=reach.sure)])
    maybe = FlowSet.of([between(reach.maybe), between(destinations=reach.maybe)])
    return Cover(sure, maybe.subtract(sure), reach.reasons)


def flows_between(sources: AddressSet, destinations: AddressSet, services: Iterable[Service]) -> FlowSet:
    """Every flow of some services from one set of addresses to another, within each family."""
    boxes: list[Box] = []
    for family in FAMILIES:
        here, there = sources.intersect(family), destinations.intersect(family)
        if here and there:
            for service in services:
                boxes.extend(
                    Box(protocols=p, sources=here, source_ports=s, destinations=there, destination_ports=d)
                    for p, s, d in service_products(service)
                )
    return FlowSet.of(boxes)


def service_products(service: Service) -> list[tuple[ProtocolSet, PortSet, PortSet]]:
    """Protocols, source ports and destination ports of a service; protocols without ports apart."""
    protocols = ProtocolSet.of((p, p) for p in service.protocols)
    found = []
    if ported := protocols.intersect(PORTED):
        source_ports = PortSet.of(service.source_ports) if service.source_ports else NUMBERED_PORTS
        found.append((ported, source_ports, PortSet.of(service.ports) if service.ports else NUMBERED_PORTS))
    if portless := protocols.intersect(PORTLESS):
        found.append((portless, NO_PORTS, NO_PORTS))
    return found


def emptied(flows: FlowSet, oneself: AddressSet) -> bool:
    """No flow is left once those from an address of `oneself` to itself are taken out."""
    return all(count_apart(box, oneself) == 0 for box in flows.boxes)


def count_apart(box: Box, oneself: AddressSet) -> int:
    """How many flows of a box are not from an address of `oneself` to itself."""
    pairs = box.sources.count() * box.destinations.count()
    if oneself:
        pairs -= box.sources.intersect(box.destinations).intersect(oneself).count()
    return pairs * box.protocols.count() * box.source_ports.count() * box.destination_ports.count()
