"""Rules of one NSG and direction -> the steps to fewer rules, of which every flow fares as before after each.

A rule goes where all that it decides is answered alike without it. A rule that takes the place of another holds the
values of both, and may match more where that fares so already. A rule loses values that a rule of another access takes
before it, so that this one can go.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from flowspec.linting.answers import Cube, LayerAnswers, RuleEnd
from flowspec.linting.written import ANY, ENDS, PORTS, End, EndValues, joined_ports, ports_of, ports_without, with_ports
from flowspec.model.inventory import Access, Rule

_PAIRED = 100
"""Rules of which every two are tried; of more, only those of which all but one list are alike."""


@dataclass(frozen=True, slots=True)
class FewerStep:
    """A rule as it is and as it will be, or None, and why. `absorbed`: the rules whose place it takes."""

    before: Rule
    after: Rule | None
    why: str
    absorbed: tuple[Rule, ...] = ()


def fewer(
    rules: Sequence[Rule],
    layers: Callable[[], Sequence[LayerAnswers]],
    is_fixed: Callable[[Rule], bool],
    refuses: Callable[[Rule], bool],
) -> list[FewerStep]:
    """What leaves the fewest rules, as far as a greedy search finds it: one call each, what is written anew first.

    `rules`: those of the NSG and the default ones. `layers` makes what they stand in. `is_fixed`: nobody but its owner
    changes this rule. `refuses`: Azure would not take it.
    """
    board = _Board(rules, layers(), is_fixed, refuses)
    while board.drop() or board.join_alike() or board.join_any() or board.narrow() or board.join_trimmed():
        pass
    return list(board.steps(layers()))


@dataclass(eq=False, slots=True, kw_only=True)
class _Group:
    """Rules that become one, in the place of `head`: `now` is what it will say, `cubes` what that is in each layer.

    `spared`: rules of another access that can go as it says less than it did.
    """

    head: Rule
    now: Rule
    cubes: list[list[Cube]]
    members: list[Rule]
    spared: list[Rule]

    def step(self) -> FewerStep:
        """What becomes of the rule."""
        absorbed = sorted((rule for rule in self.members if rule is not self.head), key=lambda rule: rule.priority)
        whys = [f"takes the place of {', '.join(rule.name for rule in absorbed)}"] if absorbed else []
        whys += [f"no longer matches what {rule.name} {_verb(rule)} before it" for rule in self.spared]
        return FewerStep(self.head, self.now, "; ".join(whys), tuple(absorbed))

    def reasons(self) -> Iterator[tuple[int, str]]:
        """Rules (by identity) that go because of it, and why."""
        for rule in self.members:
            yield id(rule), f"what it says stands in {self.head.name}"
        for rule in self.spared:
            yield id(rule), f"{self.head.name} no longer matches what it {_verb(rule)}"


def _verb(rule: Rule) -> str:
    return "permits" if rule.access is Access.ALLOW else "stops"


@dataclass(slots=True)
class _Board:
    """The rules in groups. `gone`: those that stand no more, the first to go first."""

    rules: Sequence[Rule]
    layers: Sequence[LayerAnswers]
    is_fixed: Callable[[Rule], bool]
    refuses: Callable[[Rule], bool]
    groups: list[_Group] = field(init=False)
    gone: list[Rule] = field(init=False, default_factory=list)
    _classes: dict[tuple[End, Hashable], tuple[RuleEnd, ...]] = field(init=False, default_factory=dict)
    """What the values of each end come to in each layer."""
    _apart: set[tuple[Rule, Rule]] = field(init=False, default_factory=set)
    """Those of which the first could not take the place of the second, nor lose values so that it can go."""
    _written: dict[End, list[EndValues]] = field(init=False)
    """The values at each end of any rule."""

    def __post_init__(self) -> None:
        self._written = {end: [] for end in ENDS}
        sure = [rule for rule in sorted(self.rules, key=lambda rule: rule.priority) if self._is_sure(rule)]
        self.groups = [
            _Group(head=rule, now=rule, cubes=[], members=[rule], spared=[]) for rule in sure if not self.is_fixed(rule)
        ]

    def _is_sure(self, rule: Rule) -> bool:
        """Whether a rule surely applies in every layer; what its ends come to is noted."""
        ends = [found for layer in self.layers if (found := layer.ends(rule)) is not None]
        if not ends or len(ends) < len(self.layers):
            return False
        for at, end in enumerate(ENDS):
            values = EndValues.of(rule, end)
            self._classes[end, values.alike] = tuple(found[at] for found in ends)
            self._written[end].append(values)
        return True

    def steps(self, layers: Sequence[LayerAnswers]) -> Iterator[FewerStep]:
        """All that changes, in an order in which each can: `layers` are as they were before.

        Where there is no such order, nothing is done.
        """
        whys = dict(reason for group in self.groups for reason in group.reasons())
        cubes = {id(group.head): group.cubes for group in self.groups}
        left = [group.step() for group in self.groups if group.now is not group.head]
        left += [
            FewerStep(rule, None, whys.get(id(rule), "all its flows are answered alike without it"))
            for rule in self.gone
        ]
        ordered: list[FewerStep] = []
        while left:
            step = next((step for step in left if _is_neutral(step, layers, cubes)), None)
            if step is None:
                return
            left.remove(step)
            ordered.append(step)
        yield from ordered

    def drop(self) -> bool:
        """Takes out the rules that are idle, as many as can go together; whether there were any."""
        idle = False
        for group in list(self.groups):
            if self._could_go(group):
                self._remove(group)
                idle = True
        return idle

    def join_alike(self) -> bool:
        """Joins groups that differ in one list, the largest sets of them first; whether any was."""
        done: set[_Group] = set()
        for alike in _like_sets(self.groups):
            left = [group for group in alike if group not in done]
            while left:
                first, *left = left
                whole = first
                for other in list(left):
                    joined = self._joined(whole, other)
                    if joined is not None:
                        done |= {whole, other}
                        left.remove(other)
                        whole = joined
                done |= {whole} if whole is not first else set()
        return bool(done)

    def join_any(self) -> bool:
        """Joins two groups, if there are two that can be one."""
        pairs = ((one, other) for one, other in self._pairs() if one.now.access is other.now.access)
        return any(self._joined(*pair) is not None for pair in pairs)

    def join_trimmed(self) -> bool:
        """Joins two groups, one of them without values that a rule of another access takes before it."""
        trims = [
            (group, now)
            for first, group in self._pairs()
            if first.now.access is not group.now.access
            for now, _ in self._narrowed(group.now, first.now)
        ]
        return any(
            self._is_placed(other, group, other.now, now) or self._is_placed(group, other, now, other.now)
            for group, now in trims
            for other in self.groups
            if other is not group and other.now.access is now.access
        )

    def narrow(self) -> bool:
        """Has a rule say less and another one before it go, if there are two that can."""
        return any(
            first.now.access is not group.now.access and self._spares(group, first) for first, group in self._pairs()
        )

    def _pairs(self) -> Iterator[tuple[_Group, _Group]]:
        """Every two, the first before the other; none where they are too many."""
        if len(self.groups) <= _PAIRED:
            for at, one in enumerate(self.groups):
                for other in self.groups[at + 1 :]:
                    yield one, other

    def _joined(self, one: _Group, other: _Group) -> _Group | None:
        """Both as one group, in the place of either; None where some flow would fare otherwise."""
        if self._is_placed(one, other, one.now, other.now):
            return one
        return other if self._is_placed(other, one, other.now, one.now) else None

    def _is_placed(self, group: _Group, idle: _Group, one: Rule, other: Rule) -> bool:
        """Whether a group can say what two rules do, and take the place of another by that; it is done so."""
        found = self._with_both(one, other) if (one, other) not in self._apart else None
        if found is not None and self._is_written(group, *found, idle):
            group.members += idle.members
            group.spared += idle.spared
            return True
        self._apart.add((one, other))
        return False

    def _spares(self, group: _Group, first: _Group) -> bool:
        """Whether a rule before a group can go if the group loses a list's values that this one has; it is done so."""
        pair = group.now, first.now
        for now, ends in self._narrowed(*pair) if pair not in self._apart else ():
            if self._is_written(group, now, ends, first):
                group.spared += first.members
                return True
        self._apart.add(pair)
        return False

    def _is_written(self, group: _Group, now: Rule, ends: list[tuple[RuleEnd, ...]], idle: _Group) -> bool:
        """Whether a group can say this from now on, and another go then; it is done so."""
        if self.refuses(now):
            return False
        cubes = [layer.cubes(now, *pair) for layer, *pair in zip(self.layers, *ends, strict=True)]
        instead = idle.head if idle.now.access is now.access else None
        if not all(layer.may_match(group.head, held, instead) for layer, held in zip(self.layers, cubes, strict=True)):
            return False
        before = [layer.match(group.head, held) for layer, held in zip(self.layers, cubes, strict=True)]
        if self._could_go(idle):
            group.now, group.cubes = now, cubes
            self._remove(idle)
            return True
        for layer, held in zip(self.layers, before, strict=True):
            layer.match(group.head, held)
        return False

    def _could_go(self, group: _Group) -> bool:
        return all(layer.could_go(group.head) for layer in self.layers)

    def _remove(self, group: _Group) -> None:
        for layer in self.layers:
            layer.remove(group.head)
        self.groups.remove(group)
        self.gone.append(group.head)

    def _with_both(self, rule: Rule, other: Rule) -> tuple[Rule, list[tuple[RuleEnd, ...]]] | None:
        """The rule with all that the other holds beside its own, and what its ends come to in each layer."""
        now, ends = rule, list[tuple[RuleEnd, ...]]()
        for end in ENDS:
            values = self._both(EndValues.of(rule, end), EndValues.of(other, end), end)
            if values is None:
                return None
            now = values.put(now, end)
            ends.append(self._classes[end, values.alike])
        for ports in PORTS:
            now = with_ports(now, ports, joined_ports(ports_of(now, ports), ports_of(other, ports)))
        if now.protocol.casefold() != other.protocol.casefold():
            now = replace(now, protocol=ANY)
        return now, ends

    def _both(self, own: EndValues, others: EndValues, end: End) -> EndValues | None:
        """Values that hold what either does: one of them, a list of both, or the least that is written elsewhere."""
        mine, theirs = self._classes[end, own.alike], self._classes[end, others.alike]
        if own.alike == others.alike or _cover(mine, theirs):
            return own
        if _cover(theirs, mine):
            return others
        if own.kind and own.kind == others.kind:
            both = own.joined(others)
            self._classes.setdefault((end, both.alike), tuple(map(RuleEnd.joined, mine, theirs)))
            return both
        wider = [
            (sum(map(RuleEnd.size, classes)), at, values)
            for at, values in enumerate(self._written[end])
            if _cover(classes := self._classes[end, values.alike], mine) and _cover(classes, theirs)
        ]
        return min(wider)[2] if wider else None

    def _narrowed(self, rule: Rule, other: Rule) -> Iterator[tuple[Rule, list[tuple[RuleEnd, ...]]]]:
        """The rule without the values that another one holds too, of each of its lists by itself."""
        values = [EndValues.of(rule, end) for end in ENDS]
        ends = [self._classes[end, held.alike] for end, held in zip(ENDS, values, strict=True)]
        for at, end in enumerate(ENDS):
            others = EndValues.of(other, end)
            left = values[at].without(others)
            if left is not None:
                gone = {text.casefold() for text in values[at].texts} - {text.casefold() for text in left.texts}
                theirs = self._classes[end, others.alike]
                classes = tuple(mine.without(of, gone) for mine, of in zip(ends[at], theirs, strict=True))
                self._classes.setdefault((end, left.alike), classes)
                yield left.put(rule, end), [classes if at == place else held for place, held in enumerate(ends)]
        for ports in PORTS:
            kept = ports_without(ports_of(rule, ports), ports_of(other, ports))
            if kept:
                yield with_ports(rule, ports, kept), ends


