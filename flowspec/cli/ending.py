"""Outcome -> exit code."""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """The exit codes of every command."""

    AS_WISHED = 0
    ERROR = 1
    DIFFERENT = 2


class Ending(SystemExit):
    """Ends a command with a code that it chose, as against Typer's own 2 for a usage error."""

    def __init__(self, code: Code) -> None:
        super().__init__(int(code))
        self.outcome = code
