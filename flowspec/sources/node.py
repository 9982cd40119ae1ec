"""A foreign JSON object -> typed values: names in any letter case, `properties` nested or flattened, misfits noted.

`Node` is the only thing through which a reader looks at JSON. Field names are asked for in lower case, without
underscores. An absent property, `null` and `""` are one: Azure and its tools write all three for "not set". Whether
that means "none" or "not in this document" is for `essential.py` to say. A value that the source holds back
(`model/unknown.py`) reads as absent, too; `held` has it, with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from flowspec.errors import SourceError, Where
from flowspec.model.unknown import UNKNOWN, is_unknown
from flowspec.sources.jsontext import decode
from flowspec.sources.notes import Notes
from flowspec.sources.pointer import escape

JSON_TYPES = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
BOTH = frozenset(("tags", "sku", "zones", "identity", "plan", "extendedlocation"))
FLAGS = {"true": True, "false": False}
PlaceOf = Callable[[dict[str, Any]], Where | None]
TEXT, NESTED = frozenset((str,)), frozenset((dict, list))


@lru_cache(maxsize=1 << 12)
def plain(name: str) -> str:
    """A property's name as all of its spellings have it in common."""
    return name.lower().replace("_", "")


class _AllHeld(dict[str, Any]):
    """The fields of an object whose `properties` are held back: whatever it does not have may be there."""

    def __init__(self, told: dict[str, Any], back: str) -> None:
        super().__init__(told)
        self._back = back

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, self._back)

    def __contains__(self, name: object) -> bool:
        return True


