"""`azure:SUBSCRIPTION[,…]` -> a snapshot document (schemas/snapshot.schema.json), as bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flowspec import __version__
from flowspec.azure.client import connect
from flowspec.azure.fetch import Fetched, Fetcher, subscriptions_of
from flowspec.model.documents.snapshot import compact, snapshot_digest
from flowspec.model.inventory import key
from flowspec.model.live import Cloud

FORMAT_VERSION = "1.0"


def snapshot(locator: str, cloud: Cloud) -> bytes:
    """The live network now. One resource a line, sorted, so that two snapshots can be compared as text."""
    session = connect(cloud)
    subscriptions = subscriptions_of(locator, session)
    fetched = Fetcher(session, subscriptions, cloud.progress).run()
    return document(locator, session.endpoint.url, fetched, datetime.now(UTC))


def document(locator: str, endpoint: str, fetched: Fetched, now: datetime) -> bytes:
    """The header and the resources; `digest` is over all but the header's words about this reading."""
    resources = sorted((r for r in fetched.resources if r.get("id")), key=lambda r: key(str(r["id"])))
    lines = [compact(resource) for resource in resources]
    tags = compact(fetched.service_tags)
    unread = sorted(set(fetched.unread))
    header: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "flowspec_version": __version__,
        "taken_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": locator,
        "endpoint": endpoint,
        "digest": snapshot_digest(compact(unread), tags, lines),
        "unread": unread,
        "notes": sorted(set(fetched.notes)),
    }
    head = "".join(f'  "{name}": {compact(value)},\n' for name, value in header.items())
    body = ",\n".join(f"    {line}" for line in lines)
    text = f'{{\n{head}  "service_tags": {tags},\n  "resources": [\n{body}\n  ]\n}}\n'
    return text.encode()
