"""A plan of both specs + that of the platform's alone -> one in which the platform's intents are as they are alone."""

from __future__ import annotations

from collections import Counter

import msgspec

from flowspec.gating.gate import intents_brake
from flowspec.model.documents.gate import ChangeGate
from flowspec.model.documents.plan import IntentResult, Report, Status

_OTHERWISE = "what the team's spec assumes or allows would change its verdict, so no fix is proved for it"


def with_platform_alone(report: Report, alone: Report | None) -> Report:
    """The report, with the platform's verdicts. Where they are the same, fixes and all else stay."""
    if alone is None:
        return report
    verdicts = {intent.address: intent for intent in alone.intents}
    intents = tuple(_verdict(intent, verdicts.get(intent.address)) for intent in report.intents)
    statuses = Counter(intent.status for intent in intents)
    summary = msgspec.structs.replace(
        report.summary,
        satisfied=statuses[Status.SATISFIED],
        drifted=statuses[Status.DRIFTED],
        unknown=statuses[Status.UNKNOWN],
        errored=statuses[Status.ERRORED],
    )
    errored = report.errored or alone.errored
    return msgspec.structs.replace(
        report,
        intents=intents,
        summary=summary,
        errored=errored,
        applyable=report.applyable and not errored,
        gate=_gate(report.gate, alone.gate),
    )


def _verdict(mine: IntentResult, alone: IntentResult | None) -> IntentResult:
    if alone is None or (mine.status is alone.status and mine.flows.drift == alone.flows.drift):
        return mine
    causes = tuple(msgspec.structs.replace(c, changes=(), no_change=_OTHERWISE) for c in alone.causes)
    return msgspec.structs.replace(alone, causes=causes)


def _gate(mine: ChangeGate | None, alone: ChangeGate | None) -> ChangeGate | None:
    """The platform's intents stand as they do alone; all brakes but that of the intents are the same."""
    if mine is None or alone is None:
        return mine
    known = {intent.address for intent in alone.intents}
    own = tuple(i for i in mine.intents if i.address not in known and not _is_platform(i.address))
    intents = (*own, *alone.intents)
    brakes = tuple(intents_brake(intents, mine.against) if b.name == "intents" else b for b in mine.brakes)
    return msgspec.structs.replace(mine, intents=intents, brakes=brakes, passes=all(brake.passes for brake in brakes))


def _is_platform(address: str) -> bool:
    return address.partition(".")[2].startswith("platform.")
