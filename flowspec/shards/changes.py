"""The changes that shards suggest -> those that can be offered beside each other, and the causes that they mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from flowspec.model.documents.plan import Cause, Change, IntentResult, Report
from flowspec.model.inventory import key

_Slot = tuple[str, ...]
_Index = tuple[int, int]
"""Which shard (from 0), and which of its changes."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The intents, whose causes count in `changes`, and the numbers of the shards that these come from."""

    intents: tuple[IntentResult, ...]
    changes: tuple[Change, ...]
    shards: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Changes of one shard that belong together. `first`: the place of the first intent that they mend."""

    shard: int
    number: int
    first: int
    changes: tuple[tuple[int, Change], ...]


def offer(reports: Sequence[Report], intents: Sequence[IntentResult]) -> Offer:
    """All changes in the order of the intents they mend, but for what wants a place that an earlier one has taken.

    `reports` in the order of their shards, `intents` all of theirs in the order of the spec.
    """
    places = {intent.address: place for place, intent in enumerate(intents)}
    taken: dict[_Slot, _Batch] = {}
    new: dict[_Index, int] = {}
    lost: dict[_Index, str] = {}
    changes: list[Change] = []
    batches: list[_Batch] = []
    for batch in sorted(_batches(reports, places), key=lambda b: (b.first, b.shard, b.number)):
        reason = _conflict(batch, taken)
        if reason:
            lost.update(((batch.shard, at), reason) for at, _ in batch.changes)
            continue
        for at, change in batch.changes:
            new[batch.shard, at] = len(changes)
            changes.append(msgspec.structs.replace(change, batch=len(batches)))
            taken.update(dict.fromkeys(_slots(change), batch))
        batches.append(batch)
    shown = tuple(_intent(i, place % len(reports), new, lost) for place, i in enumerate(intents))
    return Offer(shown, tuple(changes), tuple(sorted({batch.shard + 1 for batch in batches})))


def _batches(reports: Sequence[Report], places: dict[str, int]) -> Iterator[_Batch]:
    for shard, report in enumerate(reports):
        found: dict[int, list[tuple[int, Change]]] = {}
        for at, change in enumerate(report.suggested_changes):
            found.setdefault(change.batch, []).append((at, change))
        for number, changes in found.items():
            mended = [places[address] for _, change in changes for address in _served(change) if address in places]
            yield _Batch(shard, number, min(mended, default=len(places)), tuple(changes))


def _slots(change: Change) -> Iterator[_Slot]:
    """What no two rules of an NSG share: a name; in one direction, a priority."""
    yield (key(change.nsg), key(change.rule))
    rule = change.change.after
    if rule is not None:
        yield (key(change.nsg), rule.direction, str(rule.priority))


def _conflict(batch: _Batch, taken: dict[_Slot, _Batch]) -> str:
    """Why a batch can't be put in beside those of other shards; "" when it can. One shard's own are proved together."""
    for _, change in batch.changes:
        for slot in _slots(change):
            other = taken.get(slot)
            if other is not None and other.shard != batch.shard:
                nsg, mended = change.nsg.rpartition("/")[2], ", ".join(_mended(other))
                rule = (
                    f"the fix of {mended}, which another shard found, has a rule of the same priority or name in {nsg}"
                )
                return f"{rule}; apply the other changes and plan again"
    return ""


def _mended(batch: _Batch) -> Iterable[str]:
    return dict.fromkeys(address for _, change in batch.changes for address in _served(change))


def _served(change: Change) -> tuple[str, ...]:
    """The intents that a change is for."""
    return (*change.mends, *change.helps)


def _intent(intent: IntentResult, shard: int, new: dict[_Index, int], lost: dict[_Index, str]) -> IntentResult:
    return msgspec.structs.replace(intent, causes=tuple(_cause(cause, shard, new, lost) for cause in intent.causes))


def _cause(cause: Cause, shard: int, new: dict[_Index, int], lost: dict[_Index, str]) -> Cause:
    reasons = [lost[shard, at] for at in cause.changes if (shard, at) in lost]
    changes = tuple(new[shard, at] for at in cause.changes if (shard, at) in new)
    return msgspec.structs.replace(cause, changes=changes, no_change=reasons[0] if reasons else cause.no_change)
