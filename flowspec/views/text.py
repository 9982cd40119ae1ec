"""Report -> text, read in thirty seconds: what is wrong, by cause, whose it is, the fix and its proof."""

from __future__ import annotations

from collections.abc import Iterable

from flowspec.counting import counted, noun_for
from flowspec.model.documents.plan import AssumptionNote, ExceptionNote, InventorySource, Report, Status
from flowspec.views import live
from flowspec.views.blocks import Blocks
from flowspec.views.diff import openings
from flowspec.views.findings import Finding, findings, of_owner
from flowspec.views.gate import verdict
from flowspec.views.layout import fill, join, visible
from flowspec.views.missing import Missing, missing, missing_lines
from flowspec.views.names import names_of, once, shortened
from flowspec.views.overview import Overview
from flowspec.views.problems import problem_lines
from flowspec.views.style import Style
from flowspec.views.why import explained

_MANY = 4
"""From so many blocks on, a first screen says what they are about."""
_ASSUMED = 3
"""Assumptions, or names in one, that are listed; more are counted."""
_OWNERS = 10
_SOON = 30
"""Days before its end from which an exception is told of by name."""


def view(report: Report, style: Style) -> str:
    """The whole report; ends with a line break."""
    told = of_owner(report, style)
    lost = missing(told)
    blocks = Blocks(report, names_of(report), style, {one.settle for one in lost} if not style.everything else ())
    wrong = findings(told.intents)
    bodies = [lines for finding in wrong if (lines := blocks.block(finding))]
    first = missing_lines(lost, style)
    judged = [verdict(report.gate, style)]
    if report.gate is not None and report.difference is not None and not style.brief:
        judged += openings(report.difference, report.gate.opens, style)
    if wrong and (style.brief or len(bodies) >= _MANY):
        rows = [finding for finding in wrong if not _is_told(finding, lost)]
        overview = Overview(report=report, names=names_of(report), blocks=blocks, style=style, told=rows)
        first = [*overview.lines(wrong, len(first)), *first]
    found = [_live(report, style), *_disagreements(report, style)]
    if not style.brief:
        body = [header(report, style), *bodies, blocks.own_rules(), *_fine(told, blocks, style), *found[1:]]
        found = [*body, problem_lines(told, style, lost), found[0]]
    ends = [rest(report, style), why(report, style), _shard(report, style)]
    lines = [line for section in (*judged, first, *found, *ends) if section for line in [*section, ""]]
    return "\n".join([*lines, last_sentence(report, style), ""])


def _is_told(finding: Finding, lost: Iterable[Missing]) -> bool:
    """Whether all that keeps a finding unknown is said of what is missing."""
    settles = {one.settle for one in lost}
    intent = finding.first
    return intent.status is Status.UNKNOWN and all(unknown.settle in settles for unknown in intent.flows.unknown)


def header(report: Report, style: Style) -> list[str]:
    """What was read, what was judged, and what was taken as given."""
    sources = [_source(source) for source in report.inventory]
    lines = join(sources, "   ", style.width, "Inventory  ") if sources else []
    judged = ["security admin rules, NSGs."]
    if report.not_judged:
        judged.append(f"Not judged: {', '.join(map(visible, report.not_judged))}.")
    lines += join(judged, "  ", style.width, "Judged     ")
    assumed = [visible(_assumption(note, style)) for note in report.assumptions]
    if len(assumed) > _ASSUMED and not style.everything:
        assumed = [*assumed[:_ASSUMED], f"and {len(assumed) - _ASSUMED:,} more (--all lists them)"]
    return lines + (join(assumed, "; ", style.width, "Assumed    ") if assumed else [])


def _source(source: InventorySource) -> str:
    about = [counted(source.resources, "resource")] if source.resources else []
    about += [f"taken {visible(source.taken_at[:10])}"] if source.taken_at else []
    return visible(source.source) + (f" ({', '.join(about)})" if about else "")


def _assumption(note: AssumptionNote, style: Style) -> str:
    """With the name of its block, when it has one; of very many names only how many."""
    name = note.address.removeprefix("assume.")
    head, on, names = note.text.rpartition(" on ")
    if note.address == "admin_rules" and on and not style.everything and names.count(", ") >= _ASSUMED:
        return f"{head} on {names.count(', ') + 1:,} VNets"
    return note.text if name == note.address else f"{name}: {note.text}"


