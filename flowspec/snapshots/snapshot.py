"""Sources that were read -> a snapshot document (schemas/snapshot.schema.json), as bytes."""

from __future__ import annotations

from collections.abc import Sequence

from flowspec.model.digest import compact, snapshot_digest, snapshot_text
from flowspec.model.inventory import Inventory
from flowspec.snapshots.documents import service_tags, written
from flowspec.version import __version__

FORMAT_VERSION = "1.0"


def snapshot(inventory: Inventory, locators: Sequence[str]) -> bytes:
    """The network that the sources tell together. `taken_at` is the latest moment that one of them names, if any."""
    lines = [compact(document) for document in written(inventory)]
    tags = compact(service_tags(inventory))
    unread = sorted({*inventory.unread, *(f"answers that name nobody: {one.reason}" for one in inventory.unplaced)})
    moments = [origin.taken_at for origin in inventory.origins if origin.taken_at]
    header = {
        "format_version": FORMAT_VERSION,
        "flowspec_version": __version__,
        "taken_at": max(moments, default=None),
        "source": ", ".join(locators),
        "digest": snapshot_digest(compact(unread), tags, lines),
        "unread": unread,
        "notes": [],
    }
    return snapshot_text(header, tags, lines)
