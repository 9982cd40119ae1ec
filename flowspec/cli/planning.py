"""`flowspec plan`: where does the network drift from the spec, and what would mend it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import executors, live, options
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import DEFAULT_MAX_INPUT, SpecInputs, load_network
from flowspec.cli.outputs import Look, files_of, outputs_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.progress import Progress
from flowspec.cli.terminal import tell

if TYPE_CHECKING:
    from flowspec.model.documents.plan import Report

_RANKS = ("error", "warning", "info")


class Level(StrEnum):
    """What `--fail-on` takes."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Save the plan, for show and render.", show_default=False)
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="ADDRESS",
        help="Only this intent or boundary, or all that fit a glob. Repeatable.",
        show_default=False,
    ),
]
Shard = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Judge only every N-th intent, beginning with the I-th; flowspec show merges the plans of all N.",
        show_default=False,
    ),
]
FailOn = Annotated[Level, typer.Option("--fail-on", help="The least severity whose drift or doubt gives exit code 2.")]
Today = Annotated[
    str | None,
    typer.Option(
        "--today",
        metavar="YYYY-MM-DD",
        help="The day that exceptions are held against.  [default: today, UTC]",
        show_default=False,
    ),
]
MaxBoxes = Annotated[
    int, typer.Option("--max-boxes", metavar="N", min=1, help="The most entries in any list of flows.")
]


def plan(
    spec: options.Spec = None,
    inventory: options.Inventory = None,
    out: Out = None,
    output: options.Outputs = None,
    target: Target = None,
    shard: Shard = None,
    executor: executors.ExecutorName = "auto",
    fail_on: FailOn = Level.ERROR,
    today: Today = None,
    var: options.Variables = None,
    var_file: options.VariableFiles = None,
    max_boxes: MaxBoxes = 1000,
    max_input: options.MaxInput = DEFAULT_MAX_INPUT,
    everything: options.All = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
    verify: live.VerifyBy = live.Verify.OFFLINE,
    cloud: live.CloudName = "AzureCloud",
    arm_endpoint: live.ArmEndpoint = "",
    parallelism: live.Parallelism = 10,
    timeout: live.Timeout = "30m",
    exhaustive: live.Exhaustive = False,
    max_calls: live.MaxCalls = 500,
    max_age: live.MaxAge = "24h",
    refresh: live.Refresh = False,
    recheck: live.Recheck = "150s",
    debug: live.Debug = False,
) -> None:
    """Show where the network drifts from the spec."""
    outputs = outputs_of(output or [], json=json, out=out)
    refuse_overlaps(files_of(outputs), sources=inventory or (), specs=spec or ["."], files=var_file or ())
    day, part = _day(today), _part(shard)
    reach = live.Reach(cloud, arm_endpoint, parallelism, debug)
    effort = live.Effort(
        timeout=timeout, exhaustive=exhaustive, max_calls=max_calls, max_age=max_age, refresh=refresh, recheck=recheck
    )
    with Progress() as progress, executors.farms(executor) as farm:
        from flowspec.pipeline import ROOM, Options, run
        from flowspec.views import DOCUMENTS

        desired = SpecInputs(spec, var, var_file).load()
        refuse_overlaps(files_of(outputs), sources=() if inventory else desired.inventory)
        way = reach.made(progress)
        asking = effort.made(way) if verify is not live.Verify.OFFLINE else None
        network = load_network(inventory, desired, max_input, way)
        room = ROOM if any(output.format in DOCUMENTS for output in outputs) else 0
        how = Options(
            today=day,
            targets=tuple(target or ()),
            max_boxes=max_boxes,
            room=room,
            progress=progress,
            verify=verify.value,
            asking=asking,
            shard=part,
            farm=farm,
        )
        report = run(desired, network, how)
    failed = code_of(report, fail_on) is Code.ERROR
    put_out(report, [o for o in outputs if not (failed and o.file and o.file == out)], Look(no_color, everything))
    if out and failed:
        tell(f"{out} is not written: an intent is in error.")
    elif out:
        tell(f"Saved the plan to {out}. To see it again: flowspec show {out}")
    raise Ending(code_of(report, fail_on))


def code_of(report: Report, fail_on: Level) -> Code:
    """1 for an intent in error; 2 for drift or doubt of at least this severity, or where Azure says otherwise."""
    if report.errored or report.summary.errored:
        return Code.ERROR
    if report.verification and (report.verification.disagreements or report.verification.unanswered):
        return Code.DIFFERENT
    counted = _RANKS[: _RANKS.index(fail_on) + 1]
    different = any(intent.status != "satisfied" and intent.severity in counted for intent in report.intents)
    return Code.DIFFERENT if different else Code.AS_WISHED


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day: write it as 2026-11-21.", param_hint="--today") from error


def _part(text: str | None) -> tuple[int, int] | None:
    """`2/4` -> (2, 4)."""
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text.strip())
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of:
        raise typer.BadParameter(f"{text!r} is no shard: write I/N with I from 1 to N, as 2/4.", param_hint="--shard")
    return number, of
