"""Two inventories -> what opens, what closes and what is no longer known, by cause: exact, for all flows.

A cause is what changed: the rules that one side alone has, and the flows that fare otherwise because of them, at
however many NICs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from flowspec.comparison.alignment import Aligner, nothing_there
from flowspec.comparison.parallel import Turn, WalkOutcome
from flowspec.comparison.places import JudgedNetwork, JudgedPlace, Stay, everyone, places, sides
from flowspec.comparison.shift import Shift, shifts
from flowspec.decide.exact import part_of
from flowspec.model.documents.diff import Effect
from flowspec.model.inventory import Access, Direction, Inventory, key
from flowspec.network.arrivals import Arrival
from flowspec.policy.layers import Decider, Policy
from flowspec.sets.flows import NO_FLOWS, Box, existing
from flowspec.sets.intervals import AddressSet
from flowspec.sets.space import RunSpace

JudgedPlaces = tuple[JudgedPlace, ...]
"""Places that share a question. One object for all that is found of it."""


@dataclass(slots=True, eq=False, kw_only=True)
class DifferenceFound:
    """One cause: the flows with one answer before and another after, and who decided them on either side.

    `reason` and `settle` are those of an answer that is not known. `places` are the ids of those whom the flows touch;
    a question may be put to more.
    """

    effect: Effect
    direction: Direction
    before: Access | None
    after: Access | None
    reason: str
    settle: str
    old: dict[Decider, None] = field(default_factory=dict)
    new: dict[Decider, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)
    shifts: list[tuple[Shift, JudgedPlaces]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All causes in a fixed order, and who is in one inventory only."""

    causes: tuple[DifferenceFound, ...]
    added: tuple[JudgedPlace, ...]
    removed: tuple[JudgedPlace, ...]
    old: JudgedNetwork
    new: JudgedNetwork
    compared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """Two policies, and in which inventories those whom they judge are; `arrival`: what load balancers bring them.

    `untold`: what would settle whether they judge anything at all.
    """

    direction: Direction
    old: Policy
    new: Policy
    stay: Stay
    arrival: Arrival | None = None
    untold: str = ""


def difference(old: Inventory, new: Inventory, *, newcomers: bool = False) -> Difference:
    """What the second inventory permits and denies otherwise than the first.

    `newcomers`: a NIC that is new opens all that it permits, also what its subnet's NSG said of the address before.
    """
    before, after = sides(old, new)
    judged = [_as_new(place) for place in places(before, after)] if newcomers else places(before, after)
    remote = everyone(before, after)
    aligner, space = Aligner(), RunSpace()
    causes: dict[tuple[object, ...], DifferenceFound] = {}
    for question, asked in _questions(before, after, judged):
        addresses = AddressSet.of(span for place in asked for span in place.addresses.spans)
        layers = aligner.policies(question.old, question.new)
        universe = list(_universe(question, addresses, remote))
        for shift in shifts(layers, universe, space):
            if _counts(shift, question.stay):
                _add(causes, question, shift, asked)
    found = tuple(sorted(causes.values(), key=_order))
    compared = sum(place.others is None for place in judged)
    added, removed = (
        tuple(p for p in judged if p.stay is stay and p.others is None) for stay in (Stay.ADDED, Stay.REMOVED)
    )
    return Difference(
        causes=found,
        added=added,
        removed=removed,
        old=before,
        new=after,
        compared=compared,
    )


def _as_new(place: JudgedPlace) -> JudgedPlace:
    """A place that was not there before, as one of which nobody answered anything."""
    return replace(place, old=None) if place.stay is Stay.ADDED else place


