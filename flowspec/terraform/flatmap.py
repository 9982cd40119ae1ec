"""The attributes of a state of Terraform 0.11 and before (`a.#`, `a.0.b`) -> nested values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def nested(flat: Mapping[str, str]) -> dict[str, Any]:
    """Lists and sets by their `#`, maps by their `%`; everything else is a text."""
    tree: dict[str, Any] = {}
    maps = tuple(f"{name[:-2]}." for name in flat if name.endswith(".%"))
    for name, value in flat.items():
        at = tree
        owner = next((one for one in maps if name.startswith(one)), "")
        *way, last = (*owner[:-1].split("."), name[len(owner) :]) if owner else name.split(".")
        for part in way:
            inner = at.setdefault(part, {})
            if not isinstance(inner, dict):
                inner = at[part] = {}
            at = inner
        if not isinstance(at.get(last), dict):
            at[last] = value
    return {name: _value(value) for name, value in tree.items()}


def _value(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "#" in tree:
        items = [(name, value) for name, value in tree.items() if name != "#"]
        return [_value(value) for _, value in sorted(items, key=_order)]
    return {name: _value(value) for name, value in tree.items() if name != "%"}


def _order(item: tuple[str, Any]) -> tuple[int, int, str]:
    """Indexes of lists in their order; those of sets are hashes, and theirs has no meaning."""
    name = item[0]
    return (0, int(name), "") if name.isdecimal() else (1, 0, name)
