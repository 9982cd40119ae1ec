"""What the process is attached to: colour, width, and writing to it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from flowspec.errors import FlowspecError

if TYPE_CHECKING:
    from flowspec.views import Style

_PIPED_WIDTH = 80
_WIDEST = 120
_NARROWEST = 40


def prepare() -> None:
    """UTF-8 and bare line feeds on every system, so that the same report is the same bytes.

    A stream that was closed before the start leads nowhere.
    """
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def is_interactive(stream: TextIO) -> bool:
    """Whether someone is looking: a terminal, and no CI behind it."""
    return stream.isatty() and os.environ.get("CI", "").lower() in ("", "0", "false")


def has_colour(stream: TextIO, no_color: bool) -> bool:
    """Colour only for a person who did not ask for none (https://no-color.org)."""
    plain = no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return is_interactive(stream) and not plain


def style_of(stream: TextIO, *, no_color: bool) -> Style:
    """The style for a report that goes to this stream."""
    from flowspec.views import Style

    width = _PIPED_WIDTH
    if stream.isatty():
        width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((_PIPED_WIDTH, 24)).columns))
    return Style(colour=has_colour(stream, no_color), width=width)


def write(text: str) -> None:
    """To standard output, at once. A reader that has gone away is no error: the exit code still tells the outcome."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _lead_nowhere(sys.stdout)
        raise ReaderGoneError from None
    except OSError as error:
        _lead_nowhere(sys.stdout)
        raise FlowspecError(f"Can't write to standard output: {error.strerror}.") from error


def tell(text: str) -> None:
    """A message of one line for the person, on standard error: what a terminal would act on is spelt out."""
    from flowspec.views.layout import visible

    tell_drawn(visible(text))


def tell_drawn(text: str) -> None:
    """Lines that a view has drawn, on standard error. Where nobody can be told, the exit code still tells."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        _lead_nowhere(sys.stderr)


def _lead_nowhere(stream: TextIO) -> None:
    """What is left in it would be tried again when the process ends, and change the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class ReaderGoneError(Exception):
    """Nobody reads standard output any more."""
