"""What passes in a network -> statements of it in the spec's words: named groups, services, what is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flowspec.importing.bundles import AddressClasses, Bundle, Bundles
from flowspec.importing.fresh_names import FreshNames
from flowspec.importing.known_groups import known_groups_of
from flowspec.importing.naming import EndName, Naming
from flowspec.importing.passing import Passing
from flowspec.importing.services import name_of, simplest
from flowspec.model.spec import Group, Service

CLOSING = "nothing-else"
_BUILT_IN = ("any", "public")


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
        self._classes = AddressClasses(flows, sets, network.places, network.vnet_addresses)
        self._naming = Naming(self._classes, known)
        self._oneself = passing.oneself
        self._group_names, self._intent_names = FreshNames(_BUILT_IN), FreshNames((CLOSING,))
        self._named: dict[int, str] = {}
        self.groups: dict[str, Group] = {}
        self.spelled: dict[str, Group] = {}
        self.listed: list[Statement] = []
        self.unsaid: list[str] = []
        self._state(Bundles(self._classes, passing.flows).cover(self._cost), "")
        for one in passing.undecided:
            self.unsaid.append(one.reason)
            self._state(Bundles(self._classes, one.flows).cover(self._cost), one.reason)

    def _state(self, bundles: Iterable[Bundle], unknown: str) -> None:
        for bundle in bundles:
            if not self._is_alone(bundle):
                self._add(bundle, unknown)

    def _ends(self, bundle: Bundle) -> tuple[EndName, EndName]:
        """How the two ends of a bundle are best named."""
        return (
            self._naming.named(bundle.needed_sources, bundle.sources, bundle.needed_destinations),
            self._naming.named(bundle.needed_destinations, bundle.destinations, bundle.needed_sources),
        )

    def _cost(self, bundle: Bundle) -> int:
        """What a reader has to look at in the statement of a bundle."""
        services = simplest(bundle.needed_services, bundle.services)
        return sum(end.cost for end in self._ends(bundle)) + services.cost

    def _is_alone(self, bundle: Bundle) -> bool:
        """Whether a bundle is needed for what one address sends to itself only, which is nobody's flow."""
        if bundle.needed_sources != bundle.needed_destinations:
            return False
        addresses = self._classes.addresses(bundle.needed_sources)
        return addresses.count() == 1 and addresses.is_subset(self._oneself)

    def _add(self, bundle: Bundle, unknown: str) -> None:
        """The statement of a bundle, and of what its services are all but."""
        ends = self._ends(bundle)
        here, there = (self._naming.written(end) for end in ends)
        if here is None or there is None:
            self.unsaid.append("NICs without a known address can't be named one by one")
            return
        services = simplest(bundle.needed_services, bundle.services)
        sources, destinations = (tuple(self._group(n) for n in end.groups) for end in (here, there))
        excepts = tuple(dict.fromkeys(f"group.{self._group(n)}" for n in (*here.excepts, *there.excepts)))
        shown = f"{_shown(sources)}-to-{_shown(destinations)}"
        if services.but:
            name = self._intent_names.new(f"not-{shown}")
            self.listed.append(
                Statement(name=name, sources=sources, destinations=destinations, services=services.but, is_stopped=True)
            )
            excepts = (*excepts, f"intent.{name}")
        word = name_of(services.listed[0]) if len(services.listed) == 1 else ""
        shown = f"{shown}-{word}" if word not in ("", "all") else shown
        self.listed.append(
            Statement(
                name=self._intent_names.new(f"unknown-{shown}" if unknown else shown),
                sources=sources,
                destinations=destinations,
                services=services.listed,
                taken_out=excepts,
                unknown=unknown,
            )
        )

    def _group(self, number: int) -> str:
        """The name of a group, given when it is first used."""
        one = self._naming.known[number]
        if number not in self._named:
            name = one.group.name if one.predeclared else self._group_names.new(one.group.name)
            self._named[number] = name
            if not one.predeclared:
                (self.spelled if self._naming.is_spelled(number) else self.groups)[name] = one.group
        return self._named[number]


def _shown(groups: tuple[str, ...]) -> str:
    """An end in the name of an intent."""
    return groups[0] + ("-and-more" if groups[1:] else "")
