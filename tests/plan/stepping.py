"""The steps of a plan, made one by one in raw ARM JSON as Azure would make them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

import msgspec

from flowspec.model.documents.plan import RuleProperties, Step
from tests.naive.resources import Json
from tests.plan.patching import arm_rule, refuse


def stepped(resources: Iterable[Json], steps: Iterable[Step]) -> Iterator[list[Json]]:
    """The resources after each step. What a step says was there must have been there, and Azure must take it."""
    found = copy.deepcopy(list(resources))
    for step in steps:
        nsg = next(one for one in _objects(found) if str(one.get("id")).lower() == step.nsg.lower() and _is_nsg(one))
        is_flat = "properties" not in nsg
        rules: list[Json] = (nsg if is_flat else nsg["properties"]).setdefault("securityRules", [])
        there = [rule for rule in rules if rule["name"].lower() == step.rule.lower()]
        assert len(there) == (step.before is not None), f"{step.rule} is{'' if there else ' not'} there"
        for old in there:
            assert step.before is not None and fields(step.before) == fields(old if is_flat else old["properties"])
            rules.remove(old)
        if step.after is not None:
            rule = arm_rule(step.rule, step.after)
            refuse(rule, [{"name": r["name"], "properties": r} for r in rules] if is_flat else rules)
            rules.append({"name": step.rule, **rule["properties"]} if is_flat else rule)
        assert len(rules) <= 1000
        found = copy.deepcopy(found)
        yield found


def _is_nsg(resource: Json) -> bool:
    return "securityRules" in (resource.get("properties") or resource)


def _objects(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def fields(rule: Json | RuleProperties) -> Json:
    """What a rule says, whichever way it is written."""
    written = msgspec.to_builtins(rule) if isinstance(rule, RuleProperties) else rule
    found: Json = {name: str(written[name]).lower() for name in ("priority", "direction", "access", "protocol")}
    for end in ("source", "destination"):
        for one, many in (("AddressPrefix", "AddressPrefixes"), ("PortRange", "PortRanges")):
            texts = [*([written[end + one]] if written.get(end + one) else []), *(written.get(end + many) or [])]
            found[end + one] = sorted(str(text).lower() for text in texts)
        groups = written.get(f"{end}ApplicationSecurityGroups") or []
        found[f"{end}Groups"] = sorted(group["id"].lower() for group in groups)
    return {**found, "description": written.get("description") or ""}
