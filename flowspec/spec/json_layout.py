"""A spec in JSON -> the same in one layout: two blanks, keys in the order in which `spec.schema.json` has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flowspec.spec.schema import followed, whole

_INDENT = "  "
_ROW = 100
"""Columns that a list of texts and numbers may take on one line."""
_COMMENT = "//"


class _Number(str):
    """A number as it was written: 1e3 stays 1e3."""

    __slots__ = ()


def laid_out(text: str) -> str:
    """The text of a JSON spec that has no mistakes. Names of blocks, and what nobody knows, keep their order."""
    value = json.loads(text, parse_int=_Number, parse_float=_Number)
    return f"{_written(value, whole(), '')}\n"


def _written(value: Any, schema: Mapping[str, Any], indent: str) -> str:
    if isinstance(value, _Number):
        return str(value)
    inner = indent + _INDENT
    if isinstance(value, dict) and value:
        lines = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_written(item, _below(schema, key), inner)}"
            for key, item in sorted(value.items(), key=lambda entry: _place(schema, entry[0]))
        ]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        row = ", ".join(_written(item, {}, "") for item in value)
        if len(indent) + len(row) <= _ROW:
            return f"[{row}]"
    if isinstance(value, list) and value:
        lines = [f"{inner}{_written(item, _of_items(schema), inner)}" for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _place(schema: Mapping[str, Any], key: str) -> int:
    """Comments first, then what the schema knows; the sort is stable, so the rest stays as it was."""
    known = list(_object(schema).get("properties", ()))
    return -1 if key == _COMMENT else known.index(key) if key in known else len(known)


def _below(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    here = _object(schema)
    known = here.get("properties", {}).get(key)
    more = here.get("additionalProperties")
    found = known if known is not None else more if isinstance(more, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _of_items(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    here = next((one for one in _choices(schema) if "items" in one), {})
    items = here.get("items", {})
    return items if isinstance(items, Mapping) else {}


def _object(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The form of a schema that is an object."""
    named = ("properties", "additionalProperties")
    return next((one for one in _choices(schema) if any(isinstance(one.get(n), Mapping) for n in named)), {})


def _choices(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    here = followed(schema)
    return [here, *(choice for one in here.get("anyOf", ()) for choice in _choices(one))]
