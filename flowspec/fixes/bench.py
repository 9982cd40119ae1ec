"""An NSG and a direction with edits put in: what is wanted and not yet done, and what they do that nobody asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from flowspec.fixes.asked import Asked
from flowspec.fixes.drafts import Draft
from flowspec.fixes.edits import Edit, edited
from flowspec.fixes.gates import Gate
from flowspec.fixes.goals import Want, alone
from flowspec.fixes.ownership import name_of
from flowspec.fixes.prove import NOTHING_MOVED, Prover, Tried
from flowspec.fixes.slots import LOWEST, arranged, free_priority
from flowspec.intents.cover import emptied
from flowspec.model.inventory import Access, Direction, Nsg, Rule, key
from flowspec.sets.flows import FlowSet

BESIDE = "the rule that would mend it would change flows that the intent is not about"


class NoRoomError(Exception):
    """An NSG can't take the rule; the message says why."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Flows of a want that the gate does not yet treat as wished, and the rule that decides them now."""

    flows: FlowSet
    decider: Rule | None

    def part(self, flows: FlowSet) -> Lack:
        return Lack(self.flows.intersect(flows), self.decider)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A gate with edits put in: what each want still lacks; a want that lacks nothing is not there."""

    edits: tuple[Edit, ...]
    lacks: dict[Want, tuple[Lack, ...]]

    def deciders(self, want: Want) -> list[Rule]:
        """The NSG's own rules that stand in the way of a want, first those that are asked first."""
        found = {lack.decider.name: lack.decider for lack in self.lacks.get(want, ()) if lack.decider is not None}
        return sorted((rule for rule in found.values() if not rule.default), key=lambda rule: rule.priority)


@dataclass(slots=True)
class Bench:
    """Tries edits of one gate."""

    prover: Prover
    asked: Asked
    gate: Gate
    wants: Sequence[Want]
    nsg: Nsg = field(init=False)
    start: State = field(init=False)

    def __post_init__(self) -> None:
        self.nsg = self.prover.planner.network.inventory.nsgs[self.gate[0]]
        self.start = State((), self._lacks(None, self.wants))

    def parted(self, state: State, want: Want, parts: Iterable[FlowSet]) -> State:
        """The state with a want parted into several, which fare by themselves."""
        lacks: dict[Want, tuple[Lack, ...]] = {}
        for other, lacking in state.lacks.items():
            if other is not want:
                lacks[other] = lacking
                continue
            pieces = [piece for part in parts if (piece := want.part(part)) is not None]
            lacks |= {
                p: found
                for p in pieces
                if (found := tuple(lack.part(p.own) for lack in lacking if lack.flows.meets(p.own)))
            }
        return State(state.edits, lacks)

    @property
    def direction(self) -> Direction:
        return self.gate[1]

    def rules(self, state: State) -> list[Rule]:
        """The rules of the direction in their order, with the edits put in."""
        changed = edited({self.gate[0]: self.nsg}, state.edits).get(self.gate[0], self.nsg)
        return sorted((r for r in changed.rules if r.direction is self.direction), key=lambda rule: rule.priority)

    def after(self, state: State, more: Iterable[Edit], *, is_asked_for: bool = False) -> State | None:
        """The state with more edits; None where they do what nobody asks for (not looked at if it `is_asked_for`).

        A rule that is there is taken for what it does in its own NSG, whatever other NSGs do to the same flows.
        """
        more = tuple(more)
        edits = composed(state.edits, more)
        tried = self.prover.tried(edits)
        if not is_asked_for and self._is_harmful(tried, by_itself=any(edit.before is not None for edit in more)):
            return None
        return State(edits, self._lacks(tried, state.lacks))

    def _is_harmful(self, tried: Tried, *, by_itself: bool) -> bool:
        """Whether something opens or closes here that nobody asks for."""
        moved = tried.moved(by_itself=by_itself).get(self.direction, NOTHING_MOVED)
        return bool(
            self.asked.beside(moved.opens, Access.ALLOW, self.gate)
            or self.asked.beside(moved.closes, Access.DENY, self.gate)
        )

    def put_in(self, state: State, drafts: Iterable[Draft], wants: Iterable[Want]) -> list[Edit]:
        """Drafts as rules before all that stand in the way of some wants, each behind those that follow it.

        Where there is no free priority, rules are moved.
        """
        deciders = [rule for want in wants for rule in state.deciders(want)]
        before = min((rule.priority for rule in deciders), default=LOWEST + 1)
        edits: list[Edit] = []
        for draft in drafts:
            here = State(composed(state.edits, edits), {})
            rules = self.rules(here)
            names = {key(rule.name) for rule in (*self.nsg.rules, *rules)}
            name = name_of("new", draft.access, self.direction, names)
            rule = replace(draft.rule(self.direction), name=name, id=f"{self.nsg.id}/securityRules/{name}")
            priority, moves = self._slot(rules, before)
            edits += [*moves, Edit(self.nsg.id, None, replace(rule, priority=priority))]
            before = priority
        return edits

    def _slot(self, rules: Sequence[Rule], before: int) -> tuple[int, list[Edit]]:
        """A priority before another, and the rules that have to be moved for it."""
        wished = self.prover.planner.spec.fixes
        priority = free_priority({rule.priority for rule in rules}, before, wished)
        if priority is not None:
            return priority, []
        place = sum(rule.priority < before for rule in rules)
        order: list[int | None] = [rule.priority for rule in rules]
        found = arranged([*order[:place], None, *order[place:]], wished)
        if found is None:
            raise NoRoomError(f"{self.nsg.name} has as many rules as there are priorities")
        moved = zip(rules, (*found[:place], *found[place + 1 :]), strict=True)
        return found[place], [
            Edit(self.nsg.id, rule, replace(rule, priority=number)) for rule, number in moved if rule.priority != number
        ]

    def _lacks(self, tried: Tried | None, wants: Iterable[Want]) -> dict[Want, tuple[Lack, ...]]:
        found = {want: tuple(self._lacking(tried, want)) for want in wants}
        return {want: lacks for want, lacks in found.items() if lacks}

    def _lacking(self, tried: Tried | None, want: Want) -> list[Lack]:
        lacks: list[Lack] = []
        for target in want.targets:
            layer = target.layer
            if tried is not None:
                layer = tried.policies.renewed(target.policy).layers[target.policy.layers.index(layer)]
            parts = self.prover.judge.decide(alone(self.direction, layer), target.flows).parts
            lacks += [Lack(part.flows, part.decider.rule) for part in parts if part.access is not want.access]
        return [] if all(emptied(lack.flows, want.judgement.question.oneself) for lack in lacks) else lacks


def composed(edits: Iterable[Edit], more: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits, and more that were made after them: a rule has one."""
    found: dict[tuple[str, str], Edit] = {}
    for edit in (*edits, *more):
        place = key(edit.nsg), key(edit.rule.name)
        first = found.get(place)
        found[place] = edit if first is None else Edit(edit.nsg, first.before, edit.after)
    return tuple(edit for edit in found.values() if edit.before is not edit.after and (edit.before or edit.after))
