"""A spec, or what is wrong with it -> the document of validate."""

from __future__ import annotations

from collections.abc import Sequence

from flowspec.errors import Problem, Severity
from flowspec.model.documents.validate import FORMAT_VERSION, BlockCounts, Diagnostic, Position, Range, Validation
from flowspec.model.spec import Spec


def validation_of(spec: Spec | None, problems: Sequence[Problem]) -> Validation:
    """`spec` is None where it can't be read."""
    severities = [problem.severity for problem in problems]
    return Validation(
        format_version=FORMAT_VERSION,
        valid=Severity.ERROR not in severities,
        error_count=severities.count(Severity.ERROR),
        warning_count=severities.count(Severity.WARNING),
        diagnostics=tuple(map(_diagnostic, problems)),
        declared=BlockCounts() if spec is None else _declared(spec),
    )


def _declared(spec: Spec) -> BlockCounts:
    return BlockCounts(
        intents=len(spec.intents),
        boundaries=len(spec.boundaries),
        groups=len(spec.groups),
        exceptions=len(spec.exceptions),
    )


def _diagnostic(problem: Problem) -> Diagnostic:
    """Places in a spec have their line from the start."""
    found = None
    if problem.where is not None:
        at = Position(line=problem.where.line, column=problem.where.column)
        found = Range(filename=problem.where.file, start=at, end=at)
    return Diagnostic(severity=problem.severity.value, summary=problem.summary, detail=problem.detail, range=found)
