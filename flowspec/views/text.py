"""Report -> text, read in thirty seconds: what is wrong, by cause, whose it is, the fix and its proof."""

from __future__ import annotations

from flowspec.model.documents.plan import AssumptionNote, ExceptionNote, IntentResult, Report, Source, Status
from flowspec.views import live
from flowspec.views.blocks import Blocks
from flowspec.views.layout import fill, join, visible
from flowspec.views.names import names_of
from flowspec.views.problems import problem_lines
from flowspec.views.style import Style

_SOON = 30
"""Days before its end from which an exception is told of by name."""
_ORDER = (Status.ERRORED, Status.DRIFTED, Status.UNKNOWN, Status.SATISFIED)
_SEVERITIES = ("error", "warning", "info")


def view(report: Report, style: Style) -> str:
    """The whole report; ends with a line break."""
    blocks = [*_blocks(report, style), *_disagreements(report, style)]
    sections = [
        _header(report, style),
        *blocks,
        problem_lines(report, style),
        _live(report, style),
        _rest(report, style),
        _shard(report, style),
    ]
    lines = [line for section in sections if section for line in [*section, ""]]
    return "\n".join([*lines, _last_sentence(report, style), ""])


def _header(report: Report, style: Style) -> list[str]:
    sources = [_source(source) for source in report.inventory]
    lines = join(sources, "   ", style.width, "Inventory  ") if sources else []
    judged = ["security admin rules, NSGs."]
    if report.not_judged:
        judged.append(f"Not judged: {', '.join(map(visible, report.not_judged))}.")
    lines += join(judged, "  ", style.width, "Judged     ")
    assumed = [visible(_assumption(note)) for note in report.assumptions]
    return lines + (join(assumed, "; ", style.width, "Assumed    ") if assumed else [])


def _source(source: Source) -> str:
    about = [f"{source.resources:,} resources"] if source.resources else []
    about += [f"taken {visible(source.taken_at[:10])}"] if source.taken_at else []
    return visible(source.source) + (f" ({', '.join(about)})" if about else "")


def _assumption(note: AssumptionNote) -> str:
    """With the name of its block, when it has one."""
    name = note.address.removeprefix("assume.")
    return note.text if name == note.address else f"{name}: {note.text}"


def _blocks(report: Report, style: Style) -> list[list[str]]:
    blocks = Blocks(report, names_of(report), style)
    wrong = [blocks.block(intent) for intent in _ranked(report) if intent.status is not Status.SATISFIED]
    fine = [intent for intent in report.intents if intent.status is Status.SATISFIED]
    if not style.everything or not fine:
        return wrong
    return [*wrong, [line for intent in fine for line in blocks.head(intent)]]


def _disagreements(report: Report, style: Style) -> list[list[str]]:
    found = report.verification.disagreements if report.verification else ()
    return [live.disagreement(one, style) for one in found]


def _live(report: Report, style: Style) -> list[str]:
    """What Azure said of the probes, if it was asked."""
    return fill(live.summary(report.verification), style.width) if report.verification else []


def _ranked(report: Report) -> list[IntentResult]:
    """What can't be judged first, then drift, then what is unknown, each by severity; else in the spec's order."""
    return sorted(report.intents, key=lambda i: (_ORDER.index(i.status), _SEVERITIES.index(i.severity)))


def _rest(report: Report, style: Style) -> list[str]:
    """What is as wished, the exceptions, and whether anything was left out."""
    hint = "" if style.everything or not report.summary.satisfied else " (--all lists them)"
    told = [f"{report.summary.satisfied:,} satisfied{hint}."] if report.summary.intents else []
    told += _exceptions(report, style)
    if not (report.shard.complete if report.shard else report.complete):
        told.append("This plan is not complete: --target narrowed it, or a part of the network could not be read.")
    return fill(" ".join(told), style.width) if told else []


def _shard(report: Report, style: Style) -> list[str]:
    """Which part of the plan this is, when it is one of several."""
    if report.shard is None:
        return []
    part = f"Shard {report.shard.number:,} of {report.shard.of:,}"
    judged = (
        f"{report.summary.intents:,} of {report.shard.intents:,} {'intent' if report.shard.intents == 1 else 'intents'}"
    )
    idle = "" if report.summary.intents else ", so there is nothing to judge"
    return fill(f"{part}: {judged}{idle}. flowspec show merges the plans of all shards.", style.width)


def _exceptions(report: Report, style: Style) -> list[str]:
    near = [note for note in report.exceptions if style.everything or note.days <= _SOON]
    later = len(report.exceptions) - len(near)
    told = [_exception(note) for note in near]
    if later:
        told.append(f"{later:,} {'exception ends' if later == 1 else 'exceptions end'} in more than {_SOON} days.")
    return told


def _exception(note: ExceptionNote) -> str:
    about = ", ".join(filter(None, (note.expires, visible(note.owner))))
    days = f"{abs(note.days):,} {'day' if abs(note.days) == 1 else 'days'}"
    when = f"ended {days} ago" if note.days < 0 else f"ends in {days}" if note.days else "ends today"
    after = ": its flows are judged again" if note.days < 0 else ""
    return f"{visible(note.address)} {when} ({about}){after}."


def _last_sentence(report: Report, style: Style) -> str:
    """One line that scripts may look for: its form does not change."""
    summary = report.summary
    counts = [f"{summary.satisfied} satisfied", f"{summary.drifted} drifted", f"{summary.unknown} unknown"]
    counts += [f"{summary.errored} in error"] if summary.errored else []
    actions = [change.change.action for change in report.suggested_changes]
    changes = [f"{actions.count('create')} rules to add", f"{actions.count('update')} to change",
               f"{actions.count('delete')} to delete"]  # fmt: skip
    noun = "intent" if summary.intents == 1 else "intents"
    return f"{style.paint('Plan:', 'bold')} {summary.intents} {noun}: {', '.join(counts)}. {', '.join(changes)}."
