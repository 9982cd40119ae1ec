"""The options that several commands share, each with its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Spec = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SPEC]...", help="Files or folders of the spec.  [default: .]", show_default=False),
]
Inventory = Annotated[
    list[str] | None,
    typer.Option(
        "--inventory",
        "-i",
        metavar="SOURCE",
        help="The network: a file or folder of Azure's JSON, service tag data, azure:SUBSCRIPTION. Repeatable.",
        show_default=False,
    ),
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="A variable of the spec. Repeatable.", show_default=False),
]
VariableFiles = Annotated[
    list[str] | None,
    typer.Option("--var-file", metavar="FILE", help="Variables in .tfvars form. Repeatable.", show_default=False),
]
MaxInput = Annotated[
    str, typer.Option("--max-input", metavar="SIZE", help="Refuse a larger inventory source: bytes, or with K, M, G.")
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="text or json, to standard output or to a file. Repeatable.",
        show_default=False,
    ),
]
Form = Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="text or json.")]
Json = Annotated[bool, typer.Option("--json", help="Short for -o json.", show_default=False)]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour.", show_default=False)]
All = Annotated[
    bool,
    typer.Option("--all", help="List everything: what is satisfied, and what is told in brief.", show_default=False),
]
PlanFile = Annotated[
    Path, typer.Argument(metavar="PLANFILE", help="A plan that `flowspec plan --out` saved.", show_default=False)
]
PlanFiles = Annotated[
    list[Path],
    typer.Argument(
        metavar="PLANFILE...",
        help="A plan that `flowspec plan --out` saved; or those of all shards of a plan, which are merged.",
        show_default=False,
    ),
]
AllowStale = Annotated[
    bool,
    typer.Option(
        "--allow-stale", help="Go on though the spec or the inventory changed after the plan.", show_default=False
    ),
]
