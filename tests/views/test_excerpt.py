"""The line under an error, and the caret under the place in it."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowspec.errors import Where
from flowspec.views.excerpt import excerpt
from flowspec.views.style import Style

WIDTH = 60
PLAIN = Style()


def shown(text: str, line: int, column: int) -> list[str]:
    return excerpt(Where("x.flow.hcl", line, column, source=text), PLAIN, WIDTH)


def columns(text: str) -> int:
    return sum(0 if combining(one) else 1 + (east_asian_width(one) in "WF") for one in text)


def above(line: str, caret: str) -> str:
    """The rest of the line from where the caret stands under it."""
    return next((line[at:] for at in range(len(line)) if columns(line[:at]) == len(caret) - 1), "")


@pytest.mark.parametrize(
    ("text", "line", "column", "drawn", "there"),
    [
        ("a = 1\nbc = d\n", 2, 6, "  2 | bc = d", "d"),
        ("a = 1\r\nbc = d\r\n", 2, 6, "  2 | bc = d", "d"),
        ("a = (", 1, 6, "  1 | a = (", ""),
        ("\ta\t= b", 1, 4, "  1 |     a    = b", "= b"),
        ('x = "日本" + y', 1, 10, '  1 | x = "日本" + y', "+ y"),
        ("e\u0301 = b", 1, 6, "  1 | e\u0301 = b", "b"),
        ("a\x1b[2J = b", 1, 9, r"  1 | a\x1b[2J = b", "b"),
        ("a\u202e = b", 1, 6, r"  1 | a\u202e = b", "b"),
        ('"::error::x" b', 1, 14, r'  1 | "\:\:error::x" b', "b"),
        ('"##[error]x" b', 1, 14, r'  1 | "\#\#[error]x" b', "b"),
        ('"::error b::x"', 1, 10, r'  1 | "\:\:error b::x"', 'b::x"'),
    ],
)
def test_the_caret_stands_under_the_place(text: str, line: int, column: int, drawn: str, there: str) -> None:
    first, second = shown(text, line, column)
    assert first == drawn and second.endswith("^") and second[:-1].strip() == "|"
    assert above(first, second) == there


def test_there_is_none_where_nothing_can_be_shown() -> None:
    assert shown("a = 1\n", 1, 0) == []
    assert shown("a = 1\n", 9, 1) == []
    assert shown("a = 1\n \n", 2, 2) == []
    assert excerpt(Where("x.flow.hcl", 1, 1), PLAIN, WIDTH) == []


@given(st.text(st.characters(exclude_characters="\n\r:#"), min_size=1, max_size=300), st.data())
def test_any_place_of_any_line(line: str, data: st.DataObject) -> None:
    """What stands above the caret is what the place holds, and neither line is wider than it may be."""
    column = data.draw(st.integers(1, len(line)))
    drawn = shown(line, 1, column)
    if not line.strip():
        assert drawn == []
        return
    text, caret = drawn
    assert columns(text) <= WIDTH and len(caret) <= WIDTH + 1
    assert text.isprintable()
    place = line[column - 1]
    if place.isascii() and place.isalnum():
        assert above(text, caret)[:1] == place


def test_a_line_without_end_is_cut_and_cheap() -> None:
    text = '{"group": "' + "x" * 5_000_000 + '", "y": z}'
    line, caret = shown(text, 1, len(text) - 1)
    assert len(line) <= WIDTH and line.endswith(', "y": z}') and "…" in line
    assert line[len(caret) - 1] == "z"


def test_colour_is_of_the_margin_and_the_caret() -> None:
    line, caret = excerpt(Where("x", 1, 1, source="a"), Style(colour=True), WIDTH)
    assert line.endswith("a") and line.startswith("\x1b[2m")
    assert "^" in caret and caret.endswith("\x1b[0m")
