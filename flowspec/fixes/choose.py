"""What is wanted of a gate -> the fewest rules to create, change or delete there: greedily, then by bounded search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product

from flowspec.decide.exact import TooManyError
from flowspec.fixes.bench import Bench, NoRoomError, State
from flowspec.fixes.candidates import narrowed
from flowspec.fixes.drafts import Draft, Drafter, size_of
from flowspec.fixes.edits import Edit, gives_way
from flowspec.fixes.gates import Gate
from flowspec.fixes.goals import Want
from flowspec.fixes.prove import Prover
from flowspec.fixes.wishes import BESIDE, Wishes
from flowspec.fixes.wording import Term, UnspeakableError
from flowspec.model.inventory import Access, Direction, Rule, key
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import ALL_NUMBERS, AddressSet, Protocol, ProtocolSet

_FEW = 10
"""Wants of a gate up to which more than one way to meet them is looked at."""
_LOOKS = 60
"""States of a gate that the search may look at once it has a first answer."""

_WIDENINGS = 8
"""Ways to widen a rule that are looked at for a want."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """Flows of an intent that a gate can't do anything about."""

    address: str
    flows: FlowSet
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Edits of one gate, with the intents that each one serves; and what is wanted there and can't be had.

    Another process may have chosen it: it holds values only.
    """

    edits: tuple[Edit, ...] = ()
    serves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failures: tuple[Unserved, ...] = ()

    def served_by(self, edit: Edit) -> tuple[str, ...]:
        return self.serves.get(key(edit.rule.name), ())


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """How a state was come to: what each edit served, by the key of its rule; `rank`: less is less surprising."""

    state: State
    serves: Mapping[str, tuple[Want, ...]] = field(default_factory=dict)
    rank: int = 0

    def then(self, state: State, rank: int) -> _Path:
        """The path with one step more."""
        before = {edit.rule.name: edit for edit in self.state.edits}
        new = [edit for edit in state.edits if before.get(edit.rule.name) != edit]
        moved = tuple(want for want, lacks in self.state.lacks.items() if state.lacks.get(want, ()) != lacks)
        served = tuple(want for want in moved if _lacks_less(self.state, state, want))
        serves = dict(self.serves)
        for edit in new:
            name = key(edit.rule.name)
            serves[name] = tuple(dict.fromkeys((*serves.get(name, ()), *(moved if edit.before else served))))
        return _Path(state, serves, self.rank + rank)

    @property
    def cost(self) -> tuple[int, int, int]:
        """Rules changed, what they list, how surprising it is."""
        edits = self.state.edits
        return len(edits), sum(size_of(edit.after) for edit in edits if edit.after is not None), self.rank


def _lacks_less(before: State, after: State, want: Want) -> bool:
    """Whether flows of a want fare as wished that did not: that another rule decides them now is not enough."""
    left = FlowSet.union_all(lack.flows for lack in after.lacks.get(want, ()))
    return any(lack.flows.subtract(left) for lack in before.lacks.get(want, ()))


_DELETED, _NARROWED, _CREATED, _WIDENED = 0, 1, 2, 3


@dataclass(slots=True, kw_only=True)
class Chooser:
    """Meets the wants of a gate. `drafts`: the best single rule for each want that was looked at, if there is one."""

    prover: Prover
    asked: Wishes
    drafter: Drafter
    drafts: dict[Want, Draft | None] = field(default_factory=dict)
    _pieces: dict[Want, tuple[Want, ...]] = field(default_factory=dict)

    def choose(self, gate: Gate, wants: Sequence[Want], *, plainly: bool = False) -> Choice:
        """The edits for some wants; `plainly`: one rule for each want, in so many words."""
        bench = Bench(self.prover, self.asked, gate, wants)
        return _Search(chooser=self, bench=bench, plainly=plainly).run()

    def pieces(self, want: Want) -> tuple[Want, ...]:
        """A want in parts that are easier to write, the same ones each time; none where it has no parts."""
        if want not in self._pieces:
            parts = (want.part(part) for part in _parts(want.own))
            self._pieces[want] = tuple(part for part in parts if part is not None)
        return self._pieces[want]


@dataclass(slots=True, kw_only=True)
class _Search:
    chooser: Chooser
    bench: Bench
    plainly: bool
    failures: dict[Want, str] = field(default_factory=dict)
    _drafts: dict[Want, Draft | None] | None = None
    _reasons: dict[Want, str] = field(default_factory=dict)
    _joinable: dict[Draft, bool] = field(default_factory=dict)
    _doubtful: dict[str, FlowSet] = field(default_factory=dict)
    _needed: set[str] = field(default_factory=set)
    _looks: int = 0
    _full: str = ""

    def run(self) -> Choice:
        start = _Path(self._parted(self.bench.start))
        path = best = self._greedy(start)
        if len(path.state.edits) > 2 and len(self.bench.wants) <= _FEW and not self.plainly:  # one edit would be found
            best = self._search(_Path(start.state.without(self.failures)), path)
        best = self._narrowly(start.state, self._pruned(start.state, best))
        serves = {rule: tuple(dict.fromkeys(want.address for want in wants)) for rule, wants in best.serves.items()}
        failures = (Unserved(want.address, want.flows, reason) for want, reason in self.failures.items())
        return Choice(best.state.edits, serves, tuple(failures))

    def _parted(self, state: State) -> State:
        """Wants that no single rule can do in parts that one can."""
        waiting = list(state.lacks)
        while waiting:
            want, path = waiting.pop(0), _Path(state)
            pieces = self.chooser.pieces(want) if self._draft(path, want) is None else ()
            if pieces:
                found = self.bench.parted(state, want, pieces)
                new = [one for one in found.lacks if one not in state.lacks]
                apart = all(self._draft(_Path(found), one) is not None for one in new)
                if apart or not (_has_unnamed(want.own) and self._several(path, want)):
                    state = found
                    waiting += new
        return state

    def _greedy(self, path: _Path) -> _Path:
        """Serves one want after the other, each time by what serves most; a want that nothing serves fails."""
        while path.state.lacks:
            want = next(iter(path.state.lacks))
            options = [option for option in self._options(path, want) if want not in option.state.lacks]
            if options:
                path = min(options, key=lambda option: (len(option.state.lacks), option.cost))
                continue
            self.failures[want] = self._reasons.get(want, BESIDE)
            path = replace(path, state=path.state.without(self.failures))
        return path

    def _search(self, path: _Path, best: _Path) -> _Path:
        """Every way to serve all wants that may be cheaper than the best, as far as there are looks left."""
        if not path.state.lacks:
            return min(path, best, key=lambda found: found.cost)
        if len(path.state.edits) + 1 > best.cost[0] or self._looks >= _LOOKS:
            return best
        want = next(iter(path.state.lacks))
        for option in sorted(self._options(path, want), key=lambda found: (len(found.state.lacks), found.cost)):
            best = self._search(option, best)
        return best

    def _narrowly(self, start: State, best: _Path) -> _Path:
        """The best, or fewer rules: for what drifts alone, where what intents ask for besides can't share a rule."""
        wants = [want for want in start.lacks if want not in self.failures]
        if len(best.state.edits) < 2 or not 1 < len(wants) <= _FEW or self.plainly:
            return best
        path = _Path(start.without(self.failures))
        drafts = {want: self._first(path, want, want.part(want.flows)) for want in wants if want.own != want.flows}
        if not drafts:
            return best
        self._drafts = {**self.chooser.drafts, **drafts}
        while path.state.lacks and len(path.state.edits) + 1 < len(best.state.edits):
            want = next(iter(path.state.lacks))
            options = [option for option in self._options(path, want) if want not in option.state.lacks]
            if not options:
                return best
            path = min(options, key=lambda option: (len(option.state.lacks), option.cost))
        return best if path.state.lacks else self._pruned(start, path)

    def _pruned(self, start: State, path: _Path) -> _Path:
        """Without edits that do nothing once the others are in."""
        start, edits = start.without(self.failures), path.state.edits
        for edit in edits if len(edits) > 1 else ():
            rest = tuple(other for other in edits if other is not edit)
            spare = self.bench.without(path.state, edit) if not gives_way(edit, rest) else None
            state = self.bench.after(start, rest) if spare is not None and not spare.lacks else None
            if state is not None:
                edits, path = rest, _Path(state, {}, path.rank)
        if path.serves:
            return path
        return _Path(path.state, {key(edit.rule.name): self._needs(path.state, edit) for edit in edits}, path.rank)

    def _needs(self, state: State, edit: Edit) -> tuple[Want, ...]:
        """The wants that an edit serves: without it, they lack something."""
        without = self.bench.without(state, edit)
        return tuple(without.lacks) if without is not None and without.lacks else state.wants

    # What can be done next

    def _options(self, path: _Path, want: Want) -> list[_Path]:
        found = [*self._removals(path, want), *self._creations(path, want)]
        least = min((len(one.state.edits) for one in found if want not in one.state.lacks), default=None)
        if not self.plainly and (least is None or least > len(path.state.edits) + 1):
            found += self._widenings(path, want)
        return found

    def _removals(self, path: _Path, want: Want) -> Iterator[_Path]:
        """Rules in the way deleted, or narrowed where that would do more than is asked for."""
        nsg = self.bench.nsg.id
        rules = path.state.deciders(want) if not self.plainly else []
        for rule in filter(self.bench.may_change, rules):
            lacks, doubtful = path.state.lacks[want], self._doubtful_of(rule)
            deleted = self._looked(path, [Edit(nsg, rule, None)], doubtful) if rule.name not in self._needed else None
            if deleted is not None:
                if deleted.lacks.get(want) != lacks:
                    yield path.then(deleted, _DELETED)
                continue
            self._needed.add(rule.name)
            flows = FlowSet.union_all(lack.flows for lack in lacks if lack.decider is rule)
            for after in dict.fromkeys(narrowed(rule, flows, self._words(want))):
                state = self._looked(path, [Edit(nsg, rule, after)], doubtful)
                if state is not None and state.lacks.get(want) != lacks:
                    yield path.then(state, _NARROWED)

    def _widenings(self, path: _Path, want: Want) -> Iterator[_Path]:
        """A rule that is there made to match what is wanted too: for where a new one changes more, or has no room."""
        edits: dict[Edit, None] = {}
        try:
            for way in self.chooser.drafter.ways(want, path.state.deciders(want)):
                if len(way) == 1:
                    edits |= dict.fromkeys(self.bench.widened(path.state, way[0], want))
        except UnspeakableError:
            pass
        for edit in islice(edits, _WIDENINGS):
            state = self._looked(path, [edit], None)
            if state is not None and want not in state.lacks:
                yield path.then(state, _WIDENED)

    def _doubtful_of(self, rule: Rule) -> FlowSet:
        """What may change with a rule and nobody asks for."""
        if rule.name not in self._doubtful:
            other = Access.ALLOW if rule.access is Access.DENY else Access.DENY
            found = self.chooser.asked.beside(self.bench.match_of(rule), other, self.bench.gate)
            self._doubtful[rule.name] = found
        return self._doubtful[rule.name]

    def _words(self, want: Want) -> list[tuple[str, Term]]:
        return list(self.chooser.drafter.spared(want))

    def _creations(self, path: _Path, want: Want) -> Iterator[_Path]:
        """A rule before those in the way, for this want and all others that it can serve."""
        draft = self._draft(path, want)
        if draft is None:
            if (state := self._several(path, want)) is not None:
                yield path.then(state, _CREATED)
            return
        seen: set[Draft] = set()
        for merged, wants in self._merged(path, want, draft):
            if merged not in seen:
                seen.add(merged)
                if (state := self._created(path, [merged], wants)) is not None:
                    yield path.then(state, _CREATED)

    def _several(self, path: _Path, want: Want) -> State | None:
        """Several rules for a want that no single one can do; if there are none, the reason is kept."""
        failure = ""
        try:
            for way in self.chooser.drafter.ways(want, path.state.deciders(want)):
                if len(way) > 1 and (state := self._created(path, way, [want])) is not None:
                    return state
        except UnspeakableError as why:
            failure = str(why)
        self._reasons[want] = failure or self._full or BESIDE
        return None

    def _merged(self, path: _Path, want: Want, draft: Draft) -> Iterator[tuple[Draft, list[Want]]]:
        """The draft of a want joined with those of others: with as many as go, in a few orders."""
        others = [other for other in path.state.lacks if other is not want and other.access is want.access]
        if self.plainly:
            others = []
        drafts = [(other, found) for other in others if (found := self._draft(path, other)) is not None]
        drafts.sort(key=lambda pair: -_alike(draft, pair[1]))
        turns = range(min(len(drafts), 3)) if len(self.bench.wants) <= _FEW else range(1)
        for turn in turns or (0,):
            merged, wants = draft, [want]
            for other, found in (*drafts[turn:], *drafts[:turn]):
                joined = merged.joined(found)
                if joined is not None and self._may_be(path, joined, (merged, found), [*wants, other]):
                    merged, wants = joined, [*wants, other]
            yield merged, wants
        if len(self.bench.wants) <= _FEW and drafts:
            yield draft, [want]

    def _may_be(self, path: _Path, joined: Draft, parts: tuple[Draft, Draft], wants: list[Want]) -> bool:
        """Whether a rule that does what several do does nothing that nobody asks for."""
        if joined not in self._joinable:
            excess = joined.flows
            for part in parts:
                excess = excess.subtract(part.flows)
            may = not excess or not self.chooser.asked.beside(excess, joined.access, self.bench.gate)
            if not may and len(self.bench.wants) <= _FEW:
                may = self._created(path, [joined], wants) is not None
            self._joinable[joined] = may
        return self._joinable[joined]

    def _draft(self, path: _Path, want: Want) -> Draft | None:
        """The best single rule for a want by itself, if there is one."""
        drafts = self._drafts if self._drafts is not None else self.chooser.drafts
        if want not in drafts:
            drafts[want] = self._first(path, want)
        return drafts[want]

    def _first(self, path: _Path, want: Want, part: Want | None = None) -> Draft | None:
        """The first way to write a want, or a `part` of it, that serves it."""
        inbound = self.bench.direction is Direction.INBOUND
        too_wide: set[Term] = set()
        try:
            for way in self.chooser.drafter.ways(part or want, path.state.deciders(want)):
                remote = way[0].source if inbound else way[0].destination
                if len(way) > 1 or remote in too_wide:
                    continue
                if self._created(path, way, [want]) is not None:
                    return way[0]
                if remote.is_wide:
                    too_wide.add(remote)
        except UnspeakableError:
            pass
        return None

    def _created(self, path: _Path, drafts: Sequence[Draft], wants: Sequence[Want]) -> State | None:
        """The state with drafts put in, if they serve the wants and nothing else changes but what is asked for."""
        doubtful = FlowSet.union_all(self._doubtful_draft(draft, wants) for draft in drafts)
        try:
            for edits in self.bench.put_in(path.state, drafts, wants):
                state = self._looked(path, edits, doubtful if len(edits) == len(drafts) else None)
                if state is not None and not any(want in state.lacks for want in wants):
                    return state
        except NoRoomError as failure:
            self._full = str(failure)
        return None

    def _doubtful_draft(self, draft: Draft, wants: Sequence[Want]) -> FlowSet:
        """What a draft matches and nobody asks for: it may be so already."""
        left = draft.flows
        for want in wants:
            left = left.subtract(want.own) if draft.access is want.access else left
        return self.chooser.asked.beside(left, draft.access, self.bench.gate) if left else left

    def _looked(self, path: _Path, edits: Iterable[Edit], doubtful: FlowSet | None) -> State | None:
        self._looks += 1
        try:
            state = self.bench.after(path.state, edits, doubtful)
        except TooManyError:
            return None
        if state is None or any(want not in path.state.lacks for want in state.lacks):
            return None  # what was done already is undone
        return state


