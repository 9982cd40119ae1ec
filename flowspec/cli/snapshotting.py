"""`flowspec snapshot`: the live network into a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import live
from flowspec.cli.outputs import files_of, outputs_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.progress import ProgressLine
from flowspec.cli.terminal import tell

if TYPE_CHECKING:
    from flowspec.model.documents.snapshot import Snapshot


def snapshot(
    inventory: Annotated[
        str,
        typer.Option("--inventory", "-i", metavar="azure:SUBSCRIPTION[,…]", help="What to read.", show_default=False),
    ],
    output: Annotated[
        list[str],
        typer.Option("--output", "-o", metavar="FILE", help="Where to; json=FILE says the same.", show_default=False),
    ],
    reach: live.LiveReach,
) -> None:
    """Pull the live network into a snapshot, for plans without Azure."""
    from flowspec.views import VIEWS

    formats = VIEWS["snapshot"]
    outputs = outputs_of([item if item.partition("=")[0] in formats else f"json={item}" for item in output], formats)
    refuse_overlaps(files_of(outputs))
    if not inventory.casefold().startswith("azure:"):
        raise typer.BadParameter(f"{inventory!r} is not azure:SUBSCRIPTION.", param_hint="-i")
    with ProgressLine() as progress:
        from flowspec.sources.registry import live as fetched

        found = _document(fetched(inventory, reach.made(progress)), inventory)
    put_out(found, formats, outputs)
    for words in found.unread:
        tell(f"Not read: {words}")
    for file in files_of(outputs):
        tell(f"Wrote {found.resources:,} resources to {file}. To plan with it: flowspec plan -i {file}")


def _document(data: bytes, locator: str) -> Snapshot:
    from flowspec.model.documents.snapshot import Snapshot
    from flowspec.sources.jsontext import document

    found = document(data, locator)
    return Snapshot(text=data, resources=sum(1 for _ in found.items("resources")), unread=tuple(found.member("unread")))
