"""`ServiceTags_Public_*.json`, or the list API's answer -> ServiceTags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from flowspec.model.inventory import ServiceTags, key
from flowspec.sources.azure_json import note_error, note_more
from flowspec.sources.contribution import Contribution
from flowspec.sources.jsontext import JsonText
from flowspec.sources.node import JsonNode
from flowspec.sources.notes import Notes
from flowspec.sources.rules import is_prefix

AGAIN = "download the service tag data again"


def recognised(document: JsonText) -> bool:
    """Both have a list `values` and a change number (azure.md B7)."""
    return document.is_list("values") and any(
        name in document.head for name in ("changenumber", "change_number", "cloud")
    )


def read(document: JsonText, into: Contribution) -> int:
    named = {document.names[name]: document.member(name) for name in document.head if name != "values"}
    head = JsonNode(named, "", document.file, into.notes)
    note_error(head)
    note_more(head, into)
    add(head, document.items("values"), into)
    return 0


def read_member(document: JsonText, name: str, into: Contribution) -> None:
    """The list API's answer as a member of another document."""
    node = JsonNode(document.member(name), document.pointer(name), document.file, into.notes)
    base = node.at("values")
    note_more(node, into)
    add(node, ((f"{base}/{at}", value) for at, value in enumerate(node.listed("values"))), into)


def add(head: JsonNode, tags: Iterable[tuple[str, object]], into: Contribution) -> None:
    """The tags behind a header with the change number and the cloud. What can't be read as it must be is refused."""
    number = head.fields.get("changenumber")
    label = PurePath(head.file).name + (f" (change {number})" if number is not None else "")
    prefixes: dict[str, tuple[str, ...]] = {}
    for pointer, value in tags:
        node = JsonNode(value if isinstance(value, dict) else {}, pointer, head.file, into.notes)
        name = node.text("name") or node.text("id")
        if name is None:
            into.notes.error("a service tag has no name", where=node.where())
            continue
        if into.raw is not None:
            into.raw.tags[key(name)] = node.raw
        found = read_prefixes(node, name)
        if prefixes.setdefault(name.casefold(), found) != found:
            into.notes.error(f"the service tag {name} is there twice with different prefixes", AGAIN, node.where())
    into.service_tags.append(ServiceTags(label, prefixes, head.text("cloud") or ""))
    into.resources += len(prefixes)


def read_prefixes(node: JsonNode, name: str) -> tuple[str, ...]:
    """The prefixes of a tag; one without the property has no data, which is not the same as none."""
    if node.fields.get("addressprefixes") is None:
        node.notes.error(f"the service tag {name} has no addressPrefixes", AGAIN, node.where())
        return ()
    found = node.texts("addressprefixes")
    for text in found:
        if not is_prefix(text):
            node.notes.error(f"{text!r} of the service tag {name} is no prefix", AGAIN, node.where("addressprefixes"))
    return found


def combine(found: Sequence[ServiceTags], notes: Notes) -> ServiceTags:
    """All service tag data, the later over the earlier; that of two clouds is refused."""
    clouds = sorted({one.cloud.casefold(): one.cloud for one in found if one.cloud}.values())
    if len(clouds) > 1:
        advice = "give that of one cloud"
        notes.error(
            f"service tag data of two clouds: {', '.join(clouds)} ({', '.join(o.label for o in found)})", advice
        )
    if len(found) == 1:
        return found[0]
    prefixes = {tag: addresses for one in found for tag, addresses in one.prefixes.items()}
    return ServiceTags(", ".join(one.label for one in found), prefixes)
