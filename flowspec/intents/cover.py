"""Members -> the addresses they surely hold and those they may; groups and services -> the flows between them.

`except`, exceptions and listed intents take flows out of a question. Where the data that decides it is absent the
flows stay in it as uncertain ones, so that neither a drift nor its absence rests on them (docs/semantics.md,
"Intents", 5 and 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flowspec.intents.groups import Members
from flowspec.intents.sides import Side
from flowspec.model.inventory import key
from flowspec.model.spec import Service
from flowspec.network.arrivals import Arrival
from flowspec.network.index import Endpoint, Network
from flowspec.network.tags import without_data
from flowspec.sets.address import address_text
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between
from flowspec.sets.intervals import (
    ALL_ADDRESSES,
    ALL_NUMBERS,
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
    Span,
)

EVERYTHING = (Service(tuple(Protocol)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The addresses and points of a membership, those that may belong to it besides, and why that is not known.

    `arrivals` and `maybe_arrivals` are what load balancers bring to members, as far as the other side judges it.
    """

    sure: AddressSet
    maybe: AddressSet = NO_ADDRESSES
    reasons: tuple[str, ...] = ()
    arrivals: tuple[Endpoint, ...] = ()
    maybe_arrivals: tuple[Endpoint, ...] = ()

    def told_apart(self, namesakes: Namesakes) -> Reach:
        """The same where it is known who holds which address."""
        sure = self.sure.subtract(namesakes.shared).subtract(namesakes.foreign)
        maybe = self.maybe.union(namesakes.shared).subtract(sure)
        return replace(self, sure=sure, maybe=maybe, reasons=tuple(dict.fromkeys(self.reasons + namesakes.reasons)))


@dataclass(frozen=True, slots=True)
class Namesakes:
    """Addresses that a membership has by its NICs and subnets, and others have too, as overlapping VNets do.

    At `shared` ones both are there, so that a flow may be either's; at `foreign` ones only others are.
    """

    shared: AddressSet = NO_ADDRESSES
    foreign: AddressSet = NO_ADDRESSES

    @property
    def reasons(self) -> tuple[str, ...]:
        if not self.shared:
            return ()
        return (f"{address_text(self.shared.spans[0][0])} is also an address of a NIC or subnet outside of it",)


NO_NAMESAKES = Namesakes()
EVERYONE = Reach(sure=ALL_ADDRESSES)


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
    """Every address and point of a membership, surely and maybe; who else holds them is for `namesakes` to say."""
    sure = places_of(network, members)
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
        reasons += [without_data(network, tag.tag)[0] for tag in network.tag_points.values()]
    ids = {maybe.id for maybe in members.maybe}
    doubted = [e for e in network.endpoints if e.configuration.id in ids] if ids else []
    inside = [e for e in network.numberless if network.candidates(e).meets(members.addresses)]
    if inside:
        named = f"{inside[0].nic.name} and {len(inside) - 1:,} more" if inside[1:] else inside[0].nic.name
        reasons.append(f"the address of {named} is not known and may lie inside the group")
    doubted += inside
    unsure += [network.subnet_addresses(key(u.subnet)) for u in network.inventory.unlisted if u.id in ids]
    unsure.append(AddressSet.of((e.place, e.place) for e in doubted))
    maybe = AddressSet.of(span for addresses in unsure for span in addresses.spans).subtract(sure)
    return Reach(sure=sure, maybe=maybe, reasons=tuple(dict.fromkeys(reasons)))


def namesakes(network: Network, members: Members, side: Side | None = None) -> Namesakes:
    """Where an address does not tell whether a flow is a member's (identity, not address).

    At the addresses that a `side` judges it is known who is judged; elsewhere anyone of the network may be meant.
    """
    named = _by_identity(network, members).intersect(network.ambiguous)
    if not named:
        return NO_NAMESAKES
    judged = side.judged if side is not None else NO_ADDRESSES
    anywhere = named.subtract(judged).intersect(_held(network.namesakes, members)[1])
    if side is None:
        return Namesakes(anywhere)
    mine, others = _held(side.holders(), members)
    here = named.intersect(judged)
    return Namesakes(anywhere.union(here.intersect(mine).intersect(others)), here.intersect(others).subtract(mine))


def brought_to(reach: Reach, members: Members, side: Side | None) -> Reach:
    """The same with what load balancers bring to members; maybe, where they bring it to others as well."""
    brought = side.brought if side is not None else ()
    mine = [one for one in brought if _is_brought_to(one, members)]
    if not mine and not members.frontends:
        return reach
    others = {(one.place, one.arrival) for one in brought if not _is_brought_to(one, members)}
    sure = [one for one in (*mine, *members.frontends) if (one.place, one.arrival) not in others]
    maybe = [one for one in mine if (one.place, one.arrival) in others]
    reasons = [f"{one.arrival.rule} has backends outside of it as well" for one in maybe if one.arrival]
    return replace(
        reach,
        arrivals=tuple(dict.fromkeys(sure)),
        maybe_arrivals=tuple(maybe),
        reasons=tuple(dict.fromkeys((*reach.reasons, *reasons))),
    )


def _is_brought_to(arriving: Endpoint, members: Members) -> bool:
    return arriving in members.frontends or (arriving.owner is not None and _belongs(arriving.owner, members))


