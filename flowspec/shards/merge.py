"""The plans of all shards, in any order -> one plan, as if it had been made in one run but for the proofs.

Each change was proved against all intents, but not together with those of other shards: the plan says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeVar

import msgspec

from flowspec.errors import PlanFileError
from flowspec.model.documents.plan import (
    MOST_WALKS,
    IntentProblem,
    IntentResult,
    Report,
    Status,
    Step,
    Summary,
)
from flowspec.model.documents.walk import FlowWalk
from flowspec.reporting.notes import united as united_notes
from flowspec.shards.answers import united as united_answers
from flowspec.shards.changes import Offer, offer
from flowspec.shards.refusals import ShardPlan, problems_of, shard_of

_T = TypeVar("_T")


def merge(parts: Sequence[ShardPlan]) -> Report:
    """PlanFileError unless they are all shards of one plan, each once. The digest is left to who writes it."""
    problems = problems_of(parts)
    if problems:
        raise PlanFileError(problems)
    reports = sorted((part.report for part in parts), key=lambda report: shard_of(report).number)
    offered = offer(reports, _intents(reports))
    errored = any(report.errored for report in reports)
    return msgspec.structs.replace(
        reports[0],
        complete=all(shard_of(report).complete for report in reports),
        incomplete=_once(report.incomplete for report in reports),
        errored=errored,
        applyable=len(offered.shards) == 1 and not errored,
        digest="",
        assumptions=united_notes(note for report in reports for note in report.assumptions),
        exceptions=_once(report.exceptions for report in reports),
        not_judged=_once(report.not_judged for report in reports),
        summary=_summary(reports, len(offered.changes)),
        intents=offered.intents,
        suggested_changes=offered.changes,
        steps=_steps(reports, offered),
        basis=tuple(sorted(_once(report.basis for report in reports), key=lambda entry: entry.id)),
        problems=(*_once(report.problems for report in reports), *_not_together(offered)),
        vms=tuple(sorted(_once(report.vms for report in reports), key=lambda one: one.nic)),
        verification=united_answers(reports, offered.intents),
        shard=None,
        walks=_walks(reports, offered.intents),
    )


def _walks(reports: Sequence[Report], intents: Sequence[IntentResult]) -> tuple[FlowWalk, ...]:
    """Of what is wrong first, as one run has them."""
    told = sorted(intents, key=lambda intent: intent.status is Status.SATISFIED)
    order = {f"{intent.address} ({intent.status})": place for place, intent in enumerate(told)}
    found = (walk for report in reports for walk in report.walks)
    return tuple(sorted(found, key=lambda walk: order[walk.of])[:MOST_WALKS])


def _intents(reports: Sequence[Report]) -> list[IntentResult]:
    """In the order of the spec: the k-th is of shard k % N + 1."""
    count = shard_of(reports[0]).intents
    return [reports[place % len(reports)].intents[place // len(reports)] for place in range(count)]


def _summary(reports: Sequence[Report], changes: int) -> Summary:
    names = Summary.__struct_fields__
    totals = {name: sum(getattr(report.summary, name) for report in reports) for name in names}
    return Summary(**{**totals, "disabled": reports[0].summary.disabled, "changes": changes})


def _steps(reports: Sequence[Report], offered: Offer) -> tuple[Step, ...]:
    """Those of the shard that all changes are of; an order for those of several can't be proved without the network."""
    return reports[offered.shards[0] - 1].steps if len(offered.shards) == 1 else ()


def _not_together(offered: Offer) -> list[IntentProblem]:
    """Said of changes that more than one shard found."""
    if len(offered.shards) < 2:
        return []
    *others, last = map(str, offered.shards)
    return [
        IntentProblem(
            severity="info",
            summary=f"The changes of shards {', '.join(others)} and {last} were proved shard by shard, not together.",
            detail="Each was proved against all intents; there are no steps, as an order that cuts and opens nothing "
            "on the way was not proved for all of them. Apply those of one intent and plan again, or plan without "
            "--shard to have all of them proved together.",
        )
    ]


def _once(lists: Iterable[Iterable[_T]]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(lists)))
