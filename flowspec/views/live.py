"""What Azure said of the probes -> lines: one sentence for all of it, and a block for each disagreement."""

from __future__ import annotations

from collections.abc import Sequence

from flowspec.counting import counted
from flowspec.model.documents.plan import Disagreement, Probe, RuleProperties, Tally, Verification
from flowspec.views.layout import fill, visible
from flowspec.views.style import Style

_INDENT = " " * 4
_LABEL = 11
_REASONS = 3
_ANSWERS = {"NsgsNotAppliedOnNic": "no NSG applied (NsgsNotAppliedOnNic)"}


def summary(told: Verification) -> str:
    """`Azure agreed 40/40, asked 40 of 42 askable of 50 probes (96 inferred).` and what else there is to count."""
    if not told.probes:
        return "Azure was asked nothing: there is no probe in this plan."
    kept = f"{told.kept:,} kept from {told.kept_since}"
    beside = [f"{told.inferred:,} inferred"] if told.inferred else []
    beside += [kept] if told.kept and told.asked else []
    about = f" ({', '.join(beside)})" if beside else ""
    agreed = f"{told.agreed:,}/{told.asked - _unpredicted_now(told):,}"
    if told.kept and not told.asked:
        agreed = f"{told.kept_agreed:,}/{kept}"
    asked = f"asked {told.asked:,} now of {told.askable:,} askable of {counted(told.probes, 'probe')}"
    verdict = "Azure verified nothing" if told.is_empty else f"Azure agreed {agreed}"
    sentences = [f"{verdict}, {asked}{about}."]
    if told.unpredicted:
        sentences.append(f"It settled {told.unpredicted:,} that can't be predicted (-o json has them).")
    if told.other_rules:
        named = counted(told.other_rules, "answer names", "answers name")
        sentences.append(f"{named} another rule than predicted (-o json has them).")
    return " ".join([*sentences, *_counted("No answer", told.unanswered), *_counted("Not askable", told.not_askable)])


def _unpredicted_now(told: Verification) -> int:
    kept = sum(1 for one in told.disagreements if one.probe.live and one.probe.live.kept_on)
    return told.asked - told.agreed - (len(told.disagreements) - kept)


def _counted(what: str, tallies: Sequence[Tally]) -> list[str]:
    """`Not askable: 3 (vm-x is deallocated), 2 (…) and 4 more.`"""
    if not tallies:
        return []
    shown = [f"{tally.probes:,} ({visible(tally.reason)})" for tally in tallies[:_REASONS]]
    more = sum(tally.probes for tally in tallies[_REASONS:])
    return [f"{what}: {', '.join(shown)}{f' and {more:,} more' if more else ''}."]


def disagreement(found: Disagreement, style: Style) -> list[str]:
    """All that a bug report needs, on a few lines."""
    probe = found.probe
    live = probe.live
    title = f"{style.paint('✗ AZURE', 'bold', 'red')}   disagrees on {', '.join(map(visible, found.intents))}"
    times = f", asked {live.times} times" if live and live.times > 1 else ""
    rule_name, rule_id = (live.rule_name, live.rule_id) if live else ("", "")
    answered = _by(probe.answered or "", rule_name, rule_id, found.answered_rule)
    lines = [title, *fill(flow_phrase(probe), style.width, _INDENT, _INDENT)]
    labelled = (
        ("predicted", _by(probe.predicted, probe.rule_name, probe.rule_id, found.predicted_rule)),
        ("answered", f"{answered}{times}"),
        ("NIC", visible(probe.nic)),
        ("VM", visible(found.vm)),
        ("watcher", visible(found.watcher)),
    )
    for label, text in labelled:
        lines += fill(text, style.width, f"{_INDENT}{label:<{_LABEL}}")
    return lines


def flow_phrase(probe: Probe) -> str:
    """`Inbound Tcp 198.51.100.7:49152 -> 10.20.1.4:22`."""
    local, remote = f"{probe.local_ip}:{probe.local_port}", f"{probe.remote_ip}:{probe.remote_port}"
    ends = (remote, local) if probe.direction == "Inbound" else (local, remote)
    return f"{probe.direction} {probe.protocol.capitalize()} {ends[0]} -> {ends[1]}"


def _by(access: str, name: str, rule_id: str, rule: RuleProperties | None) -> str:
    words = _ANSWERS.get(access, visible(access))
    if not name:
        return words
    owner = rule_id.rpartition("/securityRules/")[0].rpartition("/")[2]
    full = f"{visible(owner)}/{visible(name)}" if owner else visible(name)
    return f"{words} by {full}{f' ({_fields(rule)})' if rule else ''}"


def _fields(rule: RuleProperties) -> str:
    """The fields that decide, as the rule has them."""
    source = ", ".join(map(visible, (*rule.sources, *rule.source_asgs)))
    target = ", ".join(map(visible, (*rule.destinations, *rule.destination_asgs)))
    ports = (",".join(rule.source_ports), ",".join(rule.destination_ports))
    return f"{rule.priority}, {rule.access} {rule.protocol} from {source} ports {ports[0]} to {target} ports {ports[1]}"
