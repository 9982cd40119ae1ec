"""The steps of a plan, made one by one in raw ARM JSON as Azure would make them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

import msgspec

from flowspec.model.documents.plan import RuleProperties, Step
from tests.naive.resources import Json
from tests.plan.patching import arm_rule, refuse

READ_ONLY = ("provisioningState",)


def stepped(resources: Iterable[Json], steps: Iterable[Step]) -> Iterator[list[Json]]:
    """The resources after each step. What a step says was there must have been there, and Azure must take it."""
    found = copy.deepcopy(list(resources))
    for step in steps:
        nsg = next(r for r in found if str(r.get("id")).lower() == step.nsg.lower())
        rules: list[Json] = nsg["properties"].setdefault("securityRules", [])
        there = [rule for rule in rules if rule["name"].lower() == step.rule.lower()]
        assert len(there) == (step.before is not None), f"{step.rule} is{'' if there else ' not'} there"
        for old in there:
            assert step.before is not None and fields(step.before) == fields(old["properties"])
            rules.remove(old)
        if step.after is not None:
            rule = arm_rule(step.rule, step.after)
            refuse(rule, rules)
            rules.append(rule)
        assert len(rules) <= 1000
        found = copy.deepcopy(found)
        yield found


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
