"""What passes in a network -> statements of it in the spec's words: named groups, services, what is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from flowspec.importing.brief import brief, is_peering
from flowspec.importing.bundles import AddressClasses, Bundle, Bundles
from flowspec.importing.fresh_names import FreshNames
from flowspec.importing.known_groups import is_open, known_groups_of
from flowspec.importing.naming import EndName, Naming
from flowspec.importing.passing import Passing
from flowspec.importing.services import Services, name_of, services_of
from flowspec.model.inventory import Direction, key, vnet_part
from flowspec.model.platform import ALL_BUT_PLATFORM
from flowspec.model.spec import Group, Service
from flowspec.network.index import Network
from flowspec.reporting.sensitive import without_secrets
from flowspec.sets.flows import FlowSet
from flowspec.sets.intervals import AddressSet

CLOSING = "nothing-else"
_BUILT_IN = ("any", "public")
_BRIEF = 40
"""Characters of two groups that both stand in the name of an intent."""


@dataclass(slots=True, kw_only=True)
class Statement:
    """An intent to be: `services` from some groups to others. `taken_out`: groups and the intent that `except` names.

    `unknown` is why it can't be held to be so. `is_stopped`: it only names what another statement takes out.
    """

    name: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    services: tuple[Service, ...]
    taken_out: tuple[str, ...] = ()
    unknown: str = ""
    is_stopped: bool = False

    @property
    def is_sure(self) -> bool:
        return not (self.unknown or self.is_stopped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """A boundary to be, around the NICs of a VNet: `group`, and the statements that may cross it in a direction."""

    name: str
    group: str
    direction: Direction
    allow: tuple[str, ...]


class _Worded(NamedTuple):
    """How a bundle is said."""

    sources: EndName
    destinations: EndName
    services: Services

    @property
    def cost(self) -> int:
        """What a reader has to look at."""
        return self.sources.cost + self.destinations.cost + self.services.cost


class Statements:
    """Those of a network, the ones about most flows first. `unsaid` tells what is not known, and what can't be named.

    `groups` and `spelled` are the groups that they name, by the name given when first used; `spelled` are lists of
    prefixes that stand for nothing an engineer has a name for.
    """

    def __init__(self, passing: Passing) -> None:
        network = passing.network
        known = known_groups_of(network)
        flows = [passing.flows, *(one.flows for one in passing.undecided)]
        sets = [one.addresses for one in known]
        inside, judged = network.vnet_addresses, network.places
        self._classes = AddressClasses(
            flows,
            sets,
            judged=judged,
            inside=inside,
            outside=ALL_BUT_PLATFORM.subtract(inside).subtract(judged),
            tags=AddressSet.of((place, place) for tag in network.tag_points.values() for place in (tag.v4, tag.v6)),
        )
        self._naming = Naming(self._classes, known)
        self._secrets = network.inventory.sensitive
        self._oneself, self._points = passing.oneself, network.points
        self._group_names, self._intent_names = FreshNames(_BUILT_IN), FreshNames((CLOSING,))
        self._named: dict[int, str] = {}
        self._worded_services: dict[tuple[Bundles, int], Services] = {}
        self._held: dict[str, tuple[int, int]] = {}
        self._vnets = _members(network)
        self._border_names = FreshNames()
        self.groups: dict[str, Group] = {}
        self.spelled: dict[str, Group] = {}
        self.listed: list[Statement] = []
        self.unsaid: list[str] = []
        self._state(Bundles(self._classes, passing.flows).cover(self._cost), "")
        doubted: dict[str, list[tuple[str, FlowSet]]] = {}
        for one in passing.undecided:
            reason = without_secrets(one.reason, self._secrets)
            self.unsaid.append(reason)
            doubted.setdefault("" if is_peering(reason) else reason, []).append((reason, one.flows))
        for found in doubted.values():
            bundles = Bundles(self._classes, FlowSet.union_all(flows for _, flows in found))
            self._state(bundles.cover(self._cost), "; ".join(brief(reason for reason, _ in found)))

    def borders(self) -> list[Border]:
        """Around the NICs of each VNet, in each direction; whether they hold is for the engine to say."""
        found = []
        for vnet, members in self._vnets.items():
            group = next((n for n, one in enumerate(self._naming.known) if one.addresses == members), None)
            inside = self._classes.classes(members)
            if group is None:
                continue
            for direction in Direction:
                ends = (0, 1) if direction is Direction.OUTBOUND else (1, 0)
                crossing = [
                    name
                    for name, held in self._held.items()
                    if held[ends[0]] & inside and held[ends[1]] & ~inside
                ]  # fmt: skip
                name = self._border_names.new(f"{vnet}-{direction}")
                found.append(Border(name=name, group=self._group(group), direction=direction, allow=tuple(crossing)))
        return found

    def _state(self, bundles: Iterable[Bundle], unknown: str) -> None:
        for bundle in bundles:
            if not self._is_alone(bundle):
                self._add(bundle, unknown)

    def _worded(self, bundle: Bundle) -> _Worded:
        """The briefest way to say a bundle: the end that is named second may be as wide as the first lets it be."""
        ways = [(self._services(bundle, kinds), kinds) for kinds in (bundle.needed_services, bundle.services)]
        services, kinds = min(ways, key=lambda way: way[0].cost)
        here, there = bundle.sources, bundle.destinations
        first = self._naming.named(here, bundle.sources_to(there, kinds), there)
        second = self._naming.named(there, bundle.destinations_of(self._naming.classes_of(first), kinds), here)
        found = _Worded(first, second, services)
        second = self._naming.named(there, bundle.destinations_of(here, kinds), here)
        first = self._naming.named(here, bundle.sources_to(self._naming.classes_of(second), kinds), there)
        return min(found, _Worded(first, second, services), key=lambda worded: worded.cost)

    def _services(self, bundle: Bundle, kinds: int) -> Services:
        known = (bundle.of, kinds)
        if known not in self._worded_services:
            self._worded_services[known] = services_of(bundle.boxes(kinds))
        return self._worded_services[known]

    def _cost(self, bundle: Bundle) -> int:
        """What a reader has to look at in the statement of a bundle."""
        return self._worded(bundle).cost

    def _is_alone(self, bundle: Bundle) -> bool:
        """Whether a bundle is needed for what one address sends to itself only, which is nobody's flow."""
        if bundle.sources != bundle.destinations:
            return False
        addresses = self._classes.addresses(bundle.sources)
        return addresses.count() == 1 and addresses.is_subset(self._oneself)

    def _add(self, bundle: Bundle, unknown: str) -> None:
        """The statement of a bundle, and of what its services are all but."""
        worded = self._worded(bundle)
        services = worded.services
        here, there = self._sayable(worded.sources), self._sayable(worded.destinations)
        if not (here.groups and there.groups):
            return
        sources, destinations = (tuple(self._group(n) for n in end.groups) for end in (here, there))
        excepts = tuple(dict.fromkeys(f"group.{self._group(n)}" for n in (*here.excepts, *there.excepts)))
        among = sources == destinations and len(sources) > 1
        shown = f"among-{_shown(sources)}" if among else f"{_shown(sources)}-to-{_shown(destinations)}"
        if services.but:
            name = self._intent_names.new(f"not-{shown}")
            self.listed.append(
                Statement(name=name, sources=sources, destinations=destinations, services=services.but, is_stopped=True)
            )
            excepts = (*excepts, f"intent.{name}")
        held = self._naming.classes_of(here), self._naming.classes_of(there)
        word = name_of(services.listed[0]) if len(services.listed) == 1 else ""
        shown = f"{shown}-{word}" if word not in ("", "all") else shown
        name = self._intent_names.new(f"unknown-{shown}" if unknown else shown)
        self._held[name] = held
        self.listed.append(
            Statement(
                name=name,
                sources=sources,
                destinations=destinations,
                services=services.listed,
                taken_out=excepts,
                unknown=unknown,
            )
        )

    def _sayable(self, end: EndName) -> EndName:
        """What of an end can be written down; what can't is told."""
        found = self._naming.written(end)
        if found is None:
            missing = self._naming.nameless(end.spelled)
            self.unsaid += [f"{self._points[place]}: no group of a spec is just it" for place in missing]
            found = replace(end, spelled=0)
        groups = [(n, self._naming.known[n]) for n in found.groups]
        open_ones = tuple(n for n, one in groups if one.predeclared or is_open(one.group, self._secrets))
        if len(open_ones) < len(groups):
            self.unsaid.append("what passes to and from addresses that a source calls sensitive")
        return replace(found, groups=open_ones)

    def _group(self, number: int) -> str:
        """The name of a group, given when it is first used."""
        one = self._naming.known[number]
        if number not in self._named:
            name = one.group.name if one.predeclared else self._group_names.new(one.group.name)
            self._named[number] = name
            if not one.predeclared:
                (self.spelled if self._naming.is_spelled(number) else self.groups)[name] = one.group
        return self._named[number]


def _members(network: Network) -> dict[str, AddressSet]:
    """The addresses that the NICs of each VNet have, by the VNet's name; where two are called alike, by its id."""
    vnets = network.inventory.vnets
    names = Counter(vnet.name.casefold() for vnet in vnets.values())
    held: dict[str, AddressSet] = {}
    for vnet in vnets.values():
        own = AddressSet.of((e.place, e.place) for e in network.endpoints if vnet_part(e.subnet) == key(vnet.id))
        if own:
            held[vnet.name if names[vnet.name.casefold()] == 1 else vnet.id] = own
    return held


def _shown(groups: tuple[str, ...]) -> str:
    """An end in the name of an intent."""
    if len(groups) == 2 and len("-".join(groups)) <= _BRIEF:
        return "-and-".join(groups)
    more = f"-{len(groups) - 1}" if groups[2:] else ""
    return f"{groups[0]}-and{more}-more" if groups[1:] else groups[0]
