"""A report and Azure's answers -> the report with them: each probe's answer, the tally, every disagreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from flowspec.model.documents.plan import (
    Check,
    Disagreement,
    IntentResult,
    LiveAnswer,
    Probe,
    Report,
    RuleProperties,
    Tally,
    Verification,
)
from flowspec.model.inventory import Inventory, key
from flowspec.model.live import AzureAnswer
from flowspec.reporting.plan import rule_properties
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.live import AzureAnswers, agrees, flow_of

replace_fields = msgspec.structs.replace


def probes_in(report: Report) -> list[Probe]:
    """Every probe of a report once."""
    return list(dict.fromkeys(probe for _, probe in addressed(report.intents)))


def addressed(intents: Iterable[IntentResult]) -> Iterator[tuple[str, Probe]]:
    """Every probe, as often as it is asked for, with the address of the intent that asks."""
    for intent in intents:
        for check in intent.checks:
            for probe in check.probes:
                yield intent.address, probe


def recorded(
    report: Report, answers: AzureAnswers, mode: Literal["live", "both"], inventory: Inventory, asking: Asking
) -> Report:
    """The report with every answer in its place."""
    found = {probe: _answered(probe, answer) for probe, answer in answers.by_probe.items()}
    found |= {p: _unasked(p) for p in probes_in(report) if p.not_askable}
    intents = tuple(_intent(intent, found) for intent in report.intents)
    told = tallied(Verification(mode=mode, endpoint=asking.address), answers, _reasons(report, answers))
    told = replace_fields(told, disagreements=tuple(_disagreements(report, answers, found, inventory, asking)))
    return replace_fields(report, intents=intents, verification=told)


def _intent(intent: IntentResult, found: Mapping[Probe, Probe]) -> IntentResult:
    return replace_fields(intent, checks=tuple(_check(check, found) for check in intent.checks))


def _check(check: Check, found: Mapping[Probe, Probe]) -> Check:
    return replace_fields(check, probes=tuple(found.get(probe, probe) for probe in check.probes))


def _unasked(probe: Probe) -> Probe:
    return replace_fields(probe, live=None)


def _answered(probe: Probe, answer: AzureAnswer) -> Probe:
    live = probe.live or LiveAnswer(policy="")
    live = replace_fields(
        live,
        rule_name=answer.rule_name,
        rule_id=answer.rule_id,
        kept_on=answer.kept_on,
        times=answer.times,
        problem=answer.problem if not answer.access else "",
        infers=live.infers if answer.access else 0,
    )
    reason = answer.problem if answer.not_askable else ""
    return replace_fields(probe, answered=answer.access or None, live=live, not_askable=probe.not_askable or reason)


def tallied(told: Verification, answers: AzureAnswers, not_askable: Iterable[str]) -> Verification:
    """What was told with all that can be counted of the answers, and of the reasons of what can't be asked."""
    distinct = answers.distinct()
    unasked = tallies(not_askable)
    askable = sum(not answer.not_askable for answer in distinct.values())
    given = {probe: answer for probe, answer in distinct.items() if answer.access}
    now = {p: a for p, a in given.items() if not a.kept_on}
    kept = {p: a for p, a in given.items() if a.kept_on}
    failed = [a for a in distinct.values() if not a.access and not a.not_askable]
    return replace_fields(
        told,
        probes=askable + sum(tally.probes for tally in unasked),
        askable=askable,
        not_askable=unasked,
        asked=len(now),
        agreed=_agreeing(now),
        kept=len(kept),
        kept_agreed=_agreeing(kept),
        kept_since=min((a.kept_on for a in kept.values()), default=""),
        inferred=sum(p.live.infers for p, a in given.items() if p.live and agrees(p.predicted, a) is not False),
        unpredicted=sum(p.predicted == "Unknown" for p in given),
        other_rules=sum(_names_other(p, a) for p, a in given.items()),
        calls=answers.calls,
        unanswered=tallies(a.problem for a in failed),
    )


def _agreeing(answers: Mapping[Probe, AzureAnswer]) -> int:
    return sum(agrees(probe.predicted, answer) is True for probe, answer in answers.items())


def _names_other(probe: Probe, answer: AzureAnswer) -> bool:
    """As predicted, but by a rule of another name; what names no rule is no difference."""
    named = bool(probe.rule_name and answer.rule_name) and agrees(probe.predicted, answer) is True
    return named and key(probe.rule_name) != key(answer.rule_name)


def _reasons(report: Report, answers: AzureAnswers) -> Iterator[str]:
    unasked = {flow_of(probe): probe.not_askable for probe in probes_in(report) if probe.not_askable}
    yield from unasked.values()
    yield from (answer.problem for answer in answers.distinct().values() if answer.not_askable)


def tallies(reasons: Iterable[str]) -> tuple[Tally, ...]:
    """The commonest first."""
    counted = sorted(Counter(reasons).items(), key=lambda item: (-item[1], item[0]))
    return tuple(Tally(reason=reason, probes=number) for reason, number in counted)


def _disagreements(
    report: Report, answers: AzureAnswers, found: Mapping[Probe, Probe], inventory: Inventory, asking: Asking
) -> Iterator[Disagreement]:
    addresses: dict[tuple[str, ...], dict[str, None]] = {}
    for address, probe in addressed(report.intents):
        addresses.setdefault(flow_of(probe), {})[address] = None
    ways = asking.ways(inventory)
    rules = _Rules(inventory)
    for probe, answer in answers.distinct().items():
        if agrees(probe.predicted, answer) is False:
            way = ways.of(probe.nic)
            yield Disagreement(
                probe=found[probe],
                vm=way.vm,
                watcher=way.watcher,
                intents=tuple(addresses[flow_of(probe)]),
                predicted_rule=rules.named(probe, probe.rule_name, probe.rule_id),
                answered_rule=rules.named(probe, answer.rule_name, answer.rule_id),
            )


class _Rules:
    """Rules by the id of an answer, or by the name of a default rule of the NIC's NSGs."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def named(self, probe: Probe, name: str, rule_id: str) -> RuleProperties | None:
        own = rule_id.rpartition("/securityRules/")[0] if rule_id else ""
        nsgs = [key(own)] if own else self._nsgs(probe.nic)
        for nsg in (self._inventory.nsgs.get(at) for at in nsgs):
            for rule in (*nsg.rules, *nsg.default_rules) if nsg else ():
                if key(rule.display) == key(name):
                    return rule_properties(rule)
        return None

    def _nsgs(self, nic_id: str) -> list[str]:
        nic = self._inventory.nics.get(key(nic_id))
        if nic is None:
            return []
        subnets = (self._inventory.subnets.get(key(c.subnet or "")) for c in nic.ip_configurations)
        return [key(nsg) for nsg in (nic.nsg, *(s.nsg for s in subnets if s)) if nsg]
