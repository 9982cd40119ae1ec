"""`flowspec optimize`: the same NSGs with fewer rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowspec.cli import live
from flowspec.cli.days import Today, day_of
from flowspec.cli.inputs import NetworkInputs
from flowspec.cli.outputs import LongReportOptions, files_of, put_out, write_files
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.planning import tell_saved
from flowspec.cli.progress import ProgressLine


def optimize(
    network: NetworkInputs,
    reports: LongReportOptions,
    reach: live.LiveReach,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Save the plan, for show, render and apply.", show_default=False),
    ] = None,
    today: Today = None,
) -> None:
    """Find fewer rules for each NSG, of which every flow is answered as before."""
    from flowspec.pipeline import optimize as run
    from flowspec.views import VIEWS, Style

    outputs = reports.outputs(VIEWS["optimize"])
    written = [*files_of(outputs), *([out] if out is not None else [])]
    refuse_overlaps(written, sources=network.inventory or (), files=network.parameter_files)
    with ProgressLine() as progress:
        found, plan = run(network.load(None, reach.made(progress)), day_of(today))
    put_out(found, VIEWS["optimize"], outputs, reports.look)
    if out is not None:
        write_files([(out, VIEWS["plan"]["json"](plan, Style()))])
        tell_saved(plan, out)
