"""What an apply came to -> text, in Terraform's words; and the change set before it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from flowspec.counting import counted
from flowspec.model.documents.apply import AppliedCheck, AppliedStep, ApplyResult
from flowspec.model.documents.plan import Action, Change, Report
from flowspec.views.changes import SYMBOLS, fix_phrase
from flowspec.views.layout import fill, visible
from flowspec.views.names import names_of, shortened
from flowspec.views.style import Style

_INDENT = "  "
_LOOKS: dict[Action, str] = {"create": "green", "update": "yellow", "delete": "red"}
_DONE: dict[Action, str] = {"create": "added", "update": "changed", "delete": "deleted"}
_REASONS = 5


def view(result: ApplyResult, style: Style) -> str:
    """Ends with a line break."""
    return (
        "\n".join([*_head(result, style), *_check(result.check, style), *_left(result, style), *_journal(result)])
        + "\n"
    )


def change_set(report: Report, style: Style) -> str:
    """All changes of a plan, in the order in which they are made, and how many of each there are."""
    names = names_of(report)
    by_rule = {(change.nsg.casefold(), change.rule.casefold()): change for change in report.suggested_changes}
    wanted = dict.fromkeys((step.nsg.casefold(), step.rule.casefold()) for step in report.steps)
    changes = [by_rule[at] for at in wanted if at in by_rule]
    lines = ["flowspec will change these rules:", ""]
    for change in changes:
        first, *rest = fill(fix_phrase(change, names), style.width, _INDENT, _INDENT * 3)
        symbol = SYMBOLS[change.change.action]
        lines += [first.replace(symbol, style.paint(symbol, _LOOKS[change.change.action]), 1), *rest]
        lines += fill(visible(change.note), style.width, _INDENT * 3, _INDENT * 3) if change.note else []
    counts = Counter(change.change.action for change in changes)
    calls = len(report.steps)
    made = f" in {counted(calls, 'call')}" if calls != len(changes) else ""
    told = f"{counts['create']:,} to add, {counts['update']:,} to change, {counts['delete']:,} to delete{made}."
    return "\n".join([*lines, "", f"{style.paint('Plan:', 'bold')} {told}", *_effects(changes, style)])


def _effects(changes: Sequence[Change], style: Style) -> list[str]:
    """What the plan says that they mend."""
    mended = list(dict.fromkeys(visible(address) for change in changes for address in change.mends))
    helped = list(dict.fromkeys(visible(a) for change in changes for a in change.helps if visible(a) not in mended))
    told = [f"Mends {shortened(mended, 5)}."] if mended else []
    told += [f"Mends a part of {shortened(helped, 5)}."] if helped else []
    moved = {one.address for change in changes for one in change.proof.status_changes}
    others = sorted(visible(address) for address in moved if visible(address) not in (*mended, *helped))
    told += [f"Changes the status of {shortened(others, 5)} too."] if others else []
    judged = max((change.proof.intents_checked for change in changes), default=0)
    told += [f"Proved over {counted(judged, 'intent')}."] if judged else []
    return [line for text in told for line in fill(text, style.width)]


def _head(result: ApplyResult, style: Style) -> list[str]:
    match result.outcome:
        case "unchanged":
            return [style.paint("No changes.", "green") + " There is nothing to apply."]
        case "applied":
            done = _whole_actions(result.steps)
            counts = ", ".join(f"{done[action]:,} {word}" for action, word in _DONE.items())
            return [style.paint("Apply complete!", "bold", "green") + f" Rules: {counts}."]
        case "rolled back":
            why = f": {visible(result.problem)}" if result.problem else ""
            words = f"Rolled back{why}{'' if why.endswith('.') else '.'} The network is as it was."
        case _:
            words = f"Stopped: {visible(result.problem)}"
    first, *rest = fill(words, style.width, "", _INDENT)
    start = first.partition(" ")[0]
    return [first.replace(start, style.paint(start, "bold", "red"), 1), *rest]


def _whole_actions(steps: Iterable[AppliedStep]) -> Counter[Action]:
    """What all steps of each rule come to, counted: one that is made and then changed was added."""
    found: dict[tuple[str, str], list[Action]] = {}
    for step in steps:
        found.setdefault((step.nsg.casefold(), step.rule.casefold()), []).append(step.action)
    whole: list[Action] = []
    for actions in found.values():
        if actions[-1] == "delete":
            whole += ["delete"] if actions[0] != "create" else []
        else:
            whole.append("create" if actions[0] == "create" else "update")
    return Counter(whole)


def _check(check: AppliedCheck | None, style: Style) -> list[str]:
    if check is None:
        return []
    told = f"ipFlowVerify: {counted(check.answered, 'flow')} asked, "
    told += f"{check.mended:,} of them changed by the plan"
    told += f"; {len(check.wrong):,} answered otherwise than the rules say" if check.wrong else "; all as the rules say"
    lines = fill(f"{told}." if check.answered else "ipFlowVerify answered for no flow.", style.width, "", _INDENT)
    for wrong in check.wrong[:_REASONS]:
        flow = f"{wrong.protocol} {wrong.direction} {wrong.local} <-> {wrong.remote} at {wrong.nic.rpartition('/')[2]}"
        lines += fill(visible(f"{flow}: {wrong.answered}, not {wrong.expected}"), style.width, _INDENT, _INDENT * 2)
    if check.as_before:
        words = f"{len(check.as_before):,} more answered so before the first step as well: not of the plan's doing."
        lines += fill(words, style.width, _INDENT, _INDENT * 2)
    for reason in check.unanswered[:_REASONS]:
        lines += fill(f"Not asked or not answered: {visible(reason)}", style.width, _INDENT, _INDENT * 2)
    lines += [f"{_INDENT}{check.left_out:,} flows were left out (--max-calls)."] if check.left_out else []
    return lines


def _left(result: ApplyResult, style: Style) -> list[str]:
    """Each rule that is not as it was, with the command that mends it: on one line, to be copied."""
    lines: list[str] = []
    for step in result.steps:
        if step.outcome in ("left", "open"):
            name = f"{step.nsg.rpartition('/')[2]}/securityRules/{step.rule}"
            words = f"{name}: {step.note}" if step.note else name
            lines += fill(visible(words), style.width, _INDENT, _INDENT * 2)
            lines += [f"{_INDENT * 2}{visible(step.mend)}"] if step.mend else []
    heading = (
        "Left as they should not be:" if any(s.outcome == "left" for s in result.steps) else "Begun, and not known:"
    )
    return [heading, *lines] if lines else []


def _journal(result: ApplyResult) -> list[str]:
    """What to do next, and where it is written down."""
    if not result.journal:
        return []
    where = visible(result.journal)
    if result.outcome == "applied":
        return ["To undo it: flowspec apply --rollback PLAN (what was there before is kept in .flowspec/)."]
    ways = "flowspec apply PLAN goes on, flowspec apply --rollback undoes what was done"
    if any(step.outcome == "left" for step in result.steps):
        ways = "flowspec apply --rollback goes on when they can be written again"
    return [f"{where} is kept: {ways}."]
