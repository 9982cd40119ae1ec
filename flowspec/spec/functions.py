"""The functions of expressions: name and arguments -> value, as Terraform's functions of the same names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from flowspec.counting import counted
from flowspec.spec.values import MAX_ITEMS, MAX_TEXT, TOO_LARGE_DETAIL, Value, equal, kind_of, to_json, to_text


class BadCall(Exception):  # noqa: N818
    """Why a call has no value."""


def call(name: str, arguments: list[Value]) -> Value:
    return FUNCTIONS[name](arguments)


def _count(name: str, arguments: list[Value], low: int, high: int | None = None) -> None:
    if len(arguments) < low or (high is not None and len(arguments) > high):
        wanted = f"{low}" if high == low else (f"at least {low}" if high is None else f"{low} to {high}")
        raise BadCall(f"{name} takes {wanted} argument{'' if wanted == '1' else 's'}, {len(arguments)} given.")


def _list(name: str, value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise BadCall(f"{name} wants a list, not {kind_of(value)}.")
    return value


def _map(name: str, value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise BadCall(f"{name} wants a map, not {kind_of(value)}.")
    return value


def _text(name: str, value: Value) -> str:
    text = to_text(value)
    if text is None:
        raise BadCall(f"{name} wants a string, not {kind_of(value)}.")
    return text


def _concat(arguments: list[Value]) -> Value:
    _count("concat", arguments, 1)
    if sum(len(_list("concat", argument)) for argument in arguments) > MAX_ITEMS:
        raise BadCall(TOO_LARGE_DETAIL)
    return [item for argument in arguments for item in _list("concat", argument)]


def _contains(arguments: list[Value]) -> Value:
    _count("contains", arguments, 2, 2)
    return any(equal(item, arguments[1]) for item in _list("contains", arguments[0]))


def _distinct(arguments: list[Value]) -> Value:
    """Equal values have equal keys, so that a long list stays cheap."""
    _count("distinct", arguments, 1, 1)
    found: dict[object, Value] = {}
    for item in _list("distinct", arguments[0]):
        found.setdefault(_key(item), item)
    return list(found.values())


def _key(value: Value) -> object:
    match value:
        case bool():
            return ("bool", value)
        case list():
            return ("list", *map(_key, value))
        case dict():
            return ("map", frozenset((key, _key(item)) for key, item in value.items()))
    return value


def _length(arguments: list[Value]) -> Value:
    _count("length", arguments, 1, 1)
    if not isinstance(arguments[0], str | list | dict):
        raise BadCall(f"length wants a list, a map or a string, not {kind_of(arguments[0])}.")
    return len(arguments[0])


def _lookup(arguments: list[Value]) -> Value:
    _count("lookup", arguments, 2, 3)
    found, key = _map("lookup", arguments[0]), _text("lookup", arguments[1])
    if key in found:
        return found[key]
    if len(arguments) < 3:
        raise BadCall(f'The map has no key "{key}", and lookup was given no default.')
    return arguments[2]


def _lower(arguments: list[Value]) -> Value:
    _count("lower", arguments, 1, 1)
    return _text("lower", arguments[0]).lower()


def _upper(arguments: list[Value]) -> Value:
    _count("upper", arguments, 1, 1)
    return _text("upper", arguments[0]).upper()


def _merge(arguments: list[Value]) -> Value:
    """A key of a later map wins; null is an empty map."""
    merged: dict[str, Value] = {}
    for argument in arguments:
        if argument is not None:
            merged.update(_map("merge", argument))
    return merged


_VERB = re.compile(r"%(?:%|(.?))", re.DOTALL)


def _format(arguments: list[Value]) -> Value:
    _count("format", arguments, 1)
    if not isinstance(arguments[0], str):
        raise BadCall(f"format wants a string first, not {kind_of(arguments[0])}.")
    rest = iter(arguments[1:])
    used = 0

    def verb(found: re.Match[str]) -> str:
        nonlocal used
        if found[0] == "%%":
            return "%"
        if found[1] not in _VERBS or not found[1]:
            raise BadCall(f'format does not know the verb "{found[0]}"; there are %s %d %v %q and %%.')
        used += 1
        if used >= len(arguments):
            raise BadCall(f"format has a verb for argument {used}, which is not given.")
        text = _VERBS[found[1]](next(rest))
        if len(text) * len(arguments) > MAX_TEXT:
            raise BadCall(TOO_LARGE_DETAIL)
        return text

    text = _VERB.sub(verb, arguments[0])
    if used < len(arguments) - 1:
        raise BadCall(f"format is given {counted(len(arguments) - 1, 'value')}, but uses {used}.")
    return text


def _string_verb(value: Value) -> str:
    return _text("format's %s", value)


def _number_verb(value: Value) -> str:
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float) or number != number or abs(number) > 1e18:
        raise BadCall(f"format's %d wants a number, not {kind_of(value)}.")
    return str(int(number))


def _any_verb(value: Value) -> str:
    text = to_text(value)
    return text if text is not None else json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"))


def _quoted_verb(value: Value) -> str:
    return json.dumps(_text("format's %q", value), ensure_ascii=False)


_VERBS: dict[str, Callable[[Value], str]] = {"s": _string_verb, "d": _number_verb, "v": _any_verb, "q": _quoted_verb}

FUNCTIONS: dict[str, Callable[[list[Value]], Value]] = {
    "concat": _concat,
    "contains": _contains,
    "distinct": _distinct,
    "format": _format,
    "length": _length,
    "lookup": _lookup,
    "lower": _lower,
    "merge": _merge,
    "upper": _upper,
}
