"""Targets -> text: each group, how many it holds, and who."""

from __future__ import annotations

from flowspec.counting import counted
from flowspec.model.documents.targets import Target, Targets
from flowspec.views.layout import fill, visible
from flowspec.views.style import Style

_WIDTH = 200
"""Ids are not cut where a terminal ends."""


def view(targets: Targets, style: Style) -> str:
    """A paragraph for each group; ends with a line break."""
    return "\n".join([*map(_group, targets.groups), *_uncovered(targets)])


def _uncovered(targets: Targets) -> list[str]:
    """Who no boundary is around, where that was asked."""
    if targets.uncovered is None:
        return []
    if not targets.uncovered:
        return ["Every NIC and subnet has a boundary around it.\n"]
    count = len(targets.uncovered)
    lines = [f"No boundary is around {counted(count, 'NIC or subnet', 'NICs and subnets')}"]
    return ["\n".join([*lines, *(f"    {visible(of)}" for of in targets.uncovered), ""])]


def _group(group: Target) -> str:
    kinds = (
        (["NIC"], group.nics),
        (["subnet"], group.subnets),
        (["frontend"], group.frontends),
        (["prefix"], group.prefixes),
        (["service tag"], group.service_tags),
        (["maybe"] * 2, [f"{candidate.id}  ({candidate.reason})" for candidate in group.maybe]),
    )
    counts = ", ".join(counted(len(members), *nouns) for nouns, members in kinds if members)
    lines = [f"{visible(group.address)}  {counts or 'nothing'}"]
    for _, members in kinds:
        lines += [line for member in members for line in fill(visible(member), _WIDTH, "    ", "    ")]
    return "\n".join([*lines, ""])
