"""`flowspec validate`: is the spec right in itself, whatever the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import SpecInputs
from flowspec.cli.outputs import ReportOptions, files_of, put_out, shows_text
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.problems import tell_problems
from flowspec.errors import Problem, SpecError

if TYPE_CHECKING:
    from flowspec.model.spec import Spec


def validate(spec: SpecInputs, reports: ReportOptions) -> None:
    """Check the spec alone. Needs no inventory."""
    from flowspec.reporting.validate import validation_of
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["validate"])
    refuse_overlaps(files_of(outputs), specs=spec.paths, files=spec.var_file or ())
    found, problems = _checked(spec)
    validation = validation_of(found, problems)
    if shows_text(outputs):
        tell_problems(problems, no_color=reports.no_color)
    put_out(validation, VIEWS["validate"], outputs, reports.look)
    if not validation.valid:
        raise Ending(Code.ERROR)


def _checked(inputs: SpecInputs) -> tuple[Spec | None, Sequence[Problem]]:
    """The spec, if it can be read, and all its problems."""
    from flowspec.spec import contradictions

    try:
        spec = inputs.load()
    except SpecError as error:
        return None, error.problems
    return spec, contradictions(spec)
