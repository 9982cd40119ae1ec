"""A resource as its file has it and as the model spells it -> one document that reads back as what is judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowspec.model.inventory import Subnet, key
from flowspec.server.wire import Json
from flowspec.sources.azure_json import read_resource
from flowspec.sources.layer import Layer
from flowspec.sources.node import Node
from flowspec.sources.notes import Notes


def laid(raw: Json, spelled: Json, *, same: bool) -> Json:
    """What the file says wins where that is what is judged; else what the model says. The rest stands beside it."""
    given, modelled = _properties(raw), _properties(spelled)
    exact = {name.casefold(): name for name in modelled}
    kept = {n: v for n, v in given.items() if exact.get(n.casefold(), n) == n}
    if same:
        return spelled | raw | {"properties": modelled | kept}
    return raw | spelled | {"properties": kept | modelled}


def says(raw: Json, table: str, value: Any, subnets: Sequence[Subnet] = ()) -> bool:
    """Whether a document reads back as a value of a table; a VNet with its subnets."""
    layer = _read(raw)
    same: bool = getattr(layer, table).get(key(value.id)) == value
    return same and (table != "vnets" or list(layer.subnets.values()) == list(subnets))


def read_as(document: Json, table: str, resource_id: str) -> Any:
    """The value of a table that a document is, as the sources read it; None when they can't, or not without fault."""
    layer = _read(document)
    return None if layer.notes.errors else getattr(layer, table).get(key(resource_id))


def _read(document: Json) -> Layer:
    layer = Layer(notes=Notes())
    read_resource(Node(document, "", "", layer.notes), layer)
    return layer


def _properties(document: Json) -> Json:
    properties = document.get("properties")
    return properties if isinstance(properties, dict) else {}
