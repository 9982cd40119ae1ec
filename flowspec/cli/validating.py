"""`flowspec validate`: is the spec right in itself, whatever the network."""

from __future__ import annotations

from collections.abc import Sequence

from flowspec.cli import options
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import SpecInputs
from flowspec.cli.outputs import is_json, put, put_json
from flowspec.cli.problems import place_of, tell_problems
from flowspec.errors import Problem, Severity, SpecError


def validate(
    spec: options.Spec = None,
    var: options.Variables = None,
    var_file: options.VariableFiles = None,
    output: options.Form = "text",
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Check the spec alone. Needs no inventory."""
    as_json = is_json(output, json=json)
    told, problems = _checked(SpecInputs(spec, var, var_file))
    valid = all(problem.severity is not Severity.ERROR for problem in problems)
    if as_json:
        put_json(_document(problems, valid))
    else:
        tell_problems(problems, no_color=no_color)
        put(told if valid else "")
    if not valid:
        raise Ending(Code.ERROR)


def _checked(inputs: SpecInputs) -> tuple[str, Sequence[Problem]]:
    """A sentence for a valid spec, and the problems of any."""
    from flowspec.spec import contradictions

    try:
        spec = inputs.load()
    except SpecError as error:
        return "", error.problems
    parts = [(len(spec.intents), "intent"), (len(spec.boundaries), "boundary"), (len(spec.groups), "group"),
             (len(spec.exceptions), "exception")]  # fmt: skip
    counts = [f"{count} {noun if count == 1 else _plural(noun)}" for count, noun in parts if count]
    return f"Success! The spec is valid: {', '.join(counts) or 'it is empty'}.\n", contradictions(spec)


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _document(problems: Sequence[Problem], valid: bool) -> dict[str, object]:
    """As `terraform validate -json` has it."""
    severities = [problem.severity for problem in problems]
    return {
        "format_version": "1.0",
        "valid": valid,
        "error_count": severities.count(Severity.ERROR),
        "warning_count": severities.count(Severity.WARNING),
        "diagnostics": [_diagnostic(problem) for problem in problems],
    }


def _diagnostic(problem: Problem) -> dict[str, object]:
    diagnostic: dict[str, object] = {
        "severity": str(problem.severity),
        "summary": problem.summary,
        "detail": problem.detail,
    }
    where = place_of(problem.where)
    if where:
        start = {"line": where.line, "column": where.column}
        diagnostic["range"] = {"filename": where.file, "start": start, "end": start}
    return diagnostic
