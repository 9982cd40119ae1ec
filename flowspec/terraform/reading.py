"""One resource of a plan or a state, in each of the forms that Terraform has written -> its instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flowspec.errors import Where
from flowspec.terraform.addresses import InstanceKey, ModulePath, module_path, split_address
from flowspec.terraform.flatmap import nested
from flowspec.terraform.frame import key_of, list_of, misshapen, object_of, objects_of, texts_of
from flowspec.terraform.instances import Instance, held_back, provider_of

RawResource = dict[str, Any]


def changed(raw: RawResource, where: Where) -> tuple[Instance | None, Instance | None]:
    """An entry of `resource_changes`: the instance before and after. What is forgotten stays as it is."""
    change = object_of(raw.get("change"), "change", where)
    actions = texts_of(change.get("actions"), "actions", where)
    before, after = (change.get(name) for name in ("before", "after"))
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        raise misshapen("before and after", "objects", where)
    address = str(raw.get("address", ""))
    frame = instance_of(raw, where)
    if raw.get("mode") == "data" and after is None:
        after = before
    old = replace_values(frame, before, change.get("before_sensitive"), "before") if isinstance(before, dict) else None
    if "forget" in actions and "create" not in actions and old is not None:
        return old, old
    if raw.get("deposed"):
        return old, None
    if not isinstance(after, dict):
        return old, None
    values = held_back(after, object_of(change.get("after_unknown"), "after_unknown", where), address)
    new = replace_values(frame, values, change.get("after_sensitive"), "after")
    is_new = raw.get("mode") != "data" and "create" in actions
    return old, replace(new, is_new=is_new)


def replace_values(frame: Instance, values: RawResource, sensitive: Any, name: str) -> Instance:
    """The instance with its values before or after."""
    where = frame.where
    place = Where(where.file, pointer=f"{where.pointer}/change/{name}", address=frame.address)
    return replace(frame, values=values, sensitive=sensitive, where=place)


def instance_of(raw: RawResource, where: Where) -> Instance:
    """What a resource of a plan or of `terraform show -json` says of itself."""
    address = str(raw.get("address", ""))
    modules, resource, key = split_address(address)
    if isinstance(raw.get("module_address"), str):
        modules = module_path(raw["module_address"])
    is_data = raw.get("mode") == "data"
    if "type" in raw and "name" in raw:
        resource = f"{'data.' if is_data else ''}{raw['type']}.{raw['name']}"
    return Instance(
        address=address,
        modules=modules,
        resource=resource,
        type=str(raw.get("type", "")),
        key=key_of(raw.get("index", key), where),
        provider=provider_of(str(raw.get("provider_name", ""))),
        values=object_of(raw.get("values"), "values", where),
        where=Where(where.file, pointer=where.pointer, address=address),
        is_data=is_data,
        sensitive=raw.get("sensitive_values"),
    )


def shown(module: Any, where: Where) -> Iterator[Instance]:
    """The resources of a module in `terraform show -json` of a state, and of the modules in it."""
    module = object_of(module, "a module", where)
    for at, raw in enumerate(objects_of(module.get("resources"), "resources", where)):
        place = Where(where.file, pointer=f"{where.pointer}/resources/{at}")
        one = instance_of(raw, place)
        yield replace(one, where=Where(where.file, pointer=f"{place.pointer}/values", address=one.address))
    for at, inner in enumerate(list_of(module.get("child_modules"), "child_modules", where)):
        yield from shown(inner, Where(where.file, pointer=f"{where.pointer}/child_modules/{at}"))


def kept(raw: RawResource, where: Where) -> Iterator[Instance]:
    """A resource of a state file of version 4, with its instances."""
    modules = module_path(str(raw.get("module", "")))
    is_data = raw.get("mode") == "data"
    resource = f"{'data.' if is_data else ''}{raw.get('type')}.{raw.get('name')}"
    for at, item in enumerate(objects_of(raw.get("instances"), "instances", where)):
        if item.get("deposed"):
            continue
        attributes = item.get("attributes")
        flat = object_of(item.get("attributes_flat"), "attributes_flat", where)
        values = nested(flat) if attributes is None else object_of(attributes, "attributes", where)
        place = Where(where.file, pointer=f"{where.pointer}/instances/{at}/attributes")
        provider, key = str(raw.get("provider", "")), key_of(item.get("index_key"), place)
        one = _filed(modules, resource, str(raw.get("type")), key, provider, values, place)
        yield replace(one, sensitive=marks_of(item.get("sensitive_attributes")))


def marks_of(paths: Any) -> dict[str, bool]:
    """The attributes of a state file that hold something sensitive, each as a whole."""
    steps = (path[0] for path in paths if isinstance(path, list) and path) if isinstance(paths, list) else ()
    return {str(step.get("value")): True for step in steps if isinstance(step, dict)}


def kept_long_ago(module: RawResource, where: Where) -> Iterator[Instance]:
    """A module of a state file of version 3."""
    path = texts_of(module.get("path"), "path", where)
    modules: ModulePath = tuple((name, None) for name in path[1:])
    for name, resource_of in object_of(module.get("resources"), "resources", where).items():
        raw = object_of(resource_of, f"the resource {name}", where)
        primary = object_of(raw.get("primary"), "primary", where)
        last = name.rpartition(".")[2]
        key = int(last) if last.isdecimal() else None
        resource = name.rpartition(".")[0] if key is not None else name
        place = Where(where.file, pointer=f"{where.pointer}/resources/{name}/primary/attributes")
        values = nested(object_of(primary.get("attributes"), "attributes", where))
        if primary.get("id"):
            values.setdefault("id", primary["id"])
        yield _filed(modules, resource, str(raw.get("type")), key, str(raw.get("provider", "")), values, place)


def _filed(
    modules: ModulePath, resource: str, kind: str, key: InstanceKey, provider: str, values: RawResource, where: Where
) -> Instance:
    inside = "".join(f"module.{name}{written(at)}." for name, at in modules)
    address = f"{inside}{resource}{written(key)}"
    return Instance(
        address=address,
        modules=modules,
        resource=resource,
        type=kind,
        key=key,
        provider=provider_of(provider),
        values=values,
        where=Where(where.file, pointer=where.pointer, address=address),
        is_data=resource.startswith("data."),
    )


def written(key: InstanceKey) -> str:
    """The key of an instance as addresses have it."""
    return "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
