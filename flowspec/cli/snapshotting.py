"""`flowspec snapshot`: the live network into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowspec.cli import live
from flowspec.cli.outputs import write_file
from flowspec.cli.progress import Progress
from flowspec.cli.terminal import tell

Source = Annotated[
    str,
    typer.Option("--inventory", "-i", metavar="azure:SUBSCRIPTION[,…]", help="What to read.", show_default=False),
]
File = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.", show_default=False)]


def snapshot(
    inventory: Source,
    output: File,
    cloud: live.CloudName = "AzureCloud",
    arm_endpoint: live.ArmEndpoint = "",
    debug: live.Debug = False,
) -> None:
    """Pull the live network into a snapshot, for plans without Azure."""
    if not inventory.casefold().startswith("azure:"):
        raise typer.BadParameter(f"{inventory!r} is not azure:SUBSCRIPTION.", param_hint="-i")
    with Progress() as progress:
        from flowspec.sources.jsontext import document
        from flowspec.sources.registry import live as fetched

        data = fetched(inventory, live.Reach(cloud, arm_endpoint, debug=debug).made(progress))
    write_file(output, data.decode())
    found = document(data, str(output))
    for words in found.member("unread"):
        tell(f"Not read: {words}")
    count = sum(1 for _ in found.items("resources"))
    tell(f"Wrote {count:,} resources to {output}. To plan with it: flowspec plan -i {output}")
