"""The functions of templates over arrays, objects, numbers and addresses: Microsoft's pages, one table."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from flowspec.arm.texts import MistakenArgumentError, NotToldError, number, text, whole, written
from flowspec.arm.values import Unknown, is_partial, labels, may_equal
from flowspec.model.unknown import CLOSE, OPEN

MOST_ITEMS = 10_000


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, letter case included; NotToldError where what is not known decides."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        if one == other:
            return True
        raise NotToldError
    if isinstance(one, str) and isinstance(other, str):
        if one != other and may_equal(one, other):
            raise NotToldError
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def held(value: Any, name: str) -> str | None:
    """The spelling in which an object has a property, in any letter case."""
    if name in value:
        return name
    folded = name.casefold()
    return next((spelled for spelled in value if spelled.casefold() == folded), None)


def contains(where: Any, what: Any) -> bool:
    """Of an object a name in any letter case, of an array an item, of a text a part in its letter case."""
    if isinstance(where, dict):
        return held(where, whole(what)) is not None
    if isinstance(where, list):
        return _has(where, what)
    found = text(where)
    part = whole(what if isinstance(what, str) else str(number(what)))
    if any(part in piece for piece in found.replace(CLOSE, OPEN).split(OPEN)[::2]):
        return True
    if is_partial(found):
        raise NotToldError
    return False


def _has(items: list[Any], what: Any) -> bool:
    unsure = False
    for item in items:
        try:
            if same(item, what):
                return True
        except NotToldError:
            unsure = True
    if unsure:
        raise NotToldError
    return False


def empty(value: Any) -> bool:
    if isinstance(value, str) and is_partial(value):
        if value.startswith(OPEN) and len(labels(value)) == 1 and value.endswith(CLOSE):
            raise NotToldError
        return False
    if value is None or isinstance(value, (str, list, dict)):
        return not value
    raise MistakenArgumentError("empty takes a text, an array or an object")


def length(value: Any) -> int:
    if isinstance(value, str):
        return len(whole(value))
    if isinstance(value, (list, dict)):
        return len(value)
    raise MistakenArgumentError("length takes a text, an array or an object")


def listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise MistakenArgumentError("an argument is no array")
    return value


def first(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)[:1]
    return listed(value)[0] if value else None


def last(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)[-1:]
    return listed(value)[-1] if value else None


def take(value: Any, count: Any) -> Any:
    if isinstance(value, str) and is_partial(value) and number(count) <= value.index(OPEN):
        return value[: max(0, number(count))]
    return (whole(value) if isinstance(value, str) else listed(value))[: max(0, number(count))]


def skip(value: Any, count: Any) -> Any:
    if isinstance(value, str) and is_partial(value) and number(count) <= value.index(OPEN):
        return value[max(0, number(count)) :]
    return (whole(value) if isinstance(value, str) else listed(value))[max(0, number(count)) :]


def union(*values: Any) -> Any:
    if all(isinstance(value, dict) for value in values):
        return reduce(_merged, values, dict[str, Any]())
    found: list[Any] = []
    for value in values:
        found += [item for item in listed(value) if item not in found]
    return found


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Objects inside are merged too; arrays are replaced."""
    merged = dict(one)
    for name, value in other.items():
        spelled = held(merged, name) or name
        before = merged.get(spelled)
        merged[spelled] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def intersection(*values: Any) -> Any:
    if all(isinstance(value, dict) for value in values):
        return {
            name: value for name, value in values[0].items()
            if all((spelled := held(other, name)) is not None and same(other[spelled], value) for other in values[1:])
        }  # fmt: skip
    return [item for item in listed(values[0]) if all(_has(listed(other), item) for other in values[1:])]


def range_(start: Any, count: Any) -> list[int]:
    if not 0 <= number(count) <= MOST_ITEMS:
        raise MistakenArgumentError(f"range makes 0 to {MOST_ITEMS} items")
    return list(range(number(start), start + count))


def create_object(*values: Any) -> dict[str, Any]:
    if len(values) % 2:
        raise MistakenArgumentError("createObject takes a value for each name")
    return {text(name): value for name, value in zip(values[::2], values[1::2], strict=True)}


