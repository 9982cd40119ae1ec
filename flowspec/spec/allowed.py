"""Allow intents -> those that may share flows with a Deny, found by the groups and prefixes that they name."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain, islice

from flowspec.model.inventory import Access
from flowspec.model.netset import V6_BASE
from flowspec.model.spec import GROUP_ANY, Intent, Service, Spec
from flowspec.spec.sides import facts, predeclared, span

CANDIDATES = 2000
"""So many groups, and Allow intents, are compared with one Deny at most; the plan finds what lies beyond."""


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


class AllowIndex:
    """Allow intents by the groups that they name; and what exceptions take out, by the address of what they are of."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.known = predeclared() | {name: facts(group) for name, group in spec.groups.items()}
        self.carved: dict[str, list[tuple[Service, ...] | None]] = {}
        self._all = [intent for intent in spec.intents.values() if intent.enabled and intent.expect is Access.ALLOW]
        self._by_source: dict[str, list[Intent]] = {}
        self._by_destination: dict[str, list[Intent]] = {}
        self._prefixes = PrefixIndex(spec)
        self._overlaps: dict[str, list[str]] = {}
        for intent in self._all:
            for name in intent.sources:
                self._by_source.setdefault(name, []).append(intent)
            for name in intent.destinations:
                self._by_destination.setdefault(name, []).append(intent)
        for exception in spec.exceptions.values():
            for address in exception.of:
                self.carved.setdefault(address, []).append(exception.services)

    def candidates(self, deny: Intent) -> Iterator[Intent]:
        """Allow intents that may share both sides: found by the side that fewer share."""
        sources = self._meeting(deny.sources, self._by_source)
        destinations = self._meeting(deny.destinations, self._by_destination)
        fewer = min(sources, destinations, key=lambda lists: sum(map(len, lists)))
        unique = {intent.name: intent for intent in islice(chain.from_iterable(fewer), CANDIDATES)}
        return iter(unique.values())

    def _meeting(self, names: tuple[str, ...], intents: dict[str, list[Intent]]) -> list[list[Intent]]:
        """Lists of the intents that name a group which may share endpoints for sure with one of `names`."""
        if GROUP_ANY in names:
            return [self._all]
        groups = dict.fromkeys(other for name in names for other in self._overlapping(name))
        return [intents[name] for name in groups if name in intents]

    def _overlapping(self, name: str) -> list[str]:
        if name not in self._overlaps:
            self._overlaps[name] = list(dict.fromkeys([name, GROUP_ANY, *self._prefixes.overlapping(name)]))
        return self._overlaps[name]
