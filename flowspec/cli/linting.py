"""`flowspec lint`: what of the network's NSGs could go, stands for nothing, or hangs loose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import live
from flowspec.cli.days import Today, day_of
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import NetworkInputs, SpecInputs
from flowspec.cli.outputs import LongReportOptions, files_of, put_out, write_files
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.planning import Level, severities_from, tell_saved
from flowspec.cli.progress import ProgressLine
from flowspec.cli.system import read_bytes
from flowspec.cli.terminal import tell

if TYPE_CHECKING:
    from flowspec.model.documents.lint import Lint
    from flowspec.model.documents.plan import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class LintSpecInputs(SpecInputs):
    """A spec, which lint can do without."""

    spec: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC]...",
            help="Files or folders of a spec: rules wider than it asks for are found, its comments hide findings.",
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LintOptions:
    """What of the findings counts, and what is made of them."""

    fail_on: Annotated[
        Level, typer.Option("--fail-on", help="The least severity of a finding that gives exit code 2.")
    ] = Level.WARNING
    fix: Annotated[
        Path | None,
        typer.Option(
            "--fix",
            metavar="FILE",
            help="Save a plan that deletes and merges rules and changes no verdict, for render and apply.",
            show_default=False,
        ),
    ] = None
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="What is known: only what is new or graver is told.",
                     show_default=False),
    ] = None  # fmt: skip
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write what is found, for --baseline.",
                     show_default=False),
    ] = None  # fmt: skip
    today: Today = None

    @property
    def written(self) -> list[Path]:
        """What is written besides reports."""
        return [file for file in (self.fix, self.write_baseline) if file is not None]


def lint(
    spec: LintSpecInputs,
    network: NetworkInputs,
    reports: LongReportOptions,
    options: LintOptions,
    reach: live.LiveReach,
) -> None:
    """Find rules that never match or could go, names that stand for nothing, and what has no NSG."""
    from flowspec.gating.known_file import read_known
    from flowspec.gating.lint_baseline import without_known
    from flowspec.model.documents.baseline import LintBaseline
    from flowspec.pipeline import lint as run
    from flowspec.pipeline import unignored
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["lint"])
    written = [*files_of(outputs), *options.written]
    files = [*(spec.var_file or ()), *network.parameter_files, *([options.baseline] if options.baseline else ())]
    refuse_overlaps(written, sources=network.inventory or (), specs=spec.spec or (), files=files)
    day = day_of(options.today)
    file = options.baseline
    known = read_known(read_bytes(file), str(file), LintBaseline) if file else None
    with ProgressLine() as progress:
        desired = spec.load() if spec.spec else None
        if desired is not None and not network.inventory:
            refuse_overlaps(written, sources=desired.inventory)
        found, plan = run(network.load(desired, reach.made(progress)), day, desired, fix=options.fix is not None)
    if desired is not None:
        found = unignored(found, desired, day)
    told = without_known(found, known) if known is not None else found
    put_out(told, VIEWS["lint"], outputs, reports.look)
    _keep(found, plan, options)
    raise Ending(code_of(told, options.fail_on))


def _keep(found: Lint, plan: Report | None, options: LintOptions) -> None:
    """Writes the plan and the baseline that are asked for."""
    from flowspec.gating.known_file import file_text
    from flowspec.gating.lint_baseline import lint_baseline
    from flowspec.views import VIEWS, Style

    texts = []
    if options.fix is not None and plan is not None:
        texts.append((options.fix, VIEWS["plan"]["json"](plan, Style())))
    if options.write_baseline is not None:
        texts.append((options.write_baseline, file_text(lint_baseline(found))))
    write_files(texts)
    if options.fix is not None and plan is not None:
        tell_saved(plan, options.fix)
    if options.write_baseline is not None:
        tell(f"Wrote {options.write_baseline}.")


def code_of(found: Lint, fail_on: Level) -> Code:
    """2 for a finding of at least this severity."""
    counts = severities_from(fail_on)
    return Code.DIFFERENT if any(one.severity in counts for one in found.findings) else Code.AS_WISHED
