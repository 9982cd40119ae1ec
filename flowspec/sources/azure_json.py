"""Azure resources as REST, `az` or Resource Graph print them -> a Contribution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flowspec.errors import Where
from flowspec.model.inventory import key
from flowspec.sources import arm_id, balancers, effective, gateways, machines, network
from flowspec.sources.contribution import Contribution
from flowspec.sources.effective import Page
from flowspec.sources.jsontext import JsonText, opens, refusal
from flowspec.sources.node import JsonNode
from flowspec.sources.notes import Notes

Reader = Callable[[JsonNode, str, Contribution], None]

NETWORK = "microsoft.network/"
LISTS = ("value", "resources", "data")
MORE = ("nextlink", "@odata.nextlink", "odata.nextlink", "skiptoken", "$skiptoken")
"""Members by which a list says that it goes on elsewhere."""

CUT = "resulttruncated"
"""The member by which Resource Graph says so, also where it gives no token for the rest."""

READERS: dict[str, Reader] = {
    f"{NETWORK}virtualnetworks": network.read_vnet,
    f"{NETWORK}virtualnetworks/subnets": network.read_subnet,
    f"{NETWORK}virtualnetworks/virtualnetworkpeerings": network.standalone(network.read_peering),
    f"{NETWORK}networksecuritygroups": network.read_nsg,
    f"{NETWORK}networksecuritygroups/securityrules": network.read_lone_rule,
    f"{NETWORK}networksecuritygroups/defaultsecurityrules": network.read_lone_rule,
    f"{NETWORK}applicationsecuritygroups": network.read_asg,
    f"{NETWORK}routetables": network.read_route_table,
    f"{NETWORK}routetables/routes": network.standalone(network.read_route),
    f"{NETWORK}networkinterfaces": machines.read_nic,
    f"{NETWORK}networkinterfaces/ipconfigurations": network.standalone(machines.read_ip_configuration),
    "microsoft.compute/virtualmachinescalesets/virtualmachines/networkinterfaces": machines.read_nic,
    "microsoft.compute/virtualmachines": machines.read_vm,
    "microsoft.compute/virtualmachinescalesets": machines.read_scale_set,
    f"{NETWORK}privateendpoints": machines.read_private_endpoint,
    f"{NETWORK}publicipaddresses": machines.read_public_ip,
    f"{NETWORK}loadbalancers": balancers.read_balancer,
    f"{NETWORK}loadbalancers/frontendipconfigurations": network.standalone(balancers.read_frontend, "frontends"),
    f"{NETWORK}loadbalancers/backendaddresspools": network.standalone(balancers.read_pool, "pools"),
    f"{NETWORK}loadbalancers/loadbalancingrules": network.standalone(balancers.read_balancer_rule, "rules"),
    f"{NETWORK}loadbalancers/inboundnatrules": network.standalone(balancers.read_balancer_rule, "rules"),
    f"{NETWORK}virtualnetworkgateways": gateways.read_gateway,
    f"{NETWORK}localnetworkgateways": gateways.read_local_gateway,
    f"{NETWORK}connections": gateways.read_connection,
    f"{NETWORK}networkwatchers": gateways.read_watcher,
    f"{NETWORK}networkmanagers/securityadminconfigurations/rulecollections/rules": effective.read_configuration,
}


def items(document: JsonText) -> Iterator[tuple[str, Any]]:
    """The values of a document that may be resources: out of a list, `value`, `resources`, `data`, or the whole."""
    name = list_name(document)
    if document.is_list():
        yield from document.items()
    elif name is not None:
        yield from document.items(name)
    elif opens(document.head.get("data", b"")) == b"{":
        yield from rows(document)
    else:
        yield "", document.whole()


def rows(document: JsonText) -> Iterator[tuple[str, Any]]:
    """The rows of a Resource Graph answer in its table format: `columns` with names, `rows` with values."""
    table = JsonNode(document.member("data"), document.pointer("data"), document.file, Notes())
    names = [column.text("name") or "" for column in table.children("columns")]
    for at, row in enumerate(table.listed("rows")):
        yield f"{table.at('rows')}/{at}", dict(zip(names, row, strict=False)) if isinstance(row, list) else row


def list_name(document: JsonText) -> str | None:
    """The member that holds the resources; None in a resource (a VM has a list `resources` of its extensions)."""
    if "properties" in document.head or ("id" in document.head and "value" not in document.head):
        return None
    return next((name for name in LISTS if document.is_list(name)), None)


def read(document: JsonText, into: Contribution) -> int:
    """Reads all resources of a document; the number of values that are none."""
    outer = JsonNode(
        {document.names[name]: document.member(name) for name in document.head if name in ENVELOPE},
        "", document.file, into.notes,
    )  # fmt: skip
    if document.head and not is_resource(document):
        note_error(outer)
        note_more(outer, into)
    name = list_name(document)
    owner = document.member("id") if name else None
    page = Page(document.file, document.pointer(name) if name else "", owner if isinstance(owner, str) else None)
    effective.open_page(page, into)
    return read_values(items(document), page, into)


ENVELOPE = frozenset((
    "error", "resulttruncated", "result_truncated", "nextlink", "next_link", "@odata.nextlink", "odata.nextlink",
    "skip_token", "skiptoken", "$skiptoken",
))  # fmt: skip
"""What stands beside a list and says that it is not all, or that there is none; names in lower case."""


def is_resource(document: JsonText) -> bool:
    return "id" in document.head and list_name(document) is None


def note_error(node: JsonNode) -> None:
    """An answer of Azure that is an error instead of resources, or beside them."""
    error = node.fields.get("error")
    if not error:
        return
    told = JsonNode(error, node.at("error"), node.file, Notes()) if isinstance(error, dict) else None
    words = (told.text("code"), told.text("message")) if told else (str(error)[:200], "")
    where = Where(node.file, pointer=node.at("error"))
    raise refusal(f"the file holds an error of Azure: {words[0]}", words[1] or "export it again", where)


def note_more(node: JsonNode, into: Contribution) -> None:
    """A list that goes on elsewhere, in a document or in one of its pages."""
    for name in (*MORE, CUT):
        value = node.fields.get(name)
        if value and str(value).lower() != "false":
            spelled = node.at(name).rpartition("/")[2]
            into.unread.append(f"the rest of the list in {node.file}, which has more pages")
            summary = f"the list has more pages ({spelled}) that are not here"
            advice = "export all of them; az … list reads them all by itself"
            into.notes.warning(summary, advice, Where(node.file, pointer=node.at(name)))


def read_values(values: Iterable[tuple[str, Any]], page: Page, into: Contribution) -> int:
    """Reads `(pointer, value)` pairs of one list; the number of values that are no resources."""
    return sum(read_value(pointer, value, page, into) for pointer, value in values)


def read_value(pointer: str, value: Any, page: Page, into: Contribution) -> int:
    """One value: a resource, a list of them, or an effective answer; the number of values that are none."""
    if isinstance(value, list):
        return read_list(value, Page(page.file, pointer, None), into)
    if type(value) is not dict:
        return 1
    node = JsonNode(value, pointer, page.file, into.notes)
    if effective.read(node, page, into) or read_resource(node, into):
        return 0
    if not isinstance(node.fields.get("id"), str):
        note_error(node)
    name = next((name for name in LISTS if isinstance(node.fields.get(name), list)), None)
    if name is None:
        return 1
    note_more(node, into)
    return read_list(node.fields[name], Page(page.file, node.at(name), node.text("id")), into)


def read_list(values: list[Any], page: Page, into: Contribution) -> int:
    """Reads a list inside the document: one more page, or one more effective answer."""
    effective.open_page(page, into)
    return read_values(((f"{page.pointer}/{at}", value) for at, value in enumerate(values)), page, into)


def read_resource(node: JsonNode, into: Contribution) -> bool:
    """Reads one resource by the type in its id; False when it is none."""
    given, kind = node.fields.get("id"), node.fields.get("type")
    parts = arm_id.split(given) if isinstance(given, str) else None
    if parts is None:
        return isinstance(kind, str) and kind.lower() in READERS and refuse_id(node, kind)
    into.resources += 1
    if into.raw is not None and parts[0].count("/") == 1:
        into.raw.resources[key(str(given))] = node.raw
    reader = READERS.get(parts[0])
    if reader is None:
        into.unmodelled[parts[0], str(given).casefold()] = network.name_of(node, str(given))
    else:
        reader(node, str(given), into)
    return True


def refuse_id(node: JsonNode, kind: str) -> bool:
    given = node.fields.get("id")
    what = "has no id" if given in (None, "") else f"has an id that is none of Azure's: {given!r}"
    advice = "an id reads /subscriptions/…/resourceGroups/…/providers/…"
    node.notes.error(f"a resource of type {kind} {what}", advice, node.where("id"))
    return True
