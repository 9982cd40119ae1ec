"""`--today`: the day that a command takes today to be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

Today = Annotated[
    str | None,
    typer.Option(
        "--today",
        metavar="YYYY-MM-DD",
        help="The day that exceptions are held against.  [default: today, UTC]",
        show_default=False,
    ),
]


def day_of(text: str | None) -> date:
    """The day that `--today` names, or today."""
    if text is None:
        return datetime.now(UTC).date()
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day: write it as 2026-11-21.", param_hint="--today") from error