def items(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        raise MistakenArgumentError("items takes an object")
    return [{"key": name, "value": value[name]} for name in sorted(value)]


def flatten(value: Any) -> list[Any]:
    return [item for inner in listed(value) for item in (inner if isinstance(inner, list) else [inner])]


def int_(value: Any) -> int:
    try:
        return int(whole(value)) if isinstance(value, str) else int(value)
    except (ValueError, TypeError, OverflowError):
        raise MistakenArgumentError("the text is no number") from None


def bool_(value: Any) -> bool:
    if isinstance(value, str) and whole(value).lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    if isinstance(value, (bool, int)):
        return bool(value)
    raise MistakenArgumentError("the value is neither true nor false")


def string(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "True", False: "False", None: ""}[value]
    return value if isinstance(value, str) else written(value)


def numbers(values: tuple[Any, ...]) -> list[int]:
    found = listed(values[0]) if len(values) == 1 and isinstance(values[0], list) else list(values)
    if not found:
        raise MistakenArgumentError("there is no number")
    return [number(value) for value in found]


def divided(one: Any, by: Any, *, rest: bool = False) -> int:
    """Towards zero, as .NET divides."""
    if number(by) == 0:
        raise MistakenArgumentError("it divides by zero")
    quotient = abs(number(one)) // abs(by) * (1 if (one < 0) == (by < 0) else -1)
    return int(one - quotient * by if rest else quotient)


def limited(value: int) -> int:
    if abs(value) >= 1 << 63:
        raise MistakenArgumentError("the number is too large")
    return value


def order(one: Any, other: Any) -> int:
    if isinstance(one, str) and isinstance(other, str):
        return (whole(one) > whole(other)) - (whole(one) < whole(other))
    return (number(one) > number(other)) - (number(one) < number(other))


def network(value: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(whole(value), strict=False)
    except ValueError:
        raise MistakenArgumentError(f"{value!r} is no prefix") from None


def cidr_subnet(prefix: Any, bits: Any, index: Any) -> str:
    whole_range = network(prefix)
    if not whole_range.prefixlen <= number(bits) <= whole_range.max_prefixlen:
        raise MistakenArgumentError("the new prefix is larger than the range, or longer than an address")
    size = 1 << (whole_range.max_prefixlen - bits)
    if not 0 <= number(index) < whole_range.num_addresses // size:
        raise MistakenArgumentError("the range has no subnet with this index")
    return f"{whole_range.network_address + index * size}/{bits}"


def cidr_host(prefix: Any, index: Any) -> str:
    whole_range = network(prefix)
    if not 0 <= number(index) < whole_range.num_addresses - (2 if whole_range.version == 4 else 1):
        raise MistakenArgumentError("the range has no host with this index")
    return str(whole_range.network_address + index + 1)


def parse_cidr(prefix: Any) -> dict[str, Any]:
    found = network(prefix)
    four = found.version == 4
    told: dict[str, Any] = {"network": str(found.network_address), "netmask": str(found.netmask)}
    told |= {"broadcast": str(found.broadcast_address)} if four else {}
    begin = found.network_address + 1 if four and found.prefixlen < 31 else found.network_address
    end = found.broadcast_address - 1 if four and found.prefixlen < 31 else found.broadcast_address
    return told | {"firstUsable": str(begin), "lastUsable": str(end), "cidr": found.prefixlen}


ARRAYS: dict[str, Callable[..., Any]] = {
    "array": lambda value: value if isinstance(value, list) else [value],
    "createarray": lambda *values: list(values), "createobject": create_object, "contains": contains, "empty": empty,
    "length": length, "first": first, "last": last, "take": take, "skip": skip, "union": union,
    "intersection": intersection, "range": range_, "items": items, "flatten": flatten,
    "objectkeys": lambda value: [item["key"] for item in items(value)],
    "equals": same, "not": lambda value: not bool_(value), "bool": bool_, "true": lambda: True, "false": lambda: False,
    "null": lambda: None, "int": int_, "string": string, "min": lambda *values: min(numbers(values)),
    "max": lambda *values: max(numbers(values)), "add": lambda one, other: limited(number(one) + number(other)),
    "sub": lambda one, other: limited(number(one) - number(other)),
    "mul": lambda one, other: limited(number(one) * number(other)),
    "div": divided, "mod": lambda one, by: divided(one, by, rest=True),
    "less": lambda one, other: order(one, other) < 0, "lessorequals": lambda one, other: order(one, other) <= 0,
    "greater": lambda one, other: order(one, other) > 0,
    "greaterorequals": lambda one, other: order(one, other) >= 0,
    "cidrsubnet": cidr_subnet, "cidrhost": cidr_host, "parsecidr": parse_cidr,
}  # fmt: skip
