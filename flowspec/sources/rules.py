"""A rule in JSON -> Rule, refused in Azure's own words where Azure refuses it (azure.md B1.6).

A value that can't be read but that Azure may take is kept as UNKNOWN, with a warning: it neither vanishes nor matches.
Such values exist: the address `789` was taken, and old api-versions leave out the plural fields of a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from flowspec.model.inventory import Access, Direction, Lack, Rule, key
from flowspec.model.unknown import UNKNOWN, is_opaque, is_unknown, why
from flowspec.sets.address import parse_prefix
from flowspec.sets.written import PROTOCOLS, port_span
from flowspec.sources.node import JsonNode

E = TypeVar("E")

DECIDING = ("priority", "direction", "access")
"""Without these a rule has no place among the others, and what its NSG does is not known."""

PRIORITIES = range(100, 4097)
DIRECTIONS = {d.value.lower(): d for d in Direction}
ACCESSES = {a.value.lower(): a for a in (Access.ALLOW, Access.DENY)}
ADMIN_ACCESSES = {a.value.lower(): a for a in Access}

ADDRESS = re.compile(r"\d+(\.\d+){3}(/\d+)?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(/\d+)?", re.ASCII)
TAG = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)


def is_prefix(text: str) -> bool:
    """Whether it is an address or a prefix; bits behind the prefix are allowed, as Azure allows them."""
    return parse_prefix(text) is not None and text == text.strip()


@lru_cache(maxsize=1 << 16)
def address_fault(text: str) -> str | None:
    """None: an address, a prefix, a tag or `*`. "invalid": Azure refuses it. "unclear": Azure may take it."""
    if text == "*" or TAG.fullmatch(text) or is_prefix(text) or is_unknown(text):
        return None
    leading_zero = re.search(r"(^|\.)0\d", text)
    return "invalid" if ADDRESS.fullmatch(text) and not leading_zero else "unclear"


@lru_cache(maxsize=1 << 12)
def port_is_valid(text: str) -> bool:
    if text == "*" or text.lower() == "any" or is_unknown(text):
        return True
    return port_span(text) is not None


def read_rule(node: JsonNode, owner: str, *, default: bool = False, admin: bool = False) -> Rule | None:
    """The rule of `owner` (the id of its NSG); None when it is refused, which is noted."""
    name = node.text("name") or (node.text("id") or "").rpartition("/")[2]
    section = "defaultSecurityRules" if default else "securityRules"
    rule_id = node.text("id") or f"{owner}/{section}/{name}"
    reader = _Fields(node, rule_id)
    priority = reader.priority(free=default or admin)
    direction = reader.enum("direction", DIRECTIONS)
    access = reader.enum("access", ADMIN_ACCESSES if admin else ACCESSES)
    if not name:
        node.notes.error("Security rule has no name", f"a rule of {owner}", node.where())
    if not name or priority is None or direction is None or access is None:
        return None
    source_asgs = node.refs("sourceapplicationsecuritygroups")
    destination_asgs = node.refs("destinationapplicationsecuritygroups")
    return Rule(
        name=name,
        priority=priority,
        direction=direction,
        access=access,
        protocol=reader.protocol(),
        sources=reader.addresses("source", source_asgs),
        source_ports=reader.ports("source"),
        destinations=reader.addresses("destination", destination_asgs),
        destination_ports=reader.ports("destination"),
        source_asgs=source_asgs,
        destination_asgs=destination_asgs,
        description=node.text("description") or "",
        id=rule_id,
        default=default,
        where=node.where(),
    )


def held_back(node: JsonNode) -> Lack | None:
    """Why a rule can't be placed among the others of its NSG: it has a priority, direction or access nobody knows."""
    back = next(filter(None, map(node.held, DECIDING)), None)
    return None if back is None else Lack("rules", *why(back))


