"""`flowspec diff`: what another inventory permits and denies otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import live
from flowspec.cli.ending import Code, Ending
from flowspec.cli.gates import DiffGates
from flowspec.cli.inputs import MAX_INPUT, Location, MaxInput, ResourceGroup, Subscription, TerraformDir, read_network
from flowspec.cli.outputs import LongReportOptions, MaxBoxes, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.progress import ProgressLine
from flowspec.errors import Problem, Severity, SourceError

if TYPE_CHECKING:
    from flowspec.model.documents.diff import Diff
    from flowspec.model.inventory import Inventory
    from flowspec.model.live import Cloud

_SOURCE = "Azure's JSON, a Terraform plan or state, an ARM template, a snapshot, azure:SUBSCRIPTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """The two networks."""

    old: Annotated[str, typer.Argument(metavar="OLD", help=f"The network before: {_SOURCE}.", show_default=False)]
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="The network after, named in the same ways.", show_default=False)
    ]
    both: Annotated[
        list[str] | None,
        typer.Option(
            "--both",
            metavar="SOURCE",
            help="Laid under both, such as service tag data. Repeatable.",
            show_default=False,
        ),
    ] = None
    max_input: MaxInput = MAX_INPUT
    old_parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--old-parameters", metavar="FILE", help="Parameters of OLD, a template. Repeatable.", show_default=False
        ),
    ] = None
    new_parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--new-parameters", metavar="FILE", help="Parameters of NEW, a template. Repeatable.", show_default=False
        ),
    ] = None
    resource_group: ResourceGroup = ""
    subscription: Subscription = ""
    location: Location = ""
    terraform_dir: TerraformDir = ""

    def read(self, source: str, parameters: list[str] | None, way: Cloud | None) -> Inventory:
        """One of the two, over what lies under both."""
        from flowspec.model.templates import TemplateOptions

        below = [one for one in self.both or () if one != source or parameters]
        templates = TemplateOptions(
            resource_group=self.resource_group,
            subscription=self.subscription,
            location=self.location,
            parameters={len(below): tuple(parameters or ())},
            terraform_dir=self.terraform_dir,
        )
        return read_network([*below, source], self.max_input, way, templates)


def diff(
    networks: Networks,
    reports: LongReportOptions,
    reach: live.LiveReach,
    gates: DiffGates,
    max_boxes: MaxBoxes = 1000,
) -> None:
    """Show what opens and what closes between two inventories: for all flows, exactly."""
    from flowspec.pipeline import compare
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["diff"])
    sources = [networks.old, networks.new, *(networks.both or ())]
    files = [*(networks.old_parameters or ()), *(networks.new_parameters or ()), *gates.files]
    refuse_overlaps(files_of(outputs), sources=sources, files=files, specs=gates.spec or ())
    with ProgressLine() as progress:
        way = reach.made(progress)
        old = networks.read(networks.old, networks.old_parameters, way)
        new = networks.read(networks.new, networks.new_parameters, way)
        if not _holds_something(old) and not _holds_something(new):
            raise SourceError(Problem(Severity.ERROR, "Nothing to compare: neither holds a NIC, a subnet or an NSG.",
                                      f"OLD is {networks.old}, NEW is {networks.new}."))  # fmt: skip
        found = compare(old, new, max_boxes, gates.held(max_boxes))
    put_out(found, VIEWS["diff"], outputs, reports.look)
    raise Ending(Code.AS_WISHED if is_as_wished(found) else Code.DIFFERENT)


def is_as_wished(found: Diff) -> bool:
    """The gate passes; without one, there is no difference."""
    return found.gate.passes if found.gate is not None else found.is_empty


def _holds_something(inventory: Inventory) -> bool:
    return bool(inventory.nics or inventory.subnets or inventory.nsgs)
