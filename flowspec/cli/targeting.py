"""`flowspec targets`: what each group of the spec resolved to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flowspec.cli import options
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import DEFAULT_MAX_INPUT, SpecInputs, load_network
from flowspec.cli.outputs import is_json, put, put_json
from flowspec.cli.problems import tell_problems
from flowspec.errors import Severity

if TYPE_CHECKING:
    from flowspec.pipeline import TargetGroup


def targets(
    spec: options.Spec = None,
    inventory: options.Inventory = None,
    var: options.Variables = None,
    var_file: options.VariableFiles = None,
    output: options.Form = "text",
    max_input: options.MaxInput = DEFAULT_MAX_INPUT,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """List what each group of the spec resolves to."""
    as_json = is_json(output, json=json)
    from flowspec.pipeline import resolve_groups

    desired = SpecInputs(spec, var, var_file).load()
    groups = resolve_groups(desired, load_network(inventory, desired, max_input))
    if as_json:
        put_json(_document(groups))
    else:
        put("\n".join(map(_text, groups)))
    problems = [problem for group in groups for problem in group.problems]
    tell_problems(problems, no_color=no_color)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise Ending(Code.ERROR)


def _document(groups: Iterable[TargetGroup]) -> dict[str, object]:
    listed = [
        {
            "address": group.address,
            "nics": list(group.nics),
            "subnets": list(group.subnets),
            "prefixes": list(group.prefixes),
            "service_tags": list(group.tags),
            "maybe": [{"id": resource_id, "reason": reason} for resource_id, reason in group.maybe],
        }
        for group in groups
    ]
    return {"groups": listed}


def _text(group: TargetGroup) -> str:
    from flowspec.views.layout import fill, visible

    kinds = (("NIC", group.nics), ("subnet", group.subnets), ("prefix", group.prefixes), ("service tag", group.tags),
             ("maybe", [f"{resource_id}  ({reason})" for resource_id, reason in group.maybe]))  # fmt: skip
    counts = ", ".join(_count(noun, len(members)) for noun, members in kinds if members)
    lines = [f"{visible(group.address)}  {counts or 'nothing'}"]
    for _, members in kinds:
        lines += [line for member in members for line in fill(visible(member), 200, "    ", "    ")]
    return "\n".join([*lines, ""])


def _count(noun: str, count: int) -> str:
    plural = {"prefix": "prefixes", "maybe": "maybe"}.get(noun, f"{noun}s")
    return f"{count:,} {noun if count == 1 else plural}"
