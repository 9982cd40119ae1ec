"""A side -> who of it may be reached, or pass traffic on, in a way that the inventory does not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flowspec.decide.exact import Compiled, TooManyError, decide
from flowspec.intents.cover import flows_between
from flowspec.intents.crossing import crossing
from flowspec.intents.groups import NOT_PUBLIC, Maybe, Members
from flowspec.intents.sides import Side
from flowspec.model.inventory import Direction, Nic, key, lack
from flowspec.model.spec import Service
from flowspec.network.index import Network
from flowspec.policy.layers import Policy
from flowspec.sets.flows import NO_FLOWS, FlowSet
from flowspec.sets.intervals import ALL_NUMBERS, AddressSet


def let_in(network: Network, side: Side, sources: AddressSet, services: Iterable[Service]) -> Iterator[Maybe]:
    """Backends of a side whose frontends are not known, and whose filters let something in at another's address."""
    unplaced = network.balancers.unplaced
    for party in side.parties if unplaced else ():
        held = [e for e in party.endpoints if e.arrival is None and key(e.configuration.id) in unplaced]
        flows = flows_between(sources, ALL_NUMBERS.subtract(network.places), services) if held else NO_FLOWS
        if flows and not _stops(_behind(party.policy), flows):
            for endpoint in held:
                reasons = "; ".join(unplaced[key(endpoint.configuration.id)])
                yield Maybe(endpoint.configuration.id, f"{endpoint.nic.name}: {reasons}")


def _behind(policy: Policy) -> Policy:
    """The policy of what comes by a frontend, which may be private: a public IP of the NIC's own stops none of it."""
    return replace(policy, layers=policy.layers[:-1]) if policy.no_nsg else policy


def behind_nat(sources: Side, members: Members) -> Iterator[Maybe]:
    """Of sources of ours it is not known with which address they arrive at a public frontend."""
    for one in members.frontends if sources.judged else ():
        if one.arrival is not None and one.arrival.public:
            what = f"{one.arrival.rule} is public: its backends see the address that outbound NAT gives the source"
            yield Maybe(one.configuration.id, what)


def at_public(network: Network, sources: Side, members: Members, told: Side | None) -> Iterator[Maybe]:
    """The public frontends without a known address that may lie in a prefix which others than ours send to.

    `told`: the side of whose members `let_in` tells what a frontend may bring to them.
    """
    public = members.addresses.subtract(NOT_PUBLIC).subtract(network.vnet_addresses)
    judged = {key(e.configuration.id) for party in told.parties for e in party.endpoints} if told else set()
    for name, backends in network.balancers.adrift_public if public and sources.foreign else ():
        if not backends or not judged.issuperset(map(key, backends)):
            yield Maybe(name, f"the address of {name} is not known and may lie inside the group")


def passing_on(sides: Mapping[Direction, Side], outside: AddressSet) -> tuple[Maybe, ...]:
    """The NICs that don't say whether they forward others' traffic, and whose filters let some pass, told once."""
    return _told({nic.id: nic for direction, side in sides.items() for nic in _passed_on(side, outside, direction)})


def _passed_on(side: Side, outside: AddressSet, direction: Direction) -> Iterator[Nic]:
    """NICs of a side that may forward others' traffic, and whose filters let some of it pass."""
    beyond = ALL_NUMBERS.subtract(side.judged)
    flows = FlowSet.of(crossing(outside.subtract(side.judged), beyond, direction))
    for party in side.parties:
        lacking = [e.nic for e in party.endpoints if not e.arrival and lack(e.nic, "ip_forwarding")]
        if lacking and not _stops(party.policy, flows):
            yield from lacking


def _told(found: Mapping[str, Nic]) -> tuple[Maybe, ...]:
    if not found:
        return ()
    first, more = next(iter(found.values())), len(found) - 1
    who = f"{first.name} and {more:,} more" if more else first.name
    untold = lack(first, "ip_forwarding")
    reason = f"{who} may forward others' traffic: the inventory lacks enableIPForwarding"
    return (Maybe(first.id, reason, untold.settle if untold else ""),)


def _stops(policy: Policy, flows: FlowSet) -> bool:
    """Whether a policy surely denies all of some flows."""
    try:
        return decide(Compiled(policy), flows).denied().count() == flows.count()
    except TooManyError:
        return False
