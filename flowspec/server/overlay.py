"""A resource as its file has it and as the model spells it -> one document that reads back as what is judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowspec.model.inventory import Subnet, key
from flowspec.server.wire import JsonObject
from flowspec.sources.azure_json import read_resource
from flowspec.sources.contribution import Contribution
from flowspec.sources.essential import ESSENTIAL
from flowspec.sources.node import JsonNode
from flowspec.sources.notes import Notes


def laid(raw: JsonObject, spelled: JsonObject, *, same: bool) -> JsonObject:
    """What the file says wins where that is what is judged; else what the model says. The rest stands beside it."""
    given, modelled = _properties(raw), _properties(spelled)
    exact = {name.casefold(): name for name in modelled}
    kept = {n: v for n, v in given.items() if exact.get(n.casefold(), n) == n}
    if same:
        return spelled | raw | {"properties": modelled | kept}
    return raw | spelled | {"properties": kept | modelled}


def says(raw: JsonObject, table: str, value: Any, subnets: Sequence[Subnet] = ()) -> bool:
    """Whether a document reads back as a value of a table; a VNet with its subnets."""
    into = _read(raw)
    same: bool = getattr(into.upserts, table).get(key(value.id)) == value
    return same and (table != "vnets" or list(into.upserts.subnets.values()) == list(subnets))


def read_as(document: JsonObject, table: str, resource_id: str) -> Any:
    """The value of a table that a document is, as the sources read it; None when they can't, or not without fault."""
    into = _read(document)
    return None if into.notes.errors else getattr(into.upserts, table).get(key(resource_id))


def _read(document: JsonObject) -> Contribution:
    into = Contribution(notes=Notes())
    read_resource(JsonNode(document, "", "", into.notes), into)
    return into


def without_lacks(document: JsonObject, value: Any) -> JsonObject:
    """Without the properties that no source says: what is not known is not shown as none."""
    lacks = {one.field for one in getattr(value, "lacks", ())}
    kind = ESSENTIAL.get(str(document.get("type", "")).casefold())
    if not lacks or kind is None:
        return document
    unsaid = {name.casefold() for e in kind.essentials if e.fields[0] in lacks for name in e.names}
    kept = {n: v for n, v in _properties(document).items() if n.casefold() not in unsaid}
    return document | {"properties": kept}


def _properties(document: JsonObject) -> JsonObject:
    properties = document.get("properties")
    return properties if isinstance(properties, dict) else {}
