"""Everything that a change is held to -> the gate of the plan or the diff."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from flowspec.comparison.difference import Difference, difference
from flowspec.errors import Where
from flowspec.gating.access import no_new_access, opening
from flowspec.gating.baseline import baseline_of, known_of
from flowspec.gating.declared import held_to_declared
from flowspec.gating.failing import Failing, failing, worsened
from flowspec.intents.case import Case
from flowspec.intents.groups import Groups
from flowspec.intents.judgement import Judgement
from flowspec.model.documents.baseline import Baseline
from flowspec.model.documents.diff import Diff
from flowspec.model.documents.gate import (
    Brake,
    ChangeGate,
    DeclaredBlock,
    GatedIntent,
    GitRevision,
    Standing,
    Undeclared,
)
from flowspec.model.documents.plan import Report
from flowspec.model.documents.values import Status
from flowspec.model.inventory import Direction, Inventory
from flowspec.model.spec import Spec
from flowspec.reporting.diff import describe, scribe_of, wheres
from flowspec.reporting.report import Findings
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between

Locate = Callable[[Iterable[Where]], Mapping[Where, Where]]
_NAMED = 6
"""Intents that a reason names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a change is held to. `counted`: the severities whose intents count; `base` is the network before.

    `baseline` is what was known to fail, with the name of its file; where it is given, intents are held to it and not
    to the base. `declared`: the spec with the change that a file declares. `closed`: nothing may
    open. `max_boxes` bounds each list of flows.
    """

    counted: frozenset[str]
    base: Inventory | None = None
    baseline: tuple[Baseline, str] | None = None
    closed: bool = False
    declared: Spec | None = None
    today: date = date.min
    spec_ref: GitRevision | None = None
    max_boxes: int = 1000


def gated_plan(report: Report, found: Findings, scribe: Scribe, held: Held, locate: Locate) -> Report:
    """The plan with the verdict on the change, and with the difference from the base if there is one."""
    compared, before, turned = None, None, NO_FLOWS
    if held.base is not None:
        compared = _compared(held.base, found.case.inventory, held, locate, found.case.planner.groups)
    told = compared.diff if compared is not None else None
    if held.baseline is not None:
        document, file = held.baseline
        before = known_of(document, found.case.network.numbers, file)
    elif held.base is not None:
        before = _failing_before(found, held.base)
        turned = _turned(compared.found) if compared is not None else NO_FLOWS
    intents = tuple(_gated(found.judgements, before, turned, held.counted, scribe))
    against: Literal["base", "baseline", ""] = "baseline" if held.baseline else "base" if held.base else ""
    access = _access(compared, held) if compared is not None else _NO_ACCESS
    brakes = [intents_brake(intents, against), *access.brakes, *_exceptions_brake(report, held)]
    verdict = ChangeGate(
        passes=all(brake.passes for brake in brakes),
        brakes=tuple(brakes),
        against=against,
        base=told.old if told is not None else (),
        baseline=held.baseline[1] if held.baseline is not None else "",
        intents=intents,
        opens=opening(told) if told is not None else (),
        declared=access.blocks,
        undeclared=access.undeclared,
        spec_ref=held.spec_ref,
    )
    if told is not None:  # the plan has the map itself
        told = msgspec.structs.replace(told, network=None)
    return msgspec.structs.replace(report, difference=told, gate=verdict)


def gated_diff(old: Inventory, new: Inventory, held: Held, locate: Locate) -> Diff:
    """The difference of two networks with the verdict on it."""
    compared = _compared(old, new, held, locate)
    told, access = compared.diff, _access(compared, held)
    verdict = ChangeGate(
        passes=all(brake.passes for brake in access.brakes),
        brakes=access.brakes,
        base=told.old,
        opens=opening(told),
        declared=access.blocks,
        undeclared=access.undeclared,
        spec_ref=held.spec_ref,
    )
    return msgspec.structs.replace(told, gate=verdict)


def failing_now(found: Findings) -> Baseline:
    """What fails, to be written down as known."""
    failed = {judgement.question.address: failing(judgement) for judgement in found.judgements}
    return baseline_of(failed, found.case.network.numbers)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A difference and its document."""

    found: Difference
    scribe: Scribe
    diff: Diff


@dataclass(frozen=True, slots=True)
class _Access:
    """What is said of access."""

    brakes: tuple[Brake, ...] = ()
    blocks: tuple[DeclaredBlock, ...] = ()
    undeclared: tuple[Undeclared, ...] = ()


_NO_ACCESS = _Access()


