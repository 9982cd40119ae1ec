"""A template of the user's -> its text, made by a process of its own: a program that may run forever is ended.

No sandbox inside a process bounds time and memory: one filter can take all of both.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import msgspec

from flowspec.errors import Problem, RenderError, Severity, Where
from flowspec.model.documents.plan import Report
from flowspec.patches.template import render_file

SECONDS = 30
"""How long a template may run."""
_MEMORY = 4 * 1024**3
"""Bytes of address space, for the plan and all that a template makes of it."""


class Task(msgspec.Struct, frozen=True):
    """What the process is to do."""

    path: str
    report: Report


class Failure(msgspec.Struct, frozen=True):
    """Why it did not; `file` is "" where no place is known."""

    summary: str
    detail: str = ""
    file: str = ""
    line: int = 0


class RenderOutcome(msgspec.Struct, frozen=True):
    """One of both."""

    text: bytes = b""
    failure: Failure | None = None


def render_bounded(path: Path, report: Report, seconds: float = SECONDS) -> str:
    """The text; RenderError with file and line when the template fails, runs too long or takes too much memory."""
    program = f"import sys; sys.path[:] = {sys.path!r}; from flowspec.patches.bounded import work; work()"
    task = msgspec.json.encode(Task(str(path), report))
    try:
        done = subprocess.run([sys.executable, "-c", program], input=task, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise _refused(path, f"it runs for more than {seconds:g} seconds") from error
    if done.returncode != 0:
        raise _refused(path, "it takes more memory than a template may, or its process was ended")
    outcome = msgspec.json.decode(done.stdout, type=RenderOutcome)
    if outcome.failure is not None:
        raise _error(outcome.failure)
    return outcome.text.decode()


def work() -> None:
    """What the process does: a task from standard input, its outcome to standard output."""
    _bound_memory()
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    try:
        outcome = RenderOutcome(render_file(Path(task.path), task.report))
    except RenderError as error:
        outcome = RenderOutcome(failure=_failure(error.problems[0]))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


def _bound_memory() -> None:
    """Where the system can; elsewhere the time bounds it."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        least = _MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (least, hard))


def _failure(problem: Problem) -> Failure:
    where = problem.where or Where("")
    return Failure(problem.summary, problem.detail, where.file, where.line)


def _error(failure: Failure) -> RenderError:
    where = Where(failure.file, failure.line) if failure.file else None
    return RenderError(Problem(Severity.ERROR, failure.summary, failure.detail, where))


def _refused(path: Path, what: str) -> RenderError:
    detail = "A template writes the changes of a plan down; it needs no loops but those over changes."
    return RenderError(Problem(Severity.ERROR, f"The template fails: {what}", detail, Where(str(path))))
