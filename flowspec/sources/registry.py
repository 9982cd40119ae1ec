"""What a document is -> its reader: the kinds of inventory sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowspec.errors import Where
from flowspec.sources import azure_json, service_tags, snapshot
from flowspec.sources.contribution import Contribution
from flowspec.sources.jsontext import Document, refusal

if TYPE_CHECKING:
    from flowspec.model.live import Cloud


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file. `read` gives the number of values in the file that it does not know."""

    title: str
    recognised: Callable[[Document], bool]
    read: Callable[[Document, Contribution], int]


def is_terraform(document: Document) -> bool:
    return any(name in document.head for name in ("planned_values", "terraform_version", "resource_changes"))


def is_template(document: Document) -> bool:
    return "deploymenttemplate.json" in str(document.member("$schema")).lower()


def not_read(what: str) -> Callable[[Document, Contribution], int]:
    def read(document: Document, into: Contribution) -> int:
        raise refusal(f"{what} can't be read by this version", describe(), Where(document.file))

    return read


KINDS: dict[str, Kind] = {
    "terraform": Kind("terraform show -json", is_terraform, not_read("terraform show -json")),
    "arm-template": Kind("an ARM template", is_template, not_read("an ARM template")),
    "service-tags": Kind("ServiceTags_Public_*.json", service_tags.recognised, service_tags.read),
    "snapshot": Kind("a flowspec snapshot", snapshot.recognised, snapshot.read),
    "azure": Kind(
        "Azure resources as JSON (REST, az … -o json, Resource Graph)", lambda document: True, azure_json.read
    ),
}
"""Tried in this order; the last takes what is left."""


def live(locator: str, cloud: Cloud | None) -> bytes:
    """A subscription as it is now, as a snapshot."""
    from flowspec.azure import require_sdk

    require_sdk()
    from flowspec.azure.snapshot import snapshot as taken
    from flowspec.model.live import Cloud

    return taken(locator, cloud or Cloud())


SCHEMES: dict[str, Callable[[str, Cloud | None], bytes]] = {"azure:": live}
"""Locators that are not files, by their beginning -> what gets the document behind them."""


def describe() -> str:
    """The kinds, for the message about a source that is none of them."""
    readable = [kind.title for name, kind in KINDS.items() if name not in ("terraform", "arm-template")]
    return f"a source is one of: {', '.join(readable)}, effective answers, a folder of these, azure:SUBSCRIPTION"


def kind_of(document: Document) -> Kind:
    return next(kind for kind in KINDS.values() if kind.recognised(document))
