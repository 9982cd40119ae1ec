"""Text -> lines: hostile characters made visible, words wrapped under a hanging indent, places set to the right."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COMMANDS = re.compile(r"::(?=[A-Za-z][\w-]*\b[^\n]*?::)|##(?=[A-Za-z.]*\[)")
"""Openings of the commands that GitHub Actions and Azure Pipelines read from a log."""


def visible(text: str) -> str:
    """`text` on one line, with everything that a terminal or a CI log would act on spelt as an escape.

    Names and descriptions come from the cloud: control characters, ANSI sequences, line breaks, bidirectional and
    invisible characters could forge a line of the report or hide a part of it.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escape(c) for c in text)
    if "::" in text or "##" in text:
        text = _COMMANDS.sub(lambda found: "\\" + "\\".join(found.group()), text)
    return text


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def fill(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """The words of `text` on lines of at most `width`, the first after `first`, the others after `rest`.

    A word longer than a line stays whole, so that ids and paths can be copied.
    """
    hanging = " " * len(first) if rest is None else rest
    lines: list[str] = []
    line, empty = first, True
    for word in text.split(" "):
        if not empty and len(line) + 1 + len(word) > width:
            lines.append(line)
            line, empty = hanging, True
        line += word if empty else f" {word}"
        empty = False
    lines.append(line.rstrip())
    return lines


def clipped(text: str, width: int) -> str:
    """`text`, with an ellipsis where it would be wider."""
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"


def within(text: str, width: int) -> str:
    """A name, of which the middle is left out where it would be wider: names that are alike differ at their ends."""
    if len(text) <= width:
        return text
    end = (width - 1) // 2
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"


def join(parts: Iterable[str], separator: str, width: int, first: str = "") -> list[str]:
    """`parts` beside each other where they fit, else each on a line of its own."""
    whole = separator.join(parts := list(parts))
    if len(first) + len(whole) <= width:
        return [first + whole]
    lines: list[str] = []
    for at, part in enumerate(parts):
        end = separator.rstrip() if at + 1 < len(parts) else ""
        lines += fill(part + end, width, first if not lines else " " * len(first))
    return lines


def beside(lines: list[str], place: str, width: int, indent: int) -> list[str]:
    """`lines` with `place` at the right edge of the first, or indented on a line of its own where it doesn't fit."""
    if not place:
        return lines
    if len(lines[0]) + 2 + len(place) <= width:
        return [lines[0] + place.rjust(width - len(lines[0])), *lines[1:]]
    return [*lines, " " * indent + place]
