"""`flowspec diff`: what another inventory permits and denies otherwise."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import live, options
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import DEFAULT_MAX_INPUT, load_network
from flowspec.cli.outputs import is_json, put
from flowspec.cli.planning import MaxBoxes
from flowspec.cli.progress import Progress
from flowspec.cli.terminal import style_of
from flowspec.errors import Problem, Severity, SourceError

if TYPE_CHECKING:
    from flowspec.model.documents.diff import Diff
    from flowspec.model.inventory import Inventory

_SOURCE = "a file or folder of Azure's JSON, a snapshot, azure:SUBSCRIPTION"
Old = Annotated[str, typer.Argument(metavar="OLD", help=f"The network before: {_SOURCE}.", show_default=False)]
New = Annotated[
    str, typer.Argument(metavar="NEW", help="The network after, named in the same ways.", show_default=False)
]
Both = Annotated[
    list[str] | None,
    typer.Option(
        "--both",
        metavar="SOURCE",
        help="Laid under both, such as service tag data. Repeatable.",
        show_default=False,
    ),
]


def diff(
    old: Old,
    new: New,
    both: Both = None,
    output: options.Form = "text",
    max_boxes: MaxBoxes = 1000,
    max_input: options.MaxInput = DEFAULT_MAX_INPUT,
    everything: options.All = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
    cloud: live.CloudName = "AzureCloud",
    arm_endpoint: live.ArmEndpoint = "",
    timeout: live.Timeout = "30m",
    debug: live.Debug = False,
) -> None:
    """Show what opens and what closes between two inventories: for all flows, exactly."""
    form = "json" if is_json(output, json=json) else "text"
    reach = live.Reach(cloud=cloud, arm_endpoint=arm_endpoint, timeout=timeout, debug=debug)
    with Progress() as progress:
        way = reach.made(progress)
        inventories = [load_network([*(both or ()), source], None, max_input, way) for source in (old, new)]
        if not any(map(_holds_something, inventories)):
            raise SourceError(Problem(Severity.ERROR, "Nothing to compare: neither holds a NIC, a subnet or an NSG.",
                                      f"OLD is {old}, NEW is {new}."))  # fmt: skip
        found = compare(inventories[0], inventories[1], max_boxes)
    from flowspec.views.diff import DIFF_VIEWS

    put(DIFF_VIEWS[form](found, style_of(sys.stdout, no_color=no_color, everything=everything)))
    raise Ending(Code.AS_WISHED if found.is_empty else Code.DIFFERENT)


def compare(old: Inventory, new: Inventory, max_boxes: int) -> Diff:
    """The diff of two inventories, each rule with its line."""
    from flowspec.comparison.difference import difference
    from flowspec.model.collector import without_collector
    from flowspec.reporting.diff import describe, wheres
    from flowspec.sources import locate_all

    with without_collector():
        found = difference(old, new)
        return describe(found, locate_all(wheres(found)), max_boxes)


def _holds_something(inventory: Inventory) -> bool:
    return bool(inventory.nics or inventory.subnets or inventory.nsgs)
