"""What `flowspec import` wrote -> the spec that it is, and the flows that each of its intents is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from flowspec.importing.importing import Imported, imported
from flowspec.intents.case import Case
from flowspec.model.inventory import Access, Inventory
from flowspec.model.spec import Spec
from flowspec.sets.flows import FlowSet
from flowspec.spec import load_spec

TODAY = date(2026, 11, 21)


def read(inventory: Inventory, folder: Path) -> tuple[Imported, Spec]:
    """The import of a network, by way of files as a user has them."""
    found = imported(inventory, TODAY, "drawn", ["network"])
    return found, written(found.files, folder)


def written(files: Mapping[str, str], folder: Path) -> Spec:
    """The spec that files make; those of an earlier network go."""
    for old in folder.glob("*.flow.hcl"):
        old.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return load_spec([folder])


def allowed(spec: Spec, inventory: Inventory, *, enabled: Iterable[bool] = (True,)) -> FlowSet:
    """All flows that Allow intents are about, of those that are enabled or not."""
    case = Case(spec, inventory, TODAY)
    chosen = [i for i in spec.intents.values() if i.expect is Access.ALLOW and i.enabled in enabled]
    return FlowSet.union_all(case.planner.question(intent).asked for intent in chosen)
