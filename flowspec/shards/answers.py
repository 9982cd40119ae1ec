"""What Azure answered in each shard -> what it answered in all: every number counted anew from the probes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from flowspec.model.documents.plan import Disagreement, IntentResult, Probe, Report, Verification
from flowspec.model.live import AzureAnswer
from flowspec.verifiers.live import AzureAnswers, agrees, flow_of
from flowspec.verifiers.record import addressed, replace_fields, tallied

_Flow = tuple[str, ...]


def united(reports: Sequence[Report], intents: Sequence[IntentResult]) -> Verification | None:
    """The verification of all shards, or None where none asked; `intents` are those of all, in the spec's order.

    Shards that asked about the same flow count once: with what differs from the prediction before what agrees, so that
    no disagreement is lost, then with what was asked now before what was kept.
    """
    told = [report.verification for report in reports if report.verification is not None]
    if not told:
        return None
    settled = _settled(intents)
    answers = AzureAnswers(calls=sum(one.calls for one in told))
    for probe in settled.values():
        answer = _answer(probe)
        if answer is not None and not answer.not_askable:
            answers.by_probe[probe] = answer
    reasons = (probe.not_askable for probe in settled.values() if probe.not_askable)
    return replace_fields(
        tallied(Verification(mode=told[0].mode, endpoint=told[0].endpoint), answers, reasons),
        disagreements=tuple(_disagreements(told, intents, settled)),
    )


def _settled(intents: Sequence[IntentResult]) -> dict[_Flow, Probe]:
    """For each flow at each NIC the probe that tells most of it, in the order in which they are first met."""
    found: dict[_Flow, Probe] = {}
    for _, probe in addressed(intents):
        flow = flow_of(probe)
        if flow not in found or _rank(probe) < _rank(found[flow]):
            found[flow] = probe
    return found


def _rank(probe: Probe) -> int:
    answer = _answer(probe)
    if answer is None or answer.not_askable:
        return 4
    if not answer.access:
        return 3
    if agrees(probe.predicted, answer) is False:
        return 0
    return 2 if answer.kept_on else 1


def _answer(probe: Probe) -> AzureAnswer | None:
    """The answer that a probe was recorded with; None where nobody was asked."""
    live = probe.live
    if live is None:
        return None
    return AzureAnswer(
        access=probe.answered or "",
        rule_name=live.rule_name,
        rule_id=live.rule_id,
        problem=live.problem,
        not_askable=bool(probe.not_askable),
        times=live.times,
        kept_on=live.kept_on,
    )


def _disagreements(
    told: Sequence[Verification], intents: Sequence[IntentResult], settled: dict[_Flow, Probe]
) -> Iterator[Disagreement]:
    """Each once, with the intents of all shards that hang on it."""
    found: dict[_Flow, Disagreement] = {}
    for one in chain.from_iterable(verification.disagreements for verification in told):
        found.setdefault(flow_of(one.probe), one)
    hanging: dict[_Flow, dict[str, None]] = {flow: {} for flow in found}
    for address, probe in addressed(intents):
        if flow_of(probe) in hanging:
            hanging[flow_of(probe)][address] = None
    for flow, probe in settled.items():
        if flow in found:
            yield replace_fields(found[flow], probe=probe, intents=tuple(hanging[flow]))
