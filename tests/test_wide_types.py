"""A type of more than four fields is made by keyword: one field moved, or two of a kind swapped, would type-check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import flowspec

PACKAGE = Path(flowspec.__file__).parent
WIDEST = 4


def types() -> Iterator[tuple[Path, ast.ClassDef, ast.expr | None]]:
    """Every dataclass and msgspec Struct of the package, with its decorator."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                made = [d for d in node.decorator_list if "dataclass" in ast.unparse(d)]
                if made or any("Struct" in ast.unparse(base) for base in node.bases):
                    yield file, node, made[0] if made else None


def fields(node: ast.ClassDef) -> list[str]:
    """What its maker gives without a name."""
    return [
        ast.unparse(item.target)
        for item in node.body
        if isinstance(item, ast.AnnAssign)
        and "ClassVar" not in ast.unparse(item.annotation)
        and not any(word in (ast.unparse(item.value) if item.value else "") for word in ("init=False", "kw_only=True"))
    ]


def is_keyword_only(node: ast.ClassDef, decorator: ast.expr | None) -> bool:
    keywords = [*node.keywords, *(decorator.keywords if isinstance(decorator, ast.Call) else [])]
    return any(word.arg == "kw_only" and ast.unparse(word.value) == "True" for word in keywords)


def test_wide_types_are_made_by_keyword() -> None:
    found = list(types())
    assert len(found) > 150
    wide = [(file, node.name) for file, node, made in found
            if len(fields(node)) > WIDEST and not is_keyword_only(node, made)]  # fmt: skip
    assert not wide, wide
