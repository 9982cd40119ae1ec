"""A suggested change -> the words for its fix, its differences and its proof."""

from __future__ import annotations

from flowspec.model.documents.plan import (
    Action,
    Cause,
    Change,
    IntentChange,
    IntentResult,
    Proof,
    RuleProperties,
    SideBox,
    Status,
    Total,
)
from flowspec.views.flows import count_phrase, destinations_phrase, listed, rule_phrase, side_phrase, sources_phrase
from flowspec.views.layout import visible
from flowspec.views.names import Names

SYMBOLS: dict[Action, str] = {"create": "+", "update": "~", "delete": "-"}


def rule_name(change: Change, names: Names) -> str:
    """`nsg-web/securityRules/tmp-allow-ssh`."""
    return f"{names.of(change.nsg)}/securityRules/{visible(change.rule)}"


def fix_phrase(change: Change, names: Names) -> str:
    """`- delete nsg-web/securityRules/tmp-allow-ssh`, with what a new rule holds or what of the old one differs."""
    action = change.change.action
    text = f"{SYMBOLS[action]} {action} {rule_name(change, names)}"
    before, after = change.change.before, change.change.after
    if action == "create" and after:
        text += f" ({after.priority}, {after.direction}, {after.access}): {rule_phrase(after)}"
    if action == "update" and before and after:
        text += f": {'; '.join(_differences(before, after)) or 'the same rule'}"
    return text


def proof_phrases(change: Change, intent: IntentResult, cause: Cause) -> list[str]:
    """What the change does, as far as it was decided, and what it leaves alone."""
    proof = change.proof
    told = [_flows_phrase("opens", proof.opens, proof.opens_total, change, intent, cause),
            _flows_phrase("closes", proof.closes, proof.closes_total, change, intent, cause)]  # fmt: skip
    told.sort(key=lambda text: text.endswith(" nothing"))
    return [", ".join(told), *_part_phrase(intent), _others_phrase(proof, set(change.mends))]


def _part_phrase(intent: IntentResult) -> list[str]:
    """`mends 2 of 3 causes`, where not all of the drift is mended."""
    mended = sum(bool(cause.changes) and not cause.no_change for cause in intent.causes)
    part = sum(bool(cause.changes) and bool(cause.no_change) for cause in intent.causes)
    if mended == len(intent.causes):
        return []
    told = [f"{mended:,} of {len(intent.causes):,} causes"] if mended or not part else []
    told += [f"a part of {part:,} more" if told else "only a part"] if part else []
    return [f"mends {' and '.join(told)}"]


def _flows_phrase(
    verb: str, boxes: tuple[SideBox, ...], total: Total, change: Change, intent: IntentResult, cause: Cause
) -> str:
    if not boxes and total.count == "0":
        return f"{verb} nothing"
    if _is_exact(total, change.proof, intent, cause):
        return f"{verb} exactly these flows"
    rule = change.change.after or change.change.before
    return f"{verb} {count_phrase(total)} ({side_phrase(boxes, rule is None or rule.direction == 'Inbound')})"


def _is_exact(total: Total, proof: Proof, intent: IntentResult, cause: Cause) -> bool:
    """Whether the flows of a proof are those of the cause: it mends them all, and there are no more of them."""
    mended = any(c.address == intent.address and c.after is Status.SATISFIED for c in proof.status_changes)
    return mended and len(intent.causes) == 1 and total.count == cause.total.count


def _others_phrase(proof: Proof, mends: set[str]) -> str:
    others = proof.intents_checked - len(mends)
    changed = [change for change in proof.status_changes if change.address not in mends]
    told = [f"{others - len(changed):,} of {others:,} other {'intent' if others == 1 else 'intents'} unchanged"]
    partly = [change for change in proof.status_changes if change.address in mends]
    told += [_transition(c) for c in changed + [c for c in partly if c.after is not Status.SATISFIED]]
    return "; ".join(told)


def _transition(change: IntentChange) -> str:
    return f"{visible(change.address)}: {change.before} -> {change.after}"


def _differences(before: RuleProperties, after: RuleProperties) -> list[str]:
    return [f"{name} {old or 'none'} -> {new or 'none'}"
            for (name, old), (_, new) in zip(_fields(before), _fields(after), strict=True) if old != new]  # fmt: skip


def _fields(rule: RuleProperties) -> list[tuple[str, str]]:
    return [
        ("priority", str(rule.priority)),
        ("direction", visible(rule.direction)),
        ("access", visible(rule.access)),
        ("protocol", visible(rule.protocol)),
        ("from", sources_phrase(rule)),
        ("source ports", listed(rule.source_ports)),
        ("to", destinations_phrase(rule)),
        ("ports", listed(rule.destination_ports)),
        ("description", visible(rule.description)),
    ]
