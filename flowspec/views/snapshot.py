"""Snapshot -> its file."""

from __future__ import annotations

from flowspec.model.documents.snapshot import Snapshot
from flowspec.views.style import Style


def view(snapshot: Snapshot, style: Style) -> str:
    """The document as it was sealed when it was read."""
    return snapshot.text.decode()
