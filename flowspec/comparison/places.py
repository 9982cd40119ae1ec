"""Two inventories -> who is judged in both, or in one of them only: ip-configurations, subnets, NSGs on their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from flowspec.model.inventory import Direction, Inventory, Lack, Nsg, Subnet, key, lack
from flowspec.network.arrivals import Arrival
from flowspec.network.index import Endpoint, Network
from flowspec.policy.layers import Policy
from flowspec.policy.policies import Policies
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, AddressSet, is_point

FORWARDING = "ip_forwarding"
"""The field of a NIC by which it also judges what is not its own."""
ON_ITS_OWN = "whatever it gets attached to"


class Stay(Enum):
    """In which of two inventories a place is."""

    BOTH = "both"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPlace:
    """Some addresses that are judged alike. `id` is that of a NIC, a subnet, or an NSG that is attached to nothing.

    `old` and `new` say who judges them: an ip-configuration, or a subnet (its key); None where nothing does.
    `arrival`: judged is only what a load balancer brings to these addresses. `others`: the addresses are not its own;
    it forwards their traffic, or is behind a load balancer whose frontends are not known (azure.md A23, A24).
    `untold`: why it is not known whether anything is judged there.
    """

    id: str
    addresses: AddressSet
    old: Endpoint | str | None
    new: Endpoint | str | None
    stay: Stay = Stay.BOTH
    arrival: Arrival | None = None
    others: Direction | None = None
    untold: Lack | None = None

    def is_judged(self, direction: Direction) -> bool:
        """Whether anything is to be asked of it in a direction: load balancers only bring something in."""
        if self.arrival is not None:
            return direction is Direction.INBOUND
        return self.others in (None, direction)


@dataclass(slots=True)
class JudgedNetwork:
    """One of the two inventories, with its policies."""

    network: Network
    policies: Policies = field(init=False)

    def __post_init__(self) -> None:
        self.policies = Policies(self.network)

    def policy(self, judged: Endpoint | str, direction: Direction) -> Policy:
        if isinstance(judged, str):
            return self.policies.of_subnet(judged, direction)
        return self.policies.of_endpoint(judged, direction)


def sides(old: Inventory, new: Inventory) -> tuple[JudgedNetwork, JudgedNetwork]:
    """Both inventories, with a subnet made up for each NSG that neither attaches to anything."""
    alone = _unattached(old).keys() & _unattached(new).keys()
    numbers: dict[str, int] = {}
    one, other = (Network(_with_stands(inventory, alone), numbers=numbers) for inventory in (old, new))
    return JudgedNetwork(one), JudgedNetwork(other)


def places(old: JudgedNetwork, new: JudgedNetwork) -> list[JudgedPlace]:
    """Everyone who is judged, NICs first."""
    return [*_nics(old, new), *_frontends(old, new), *_subnets(old, new), *_nsgs(old, new), *_open_ended(old, new)]


def _nics(old: JudgedNetwork, new: JudgedNetwork) -> Iterator[JudgedPlace]:
    """By id and address; a NIC that took the address of one that is gone is compared with that one."""
    mine, theirs = ({(key(e.configuration.id), e.place): e for e in s.network.endpoints} for s in (old, new))
    gone: dict[tuple[str, int], list[Endpoint]] = {}
    for held, endpoint in mine.items():
        if held not in theirs:
            gone.setdefault((endpoint.subnet, endpoint.place), []).append(endpoint)
    for held, endpoint in theirs.items():
        left = gone.get((endpoint.subnet, endpoint.place))
        before = mine.get(held) or (left.pop(0) if left else None)
        here = AddressSet.one(endpoint.place)
        if before is not None:
            yield JudgedPlace(id=endpoint.nic.id, addresses=here, old=before, new=endpoint)
        else:
            yield JudgedPlace(
                id=endpoint.nic.id, addresses=here, old=_lying_in(old, endpoint), new=endpoint, stay=Stay.ADDED
            )
    for endpoint in (endpoint for left in gone.values() for endpoint in left):
        here = AddressSet.one(endpoint.place)
        yield JudgedPlace(
            id=endpoint.nic.id, addresses=here, old=endpoint, new=_lying_in(new, endpoint), stay=Stay.REMOVED
        )


def _frontends(old: JudgedNetwork, new: JudgedNetwork) -> Iterator[JudgedPlace]:
    """What load balancers bring to backends at the addresses of frontends."""
    mine, theirs = (
        {(key(e.configuration.id), e.place, e.arrival): e for found in side.network.floating.values() for e in found}
        for side in (old, new)
    )
    for held in dict.fromkeys((*mine, *theirs)):
        before, after = mine.get(held), theirs.get(held)
        known = after or before
        assert known is not None
        yield JudgedPlace(
            id=known.nic.id,
            addresses=AddressSet.one(known.place),
            old=before,
            new=after,
            stay=Stay.BOTH if before and after else Stay.ADDED if after else Stay.REMOVED,
            arrival=known.arrival,
        )


def _open_ended(old: JudgedNetwork, new: JudgedNetwork) -> Iterator[JudgedPlace]:
    """NICs that are judged at addresses which are not theirs: every other one."""
    for direction in Direction:
        mine, theirs = (_open_ended_of(side.network, direction) for side in (old, new))
        for held in dict.fromkeys((*mine, *theirs)):
            before, after = mine.get(held), theirs.get(held)
            known = after or before
            assert known is not None
            own = [e for side in (old, new) for e in side.network.endpoints if key(e.nic.id) == held]
            unsaid = (lack(endpoint.nic, FORWARDING) for endpoint in (before, after) if endpoint is not None)
            yield JudgedPlace(
                id=known.nic.id,
                addresses=ALL_NUMBERS.subtract(AddressSet.of((e.place, e.place) for e in own)),
                old=before,
                new=after,
                stay=Stay.BOTH if before and after else Stay.ADDED if after else Stay.REMOVED,
                others=direction,
                untold=next(filter(None, unsaid), None),
            )


def _open_ended_of(network: Network, direction: Direction) -> Mapping[str, Endpoint]:
    """NIC (a key) -> one of its ip-configurations; all of them have the NIC's filters."""
    return {key(e.nic.id): e for e in reversed(network.endpoints) if network.is_open_ended(e, direction)}


