"""Suggested changes -> raw ARM JSON: what Azure would hold once they are applied."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from ipaddress import ip_network
from itertools import combinations

import msgspec

from flowspec.model.documents.plan import Change, RuleProperties
from tests.naive.resources import Json

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?")
"""What Azure takes as the name of a security rule."""


def arm_rule(name: str, rule: RuleProperties) -> Json:
    """A rule as the REST API takes it."""
    fields = msgspec.to_builtins(rule)
    return {"name": name, "properties": {name: value for name, value in fields.items() if value not in (None, (), [])}}


def patched(resources: Iterable[Json], changes: Iterable[Change]) -> list[Json]:
    """The resources with the changes' rules in their NSGs, as Azure would accept them."""
    found = copy.deepcopy(list(resources))
    changes = list(changes)
    for change in changes:
        if change.change.before is not None:
            rules = rules_of(found, change)
            (old,) = [rule for rule in rules if rule["name"] == change.rule]
            assert change.change.before.priority == old["properties"]["priority"]
            rules.remove(old)
    for change in changes:
        if change.change.after is not None:
            rule, rules = arm_rule(change.rule, change.change.after), rules_of(found, change)
            refuse(rule, rules)
            rules.append(rule)
    return found


def rules_of(resources: list[Json], change: Change) -> list[Json]:
    nsg = next(r for r in resources if str(r.get("id")).lower() == change.nsg.lower())
    found: list[Json] = nsg["properties"].setdefault("securityRules", [])
    return found


def refuse(rule: Json, rules: list[Json]) -> None:
    """What Azure would answer with an error."""
    properties = rule["properties"]
    assert NAME.fullmatch(rule["name"]), f"{rule['name']} is no name of a rule"
    assert rule["name"].lower() not in {r["name"].lower() for r in rules}, f"{rule['name']} is taken"
    same = [r["properties"] for r in rules if r["properties"]["direction"].lower() == properties["direction"].lower()]
    assert properties["priority"] not in {r["priority"] for r in same}, f"priority {properties['priority']} is taken"
    assert 100 <= properties["priority"] <= 4096
    for end in ("source", "destination"):
        written = [name for name in properties if name.startswith(f"{end}A")]
        assert len(written) == 1, f"{end} is written as {written}"
        prefixes = [ip_network(text) for text in properties.get(f"{end}AddressPrefixes", ()) if text[:1].isdigit()]
        assert not any(a.version == b.version and a.overlaps(b) for a, b in combinations(prefixes, 2)), prefixes
        assert f"{end}PortRange" in properties or properties.get(f"{end}PortRanges")
