"""Layers, the later over the earlier -> one Layer, and the standalone children put into their parents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flowspec.model.inventory import IpConfiguration, Peering, Route, Rule, key
from flowspec.sources.layer import TABLES, Layer, Part, place
from flowspec.sources.notes import Notes, some

CHILD_OF = {IpConfiguration: "nics", Peering: "vnets", Route: "route_tables", Rule: "nsgs"}
FIELDS = {IpConfiguration: "ip_configurations", Peering: "peerings", Route: "routes", Rule: "rules"}
KINDS = {"nsgs": "an NSG", "vnets": "a VNet", "nics": "a NIC", "route_tables": "a route table"}


def merge(layers: Iterable[Layer], notes: Notes) -> Layer:
    """One layer that says what all say together."""
    base = Layer(notes=notes)
    waiting: list[Part] = []
    for layer in layers:
        lone = put_in(layer.parts, layer, strict=True)
        lay_over(base, layer)
        waiting = [part for part in waiting if not settled(part, base)] + put_in(lone, base, strict=False)
    for part in waiting:
        orphan(part, notes)
    return base


def lay_over(base: Layer, layer: Layer) -> None:
    drop_replaced_subnets(base, layer)
    changed: list[str] = []
    for table in (*TABLES, "endpoints"):
        below, above = getattr(base, table), getattr(layer, table)
        changed += [value.name for at, value in above.items() if at in below and below[at] != value]
        below |= above
    base.endpoint_nics |= layer.endpoint_nics
    base.effective |= layer.effective
    base.service_tags += layer.service_tags
    base.unread += layer.unread
    base.unmodelled |= layer.unmodelled
    if changed:
        summary = f"{len(changed)} resources differ from an earlier source; the later one counts: {some(changed)}"
        base.notes.info(
            summary.replace("1 resources differ", "1 resource differs", 1) if len(changed) == 1 else summary
        )


def drop_replaced_subnets(base: Layer, layer: Layer) -> None:
    """A VNet that lists its subnets replaces the earlier one with all of its subnets."""
    for at in [at for at, subnet in base.subnets.items() if key(subnet.vnet) in layer.whole]:
        if at not in layer.subnets:
            gone = base.subnets.pop(at)
            base.notes.info(f"subnet {gone.name} of an earlier source is gone: a later one lists its VNet without it")


def put_in(parts: list[Part], base: Layer, *, strict: bool) -> list[Part]:
    """Puts children into their parents; those whose parent isn't there are left over."""
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        groups.setdefault((CHILD_OF[type(part.value)], key(part.parent)), []).append(part)
    left: list[Part] = []
    for (table, at), group in groups.items():
        parents = getattr(base, table)
        if at in parents:
            parents[at] = adopt(parents[at], group, base.notes if strict else None)
        else:
            left += group
    return left


def adopt(owner: Any, group: list[Part], notes: Notes | None) -> Any:
    """The parent with its children; with `notes`, a child that it has already must say the same."""
    for name in sorted({field_of(part.value) for part in group}):
        mine = {child.name.lower(): child for child in getattr(owner, name)}
        for part in [part for part in group if field_of(part.value) == name]:
            known = mine.get(part.value.name.lower())
            mine[part.value.name.lower()] = part.value
            if notes and known is not None and known != part.value and getattr(known, "id", "-"):
                differs(part, place(getattr(known, "where", None) or owner.where), notes)
        owner = replace(owner, **{name: tuple(mine.values())})
    return owner


def settled(part: Part, base: Layer) -> bool:
    """Whether the parent has come with a later source, which lists all of its children and so decides."""
    owner = getattr(base, CHILD_OF[type(part.value)]).get(key(part.parent))
    if owner is not None and part.value not in getattr(owner, field_of(part.value)):
        summary = f"{part.value.name} differs from a later source, which counts: {part.parent}"
        base.notes.info(summary, where=part.where)
    return owner is not None


def field_of(child: Any) -> str:
    return "default_rules" if isinstance(child, Rule) and child.default else FIELDS[type(child)]


def differs(part: Part, other: str, notes: Notes) -> None:
    name = f"{part.parent}/{part.value.name}"
    detail = f"the other one is at {other}; keep one of them"
    notes.error(f"{part.value.name} is given twice with different contents: {name}", detail, part.where)


def orphan(part: Part, notes: Notes) -> None:
    kind = KINDS[CHILD_OF[type(part.value)]]
    summary = f"{part.value.name} belongs to {kind} that is not in the inventory: {part.parent}"
    notes.warning(summary, "add its parent: on its own it decides nothing", part.where)
