"""JSON text with comments, as ARM templates have it -> its values with the places where they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_SPACE = re.compile(r"(?:[\s\ufeff]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null', re.DOTALL)
_DEEPEST = 200

JsonScalar = str | int | float | bool | None


@dataclass(slots=True, kw_only=True)
class JsonSpan:
    """A value from `start` to `end`: an object has `members` by their names in lower case, a list `items`."""

    start: int
    end: int = 0
    scalar: JsonScalar = None
    members: dict[str, JsonMember] | None = None
    items: list[JsonSpan] | None = None

    def member(self, name: str) -> JsonSpan | None:
        """The value of a member, by its name in any letter case."""
        found = (self.members or {}).get(name.casefold())
        return found.value if found else None

    def text(self, name: str) -> str:
        """A member that is a string; "" where it is not."""
        found = self.member(name)
        return found.scalar if found is not None and isinstance(found.scalar, str) else ""

    def objects(self) -> Iterator[JsonSpan]:
        """This object and all within, from the outside in."""
        if self.members is not None:
            yield self
        for inner in [*(one.value for one in (self.members or {}).values()), *(self.items or [])]:
            yield from inner.objects()


@dataclass(slots=True)
class JsonMember:
    """A member of an object: its name as it is spelled and where that begins, and its value."""

    name: str
    start: int
    value: JsonSpan = field(repr=False)


def json_spans(text: str) -> JsonSpan:
    """The whole document; ValueError where it is none."""
    reader = _Reader(text)
    found = reader.value(0, 0)
    if reader.skipped(found.end) != len(text):
        raise ValueError("there is more behind its end")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text

    def skipped(self, at: int) -> int:
        """The next place behind white space and comments."""
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> JsonSpan:
        at = self.skipped(at)
        if depth > _DEEPEST:
            raise ValueError("it is nested too deep")
        opening = self._text[at : at + 1]
        if opening == "{":
            return self._object(at, depth)
        if opening == "[":
            return self._list(at, depth)
        found = _SCALAR.match(self._text, at)
        if not found:
            raise ValueError(f"no value at character {at}")
        return JsonSpan(start=at, end=found.end(), scalar=json.loads(found[0], strict=False))

    def _object(self, at: int, depth: int) -> JsonSpan:
        made = JsonSpan(start=at, members={})
        assert made.members is not None
        at = self.skipped(at + 1)
        while self._text[at : at + 1] != "}":
            name = self.value(at, depth + 1)
            if not isinstance(name.scalar, str):
                raise ValueError(f"no name at character {at}")
            colon = self.skipped(name.end)
            if self._text[colon : colon + 1] != ":":
                raise ValueError(f"no colon at character {colon}")
            inner = self.value(colon + 1, depth + 1)
            made.members[name.scalar.casefold()] = JsonMember(name.scalar, name.start, inner)
            at = self._next(inner.end, "}")
        made.end = at + 1
        return made

    def _list(self, at: int, depth: int) -> JsonSpan:
        made = JsonSpan(start=at, items=[])
        assert made.items is not None
        at = self.skipped(at + 1)
        while self._text[at : at + 1] != "]":
            inner = self.value(at, depth + 1)
            made.items.append(inner)
            at = self._next(inner.end, "]")
        made.end = at + 1
        return made

    def _next(self, at: int, closing: str) -> int:
        """Where the next entry begins, or the closing bracket stands."""
        at = self.skipped(at)
        if self._text[at : at + 1] == ",":
            return self.skipped(at + 1)
        if self._text[at : at + 1] != closing:
            raise ValueError(f"no comma at character {at}")
        return at
