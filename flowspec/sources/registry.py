"""What a document is -> its reader: the kinds of inventory sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowspec.errors import Where
from flowspec.sources import azure_json, service_tags
from flowspec.sources.jsontext import Document, opens, refusal
from flowspec.sources.layer import Layer

if TYPE_CHECKING:
    from flowspec.model.live import Cloud


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file. `read` gives the number of values in the file that it does not know."""

    title: str
    recognised: Callable[[Document], bool]
    read: Callable[[Document, Layer], int]


def is_snapshot(document: Document) -> bool:
    return document.is_list("resources") and "format_version" in document.head


def read_snapshot(document: Document, layer: Layer) -> int:
    """A flowspec snapshot: ARM resources behind a header.

    Of the header count `taken_at`, `service_tags` (the list API's answer) and `unread` (what was not read, in words).
    """
    taken = document.member("taken_at")
    layer.taken_at = taken if isinstance(taken, str) else None
    unread = document.member("unread")
    layer.unread += [str(words) for words in unread] if isinstance(unread, list) else []
    if opens(document.head.get("service_tags", b"")) == b"{":
        service_tags.read_member(document, "service_tags", layer)
    return azure_json.read(document, layer)


def is_terraform(document: Document) -> bool:
    return any(name in document.head for name in ("planned_values", "terraform_version", "resource_changes"))


def is_template(document: Document) -> bool:
    return "deploymenttemplate.json" in str(document.member("$schema")).lower()


def not_read(what: str) -> Callable[[Document, Layer], int]:
    def read(document: Document, layer: Layer) -> int:
        raise refusal(f"{what} can't be read by this version", describe(), Where(document.file))

    return read


KINDS: dict[str, Kind] = {
    "terraform": Kind("terraform show -json", is_terraform, not_read("terraform show -json")),
    "arm-template": Kind("an ARM template", is_template, not_read("an ARM template")),
    "service-tags": Kind("ServiceTags_Public_*.json", service_tags.recognised, service_tags.read),
    "snapshot": Kind("a flowspec snapshot", is_snapshot, read_snapshot),
    "azure": Kind(
        "Azure resources as JSON (REST, az … -o json, Resource Graph)", lambda document: True, azure_json.read
    ),
}
"""Tried in this order; the last takes what is left."""


def live(locator: str, cloud: Cloud | None) -> bytes:
    """A subscription as it is now, as a snapshot."""
    from flowspec.azure import require_sdk

    require_sdk()
    from flowspec.azure.snapshot import snapshot
    from flowspec.model.live import Cloud

    return snapshot(locator, cloud or Cloud())


SCHEMES: dict[str, Callable[[str, Cloud | None], bytes]] = {"azure:": live}
"""Locators that are not files, by their beginning -> what gets the document behind them."""


def describe() -> str:
    """The kinds, for the message about a source that is none of them."""
    readable = [kind.title for name, kind in KINDS.items() if name not in ("terraform", "arm-template")]
    return f"a source is one of: {', '.join(readable)}, effective answers, a folder of these, azure:SUBSCRIPTION"


def kind_of(document: Document) -> Kind:
    return next(kind for kind in KINDS.values() if kind.recognised(document))
