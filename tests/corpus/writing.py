"""Reads the corpus and writes JSON that a diff can follow: one row a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.strip():
                yield json.loads(line)


def read_json(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def day(date: str) -> str:
    """An HTTP date as `YYYY-MM-DD`."""
    return parsedate_to_datetime(date).date().isoformat()


def provenance(source: dict[str, Any]) -> str:
    """Where a fact can be looked up: `owner/repo@commit:path#exchange` (the blob, or nothing, without a commit)."""
    version = source.get("commit") or source.get("blob") or ""
    exchange = f"#{source['exchange']}" if "exchange" in source else ""
    return f"{source['repo']}{'@' if version else ''}{version[:12]}:{source['path']}{exchange}"


def write(path: Path, document: dict[str, Any]) -> None:
    """Write `document` with each row (and each resource of each state) on a line of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_layout(document, 0) + "\n", encoding="utf-8")


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _rows(value: Any) -> bool:
    """Whether `value` is laid out over lines: lists of objects, and objects that hold such lists."""
    if isinstance(value, list):
        return any(isinstance(item, dict) for item in value)
    return isinstance(value, dict) and any(_rows(item) for item in value.values())


def _layout(value: Any, depth: int) -> str:
    """`value` with lists of objects opened, down to their rows; long lists of prefixes are opened too."""
    indent, outer = " " * (depth + 1), " " * depth
    if isinstance(value, dict) and (depth == 0 or _rows(value) or _long(value)):
        items = [f"{indent}{json.dumps(key)}: {_layout(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{outer}}}"
    if isinstance(value, list) and _rows(value):
        return "[\n" + ",\n".join(indent + _compact(item) for item in value) + f"\n{outer}]"
    return _compact(value)


def _long(value: dict[str, Any]) -> bool:
    return all(isinstance(item, dict | list) for item in value.values()) and len(_compact(value)) > 200
