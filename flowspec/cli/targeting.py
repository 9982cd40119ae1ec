"""`flowspec targets`: what each group of the spec resolved to."""

from __future__ import annotations

from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import NetworkInputs, SpecInputs
from flowspec.cli.outputs import ReportOptions, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.problems import problems_of, tell_problems


def targets(spec: SpecInputs, network: NetworkInputs, reports: ReportOptions) -> None:
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
    desired = spec.load()
    refuse_overlaps(files_of(outputs), sources=() if network.inventory else desired.inventory)
    found = targets_of(desired, network.load(desired), locate)
    put_out(found, VIEWS["targets"], outputs, reports.look)
    problems = [problem for group in found.groups for problem in group.problems]
    tell_problems(problems_of(problems), no_color=reports.no_color)
    if any(problem.severity == "error" for problem in problems):
        raise Ending(Code.ERROR)
