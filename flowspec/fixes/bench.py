"""An NSG and a direction with edits put in: what is wanted and not yet done, and what they do that nobody asks for."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from flowspec.fixes.candidates import widened
from flowspec.fixes.drafts import Draft
from flowspec.fixes.edits import Edit, edited
from flowspec.fixes.gates import Gate
from flowspec.fixes.goals import Want, alone
from flowspec.fixes.limits import RULES
from flowspec.fixes.ownership import is_use_only, name_of
from flowspec.fixes.prove import NOTHING_MOVED, Prover, Tried, a_few
from flowspec.fixes.slots import LOWEST, arranged, free_priority
from flowspec.fixes.wishes import Wishes
from flowspec.intents.cover import emptied
from flowspec.model.inventory import Access, Direction, Nsg, Rule, key
from flowspec.policy.layers import Variant
from flowspec.sets.flows import NO_FLOWS, FlowSet, between

_SAMPLES = 8


class NoRoomError(Exception):
    """An NSG can't take the rule; the message says why."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """Flows of a want that the gate does not yet treat as wished, and the rule that decides them now."""

    flows: FlowSet
    decider: Rule | None

    def part(self, flows: FlowSet) -> Unmet:
        return Unmet(self.flows.intersect(flows), self.decider)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A gate with edits put in: what each of its wants still lacks; one that lacks nothing is not there.

    `changed`: the variants of rules that its layers have gained and lost by that.
    """

    edits: tuple[Edit, ...]
    wants: tuple[Want, ...]
    lacks: dict[Want, tuple[Unmet, ...]]
    changed: frozenset[Variant] = frozenset()

    def without(self, wants: Container[Want]) -> State:
        """The state with some wants given up."""
        left = tuple(want for want in self.wants if want not in wants)
        return replace(self, wants=left, lacks={w: lacks for w, lacks in self.lacks.items() if w not in wants})

    def deciders(self, want: Want) -> list[Rule]:
        """The NSG's own rules that stand in the way of a want, first those that are asked first."""
        found = {lack.decider.name: lack.decider for lack in self.lacks.get(want, ()) if lack.decider is not None}
        return sorted((rule for rule in found.values() if not rule.default), key=lambda rule: rule.priority)


