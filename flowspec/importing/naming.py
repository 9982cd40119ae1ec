"""Classes of addresses -> the fewest known groups that are just these, less other groups where that is shorter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

from flowspec.importing.bundles import AddressClasses
from flowspec.importing.known_groups import KnownGroup
from flowspec.importing.relations import HowOften
from flowspec.model.spec import Group
from flowspec.sets.address import prefix_texts
from flowspec.sets.intervals import ALL_NUMBERS, AddressSet


@dataclass(frozen=True, slots=True)
class EndName:
    """Groups and those taken out of them, by their places in the list of those known, and classes to spell.

    `lists` counts the groups that are lists of prefixes; they stand behind the others.
    """

    groups: tuple[int, ...] = ()
    excepts: tuple[int, ...] = ()
    spelled: int = 0
    lists: int = 0

    @property
    def cost(self) -> int:
        """What a reader has to look at."""
        return len(self.groups) + self.lists + 2 * len(self.excepts) + (_SPELLED if self.spelled else 0)


_SPELLED = 6
"""A list of prefixes that stands for nothing an engineer has a name for costs as much as so many groups."""


class Naming:
    """Known groups over classes of addresses. What none of them is gets a group of prefixes, spelled: it joins them."""

    def __init__(self, classes: AddressClasses, known: Sequence[KnownGroup]) -> None:
        self.classes = classes
        self.known = list(known)
        self.masks = list(classes.groups)
        self.spelled: dict[int, int] = {}
        self._known: dict[tuple[int, int, int], EndName] = {}

    def named(self, needed: int, allowed: int, others: int) -> EndName:
        """Groups that hold all of `needed` and nothing beyond `allowed`.

        `others` are the classes of the other end: what is taken out must have no part in it.
        """
        asked = (needed, allowed, others)
        if asked not in self._known:
            groups, left = self._covered(needed, self._fitting(allowed))
            found = self._with_lists(EndName(tuple(groups), (), left))
            less = [self._with_lists(way) for way in self._less(needed, allowed, others, found.cost)]
            self._known[asked] = min((found, *less), key=lambda named: named.cost)
        return self._known[asked]

    def written(self, named: EndName) -> EndName | None:
        """With what is to spell as a group of its own; None where some of it has no address."""
        if not named.spelled:
            return named
        addresses = self.classes.addresses(named.spelled)
        if not addresses.is_subset(ALL_NUMBERS):
            return None
        return EndName((*named.groups, self._spell(addresses, named.spelled)), named.excepts)

    def classes_of(self, named: EndName) -> int:
        """The classes that a name stands for."""
        held = named.spelled
        for number in named.groups:
            held |= self.masks[number]
        for number in named.excepts:
            held &= ~self.masks[number]
        return held

    def nameless(self, spelled: int) -> list[int]:
        """What of some classes has no address to spell."""
        return list(self.classes.addresses(spelled).subtract(ALL_NUMBERS))

    def is_spelled(self, number: int) -> bool:
        """Whether a group is a list of prefixes that had no name."""
        return self.known[number].is_list

    def _covered(self, needed: int, fitting: Iterable[int], limit: int | None = None) -> tuple[list[int], int]:
        """The widest group of those that fit, and again, until nothing is left or there are as many as `limit`."""
        gains = [(-gain, n) for n in fitting if (gain := (self.masks[n] & needed).bit_count())]
        heapify(gains)
        chosen: list[int] = []
        left = needed
        while left and gains and (limit is None or len(chosen) < limit):
            _, best = heappop(gains)
            gain = (self.masks[best] & left).bit_count()
            if gains and (-gain, best) > gains[0]:
                if gain:
                    heappush(gains, (-gain, best))
            elif gain:
                chosen.append(best)
                left &= ~self.masks[best]
        wanted = self._wanted(chosen, needed & ~left)
        return sorted(wanted, key=lambda n: self.known[n].is_list), left

    def _wanted(self, chosen: Sequence[int], needed: int) -> list[int]:
        """Those left when each goes whose share the others hold."""
        held = HowOften()
        for number in chosen:
            held.add(self.masks[number] & needed)
        wanted = []
        for number in chosen:
            if self.masks[number] & held.once():
                wanted.append(number)
            else:
                held.take(self.masks[number] & needed)
        return wanted

    def _with_lists(self, named: EndName) -> EndName:
        return replace(named, lists=sum(self.known[n].is_list for n in named.groups))

    def _fitting(self, allowed: int) -> list[int]:
        return [n for n, mask in enumerate(self.masks) if mask and not mask & ~allowed]

    def _less(self, needed: int, allowed: int, others: int, below: int) -> Iterator[EndName]:
        """One wide group less some others that neither end needs, where that costs less than `below`."""
        most = (below - 2) // 2
        if most < 1:
            return
        holes_fit = self._fitting(self.classes.everything & ~needed & ~others)
        for number, mask in enumerate(self.masks):
            if not needed & ~mask and number not in self.spelled.values():
                holes, left = self._covered(mask & ~allowed, holes_fit, most)
                if not left:
                    yield EndName((number,), tuple(holes))

    def _spell(self, addresses: AddressSet, mask: int) -> int:
        if mask not in self.spelled:
            name, description = self._called(addresses, mask)
            group = Group(name=name, description=description, prefixes=tuple(prefix_texts(addresses)))
            self.spelled[mask] = len(self.known)
            self.known.append(KnownGroup(group, addresses, is_list=True))
            self.masks.append(mask)
        return self.spelled[mask]

    def _called(self, addresses: AddressSet, mask: int) -> tuple[str, str]:
        """A name and a description, after the smallest range that holds it all."""
        around = [
            one
            for number, one in enumerate(self.known)
            if one.group.prefixes and not self.is_spelled(number) and addresses.is_subset(one.addresses)
        ]
        nobody = "" if mask & self.classes.judged else " that no NIC has"
        if not around:
            return "elsewhere", f"addresses{nobody}, in no range of their own"
        name = min(around, key=lambda one: one.addresses.count()).group.name
        return f"{name}-{'free' if nobody else 'rest'}", f"those addresses of {name}{nobody or ' that fare alike'}"