class _Fields:
    """The fields of one rule, checked."""

    __slots__ = ("node", "rule_id")

    def __init__(self, node: JsonNode, rule_id: str) -> None:
        self.node = node
        self.rule_id = rule_id

    def refuse(self, code: str, message: str, name: str) -> None:
        self.node.notes.error(f"{code}: {message}", f"in {self.rule_id}", self.node.where(name))

    def unclear(self, name: str, value: str) -> str:
        self.node.notes.warning(
            f"Security rule has a {name} that can't be read: {value}",
            f"in {self.rule_id}; what hinges on it is unknown",
            self.node.where(name),
        )
        return UNKNOWN

    def priority(self, *, free: bool) -> int | None:
        value = self.node.number("priority")
        if self.node.held("priority"):
            return None
        if value is not None and (free or value in PRIORITIES):
            return value
        shown = self.node.fields.get("priority")
        if value is not None or shown is None:
            text = f"Value provided: {'null' if shown is None else shown} Allowed range 100-4096."
            self.refuse("SecurityRuleInvalidPriority", f"Security rule has invalid Priority. {text}", "priority")
        return None

    def enum(self, name: str, values: dict[str, E]) -> E | None:
        text = self.node.text(name)
        found = values.get((text or "").lower())
        if found is None and not self.node.held(name) and not isinstance(self.node.fields.get(name), (dict, list)):
            allowed = ", ".join(str(value) for value in values.values())
            title = name.capitalize()
            message = f"Security rule has invalid {title}. Value provided: {text or 'null'} Allowed values: {allowed}."
            self.refuse(f"SecurityRuleInvalid{title}", message, name)
        return found

    def protocol(self) -> str:
        text = self.node.held("protocol") or self.node.text("protocol")
        if text is None:
            return self.unclear("protocol", "it is not given")
        if text.lower() in ("all", "any"):
            return "*"
        known = text == "*" or text.lower() in PROTOCOLS or is_unknown(text)
        return text if known else self.unclear("protocol", text)

    def addresses(self, side: str, asgs: tuple[str, ...]) -> tuple[str, ...]:
        names = (f"{side}addressprefix", f"{side}addressprefixes")
        texts = self.node.texts(*names)
        back = self.node.held(f"{side}applicationsecuritygroups")
        texts = texts if back is None else (*texts, back)
        if not texts and not asgs:
            return (self.unclear(f"{side} address prefix", "it is not given"),)
        return tuple(map(self.address, texts)) if any(map(address_fault, texts)) else texts

    def address(self, text: str) -> str:
        fault = address_fault(text)
        if fault is None:
            return text
        field = self.holding(text)
        if fault == "unclear":
            return self.unclear(field, text)
        message = f"Security rule {self.rule_id} has invalid Address prefix. Value provided: {text}"
        self.refuse("SecurityRuleInvalidAddressPrefix", message, field)
        return UNKNOWN

    def ports(self, side: str) -> tuple[str, ...]:
        texts = self.node.texts(f"{side}portrange", f"{side}portranges")
        if not texts:
            return (self.unclear(f"{side} port range", "it is not given"),)
        return texts if all(map(port_is_valid, texts)) else tuple(map(self.port, texts))

    def port(self, text: str) -> str:
        if port_is_valid(text):
            return text
        rule = "Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535."
        message = f"Security rule has invalid Port range. Value provided: {text}. {rule}"
        self.refuse("SecurityRuleInvalidPortRange", message, self.holding(text))
        return UNKNOWN

    def holding(self, text: str) -> str:
        """The field that has the value, for the place of a message."""
        return next((name for name in self.node.fields if text in map(str, self.node.listed(name))), "")


def conflicts(rules: Iterable[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Pairs of user rules with one priority and direction, which Azure refuses (SecurityRuleConflict)."""
    seen: dict[tuple[Direction, int], Rule] = {}
    for rule in rules:
        first = seen.setdefault((rule.direction, rule.priority), rule)
        if first is not rule:
            yield first, rule


def namesakes(rules: Iterable[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Pairs of user rules of one name, which Azure takes for one rule: letter case does not count."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.name and not is_unknown(rule.name) and not is_opaque(rule.name):
            first = seen.setdefault(key(rule.name), rule)
            if first is not rule:
                yield first, rule
