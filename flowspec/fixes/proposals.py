"""What is suggested -> what is offered: as much of it as can be brought into the network without harm on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowspec.fixes.edits import Edit, place_of
from flowspec.fixes.order import Orderer
from flowspec.fixes.ownership import is_digest
from flowspec.fixes.remedies import Remedy
from flowspec.fixes.rounds import search
from flowspec.fixes.search import Suggestions
from flowspec.fixes.spread import Spread, in_turn
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.intents.questions import Planner


@dataclass(frozen=True, slots=True)
class Proposals:
    """What is on offer, and its edits in the order in which to make them; `notes`: more to be said, by place."""

    suggestions: Suggestions
    steps: tuple[Edit, ...] = ()
    notes: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


def propose(
    planner: Planner,
    judge: Judge,
    judgements: Iterable[Judgement],
    before: Judgements,
    *,
    spread: Spread = in_turn,
    is_whole: bool = False,
) -> Proposals:
    """Changes for all drifted ones of some intents, and their steps. `before` has all intents.

    `is_whole`: these are all intents that the spec declares, over all of the network, so that it can be told which
    of the rules that flowspec made for it no longer fit.
    """
    searched = search(planner, judge, judgements, before, spread, is_whole=is_whole)
    found = searched.suggestions
    notes = {
        place: tuple(filter(None, (searched.reasons.get(place), _spelt_out(edit, searched.made_for.get(place, ())))))
        for batch in found.batches
        for edit in batch.edits
        for place in [place_of(edit)]
    }
    order = Orderer(planner, judge).in_order([batch.edits for batch in found.batches])
    return Proposals(_without(found, order.left_out), order.steps, notes)


def _spelt_out(edit: Edit, made_for: tuple[str, ...]) -> str:
    """What a digest in a description stands for."""
    is_told = edit.after is None or not is_digest(edit.after.description)
    return "" if is_told else f"its description stands for {', '.join(sorted(made_for))}"


def _without(found: Suggestions, left_out: Mapping[int, str]) -> Suggestions:
    """What is left of the batches, and the remedies that count their edits; each of the others has its reason."""
    if not left_out:
        return found
    kept = [number for number in range(len(found.batches)) if number not in left_out]
    places: list[int | str] = []
    for number, batch in enumerate(found.batches):
        first = sum(isinstance(place, int) for place in places)
        places += [left_out.get(number) or first + at for at in range(len(batch.edits))]
    remedies = {address: tuple(_moved(remedy, places) for remedy in r) for address, r in found.remedies.items()}
    return replace(
        found,
        batches=tuple(found.batches[number] for number in kept),
        shares=tuple(found.shares[number] for number in kept),
        remedies=remedies,
    )


def _moved(remedy: Remedy, places: Sequence[int | str]) -> Remedy:
    """A remedy by the new places of its changes, with the reason why some of them are not there."""
    found = [places[change] for change in remedy.changes]
    reason = next((place for place in found if isinstance(place, str)), "")
    return Remedy(tuple(place for place in found if isinstance(place, int)), remedy.no_change or reason)
