"""`flowspec snapshot`: the network, live or from files, into one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import live
from flowspec.cli.inputs import NetworkInputs
from flowspec.cli.outputs import files_of, outputs_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.problems import tell_problems
from flowspec.cli.progress import ProgressLine
from flowspec.cli.terminal import tell
from flowspec.counting import counted
from flowspec.errors import Severity

if TYPE_CHECKING:
    from flowspec.model.documents.snapshot import Snapshot
    from flowspec.model.live import Cloud


def snapshot(
    network: NetworkInputs,
    output: Annotated[
        list[str],
        typer.Option("--output", "-o", metavar="FILE", help="Where to; json=FILE says the same.", show_default=False),
    ],
    reach: live.LiveReach,
) -> None:
    """Put what was read, live or from files, into one file of Azure's own JSON."""
    from flowspec.views import VIEWS

    formats = VIEWS["snapshot"]
    outputs = outputs_of([item if item.partition("=")[0] in formats else f"json={item}" for item in output], formats)
    refuse_overlaps(files_of(outputs), sources=network.inventory or (), files=network.parameter_files)
    sources = network.locators()
    with ProgressLine() as progress:
        found = _taken(sources, network, reach.made(progress))
    put_out(found, formats, outputs)
    for words in found.unread:
        tell(f"Not read: {words}")
    for file in files_of(outputs):
        tell(f"Wrote {counted(found.resources, 'resource')} to {file}. To plan with it: flowspec plan -i {file}")


def _taken(sources: Sequence[str], network: NetworkInputs, way: Cloud) -> Snapshot:
    """One live network as it answers, with all that it says; anything else as it was understood."""
    if len(sources) == 1 and sources[0].casefold().startswith("azure:"):
        from flowspec.sources.registry import live as fetched

        return _document(fetched(sources[0], way), sources[0])
    from flowspec.snapshots.snapshot import snapshot as written

    inventory = network.load(cloud=way)
    problems = [problem for problem in inventory.problems if problem.severity != Severity.INFO]
    tell_problems(problems, no_color=False)
    return _document(written(inventory, sources), ", ".join(sources))


def _document(data: bytes, locator: str) -> Snapshot:
    from flowspec.model.documents.snapshot import Snapshot
    from flowspec.sources.jsontext import document

    found = document(data, locator)
    return Snapshot(text=data, resources=sum(1 for _ in found.items("resources")), unread=tuple(found.member("unread")))
