"""Every reason for *unknown* is explained on a page: those in the code, and those of every plan that the tests make."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import flowspec
from flowspec.sources.essential import LACKS
from tests.reasons import PAGE, explained, headings

PACKAGE = Path(flowspec.__file__).parent
ROOMS = ("network", "policy", "intents", "decide", "sources", "terraform", "model")
POSITIONS = {"Lack": 1, "Maybe": 1, "unknown": 0, "unknown_match": 1, "doubt": 1, "_missing_layer": 1}
"""Calls that take a reason, and where."""
_WORDS = re.compile(r"[a-z]{2,}")
RETURNED = {("network/path.py", "_apart"), ("network/path.py", "_by_routes"), ("model/unknown.py", "why")}
"""Functions that give one back."""


def part(node: ast.expr) -> str:
    """One part of a text; a name in capitals stands for what its module says."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.FormattedValue(value=ast.Name(id="LACKS") | ast.Attribute(attr="LACKS")):
            return LACKS
    return "x"


def texts(node: ast.expr) -> Iterator[str]:
    """What an expression may write, `x` for each part that is put in; nothing for what is written elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(map(part, values))
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)
        case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
            for value in values:
                yield from texts(value)
        case ast.ListComp(elt=elt) | ast.Starred(value=elt):
            yield from texts(elt)


def reasons(file: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="reason" | "reasons")], value=value):
                yield from texts(value)
            case ast.AugAssign(target=ast.Name(id="reason" | "reasons"), value=value):
                yield from texts(value)
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="reason"), *_])], value=ast.Tuple(elts=[value, *_])):
                yield from texts(value)
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="reason"), *_])], value=ast.IfExp() as value):
                for way in (value.body, value.orelse):
                    yield from texts(way.elts[0] if isinstance(way, ast.Tuple) else way)
            case ast.keyword(arg="reason", value=value):
                yield from texts(value)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in POSITIONS:
                yield from texts(args[POSITIONS[name]]) if len(args) > POSITIONS[name] else ()
            case ast.FunctionDef(name=name) if (file, name) in RETURNED:
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return | ast.Yield) and inner.value is not None:
                        yield from texts(inner.value)


FOUND = sorted({
    (file.relative_to(PACKAGE).as_posix(), reason)
    for room in ROOMS
    for file in (PACKAGE / room).rglob("*.py")
    if file.name != "jsontext.py"  # why a file is refused
    for reason in reasons(file.relative_to(PACKAGE).as_posix(), ast.parse(file.read_text("utf-8")))
    if " " in reason and len(_WORDS.findall(reason)) > 1
})  # fmt: skip


def test_the_code_has_reasons() -> None:
    assert len(FOUND) > 60


@pytest.mark.parametrize(("file", "reason"), FOUND)
def test_a_reason_is_explained(file: str, reason: str) -> None:
    assert "" not in headings(reason), f"docs/unknown.md does not explain what {file} says: {reason}"


def test_the_page_says_of_each_what_it_means_and_how_to_settle_it() -> None:
    page = PAGE.read_text("utf-8")
    sections = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    assert len(sections) == len(explained())
    for section in sections:
        heading, *_ = section.split("\n")
        _, _, prose = section.partition("```text\n")[2].partition("```")
        assert "To settle: " in prose and len(prose.partition("To settle: ")[0].strip()) > 40, heading


def test_reasons_of_several_parts_are_held_part_by_part() -> None:
    one = "nsg rule 65000 (AllowVnetInBound): VirtualNetwork is not certain here: the tag x has no data"
    assert headings(one) == ("A service tag has no data",)
    assert headings(f"{one}; nobody ever said this") == ("A service tag has no data", "")
