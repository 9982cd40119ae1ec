"""How much a plan document has room for -> which lists of each intent stand in it, those in trouble first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowspec.intents.judgement import Checked, Judgement
from flowspec.intents.judgements import Judgements
from flowspec.model.documents.plan import Status
from flowspec.sets.flows import Box, FlowSet

ROOM = 300_000
"""Addresses and NICs that fit a plan document of some 50 MB: those of a thousand NICs, or a hundred intents of many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which long lists of one intent are written: flows that are as wished, and checks. No person reads them."""

    passing: bool
    stopped: bool
    excepted: bool
    checks: bool


def shared(judgements: Iterable[Judgement], every: Judgements, room: int) -> Iterator[tuple[Judgement, Listing]]:
    """Each judgement with what is listed of it, those in trouble first; with its checks while there is room for any.

    `room` counts addresses and NICs. The first list that does not fit ends it: nothing later is listed either.
    """
    for judgement in sorted(judgements, key=_is_satisfied):
        whole = every.whole(judgement.question.address) if room else judgement
        listing, room = _listing(whole, room)
        yield whole, listing


def _is_satisfied(judgement: Judgement) -> bool:
    return judgement.status is Status.SATISFIED


def _listing(judgement: Judgement, room: int) -> tuple[Listing, int]:
    """The listing of one intent, and the room that is left behind it."""
    passing, room = _taken(_addresses(judgement.passing), room)
    stopped, room = _taken(_addresses(judgement.stopped), room)
    excepted, room = _taken(_addresses(judgement.question.excepted.merged()), room)
    if not room:
        return Listing(passing=passing, stopped=stopped, excepted=excepted, checks=False), 0
    checks, room = _taken(sum(map(_entries, judgement.checks)), room)
    return Listing(passing=passing, stopped=stopped, excepted=excepted, checks=checks), room


def _taken(entries: int, room: int) -> tuple[bool, int]:
    return (True, room - entries) if entries <= room else (False, 0)


def _addresses(flows: FlowSet) -> int:
    return sum(map(_ends, flows.boxes))


def _ends(box: Box) -> int:
    return len(box.sources.spans) + len(box.destinations.spans)


def _entries(check: Checked) -> int:
    """About how many addresses and NICs the description of a check lists: each flow with its answer and its rule."""
    boxes = (box for part in check.verdict.parts for box in part.flows.boxes)
    return len(check.party.endpoints) + len(check.party.subnets) + 2 * sum(map(_ends, boxes))
