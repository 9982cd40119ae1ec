"""What a document is -> its reader: the kinds of inventory sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowspec.errors import Where
from flowspec.sources import azure_json, service_tags, snapshot, templates, terraform
from flowspec.sources.contribution import Contribution
from flowspec.sources.jsontext import JsonText

if TYPE_CHECKING:
    from flowspec.model.live import Cloud


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of file. `read` gives the number of values in the file that it does not know."""

    title: str
    recognised: Callable[[JsonText], bool]
    read: Callable[[JsonText, Contribution], int]


def read_parameters(document: JsonText, into: Contribution) -> int:
    """A parameter file says nothing without its template."""
    advice = "give it behind its template: -i TEMPLATE --parameters FILE"
    into.notes.info("a parameter file is no source of its own: left out", advice, Where(document.file))
    return 1


KINDS: dict[str, SourceKind] = {
    "terraform": SourceKind("terraform show -json of a plan or a state", terraform.recognised, terraform.read),
    "arm-template": SourceKind("an ARM template", templates.is_template, templates.read),
    "arm-parameters": SourceKind("its parameters (--parameters)", templates.is_parameters, read_parameters),
    "service-tags": SourceKind("ServiceTags_Public_*.json", service_tags.recognised, service_tags.read),
    "snapshot": SourceKind("a flowspec snapshot", snapshot.recognised, snapshot.read),
    "azure": SourceKind(
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
    readable = [kind.title for name, kind in KINDS.items() if name != "arm-parameters"]
    return f"a source is one of: {', '.join(readable)}, effective answers, a folder of these, azure:SUBSCRIPTION"


def kind_of(document: JsonText) -> SourceKind:
    return next(kind for kind in KINDS.values() if kind.recognised(document))
