"""Two policies -> their layers side by side: what both have in the same order, and what only one of them has.

A flow that lies in nothing that only one layer has is matched by the same variants in the same order in both, so the
two layers say the same of it. What a variant is called does not matter, nor how its rule was written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from flowspec.comparison.meaning import doubts_of
from flowspec.model.inventory import Access, key
from flowspec.policy.layers import CERTAIN, Decider, Doubts, Layer, Policy, Variant
from flowspec.sets.flows import ANY_FLOW, Box
from flowspec.sets.intervals import IntervalSet

S = TypeVar("S", bound=IntervalSet)
_Key = tuple[object, ...]
NOTHING_THERE = "nothing is there"


@dataclass(frozen=True, slots=True, eq=False)
class AlignedItem:
    """A variant that both layers have, or only one of them: the other is None then."""

    box: Box
    doubts: Doubts
    old: Variant | None
    new: Variant | None

    @property
    def differs(self) -> bool:
        return self.old is None or self.new is None


@dataclass(frozen=True, eq=False)
class Aligned:
    """Two layers as one list, from which each is read in its own order."""

    old: Layer
    new: Layer
    items: tuple[AlignedItem, ...]

    @cached_property
    def differing(self) -> tuple[AlignedItem, ...]:
        return tuple(item for item in self.items if item.differs)


class Aligner:
    """Aligns layers, each pair once. Sets that are alike become one object, so that variants are compared quickly."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[IntervalSet, IntervalSet]] = {}
        self._alike: dict[IntervalSet, IntervalSet] = {}
        self._pairs: dict[tuple[int, int], Aligned] = {}

    def policies(self, old: Policy, new: Policy) -> tuple[Aligned, ...]:
        """The layers of two policies, in pairs; where one has no such layer, one that lets everything pass."""
        return tuple(self._layers(*pair) for pair in _paired(old, new))

    def _layers(self, old: Layer, new: Layer) -> Aligned:
        found = (id(old), id(new))
        if found not in self._pairs:
            self._pairs[found] = Aligned(old, new, tuple(self._items(old.variants, new.variants)))
        return self._pairs[found]

    def _items(self, old: Sequence[Variant], new: Sequence[Variant]) -> Iterator[AlignedItem]:
        boxes = [self._box(variant.box) for variant in old], [self._box(variant.box) for variant in new]
        keys = [[_key(b, v) for b, v in zip(*side, strict=True)] for side in ((boxes[0], old), (boxes[1], new))]
        at = there = 0
        for mine, theirs in [*_common(*map(_numbered, keys)), (len(old), len(new))]:
            for number in range(at, mine):
                yield AlignedItem(boxes[0][number], old[number].doubts, old[number], None)
            for number in range(there, theirs):
                yield AlignedItem(boxes[1][number], new[number].doubts, None, new[number])
            if mine < len(old):
                yield AlignedItem(boxes[0][mine], old[mine].doubts, old[mine], new[theirs])
            at, there = mine + 1, theirs + 1

    def _box(self, box: Box) -> Box:
        one = self._one
        return Box(
            protocols=one(box.protocols),
            sources=one(box.sources),
            source_ports=one(box.source_ports),
            destinations=one(box.destinations),
            destination_ports=one(box.destination_ports),
        )

    def _one(self, members: S) -> S:
        """The first set that was alike. Long sets are hashed once for each object."""
        found = self._known.get(id(members))
        if found is None:
            found = members, self._alike.setdefault(members, members)
            self._known[id(members)] = found
        return found[1]  # type: ignore[return-value]


def nothing_there(policy: Policy) -> Policy:
    """The counterpart of a policy where nobody answers."""
    deny = Decider(Access.DENY, note=NOTHING_THERE)
    return Policy(policy.direction, (Layer("", (Variant(box=ANY_FLOW, decider=deny),)),))


_NO_ADMIN = Layer(
    "", (Variant(box=ANY_FLOW, decider=Decider(Access.ALLOW, note="no security admin rules")),), admin=True
)
_NO_NSG = Layer("", (Variant(box=ANY_FLOW, decider=Decider(Access.ALLOW, note="no second NSG")),))


def _paired(old: Policy, new: Policy) -> list[tuple[Layer, Layer]]:
    mine, theirs = ([layer for layer in policy.layers if not layer.admin] for policy in (old, new))
    if len(mine) < len(theirs):
        mine = _stretched(mine, theirs)
    elif len(theirs) < len(mine):
        theirs = _stretched(theirs, mine)
    admin, their_admin = (next((x for x in policy.layers if x.admin), _NO_ADMIN) for policy in (old, new))
    first = [] if admin is their_admin is _NO_ADMIN else [(admin, their_admin)]
    return first + list(zip(mine, theirs, strict=True))


def _stretched(few: list[Layer], many: list[Layer]) -> list[Layer]:
    """The layers at the places of those with the same NSG, or else the first."""
    at = next((n for n, layer in enumerate(many) if layer.nsg and key(layer.nsg) == key(few[0].nsg)), 0)
    return [few[0] if number == at else _NO_NSG for number in range(len(many))]


def _key(box: Box, variant: Variant) -> _Key:
    return (*map(id, box.sides()), doubts_of(variant) if variant.doubts else CERTAIN, variant.decider.access)


def _numbered(keys: list[_Key]) -> list[tuple[_Key, int]]:
    """The second of two alike is another one."""
    seen: dict[_Key, int] = {}
    found = []
    for one in keys:
        seen[one] = seen.get(one, -1) + 1
        found.append((one, seen[one]))
    return found


def _common(old: list[tuple[_Key, int]], new: list[tuple[_Key, int]]) -> list[tuple[int, int]]:
    """The longest list of places at which both hold the same, rising in both."""
    places = {one: at for at, one in enumerate(old)}
    ends: list[int] = []
    chains: list[tuple[int, int]] = []
    links: list[int] = []
    tops: list[int] = []
    for there, one in enumerate(new):
        at = places.get(one)
        if at is None:
            continue
        rank = bisect_left(ends, at)
        links.append(tops[rank - 1] if rank else -1)
        chains.append((at, there))
        ends[rank : rank + 1], tops[rank : rank + 1] = [at], [len(chains) - 1]
    found = []
    last = tops[-1] if tops else -1
    while last >= 0:
        found.append(chains[last])
        last = links[last]
    return found[::-1]
