"""`flowspec lint`: what of the network's NSGs could go, stands for nothing, or hangs loose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import live
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import NetworkInputs
from flowspec.cli.outputs import LongReportOptions, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.planning import Level, counted
from flowspec.cli.progress import ProgressLine

if TYPE_CHECKING:
    from flowspec.model.documents.lint import Lint


@dataclass(frozen=True, slots=True, kw_only=True)
class LintOptions:
    """What of the findings counts."""

    fail_on: Annotated[
        Level, typer.Option("--fail-on", help="The least severity of a finding that gives exit code 2.")
    ] = Level.WARNING


def lint(
    network: NetworkInputs,
    reports: LongReportOptions,
    options: LintOptions,
    reach: live.LiveReach,
) -> None:
    """Find rules that never match or could go, names that stand for nothing, and what has no NSG."""
    from flowspec.pipeline import lint as run
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["lint"])
    refuse_overlaps(files_of(outputs), sources=network.inventory or (), files=network.parameter_files)
    with ProgressLine() as progress:
        found = run(network.load(cloud=reach.made(progress)))
    put_out(found, VIEWS["lint"], outputs, reports.look)
    raise Ending(code_of(found, options.fail_on))


def code_of(found: Lint, fail_on: Level) -> Code:
    """2 for a finding of at least this severity."""
    counts = counted(fail_on)
    return Code.DIFFERENT if any(one.severity in counts for one in found.findings) else Code.AS_WISHED
