"""Allow intents -> those that may share flows with a Deny, found by the groups and prefixes that they name."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain, islice

from flowspec.model.inventory import Access
from flowspec.model.spec import GROUP_ANY, Intent, Service, Spec
from flowspec.sets.intervals import V6_BASE, Protocol
from flowspec.spec.sides import facts, predeclared, span

CANDIDATES = 500
"""So many Allow intents are compared with one Deny, and groups with one group; the plan finds what lies beyond."""


class PrefixIndex:
    """The groups whose prefixes overlap those of a group. Two prefixes overlap only if one holds the other."""

    def __init__(self, spec: Spec) -> None:
        self._prefixes = {name: [span(prefix) for prefix in group.prefixes] for name, group in spec.groups.items()}
        self._names: dict[tuple[int, int], list[str]] = {}
        for name, spans in self._prefixes.items():
            for low_high in spans:
                self._names.setdefault(low_high, []).append(name)
        self._sorted = sorted(self._names)

    def overlapping(self, name: str) -> list[str]:
        found = chain.from_iterable(
            self._names[hit] for low_high in self._prefixes.get(name, ()) for hit in self._hits(*low_high)
        )
        return list(dict.fromkeys(islice(found, CANDIDATES)))

    def _hits(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Prefixes around this one, then those inside it (itself among the first)."""
        base, bits = (V6_BASE, 128) if low >= V6_BASE else (0, 32)
        for size in range((high - low + 1).bit_length() - 1, bits + 1):
            start = base + ((low - base) >> size << size)
            if (start, start + (1 << size) - 1) in self._names:
                yield start, start + (1 << size) - 1
        inside = self._sorted[bisect_left(self._sorted, (low, low)) : bisect_right(self._sorted, (high, high))]
        yield from (hit for hit in inside if hit[1] <= high and hit != (low, high))


Ports = frozenset[tuple[Protocol, int]]
Key = tuple[str, tuple[Protocol, int] | None]
"""A group, and one protocol and port; None holds the intents that a list of ports does not tell."""

_EVERYONE = ""


class AllowedSide:
    """Allow intents by the groups they name on one side; those of a few single ports by port as well, as most are."""

    def __init__(self) -> None:
        self._all: dict[str, list[Intent]] = {}
        self._by_port: dict[Key, list[Intent]] = {}

    def add(self, intent: Intent, groups: tuple[str, ...]) -> None:
        ports = single_ports(intent.services)
        for name in (_EVERYONE, *groups):
            self._all.setdefault(name, []).append(intent)
            for port in (None,) if ports is None else ports:
                self._by_port.setdefault((name, port), []).append(intent)

    def naming(self, group: str, ports: Ports | None) -> list[list[Intent]]:
        """Intents that name `group`, and may share one of `ports`."""
        if ports is None:
            return [self._all.get(group, [])]
        return [self._by_port[group, port] for port in (None, *sorted(ports)) if (group, port) in self._by_port]


def single_ports(services: tuple[Service, ...]) -> Ports | None:
    """The protocols and ports, when each service is of single ports."""
    spans = [(protocol, *span) for service in services for protocol in service.protocols for span in service.ports]
    if any(low != high for _, low, high in spans) or not all(service.ports for service in services):
        return None
    return frozenset((protocol, low) for protocol, low, _ in spans)


class AllowIndex:
    """The Allow intents of a spec; and what exceptions take out, by the address of what they are of."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.known = predeclared() | {name: facts(group) for name, group in spec.groups.items()}
        self.carved: dict[str, list[tuple[Service, ...] | None]] = {}
        self._sources, self._destinations = AllowedSide(), AllowedSide()
        self._prefixes = PrefixIndex(spec)
        self._overlaps: dict[str, list[str]] = {}
        for intent in spec.intents.values():
            if intent.enabled and intent.expect is Access.ALLOW:
                self._sources.add(intent, intent.sources)
                self._destinations.add(intent, intent.destinations)
        for exception in spec.exceptions.values():
            for address in exception.of:
                self.carved.setdefault(address, []).append(exception.services)

    def candidates(self, deny: Intent) -> Iterator[Intent]:
        """Allow intents that may share both sides: found by the side that fewer share."""
        ports = single_ports(deny.services)
        sources = self._meeting(deny.sources, self._sources, ports)
        destinations = self._meeting(deny.destinations, self._destinations, ports)
        fewer = min(sources, destinations, key=lambda lists: sum(map(len, lists)))
        unique = {intent.name: intent for intent in islice(chain.from_iterable(fewer), CANDIDATES)}
        return iter(unique.values())

    def _meeting(self, names: tuple[str, ...], side: AllowedSide, ports: Ports | None) -> list[list[Intent]]:
        """Lists of the intents that name a group which may share endpoints for sure with one of `names`."""
        if GROUP_ANY in names:
            return side.naming(_EVERYONE, ports)
        groups = dict.fromkeys(other for name in names for other in self._overlapping(name))
        return [found for name in groups for found in side.naming(name, ports)]

    def _overlapping(self, name: str) -> list[str]:
        if name not in self._overlaps:
            self._overlaps[name] = list(dict.fromkeys([name, GROUP_ANY, *self._prefixes.overlapping(name)]))
        return self._overlaps[name]
