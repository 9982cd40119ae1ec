"""What all translations of resources share: the frame of an Azure document, and properties said or held back."""

from __future__ import annotations

from typing import Any

from flowspec.model.unknown import is_unknown, unknown
from flowspec.terraform.instances import Instance, Values
from flowspec.terraform.meaning import Meant
from flowspec.terraform.picture import Document
from flowspec.terraform.types import AZURE
from flowspec.terraform.world import World


def framed(world: World, one: Instance, properties: Document) -> Document:
    """A whole resource of an instance: what is not set stays out of its properties."""
    found: Document = {
        "id": world.id_of(one),
        "name": world.name_of(one),
        "type": AZURE.get(one.type, ""),
        "properties": said(properties),
    }
    location = one.text("location")
    if location is not None:
        found["location"] = location
    if one.values.get("tags"):
        found["tags"] = one.values["tags"]
    return found


def said(properties: Document) -> Document:
    """Without what is not set: Terraform writes null, and `""` for a text."""
    return {name: value for name, value in properties.items() if value is not None and value != ""}


def named(resource_id: str | None) -> Document | None:
    """A reference; None for none."""
    return None if resource_id is None else {"id": resource_id}


def ref(meant: Meant) -> Document | None:
    """A reference to what is meant; its id is held back where it is not known."""
    return named(meant.written())


def refs(known: list[str], more: Meant | None) -> list[Document]:
    """A list of references; one is held back where others may be in it."""
    found = [{"id": one} for one in known]
    return found if more is None else [*found, {"id": more.written() or unknown(more.reason)}]


def flag(world: World, one: Instance, default: bool | None, *names: str, inverted: str = "") -> Any:
    """A flag by the names it has had; unknown without an expression is Terraform's own default for a new resource."""
    for name in (*names, inverted):
        value = one.values.get(name) if name else None
        if isinstance(value, str) and value.lower() in ("true", "false"):
            value = value.lower() == "true"
        if isinstance(value, bool):
            return value is not (name == inverted)
    held = next((name for name in (*names, inverted) if name and is_unknown(one.values.get(name))), "")
    if held and any(world.is_written(one, name) for name in (*names, inverted) if name):
        return world.value(one, held)
    return default


def block_list(world: World, one: Instance, name: str) -> list[Values] | str | None:
    """The blocks of a name; a text that is held back where nobody knows them; None where nothing is said.

    Unknown without an expression on a new resource: none are written inside it.
    """
    value = one.values.get(name)
    if isinstance(value, list):
        held = next(filter(is_unknown, value), None)
        return held if held is not None else one.blocks(name)
    if is_unknown(value):
        if one.is_new and not world.is_written(one, name):
            return None
        return str(world.value(one, name))
    return [] if value is None else one.blocks(name)
