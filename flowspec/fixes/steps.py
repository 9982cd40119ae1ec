"""Edits of NSGs -> the order in which to make them, one call each: on the way, nothing is cut and nothing opened.

A flow whose verdict is the same before all and after all keeps it after every step. Of each NSG and direction, that is
so when of the rules that a flow matches

- what is put in goes before what is taken out, where both let it pass or both stop it;
- of rules put in that disagree, the one that is asked first goes first; of rules taken out, the one asked last.

A rule that matches more, or is asked earlier, is put in; one that matches less, or is asked later, is taken out.
Between NSGs, what closes flows goes before what opens them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from flowspec.fixes.edits import Edit
from flowspec.fixes.gates import Gate
from flowspec.fixes.overlap import covers, may_meet
from flowspec.fixes.slots import HIGHEST, LOWEST
from flowspec.model.inventory import Access, Nsg, Rule, key

_LONGEST_NAME = 80


def ordered(
    edits: Iterable[Edit], nsgs: Mapping[str, Nsg], passes: Callable[[Edit], bool] = lambda _: False
) -> tuple[Edit, ...] | None:
    """The steps that come to some edits of the NSGs (by key); None where no safe order was found.

    `passes` tells of an edit that puts in an Allow whether its NSG lets pass all that this matches, as it is now: then
    it opens nothing, and only keeps what a Deny behind it would cut. It is asked where the order hangs on it.

    There may be more steps than edits: a rule that can't be written anew in one call has a second one beside it
    meanwhile, and one whose priority is still taken waits beside that.
    """
    by_gate: dict[Gate, list[Edit]] = {}
    for edit in edits:
        by_gate.setdefault(edit.gate, []).append(edit)
    lanes = [_Lane(nsgs[gate[0]], mine) for gate, mine in by_gate.items()]
    steps = [edit for lane in lanes for edit in lane.renumbered()]
    while waiting := [lane for lane in lanes if lane.waiting]:
        made = [edit for lane in waiting for edit in lane.closed()] or _opened(waiting, passes)
        if not made:
            return None
        steps += made
    return tuple(steps)


def _opened(lanes: list[_Lane], passes: Callable[[Edit], bool]) -> list[Edit]:
    """Makes what opens flows: all of it once nothing is left that closes any, else one step for which others wait."""
    closing = [(lane, step) for lane in lanes for step in lane.waiting if step.closes]
    if not closing:
        return [edit for lane in lanes for edit in lane.drained()]
    for lane in dict.fromkeys(lane for lane, _ in closing):
        ready = lane.ready()
        if not ready and lane.part():
            ready = lane.ready()
        for step in sorted(ready, key=lambda step: not lane.has_dependents(step)):
            conflict = any(other is not lane and step.may_open(late) for other, late in closing)
            if not conflict or (step.is_allow and passes(step.edit)):
                return [lane.make(step)]
    return []


@dataclass(frozen=True, slots=True)
class _Piece:
    """A rule that an edit puts in or takes out."""

    rule: Rule
    is_new: bool

    @property
    def opens(self) -> bool:
        return self.is_new == (self.rule.access is Access.ALLOW)

    def is_before(self, other: _Piece) -> bool:
        """Whether it has to be made first, for the flows that match both."""
        agree = self.rule.access is other.rule.access
        if self.is_new and other.is_new:
            wanted = not agree and self.rule.priority < other.rule.priority
        elif not self.is_new and not other.is_new:
            wanted = not agree and self.rule.priority > other.rule.priority
        else:
            wanted = self.is_new and agree
        return wanted and may_meet(self.rule, other.rule)


@dataclass(eq=False, slots=True)
class _Step:
    """An edit that is still to be made, as what it puts in and takes out; `earlier` are the steps that go before it.

    `first`: of the parts of one edit, the one before this.
    """

    edit: Edit
    pieces: tuple[_Piece, ...]
    first: _Step | None = None
    earlier: set[_Step] = field(default_factory=set)

    @property
    def opens(self) -> bool:
        return any(piece.opens for piece in self.pieces)

    @property
    def closes(self) -> bool:
        return any(not piece.opens for piece in self.pieces)

    @property
    def is_allow(self) -> bool:
        """It only puts in a rule that lets flows pass."""
        return all(piece.is_new and piece.opens for piece in self.pieces)

    def may_open(self, late: _Step) -> bool:
        """Whether it opens flows that another step has still to close."""
        return any(
            piece.opens and not other.opens and may_meet(piece.rule, other.rule)
            for piece in self.pieces
            for other in late.pieces
        )


class _Lane:
    """The steps of one NSG and direction, and which rules stand at which priority by now."""

    def __init__(self, nsg: Nsg, edits: list[Edit]) -> None:
        direction = edits[0].rule.direction
        self.names = {key(rule.name) for rule in nsg.rules} | {key(edit.rule.name) for edit in edits}
        self.present = {rule.priority: rule for rule in nsg.rules if rule.direction is direction}
        self.waiting = [_Step(edit, _pieces(edit)) for edit in sorted(edits, key=_place)]
        there = [rule for rule in nsg.rules if rule.direction is direction]
        self.standing = [*there, *(edit.after for edit in edits if edit.after is not None)]

    def renumbered(self) -> list[Edit]:
        """Moves of a rule that jump over no other: they change nothing, and give way to others. Made first."""
        made: list[Edit] = []
        while (step := next(filter(self._is_free_move, self.waiting), None)) is not None:
            made.append(self.make(step))
        self._relate()
        return made

    def _is_free_move(self, step: _Step) -> bool:
        before, after = step.edit.before, step.edit.after
        if before is None or after is None or before.access is not after.access or before.priority == after.priority:
            return False
        low, high = sorted((before.priority, after.priority))
        jumped = any(low <= number <= high and rule is not before for number, rule in self.present.items())
        return not jumped and covers(before, after) and covers(after, before)

    def _relate(self) -> None:
        for step in self.waiting:
            step.earlier = {other for other in self.waiting if other is not step and _is_before(other, step)}
            if step.first in self.waiting:
                step.earlier.add(step.first)

    def ready(self) -> list[_Step]:
        """The steps for which everything is done that goes before them, and whose priority is free."""
        return [step for step in self.waiting if not step.earlier and self._has_place(step)]

    def _has_place(self, step: _Step) -> bool:
        rule = step.edit.after
        return rule is None or self.present.get(rule.priority) in (None, step.edit.before)

    def closed(self) -> list[Edit]:
        """Makes the steps that open nothing, as far as they are ready."""
        made: list[Edit] = []
        while (step := next((step for step in self.ready() if not step.opens), None)) is not None:
            made.append(self.make(step))
        return made

    def drained(self) -> list[Edit]:
        """Makes all that is ready, where the order between NSGs does not matter any more."""
        made: list[Edit] = []
        while (step := next(iter(self.ready()), None)) is not None or (self.waiting and self.part()):
            made += [self.make(step)] if step is not None else []
        return made

    def has_dependents(self, step: _Step) -> bool:
        return any(step in other.earlier for other in self.waiting)

    def make(self, step: _Step) -> Edit:
        before, after = step.edit.before, step.edit.after
        self.waiting.remove(step)
        for other in self.waiting:
            other.earlier.discard(step)
        if before is not None and self.present.get(before.priority) == before:
            del self.present[before.priority]
        if after is not None:
            self.present[after.priority] = after
        return step.edit

    # Steps that hinder each other

    def part(self) -> bool:
        """Parts a step that can't be made in one call into several; False when none can."""
        for step in self.waiting:
            if not step.earlier and not self._has_place(step) and self._put_beside(step):
                return True
        return any(self._doubled(step) for step in self.waiting)

    def _put_beside(self, step: _Step) -> bool:
        """Its priority is still taken: it is written beside it, and moved there in the end."""
        rule = step.edit.after
        there = self._beside(rule) if rule is not None and step.pieces else None
        if there is None:
            return False
        self._divide(
            step, [(Edit(step.edit.nsg, step.edit.before, there), step.pieces)], Edit(step.edit.nsg, there, rule)
        )
        return True

    def _doubled(self, step: _Step) -> bool:
        """It puts flows in and takes others out, which would be at different times: a second rule has the former."""
        rule, nsg = step.edit.after, step.edit.nsg
        beside = self._beside(rule) if rule is not None and len(step.pieces) > 1 else None
        if beside is None:
            return False
        name = self._name(beside.name)
        there = replace(beside, name=name, id=f"{nsg}/securityRules/{name}")
        new = tuple(piece for piece in step.pieces if piece.is_new)
        old = tuple(piece for piece in step.pieces if not piece.is_new)
        self._divide(step, [(Edit(nsg, None, there), new), (step.edit, old)], Edit(nsg, there, None))
        return True

    def _divide(self, step: _Step, parts: list[tuple[Edit, tuple[_Piece, ...]]], last: Edit) -> None:
        """Puts several steps, one after the other, in the place of one; the last changes nothing any more."""
        at, steps, first = self.waiting.index(step), list[_Step](), step.first
        for edit, pieces in [*parts, (last, ())]:
            steps.append(first := _Step(edit, pieces, first))
        self.waiting[at : at + 1] = steps
        for other in self.waiting:
            other.first = first if other.first is step else other.first
        self._relate()

    def _beside(self, rule: Rule) -> Rule | None:
        """The rule at a free priority, where it says the same: no rule between, now or later, disagrees with it."""
        for numbers in (range(rule.priority - 1, HIGHEST - 1, -1), range(rule.priority + 1, LOWEST + 1)):
            for number in numbers:
                there = [one for one in self.standing if one.priority == number]
                if not there:
                    found = replace(rule, priority=number)
                    self.standing.append(found)
                    return found
                if any(one.access is not rule.access and may_meet(one, rule) for one in there):
                    break
        return None

    def _name(self, name: str) -> str:
        stem, number = name[: _LONGEST_NAME - len("-meanwhile-99")].rstrip(".-"), 1
        while key(found := f"{stem}-meanwhile" + (f"-{number}" if number > 1 else "")) in self.names:
            number += 1
        self.names.add(key(found))
        return found


def _place(edit: Edit) -> int:
    """What is put in from the first on, and then what is taken out from the last on."""
    return edit.after.priority if edit.after is not None else 2 * LOWEST - edit.rule.priority


def _is_before(one: _Step, other: _Step) -> bool:
    return any(piece.is_before(theirs) for piece in one.pieces for theirs in other.pieces)


def _pieces(edit: Edit) -> tuple[_Piece, ...]:
    """What an edit puts in and takes out, once it is seen that a rule that covers another makes that one idle."""
    before, after = edit.before, edit.after
    new = () if after is None else (_Piece(after, True),)
    old = () if before is None else (_Piece(before, False),)
    if before is None or after is None or before.access is not after.access:
        return new + old
    wider, narrower = covers(after, before), covers(before, after)
    if wider and narrower and after.priority == before.priority:
        return ()
    if wider and after.priority <= before.priority:
        return new
    return old if narrower and after.priority >= before.priority else new + old
