"""A suggested change -> the words for its fix, its differences and its proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flowspec.counting import counted
from flowspec.model.documents.plan import Action, Change, IntentChange, Proof, RuleProperties, Status, Together
from flowspec.views.findings import Finding, grouped
from flowspec.views.flows import amount_phrase, destinations_phrase, listed, rule_phrase, side_phrase, sources_phrase
from flowspec.views.layout import visible
from flowspec.views.names import DisplayNames, once, shortened

_OTHERS = 3
"""So many sentences about other intents, where the changes of a finding differ in them."""
_NAMED = 3
SYMBOLS: dict[Action, str] = {"create": "+", "update": "~", "delete": "-"}


def rule_name(change: Change, names: DisplayNames) -> str:
    """`nsg-web/securityRules/tmp-allow-ssh`."""
    return f"{names.of(change.nsg)}/securityRules/{visible(change.rule)}"


def fix_phrase(change: Change, names: DisplayNames) -> str:
    """`- delete nsg-web/securityRules/tmp-allow-ssh`, with what a new rule holds or what of the old one differs."""
    action = change.change.action
    text = f"{SYMBOLS[action]} {action} {rule_name(change, names)}"
    before, after = change.change.before, change.change.after
    if action == "create" and after:
        told = rule_phrase(after, change.sources_named, change.destinations_named)
        text += f" ({after.priority}, {after.direction}, {after.access}): {told}"
    if action == "update" and before and after:
        text += f": {'; '.join(_differences(change, before, after)) or 'the same rule'}"
    return text


def noted_phrase(change: Change, names: DisplayNames, more: str = "") -> str:
    """The same, how many are like it, and what is to be known of the change."""
    return "; ".join(filter(None, (fix_phrase(change, names), more, visible(change.note))))


def alike(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes that do one thing in several NSGs: they differ in their NSG, their priority and in long address lists."""
    return grouped(changes, _shape)


def _shape(change: Change) -> object:
    rule = change.change.after or change.change.before
    if rule is None:
        return change.nsg, change.rule
    far = sources_phrase(rule) if is_inbound(change) else destinations_phrase(rule)
    ports = (rule.source_ports, rule.destination_ports)
    fields = (rule.direction, rule.access, rule.protocol, *ports, "many" if " more" in far else far)
    return change.change.action, change.note, fields


def proof_phrases(changes: Sequence[Change], finding: Finding, every: Sequence[Change] = ()) -> list[str]:
    """What all changes of a finding do, as far as it was decided, and what they leave alone; `every` change of the plan
    tells whether they are proved to be the fewest."""
    told = [_flows_phrase(verb, changes, finding) for verb in ("opens", "closes")]
    told.sort(key=lambda text: text.endswith(" nothing"))
    beside = (*_part_phrase(finding), *_fewest_phrase(changes, every), *_others_phrases(changes))
    return [", ".join(told), *_together_phrases(changes), *beside]


def alone_phrases(changes: Sequence[Change]) -> list[str]:
    """What changes that are alike do, where they mend no finding."""
    return [share_phrase(changes), *_together_phrases(changes), *_others_phrases(changes)]


def is_exact(changes: Sequence[Change], finding: Finding) -> bool:
    """Whether the flows that changes open or close are those that drift: all of them, and no more.

    Those of addresses that nobody holds do not count.
    """
    beside = "closes" if finding.first.expect == "Allow" else "opens"
    if not _is_mended(changes, finding) or any(_whole(beside, mine) for mine in grouped(changes, is_inbound)):
        return False
    sides = grouped(changes, is_inbound)
    every = [sum(_whole(verb, mine) for verb in ("opens", "closes")) for mine in sides]
    held = [count - _free(mine) for count, mine in zip(every, sides, strict=True)]
    return any(sum(moved) == finding.whole or set(moved) - {0} == {finding.whole} for moved in (every, held))


def _free(changes: Sequence[Change]) -> int:
    """How many of the flows that changes of one direction open or close are of addresses that nobody holds."""
    own = sum(int(change.proof.free) for change in changes)
    return own + sum(int(together.free) for _, together in _together(changes))


def _whole(verb: str, changes: Sequence[Change]) -> int:
    """How many flows changes of one direction open or close, together too."""
    together = (one.opens_total if verb == "opens" else one.closes_total for _, one in _together(changes))
    return sum(_count(change.proof, verb) for change in changes) + sum(int(total.count) for total in together)


def share_phrase(changes: Sequence[Change]) -> str:
    """What changes that are alike do by themselves, beside the others of the same fix."""
    told = [_own_phrase(verb, changes) for verb in ("opens", "closes")]
    done = [text for text in told if not text.endswith(" nothing")]
    return ", ".join(done) or "does nothing"


def _together_phrases(changes: Sequence[Change]) -> list[str]:
    """What takes several of the changes."""
    found = []
    for inbound, together in _together(changes):
        for verb, boxes, total in (("opens", together.opens, together.opens_total),
                                   ("closes", together.closes, together.closes_total)):  # fmt: skip
            if boxes:
                what = amount_phrase(verb, int(total.count), side_phrase(boxes, inbound))
                found.append(f"of that, no rule by itself {what}")
    return found


