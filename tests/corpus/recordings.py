"""What the recorded exchanges add to the ground truth: the address that a request was sent to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.corpus.writing import read_json


@cache
def exchanges(path: Path) -> list[dict[str, Any]]:
    """The exchanges of one recording."""
    listed: list[dict[str, Any]] = read_json(path)["exchanges"]
    return listed


def watcher(corpus: Path, row: dict[str, Any], action: str) -> str:
    """The id of the Network Watcher that answered; the recording may be a twin of the row's own source."""
    paths = [urlsplit(e["url"]).path for e in exchanges(corpus / row["recording"])]
    suffix = f"/{action}".lower()
    asked = [path for path in paths if path.lower().endswith(suffix)]
    return asked[0][: -len(suffix)] if asked else ""
