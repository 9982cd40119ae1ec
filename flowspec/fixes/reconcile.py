"""Rules that flowspec made and that no longer fit the spec -> those rules as they are to be, written anew or gone.

The network is thought of without them and mended as if they had never been: where that comes to a rule in place of an
old one, the old one is written anew, or stays if it says the same; what nothing takes the place of goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flowspec.decide.exact import TooManyError
from flowspec.fixes.edit_groups import EditGroup, proved
from flowspec.fixes.edits import Edit, edited, place_of
from flowspec.fixes.gates import Gate
from flowspec.fixes.goals import Obstacles
from flowspec.fixes.made import SHORT, Made
from flowspec.fixes.overlap import covers, may_meet
from flowspec.fixes.ownership import is_made_for
from flowspec.fixes.prove import Prover
from flowspec.fixes.remedies import Remedy, RuleBatch, Tackled, remedies
from flowspec.fixes.search import Suggestions, suggest, work_together
from flowspec.fixes.spread import Spread
from flowspec.intents.case import Case
from flowspec.intents.judgements import Judgements
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Nsg, Rule, key


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Changes for all that drifts and for old rules; `made_for`: by the place of an edit, what its rule is for then."""

    suggestions: Suggestions
    made_for: Mapping[tuple[str, str], tuple[str, ...]]


def reconciled(prover: Prover, old: Sequence[Made], spread: Spread) -> Reconciled | None:
    """Changes for all that drifts, and for these rules; None where they can't be proved together."""
    planner = prover.planner
    nsgs = edited(planner.network.inventory.nsgs, [made.deletion for made in old])
    without = replace(planner.network.inventory, nsgs={**planner.network.inventory.nsgs, **nsgs})
    case = Case(planner.spec, without, planner.today)
    every = Judgements(case.judge, case.questions)
    found = suggest(case.planner, case.judge, list(every.values()), every, spread)
    groups = _Translation(found, old, without.nsgs).groups()
    made_for = {place_of(edit): serves for g in groups for edit, serves in zip(g.edits, g.serves, strict=True)}
    try:
        batches = proved(prover, groups)
        if batches is None:
            return None
        batches = _worthwhile(prover, batches, old)
        shares = tuple(prover.shares(batch.edits, batch.effect) for batch in batches)
    except TooManyError:
        return None
    return Reconciled(Suggestions(tuple(batches), shares, _remedies(prover, batches, found), found.gave_up), made_for)


class _Translation:
    """What was found for the network without some old rules, as edits of the network that has them."""

    def __init__(self, found: Suggestions, old: Sequence[Made], nsgs: Mapping[str, Nsg]) -> None:
        self._batches = found.batches
        self._old: dict[Gate, list[Made]] = {}
        for made in old:
            self._old.setdefault(made.gate, []).append(made)
        self._then = {**nsgs, **edited(nsgs, (edit for batch in found.batches for edit in batch.edits))}

    def groups(self) -> list[EditGroup]:
        taken = self._taken()
        groups: list[EditGroup] = []
        for batch in self._batches:
            groups.append(group := EditGroup())
            for edit, serves in zip(batch.edits, batch.serves, strict=True):
                made = taken.get(id(edit))
                again = self._again(edit, made, serves) if made is not None else edit
                if again is not None:
                    group.add(again, serves)
        replaced = {id(made) for made in taken.values()}
        for made in (made for mine in self._old.values() for made in mine if id(made) not in replaced):
            tied = next((group for group in groups if group.is_tied(made.deletion)), None)
            if tied is None:
                groups.append(tied := EditGroup())
            tied.add(made.deletion)
        return [group for group in groups if group.edits]

    def _taken(self) -> dict[int, Made]:
        """For new rules (by the id of their edit) the old rule whose place they take: of the same name, or intent."""
        new = [(edit, serves) for batch in self._batches for edit, serves in zip(batch.edits, batch.serves, strict=True)
               if edit.before is None]  # fmt: skip
        found: dict[int, Made] = {}
        free = {gate: list(mine) for gate, mine in self._old.items()}
        for is_next in (_is_named, _is_for, _is_like):
            for edit, serves in new:
                mine = free.get(edit.gate, [])
                made = next((m for m in mine if id(edit) not in found and m.rule.access is edit.rule.access
                             and is_next(m, edit, serves)), None)  # fmt: skip
                if made is not None:
                    found[id(edit)] = made
                    mine.remove(made)
        return found

    def _again(self, edit: Edit, made: Made, serves: tuple[str, ...]) -> Edit | None:
        """The old rule as the new one has it, at its old priority if that is as good; None where nothing changes."""
        old, new = made.rule, edit.rule
        priority = self._priority(edit, old, new)
        if priority == old.priority and covers(old, new) and covers(new, old):
            if is_made_for(made.maker, serves):
                return None
            return Edit(edit.nsg, old, replace(old, description=new.description))
        return Edit(edit.nsg, old, replace(new, name=old.name, id=old.id, priority=priority))

    def _priority(self, edit: Edit, old: Rule, new: Rule) -> int:
        low, high = sorted((old.priority, new.priority))
        between = [
            rule
            for rule in self._then[key(edit.nsg)].rules
            if rule.direction is new.direction and rule.name != new.name and low <= rule.priority <= high
        ]
        hindered = any(rule.priority == old.priority or (rule.access is not new.access and may_meet(rule, new))
                       for rule in between)  # fmt: skip
        return new.priority if hindered else old.priority


def _is_named(made: Made, edit: Edit, _: tuple[str, ...]) -> bool:
    return key(made.rule.name) == key(edit.rule.name)


def _is_for(made: Made, _: Edit, serves: tuple[str, ...]) -> bool:
    return not set(made.maker.addresses).isdisjoint(serves)


def _is_like(made: Made, edit: Edit, _: tuple[str, ...]) -> bool:
    return may_meet(made.rule, edit.rule)


def _worthwhile(prover: Prover, batches: list[RuleBatch], old: Sequence[Made]) -> list[RuleBatch]:
    """The batches but those that only have old rules otherwise, and mend nothing that these do not do."""
    wrong = {place_of(made.deletion) for made in old if made.reason != SHORT}
    found = [b for b in batches if b.addresses or any(place_of(edit) in wrong for edit in b.edits)]
    return found if len(found) == len(batches) or work_together(prover, found) else batches


def _remedies(prover: Prover, batches: Sequence[RuleBatch], found: Suggestions) -> dict[str, tuple[Remedy, ...]]:
    """The remedies of what drifts; why there is none, as it was told of the network without the old rules."""
    nsgs = prover.planner.network.inventory.nsgs
    drifted = [j for j in prover.before.values() if j.status is Status.DRIFTED]
    told = {address: next((r.no_change for r in mine if r.no_change), "") for address, mine in found.remedies.items()}
    attempts = [Tackled(judgement, Obstacles(nsgs), False) for judgement in drifted]
    return {
        address: tuple(replace(r, no_change=told.get(address) or r.no_change) if r.no_change else r for r in mine)
        for address, mine in remedies(attempts, batches)
    }