def _compared(old: Inventory, new: Inventory, held: Held, locate: Locate, groups: Groups | None = None) -> _Compared:
    found = difference(old, new, newcomers=True)
    scribe = scribe_of(found, held.max_boxes, groups)
    return _Compared(found, scribe, describe(found, locate(wheres(found)), scribe))


def _access(compared: _Compared, held: Held) -> _Access:
    """The brakes that look at the difference, of those that are asked for."""
    brakes = (no_new_access(compared.diff),) if held.closed else ()
    if held.declared is None:
        return _Access(brakes)
    verdict = held_to_declared(compared.found, compared.diff, held.declared, held.today, compared.scribe)
    return _Access((*brakes, verdict.brake), verdict.blocks, verdict.undeclared)


def _exceptions_brake(report: Report, held: Held) -> Iterator[Brake]:
    """Passes where no exception of a judged intent is past its day; none where the spec has no exception."""
    if report.exceptions:
        gone = report.expired(held.counted)
        reasons = tuple(f"{note.address} ended on {note.expires}, {-note.days} days ago" for note in gone)
        yield Brake(name="exceptions", passes=not gone, reasons=reasons)


def _failing_before(found: Findings, base: Inventory) -> Mapping[str, Failing]:
    """What fails in the base of the intents that this run judges, decided by the same engine from the same spec."""
    case = found.case
    numbers = case.network.numbers
    before = Case(case.spec, base, case.today, case.targets, case.shard, numbers=numbers)
    return {question.address: failing(before.judge.judge(question)) for question in before.own}


def _turned(found: Difference) -> FlowSet:
    """The flows that are not known before nor after, and that other rules may decide: a Deny that was an Allow."""
    boxes: list[Box] = []
    for cause in found.causes:
        may_be = [{decider.access for decider in side if decider.rule is not None} for side in (cause.old, cause.new)]
        if cause.before is None and cause.after is None and all(may_be) and may_be[0] != may_be[1]:
            outbound = cause.direction is Direction.OUTBOUND
            for shift, _ in cause.shifts:
                here = shift.local(cause.direction)
                boxes += [between(here) if outbound else between(destinations=here)] if shift.diagrams else shift.boxes
    return FlowSet.of(boxes)


def _gated(
    judgements: Sequence[Judgement],
    before: Mapping[str, Failing] | None,
    turned: FlowSet,
    counted: Collection[str],
    scribe: Scribe,
) -> Iterator[GatedIntent]:
    """The intents that fail, or failed before; `before` None: whatever fails is new."""
    for judgement in judgements:
        of = judgement.question.of
        found = worsened(failing(judgement), before.get(of.address) if before is not None else None, turned)
        if judgement.status is Status.SATISFIED and found.standing is not Standing.MENDED:
            continue
        drift, drift_total = scribe.pairs(found.drift, judgement.question.oneself)
        unknown, unknown_total = scribe.pairs(found.unknown, judgement.question.oneself)
        yield GatedIntent(
            address=of.address,
            severity=of.severity.value,
            standing=found.standing,
            before=found.before,
            after=judgement.status,
            fails=found.standing in (Standing.NEW, Standing.WORSE) and of.severity.value in counted,
            drift=drift,
            drift_total=drift_total,
            unknown=unknown,
            unknown_total=unknown_total,
            reasons=found.reasons,
            truncated=drift_total.truncated or unknown_total.truncated,
        )


def intents_brake(intents: Sequence[GatedIntent], against: str) -> Brake:
    """Passes where no intent whose severity counts fails for the first time, or for more than before."""
    words = {Standing.NEW: "new" if against else "not as wished", Standing.WORSE: "worse"}
    reasons = []
    for standing, word in words.items():
        failed = [intent.address for intent in intents if intent.fails and intent.standing is standing]
        if failed:
            reasons.append(f"{word}: {_listed(failed)}")
    known = [intent.address for intent in intents if intent.standing is Standing.KNOWN]
    mended = [intent.address for intent in intents if intent.standing is Standing.MENDED]
    light = [i.address for i in intents if i.standing in words and not i.fails]
    told = {f"fails as in the {against}": known, "mended": mended, "of a severity that does not count": light}
    notes = [f"{word}: {_listed(found)}" for word, found in told.items() if found]
    return Brake(name="intents", passes=not reasons, reasons=tuple(reasons), notes=tuple(notes))


def _listed(addresses: Sequence[str]) -> str:
    more = f" and {len(addresses) - _NAMED:,} more" if len(addresses) > _NAMED else ""
    return ", ".join(addresses[:_NAMED]) + more
