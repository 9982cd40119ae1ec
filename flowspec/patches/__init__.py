"""Suggested changes -> text in the dialect of the team's own tools. A new dialect is one template and one line here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flowspec.errors import Problem, RenderError, Severity
from flowspec.model.documents.plan import Report
from flowspec.patches.bounded import render_bounded
from flowspec.patches.item import ChangeItem, items_of
from flowspec.patches.template import render_builtin

TEMPLATE_SUFFIX = ".j2"


@dataclass(frozen=True, slots=True)
class Dialect:
    """`template` lies in `templates/`; `file` is the name of what it makes."""

    template: str
    file: str


@dataclass(frozen=True, slots=True)
class Patch:
    """All changes of one plan as one file, since their order and their names depend on each other."""

    file: str
    text: str


DIALECTS: dict[str, Dialect] = {
    "terraform": Dialect("terraform.tf.j2", "flowspec.tf"),
    "az": Dialect("az.sh.j2", "flowspec.sh"),
}


def file_of(dialect: str) -> str:
    """The name of what a dialect, or the path of a template, makes; "" when it is neither."""
    if dialect in DIALECTS:
        return DIALECTS[dialect].file
    return Path(dialect).name.removesuffix(TEMPLATE_SUFFIX) if dialect.endswith(TEMPLATE_SUFFIX) else ""


def render(report: Report, dialect: str) -> Patch:
    """The changes of a plan in a dialect of `DIALECTS`, or through the user's own template (a path that ends in `.j2`).

    RenderError when the template fails, a change is not proved to its end, or it has no home that the dialect can name.
    """
    _refuse_unproved(report)
    items = items_of(report.suggested_changes)
    if dialect in DIALECTS:
        _refuse_homeless(items)
        chosen = DIALECTS[dialect]
        return Patch(file_of(dialect), render_builtin(chosen.template, report, items))
    if dialect.endswith(TEMPLATE_SUFFIX):
        return Patch(file_of(dialect), render_bounded(Path(dialect), report))
    known = ", ".join([*DIALECTS, f"or the path of a template that ends in {TEMPLATE_SUFFIX}"])
    raise RenderError(f"{dialect!r} is no dialect. There are: {known}.")


def _refuse_unproved(report: Report) -> None:
    problems = [
        Problem(Severity.ERROR, f"The proof for {change.rule} in {change.nsg} is truncated, so it is not rendered.",
                "Nothing was written. Plan again with a larger --max-boxes, so that the proof names every flow.")
        for change in report.suggested_changes
        if change.proof.truncated
    ]  # fmt: skip
    if problems:
        raise RenderError(problems)


def _refuse_homeless(items: list[ChangeItem]) -> None:
    problems = [
        Problem(Severity.ERROR, f"{item.nsg_id} is no ARM id, so where {item.name} belongs is not known.",
                "Render with a template of your own, which may name the place itself.")
        for item in items
        if not (item.subscription and item.resource_group)
    ]  # fmt: skip
    if problems:
        raise RenderError(problems)
