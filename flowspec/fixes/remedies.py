"""What is on offer -> for each cause of a drift, the changes that mend it, and why there are no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowspec.fixes.edits import Edit
from flowspec.fixes.goals import Obstacles
from flowspec.fixes.prove import Trial
from flowspec.intents.causes import CauseFound, causes_of
from flowspec.intents.cover import emptied
from flowspec.intents.judgement import Judgement
from flowspec.model.inventory import Access, key
from flowspec.sets.flows import FlowSet

_TOO_MANY = "the rules here cut these flows into more pieces than a change can be proved for: ask about fewer at once"
NOT_TOGETHER = "its fix does not go together with the other fixes of this plan; apply those and plan again"


@dataclass(frozen=True, slots=True)
class RuleBatch:
    """Edits that hang together by the intents they mend, and what they do. `serves`: for each edit those intents.

    `is_smallest`: it is proved that no fewer rules would do.
    """

    edits: tuple[Edit, ...]
    serves: tuple[tuple[str, ...], ...]
    effect: Trial
    is_smallest: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(address for addresses in self.serves for address in addresses))


@dataclass(frozen=True, slots=True)
class Remedy:
    """What mends a cause: indexes of suggested changes; `no_change` is why there is none, or none for the rest."""

    changes: tuple[int, ...] = ()
    no_change: str = ""


@dataclass(frozen=True, slots=True)
class Tackled:
    """A drifted intent, what stands against mending it, and whether something was found that does."""

    judgement: Judgement
    obstacles: Obstacles
    has_fix: bool


def remedies(attempts: Iterable[Tackled], batches: Sequence[RuleBatch]) -> Iterator[tuple[str, tuple[Remedy, ...]]]:
    """For each drifted intent, the remedies of its causes. Changes are counted through all batches."""
    places: dict[str, tuple[RuleBatch, int]] = {}
    first = 0
    for batch in batches:
        places.update((address, (batch, first)) for address in batch.addresses)
        first += len(batch.edits)
    for attempt in attempts:
        address, causes = attempt.judgement.question.address, causes_of(attempt.judgement)
        if address in places:
            yield address, tuple(_remedy(cause, attempt, *places[address]) for cause in causes)
        elif attempt.has_fix:
            yield address, tuple(Remedy(no_change=NOT_TOGETHER) for _ in causes)
        else:
            yield address, tuple(Remedy(no_change=_obstacle(cause, attempt, cause.flows)) for cause in causes)


def _remedy(cause: CauseFound, attempt: Tackled, batch: RuleBatch, first: int) -> Remedy:
    """The edits of a batch that mend a cause, counted from `first`, and why they do not mend all of it."""
    address = attempt.judgement.question.address
    left = cause.flows.intersect(batch.effect.judged[address].drift)
    if not left.count() < cause.flows.count():
        return Remedy(no_change=_obstacle(cause, attempt, left))
    nsgs = {key(layer.nsg) for blame in cause.blames for layer in blame.check.party.policy.layers if layer.nsg}
    mine = [n for n, addresses in enumerate(batch.serves) if address in addresses]
    theirs = tuple(first + n for n in mine if key(batch.edits[n].nsg) in nsgs)
    changes = theirs or tuple(first + n for n in mine)
    if emptied(left, attempt.judgement.question.oneself):
        return Remedy(changes)
    return Remedy(changes, _obstacle(cause, attempt, left))


def _obstacle(cause: CauseFound, attempt: Tackled, left: FlowSet) -> str:
    """Why flows of a cause stay as they are: for what is at its own NSGs, else for what is at others."""
    if attempt.judgement.shattered is not None:
        return _TOO_MANY
    own = next(filter(None, map(attempt.obstacles.of, cause.blames)), "")
    others = [reason for reason, flows in attempt.obstacles.stuck if flows.meets(left)]
    if attempt.judgement.question.expect is Access.DENY:
        return "; ".join(list(dict.fromkeys(filter(None, (own, *others))))[:2]) or "no change was found"
    if own or not others:
        return own or "no change was found"
    return f"a rule here alone would open nothing: {others[0]}"
