"""Flows -> the pairs of subnets that they are between, by the numbers that the map gives the subnets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from flowspec.intents.cover import count_apart
from flowspec.intents.judgement import Judgement
from flowspec.model.documents.network_map import NetworkMap, PairState, SubnetBlock, SubnetPairs
from flowspec.model.inventory import key
from flowspec.network.index import Endpoint
from flowspec.reporting.pairs import is_open, state_of
from flowspec.sets.address import parse_prefix
from flowspec.sets.flows import Box, FlowSet, between
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, AddressSet, Span
from flowspec.sets.sample import Sample

if TYPE_CHECKING:
    from flowspec.sets.bdd import DiagramSet

Rows = dict[int, int]
"""The number of a source's subnet -> those of the destinations', a bit each."""
_ROOM = 200_000
"""Numbers of subnets that one document holds: some 1 MB."""


class SubnetTeller:
    """Tells the subnets of flows apart. `numberless` are ip-configurations without a known address.

    Subnets are numbered in the order of the map; the next number stands for what is elsewhere or not known, the one
    after that for addresses that several subnets have. `room`: how many numbers are still written.
    """

    def __init__(self, drawn: NetworkMap, numberless: Iterable[Endpoint], room: int = _ROOM) -> None:
        subnets = [subnet for vnet in drawn.vnets for subnet in vnet.subnets]
        self.room, self.is_whole = room, not (drawn.vnets_left_out or drawn.subnets_left_out)
        self.elsewhere, self.several = len(subnets), len(subnets) + 1
        numbers = {key(subnet.id): at for at, subnet in enumerate(subnets)}
        held = [
            (span, at) for at, subnet in enumerate(subnets) for text in subnet.prefixes if (span := parse_prefix(text))
        ]
        held += [((e.place, e.place), numbers[e.subnet]) for e in numberless if e.subnet in numbers]
        self._starts, self._owners = _stretches(held, self.elsewhere, self.several)
        spans: dict[int, list[Span]] = {}
        for start, end, owner in zip(self._starts, self._starts[1:], self._owners, strict=False):
            spans.setdefault(owner, []).append((start, end - 1))
        self._extents = {owner: AddressSet.of(found) for owner, found in spans.items()}

    def of_judgement(self, judgement: Judgement) -> tuple[SubnetPairs, ...] | None:
        """What becomes of an intent's flows; None where it is not known of which flows, or there is no room."""
        if is_open(judgement):
            return None
        unsure = FlowSet.union_all(one.flows for one in judgement.unsure)
        sets = (judgement.passing, judgement.stopped, unsure, judgement.drift)
        found = [self.rows(flows, judgement.question.oneself) for flows in sets if not isinstance(flows, Sample)]
        if len(found) < len(sets):
            return None
        alike: dict[tuple[int, ...], list[int]] = {}
        for source in sorted(set().union(*found)):
            alike.setdefault(tuple(rows.get(source, 0) for rows in found), []).append(source)
        pairs = [pair for masks, sources in alike.items() for pair in _told(judgement, tuple(sources), masks)]
        return tuple(pairs) if self._fits(pairs) else None

    def of_flows(self, flows: FlowSet) -> tuple[SubnetBlock, ...] | None:
        """Between which subnets there are flows; None where there is no room."""
        return self._blocks(self.rows(flows, NO_ADDRESSES))

    def of_diagram(self, flows: DiagramSet) -> tuple[SubnetBlock, ...] | None:
        """The same for flows that are too many for boxes."""
        sources, destinations = (self._of(flows.addresses(of_source=end)) for end in (True, False))
        by_source = len(sources) <= len(destinations)
        found: Rows = {}
        for at in sources if by_source else destinations:
            here = self._extents[at].intersect(ALL_NUMBERS)
            box = between(sources=here) if by_source else between(destinations=here)
            there = self._of(flows.intersect(flows.of((box,))).addresses(of_source=not by_source))
            for source, destination in ((at, other) if by_source else (other, at) for other in there):
                found[source] = found.get(source, 0) | 1 << destination
        return self._blocks(found)

    def _blocks(self, rows: Rows) -> tuple[SubnetBlock, ...] | None:
        alike: dict[int, list[int]] = {}
        for source, destinations in sorted(rows.items()):
            alike.setdefault(destinations, []).append(source)
        found = [SubnetBlock(sources=tuple(sources), destinations=_numbers(mask)) for mask, sources in alike.items()]
        return tuple(found) if self._fits(found) else None

    def rows(self, flows: FlowSet, oneself: AddressSet) -> Rows:
        """The subnets of some flows, but for those from an address of `oneself` to itself."""
        found: Rows = {}
        for box in flows.boxes:
            destinations = sum(1 << at for at in self._of(box.destinations))
            for source in self._of(box.sources):
                here = destinations
                if here >> source & 1 and oneself and not self._is_within(box, source, oneself):
                    here ^= 1 << source
                found[source] = found.get(source, 0) | here
        return {source: mask for source, mask in found.items() if mask}

    def _fits(self, blocks: Iterable[SubnetBlock]) -> bool:
        size = sum(len(one.sources) + len(one.destinations) for one in blocks)
        if size > self.room or not self.is_whole:
            return False
        self.room -= size
        return True

    def _of(self, addresses: AddressSet) -> set[int]:
        found: set[int] = set()
        for low, high in addresses.spans:
            first, last = bisect_right(self._starts, low) - 1, bisect_right(self._starts, high) - 1
            found.update(self._owners[first : last + 1])
        return found

    def _is_within(self, box: Box, subnet: int, oneself: AddressSet) -> bool:
        """Whether flows of a box stay within a subnet, other than those from an address to itself."""
        here = self._extents[subnet]
        inside = replace(box, sources=box.sources.intersect(here), destinations=box.destinations.intersect(here))
        return count_apart(inside, oneself) > 0


