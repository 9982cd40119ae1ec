"""`flowspec show` and `flowspec render`: what can be made of a saved plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer._click.exceptions import MissingParameter

from flowspec.cli import live
from flowspec.cli.completing import offered_dialects
from flowspec.cli.ending import Ending
from flowspec.cli.inputs import load_plan
from flowspec.cli.outputs import PlanViewOptions, files_of, put, put_out, write_files
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.stale import AllowStale, refuse_stale
from flowspec.cli.system import doing
from flowspec.cli.terminal import tell
from flowspec.errors import Problem, RenderError, Severity

if TYPE_CHECKING:
    from flowspec.model.documents.plan import Report
    from flowspec.patches.patch import Patch

OutDir = Annotated[
    Path | None, typer.Option("--out-dir", metavar="DIR", help="Write a file into this folder.", show_default=False)
]


def show(
    planfile: Annotated[
        list[Path],
        typer.Argument(
            metavar="PLANFILE...",
            help="A plan that `flowspec plan --out` saved; or those of all shards of a plan, which are merged.",
            show_default=False,
        ),
    ],
    reports: PlanViewOptions,
    allow_stale: AllowStale = False,
) -> None:
    """Show a saved plan again, in any format; or the shards of one, merged."""
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["plan"])
    refuse_overlaps(files_of(outputs), files=planfile)
    report = _plan(planfile, allow_stale=allow_stale)
    put_out(report, VIEWS["plan"], outputs, reports.look)
    if len(planfile) > 1 and report.verification is not None and report.verification.is_empty:
        live.tell_nothing_verified(report.verification, no_color=reports.no_color)
        raise Ending(live.gate(report.verification))


def _plan(files: Sequence[Path], *, allow_stale: bool) -> Report:
    """A plan as it was saved, or one of all shards; a shard that is not the only one is shown as it is, if alone."""
    plans = [load_plan(file) for file in files]
    if len(plans) == 1 and (plans[0].shard is None or plans[0].shard.of > 1):
        shown = plans[0]
    else:
        from flowspec.shards import ShardPlan, merge

        shown = merge([ShardPlan(str(file), plan) for file, plan in zip(files, plans, strict=True)])
    for plan in plans:
        refuse_stale(plan, allowed=allow_stale)
    return shown


def _named(report: Report) -> str:
    """A shard says nothing about what the others suggest."""
    return "The plan" if report.shard is None else f"Shard {report.shard.number} of {report.shard.of} alone"


def render(
    planfile: Annotated[
        Path, typer.Argument(metavar="PLANFILE", help="A plan that `flowspec plan --out` saved.", show_default=False)
    ],
    dialect: Annotated[
        str,
        typer.Option(
            "--dialect",
            metavar="terraform|bicep|arm|az|powershell|TEMPLATE.j2",
            help="The form of the changes; --in-place needs none.",
            show_default=False,
            autocompletion=offered_dialects,
        ),
    ] = "",
    out_dir: OutDir = None,
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help="A unified diff, for git apply, of the files that hold the rules: the Terraform files of "
            "--terraform-dir, or without it the ARM templates among the plan's sources.",
            show_default=False,
        ),
    ] = False,
    terraform_dir: Annotated[
        Path | None,
        typer.Option("--terraform-dir", metavar="DIR", help="The .tf files, for --in-place.", show_default=False),
    ] = None,
    allow_stale: AllowStale = False,
) -> None:
    """Write the changes that a saved plan suggests."""
    from flowspec.patches import DIALECTS, file_of
    from flowspec.patches import render as rendered
    from flowspec.patches.in_place import PATCH_FILE, rendered_in_place
    from flowspec.patches.wording import undeployed

    if in_place and dialect not in ("", "arm" if terraform_dir is None else "terraform"):
        hint = "it writes into the Terraform files of --terraform-dir DIR, or without it into ARM templates."
        raise typer.BadParameter(hint, param_hint="--in-place")
    if not in_place and not dialect:
        hint = f"Give one of {', '.join(DIALECTS)}, or the path of a template of your own that ends in .j2."
        raise MissingParameter(hint, param_hint="'--dialect'", param_type="option")
    if terraform_dir is not None and not in_place:
        raise typer.BadParameter("it says where --in-place finds the files; give both.", param_hint="--terraform-dir")
    if out_dir is not None:
        refuse_overlaps([out_dir / (PATCH_FILE if in_place else file_of(dialect))], files=[planfile, dialect])
    report = load_plan(planfile)
    absent = refuse_stale(report, allowed=allow_stale)
    patches = [rendered_in_place(report, terraform_dir)] if in_place else rendered(report, dialect)
    if absent:
        tell(f"Whether the plan is stale can't be told: {', '.join(absent)} is not here to be compared.")
    if not report.suggested_changes:
        tell(f"{_named(report)} suggests no changes: there is nothing to render.")
        return
    if not report.applyable and not report.errored:
        tell("These changes were proved shard by shard, not together: apply those of one intent, and plan again.")
    if not in_place and (told := undeployed(report, dialect)):
        tell(told)
    if out_dir is None:
        put(_only(patches, dialect).text)
        return
    files = [(out_dir / patch.file, patch.text) for patch in patches]
    refuse_overlaps([path for path, _ in files], files=[planfile])
    with doing("make the folder", out_dir):
        out_dir.mkdir(parents=True, exist_ok=True)
    write_files(files)
    for path, _ in files:
        tell(f"Wrote {path}")


def _only(patches: Sequence[Patch], dialect: str) -> Patch:
    """The one file there is; several can't go to standard output."""
    if len(patches) == 1:
        return patches[0]
    summary = f"These changes are in {len(patches)} resource groups, and a file of {dialect} speaks of one"
    raise RenderError(Problem(Severity.ERROR, summary, "Give --out-dir DIR, for a file for each."))
