"""What a template deploys under a name known only in part -> doubt of whatever of the earlier sources it may mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flowspec.arm.values import may_equal
from flowspec.model.inventory import Lack, Subnet, key
from flowspec.model.unknown import CLOSE, OPEN, is_opaque
from flowspec.sources import arm_id
from flowspec.sources.contribution import Contribution
from flowspec.sources.essential import ESSENTIAL
from flowspec.sources.merge import CHILDREN

SETTLE = "give --parameters FILE, --resource-group and --subscription"


def doubt_meant(into: Contribution) -> None:
    """Of a resource that the deployment may replace or change, what that could be is not known."""
    for at, lacks in [*_replaced(into), *_changed(into)]:
        known = into.unknown_after_apply.get(at, ())
        into.unknown_after_apply[at] = (*known, *(one for one in lacks if one not in known))


def _replaced(into: Contribution) -> Iterator[tuple[str, tuple[Lack, ...]]]:
    """Resources that may be the same as one that is deployed."""
    for number, table in enumerate(into.upserts.every()):
        for at, deployed in table.items():
            if is_opaque(at):
                for other in _may_be(at, [one.upserts.every()[number] for one in into.below]):
                    reason = f"{other.name} may be {_called(deployed)}, which the template deploys"
                    yield key(other.id), tuple(Lack(name, reason, SETTLE) for name in _fields(other.id))
                    for subnet in _subnets(other, into) if at in into.whole else ():
                        yield key(subnet.id), (Lack("known", reason, SETTLE),)


def _called(deployed: Any) -> str:
    """Its name; where that is known, what it lies in that is not."""
    part = next(part for part in reversed(str(deployed.id).split("/")) if is_opaque(part))
    return str(deployed.name) if is_opaque(deployed.name) else f"the one of {part}"


def _subnets(vnet: Any, into: Contribution) -> Iterator[Subnet]:
    """The subnets of a VNet in earlier sources."""
    for one in into.below:
        yield from (subnet for subnet in one.upserts.subnets.values() if key(subnet.vnet) == key(vnet.id))


def _changed(into: Contribution) -> Iterator[tuple[str, tuple[Lack, ...]]]:
    """Resources that may be the parent of a child that is deployed."""
    doubts = {at: list(lacks) for at, lacks in into.unknown_after_apply.items() if is_opaque(at)}
    for part in into.parts:
        if is_opaque(part.parent):
            field = CHILDREN[type(part.value)].field
            reason = f"it may be {arm_id.name(part.parent)}, in which the template deploys {part.value.name}"
            doubts.setdefault(key(part.parent), []).append(Lack(field, reason, SETTLE))
    tables = [table for one in into.below for table in one.upserts.every()]
    for at, lacks in doubts.items():
        for other in _may_be(at, tables):
            yield key(other.id), tuple(lacks)


def _may_be(at: str, tables: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """The resources of earlier sources that an id may mean which is known in part."""
    start, end = at.partition(OPEN)[0], at.rpartition(CLOSE)[2]
    for table in tables:
        for found, other in table.items():
            fits = (found.endswith(end) and found.startswith(start)) or is_opaque(found)
            if fits and found != at and may_equal(at, found):
                yield other


def _fields(resource_id: str) -> Iterator[str]:
    """All that a resource is judged by."""
    parts = arm_id.split(resource_id)
    kind = ESSENTIAL.get(parts[0]) if parts else None
    if kind is not None:
        told = dict.fromkeys(name for essential in kind.essentials for name in essential.fields)
        yield from dict.fromkeys((*told, *(name for _, name in kind.optional)))
