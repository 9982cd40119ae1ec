"""Suggested changes -> text in the dialect of the team's own tools. A new dialect is one writer and one line here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from flowspec.errors import Problem, RenderError, Severity
from flowspec.model.documents.plan import Report
from flowspec.model.inventory import key
from flowspec.patches.arm import arm_template
from flowspec.patches.bounded import render_bounded
from flowspec.patches.item import ChangeItem, in_turn, items_of, needs_order, steps_of
from flowspec.patches.patch import Patch, refuse_unproved
from flowspec.patches.template import render_builtin
from flowspec.patches.wording import DETOURS, INLINE, head_of_group

TEMPLATE_SUFFIX = ".j2"


@dataclass(frozen=True, slots=True)
class Dialect:
    """`write` makes the files; `file` is the name of the only one, or how the names of several begin and end."""

    file: str
    write: Callable[[Report, str], list[Patch]]


def file_of(dialect: str) -> str:
    """The name of what a dialect, or the path of a template, makes; "" when it is neither."""
    if dialect in DIALECTS:
        return DIALECTS[dialect].file
    return Path(dialect).name.removesuffix(TEMPLATE_SUFFIX) if dialect.endswith(TEMPLATE_SUFFIX) else ""


def render(report: Report, dialect: str) -> list[Patch]:
    """The changes of a plan in a dialect of `DIALECTS`, or through the user's own template (a path that ends in `.j2`):
    one file, or one for each resource group where a file of the dialect speaks of one.

    RenderError when the template fails, a change is not proved to its end, or it has no home that the dialect can name.
    """
    refuse_unproved(report)
    if dialect in DIALECTS:
        _refuse_homeless(items_of(report))
        chosen = DIALECTS[dialect]
        return chosen.write(report, chosen.file)
    if dialect.endswith(TEMPLATE_SUFFIX):
        return [Patch(file_of(dialect), render_bounded(Path(dialect), report))]
    known = ", ".join([*DIALECTS, f"or the path of a template that ends in {TEMPLATE_SUFFIX}"])
    raise RenderError(f"{dialect!r} is no dialect. There are: {known}.")


def _terraform(report: Report, file: str) -> list[Patch]:
    items = items_of(report)
    head = [INLINE, DETOURS] if _has_detours(report) else [INLINE]
    changes = in_turn(items) if needs_order(items) else items
    return [Patch(file, render_builtin("terraform.tf.j2", changes=changes, head=head))]


def _az(report: Report, file: str) -> list[Patch]:
    return [Patch(file, render_builtin("az.sh.j2", steps=steps_of(report)))]


def _powershell(report: Report, file: str) -> list[Patch]:
    steps = steps_of(report)
    _refuse_wildcards(steps)
    return [Patch(file, render_builtin("powershell.ps1.j2", steps=steps))]


def _bicep(report: Report, file: str) -> list[Patch]:
    detours = _has_detours(report)
    return [
        Patch(name, render_builtin("rules.bicep.j2", changes=group, head=head_of_group(group[0], detours=detours)))
        for name, group in _by_group(items_of(report), file)
    ]


def _arm(report: Report, file: str) -> list[Patch]:
    detours = _has_detours(report)
    return [Patch(name, arm_template(group, detours=detours)) for name, group in _by_group(items_of(report), file)]


DIALECTS: dict[str, Dialect] = {
    "terraform": Dialect("flowspec.tf", _terraform),
    "bicep": Dialect("flowspec.bicep", _bicep),
    "arm": Dialect("flowspec.json", _arm),
    "az": Dialect("flowspec.sh", _az),
    "powershell": Dialect("flowspec.ps1", _powershell),
}


def _has_detours(report: Report) -> bool:
    return len(report.steps) > len(report.suggested_changes)


def _by_group(items: Iterable[ChangeItem], file: str) -> list[tuple[str, list[ChangeItem]]]:
    """The changes of each resource group, each waiting for the one before, with a file name of their own."""
    groups: dict[tuple[str, str], list[ChangeItem]] = {}
    for item in items:
        groups.setdefault((key(item.subscription), key(item.resource_group)), []).append(item)
    if len(groups) == 1:
        return [(file, in_turn(group)) for group in groups.values()]
    made: dict[str, list[ChangeItem]] = {}
    for group in groups.values():
        made[_free_name(file, group[0].resource_group, made)] = in_turn(group)
    return list(made.items())


def _free_name(file: str, group: str, taken: Iterable[str]) -> str:
    """`flowspec-rg-web.bicep`, and with a number where that is taken."""
    stem, _, ending = file.partition(".")
    word = re.sub(r"[^0-9a-z._-]+", "-", group.lower())[:60].strip("-.")
    base, number = f"{stem}-{word}", 2
    name = f"{base}.{ending}"
    while name in taken:
        name, number = f"{base}-{number}.{ending}", number + 1
    return name


def _refuse_homeless(items: list[ChangeItem]) -> None:
    problems = [
        Problem(Severity.ERROR, f"{item.nsg_id} is no ARM id, so where {item.name} belongs is not known.",
                "Render with a template of your own, which may name the place itself.")
        for item in items
        if not (item.subscription and item.resource_group)
    ]  # fmt: skip
    if problems:
        raise RenderError(problems)


def _refuse_wildcards(items: list[ChangeItem]) -> None:
    """Get-AzNetworkSecurityGroup takes its names for patterns, and no name that Azure admits holds what is one."""
    problems = [
        Problem(Severity.ERROR, f"Az.Network would take the name {name!r} for a pattern.",
                "Azure admits no such name. Render with another dialect.")
        for item in items
        for name in (item.resource_group, item.nsg)
        if re.search(r"[*?\[\]`]", name)
    ]  # fmt: skip
    if problems:
        raise RenderError(problems)