def _parts(flows: FlowSet) -> list[FlowSet]:
    """Flows by their ends; those of the same ends by what a rule can name of protocols and ports. None: in one part."""
    by_ends: dict[tuple[AddressSet, AddressSet], list[Box]] = {}
    for box in flows.boxes:
        for sources, destinations in product(_by_kind(box.sources), _by_kind(box.destinations)):
            by_ends.setdefault((sources, destinations), []).append(
                replace(box, sources=sources, destinations=destinations)
            )
    if len(by_ends) > 1:
        return [FlowSet(tuple(boxes)) for boxes in by_ends.values()]
    if _has_unnamed(flows):
        return []
    boxes = [replace(box, protocols=ProtocolSet.one(protocol)) for box in flows.boxes for protocol in box.protocols]
    return [FlowSet((box,)) for box in boxes] if len(boxes) > 1 else []


def _has_unnamed(flows: FlowSet) -> bool:
    """Whether there are protocols among some flows that only a rule for all protocols has."""
    return any(Protocol.OTHER in box.protocols for box in flows.boxes)


def _by_kind(addresses: AddressSet) -> list[AddressSet]:
    """Addresses that are known, and those that are not."""
    known = addresses.intersect(ALL_NUMBERS)
    return [part for part in (known, addresses.subtract(known)) if part]


def _alike(one: Draft, other: Draft) -> int:
    """In how many fields two drafts agree."""
    return sum(
        (
            one.protocols == other.protocols,
            one.source == other.source,
            one.source_ports == other.source_ports,
            one.destination == other.destination,
            one.destination_ports == other.destination_ports,
        )
    )