def _together(changes: Sequence[Change]) -> list[tuple[bool, Together]]:
    """Of each batch and direction once: rules that do the same together have the same."""
    found = dict.fromkeys((change.batch, is_inbound(change), change.proof.together) for change in changes)
    return [(inbound, together) for _, inbound, together in found if together is not None]


def is_inbound(change: Change) -> bool:
    rule = change.change.after or change.change.before
    return rule is None or rule.direction == "Inbound"


def _part_phrase(finding: Finding) -> list[str]:
    """`mends 2 of 3 causes`, where not all of the drift is mended."""
    mended = sum(bool(one.first.changes) and not one.first.no_change for one in finding.causes)
    part = sum(bool(one.first.changes) and bool(one.first.no_change) for one in finding.causes)
    if mended == len(finding.causes):
        return []
    told = [f"{mended:,} of {len(finding.causes):,} causes"] if mended or not part else []
    told += [f"a part of {part:,} more" if told else "only a part"] if part else []
    return [f"mends {' and '.join(told)}"]


def _fewest_phrase(changes: Sequence[Change], every: Sequence[Change]) -> list[str]:
    """Whether it is proved that fewer rules would not do; of a single one nobody asks."""
    if len({change.batch for change in changes}) > 1 or not changes[0].smallest:
        return []
    count = sum(change.batch == changes[0].batch for change in every)
    return [f"proved: no fewer than {count:,} rules would do"] if count > 1 else []


def _own_phrase(verb: str, changes: Sequence[Change]) -> str:
    """The own shares of changes of one direction, which share no flow."""
    count = sum(_count(change.proof, verb) for change in changes)
    if not count:
        return f"{verb} nothing"
    boxes = [box for change in changes for box in (change.proof.opens if verb == "opens" else change.proof.closes)]
    return amount_phrase(verb, count, side_phrase(boxes, is_inbound(changes[0])))


def _flows_phrase(verb: str, changes: Sequence[Change], finding: Finding) -> str:
    """All that the changes do, at the destinations and at the sources."""
    sides = grouped(changes, is_inbound)
    if not any(_whole(verb, mine) for mine in sides):
        return f"{verb} nothing"
    if is_exact(changes, finding):
        what = "these flows" if len(finding.causes) == 1 else "what drifts"
        return f"{verb} exactly {what}{', and those of free addresses' if any(map(_free, sides)) else ''}"
    return " and ".join(_side_phrase(verb, mine, named=len(sides) > 1) for mine in sides if _whole(verb, mine))


def _side_phrase(verb: str, changes: Sequence[Change], *, named: bool) -> str:
    """The flows of changes of one direction, which share none."""
    inbound = is_inbound(changes[0])
    boxes = [box for change in changes for box in (change.proof.opens if verb == "opens" else change.proof.closes)]
    for _, one in _together(changes):
        boxes += one.opens if verb == "opens" else one.closes
    told = amount_phrase(verb, _whole(verb, changes), side_phrase(boxes, inbound))
    return f"{told} at the {'destination' if inbound else 'source'}" if named else told


def _is_mended(changes: Sequence[Change], finding: Finding) -> bool:
    """Whether all intents of a finding are satisfied afterwards, by these changes."""
    after = {one.address: one.after for change in changes for one in change.proof.status_changes}
    return all(after.get(intent.address) is Status.SATISFIED for intent in finding.intents)


def _count(proof: Proof, verb: str) -> int:
    return int((proof.opens_total if verb == "opens" else proof.closes_total).count)


def _others_phrases(changes: Sequence[Change]) -> tuple[str, ...]:
    return once(_others_phrase(change.proof, set(change.mends)) for change in changes)[:_OTHERS]


def _others_phrase(proof: Proof, mends: set[str]) -> str:
    others = proof.intents_checked - len(mends)
    changed = [change for change in proof.status_changes if change.address not in mends]
    whole = counted(others, "other intent" if mends else "intent")
    kept = f"{others - len(changed):,} of {whole} unchanged"
    told = [kept if others else "there is no other intent"]
    partly = [c for c in proof.status_changes if c.address in mends and c.after is not Status.SATISFIED]
    told += [_transition(same) for same in grouped([*changed, *partly], lambda c: (c.before, c.after))]
    return "; ".join(told)


def _transition(same: Sequence[IntentChange]) -> str:
    addresses = shortened([visible(change.address) for change in same], _NAMED)
    return f"{addresses}: {same[0].before} -> {same[0].after}"


def _differences(change: Change, before: RuleProperties, after: RuleProperties) -> list[str]:
    now = _fields(after, change.sources_named, change.destinations_named)
    return [f"{name} {old or 'none'} -> {new or 'none'}"
            for (name, old), (_, new), (_, spelt) in zip(_fields(before), now, _fields(after), strict=True)
            if old != spelt]  # fmt: skip


def _fields(rule: RuleProperties, source: str = "", destination: str = "") -> list[tuple[str, str]]:
    return [
        ("priority", str(rule.priority)),
        ("direction", visible(rule.direction)),
        ("access", visible(rule.access)),
        ("protocol", visible(rule.protocol)),
        ("from", sources_phrase(rule, source)),
        ("source ports", listed(rule.source_ports)),
        ("to", destinations_phrase(rule, destination)),
        ("ports", listed(rule.destination_ports)),
        ("description", visible(rule.description)),
    ]
