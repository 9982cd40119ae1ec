"""Sets of addresses -> names that people know: `Internet`, `group.office`, `VNet vnet-hub but not 10.0.2.5`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from flowspec.intents.cover import places_of, twice_held
from flowspec.intents.groups import Groups
from flowspec.model.inventory import key
from flowspec.model.spec import GROUP_ANY, GROUP_PUBLIC
from flowspec.network.index import Network
from flowspec.network.internet import internet_list
from flowspec.sets.address import parse_prefix, prefix_set, prefix_texts
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, V4, V6, AddressSet

NamedSet = tuple[str, AddressSet]
_TAKEN = 3
"""Words that names are told without: `but not a, b, c`."""
_JOINED = 4
"""Words that are told together."""
_TRIED = 300
"""The largest named sets, of which several are told together; smaller ones have to be all that is left."""


class SetNames:
    """Names for the sets of a report; of several for one set the first counts.

    A name means the addresses of `within` alone, and in a set of one family those of that family; in a set that has
    others too, as the rules for Azure's own addresses do, all that it stands for.
    """

    def __init__(
        self,
        named: Iterable[NamedSet],
        vnets: Iterable[NamedSet] = (),
        subnets: Iterable[NamedSet] = (),
        within: AddressSet = ALL_NUMBERS,
    ) -> None:
        self._found = (tuple(named), tuple(vnets), tuple(subnets))
        families = (V4, V6, ALL_NUMBERS)
        self._universes = list(dict.fromkeys((*map(within.intersect, families), *families)))
        self._pages: dict[AddressSet, _Page] = {}
        self._known: dict[AddressSet, str] = {}

    def name(self, addresses: AddressSet) -> str:
        """What a set is called; "" where prefixes say it as briefly."""
        if addresses not in self._known:
            page = self._page(addresses)
            self._known[addresses] = (page.whole(addresses) or page.told(addresses)) if page is not None else ""
        return self._known[addresses]

    def whole(self, addresses: AddressSet) -> str:
        """`group.public`, `all but group.public`; "" for a set that has no name of its own."""
        page = self._page(addresses)
        return page.whole(addresses) if page is not None else ""

    def _page(self, addresses: AddressSet) -> _Page | None:
        """Of the smallest universe that a set lies in; None for nothing, and for what has no number."""
        universe = next((one for one in self._universes if addresses.is_subset(one)), None) if addresses else None
        if universe is None:
            return None
        if universe not in self._pages:
            self._pages[universe] = _Page(*self._found, universe)
        return self._pages[universe]


class _Page:
    """What sets that lie within a universe are called."""

    def __init__(
        self, named: Sequence[NamedSet], vnets: Sequence[NamedSet], subnets: Sequence[NamedSet], universe: AddressSet
    ) -> None:
        self.universe = universe
        named, self._vnets, subnets = (
            [(name, here) for name, held in found if (here := held.intersect(universe))]
            for found in (named, vnets, subnets)
        )
        self._named = [*named, *self._vnets, *subnets]
        self._exact: dict[AddressSet, str] = {}
        for name, held in self._named:
            self._exact.setdefault(held, name)
        largest = sorted(self._exact.items(), key=lambda one: -one[0].count())
        self._largest = [(name, held) for held, name in largest[:_TRIED]]

    def whole(self, addresses: AddressSet) -> str:
        left_out = self.universe.subtract(addresses)
        if addresses not in self._exact and left_out in self._exact:
            return f"all but {self._exact[left_out]}"
        return self._exact.get(addresses, "")

    def told(self, addresses: AddressSet) -> str:
        """Several names and prefixes together, or one or several without some: whichever takes the fewest words."""
        listed = prefix_texts(addresses)
        words, rest = self._words(addresses)
        found = [(len(words), 0, ", ".join(words))] if len(words) <= _JOINED else []
        if rest and (rest == addresses or len(words) > len(listed)):
            found = []
        found += [
            (len(held) + len(left_out), size, f"{', '.join(held)} but {no}{', '.join(left_out)}")
            for held, no, size, left_out in (self._without(addresses) if len(listed) > 1 else ())
            if len(left_out) <= _TAKEN and len(held) <= _JOINED and len(held) + len(left_out) < len(listed)
        ]
        return min(found, default=(0, 0, ""))[2]

    def _without(self, addresses: AddressSet) -> Iterator[tuple[list[str], str, int, list[str]]]:
        """Names of sets that hold a set, the word for not, how large they are, and what has to be taken from them."""
        low, high = addresses.spans[0][0], addresses.spans[-1][1]
        for name, held in self._named:
            if held.spans[0][0] <= low and high <= held.spans[-1][1] and addresses.is_subset(held):
                yield [name], "not ", held.count(), self._words(held.subtract(addresses))[0]
        places = [(name, held) for name, held in self._vnets if held.meets(addresses)]
        whole = AddressSet.of(span for _, held in places for span in held.spans)
        if len(places) > 1 and addresses.is_subset(whole):
            yield [name for name, _ in places], "not ", whole.count(), self._words(whole.subtract(addresses))[0]
        if left_out := self.universe.subtract(addresses):
            yield ["all"], "", self.universe.count(), self._words(left_out)[0]

    def _words(self, addresses: AddressSet) -> tuple[list[str], AddressSet]:
        """A set in names, the largest first, and the prefixes of the rest of it; no more names than are ever told."""
        words: list[str] = []
        rest = addresses
        for name, held in self._largest:
            if len(words) > _JOINED:
                return words, rest
            if rest and held.meets(rest) and held.is_subset(addresses):
                words.append(name)
                rest = rest.subtract(held)
        own = self._exact.get(rest)
        if own:
            return [*words, own], NO_ADDRESSES
        return [*words, *map(_bare, prefix_texts(rest))], rest


def _bare(prefix: str) -> str:
    """A single address without its length."""
    return prefix.removesuffix("/128" if ":" in prefix else "/32")


def names_in(*networks: Network, groups: Groups | None = None, within: AddressSet = ALL_NUMBERS) -> SetNames:
    """The tag Internet as Azure was last seen to expand it, the groups of a spec, VNets and subnets."""
    vnets, subnets = _places(networks)
    named = _groups(groups) if groups is not None else ()
    return SetNames((("Internet", internet_list().addresses), *named), vnets, subnets, within)


def _groups(groups: Groups) -> Iterator[NamedSet]:
    """The predeclared groups, then those of the spec whose members are all known by their addresses."""
    for name in (GROUP_ANY, GROUP_PUBLIC, *groups.spec.groups):
        members = groups.members(name)
        addresses = places_of(groups.network, members)
        known = not (members.maybe or members.problems or members.virtual_network or members.frontends)
        if known and addresses.is_subset(ALL_NUMBERS):
            yield f"group.{name}", addresses


def _places(networks: Iterable[Network]) -> tuple[list[NamedSet], list[NamedSet]]:
    """VNets and subnets, but for those that share addresses with another VNet, or their name, or were others before."""
    vnets, subnets = _Places(), _Places()
    for network in networks:
        for vnet in network.inventory.vnets.values():
            vnets.add(f"VNet {network.vnet_name(key(vnet.id))}", key(vnet.id), vnet.prefixes)
        for subnet in network.inventory.subnets.values():
            subnets.add(f"subnet {network.subnet_name(key(subnet.id))}", key(subnet.id), subnet.prefixes)
    shared = twice_held(AddressSet.of(s for one in held for s in one.spans) for held in vnets.held.values())
    return vnets.named(shared), subnets.named(shared)


class _Places:
    """Places by id: their names, and what they hold in each network."""

    def __init__(self) -> None:
        self.held: dict[str, set[AddressSet]] = defaultdict(set)
        self._called: dict[str, dict[str, str]] = defaultdict(dict)

    def add(self, name: str, place: str, prefixes: tuple[str, ...]) -> None:
        """Nothing is held where not all prefixes are known."""
        self.held[place].add(prefix_set(prefixes) if all(map(parse_prefix, prefixes)) else NO_ADDRESSES)
        self._called[name.casefold()][place] = name

    def named(self, shared: AddressSet) -> list[NamedSet]:
        """Those whose name is theirs alone, whose addresses are not `shared`, and the same in every network."""
        alone = [next(iter(called.items())) for called in self._called.values() if len(called) == 1]
        return [
            (name, held) for place, name in alone for held in self.held[place]
            if len(self.held[place]) == 1 and not held.meets(shared)
        ]  # fmt: skip
