"""What identifies a snapshot: a digest over all of it but its header's words about the reading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any


def compact(value: Any) -> str:
    """One value on one line, as a snapshot has it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def snapshot_text(header: Mapping[str, Any], tags: str, lines: Iterable[str]) -> bytes:
    """The document: its header, the service tags, and one resource a line, so that two can be compared as text."""
    head = "".join(f'  "{name}": {compact(value)},\n' for name, value in header.items())
    body = ",\n".join(f"    {line}" for line in lines)
    return f'{{\n{head}  "service_tags": {tags},\n  "resources": [\n{body}\n  ]\n}}\n'.encode()


def snapshot_digest(unread: str, tags: str, lines: Iterable[str]) -> str:
    """`sha256:…` over `unread`, the service tags and the resources, each as compact JSON."""
    text = "\n".join([unread, tags, *lines])
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
