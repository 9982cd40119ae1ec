"""A flowspec snapshot: ARM resources behind a header -> a Contribution; one that is not what it says is refused."""

from __future__ import annotations

import re
from typing import Any

from flowspec.errors import Where
from flowspec.model.digest import compact, snapshot_digest
from flowspec.sources import azure_json, service_tags
from flowspec.sources.contribution import Contribution
from flowspec.sources.jsontext import JsonText, opens, refusal

VERSION = re.compile(r"1\.\d{1,9}", re.ASCII)
AGAIN = "take it again with flowspec snapshot"


def recognised(document: JsonText) -> bool:
    return document.is_list("resources") and "format_version" in document.head


def read(document: JsonText, into: Contribution) -> int:
    """Of the header count `taken_at`, `service_tags` (the list API's answer) and `unread` (what was not read)."""
    version = document.member("format_version")
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        raise _refused(document, "format_version", f"the snapshot has a format that is not known: {version!r}")
    unread = document.member("unread")
    if not isinstance(unread, list | None) or not all(isinstance(words, str) for words in unread or ()):
        raise _refused(document, "unread", "unread of the snapshot should be a list of texts")
    _check_digest(document, unread or [])
    taken = document.member("taken_at")
    into.taken_at = taken if isinstance(taken, str) else None
    into.unread += unread or []
    if opens(document.head.get("service_tags", b"")) == b"{":
        service_tags.read_member(document, "service_tags", into)
    return azure_json.read(document, into)


def _check_digest(document: JsonText, unread: list[Any]) -> None:
    """The digest is over what the file holds: as it stands, or laid out anew."""
    if "digest" not in document.head:
        return
    given, tags = document.member("digest"), document.head.get("service_tags", b"null")
    as_it_stands = (bytes(line).decode("utf-8", "surrogatepass") for line in document.pieces("resources"))
    if given == snapshot_digest(compact(unread), bytes(tags).decode("utf-8", "surrogatepass"), as_it_stands):
        return
    laid_out = (compact(resource) for _, resource in document.items("resources"))
    if given != snapshot_digest(compact(unread), compact(document.member("service_tags")), laid_out):
        raise _refused(document, "digest", "the snapshot is not as it was written: its digest is another")


def _refused(document: JsonText, name: str, summary: str) -> Exception:
    return refusal(summary, AGAIN, Where(document.file, pointer=document.pointer(name)))
