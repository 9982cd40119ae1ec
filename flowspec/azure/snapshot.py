"""`azure:SUBSCRIPTION[,…]` -> a snapshot document (schemas/snapshot.schema.json), as bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flowspec.azure.client import connect
from flowspec.azure.clouds import is_loopback
from flowspec.azure.fetch import Fetched, Fetcher, subscriptions_of
from flowspec.azure.parallel import within
from flowspec.azure.redact import scrubbed
from flowspec.errors import AzureError, Problem, Severity
from flowspec.model.digest import compact, snapshot_digest, snapshot_text
from flowspec.model.inventory import key
from flowspec.model.live import Cloud
from flowspec.version import __version__

FORMAT_VERSION = "1.0"
PLACEHOLDER = "00000000-0000-0000-0000-000000000000"


def snapshot(locator: str, cloud: Cloud) -> bytes:
    """The live network now. One resource a line, sorted, so that two snapshots can be compared as text."""
    refuse_placeholder(locator, cloud)

    def read() -> bytes:
        session = connect(cloud)
        subscriptions = subscriptions_of(locator, session)
        fetched = Fetcher(session, subscriptions, cloud.progress).run()
        return document(locator, session.endpoint.url, fetched, datetime.now(UTC))

    return within(cloud.deadline, f"Reading {locator}", read)


def refuse_placeholder(locator: str, cloud: Cloud) -> None:
    """AzureError for the subscription that `flowspec init` writes: it is nobody's, but of a network's twin."""
    if PLACEHOLDER in locator and not is_loopback(urlsplit(cloud.arm_endpoint).hostname or ""):
        summary = (
            f"{locator} names no subscription of yours: {PLACEHOLDER} is the placeholder that flowspec init writes"
        )
        detail = "Put the id of your subscription in its place (az account show --query id), or leave it out and name \
another inventory: -i az-export/"
        raise AzureError(Problem(Severity.ERROR, summary, detail))


def document(locator: str, endpoint: str, fetched: Fetched, now: datetime) -> bytes:
    """The header and the resources; `digest` is over all but the header's words about this reading."""
    resources = sorted((r for r in fetched.resources if r.get("id")), key=lambda r: key(str(r["id"])))
    lines = [compact(scrubbed(resource)) for resource in resources]
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
    return snapshot_text(header, tags, lines)
