"""Flows between addresses -> pairs of subnets: the map says which subnet an address is of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network

from flowspec.model.documents.network_map import NetworkMap
from flowspec.model.documents.plan import IntentResult, Status
from flowspec.model.documents.values import Pair, Total

ELSEWHERE = "elsewhere, or not known"
SEVERAL = "an address of several subnets"
_V6 = 1 << 33
"""Where IPv6 begins on the line of addresses."""
_PASSING, _STOPPED, _UNKNOWN, _DRIFT = 1, 2, 4, 8
Ends = tuple[int, int]
"""The numbers of two subnets, of the source and of the destination."""


class SubnetMap:
    """Numbers the subnets of a map, in its order; the two numbers behind are ELSEWHERE and SEVERAL.

    `is_whole`: the map has all subnets, so that what is of none of them is elsewhere.
    """

    def __init__(self, network: NetworkMap | None) -> None:
        subnets = [subnet for vnet in network.vnets for subnet in vnet.subnets] if network else []
        self.ids = [subnet.id for subnet in subnets]
        self.is_whole = network is not None and not (network.vnets_left_out or network.subnets_left_out)
        self.elsewhere, self.several = len(subnets), len(subnets) + 1
        self._starts: list[int] = []
        self._owners: list[int] = []
        self._known: dict[str, frozenset[int]] = {}
        self._cut(
            [(span, at) for at, subnet in enumerate(subnets) for text in subnet.prefixes if (span := _span(text))]
        )

    def _cut(self, held: list[tuple[Ends, int]]) -> None:
        """Into stretches with one owner each, the first of which begins at 0."""
        edges = sorted({0, *(edge for (low, high), _ in held for edge in (low, high + 1))})
        opening: dict[int, list[int]] = {}
        closing: dict[int, list[int]] = {}
        for (low, high), at in held:
            opening.setdefault(low, []).append(at)
            closing.setdefault(high + 1, []).append(at)
        here: dict[int, int] = {}
        for edge in edges:
            for at in closing.get(edge, ()):
                here[at] -= 1
                if not here[at]:
                    del here[at]
            for at in opening.get(edge, ()):
                here[at] = here.get(at, 0) + 1
            self._starts.append(edge)
            self._owners.append(self.elsewhere if not here else next(iter(here)) if len(here) == 1 else self.several)

    def of(self, prefixes: Iterable[str]) -> frozenset[int]:
        """The subnets that some addresses are of."""
        return frozenset().union(*map(self._of, prefixes))

    def _of(self, prefix: str) -> frozenset[int]:
        if prefix not in self._known:
            span = _span(prefix)
            if span is None:
                self._known[prefix] = frozenset((self.elsewhere,))
            else:
                first, last = (bisect_right(self._starts, edge) - 1 for edge in span)
                self._known[prefix] = frozenset(self._owners[first : last + 1])
        return self._known[prefix]

    def ends(self, pairs: Iterable[Pair]) -> Iterator[Ends]:
        """Whose flows some boxes hold; a pair may come more than once."""
        for pair in pairs:
            for source in self.of(pair.source):
                for destination in self.of(pair.destination):
                    if not (pair.except_self and source == destination and self._is_lone(pair, source)):
                        yield source, destination

    def _is_lone(self, pair: Pair, subnet: int) -> bool:
        """Whether the only address of a subnet on either side is one and the same."""
        source, destination = self._lone(pair.source, subnet), self._lone(pair.destination, subnet)
        return source is not None and source == destination

    def _lone(self, prefixes: Iterable[str], subnet: int) -> int | None:
        """The one address of some that a subnet has; None where it has several."""
        found: set[int] = set()
        for span in filter(None, map(_span, prefixes)):
            first, last = (bisect_right(self._starts, edge) - 1 for edge in span)
            for at in range(first, last + 1):
                if self._owners[at] == subnet:
                    end = self._starts[at + 1] - 1 if at + 1 < len(self._starts) else span[1]
                    found |= {max(span[0], self._starts[at]), min(span[1], end)}
        return found.pop() if len(found) == 1 else None

    def of_intent(self, intent: IntentResult) -> dict[Ends, tuple[str, bool]] | None:
        """Of each pair of subnets what becomes of the intent's flows, and whether some drift.

        None where the document does not list all flows, or it is not known of which flows something is unknown.
        """
        flows = intent.flows
        listed = ((flows.passing, flows.passing_total), (flows.stopped, flows.stopped_total),
                  (flows.drift, flows.drift_total), *((one.flows, one.total) for one in flows.unknown))  # fmt: skip
        if not self.is_whole or intent.status is Status.ERRORED or not all(_is_listed(*one) for one in listed):
            return None
        if any(not one.flows for one in flows.unknown) or (intent.status is Status.UNKNOWN and not flows.unknown):
            return None
        found: dict[Ends, int] = {}
        unknown = [pair for one in flows.unknown for pair in one.flows]
        kinds = ((_PASSING, flows.passing), (_STOPPED, flows.stopped), (_UNKNOWN, unknown), (_DRIFT, flows.drift))
        for bit, pairs in kinds:
            for ends in self.ends(pairs):
                found[ends] = found.get(ends, 0) | bit
        sided = intent.kind == "boundary" or intent.at != "either"
        return {ends: (_state(bits, one_sided=sided), bool(bits & _DRIFT)) for ends, bits in sorted(found.items())}


def _is_listed(pairs: tuple[Pair, ...], total: Total) -> bool:
    return not total.truncated and (bool(pairs) or int(total.count) == 0)


def _state(bits: int, *, one_sided: bool) -> str:
    """Of what is judged at one side alone, what passes there may be stopped at the other."""
    if bits & _UNKNOWN:
        return "unknown"
    if bits & _PASSING and one_sided:
        return "open"
    if bits & _PASSING:
        return "partly" if bits & _STOPPED else "permitted"
    return "denied" if bits & _STOPPED else "none"


def _span(text: str) -> Ends | None:
    """The first and last number of an address or prefix; None of what has no number."""
    try:
        found = ip_network(text, strict=False) if "/" in text else ip_network(ip_address(text))
    except ValueError:
        return None
    low = int(found.network_address) + (_V6 if found.version == 6 else 0)
    return low, low + found.num_addresses - 1
