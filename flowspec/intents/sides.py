"""The members of one end of an intent -> its parties: who is judged, by which policy, and who has no filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from flowspec.intents.groups import Maybe, Members
from flowspec.model.inventory import Direction, Lack, lack, vnet_part
from flowspec.network.arrivals import Arrival
from flowspec.network.index import Endpoint, Network
from flowspec.policy.layers import Policy
from flowspec.policy.policies import Policies
from flowspec.sets.address import address_text
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, AddressSet, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Ip-configurations, and subnets judged as a whole (keys), that share one policy. `addresses` are theirs all.

    `size` counts its NICs and subnets, `vnets` are the keys of their VNets. `arrival`: judged is only what load
    balancers bring this way. `forwards`: the addresses are those of others, whose traffic passes the NIC.
    """

    policy: Policy
    endpoints: tuple[Endpoint, ...]
    subnets: tuple[str, ...]
    addresses: AddressSet
    size: int
    vnets: frozenset[str]
    arrival: Arrival | None = None
    forwards: bool = False

    def brings(self, judged: AddressSet) -> tuple[Box, ...]:
        """What arrives by load balancers, but for what those `judged` send to a public IP: NAT hides their address."""
        if self.arrival is None:
            return ()
        every = self.arrival.at(self.addresses)
        return (replace(every, sources=every.sources.subtract(judged)),) if self.arrival.public else (every,)


@dataclass(frozen=True, kw_only=True)
class Side:
    """One end of an intent. `foreign`: addresses without a filter; `judged` those with one, `by_subnet` too.

    `rest`: of each subnet that is judged as a whole, the addresses that no known ip-configuration holds. `whole`: the
    subnets (keys) that the members name as a whole.

    `size` counts the NICs and whole subnets that are judged.
    """

    parties: tuple[Party, ...] = ()
    foreign: AddressSet = NO_ADDRESSES
    judged: AddressSet = NO_ADDRESSES
    by_subnet: Mapping[str, AddressSet] = field(default_factory=dict)
    rest: Mapping[str, AddressSet] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    maybe: tuple[Maybe, ...] = ()
    size: int = 0

    @cached_property
    def by_vnet(self) -> Mapping[str, AddressSet]:
        """VNet (a key) -> the judged addresses in it."""
        spans: dict[str, list[Span]] = {}
        for subnet, addresses in self.by_subnet.items():
            spans.setdefault(vnet_part(subnet), []).extend(addresses.spans)
        return {vnet: AddressSet.of(found) for vnet, found in spans.items()}

    def holders(self) -> Iterator[tuple[Endpoint | str, AddressSet]]:
        """Who is judged at addresses of its own: every ip-configuration, every subnet (its key) judged as a whole."""
        for party in self.parties:
            if party.forwards or party.arrival is not None:
                continue
            yield from ((endpoint, AddressSet.one(endpoint.place)) for endpoint in party.endpoints)
        yield from self.rest.items()

    @cached_property
    def brought(self) -> tuple[Endpoint, ...]:
        """What load balancers bring to those who are judged."""
        return tuple(endpoint for party in self.parties if party.arrival for endpoint in party.endpoints)

    def arriving(self, judged: AddressSet) -> FlowSet:
        """What load balancers surely bring to nobody but those who are judged here; `judged` are the other side's."""
        whole = [party for party in self.parties if party.arrival and party.arrival.is_whole]
        return FlowSet.of(box for party in whole for box in party.brings(judged))

    @cached_property
    def is_disjoint(self) -> bool:
        """No two parties share an address, as they do where address spaces overlap, or behind one frontend."""
        every = AddressSet.of(span for party in self.parties for span in party.addresses.spans)
        return sum(party.addresses.count() for party in self.parties) == every.count()


def side_of(
    network: Network, policies: Policies, members: Members, direction: Direction, *, through: bool = False
) -> Side:
    """Who of the members is judged in a direction (docs/semantics.md, "Intents", 2).

    `through`: also for what arrives at the frontends of load balancers that they are backends of.
    """
    inside, maybe = _endpoints_inside(network, members.addresses)
    within = [e for subnet in members.subnets for e in network.by_subnet.get(subnet, ())]
    endpoints = list(dict.fromkeys((*members.endpoints, *inside, *within)))
    rest = {subnet: network.rest_of(subnet) for subnet in members.subnets}
    unlisted = {
        subnet: shared
        for subnet in network.unlisted_subnets
        if subnet not in rest and (shared := network.rest_of(subnet).intersect(members.addresses))
    }
    if direction is Direction.INBOUND:
        endpoints += _arrivals(network, members, endpoints if through else ())
        maybe += _frontends_inside(network, members.addresses)
    parties = _parties(policies, endpoints, rest, direction)
    parties += tuple(
        _party(policies.of_unlisted(subnet, direction), [], [subnet], rest | unlisted) for subnet in unlisted
    )
    doubted = tuple(_doubted(network, policies, members.addresses, direction))
    rest = {**rest, **unlisted}
    held = AddressSet.of(span for addresses in rest.values() for span in addresses.spans)
    foreign = members.addresses.subtract(network.places).subtract(held)
    foreign = foreign.subtract(AddressSet.of(span for party in doubted for span in party.addresses.spans))
    parties += doubted
    certain = {endpoint.configuration.id for endpoint in endpoints}
    unsure = tuple(m for m in (*members.maybe, *maybe) if m.id not in certain)
    unsure += tuple(map(_of_either, filter(network.may_be_either, endpoints)))
    judged = AddressSet.of(span for party in parties if not party.arrival for span in party.addresses.spans)
    size = len({e.nic.id for e in endpoints}) + sum(len(party.subnets) for party in parties)
    return Side(
        parties=parties,
        foreign=foreign,
        judged=judged,
        by_subnet=_by_subnet(endpoints, rest),
        rest=rest,
        whole=members.subnets,
        maybe=unsure,
        size=size,
    )


