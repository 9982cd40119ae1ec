"""A network as it was read, on its way into a file: the document of `schemas/snapshot.schema.json`, as it stands."""

from __future__ import annotations

from flowspec.model.documents.plan import DocumentValue


class Snapshot(DocumentValue, frozen=True, kw_only=True):
    """`text` is the document, JSON in UTF-8: Azure's own, so not typed here. It holds so many `resources`.

    `unread` names, in words, what could not be read.
    """

    text: bytes
    resources: int
    unread: tuple[str, ...] = ()