class JsonNode:
    """One JSON object of `file` at `pointer`. `fields`: its members and those of `properties`, names in lower case.

    `place` tells where an object comes from that was made of something else.
    """

    __slots__ = ("fields", "file", "notes", "place", "pointer", "raw")

    def __init__(
        self, raw: dict[str, Any], pointer: str, file: str, notes: Notes, place: PlaceOf | None = None
    ) -> None:
        self.raw = raw
        self.place = place
        self.pointer = pointer
        self.file = file
        self.notes = notes
        fields = self._members(raw)
        inner = fields.pop("properties", None)
        if is_unknown(inner):
            fields = _AllHeld(fields, inner)
        elif type(inner) is str:
            inner = self._written_out(inner)
        if type(inner) is dict:
            top, fields = fields, self._members(inner)
            if not fields.keys().isdisjoint(top):
                self._agree(fields, top)
            fields.update(top)
        self.fields: dict[str, Any] = fields

    def _members(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Names in lower case without underscores: the Python SDK writes `security_rules`, `private_ip_address`."""
        fields = {plain(name): value for name, value in raw.items()}
        if len(fields) < len(raw):
            for name, value in raw.items():
                if fields[plain(name)] != value:
                    self.twice(name)
        return fields

    def _agree(self, fields: dict[str, Any], top: dict[str, Any]) -> None:
        """A property beside `properties` and in it must say the same; what every resource has may stand in both."""
        for name in fields.keys() & top.keys():
            if isinstance(top[name], (dict, list)) and fields[name] is not None and fields[name] != top[name]:
                if name not in BOTH:
                    self.twice(name)
            elif top[name] is None:
                top[name] = fields[name]

    def twice(self, name: str) -> None:
        summary = f"{name} stands twice in one object, with different contents"
        self.notes.error(summary, "which of them counts is not known; export it again", self.where())

    def _written_out(self, text: str) -> Any:
        """`properties` as a JSON text, as a query with tostring() gives them."""
        if not text.strip():
            return None
        try:
            found = decode(text.encode(), self.where())
        except (SourceError, UnicodeEncodeError):
            found = None
        if type(found) is not dict and "id" in map(str.lower, self.raw):
            advice = "give it as an object: leave out tostring() in the query"
            self.notes.error("properties is a text that is no JSON object", advice, self.where())
        return found

    def at(self, name: str) -> str:
        """The pointer of a field, as the file spells it."""
        for spelled, value in self.raw.items():
            if plain(spelled) == name:
                return f"{self.pointer}/{escape(spelled)}"
            if spelled.lower() == "properties" and isinstance(value, dict):
                for inner in value:
                    if plain(inner) == name:
                        return f"{self.pointer}/{escape(spelled)}/{escape(inner)}"
        return self.pointer

    def where(self, name: str = "") -> Where:
        """The place of the object, or of one of its fields."""
        found = self.place(self.raw) if self.place is not None else None
        if found is not None:
            return found
        return Where(self.file, pointer=self.at(name) if name else self.pointer)

    def misfit(self, name: str, wanted: str) -> None:
        found = JSON_TYPES.get(type(self.fields[name]), "null")
        self.notes.error(f"{self.at(name).rpartition('/')[2]} should be {wanted}, not {found}", where=self.where(name))

    def text(self, name: str) -> str | None:
        """A text, or a number or a boolean as one; None when absent or empty, or noted as no text."""
        value = self.fields.get(name)
        if type(value) is str:
            return value if value and not value.startswith(UNKNOWN) else None
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
        if value is not None and value != "" and not is_unknown(value):
            self.misfit(name, "a whole number")
        return None

    def flag(self, name: str) -> bool | None:
        """True or false, also one written as a text."""
        value = self.fields.get(name)
        if isinstance(value, str) and value.lower() in FLAGS:
            return FLAGS[value.lower()]
        if value is None or isinstance(value, bool):
            return value
        if is_unknown(value):
            return None
        self.misfit(name, "true or false")
        return None

    def held(self, name: str) -> str | None:
        """A value that the source holds back: the field, one of its list, its id or member; None where all is told."""
        return next(iter(self.every_held(name)), None)

    def every_held(self, name: str, *, deep: bool = False) -> list[str]:
        """All values of a field that the source holds back; `deep`: however far inside it."""
        value = self.fields.get(name)
        if deep:
            return list(_held_inside(value))
        items = value if type(value) is list else (value,)
        ids = (item.get("id") if type(item) is dict else item for item in items)
        inside = value.values() if type(value) is dict else ()
        return list(dict.fromkeys(found for found in (*ids, *inside) if is_unknown(found)))

    def listed(self, name: str) -> list[Any]:
        """The items of a list; a lone value counts as a list of itself."""
        value = self.fields.get(name)
        if value is None or value == "":
            return []
        return value if isinstance(value, list) else [value]

    def texts(self, *names: str) -> tuple[str, ...]:
        """The texts of singular and plural fields together, each once, in order; those that are held back too."""
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

    def child(self, name: str) -> JsonNode | None:
        value = self.fields.get(name)
        if isinstance(value, dict):
            return JsonNode(value, self.at(name), self.file, self.notes, self.place)
        if value is not None and value != "" and not is_unknown(value):
            self.misfit(name, "an object")
        return None

    def children(self, name: str) -> Iterator[JsonNode]:
        """The objects of a list."""
        value = self.fields.get(name)
        if value is None or value == "" or is_unknown(value):
            return
        if not isinstance(value, list) or not all(type(item) is dict or is_unknown(item) for item in value):
            self.misfit(name, "a list of objects")
            return
        base = self.at(name)
        for at, item in enumerate(value):
            if type(item) is dict:
                yield JsonNode(item, f"{base}/{at}", self.file, self.notes, self.place)

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
            found = value.get("id")
            if found is None:
                found = next((item for spelled, item in value.items() if spelled.lower() == "id"), None)
            if value and found in (None, ""):
                advice = "a reference has the id that Azure gave the resource"
                self.notes.error(f"{self.at(name).rpartition('/')[2]} is there without an id", advice, self.where(name))
            value = found
        if value is None or value == "" or is_unknown(value):
            return None
        if not isinstance(value, str) or value.lstrip()[:1] in ("{", "["):
            self.misfit(name, 'an object with an "id"')
            return None
        return value

    def tags(self) -> tuple[tuple[str, str], ...]:
        """Resource tags, sorted by name."""
        value = self.fields.get("tags") or self.fields.get("tag") or {}
        if is_unknown(value):
            return ()
        if not isinstance(value, dict):
            self.misfit("tags" if self.fields.get("tags") else "tag", "an object")
            return ()
        told = ((name, "" if item is None else str(item)) for name, item in value.items() if not is_unknown(item))
        return tuple(sorted(told))


def _held_inside(value: object) -> Iterator[str]:
    if is_unknown(value):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _held_inside(inner)
