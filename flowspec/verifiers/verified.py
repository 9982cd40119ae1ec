"""A report -> the report with the probes that Azure was asked, its answers, and where they are not as predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from flowspec.intents.judgement import Judgement
from flowspec.model.documents.plan import IntentResult, Report
from flowspec.model.inventory import Inventory
from flowspec.reporting.text_of_sets import Scribe
from flowspec.verifiers import VERIFIERS
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.picking import Picker, picker
from flowspec.verifiers.record import probes_in, recorded, replace_fields


def verified(
    report: Report, judgements: Sequence[Judgement], scribe: Scribe, inventory: Inventory, by: Literal["live", "both"],
    asking: Asking,
) -> Report:  # fmt: skip
    """`judgements` are those of the report's intents, in their order; `by` names one of VERIFIERS."""
    pick = picker(inventory, asking)
    intents = tuple(_probed(i, j, pick, scribe) for i, j in zip(report.intents, judgements, strict=True))
    probes = sum(len(check.probes) for intent in intents for check in intent.checks)
    report = replace_fields(report, intents=intents, summary=replace_fields(report.summary, probes=probes))
    return recorded(report, VERIFIERS[by](probes_in(report), inventory, asking), by, inventory, asking)


def _probed(intent: IntentResult, judgement: Judgement, pick: Picker, scribe: Scribe) -> IntentResult:
    """The intent with the probes that `pick` finds for each of its checks, which stand in the judgement's order."""
    checks = zip(intent.checks, judgement.checks, strict=True)
    return replace_fields(
        intent, checks=tuple(replace_fields(c, probes=pick(checked, scribe)) for c, checked in checks)
    )
