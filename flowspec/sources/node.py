"""A foreign JSON object -> typed values: names in any letter case, `properties` nested or flattened, misfits noted.

`Node` is the only thing through which a reader looks at JSON. Field names are asked for in lower case. An absent
property, `null` and `""` are one: Azure and its tools write all three for "not set".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flowspec.errors import Where
from flowspec.sources.notes import Notes

JSON_TYPES = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
FLAGS = {"true": True, "false": False}
TEXT, NESTED = frozenset((str,)), frozenset((dict, list))


def escape(name: str) -> str:
    """A key as a JSON pointer spells it (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


class Node:
    """One JSON object of `file` at `pointer`. `fields`: its members and those of `properties`, names in lower case."""

    __slots__ = ("fields", "file", "notes", "pointer", "raw")

    def __init__(self, raw: dict[str, Any], pointer: str, file: str, notes: Notes) -> None:
        fields = {name.lower(): value for name, value in raw.items()}
        inner = fields.pop("properties", None)
        if type(inner) is dict:
            top, fields = fields, {name.lower(): value for name, value in inner.items()}
            fields.update(top)
        self.fields: dict[str, Any] = fields
        self.raw = raw
        self.pointer = pointer
        self.file = file
        self.notes = notes

    def at(self, name: str) -> str:
        """The pointer of a field, as the file spells it."""
        for spelled, value in self.raw.items():
            if spelled.lower() == name:
                return f"{self.pointer}/{escape(spelled)}"
            if spelled.lower() == "properties" and isinstance(value, dict):
                for inner in value:
                    if inner.lower() == name:
                        return f"{self.pointer}/{escape(spelled)}/{escape(inner)}"
        return self.pointer

    def where(self, name: str = "") -> Where:
        return Where(self.file, pointer=self.at(name) if name else self.pointer)

    def misfit(self, name: str, wanted: str) -> None:
        found = JSON_TYPES.get(type(self.fields[name]), "null")
        self.notes.error(f"{self.at(name).rpartition('/')[2]} should be {wanted}, not {found}", where=self.where(name))

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        if type(value) is str:
            return value or None
        if value is None:
            return None
        if isinstance(value, (dict, list)):
            self.misfit(name, "a text")
            return None
        return str(value).lower() if isinstance(value, bool) else str(value)

    def number(self, name: str) -> int | None:
        """An integer, also one written as a text."""
        value = self.fields.get(name)
        if type(value) is int:
            return value
        if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if value is not None and value != "":
            self.misfit(name, "a whole number")
        return None

    def flag(self, name: str) -> bool | None:
        value = self.fields.get(name)
        if isinstance(value, str) and value.lower() in FLAGS:
            return FLAGS[value.lower()]
        if value is None or isinstance(value, bool):
            return value
        self.misfit(name, "true or false")
        return None

    def listed(self, name: str) -> list[Any]:
        """The items of a list; a lone value counts as a list of itself."""
        value = self.fields.get(name)
        if value is None or value == "":
            return []
        return value if isinstance(value, list) else [value]

    def texts(self, *names: str) -> tuple[str, ...]:
        """The texts of singular and plural fields together, each once, in order."""
        found: list[str] = []
        for name in names:
            value = self.fields.get(name)
            if type(value) is str:
                found += [value.strip()] if value else ()
            elif value is not None:
                found += self._texts(name)
        return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))

    def _texts(self, name: str) -> list[str]:
        items = self.listed(name)
        if not TEXT.issuperset(map(type, items)):
            if not NESTED.isdisjoint(map(type, items)):
                self.misfit(name, "a list of texts")
                return []
            items = [str(item) for item in items if item is not None]
        return [item.strip() for item in items if item]

    def child(self, name: str) -> Node | None:
        value = self.fields.get(name)
        if isinstance(value, dict):
            return Node(value, self.at(name), self.file, self.notes)
        if value is not None and value != "":
            self.misfit(name, "an object")
        return None

    def children(self, name: str) -> Iterator[Node]:
        """The objects of a list."""
        value = self.fields.get(name)
        if value is None or value == "":
            return
        if not isinstance(value, list) or not all(type(item) is dict for item in value):
            self.misfit(name, "a list of objects")
            return
        base = self.at(name)
        for at, item in enumerate(value):
            yield Node(item, f"{base}/{at}", self.file, self.notes)

    def ref(self, name: str) -> str | None:
        """The id of `{"id": …}`, or an id written as a text."""
        return self._id(name, self.fields.get(name))

    def refs(self, *names: str) -> tuple[str, ...]:
        """The ids of lists of references, each once, in order."""
        found: dict[str, None] = {}
        for name in names:
            if self.fields.get(name):
                found.update((item, None) for item in self._ids(name))
        return tuple(found)

    def _ids(self, name: str) -> Iterator[str]:
        for item in self.listed(name):
            reference = self._id(name, item)
            if reference is not None:
                yield reference

    def _id(self, name: str, value: object) -> str | None:
        if type(value) is dict:
            value = next((item for spelled, item in value.items() if spelled.lower() == "id"), None)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.misfit(name, 'an object with an "id"')
            return None
        return value

    def tags(self) -> tuple[tuple[str, str], ...]:
        """Resource tags, sorted by name."""
        value = self.fields.get("tags") or self.fields.get("tag") or {}
        if not isinstance(value, dict):
            self.misfit("tags" if self.fields.get("tags") else "tag", "an object")
            return ()
        return tuple(sorted((name, "" if item is None else str(item)) for name, item in value.items()))
