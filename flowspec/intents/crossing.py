"""The members of a boundary -> every flow between their partitions and what is outside of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from flowspec.intents.cover import (
    EVERYTHING,
    Cover,
    arriving,
    everyone,
    flows_between,
    held_besides,
    places_of,
    twice_held,
)
from flowspec.intents.groups import Members
from flowspec.intents.sides import Side, forwarding, side_of
from flowspec.model.inventory import Direction, id_part, key, vnet_part
from flowspec.model.platform import PLATFORM
from flowspec.model.spec import Partition
from flowspec.network.index import Endpoint, Network
from flowspec.policy.policies import Policies
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import NO_ADDRESSES, AddressSet

_TWINS = "NICs or subnets outside of it have addresses of those inside"


def outside_of(network: Network, remote: Members | None) -> AddressSet:
    """Whom a boundary keeps out: the members of `remote`, or everyone but the platform."""
    return places_of(network, remote) if remote is not None else everyone(network).subtract(PLATFORM)


def members_side(network: Network, policies: Policies, members: Members, direction: Direction) -> Side:
    """The members, with what load balancers bring to them and what those with IP forwarding pass on."""
    side = side_of(network, policies, members, direction, through=True)
    passing = tuple(forwarding(network, policies, side, direction))
    return replace(side, parties=(*side.parties, *passing)) if passing else side


def region(network: Network, each: Partition | None, side: Side, remote: Members | None, direction: Direction) -> Cover:
    """Every flow between each partition and what is outside it: those that surely cross, and those that may.

    An address inside that others hold too may be theirs; of an address in two partitions it is not certain whose
    outside is meant.
    """
    outside = outside_of(network, remote)
    parts = _partitions(each, side)
    twice = twice_held(part.addresses for part in parts)
    mixed = AddressSet.of(s for part in parts if part.addresses.meets(twice) for s in part.addresses.spans)
    sure: list[Box] = []
    unsure: list[Box] = []
    for part in parts:
        inside = part.addresses
        beyond, own, common = outside.subtract(inside), inside.subtract(twice), inside.intersect(twice)
        twins = _twins(network, part, remote).intersect(outside)
        sure += [*crossing(beyond, own, direction), *crossing(beyond.subtract(mixed), common, direction)]
        sure += arriving(beyond, part.brought, EVERYTHING).boxes
        sure += crossing(beyond, part.forwarded, direction)
        unsure += [*crossing(beyond.intersect(mixed), common, direction), *crossing(twins, inside, direction)]
    found = FlowSet.of(sure)
    maybe = FlowSet.of(unsure).subtract(found)
    return Cover(found, maybe, (_TWINS,) if maybe else ())


def crossing(beyond: AddressSet, inside: AddressSet, direction: Direction) -> tuple[Box, ...]:
    """Every flow between what is beyond and what is inside."""
    ends = (beyond, inside) if direction is Direction.INBOUND else (inside, beyond)
    return flows_between(*ends, EVERYTHING).boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A partition of a boundary: its ip-configurations, its subnets judged as a whole (keys), their addresses.

    `brought`: what load balancers bring to it. `forwarded`: the addresses of others whose traffic its NICs pass on.
    """

    endpoints: tuple[Endpoint, ...]
    subnets: tuple[str, ...]
    addresses: AddressSet
    brought: tuple[Endpoint, ...]
    forwarded: AddressSet


def _partitions(each: Partition | None, side: Side) -> list[_Part]:
    endpoints: dict[str, dict[Endpoint, None]] = {}
    rests: dict[str, dict[str, AddressSet]] = {}
    passing: dict[str, AddressSet] = {}
    for party in side.parties:
        for endpoint in party.endpoints:
            name = _partition(each, endpoint)
            endpoints.setdefault(name, {})[endpoint] = None
            if party.forwards:
                passing[name] = party.addresses
    for subnet, rest in side.rest.items():
        name = "" if each is None else subnet
        rests.setdefault(vnet_part(subnet) if each is Partition.VNET else name, {})[subnet] = rest
    return [
        _part(endpoints.get(name, {}), rests.get(name, {}), passing.get(name, NO_ADDRESSES))
        for name in dict.fromkeys((*endpoints, *rests))
    ]


def _part(endpoints: Iterable[Endpoint], rests: Mapping[str, AddressSet], forwarded: AddressSet) -> _Part:
    every = tuple(endpoints)
    own = tuple(endpoint for endpoint in every if endpoint.arrival is None)
    spans = [(e.place, e.place) for e in own] + [span for rest in rests.values() for span in rest.spans]
    brought = tuple(endpoint for endpoint in every if endpoint.arrival is not None)
    return _Part(
        endpoints=own,
        subnets=tuple(rests),
        addresses=AddressSet.of(spans),
        brought=brought,
        forwarded=forwarded,
    )


def _partition(each: Partition | None, endpoint: Endpoint) -> str:
    match each:
        case None:
            return ""
        case Partition.VNET:
            return vnet_part(endpoint.subnet)
        case Partition.SUBNET:
            return endpoint.subnet
        case Partition.RESOURCE_GROUP:
            return key(f"{id_part(endpoint.nic.id, 'subscriptions')}/{id_part(endpoint.nic.id, 'resourceGroups')}")
        case Partition.NIC:
            return key(endpoint.nic.id)


def _twins(network: Network, part: _Part, remote: Members | None) -> AddressSet:
    """The addresses of a partition that someone outside of it holds too, of `remote` if it is given."""
    own = Members(endpoints=part.endpoints, subnets=part.subnets)
    return held_besides(network, own, part.addresses, remote)