def _questions(
    old: JudgedNetwork, new: JudgedNetwork, judged: Iterable[JudgedPlace]
) -> Iterator[tuple[_Question, JudgedPlaces]]:
    """Places that share both policies are one question."""
    for direction in Direction:
        nothing: dict[Policy, Policy] = {}
        found: dict[_Question, list[JudgedPlace]] = {}
        for place in judged:
            if not place.is_judged(direction):
                continue
            before = old.policy(place.old, direction) if place.old is not None else None
            after = new.policy(place.new, direction) if place.new is not None else None
            known = before or after
            assert known is not None
            absent = nothing.setdefault(known, nothing_there(known)) if None in (before, after) else known
            question = _Question(
                direction=direction,
                old=before or absent,
                new=after or absent,
                stay=place.stay,
                arrival=place.arrival,
                untold=place.untold.settle if place.untold is not None else "",
            )
            found.setdefault(question, []).append(place)
        yield from ((question, tuple(asked)) for question, asked in found.items())


def _universe(question: _Question, local: AddressSet, remote: AddressSet) -> Iterator[Box]:
    """All that the question is about, in boxes."""
    inbound = question.direction is Direction.INBOUND
    whole = existing(remote, local) if inbound else existing(local, remote)
    if question.arrival is None:
        return whole
    brought = question.arrival.at(local)
    return (box.intersect(brought) for box in whole if box.meets(brought))


def _counts(shift: Shift, stay: Stay) -> bool:
    """Whoever is new can't lose what was permitted to nobody, nor whoever is gone gain anything."""
    before, after = shift.before[0], shift.after[0]
    if stay is Stay.ADDED:
        return after is not Access.DENY and before is not Access.ALLOW
    if stay is Stay.REMOVED:
        return before is not Access.DENY and after is not Access.ALLOW
    return True


def _add(
    causes: dict[tuple[object, ...], DifferenceFound], question: _Question, shift: Shift, asked: JudgedPlaces
) -> None:
    direction = question.direction
    parts = part_of(shift.before, NO_FLOWS), part_of(shift.after, NO_FLOWS)
    reason, settle = _once(part.reason for part in parts), _once(part.settle for part in parts)
    accesses = parts[0].access, parts[1].access
    if question.untold:
        reason, settle, accesses = _MAY_FORWARD, question.untold, (None, None)
    changed = tuple((_names(turn.old, turn), _names(turn.new, turn)) for turn in shift.turns)
    found = causes.setdefault(
        (direction, accesses, reason, changed),
        DifferenceFound(
            effect=_effect(*accesses),
            direction=direction,
            before=accesses[0],
            after=accesses[1],
            reason=reason,
            settle=settle,
        ),
    )
    for turn in shift.turns:
        found.old.setdefault(_decider(turn.old))
        found.new.setdefault(_decider(turn.new))
    local = shift.local(direction)
    found.places.update((place.id, None) for place in asked if place.addresses.meets(local))
    found.shifts.append((shift, asked))


_MAY_FORWARD = "it may forward others' traffic: the inventory lacks its enableIPForwarding"


def _once(texts: Iterable[str]) -> str:
    """What several answers that are not known say together."""
    return "; ".join(dict.fromkeys(part for text in texts for part in text.split("; ") if part))


def _effect(before: Access | None, after: Access | None) -> Effect:
    if before is None or after is None:
        return Effect.UNKNOWN
    return Effect.CLOSES if after is Access.DENY else Effect.OPENS


def _decider(outcome: WalkOutcome) -> Decider:
    """What a layer's answer rests on: of variants in doubt the first that would have it otherwise."""
    final = outcome.final.decider
    return next((v.decider for v in outcome.seen if v.decider.access is not final.access), final)


def _names(outcome: WalkOutcome, turn: Turn) -> tuple[object, ...]:
    """Which of the rules behind an answer are of one side only; that others take their flows is not their doing."""
    return tuple(_name(v.decider) for v in (*outcome.seen, outcome.final) if id(v) in turn.changed)


def _name(decider: Decider) -> tuple[str, str]:
    return key(decider.nsg), decider.rule.display if decider.rule else decider.note


def _order(found: DifferenceFound) -> tuple[object, ...]:
    names = [_name(decider) for decider in (*found.new, *found.old)]
    first = list(found.places)
    return (list(Effect).index(found.effect), found.direction, names, first, found.reason, str(found.after))
