"""`flowspec coverage`: what is permitted and no intent or boundary speaks about."""

from __future__ import annotations

from typing import Annotated

import typer

from flowspec.cli.days import Today, day_of
from flowspec.cli.ending import Code, Ending
from flowspec.cli.gates import PlatformSpec, joined_with_platform
from flowspec.cli.inputs import NetworkInputs, SpecInputs
from flowspec.cli.outputs import ReportOptions, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.progress import ProgressLine


def coverage(
    spec: SpecInputs,
    network: NetworkInputs,
    reports: ReportOptions,
    platform: PlatformSpec = None,
    min_coverage: Annotated[
        float,
        typer.Option("--min-coverage", metavar="PERCENT", min=0, max=100, help="Exit with 2 below this coverage."),
    ] = 0,
    today: Today = None,
) -> None:
    """List the permitted flows and the rules that no intent or boundary speaks about."""
    from flowspec.coverage.coverage import coverage_of
    from flowspec.sources import locate
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["coverage"])
    refuse_overlaps(
        files_of(outputs),
        sources=network.inventory or (),
        specs=spec.paths,
        files=[*(spec.var_file or ()), *network.parameter_files],
    )
    day = day_of(today)
    desired = joined_with_platform(spec.load(), platform, day)
    refuse_overlaps(files_of(outputs), sources=() if network.inventory else desired.inventory)
    with ProgressLine() as progress:
        inventory = network.load(desired)
        progress("comparing with the spec", 0, 0)
        found = coverage_of(desired, inventory, day, locate)
    put_out(found, VIEWS["coverage"], outputs, reports.look)
    if any(problem.severity == "error" for problem in found.problems):
        raise Ending(Code.ERROR)
    if found.percent < min_coverage:
        raise Ending(Code.DIFFERENT)
