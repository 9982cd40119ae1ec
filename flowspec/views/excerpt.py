"""A place in a text -> its line, with a caret under the place."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import combining, east_asian_width

from flowspec.errors import Where
from flowspec.views.layout import visible
from flowspec.views.style import Style

_TAB = "    "


def excerpt(where: Where, style: Style, width: int) -> list[str]:
    """Two lines of at most `width` columns; none where the text or the column is not known, or the line is blank.

    A line that is too long is cut on both sides: half of the width is for what stands before the place.
    """
    line = _line(where.source, where.line) if where.column else ""
    if not line.strip():
        return []
    margin = f"  {where.line} | "
    after = _shown(line[where.column - 1 :][:width])
    before = _cut(_shown(line[: where.column - 1][-width:])[::-1], width // 2)[::-1]
    shown = visible(before + _cut(after, width - len(margin) - _columns(before)))
    caret = _columns(visible(before + after)) - _columns(after)
    edge = f"{'|':>{len(margin) - 1}} "
    return [
        f"{style.paint(margin, 'dim')}{shown}".rstrip(),
        f"{style.paint(edge, 'dim')}{' ' * caret}{style.paint('^', 'bold', 'red')}",
    ]


@lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    return text.split("\n")


def _line(text: str, number: int) -> str:
    lines = _lines(text)
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


def _shown(text: str) -> str:
    """As a terminal may show it: tabs as blanks, since a caret can't know where they stop."""
    return visible(text.replace("\t", _TAB))


def _cut(text: str, width: int) -> str:
    """The beginning of a text that fits, and an ellipsis where that is not all."""
    if _columns(text) <= width:
        return text
    end = taken = 0
    while taken + _columns(text[end]) < width:
        taken += _columns(text[end])
        end += 1
    return f"{text[:end]}…"


def _columns(text: str) -> int:
    """How wide a terminal shows it: East Asian characters take two columns, marks on a letter none."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)
