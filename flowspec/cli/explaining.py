"""`flowspec explain`: why a flow, or an intent, fares as it does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.completing import offered_targets
from flowspec.cli.days import Today, day_of
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import NetworkInputs, SpecInputs
from flowspec.cli.outputs import ReportOptions, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.system import read_bytes
from flowspec.cli.verifying import FlowOptions
from flowspec.errors import FlowspecError, Problem, Severity

if TYPE_CHECKING:
    from flowspec.model.documents.explain import ExplainedFlow
    from flowspec.model.documents.values import ExampleFlow
    from flowspec.model.inventory import Inventory

_ADDRESS = re.compile(r"(intent|boundary)\.[^\s.]+")
_NUMBERED = re.compile(r"(change|cause)\.([1-9][0-9]{0,6})")


def explain(
    *,
    network: NetworkInputs,
    flow: FlowOptions,
    reports: ReportOptions,
    what: Annotated[
        str,
        typer.Argument(
            metavar="[FLOW|ADDRESS]",
            help='"Tcp 10.0.1.4:49152 -> 10.0.2.4:5432", intent.NAME, boundary.NAME; change.N or cause.N of '
            "--document; or verify's options.",
            autocompletion=offered_targets,
            show_default=False,
        ),
    ] = "",
    document: Annotated[
        Path | None,
        typer.Option(
            "--document",
            metavar="FILE",
            help="The JSON of a plan or a diff, for its N-th change or cause.",
            show_default=False,
        ),
    ] = None,
    spec: SpecInputs,
    today: Today = None,
) -> None:
    """Tell why a flow is permitted or denied, rule by rule, and what would turn it round."""
    from flowspec.explaining.explain import explanation, is_unknown
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["explain"])
    files = [*(spec.var_file or ()), *network.parameter_files, *([document] if document else [])]
    refuse_overlaps(files_of(outputs), sources=network.inventory or (), specs=spec.spec or (), files=files)
    found = explanation(tuple(_walks(network, flow, spec, (what, document), today)))
    put_out(found, VIEWS["explain"], outputs, reports.look)
    raise Ending(Code.DIFFERENT if is_unknown(found) else Code.AS_WISHED)


def _walks(
    network: NetworkInputs, flow: FlowOptions, spec: SpecInputs, asked: tuple[str, Path | None], today: str | None
) -> list[ExplainedFlow]:
    from flowspec.explaining.explain import Explainer, explain_intent
    from flowspec.explaining.flow import flow_of, read_flow
    from flowspec.model.spec import Spec
    from flowspec.pipeline import planned
    from flowspec.sources import locate

    def explainer(inventory: Inventory, nic: str = "", desired: Spec | None = None) -> Explainer:
        plans = planned(inventory, day_of(today))
        return Explainer(inventory=inventory, planned=plans, located=locate, nic=nic, spec=desired or Spec())

    what, document = asked
    if what:
        flow.refuse(what)
    if numbered := _NUMBERED.fullmatch(what):
        inventory = network.load()
        example = _example(document, numbered[1], int(numbered[2]), inventory)
        return [explainer(inventory).flow(example, f"{what} of {document}")]
    if _ADDRESS.fullmatch(what):
        desired = spec.load()
        found = list(explain_intent(explainer(network.load(desired), desired=desired), what))
        if not found:
            summary = f"{what} has no flow that can be explained"
            raise FlowspecError(Problem(Severity.ERROR, summary, f"flowspec plan --target {what} tells more."))
        return found
    if what:
        return [explainer(network.load()).flow(read_flow(what))]
    request = flow.made(network.resource_group)
    meant, nic = flow_of(request, inventory := network.load())
    return [explainer(inventory, nic).flow(meant)]


def _example(document: Path | None, kind: str, number: int, inventory: Inventory) -> ExampleFlow:
    """A flow that the N-th change of a plan moves, or the N-th cause of a diff is about."""
    from flowspec.explaining.numbered import example_of

    if document is None:
        raise typer.BadParameter(f"{kind}.{number} is one of --document FILE.", param_hint="--document")
    held = (ip.address for nic in inventory.nics.values() for ip in nic.ip_configurations)
    return example_of(read_bytes(document), str(document), kind, number, filter(None, held))
