"""`dependsOn` -> which of two deployed items comes later: what is deployed last is what stays."""

from __future__ import annotations

from collections.abc import Iterator

from flowspec.arm.render import below, rendered
from flowspec.arm.template import ArmTemplate, DeployedItem
from flowspec.arm.values import Json, member, spelled


def comes_after(one: DeployedItem, other: DeployedItem) -> bool:
    """Whether `one` is surely deployed after `other`, or after a deployment that has it."""
    for mine, theirs in zip(_way_to(one), _way_to(other), strict=False):
        if mine is not theirs:
            return mine.template is theirs.template and _waits(mine, theirs)
    return False


def _way_to(item: DeployedItem) -> list[DeployedItem]:
    """The deployments around an item, the outermost first, and the item itself."""
    way = [item]
    while way[0].template.owner is not None:
        way.insert(0, way[0].template.owner)
    return way


def _waits(one: DeployedItem, other: DeployedItem) -> bool:
    """Whether an item of a template waits for another of it, itself or through others."""
    open_, seen = [one], {id(one)}
    while open_:
        for before in _waits_for(open_.pop()):
            if before is other:
                return True
            if id(before) not in seen:
                seen.add(id(before))
                open_.append(before)
    return False


def _waits_for(item: DeployedItem) -> list[DeployedItem]:
    """The items that an item names, looked up once."""
    if item.waits is None:
        item.waits = list(_named(item))
    return item.waits


def _named(item: DeployedItem) -> Iterator[DeployedItem]:
    """By id, name, symbolic name, or the name of their loop."""
    key = spelled(item.raw, "dependson")
    told = rendered(item.raw.get(key), below(item.where, key), item.here, item.template.run.places)
    named = {one.casefold().rstrip("/") for one in told if isinstance(one, str)} if isinstance(told, list) else set()
    for other in item.template.instances() if named else ():
        item.template.run.steps.spend()
        if named & _names(item.template, other):
            yield other


def _names(template: ArmTemplate, item: DeployedItem) -> set[str]:
    loop: Json = member(item.raw, "copy")
    loops = {str(member(loop, "name")).casefold()} if isinstance(loop, dict) else set()
    return {item.id.casefold(), item.name.casefold(), item.symbol.partition("[")[0].casefold()} | loops
