"""`flowspec targets`: what each group of the spec resolved to."""

from __future__ import annotations

from typing import Annotated

import typer

from flowspec.cli.days import Today, day_of
from flowspec.cli.ending import Code, Ending
from flowspec.cli.gates import PlatformSpec, joined_with_platform
from flowspec.cli.inputs import NetworkInputs, SpecInputs
from flowspec.cli.outputs import ReportOptions, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.problems import problems_of, tell_problems


def targets(
    spec: SpecInputs,
    network: NetworkInputs,
    reports: ReportOptions,
    platform: PlatformSpec = None,
    uncovered: Annotated[
        bool,
        typer.Option(
            "--uncovered", help="List the NICs and subnets that no boundary is around, too.", show_default=False
        ),
    ] = False,
    today: Today = None,
) -> None:
    """List what each group of the spec resolves to."""
    from flowspec.reporting.targets import targets_of
    from flowspec.sources import locate
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["targets"])
    refuse_overlaps(
        files_of(outputs),
        sources=network.inventory or (),
        specs=spec.paths,
        files=[*(spec.var_file or ()), *network.parameter_files],
    )
    desired = joined_with_platform(spec.load(), platform, day_of(today))
    refuse_overlaps(files_of(outputs), sources=() if network.inventory else desired.inventory)
    found = targets_of(desired, network.load(desired), locate, uncovered=uncovered)
    put_out(found, VIEWS["targets"], outputs, reports.look)
    problems = [problem for group in found.groups for problem in group.problems]
    tell_problems(problems_of(problems), no_color=reports.no_color)
    if any(problem.severity == "error" for problem in problems):
        raise Ending(Code.ERROR)
