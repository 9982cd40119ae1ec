"""Groups -> what two sides of two intents share for sure, whatever the inventory is.

Only certain knowledge counts. A select finds at least one NIC (an intent on an empty group is an error already) unless
`expect_at_least` or `exclude` leave that open; every NIC has an IPv4 address; a service tag may hold anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, ip_network

from flowspec.model.platform import PLATFORM
from flowspec.model.spec import GROUP_ANY, GROUP_PUBLIC, Group
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, V4, V6, V6_BASE, AddressSet

HUGE = 1 << 28
"""More addresses than the NICs of an inventory, or the public space that its VNets own, could fill."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is certain of a group. `literal`: addresses written out; `nics`: how many NICs or whole subnets at least."""

    name: str
    literal: AddressSet
    nics: int = 0
    opaque: bool = False
    """It may hold addresses that the spec does not tell."""
    tags: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.literal.spans and not self.opaque


@dataclass(frozen=True)
class Shared:
    """Endpoints that both sides have: addresses, or (None) `count` or more of the group `name`, IPv4 among them."""

    name: str
    addresses: AddressSet | None
    count: int

    def within(self, family: AddressSet) -> Shared:
        """The endpoints of one family; of a group it is certain of IPv4 only."""
        if self.addresses is None:
            return self if family is V4 else Shared(self.name, None, 0)
        addresses = self.addresses.intersect(family)
        return Shared(self.name, addresses, addresses.count())


def facts(group: Group) -> Facts:
    literal = AddressSet.of(map(span, group.prefixes))
    opaque = bool(group.selects or group.subnets or group.frontends or group.service_tags)
    return Facts(name=group.name, literal=literal, nics=_least(group), opaque=opaque, tags=bool(group.service_tags))


def _least(group: Group) -> int:
    """NICs for sure; a whole subnet counts as several endpoints."""
    if group.subnets:
        return 2
    if group.expect_at_least is not None:
        return group.expect_at_least if group.selects else 0
    return 1 if group.selects and not group.excludes else 0


@lru_cache(maxsize=65536)
def span(prefix: str) -> tuple[int, int]:
    network = ip_network(prefix)
    base = 0 if isinstance(network, IPv4Network) else V6_BASE
    return base + int(network.network_address), base + int(network.broadcast_address)


def predeclared() -> dict[str, Facts]:
    """`any` is all numbers; what is public depends on the inventory's own VNets, but they can't own all of it."""
    return {
        GROUP_ANY: Facts(name=GROUP_ANY, literal=ALL_NUMBERS),
        GROUP_PUBLIC: Facts(name=GROUP_PUBLIC, literal=NO_ADDRESSES, nics=HUGE, opaque=True),
    }


def shared(mine: Iterable[str], theirs: Iterable[str], known: Mapping[str, Facts]) -> Iterator[Shared]:
    """What both unions of groups hold."""
    ours, others = set(mine), set(theirs)
    names = ours & others
    if GROUP_ANY in others:
        names |= ours
    if GROUP_ANY in ours:
        names |= others
    for name in sorted(names):
        if known[name].nics:
            yield Shared(name, None, known[name].nics)
    common = _literals(ours, known).intersect(_literals(others, known)).subtract(PLATFORM)
    if common.spans:
        yield Shared("", common, common.count())


def _literals(names: Iterable[str], known: Mapping[str, Facts]) -> AddressSet:
    return AddressSet.of(span for name in names for span in known[name].literal.spans)


def without(side: Shared, excepted: Iterable[Facts]) -> Shared | None:
    """What is left for sure after `except`; None when nothing certainly is."""
    for group in excepted:
        if group.is_empty:
            continue
        left = _less(side, group)
        if left is None:
            return None
        side = left
    return side


def _less(side: Shared, group: Facts) -> Shared | None:
    if group.name in (GROUP_ANY, GROUP_PUBLIC) or group.tags or group.name == side.name:
        return None
    if side.addresses is None:
        small = group.literal.count() < HUGE
        return side if side.name == GROUP_PUBLIC and small else None
    addresses = side.addresses.subtract(group.literal)
    if group.opaque:
        families = (addresses.intersect(family) for family in (V4, V6))
        addresses = AddressSet.of(span for part in families if part.count() >= HUGE for span in part.spans)
    if not addresses.spans:
        return None
    return Shared(side.name, addresses, addresses.count())


def certain_pair(sources: Iterable[Shared], destinations: Iterable[Shared]) -> tuple[Shared, Shared] | None:
    """A source and a destination, both of one family, between which there is a flow for sure."""
    destinations = list(destinations)
    for source in sources:
        for destination in destinations:
            for family in (V4, V6):
                pair = source.within(family), destination.within(family)
                if _has_flow(*pair):
                    return pair
    return None


def _has_flow(source: Shared, destination: Shared) -> bool:
    """There are endpoints on both sides, and not one alone, which is not judged against itself."""
    if not source.count or not destination.count:
        return False
    if source.count > 1 or destination.count > 1:
        return True
    return None not in (source.addresses, destination.addresses) and source.addresses != destination.addresses
