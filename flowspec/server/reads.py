"""GET of a resource, of its children and of lists, paged -> documents as ARM shows them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from flowspec.server.estate import Estate
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError, compact, pretty

HELP = "For more details please go to https://aka.ms/ARMResourceNotFoundFix"


def no_resource(kind: str, name: str, group: str) -> RefusedError:
    message = f"The Resource '{kind}/{name}' under resource group '{group}' was not found. {HELP}"
    return RefusedError(404, "ResourceNotFound", message)


def no_child(child: str) -> RefusedError:
    return RefusedError(404, "NotFound", f"Resource {child} not found.", [])


def paged(call: HttpCall, values: Sequence[JsonObject], size: int) -> HttpAnswer:
    """One page, and the link to the next."""
    mark = call.query.get("$skiptoken", "0")
    start = int(mark) if mark.isascii() and mark.isdigit() and len(mark) < 10 else 0
    top = call.query.get("$top", "")
    size = min(size, int(top)) if top.isascii() and top.isdigit() and 0 < len(top) < 5 and int(top) else size
    document: JsonObject = {"value": list(values[start : start + size])}
    if start + size < len(values):
        query = "&".join(f"{quote(n, '$')}={quote(v)}" for n, v in call.query.items() if n != "$skiptoken")
        document["nextLink"] = f"{call.origin}{quote(call.path)}?{query}&$skiptoken={start + size}"
    return pretty(document)


def top_level(estate: Estate, call: HttpCall) -> JsonObject:
    """The resource that a path `/subscriptions/…/providers/NAMESPACE/type/name…` names or lies in."""
    segments = call.segments
    found = estate.held.get("/" + "/".join(call.folded[:8]))
    if found is None:
        raise no_resource(f"{segments[5]}/{segments[6]}", segments[7], segments[3])
    return found


def listed(estate: Estate, call: HttpCall, kind: str, group: str | None, size: int) -> HttpAnswer:
    """All resources of a type in a subscription or a group."""
    values = estate.under(kind, call.folded[1], group)
    if kind == "microsoft.compute/virtualmachines":
        values = [machine(value, call) for value in values]
    return paged(call, values, size)


def one(estate: Estate, call: HttpCall, size: int) -> HttpAnswer:
    """A resource, a child of it, or the list of its children of one kind."""
    found = top_level(estate, call)
    rest = call.segments[8:]
    if rest[:1] and rest[0].casefold() == "instanceview" and _is_machine(found):
        return compact(_properties(found).get("instanceView", {"statuses": []}))
    while rest:
        children = child_list(found, rest[0])
        if len(rest) == 1:
            return paged(call, children, size)
        name = rest[1].casefold()
        match = [child for child in children if str(child.get("name", "")).casefold() == name]
        if not match:
            raise no_child("/" + "/".join(call.segments))
        found, rest = match[0], rest[2:]
    tag = found.get("etag")
    answer = pretty(machine(found, call))
    return answer.with_headers(("ETag", tag)) if isinstance(tag, str) else answer


def child_list(document: JsonObject, kind: str) -> list[JsonObject]:
    """The children of a kind, by the property that lists them; 404 when there is no such kind."""
    for name, value in _properties(document).items():
        if name.casefold() == kind.casefold() and isinstance(value, list):
            return [child for child in value if isinstance(child, dict) and "name" in child]
    if f"{document['type']}/{kind}".casefold() in CHILDREN:
        return []
    raise no_type(f"{document['type']}/{kind}")


CHILDREN = {
    "microsoft.network/virtualnetworks/subnets",
    "microsoft.network/virtualnetworks/virtualnetworkpeerings",
    "microsoft.network/networksecuritygroups/securityrules",
    "microsoft.network/networksecuritygroups/defaultsecurityrules",
    "microsoft.network/routetables/routes",
    "microsoft.network/networkinterfaces/ipconfigurations",
}


def no_type(kind: str) -> RefusedError:
    namespace, _, rest = kind.partition("/")
    message = f"The resource type '{rest}' could not be found in the namespace '{namespace}'."
    return RefusedError(404, "InvalidResourceType", message)


def machine(document: JsonObject, call: HttpCall) -> JsonObject:
    """A VM without its instance view, unless it is asked for."""
    expanded = call.query.get("$expand", "").casefold() == "instanceview"
    wanted = expanded or call.query.get("statusonly", "").casefold() == "true"
    if wanted or not _is_machine(document):
        return document
    kept = {name: value for name, value in _properties(document).items() if name != "instanceView"}
    return document | {"properties": kept}


def _is_machine(document: JsonObject) -> bool:
    return str(document.get("type", "")).casefold() == "microsoft.compute/virtualmachines"


def _properties(document: JsonObject) -> JsonObject:
    properties = document.get("properties")
    return properties if isinstance(properties, dict) else {}