def _lying_in(side: JudgedNetwork, endpoint: Endpoint) -> str | None:
    """The subnet, if the other inventory has it: there its NSG alone judges an address that no NIC holds."""
    if is_point(endpoint.place):
        return None
    inside = endpoint.place in side.network.subnet_addresses(endpoint.subnet)
    return endpoint.subnet if inside or _is_named(side, endpoint.subnet) else None


def _is_named(side: JudgedNetwork, subnet: str) -> bool:
    """All that is known of the subnet is that there is one."""
    found = side.network.inventory.subnets.get(subnet)
    return found is not None and not found.known


def _subnets(old: JudgedNetwork, new: JudgedNetwork) -> Iterator[JudgedPlace]:
    """What is left of each subnet by the NICs of both."""
    mine, theirs = _known(old), _known(new)
    for subnet in sorted({*mine, *theirs}):
        (before, was), (after, now) = _extent(old, new, subnet), _extent(new, old, subnet)
        name = (theirs.get(subnet) or mine[subnet]).id
        for addresses, stay in (
            (before.intersect(after), Stay.BOTH),
            (after.subtract(was), Stay.ADDED),
            (before.subtract(now), Stay.REMOVED),
        ):
            if addresses:
                here, there = (None if stay is gone else subnet for gone in (Stay.ADDED, Stay.REMOVED))
                yield JudgedPlace(id=name, addresses=addresses, old=here, new=there, stay=stay)


def _extent(side: JudgedNetwork, other: JudgedNetwork, subnet: str) -> tuple[AddressSet, AddressSet]:
    """What no NIC holds of a subnet, and all of it; where its name is all that is known, as the other one has it."""
    told = other if _is_named(side, subnet) else side
    if subnet not in told.network.inventory.subnets:
        return NO_ADDRESSES, NO_ADDRESSES
    return told.network.rest_of(subnet), told.network.subnet_addresses(subnet)


def _known(side: JudgedNetwork) -> Mapping[str, Subnet]:
    subnets = side.network.inventory.subnets
    return {found: subnet for found, subnet in subnets.items() if subnet.known and not _is_stand(found)}


def _nsgs(old: JudgedNetwork, new: JudgedNetwork) -> Iterator[JudgedPlace]:
    """An NSG that neither inventory attaches to anything is judged for every address."""
    everywhere = everyone(old, new)
    for found, subnet in sorted(new.network.inventory.subnets.items()):
        if _is_stand(found) and subnet.nsg is not None:
            yield JudgedPlace(id=subnet.nsg, addresses=everywhere, old=found, new=found)


def everyone(old: JudgedNetwork, new: JudgedNetwork) -> AddressSet:
    """Every address, and those that neither network knows the address of."""
    points = old.network.points.keys() & new.network.points.keys()
    return ALL_NUMBERS.union(AddressSet.of((place, place) for place in points))


def _unattached(inventory: Inventory) -> Mapping[str, Nsg]:
    """The NSGs of no NIC and no subnet of which enough is known for them to judge anything there."""
    nics = inventory.nics.values()
    lived_in = {key(one.subnet) for nic in nics for one in nic.ip_configurations if one.subnet}
    subnets = ((at, one) for at, one in inventory.subnets.items() if one.known and (one.prefixes or at in lived_in))
    named = {key(nic.nsg) for nic in nics if nic.nsg and nic.ip_configurations}
    named |= {key(subnet.nsg) for _, subnet in subnets if subnet.nsg}
    return {found: nsg for found, nsg in inventory.nsgs.items() if found not in named}


def _with_stands(inventory: Inventory, alone: set[str]) -> Inventory:
    stands = {
        f"{nsg}/{ON_ITS_OWN}": Subnet(id=f"{nsg}/{ON_ITS_OWN}", name=ON_ITS_OWN, vnet="", nsg=inventory.nsgs[nsg].id)
        for nsg in sorted(alone)
    }
    return replace(inventory, subnets={**inventory.subnets, **stands}) if stands else inventory


def _is_stand(subnet: str) -> bool:
    return subnet.endswith(f"/{ON_ITS_OWN}")