def _is_neutral(step: FewerStep, layers: Sequence[LayerAnswers], cubes: dict[int, list[list[Cube]]]) -> bool:
    """Whether a step leaves every answer as it is; then it is done."""
    rule = step.before
    if step.after is None:
        if not all(layer.could_go(rule) for layer in layers):
            return False
        for layer in layers:
            layer.remove(rule)
        return True
    written = list(zip(layers, cubes[id(rule)], strict=True))
    if not all(layer.may_match(rule, held) for layer, held in written):
        return False
    for layer, held in written:
        layer.match(rule, held)
    return True


def _cover(classes: Sequence[RuleEnd], others: Sequence[RuleEnd]) -> bool:
    """Whether all that may be at one end surely is at another, in every layer."""
    return all(map(RuleEnd.covers, classes, others))


def _like_sets(groups: Iterable[_Group]) -> Iterator[list[_Group]]:
    """Groups that differ in one list only, the largest sets first."""
    found: dict[Hashable, list[_Group]] = {}
    for group in groups:
        now = group.now
        lists: dict[str, tuple[str, Hashable]] = {}
        for end in ENDS:
            values = EndValues.of(now, end)
            lists[end] = values.kind, values.alike
        for ports in PORTS:
            held = frozenset(ports_of(now, ports))
            lists[ports] = "" if ANY in held else "ports", held
        for name, (kind, _) in lists.items():
            others = tuple(alike for other, (_, alike) in lists.items() if other != name)
            if kind:
                found.setdefault((name, kind, now.access, now.protocol.casefold(), others), []).append(group)
    yield from sorted((alike for alike in found.values() if len(alike) > 1), key=lambda alike: -len(alike))