def forwarding(network: Network, policies: Policies, side: Side, direction: Direction) -> Iterator[Party]:
    """The NICs of a side with IP forwarding, judged for what passes them: every address but those of the side (A24)."""
    beyond = ALL_NUMBERS.subtract(side.judged)
    nics = {e.nic.id: e for party in side.parties for e in party.endpoints if e.nic.ip_forwarding and not e.arrival}
    for endpoint in nics.values():
        yield Party(
            policy=policies.of_endpoint(endpoint, direction),
            endpoints=(endpoint,),
            subnets=(),
            addresses=beyond,
            size=1,
            vnets=frozenset({vnet_part(endpoint.subnet)}),
            forwards=True,
        )


def _arrivals(network: Network, members: Members, backends: Iterable[Endpoint]) -> list[Endpoint]:
    """What load balancers bring: by the rules that members name, at frontends inside their prefixes, to `backends`."""
    found = list(members.frontends)
    named = network.floating_places if members.addresses else {}
    found += [one for place, held in named.items() if place in members.addresses for one in held]
    found += [one for backend in backends for one in network.floating.get(backend, ())]
    return list(dict.fromkeys(found))


def _doubted(network: Network, policies: Policies, addresses: AddressSet, direction: Direction) -> Iterator[Party]:
    """The frontends among addresses of which it is not known what arrives there, or at whom."""
    doubted = network.balancers.doubted if direction is Direction.INBOUND else {}
    for place, lacks in doubted.items():
        if place in addresses:
            words = f"what arrives at the frontend {address_text(place)} is not known: {lacks[0].reason}"
            policy = policies.of_doubted(Lack("frontends", words, lacks[0].settle), direction)
            yield replace(_party(policy, [], [], {}), addresses=AddressSet.one(place))


def _endpoints_inside(network: Network, addresses: AddressSet) -> tuple[list[Endpoint], list[Maybe]]:
    """The ip-configurations whose address lies in a prefix or tag; those without a known address may."""
    found = [e for place in network.places.intersect(addresses) for e in network.by_place[place]]
    maybe = []
    for endpoint in network.numberless:
        candidates = network.candidates(endpoint)
        if candidates.is_subset(addresses):
            found.append(endpoint)
        elif candidates.meets(addresses):
            reason = f"the address of {endpoint.nic.name} is not known and may lie inside the group"
            maybe.append(Maybe(endpoint.configuration.id, reason))
    return found, maybe


def _of_either(endpoint: Endpoint) -> Maybe:
    missing = lack(endpoint.configuration, "family")
    reason = f"whether {endpoint.nic.name}/{endpoint.configuration.name} has an IPv4 or an IPv6 address is not known"
    return Maybe(endpoint.configuration.id, reason, missing.settle if missing is not None else "")


def _frontends_inside(network: Network, addresses: AddressSet) -> Iterator[Maybe]:
    """The frontends without a known address that may lie in a prefix: what arrives there, backends would judge."""
    for name, candidates in network.frontends_adrift:
        if candidates.meets(addresses):
            yield Maybe(name, f"the address of {name} is not known and may lie inside the group")


def _parties(
    policies: Policies, endpoints: Iterable[Endpoint], rest: Mapping[str, AddressSet], direction: Direction
) -> tuple[Party, ...]:
    nics: dict[tuple[Policy, Arrival | None], list[Endpoint]] = {}
    subnets: dict[tuple[Policy, Arrival | None], list[str]] = {}
    for endpoint in endpoints:
        nics.setdefault((policies.of_endpoint(endpoint, direction), endpoint.arrival), []).append(endpoint)
    for subnet in rest:
        subnets.setdefault((policies.of_subnet(subnet, direction), None), []).append(subnet)
    found = dict.fromkeys((*nics, *subnets))
    parties = (_party(policy, nics.get((policy, a), []), subnets.get((policy, a), []), rest) for policy, a in found)
    return tuple(replace(party, arrival=arrival) for party, (_, arrival) in zip(parties, found, strict=True))


def _party(policy: Policy, endpoints: list[Endpoint], subnets: list[str], rest: Mapping[str, AddressSet]) -> Party:
    spans = [(e.place, e.place) for e in endpoints] + [span for subnet in subnets for span in rest[subnet].spans]
    lived = {*(e.subnet for e in endpoints), *subnets}
    return Party(
        policy=policy,
        endpoints=tuple(endpoints),
        subnets=tuple(subnets),
        addresses=AddressSet.of(spans),
        size=len({e.nic.id for e in endpoints}) + len(subnets),
        vnets=frozenset(vnet_part(subnet) for subnet in lived),
    )


def _by_subnet(endpoints: Iterable[Endpoint], rest: Mapping[str, AddressSet]) -> Mapping[str, AddressSet]:
    spans: dict[str, list[tuple[int, int]]] = {}
    for endpoint in endpoints:
        spans.setdefault(endpoint.subnet, []).append((endpoint.place, endpoint.place))
    for subnet, addresses in rest.items():
        spans.setdefault(subnet, []).extend(addresses.spans)
    return {subnet: AddressSet.of(found) for subnet, found in spans.items()}
