"""A resource as its file has it and as the model spells it -> one document that reads back as what is judged."""

from __future__ import annotations

from typing import Any

from flowspec.model.inventory import Inventory, key
from flowspec.server.wire import Json
from flowspec.sources.azure_json import read_resource
from flowspec.sources.layer import Layer
from flowspec.sources.node import Node
from flowspec.sources.notes import Notes


def laid(raw: Json, spelled: Json, table: str, value: Any, inventory: Inventory) -> Json:
    """What the file says wins where that is what is judged; else what the model says. The rest stands beside it."""
    given, modelled = _properties(raw), _properties(spelled)
    exact = {name.casefold(): name for name in modelled}
    kept = {n: v for n, v in given.items() if exact.get(n.casefold(), n) == n}
    if _says_the_same(raw, table, value, inventory):
        return spelled | raw | {"properties": modelled | kept}
    return raw | spelled | {"properties": kept | modelled}


def _says_the_same(raw: Json, table: str, value: Any, inventory: Inventory) -> bool:
    layer = Layer(Notes())
    read_resource(Node(raw, "", "", layer.notes), layer)
    if getattr(layer, table).get(key(value.id)) != value:
        return False
    if table != "vnets":
        return True
    subnets = {at: s for at, s in inventory.subnets.items() if s.known and key(s.vnet) == key(value.id)}
    return layer.subnets == subnets


def _properties(document: Json) -> Json:
    properties = document.get("properties")
    return properties if isinstance(properties, dict) else {}
