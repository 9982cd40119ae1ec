"""JSON pointers (RFC 6901)."""

from __future__ import annotations


def escape(name: str) -> str:
    """A key as a JSON pointer spells it."""
    return name.replace("~", "~0").replace("/", "~1")