@dataclass(slots=True)
class Bench:
    """Tries edits of one gate."""

    prover: Prover
    asked: Wishes
    gate: Gate
    wants: Sequence[Want]
    nsg: Nsg = field(init=False)
    start: State = field(init=False)
    _names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.nsg = self.prover.planner.network.inventory.nsgs[self.gate[0]]
        self._names = frozenset(key(rule.name) for rule in self.nsg.rules)
        self.start = State((), tuple(self.wants), self._lacks(None, self.wants))

    def parted(self, state: State, want: Want, pieces: Sequence[Want]) -> State:
        """The state with a want parted into several, which fare by themselves."""
        lacks = dict(state.lacks)
        lacking = lacks.pop(want)
        for piece in pieces:
            left = tuple(lack.part(piece.own) for lack in lacking if lack.flows.meets(piece.own))
            lacks |= {piece: left} if left else {}
        place = state.wants.index(want)
        return replace(state, wants=(*state.wants[:place], *pieces, *state.wants[place + 1 :]), lacks=lacks)

    @property
    def direction(self) -> Direction:
        return self.gate[1]

    def rules(self, state: State) -> list[Rule]:
        """The rules of the direction in their order, with the edits put in."""
        changed = edited({self.gate[0]: self.nsg}, state.edits).get(self.gate[0], self.nsg)
        return sorted((r for r in changed.rules if r.direction is self.direction), key=lambda rule: rule.priority)

    def after(self, state: State, more: Iterable[Edit], doubtful: FlowSet | None = None) -> State | None:
        """The state with more edits; None where they do what nobody asks for.

        `doubtful`: all that they may do and nobody asks for; None: that is not known. A rule that is there is taken for
        what it does in its own NSG, whatever other NSGs do to the same flows.
        """
        more = tuple(more)
        edits = composed(state.edits, more)
        tried = self.prover.tried(edits)
        if self._is_harmful(tried, doubtful, by_itself=any(edit.before is not None for edit in more)):
            return None
        changed = frozenset(tried.changed())
        return State(edits, state.wants, self._lacks_after(state, tried, changed ^ state.changed), changed)

    def _is_harmful(self, tried: Tried, doubtful: FlowSet | None, *, by_itself: bool) -> bool:
        """Whether something opens or closes here that nobody asks for; a few flows are looked at first."""
        if doubtful is not None and not doubtful:
            return False
        for within in (None,) if doubtful is None else (self._some(doubtful), doubtful):
            moved = tried.moved(by_itself=by_itself, within=within).get(self.direction, NOTHING_MOVED)
            opens = self.asked.beside(moved.opens, Access.ALLOW, self.gate)
            if opens or self.asked.beside(moved.closes, Access.DENY, self.gate):
                return True
        return False

    def _some(self, flows: FlowSet) -> FlowSet:
        """A few flows of many, at those who stand behind the gate."""
        held = self.asked.residents(self.gate).held
        inbound = self.direction is Direction.INBOUND
        here = between(destinations=held) if inbound else between(held)
        boxes = (box.intersect(here) for box in flows.boxes[:_SAMPLES])
        return a_few(FlowSet(tuple(box for box in boxes if not box.is_empty())))

    def match_of(self, rule: Rule) -> FlowSet:
        """All that a rule of the NSG matches, at anyone behind it."""
        return FlowSet.of(self.prover.tried([Edit(self.nsg.id, rule, None)]).changed_boxes())

    def may_change(self, rule: Rule) -> bool:
        """Whether the NSG has the very rule now, and no service of Azure's writes it again."""
        return any(rule is other for other in self.nsg.rules) and not is_use_only(rule.name)

    def put_in(self, state: State, drafts: Sequence[Draft], wants: Iterable[Want]) -> Iterator[list[Edit]]:
        """Drafts as rules before all that stand in the way of some wants, each behind those that follow it.

        First at free priorities, which may be before other rules too; then where no other rule is passed by: for that,
        or where there is none free, rules are moved.
        """
        deciders = [rule for want in wants for rule in state.deciders(want)]
        before = min((rule.priority for rule in deciders), default=LOWEST + 1)
        first = self._put_in(state, drafts, before, strictly=False)
        yield first
        second = self._put_in(state, drafts, before, strictly=True)
        if second != first:
            yield second

    def widened(self, state: State, draft: Draft, want: Want) -> Iterator[Edit]:
        """Rules that are there, made to match a draft too; moved where they are not before what stands in the way."""
        before = min((rule.priority for rule in state.deciders(want)), default=LOWEST + 1)
        rules = self.rules(state)
        free = free_priority({rule.priority for rule in rules}, before, self.prover.planner.spec.fixes)
        for rule in rules:
            priority = rule.priority if rule.priority < before else free
            if priority is not None and rule.access is draft.access and self.may_change(rule):
                for after in widened(rule, draft.rule(self.direction)):
                    if after is not rule or priority != rule.priority:
                        yield Edit(self.nsg.id, rule, replace(after, priority=priority))

    def _put_in(self, state: State, drafts: Sequence[Draft], before: int, *, strictly: bool) -> list[Edit]:
        edits: list[Edit] = []
        for draft in drafts:
            rules = self.rules(State(composed(state.edits, edits), (), {}))
            names = self._names.union(key(edit.rule.name) for edit in (*state.edits, *edits))
            name = name_of("new", draft.access, self.direction, names)
            rule = replace(draft.rule(self.direction), name=name, id=f"{self.nsg.id}/securityRules/{name}")
            if len(names) >= RULES + sum(edit.after is None for edit in state.edits):
                raise NoRoomError(f"{self.nsg.name} would have more than {RULES:,} rules")
            priority, moves = self._slot(rules, before, strictly=strictly)
            edits += [*moves, Edit(self.nsg.id, None, replace(rule, priority=priority))]
            before = priority
        return edits

    def _slot(self, rules: Sequence[Rule], before: int, *, strictly: bool) -> tuple[int, list[Edit]]:
        """A priority before another, and the rules that have to be moved for it; `strictly`: behind all before that."""
        wished = self.prover.planner.spec.fixes
        priority = free_priority({rule.priority for rule in rules}, before, wished)
        place = sum(rule.priority < before for rule in rules)
        if priority is not None and not (strictly and place and priority < rules[place - 1].priority):
            return priority, []
        order: list[int | None] = [rule.priority for rule in rules]
        found = arranged([*order[:place], None, *order[place:]], wished)
        if found is None:
            raise NoRoomError(f"{self.nsg.name} has as many rules as there are priorities")
        numbered = zip(rules, (*found[:place], *found[place + 1 :]), strict=True)
        moved = [(rule, number) for rule, number in numbered if rule.priority != number]
        owned = next((rule.name for rule, _ in moved if is_use_only(rule.name)), "")
        if owned:
            raise NoRoomError(f"{owned} of {self.nsg.name} would have to move, and a service of Azure's keeps it")
        return found[place], [Edit(self.nsg.id, rule, replace(rule, priority=number)) for rule, number in moved]

    def without(self, state: State, edit: Edit) -> State | None:
        """The state with one of its edits undone, whatever that does to others."""
        return self.after(state, [Edit(edit.nsg, edit.after, edit.before)], NO_FLOWS)

    def _lacks_after(self, state: State, tried: Tried, new: Iterable[Variant]) -> dict[Want, tuple[Unmet, ...]]:
        """What wants lack: of those that what is `new` can't touch, as before."""
        boxes = [variant.box for variant in new]
        found: dict[Want, tuple[Unmet, ...]] = {}
        for want in state.wants:
            if any(mine.meets(box) for mine in want.flows.boxes for box in boxes):
                lacks = tuple(self._lacking(tried, want))
            else:
                lacks = state.lacks.get(want, ())
            if lacks:
                found[want] = lacks
        return found

    def _lacks(self, tried: Tried | None, wants: Iterable[Want]) -> dict[Want, tuple[Unmet, ...]]:
        found = {want: tuple(self._lacking(tried, want)) for want in wants}
        return {want: lacks for want, lacks in found.items() if lacks}

    def _lacking(self, tried: Tried | None, want: Want) -> list[Unmet]:
        lacks: list[Unmet] = []
        for target in want.targets:
            layer = target.layer if tried is None else tried.policies.renewed_layer(target.layer)
            parts = self.prover.judge.decide(alone(self.direction, layer), target.flows).parts
            lacks += [Unmet(part.flows, part.decider.rule) for part in parts if part.access is not want.access]
        return [] if all(emptied(lack.flows, want.judgement.question.oneself) for lack in lacks) else lacks


def composed(edits: Iterable[Edit], more: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits, and more that were made after them: a rule has one."""
    found: dict[tuple[str, str], Edit] = {}
    for edit in (*edits, *more):
        place = key(edit.nsg), key(edit.rule.name)
        first = found.get(place)
        found[place] = edit if first is None else Edit(edit.nsg, first.before, edit.after)
    return tuple(edit for edit in found.values() if edit.before is not edit.after and (edit.before or edit.after))
