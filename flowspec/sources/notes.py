"""Whatever a reader finds wrong -> Problems, collected so that all are told at once."""

from __future__ import annotations

from flowspec.errors import Problem, Severity, Where


class Notes:
    """The problems of one run, in the order they were met; the same one is kept once."""

    def __init__(self) -> None:
        self._problems: dict[tuple[str, str, Where | None], Problem] = {}

    def _add(self, severity: Severity, summary: str, detail: str, where: Where | None) -> None:
        self._problems.setdefault((summary, detail, where), Problem(severity, summary, detail, where))

    def error(self, summary: str, detail: str = "", where: Where | None = None) -> None:
        self._add(Severity.ERROR, summary, detail, where)

    def warning(self, summary: str, detail: str = "", where: Where | None = None) -> None:
        self._add(Severity.WARNING, summary, detail, where)

    def info(self, summary: str, detail: str = "", where: Where | None = None) -> None:
        self._add(Severity.INFO, summary, detail, where)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._problems.values())

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self._problems.values() if p.severity is Severity.ERROR)


def some(names: list[str], most: int = 5) -> str:
    """`a, b and 3 more`: names for a message, however many there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
