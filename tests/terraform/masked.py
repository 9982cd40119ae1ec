"""A plan that turns one drawn network into another, with some of its values known after apply: by other code."""

from __future__ import annotations

import random
from typing import Any

from tests.terraform import convert
from tests.terraform.convert import Item, Ref
from tests.terraform.documents import LATER, Plan

Json = dict[str, Any]
OPEN: Json = {"references": ["local.x"]}
KEPT = ("location", "sku", "allocation_method", "dns_servers", "description", "private_ip_address_allocation", "type")
"""Of no account, or never known after apply only."""


class Mask:
    """Hides values of what is made or changed; `here` are all resources that a reference may lead to."""

    def __init__(self, here: list[Item], dice: random.Random, often: float, made: set[str]) -> None:
        self.here = [item for item in here if "association" not in item.type]
        self.dice = dice
        self.often = often
        self.made = made
        self.hidden = 0

    def values(self, item: Item) -> tuple[Json, Json]:
        """The values, and the expressions of those that are hidden."""
        found: Json = {}
        told: Json = {}
        for name, value in item.values.items():
            found[name], expression = self.value(value, name)
            if expression is not None:
                told[name] = expression
        return found, told

    def value(self, value: Any, name: str) -> tuple[Any, Any]:
        """A value, and its expression where something of it is hidden."""
        if isinstance(value, Ref) and value.id.lower() in self.made:
            return LATER, self.to(value)
        if name not in KEPT and value not in (None, "", []) and self.dice.random() < self.often:
            self.hidden += 1
            return LATER, self.to(value) if isinstance(value, Ref) else dict(OPEN)
        if isinstance(value, dict):
            pairs = {inner: self.value(one, inner) for inner, one in value.items()}
            told = {inner: e for inner, (_, e) in pairs.items() if e is not None}
            return {inner: v for inner, (v, _) in pairs.items()}, told or None
        if isinstance(value, list) and value and isinstance(value[0], dict):
            several = [self.value(one, name + "[]") for one in value]
            if not any(e for _, e in several):
                return [v for v, _ in several], None
            if name == "security_rule":  # a list that is an attribute, too: one expression for all of it
                held = [r for _, e in several for r in _references(e)]
                return [v for v, _ in several], {"references": list(dict.fromkeys(held))}
            return [v for v, _ in several], [e or {} for _, e in several]
        if isinstance(value, list) and value:
            items = [self.value(one, name + "[]") for one in value]
            held = [r for _, e in items if e for r in e["references"]]
            return [v for v, _ in items], {"references": list(dict.fromkeys(held))} if held else None
        return convert.known(value), None

    def to(self, ref: Ref) -> Any:
        """An expression that leads to a resource, to several, to nothing that is in the plan, or none at all."""
        targets = [item for item in self.here if item.id.lower() == ref.id.lower()]
        if not targets:
            return dict(OPEN)
        luck = self.dice.random()
        if luck < 0.15:
            return dict(OPEN)
        if luck < 0.2:
            return None
        others = [item for item in self.here if item.type == targets[0].type]
        if luck < 0.55:
            targets += self.dice.sample(others, min(len(others), self.dice.randint(1, 2)))
        named = [one for item in targets for one in (f"{item.address}.id", item.address)]
        named += ["local.x"] if 0.55 < luck < 0.6 else []
        return {"references": list(dict.fromkeys(named))}


def _references(expression: Any) -> list[str]:
    """All that an expression refers to, and those in it."""
    if not isinstance(expression, dict):
        return []
    own = expression.get("references", [])
    return [*own, *(r for inner in expression.values() for r in _references(inner))]


def masked(before: list[Item], after: list[Item], dice: random.Random, often: float) -> tuple[Json, int]:
    """The plan, and how many values it hides. Some resources are made anew, some stand in another state."""
    old = {(item.address, item.id.lower()): item for item in before}
    new = {(item.address, item.id.lower()): item for item in after}
    both = old.keys() & new.keys()
    replaced = {at for at in sorted(both) if dice.random() < 0.1}
    gone = tuple(at[1] for at in replaced if "association" not in at[0])
    replaced |= {at for at in both if at[1].startswith(tuple(f"{one}/" for one in gone))}
    elsewhere = {at for at in sorted(both - replaced)
                 if convert.state_values(old[at]) == convert.state_values(new[at]) and dice.random() < 0.4
                 and not any(ref.id.lower() in gone for ref in convert.refs_of(new[at].values))}  # fmt: skip
    fresh = {at[1] for at in (new.keys() - old.keys()) | replaced if "association" not in at[0]}
    mask = Mask([item for at, item in new.items() if at not in elsewhere], dice, often, fresh)
    plan = Plan(after[0].id.split("/")[2])
    for at in dict.fromkeys([*old, *new]):
        if at in elsewhere:
            continue
        was = convert.state_values(old[at]) if at in old else None
        if at not in new:
            plan.add(at[0], None, before=was)
            continue
        values, told = mask.values(new[at])
        parts = old[at].parts if at in old else new[at].parts
        if at in replaced or was is None:
            values |= {"id": LATER} | dict.fromkeys(parts, LATER)
            actions = ("delete", "create") if at in replaced else ("create",)
            plan.add(at[0], values, told, before=was, actions=actions, refreshed=tuple(parts))
        else:
            values = {"id": new[at].id, **values, **convert.known(parts)}
            plan.add(at[0], values, told, before=was, refreshed=("id", *parts))
    return plan.document(), mask.hidden
