"""Rules of one NSG and direction -> fewer rules that match the same: those that differ in one list become one.

Two rules that say the same of flows can be one where all they differ in is a list of prefixes, of application security
groups, or of ports: the joined rule matches exactly what both match. One of them is moved to the other's place by that.
Nothing changes if each rule that says otherwise, and that it shares a flow with, stays on the same side of it: before
the move, after it, and while the rule stands at both places.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from flowspec.fixes.overlap import may_meet
from flowspec.model.inventory import Rule, key
from flowspec.sets.address import parse_prefix
from flowspec.sets.intervals import V4, AddressSet

_LISTS = ("source", "source_ports", "destination", "destination_ports")


@dataclass(frozen=True, slots=True)
class Merge:
    """A rule as it is and as it will be, and the rules whose place it takes."""

    before: Rule
    after: Rule
    absorbed: tuple[Rule, ...]


def merges(rules: Sequence[Rule], is_fixed: Callable[[Rule], bool], refuses: Callable[[Rule], bool]) -> list[Merge]:
    """The merges that leave the fewest rules, as far as a greedy search finds them, in the order of the rules.

    `is_fixed`: nobody but its owner changes this rule. `refuses`: Azure would not take it.
    """
    board = _Board(rules, refuses)
    while board.sweep([group for group in board.groups if not is_fixed(group.head)]):
        pass
    return [group.merge() for group in board.groups if len(group.members) > 1]


@dataclass(eq=False, slots=True)
class _Group:
    """Rules that become one, in the place of `head`: `now` is what it will say."""

    head: Rule
    now: Rule
    members: list[Rule]

    def merge(self) -> Merge:
        absorbed = sorted((rule for rule in self.members if rule is not self.head), key=lambda rule: rule.priority)
        return Merge(self.head, self.now, tuple(absorbed))


@dataclass(slots=True)
class _Board:
    """The rules in groups, and the priorities between which each of them stands on the way."""

    rules: Sequence[Rule]
    refuses: Callable[[Rule], bool]
    groups: list[_Group] = field(init=False)
    _spans: dict[int, tuple[int, int]] = field(init=False)
    _contrary: dict[int, list[Rule]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.groups = [_Group(rule, rule, [rule]) for rule in sorted(self.rules, key=lambda rule: rule.priority)]
        self._spans = {id(rule): (rule.priority, rule.priority) for rule in self.rules}

    def sweep(self, movable: Sequence[_Group]) -> bool:
        """Joins what can be joined, the largest sets of like rules first; whether anything was."""
        done: set[_Group] = set()
        for name, alike in _like_sets(movable):
            left = [group for group in alike if group not in done]
            while left:
                first, *left = left
                whole = first
                for other in list(left):
                    joined = self._joined(name, whole, other)
                    if joined is not None:
                        done |= {whole, other}
                        left.remove(other)
                        whole = joined
                done |= {whole} if whole is not first else set()
        return bool(done)

    def _joined(self, name: str, one: _Group, other: _Group) -> _Group | None:
        """Both as one group, in the place of either."""
        for head, moved in ((one, other), (other, one)):
            now = _with_both(head.now, moved.now, name)
            if self._may_move(moved, head.head.priority) and not self.refuses(now):
                for rule in moved.members:
                    self._spans[id(rule)] = _span(rule, head.head.priority)
                group = _Group(head.head, now, [*head.members, *moved.members])
                held = [group, *(held for held in self.groups if held not in (one, other))]
                self.groups = sorted(held, key=lambda group: group.head.priority)
                return group
        return None

    def _may_move(self, moved: _Group, place: int) -> bool:
        """Whether every rule that says otherwise stays on its side of all that is moved, at every step."""
        return all(
            self._is_apart(rule, _span(rule, place), against) for rule in moved.members for against in self._met(rule)
        )

    def _is_apart(self, rule: Rule, span: tuple[int, int], against: Rule) -> bool:
        low, high = self._spans[id(against)]
        return span[1] < low if rule.priority < against.priority else span[0] > high

    def _met(self, rule: Rule) -> list[Rule]:
        """The rules that say otherwise of flows that it may match."""
        if id(rule) not in self._contrary:
            self._contrary[id(rule)] = [
                other for other in self.rules if other.access is not rule.access and may_meet(rule, other)
            ]
        return self._contrary[id(rule)]


def _span(rule: Rule, place: int) -> tuple[int, int]:
    return min(rule.priority, place), max(rule.priority, place)


def _like_sets(groups: Iterable[_Group]) -> Iterator[tuple[str, list[_Group]]]:
    """Groups that differ in one list only, by the name of that list; the largest sets first."""
    found: dict[tuple[str, Hashable], list[_Group]] = {}
    for group in groups:
        for name in _LISTS:
            kind = _kind_of(group.now, name)
            if kind:
                others = tuple(_held(group.now, other) for other in _LISTS if other != name)
                alike = (group.now.access, group.now.protocol.casefold(), kind, others)
                found.setdefault((name, alike), []).append(group)
    sets = [(name, alike) for (name, _), alike in found.items() if len(alike) > 1]
    yield from sorted(sets, key=lambda one: -len(one[1]))


def _held(rule: Rule, name: str) -> Hashable:
    """One end, or one list of ports, whatever the order and letter case of its values."""
    if name in ("source", "destination"):
        texts, asgs = _end(rule, name)
        return frozenset(map(str.casefold, texts)), frozenset(map(key, asgs))
    return frozenset(getattr(rule, name))


def _end(rule: Rule, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return getattr(rule, f"{name}s"), getattr(rule, f"{name}_asgs")


def _kind_of(rule: Rule, name: str) -> str:
    """What a list holds, if more of that kind can stand beside it; else "". A tag and `*` stand alone.

    Azure takes prefixes of one address family in a rule.
    """
    if name not in ("source", "destination"):
        return "ports" if getattr(rule, name) and all(map(_is_ports, getattr(rule, name))) else ""
    texts, asgs = _end(rule, name)
    if asgs:
        return "" if texts else "groups"
    spans = [parse_prefix(text) for text in texts]
    if not texts or None in spans or any(text.endswith("/0") for text in texts):
        return ""
    families = {AddressSet((span,)).is_subset(V4) for span in spans if span is not None}
    return ("IPv4" if families == {True} else "IPv6") if len(families) == 1 else ""


def _is_ports(text: str) -> bool:
    return all(part.isdecimal() for part in text.split("-"))


def _with_both(rule: Rule, other: Rule, name: str) -> Rule:
    """The rule with what the other has in one list beside its own."""

    def both(field: str, of: str) -> tuple[str, ...]:
        own: tuple[str, ...] = getattr(rule, field)
        if of != name:
            return own
        known = {text.casefold() for text in own}
        return (*own, *dict.fromkeys(text for text in getattr(other, field) if text.casefold() not in known))

    return replace(
        rule,
        sources=both("sources", "source"),
        source_asgs=both("source_asgs", "source"),
        source_ports=both("source_ports", "source_ports"),
        destinations=both("destinations", "destination"),
        destination_asgs=both("destination_asgs", "destination"),
        destination_ports=both("destination_ports", "destination_ports"),
    )