def held_besides(network: Network, members: Members, among: AddressSet, within: Members | None = None) -> AddressSet:
    """Those of some addresses that NICs or subnets outside of a membership hold; of `within` if that is given."""
    among = among.intersect(network.ambiguous)
    if not among:
        return NO_ADDRESSES
    others: list[Span] = []
    for holder, addresses in network.namesakes:
        if not _belongs(holder, members):
            here = addresses if within is None or _belongs(holder, within) else addresses.intersect(within.addresses)
            others += here.spans
    return among.intersect(AddressSet.of(others))


def _by_identity(network: Network, members: Members) -> AddressSet:
    """The addresses that a membership has by its NICs and subnets, not by prefixes and tags."""
    spans = [(e.place, e.place) for e in members.endpoints]
    spans += [span for subnet in members.subnets for span in network.subnet_addresses(subnet).spans]
    return AddressSet.of(spans).subtract(members.addresses)


Holder = Endpoint | str
"""An ip-configuration, or the rest of a subnet (its key) that no known ip-configuration holds."""


def _held(holders: Iterable[tuple[Holder, AddressSet]], members: Members) -> tuple[AddressSet, AddressSet]:
    """The addresses that members hold, and those that others do."""
    mine: list[Span] = []
    others: list[Span] = []
    for holder, addresses in holders:
        (mine if _belongs(holder, members) else others).extend(addresses.spans)
    return AddressSet.of(mine).union(members.addresses), AddressSet.of(others).subtract(members.addresses)


def _belongs(holder: Holder, members: Members) -> bool:
    """Whether a NIC is a member by itself or its subnet, or a subnet is."""
    if isinstance(holder, str):
        return holder in members.subnets
    return holder.subnet in members.subnets or holder in members.endpoint_set


def places_of(network: Network, members: Members) -> AddressSet:
    """Every address and point that surely belongs to a membership."""
    spans = [(e.place, e.place) for e in members.endpoints]
    spans += [span for subnet in members.subnets for span in network.subnet_addresses(subnet).spans]
    inside = [e.place for e in network.numberless if e.subnet in members.subnets]
    inside += [e.place for e in network.numberless if network.candidates(e).is_subset(members.addresses)]
    return AddressSet.of([*spans, *((p, p) for p in inside), *members.addresses.spans])


def everyone(network: Network) -> AddressSet:
    """Every address, and the NICs whose address is not known."""
    return ALL_NUMBERS.union(AddressSet.of((e.place, e.place) for e in network.numberless))


def twice_held(sets: Iterable[AddressSet]) -> AddressSet:
    """The addresses that are in several of the sets."""
    once = twice = NO_ADDRESSES
    for one in sets:
        once, twice = once.union(one), twice.union(once.intersect(one))
    return twice


def cover_between(sources: Reach, destinations: Reach, services: Iterable[Service]) -> Cover:
    """The flows of some services between two memberships."""
    services = tuple(services)
    sure = flows_between(sources.sure, destinations.sure, services)
    sure = sure.union(arriving(sources.sure, destinations.arrivals, services))
    if not (sources.maybe or destinations.maybe or destinations.maybe_arrivals):
        return Cover(sure)
    here = sources.sure.union(sources.maybe)
    wide = flows_between(here, destinations.sure.union(destinations.maybe), services)
    wide = wide.union(arriving(here, (*destinations.arrivals, *destinations.maybe_arrivals), services))
    return Cover(sure, wide.subtract(sure), sources.reasons + destinations.reasons)


def cover_at(sources: Reach, destinations: Reach) -> Cover:
    """The flows from or to a membership, as it stands on either side."""
    sure, maybe = (
        FlowSet.of([between(here), between(destinations=there), *(_box(one) for one in brought)])
        for here, there, brought in (
            (sources.sure, destinations.sure, destinations.arrivals),
            (sources.maybe, destinations.maybe, destinations.maybe_arrivals),
        )
    )
    return Cover(sure, maybe.subtract(sure), tuple(dict.fromkeys(sources.reasons + destinations.reasons)))


def _box(brought: Endpoint) -> Box:
    assert brought.arrival is not None
    return brought.arrival.at(AddressSet.one(brought.place))


def arriving(sources: AddressSet, brought: Iterable[Endpoint], services: Iterable[Service]) -> FlowSet:
    """The flows of some services that load balancers bring, as the NSGs of the backends see them.

    A service names the ports of the frontend; a backend's port takes their place where the rule changes it.
    """
    places: dict[Arrival, list[Span]] = {}
    for one in brought:
        if one.arrival is not None:
            places.setdefault(one.arrival, []).append((one.place, one.place))
    boxes: list[Box] = []
    for arrival, spans in places.items():
        here = AddressSet.of(spans)
        wanted = [as_seen for service in services if (as_seen := _as_seen(service, arrival)) is not None]
        boxes += flows_between(sources, here, wanted).intersect(FlowSet((arrival.at(here),))).boxes
    return FlowSet.of(boxes)


def _as_seen(service: Service, arrival: Arrival) -> Service | None:
    """A service asked of a frontend as its backends see it; None where nothing of it arrives."""
    if not service.ports or arrival.asked == arrival.ports:
        return service
    return replace(service, ports=arrival.ports.spans) if arrival.asked.meets(PortSet.of(service.ports)) else None


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
