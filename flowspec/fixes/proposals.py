"""What is suggested -> what is offered: as much of it as can be brought into the network without harm on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flowspec.fixes.edits import Edit
from flowspec.fixes.order import Orderer
from flowspec.fixes.remedies import Remedy
from flowspec.fixes.search import Suggestions, suggest
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.intents.questions import Planner

if TYPE_CHECKING:
    from flowspec.model.live import Progress

_NO_ORDER = "its fix can't be made step by step beside the other fixes of this plan; apply those and plan again"


@dataclass(frozen=True, slots=True)
class Proposals:
    """What is on offer, and its edits in the order in which to make them."""

    suggestions: Suggestions
    steps: tuple[Edit, ...] = ()


def propose(
    planner: Planner,
    judge: Judge,
    judgements: Iterable[Judgement],
    before: Judgements,
    tell: Progress | None,
) -> Proposals:
    """Changes for all drifted ones of some intents, and their steps. `before` has all intents."""
    found = suggest(planner, judge, judgements, before, tell)
    count, steps = Orderer(planner, judge).first([batch.edits for batch in found.batches])
    return Proposals(_first(found, count), steps)


def _first(found: Suggestions, count: int) -> Suggestions:
    """The first batches, and the remedies that are left with them."""
    if count == len(found.batches):
        return found
    edits = sum(len(batch.edits) for batch in found.batches[:count])
    remedies = {
        address: tuple(_left(remedy, edits) for remedy in remedies) for address, remedies in found.remedies.items()
    }
    return replace(found, batches=found.batches[:count], shares=found.shares[:count], remedies=remedies)


def _left(remedy: Remedy, edits: int) -> Remedy:
    changes = tuple(change for change in remedy.changes if change < edits)
    return remedy if changes == remedy.changes else Remedy(changes, remedy.no_change or _NO_ORDER)
