"""ARM ids -> the shortest names that tell them apart within one report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from flowspec.counting import counted
from flowspec.model.documents.plan import Attachment, Report
from flowspec.model.inventory import id_part, key
from flowspec.views.layout import visible

_SHOWN = 6
_T = TypeVar("_T")


class DisplayNames:
    """Names of the resources of one report: the bare name; where two share it, `group/name`, else the whole id.

    A NIC goes by the name of its VM, where `vms` has one.
    """

    def __init__(self, ids: Iterable[str], vms: Iterable[Attachment] = ()) -> None:
        self._vms = {key(attachment.nic): attachment.vm for attachment in vms}
        ids = {*ids, *self._vms.values()}
        sharing: dict[tuple[str, str], set[str]] = defaultdict(set)
        for resource_id in ids:
            for name in (_name(resource_id), _grouped(resource_id)):
                sharing[_type(resource_id), name.casefold()].add(key(resource_id))
        self._ambiguous = {label for label, distinct in sharing.items() if len(distinct) > 1}

    def of(self, resource_id: str) -> str:
        """The name to show."""
        resource_id = self._vms.get(key(resource_id), resource_id)
        for name in (_name(resource_id), _grouped(resource_id)):
            if (_type(resource_id), name.casefold()) not in self._ambiguous:
                return visible(name)
        return visible(resource_id)

    def list(self, ids: tuple[str, ...]) -> str:
        """`3 NICs: a, b, c`, `1 subnet: vnet/snet`, with no more than a handful of names."""
        kinds = []
        for singular, of_kind in (
            ("NIC", [i for i in ids if not _is_subnet(i)]),
            ("subnet", list(filter(_is_subnet, ids))),
        ):
            if of_kind:
                kinds.append(f"{counted(len(of_kind), singular)}: {shortened([self.of(i) for i in of_kind], _SHOWN)}")
        return " and ".join(kinds)


def names_of(report: Report, more: Iterable[str] = ()) -> DisplayNames:
    """The names of every resource that a view of the report may show; `more` are ids that this one shows besides."""
    return DisplayNames((*_ids(report), *more), report.vms)


def once(items: Iterable[_T]) -> tuple[_T, ...]:
    """Each once, in order of appearance."""
    return tuple(dict.fromkeys(items))


def shortened(items: list[str], most: int) -> str:
    """`a, b and 47 more`: at most `most` items, and never cut for the sake of one."""
    if len(items) <= most + 1:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most:,} more"


def _ids(report: Report) -> Iterable[str]:
    for change in report.suggested_changes:
        yield change.nsg
    for intent in report.intents:
        for cause in intent.causes:
            yield from cause.endpoints
            yield from (decider.nsg for decider in cause.deciders)
        for unknown in intent.flows.unknown:
            yield from unknown.endpoints


def _is_subnet(resource_id: str) -> bool:
    return id_part(resource_id, "subnets") is not None


def _name(resource_id: str) -> str:
    parts = [id_part(resource_id, "virtualNetworks"), id_part(resource_id, "subnets")]
    if all(parts):
        return "/".join(part for part in parts if part)
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def _grouped(resource_id: str) -> str:
    return f"{id_part(resource_id, 'resourceGroups') or ''}/{_name(resource_id)}"


def _type(resource_id: str) -> str:
    parts = resource_id.rstrip("/").split("/")
    return parts[-2].casefold() if len(parts) > 1 else ""
