"""Whether a spec is right in itself, as plain data: exactly the document of `schemas/validate.schema.json`, typed.

It is that of `terraform validate -json`, which editors and CI systems read, with what the spec declares beside it.
"""

from __future__ import annotations

from typing import Literal

from flowspec.model.documents.plan import DocumentValue

FORMAT_VERSION = "1.0"


class Position(DocumentValue, frozen=True, kw_only=True):
    """A line and a column, counted from 1; 0 where not known."""

    line: int
    column: int


class Range(DocumentValue, frozen=True, kw_only=True):
    """A place in a file. Both ends are the one position that is known."""

    filename: str
    start: Position
    end: Position


class Diagnostic(DocumentValue, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, and what to do. `range` is left out where it is wrong nowhere in particular."""

    severity: Literal["error", "warning", "info"]
    summary: str
    detail: str
    range: Range | None = None


class BlockCounts(DocumentValue, frozen=True, kw_only=True):
    """How many blocks of each kind the spec has; none where it can't be read."""

    intents: int = 0
    boundaries: int = 0
    groups: int = 0
    exceptions: int = 0


class Validation(DocumentValue, frozen=True, kw_only=True):
    """The validate document. `valid`: no diagnostic is an error."""

    format_version: str
    valid: bool
    error_count: int
    warning_count: int
    diagnostics: tuple[Diagnostic, ...]
    declared: BlockCounts = BlockCounts()
