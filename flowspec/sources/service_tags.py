"""`ServiceTags_Public_*.json`, or the list API's answer -> ServiceTags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from flowspec.model.inventory import ServiceTags
from flowspec.sources.jsontext import Document
from flowspec.sources.layer import Layer
from flowspec.sources.node import Node


def recognised(document: Document) -> bool:
    """Both have a list `values` and a change number (azure.md B7)."""
    return document.is_list("values") and ("changenumber" in document.head or "cloud" in document.head)


def read(document: Document, layer: Layer) -> int:
    add(document.member("changenumber"), document.items("values"), document.file, layer)
    return 0


def read_member(document: Document, name: str, layer: Layer) -> None:
    """The list API's answer as a member of another document."""
    node = Node(document.member(name), document.pointer(name), document.file, layer.notes)
    base = node.at("values")
    tags = ((f"{base}/{at}", value) for at, value in enumerate(node.listed("values")))
    add(node.fields.get("changenumber"), tags, document.file, layer)


def add(number: object, tags: Iterable[tuple[str, object]], file: str, layer: Layer) -> None:
    label = PurePath(file).name + (f" (change {number})" if number is not None else "")
    prefixes: dict[str, tuple[str, ...]] = {}
    for pointer, value in tags:
        node = Node(value if isinstance(value, dict) else {}, pointer, file, layer.notes)
        name = node.text("name") or node.text("id")
        if name is None:
            layer.notes.error("a service tag has no name", where=node.where())
        else:
            prefixes[name.casefold()] = node.texts("addressprefixes")
    layer.service_tags.append(ServiceTags(label, prefixes))
    layer.resources += len(prefixes)


def combine(found: Sequence[ServiceTags]) -> ServiceTags:
    """All service tag data, the later over the earlier."""
    if len(found) == 1:
        return found[0]
    prefixes = {tag: addresses for one in found for tag, addresses in one.prefixes.items()}
    return ServiceTags(", ".join(one.label for one in found), prefixes)
