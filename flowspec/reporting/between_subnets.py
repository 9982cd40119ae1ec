"""Flows -> the pairs of subnets that they are between, by the numbers that the map gives the subnets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from flowspec.intents.cover import count_apart
from flowspec.intents.judgement import Judgement
from flowspec.model.documents.network_map import NetworkMap, PairState, SubnetPairs
from flowspec.model.inventory import key
from flowspec.network.index import Endpoint
from flowspec.reporting.pairs import is_open, state_of
from flowspec.sets.address import parse_prefix
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import AddressSet, Span
from flowspec.sets.sample import Sample

Ends = tuple[int, int]
"""The numbers of two subnets, of the source and of the destination."""
_ROOM = 500_000
"""Pairs that one document holds: some 4 MB."""


class SubnetTeller:
    """Tells the subnets of flows apart. `numberless` are ip-configurations without a known address.

    Subnets are numbered in the order of the map; the next number stands for what is elsewhere or not known, the one
    after that for addresses that several subnets have. `room`: how many pairs are still told.
    """

    def __init__(self, drawn: NetworkMap, numberless: Iterable[Endpoint], room: int = _ROOM) -> None:
        subnets = [subnet for vnet in drawn.vnets for subnet in vnet.subnets]
        self.room = 0 if drawn.vnets_left_out or drawn.subnets_left_out else room
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
        unsure = FlowSet.union_all(one.flows for one in judgement.unsure)
        sets = (judgement.passing, judgement.stopped, unsure, judgement.drift)
        if is_open(judgement):
            return None
        oneself = judgement.question.oneself
        found = [self.ends(flows, oneself) for flows in sets]
        if any(one is None for one in found):
            return None
        passing, stopped, unknown, drift = (one or set() for one in found)
        told: dict[tuple[PairState, bool], list[int]] = {}
        every = sorted(passing | stopped | unknown)
        if len(every) > self.room:
            return None
        self.room -= len(every)
        for ends in every:
            state = state_of(judgement, passing=ends in passing, stopped=ends in stopped, unknown=ends in unknown)
            told.setdefault((state, ends in drift), []).extend(ends)
        return tuple(SubnetPairs(state=state, drift=drifts, ends=tuple(ends)) for (state, drifts), ends in told.items())

    def ends(self, flows: FlowSet | Sample, oneself: AddressSet) -> set[Ends] | None:
        """Between which subnets there are some; None where not all flows are there, or more than there is room for."""
        if isinstance(flows, Sample):
            return None
        found: set[Ends] = set()
        for box in flows.boxes:
            sources, destinations = self._of(box.sources), self._of(box.destinations)
            if len(sources) * len(destinations) > self.room:
                return None
            found.update((a, b) for a in sources for b in destinations if a != b or self._is_within(box, a, oneself))
            if len(found) > self.room:
                return None
        return found

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
