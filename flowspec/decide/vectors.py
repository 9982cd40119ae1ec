"""A compiled policy -> for each segment of each dimension the variants that hold it: one flow at a time, fast.

A set of variants is an integer with a bit for each, those that are tried first at the top. The variants that match a
flow are then five look-ups and four ANDs, and what decides a layer is the highest bit of its part.
"""

from __future__ import annotations

from bisect import bisect_right

from flowspec.decide.exact import NOTHING, Compiled, Part, Ruling, judge, part_of
from flowspec.policy.layers import Policy, Variant
from flowspec.sets.classes import bits
from flowspec.sets.flows import NO_FLOWS
from flowspec.sets.intervals import Protocol

_Table = tuple[list[int], list[int]]
_LAST_PORT = 65535


class Vectors:
    """The policy by flow. The parts it gives are shared by all flows that they answer, and hold none of them."""

    def __init__(self, compiled: Compiled) -> None:
        self._policy = compiled.policy
        self._protocols = [_at(compiled.protocols.table(), protocol) for protocol in Protocol]
        self._source_starts, self._sources = compiled.sources.table()
        self._source_port_starts, self._source_ports = compiled.source_ports.table()
        self._destination_starts, self._destinations = compiled.destinations.table()
        self._destination_port_starts, self._destination_ports = compiled.destination_ports.table()
        self._numbered = set(self._source_ports[: bisect_right(self._source_port_starts, _LAST_PORT)])
        self._variants = [variant for layer in self._policy.layers for variant in layer.variants][::-1]
        self._ends = _ends(self._policy)
        self._below = _below(self._policy)
        self._weighty: dict[Ruling, Part] = {}

    def part(self, protocol: int, source: int, source_port: int, destination: int, destination_port: int) -> Part:
        """What `decide` says of one flow, without its flows; addresses are places on the line of `netset`."""
        matching = (
            self._protocols[protocol]
            & self._destination_ports[bisect_right(self._destination_port_starts, destination_port) - 1]
            & self._destinations[bisect_right(self._destination_starts, destination) - 1]
            & self._sources[bisect_right(self._source_starts, source) - 1]
            & self._source_ports[bisect_right(self._source_port_starts, source_port) - 1]
        )
        return self._ends[matching.bit_length()] or self._further(matching)

    def any_source_port(self, protocol: int, source: int, destination: int, destination_port: int) -> Part | None:
        """What `decide` says of a flow from any port; None where the port matters."""
        matching = (
            self._protocols[protocol]
            & self._destination_ports[bisect_right(self._destination_port_starts, destination_port) - 1]
            & self._destinations[bisect_right(self._destination_starts, destination) - 1]
            & self._sources[bisect_right(self._source_starts, source) - 1]
        )
        found = {matching & held for held in self._numbered}
        parts = [self._ends[held.bit_length()] or self._further(held) for held in found]
        return parts[0] if all(part == parts[0] for part in parts) else None

    def _further(self, matching: int) -> Part:
        """The layers below the first, as far as nothing is in doubt."""
        for mask in self._below:
            held = matching & mask
            if self._variants[held.bit_length() - 1].doubts:
                break
            end = self._ends[held.bit_length()]
            if end is not None:
                return end
        return self._weighed(matching)

    def _weighed(self, matching: int) -> Part:
        """The walk where variants in doubt stand before the certain one, as `decide` does it."""
        carried = NOTHING
        last = self._policy.layers[-1]
        for layer, mask in zip(self._policy.layers, self._below, strict=True):
            matched = [self._variants[at] for at in bits(matching & mask)]
            final, seen = _first(matched[::-1])
            answer, carried = judge(layer, carried, final, seen, layer is last)
            if answer is not None:
                return self._weighty.setdefault(answer, part_of(answer, NO_FLOWS))
        raise AssertionError("the last layer answers every flow")


def _first(matched: list[Variant]) -> tuple[Variant, tuple[Variant, ...]]:
    """The first certain variant, and those in doubt that stand before it and may decide."""
    seen: tuple[Variant, ...] = ()
    for variant in matched:
        if not variant.doubts:
            return variant, seen
        if not any(earlier.doubts <= variant.doubts for earlier in seen):
            seen = (*seen, variant)
    raise AssertionError("every flow is matched by a certain variant")


def _ends(policy: Policy) -> list[Part | None]:
    """Length of what matches -> the answer, if the variant at its top bit decides without a doubt; else None."""
    last = policy.layers[-1]
    found: list[Part | None] = []
    for layer in policy.layers:
        for variant in layer.variants:
            answer, _ = judge(layer, NOTHING, variant, (), layer is last)
            found.append(None if answer is None or variant.doubts else part_of(answer, NO_FLOWS))
    return [None, *found[::-1]]


def _below(policy: Policy) -> list[int]:
    """Layer -> its bits and those of the layers behind it."""
    left = sum(len(layer.variants) for layer in policy.layers)
    found = []
    for layer in policy.layers:
        found.append((1 << left) - 1)
        left -= len(layer.variants)
    return found


def _at(table: _Table, value: int) -> int:
    starts, held = table
    return held[bisect_right(starts, value) - 1]
