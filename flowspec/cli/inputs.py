"""The options that name inputs -> the spec and the inventory."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flowspec.cli.system import read_bytes, refuse_foreign
from flowspec.errors import FlowspecError, Problem, Severity, SourceError

if TYPE_CHECKING:
    from flowspec.model.documents.plan import Report
    from flowspec.model.inventory import Inventory
    from flowspec.model.live import Cloud
    from flowspec.model.spec import Spec

DEFAULT_MAX_INPUT = "2G"
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}

_NAME_IT = """Name it on the command line, or in the spec:
  -i az-export/
  flowspec {
    inventory = ["az-export/"]
  }"""
_NAME_IT_ALONE = "Name it on the command line: -i az-export/"


@dataclass(frozen=True, slots=True)
class SpecInputs:
    """What says where the spec is and what its variables hold."""

    paths: Sequence[str] | None
    variables: Sequence[str] | None
    variable_files: Sequence[str] | None

    def load(self) -> Spec:
        """The spec; SpecError with all its faults."""
        from flowspec.spec import load_spec
        from flowspec.spec.variables import ENVIRONMENT_PREFIX

        paths = [Path(path) for path in self.paths or ["."]]
        files = [Path(file) for file in self.variable_files or []]
        for name, value in os.environ.items():
            if name.startswith(ENVIRONMENT_PREFIX):
                refuse_foreign([name, value], f"The variable {name} of the environment")
        return load_spec(paths, _assignments(self.variables or []), files, os.environ)


def load_network(
    named: Sequence[str] | None, spec: Spec | None, max_input: str, cloud: Cloud | None = None
) -> Inventory:
    """The inventory that `-i` names, or else the spec; `cloud` is the way to a live one."""
    locators = named_sources(named, spec)
    from flowspec.sources import load_inventory

    return load_inventory(locators, size(max_input), cloud)


def named_sources(named: Sequence[str] | None, spec: Spec | None) -> list[str]:
    """The locators that `-i` names, or else the spec; SourceError when nobody names one."""
    locators = list(named or (spec.inventory if spec else ()))
    if not locators:
        summary = "No inventory: flowspec does not know which network to judge."
        raise SourceError(Problem(Severity.ERROR, summary, _NAME_IT if spec else _NAME_IT_ALONE))
    return locators


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
