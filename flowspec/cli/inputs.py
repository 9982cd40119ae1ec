"""The options that name inputs -> the spec and the inventory."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.arguments import belongings
from flowspec.cli.completing import offered_sources
from flowspec.cli.system import read_bytes, refuse_foreign
from flowspec.errors import FlowspecError, Problem, Severity, SourceError

if TYPE_CHECKING:
    from flowspec.model.documents.plan import Report
    from flowspec.model.inventory import Inventory
    from flowspec.model.live import Cloud
    from flowspec.model.spec import Spec
    from flowspec.model.templates import TemplateOptions
    from flowspec.revision import Revision

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}

_NAME_IT = """Name it on the command line, or in the spec:
  -i az-export/
  flowspec {
    inventory = ["az-export/"]
  }"""
_NAME_IT_ALONE = "Name it on the command line: -i az-export/"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecInputs:
    """Where the spec is, and what its variables hold."""

    spec: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SPEC]...", help="Files or folders of the spec.  [default: .]", show_default=False),
    ] = None
    var: Annotated[
        list[str] | None,
        typer.Option("--var", metavar="NAME=VALUE", help="A variable of the spec. Repeatable.", show_default=False),
    ] = None
    var_file: Annotated[
        list[str] | None,
        typer.Option("--var-file", metavar="FILE", help="Variables in .tfvars form. Repeatable.", show_default=False),
    ] = None

    @property
    def paths(self) -> list[str]:
        return self.spec or ["."]

    def load(self, revision: Revision | None = None, declared: Path | None = None) -> Spec:
        """The spec, here or as a git revision holds it; SpecError with all its faults."""
        from flowspec.spec import load_spec
        from flowspec.spec.variables import ENVIRONMENT_PREFIX

        for name, value in os.environ.items():
            if name.startswith(ENVIRONMENT_PREFIX):
                refuse_foreign([name, value], f"The variable {name} of the environment")
        files = [Path(file) for file in self.var_file or ()]
        return load_spec(self.paths, _assignments(self.var or []), files, revision=revision, declared=declared)


MaxInput = Annotated[
    str, typer.Option("--max-input", metavar="SIZE", help="Refuse a larger inventory source: bytes, or with K, M, G.")
]
MAX_INPUT = "2G"
ResourceGroup = Annotated[
    str,
    typer.Option(
        "--resource-group",
        "-g",
        metavar="NAME",
        help="The resource group that ARM templates are deployed to; for verify, where names are looked for.",
        show_default=False,
    ),
]
Subscription = Annotated[
    str, typer.Option("--subscription", metavar="ID", help="The subscription of that group.", show_default=False)
]
Location = Annotated[
    str, typer.Option("--location", metavar="REGION", help="The region of that group.", show_default=False)
]
TerraformDir = Annotated[
    str,
    typer.Option(
        "--terraform-dir",
        metavar="DIR",
        help="The .tf files behind a Terraform plan or state: for file and line, locals and dynamic blocks.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInputs:
    """Where the network is."""

    inventory: Annotated[
        list[str] | None,
        typer.Option(
            "--inventory",
            "-i",
            metavar="SOURCE",
            help="The network: Azure's JSON, Terraform's, an ARM template, azure:SUBSCRIPTION. Repeatable.",
            show_default=False,
            autocompletion=offered_sources,
        ),
    ] = None
    max_input: MaxInput = MAX_INPUT
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--parameters",
            metavar="FILE",
            help="Parameters of the ARM template before it. Repeatable.",
            show_default=False,
        ),
    ] = None
    resource_group: ResourceGroup = ""
    subscription: Subscription = ""
    location: Location = ""
    terraform_dir: TerraformDir = ""

    @property
    def parameter_files(self) -> list[str]:
        """The files that `--parameters` names."""
        return [value.rpartition("\0")[2] for value in self.parameters or ()]

    def templates(self, option: str = "-i") -> TemplateOptions:
        """How the ARM templates among the sources of an option are deployed."""
        from flowspec.model.templates import TemplateOptions

        return TemplateOptions(
            resource_group=self.resource_group,
            subscription=self.subscription,
            location=self.location,
            parameters=belongings(self.parameters or (), option),
            terraform_dir=self.terraform_dir,
        )

    def locators(self, spec: Spec | None = None) -> Sequence[str]:
        """The sources that `-i` names, or else the spec; SourceError when nobody names one."""
        locators = self.inventory or (spec.inventory if spec else ())
        if not locators:
            summary = "No inventory: flowspec does not know which network to judge."
            raise SourceError(Problem(Severity.ERROR, summary, _NAME_IT if spec else _NAME_IT_ALONE))
        return locators

    def load(self, spec: Spec | None = None, cloud: Cloud | None = None) -> Inventory:
        """The inventory that `-i` names, or else the spec; `cloud` is the way to a live one."""
        locators = self.locators(spec)
        try:
            return read_network(locators, self.max_input, cloud, self.templates())
        except FlowspecError as error:
            if self.inventory or spec is None:
                raise
            raise type(error)([_named_by(problem, spec) for problem in error.problems]) from None

    def before(self, sources: Sequence[str], cloud: Cloud | None = None) -> Inventory:
        """The network before a change, from the sources of `--base`; templates are deployed to the same place."""
        return read_network(sources, self.max_input, cloud, self.templates("--base"))


def read_network(
    sources: Sequence[str], max_input: str, cloud: Cloud | None = None, templates: TemplateOptions | None = None
) -> Inventory:
    """The network that these sources tell together; `cloud` is the way to a live one."""
    from flowspec import load_inventory

    return load_inventory(sources, max_input=size(max_input), cloud=cloud, templates=templates)


def _named_by(problem: Problem, spec: Spec) -> Problem:
    """With the place in the spec that named the source: nobody wrote it on the command line."""
    file = problem.where.file if problem.where else ""
    each = list(zip(spec.inventory, spec.inventory_places, strict=True))
    places = [place for locator, place in each if _holds(locator, file)] or [place for _, place in each]
    words = f"Named by inventory in {', '.join(dict.fromkeys(place.text() for place in places))}."
    return replace(problem, detail="\n".join(filter(None, [problem.detail, words])))


def _holds(locator: str, file: str) -> bool:
    return bool(file) and (Path(locator) == Path(file) or Path(locator) in Path(file).parents)


def load_plan(path: Path) -> Report:
    """A saved plan; FlowspecError when it can't be read or is none."""
    from flowspec.views.json import read

    return read(read_bytes(path), str(path))


def size(text: str) -> int:
    """`2G`, `500M`, `1024` -> bytes."""
    found = re.fullmatch(r"([0-9]{1,15})([kmg]?)b?", text.strip().lower())
    if not found:
        hint = f"{text!r} is no size: give bytes, or a number with K, M or G, of at most 15 digits."
        raise typer.BadParameter(hint, param_hint="--max-input")
    return int(found[1]) * _UNITS[found[2]]


def _assignments(texts: Sequence[str]) -> dict[str, str]:
    assigned = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise FlowspecError(f"--var {text!r} does not assign anything: write --var NAME=VALUE.")
        assigned[name.strip()] = value
    return assigned