def _told(judgement: Judgement, sources: tuple[int, ...], masks: tuple[int, ...]) -> Iterator[SubnetPairs]:
    """Of sources whose flows fare alike: the destinations of each state. `masks`: passing, stopped, unsure, drift."""
    every = masks[0] | masks[1] | masks[2]
    found: dict[tuple[PairState, bool], int] = {}
    for passing, stopped, unknown, drift in product((True, False), repeat=4):
        here = every
        for mask, wanted in zip(masks, (passing, stopped, unknown, drift), strict=True):
            here &= mask if wanted else ~mask
        if here:
            state = state_of(judgement, passing=passing, stopped=stopped, unknown=unknown)
            found[state, drift] = found.get((state, drift), 0) | here
    for (state, drift), mask in found.items():
        yield SubnetPairs(state=state, drift=drift, sources=sources, destinations=_numbers(mask))


def _numbers(mask: int) -> tuple[int, ...]:
    return tuple(at for at in range(mask.bit_length()) if mask >> at & 1)


def _stretches(held: list[tuple[Span, int]], elsewhere: int, several: int) -> tuple[list[int], list[int]]:
    """The line of addresses in stretches with one owner each, from 0 on, and a last start beyond all addresses."""
    opening: dict[int, list[int]] = {}
    closing: dict[int, list[int]] = {}
    for (low, high), at in held:
        opening.setdefault(low, []).append(at)
        closing.setdefault(high + 1, []).append(at)
    starts, owners = [], []
    here: dict[int, int] = {}
    for edge in sorted({0, *opening, *closing}):
        for at in closing.get(edge, ()):
            here[at] -= 1
            if not here[at]:
                del here[at]
        for at in opening.get(edge, ()):
            here[at] = here.get(at, 0) + 1
        starts.append(edge)
        owners.append(elsewhere if not here else next(iter(here)) if len(here) == 1 else several)
    return [*starts, 1 << 200], [*owners, elsewhere]
