"""The law of locate: at the line and column of a pointer stands its value."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowspec.errors import Where
from flowspec.sources import locate, locate_all
from flowspec.sources.node import escape

TEXT = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(
    ["", "a/b", "~", "[{", '"', "\\", "]}", "ü\n"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=25
)


def pointers(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    yield at, value
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from pointers(item, f"{at}/{escape(str(name))}")


def at(text: str, line: int, column: int) -> str:
    """The text from a place on; lines end with a line feed only, as editors that follow JSON count them."""
    return "\n".join(text.split("\n")[line - 1 :])[column - 1 :]


@given(JSON, st.sampled_from([None, 0, 2, "\t"]), st.booleans(), st.sampled_from(["", "\ufeff", "\n ", "\r\n"]))
def test_the_value_stands_where_it_is_found(value: Any, indent: Any, ascii_only: bool, before: str) -> None:
    text = before + json.dumps([value], indent=indent, ensure_ascii=ascii_only)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.json")
        file.write_bytes(text.encode())
        wanted = dict(list(pointers([value]))[1:])
        found = locate_all([Where(str(file), pointer=pointer) for pointer in wanted])
        for asked, where in found.items():
            rest = at(text.removeprefix("\ufeff"), where.line, where.column)
            assert json.JSONDecoder().raw_decode(rest)[0] == wanted[asked.pointer]


@given(
    st.binary(max_size=60) | st.text('[]{}",:\\ a1', max_size=60).map(str.encode),
    st.lists(st.sampled_from(["a", "0", "1", ""]), max_size=4),
)
def test_garbage_never_raises(data: bytes, parts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.json")
        file.write_bytes(data)
        where = Where(str(file), pointer="".join(f"/{part}" for part in parts))
        assert locate(where).file == where.file


def test_a_name_in_another_letter_case_counts_when_none_is_exact(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"A": 1,\n"a": 2}')
    (tmp_path / "b.json").write_text('\n{"Properties": {"priority": 100}}')
    for file, pointer, line in (("a.json", "/a", 2), ("a.json", "/A", 1), ("b.json", "/properties/PRIORITY", 2)):
        assert locate(Where(str(tmp_path / file), pointer=pointer)).line == line


UNCHANGED = [
    Where("no/such/file.json", pointer="/a"),
    Where("azure:0", pointer="/a"),
    Where("\0", pointer="/a"),
    Where(__file__, 3, 4, pointer="/a"),
    Where(__file__),
    Where(str(Path(__file__).parent), pointer="/a"),
]


@pytest.mark.parametrize("where", UNCHANGED, ids=str)
def test_what_has_no_place_stays_as_it_is(where: Where) -> None:
    assert locate(where) == where


@pytest.mark.parametrize("pointer", ["/b", "/a/1", "/a/x", "/a/-1", "/a/0/0", "a", "/a/²"])
def test_what_is_not_in_the_file_stays_as_it_is(pointer: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": [1]}')
    where = Where(str(tmp_path / "a.json"), pointer=pointer)
    assert locate(where) == where


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"a": 1}')
    assert locate(Where(str(file), pointer="/a")).line == 1
    file.write_text('{\n\n"a": 1}')
    assert locate(Where(str(file), pointer="/a")).line == 3


def test_deep_nesting_is_walked(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"deep": ' + '[{"x": ' * 5000 + "1" + "}]" * 5000 + ',\n"a": 1}')
    assert locate(Where(str(tmp_path / "a.json"), pointer="/a")).line == 2
