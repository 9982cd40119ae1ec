"""Failures a user can mend -> one exception a layer; and `Where`, the place that every message points to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Where:
    """A place in an input file.

    `line` and `column` count from 1; 0 means not known (yet). `pointer` is the JSON pointer of the value inside
    `file`, from which `flowspec.sources.locate` finds the line when the place is reported: looking up a line
    costs a scan of the file, so nobody does it for the thousands of rules that are never shown. `address` is what
    Terraform calls the resource. `source` is the whole text of the file, where the place is shown with its line.
    """

    file: str
    line: int = 0
    column: int = 0
    pointer: str = ""
    address: str = field(default="", kw_only=True)
    source: str = field(default="", kw_only=True, compare=False, repr=False)

    def text(self) -> str:
        """`file:line:column`, leaving out what is not known."""
        parts = [self.file] + [str(n) for n in (self.line, self.column) if n]
        return ":".join(parts)


class Severity(StrEnum):
    """How much a problem, or an intent that is not as wished, counts."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to tell the user: what is wrong (`summary`), what to do (`detail`), and where."""

    severity: Severity
    summary: str
    detail: str = ""
    where: Where | None = None


class FlowspecError(Exception):
    """An error of the user's input or surroundings: shown without a traceback, exit code 1."""

    def __init__(self, problems: Problem | str | tuple[Problem, ...] | list[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(Severity.ERROR, problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(_line, self.problems)))


def _line(problem: Problem) -> str:
    """A problem for a program that prints the exception: the place, then what is wrong."""
    return f"{problem.where.text()}: {problem.summary}" if problem.where else problem.summary


class SpecError(FlowspecError):
    """The spec does not parse, does not fit its schema, or names what does not exist."""


class SourceError(FlowspecError):
    """An inventory can't be read."""


class AzureError(FlowspecError):
    """Azure can't be asked: no credential, no way there, or it refuses."""


class PlanFileError(FlowspecError):
    """A saved plan is stale, edited or foreign."""


class RenderError(FlowspecError):
    """A patch can't be rendered."""


class RequestError(FlowspecError):
    """A flow can't be judged as asked: `code` and `message` are those of the REST API (azure.md A8, B1.6)."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"({code}) {message}")
        self.code = code
        self.message = message
        self.status = status
