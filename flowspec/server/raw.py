"""The resources of an inventory as its sources have them -> in REST shape, for what the model leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowspec.server.wire import JsonObject
from flowspec.sources.contribution import Documents

TOP = {
    "id", "name", "type", "location", "tags", "zones", "sku", "kind", "identity", "plan", "etag", "extendedLocation",
    "managedBy", "systemData",
}  # fmt: skip
"""What ARM keeps beside `properties`."""

ADDED = {
    "resourcegroup", "subscriptionid", "tenantid", "powerstate", "publicips", "privateips", "fqdns", "macaddresses",
}  # fmt: skip
"""What `az` and Resource Graph add, in lower case."""

CHILD = {"id", "name", "type", "etag"}
CHILD_LISTS = {
    "subnets", "securityrules", "defaultsecurityrules", "ipconfigurations", "virtualnetworkpeerings", "routes",
    "networkinterfaces",
}  # fmt: skip
FLAT = {"manageddisk", "diskencryptionset", "sku", "extendedlocation", "identity"}
"""Objects that have an id and no `properties`, in lower case."""


@dataclass(frozen=True, slots=True)
class Raw:
    """`held`: top-level resources by `key(id)`. `tags`: the service tags, as the list API shows one."""

    held: Mapping[str, JsonObject] = field(default_factory=dict)
    tags: Mapping[str, JsonObject] = field(default_factory=dict)


def shaped(found: Documents) -> Raw:
    """What the sources kept, in REST shape."""
    return Raw({at: rest(value, _id(value)) for at, value in found.resources.items()}, found.tags)


def _id(value: JsonObject) -> str:
    return next(str(item) for name, item in value.items() if name.casefold() == "id")


def rest(value: JsonObject, resource_id: str) -> JsonObject:
    """A resource in REST shape, out of that or of what `az` and Resource Graph print."""
    spelled = {name.casefold(): name for name in TOP}
    top = {spelled[n.casefold()]: v for n, v in value.items() if n.casefold() in spelled and v is not None}
    properties = next((v for n, v in value.items() if n.casefold() == "properties" and isinstance(v, dict)), None)
    if properties is None:
        flat = {n: v for n, v in value.items() if n.casefold() not in spelled and n.casefold() not in ADDED}
        properties = dict(_members(flat, resource_id))
    segments = resource_id.strip("/").split("/")
    return (
        {"name": segments[-1], "type": "/".join(segments[-3:-1])} | top | {"id": resource_id, "properties": properties}
    )


def _members(flat: Mapping[str, Any], owner: str) -> Iterator[tuple[str, Any]]:
    for name, value in flat.items():
        if value is not None and name.casefold() != "resourcegroup":
            yield name, _nested(name, value, owner)


def _nested(name: str, value: Any, owner: str) -> Any:
    """A member of a flattened resource; a child resource gets its `properties` back."""
    if isinstance(value, list):
        return [_nested(name, item, owner) for item in value]
    if not isinstance(value, dict):
        return value
    rest_of = {n: v for n, v in value.items() if n not in CHILD and v is not None and n.casefold() != "resourcegroup"}
    is_child = name.casefold() in CHILD_LISTS or ("id" in value and name.casefold() not in FLAT)
    if "properties" in value or not is_child or not rest_of:
        return dict(_members(value, owner))
    child = {n: v for n, v in value.items() if n in CHILD and v is not None}
    if "id" not in child and "name" in child:
        child["id"] = f"{owner}/{name}/{child['name']}"
    return child | {"properties": dict(_members(rest_of, str(child.get("id", owner))))}


def tag_document(tag: JsonObject) -> JsonObject:
    """A service tag as the list API shows it: numbers are texts there (azure.md B7)."""
    properties = tag.get("properties")
    told = properties if isinstance(properties, dict) else {}
    kept = {n: v for n, v in told.items() if n not in ("regionId", "platform") and v is not None}
    if "changeNumber" in kept:
        kept["changeNumber"] = str(kept["changeNumber"])
    return {"name": tag["name"], "id": tag.get("id", tag["name"]), "properties": kept}
