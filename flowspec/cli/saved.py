"""`flowspec show` and `flowspec render`: what can be made of a saved plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowspec.cli import options
from flowspec.cli.inputs import load_plan
from flowspec.cli.outputs import Look, outputs_of, put, put_out, write_file
from flowspec.cli.terminal import tell
from flowspec.errors import FlowspecError

Dialect = Annotated[
    str,
    typer.Option("--dialect", metavar="terraform|az|TEMPLATE.j2", help="The form of the changes.", show_default=False),
]
OutDir = Annotated[
    Path | None, typer.Option("--out-dir", metavar="DIR", help="Write a file into this folder.", show_default=False)
]


def show(
    planfile: options.PlanFile,
    output: options.Outputs = None,
    everything: options.All = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Show a saved plan again, in any format."""
    outputs = outputs_of(output or [], json=json)
    put_out(load_plan(planfile), outputs, Look(no_color, everything))


def render(planfile: options.PlanFile, dialect: Dialect, out_dir: OutDir = None) -> None:
    """Write the changes that a saved plan suggests."""
    from flowspec.patches import render as rendered

    report = load_plan(planfile)
    patch = rendered(report, dialect)
    if not report.suggested_changes:
        tell("The plan suggests no changes: there is nothing to render.")
        return
    if out_dir is None:
        put(patch.text)
        return
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FlowspecError(f"Can't make the folder {out_dir}: {error.strerror}.") from error
    write_file(out_dir / patch.file, patch.text)
    tell(f"Wrote {out_dir / patch.file}")
