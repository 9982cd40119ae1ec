"""A change of one resource: what is shown while it runs, and what holds when it is done (azure.md A25, B1.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from flowspec.model.inventory import Inventory
from flowspec.server.wire import HttpAnswer, JsonObject, RefusedError, pretty, refused

RUNS = {"PUT": "Updating", "DELETE": "Deleting"}
DONE = "Succeeded"


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """`at` is the top-level resource that it locks (a key). `shown` while it runs; `done` afterwards, None: it is gone.

    `inventory` makes the network as it is afterwards. `part` finds what a client asked for in a document of `at`:
    the resource or a child; `status` is what a PUT answers.
    """

    at: str
    shown: JsonObject
    done: JsonObject | None
    inventory: Callable[[Inventory], Inventory]
    part: Callable[[JsonObject], JsonObject] = lambda document: document
    status: int = 200

    def answer(self, document: JsonObject | None) -> HttpAnswer:
        return HttpAnswer(200) if document is None else pretty(self.part(document), self.status)


def new_etag() -> str:
    return f'W/"{uuid4()}"'


def with_etag(document: JsonObject, tag: str | None = None) -> JsonObject:
    """One etag for a resource and all of its children, as recorded of NSGs, VNets and NICs; a new one unless given."""
    tag = tag or new_etag()
    inner = {name: _children(value, tag) for name, value in properties_of(document).items()}
    return {**document, "etag": tag, "properties": inner}


def _children(value: object, tag: str) -> object:
    if not isinstance(value, list):
        return value
    return [{**item, "etag": tag} if isinstance(item, dict) and "properties" in item else item for item in value]


def with_state(document: JsonObject, state: str) -> JsonObject:
    return {**document, "properties": {**properties_of(document), "provisioningState": state}}


def check_condition(headers: Mapping[str, str], tag: str | None) -> None:
    """`If-Match` and `If-None-Match` against the etag that is shown; None: there is no such resource."""
    wanted, unwanted = headers.get("if-match"), headers.get("if-none-match")
    met = wanted is None or (tag is not None and ("*" in _tags(wanted) or tag in _tags(wanted)))
    if not met or (unwanted is not None and tag is not None and ("*" in _tags(unwanted) or tag in _tags(unwanted))):
        raise refused("PreconditionFailed", "Precondition failed.", 412)


def _tags(header: str) -> list[str]:
    return [one.strip() for one in header.split(",")]


def properties_of(document: JsonObject) -> JsonObject:
    properties = document.get("properties")
    return properties if isinstance(properties, dict) else {}


def in_progress(url: str) -> RefusedError:
    """A second change where one runs; `url` is where that is polled."""
    message = (
        "Another operation on this or dependent resource is in progress. "
        f"To retrieve status of the operation use uri: {url}"
    )
    return refused("AnotherOperationInProgress", f"{message}.", 409)
