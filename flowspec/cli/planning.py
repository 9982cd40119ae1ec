"""`flowspec plan`: where does the network drift from the spec, and what would mend it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import executors, live
from flowspec.cli.completing import offered_targets
from flowspec.cli.days import Today, day_of
from flowspec.cli.ending import Code, Ending
from flowspec.cli.gates import PlanGates, joined_with_platform
from flowspec.cli.inputs import NetworkInputs, SpecInputs
from flowspec.cli.outputs import MaxBoxes, PlanViewOptions, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.progress import ProgressLine
from flowspec.cli.terminal import tell
from flowspec.counting import counted

if TYPE_CHECKING:
    from flowspec.model.documents.baseline import Baseline
    from flowspec.model.documents.plan import Report
    from flowspec.model.inventory import Inventory
    from flowspec.model.live import Cloud
    from flowspec.model.spec import Spec

_RANKS = ("error", "warning", "info")


class Level(StrEnum):
    """What `--fail-on` takes."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReportOptions(PlanViewOptions):
    """Which reports are made of a plan, and whether it is kept."""

    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Save the plan, for show and render.", show_default=False),
    ] = None
    max_boxes: MaxBoxes = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What is judged, by whom, on which day, and what of it counts."""

    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="ADDRESS",
            help="Only this intent or boundary, or all that fit a glob. Repeatable.",
            show_default=False,
            autocompletion=offered_targets,
        ),
    ] = None
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            metavar="I/N",
            help="Judge only every N-th intent, beginning with the I-th; flowspec show merges the plans of all N.",
            show_default=False,
        ),
    ] = None
    executor: executors.ExecutorName = "auto"
    fail_on: Annotated[
        Level, typer.Option("--fail-on", help="The least severity whose drift or doubt gives exit code 2.")
    ] = Level.ERROR
    today: Today = None


def plan(
    spec: SpecInputs,
    network: NetworkInputs,
    reports: PlanReportOptions,
    judging: Judging,
    gates: PlanGates,
    reach: live.LiveReach,
    effort: live.Effort,
    watch: Annotated[
        bool, typer.Option("--watch", help="Plan again whenever the spec or the network is saved.", show_default=False)
    ] = False,
) -> None:
    """Show where the network drifts from the spec."""
    if not watch:
        raise Ending(_planned(spec, network, reports, judging, gates, reach, effort))
    from flowspec.cli.watching import KeptNetwork, again_and_again, spec_files

    if effort.verify is not live.Verify.OFFLINE:
        raise typer.BadParameter("Azure is not asked at every save: leave out --verify.", param_hint="--watch")
    kept = KeptNetwork(network=network)
    named = [Path(file) for file in (*(spec.var_file or ()), *network.parameter_files, *gates.files)]

    def once() -> None:
        _planned(spec, network, reports, judging, gates, reach, effort, kept.load)

    def files() -> list[Path]:
        return [*spec_files(spec.paths), *kept.files(), *named]

    folders = [Path(path) for path in spec.paths if Path(path).is_dir()]
    again_and_again(once, files, folders, no_color=reports.no_color)


def _planned(
    spec: SpecInputs,
    network: NetworkInputs,
    reports: PlanReportOptions,
    judging: Judging,
    gates: PlanGates,
    reach: live.LiveReach,
    effort: live.Effort,
    load: Callable[[Spec, Cloud | None], Inventory] | None = None,
) -> Code:
    """One plan, put out; `load` brings the network, None: it is read."""
    from flowspec.views import VIEWS, WHOLE

    outputs, out = reports.outputs(VIEWS["plan"], reports.out), reports.out
    sources = [*(network.inventory or ()), *(gates.base or ())]
    written = [*files_of(outputs), *gates.written]
    files = [*(spec.var_file or ()), *network.parameter_files, *gates.files]
    refuse_overlaps(written, sources=sources, specs=spec.paths, files=files)
    day, part = day_of(judging.today), _part(judging.shard)
    gates.check(part)
    with executors.workers_of(judging.executor) as workers, ProgressLine() as progress:
        from flowspec.pipeline import PlanOptions, run
        from flowspec.reporting.room import ROOM

        revision = gates.revision()
        desired = joined_with_platform(spec.load(revision, gates.declared), gates.platform, day)
        refuse_overlaps(written, sources=() if network.inventory else desired.inventory)
        way = reach.made(progress)
        known: list[Baseline] = []
        how = PlanOptions(
            today=day,
            targets=tuple(judging.target or ()),
            max_boxes=reports.max_boxes,
            room=ROOM if any(output.format in WHOLE for output in outputs) else 0,
            progress=progress,
            verify=effort.verify.value,
            asking=effort.made(way),
            shard=part,
            workers=workers,
            known=known.append if gates.write_baseline else None,
            gate=gates.held(severities_from(judging.fail_on), network, reports.max_boxes, way, revision, desired, day),
        )
        report = run(desired, (load or network.load)(desired, way), how)
    failed = code_of(report, judging.fail_on) is Code.ERROR
    kept = [o for o in outputs if not (failed and o.file and o.file == out)]
    put_out(report, VIEWS["plan"], kept, reports.look)
    gates.keep(known, failed=failed)
    if out and failed:
        why = "an intent is in error" if report.errored or report.summary.errored else "Azure verified nothing"
        tell(f"{out} is not written: {why}.")
    elif out:
        tell(f"Saved the plan to {out}. To see it again: flowspec show {out}")
    live.tell_nothing_verified(report.verification, no_color=reports.no_color, part=_is_part(report))
    return code_of(report, judging.fail_on)


def tell_saved(plan: Report, file: Path) -> None:
    """A plan of changes that no intent asks for was written."""
    count = len(plan.suggested_changes)
    tell(f"Saved a plan of {counted(count, 'change')} to {file}. To see it: flowspec show {file}")


def _is_part(report: Report) -> bool:
    """Whether other shards judge the rest."""
    return report.shard is not None and report.shard.of > 1


def code_of(report: Report, fail_on: Level) -> Code:
    """1 for an intent in error, 2 for drift or doubt of at least this severity, or what the gate says of the change.

    What `live.gate` says comes before. An exception past its day is as bad as drift of the intent it is of.
    """
    if report.errored or report.summary.errored:
        return Code.ERROR
    verified = live.gate(report.verification, part=_is_part(report))
    if verified is not Code.AS_WISHED:
        return verified
    if report.gate is not None:
        return Code.AS_WISHED if report.gate.passes else Code.DIFFERENT
    counts = severities_from(fail_on)
    different = any(intent.status != "satisfied" and intent.severity in counts for intent in report.intents)
    different = different or bool(report.expired(counts))
    return Code.DIFFERENT if different else Code.AS_WISHED


def severities_from(fail_on: Level) -> tuple[str, ...]:
    """The severities that count."""
    return _RANKS[: _RANKS.index(fail_on) + 1]


def _part(text: str | None) -> tuple[int, int] | None:
    """`2/4` -> (2, 4)."""
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text.strip())
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of:
        raise typer.BadParameter(f"{text!r} is no shard: write I/N with I from 1 to N, as 2/4.", param_hint="--shard")
    return number, of
