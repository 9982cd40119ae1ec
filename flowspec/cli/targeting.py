"""`flowspec targets`: what each group of the spec resolved to."""

from __future__ import annotations

from flowspec.cli import options
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import DEFAULT_MAX_INPUT, SpecInputs, load_network
from flowspec.cli.outputs import is_json, put
from flowspec.cli.problems import problems_of, tell_problems


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
    from flowspec.reporting.targets import targets_of
    from flowspec.sources import locate
    from flowspec.views import Style
    from flowspec.views.json import view as json_view
    from flowspec.views.targets import view

    desired = SpecInputs(spec, var, var_file).load()
    found = targets_of(desired, load_network(inventory, desired, max_input), locate)
    put(json_view(found, Style()) if as_json else view(found, Style()))
    problems = [problem for group in found.groups for problem in group.problems]
    tell_problems(problems_of(problems), no_color=no_color)
    if any(problem.severity == "error" for problem in problems):
        raise Ending(Code.ERROR)
