"""What expressions evaluate to, and how values are compared and turned into text: as Terraform does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Reference:
    """`group.web` and the like: a value that stands for what it names."""

    kind: str
    name: str

    @property
    def address(self) -> str:
        return f"{self.kind}.{self.name}"


Value: TypeAlias = "str | int | float | bool | Reference | list[Value] | dict[str, Value] | None"
Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


MAX_ITEMS = 1_000_000
MAX_TEXT = 10_000_000
TOO_LARGE = "The value is too large"
TOO_LARGE_DETAIL = f"A value holds at most {MAX_ITEMS:,} items, and a text {MAX_TEXT:,} characters."


def weight(value: Value, known: dict[int, int]) -> int:
    """How many items a value holds when it is written out; `known` has those of lists and maps that live on, by id.

    Ten lines of locals, each ten times the one before, make more items than a memory holds, though each is one list.
    """
    match value:
        case str():
            return 1 + len(value) * MAX_ITEMS // MAX_TEXT
        case list() | dict():
            if id(value) in known:
                return known[id(value)]
            below = value.values() if isinstance(value, dict) else value
            return 1 + sum(weight(item, known) for item in below)
    return 1


def kind_of(value: Value) -> str:
    """The type of a value in the words of messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "a bool"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case Reference():
            return f"a reference to a {value.kind}"
        case list():
            return "a list"
        case dict():
            return "a map"


def equal(left: Value, right: Value) -> bool:
    """`==`: false across types, so that 1 is neither "1" nor true."""
    match left, right:
        case (list(), list()):
            return len(left) == len(right) and all(map(equal, left, right))
        case (dict(), dict()):
            return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
        case (bool(), _) | (_, bool()):
            return left is right
    return left == right


def to_text(value: Value) -> str | None:
    """A scalar as text; None for what has no text."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value)
    return None


def to_bool(value: Value) -> bool | None:
    """A bool, or the strings that convert to one; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def to_json(value: Value) -> Json:
    """The value in the JSON form of a spec, where a reference is its address."""
    match value:
        case Reference():
            return value.address
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {key: to_json(item) for key, item in value.items()}
    return value
