"""The properties of a security rule as ARM writes them: when two say the same, and what is sent to change one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from ipaddress import ip_interface
from typing import Any

import msgspec

from flowspec.model.documents.plan import RuleProperties
from flowspec.model.inventory import key

Properties = Mapping[str, Any]
Content = frozenset[tuple[str, object]]
"""What properties say, in a form that is the same whenever two say the same."""

_READ_ONLY = "provisioningstate"
_WORDS = ("direction", "access", "protocol")
_VALUES = tuple(f"{side}{what}" for side in ("source", "destination") for what in ("addressprefix", "portrange"))
"""Written as one value or as a list, which mean the same."""
_GROUPS = tuple(f"{side}applicationsecuritygroups" for side in ("source", "destination"))
_PLURAL = {"addressprefix": "addressprefixes", "portrange": "portranges"}
_MODELLED = frozenset({"priority", "description", *_WORDS, *_VALUES, *_GROUPS})


def content(properties: Properties) -> Content:
    """All that the properties say, also what no plan knows of; not how far Azure is with them."""
    fields = {name.casefold(): value for name, value in properties.items() if value not in (None, "", [])}
    found: dict[str, object] = {}
    for name in _VALUES:
        many = _plural(name)
        values = [*_listed(fields.pop(name, None)), *_listed(fields.pop(many, None))]
        if values:
            found[name] = frozenset(map(_value, values))
    for name in _GROUPS:
        groups = _listed(fields.pop(name, None))
        if groups:
            found[name] = frozenset(key(str(group.get("id") if isinstance(group, dict) else group)) for group in groups)
    for name, value in fields.items():
        if name in _WORDS:
            found[name] = str(value).casefold()
        elif name != _READ_ONLY:
            found[name] = json.dumps(value, sort_keys=True)
    return frozenset(found.items())


def modelled(properties: Properties) -> Content:
    """What the properties say of the fields that a plan has."""
    return frozenset((name, value) for name, value in content(properties) if name in _MODELLED)


def planned(rule: RuleProperties) -> dict[str, Any]:
    """A rule of a plan as ARM takes it: what is not set is left out."""
    written: dict[str, Any] = msgspec.to_builtins(rule)
    return {name: _json(value) for name, value in written.items() if value not in (None, "", (), [])}


def body(before: Properties | None, after: RuleProperties) -> dict[str, Any]:
    """What is sent to make a rule as planned: also with what the one that is there has and no plan knows of."""
    kept = {name: value for name, value in (before or {}).items() if not _is_replaced(name.casefold())}
    return {**kept, **planned(after)}


def sendable(properties: Properties) -> dict[str, Any]:
    """Properties as they were read, to be written again."""
    return {name: value for name, value in properties.items() if value is not None and name.casefold() != _READ_ONLY}


def _is_replaced(name: str) -> bool:
    return name == _READ_ONLY or name in _MODELLED or name in map(_plural, _VALUES)


def _plural(name: str) -> str:
    return next(name.removesuffix(one) + many for one, many in _PLURAL.items() if name.endswith(one))


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _json(value: object) -> object:
    return [_json(item) for item in value] if isinstance(value, tuple | list) else value


def _value(written: object) -> str:
    """`10.0.0.4` and `10.0.0.4/32` are one, so are `80` and `80-80`, and names in any letter case."""
    text = str(written).strip().casefold()
    low, dash, high = text.partition("-")
    if dash and low == high:
        return low
    try:
        return str(ip_interface(text).network) if "." in text or ":" in text else text
    except ValueError:
        return text


def told(properties: Properties) -> Iterable[tuple[str, str]]:
    """Each field with what it says, for a message."""
    for name, value in sorted(content(properties)):
        yield name, ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)


def differences(wanted: Properties, found: Properties) -> str:
    """`priority 200 -> 300; access Allow -> Deny`: what Azure has otherwise than was sent."""
    before, after = dict(told(wanted)), dict(told(found))
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    return "; ".join(f"{name} {before.get(name, 'none')} -> {after.get(name, 'none')}" for name in names)