def _fine(report: Report, blocks: Blocks, style: Style) -> list[list[str]]:
    """What is satisfied, where everything is to be listed."""
    fine = [intent for intent in report.intents if intent.status is Status.SATISFIED]
    return [[line for intent in fine for line in blocks.head(intent)]] if style.everything and fine else []


def _disagreements(report: Report, style: Style) -> list[list[str]]:
    found = report.verification.disagreements if report.verification else ()
    return [live.disagreement(one, style) for one in found]


def _live(report: Report, style: Style) -> list[str]:
    """What Azure said of the probes, if it was asked."""
    return fill(live.summary(report.verification), style.width) if report.verification else []


def rest(report: Report, style: Style) -> list[str]:
    """What is as wished, the exceptions, and whether anything was left out."""
    listed = style.everything or not report.summary.satisfied
    told = [] if listed else [f"{report.summary.satisfied:,} satisfied (--all lists them)."]
    told += [f"{report.summary.disabled:,} disabled."] if report.summary.disabled else []
    told += _exceptions(report, style)
    if report.incomplete:
        told.append(f"This plan is not complete: {_reasons(report, style)}.")
    told += _owned(report, style)
    return fill(" ".join(told), style.width) if told else []


def why(report: Report, style: Style) -> list[str]:
    """Where the reasons for what is unknown are explained."""
    told = explained(one.reason for intent in of_owner(report, style).intents for one in intent.flows.unknown)
    return fill(told, style.width) if told else []


def _owned(report: Report, style: Style) -> list[str]:
    """What is left out where one owner's intents are asked for."""
    if style.owner is None:
        return []
    found = of_owner(report, style).intents
    if not found:
        owners = shortened([visible(owner) for owner in once(i.owner for i in report.intents) if owner], _OWNERS)
        return [f"No intent is owned by {visible(style.owner)}; there are: {owners or 'no owners'}."]
    owned, wrong = (sum(i.status is not Status.SATISFIED for i in of) for of in (found, report.intents))
    return [f"Shown is what {visible(style.owner)} owns: {owned:,} of the {wrong:,} that are not as wished."]


def _reasons(report: Report, style: Style) -> str:
    """Why it is not complete."""
    reasons = [visible(reason) for reason in report.incomplete]
    return "; ".join(reasons) if style.everything else shortened(reasons, _ASSUMED)


def _shard(report: Report, style: Style) -> list[str]:
    """Which part of the plan this is, when it is one of several."""
    if report.shard is None:
        return []
    part = f"Shard {report.shard.number:,} of {report.shard.of:,}"
    judged = f"{report.summary.intents:,} of {counted(report.shard.intents, 'intent')}"
    idle = "" if report.summary.intents else ", so there is nothing to judge"
    return fill(f"{part}: {judged}{idle}. flowspec show merges the plans of all shards.", style.width)


def _exceptions(report: Report, style: Style) -> list[str]:
    near = [note for note in report.exceptions if style.everything or note.days <= _SOON]
    later = len(report.exceptions) - len(near)
    told = [_exception(note) for note in near]
    if later:
        told.append(f"{counted(later, 'exception ends', 'exceptions end')} in more than {_SOON} days.")
    return told


def _exception(note: ExceptionNote) -> str:
    about = ", ".join(filter(None, (note.expires, visible(note.owner))))
    days = counted(abs(note.days), "day")
    when = f"ended {days} ago" if note.days < 0 else f"ends in {days}" if note.days else "ends today"
    after = ": its flows are judged again" if note.days < 0 else ""
    return f"{visible(note.address)} {when} ({about}){after}."


def last_sentence(report: Report, style: Style) -> str:
    """One line that scripts may look for: its form does not change."""
    summary = report.summary
    counts = [f"{summary.satisfied} satisfied", f"{summary.drifted} drifted", f"{summary.unknown} unknown"]
    counts += [f"{summary.errored} in error"] if summary.errored else []
    actions = [change.change.action for change in report.suggested_changes]
    added = actions.count("create")
    changes = [f"{added} {noun_for(added, 'rule')} to add", f"{actions.count('update')} to change",
               f"{actions.count('delete')} to delete"]  # fmt: skip
    intents = f"{summary.intents} {noun_for(summary.intents, 'intent')}"
    return f"{style.paint('Plan:', 'bold')} {intents}: {', '.join(counts)}. {', '.join(changes)}."
