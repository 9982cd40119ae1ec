"""A public type has a name of its own: one that stands for two things in two rooms makes readers of both guess."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import flowspec

PACKAGE = Path(flowspec.__file__).parent


def types() -> Iterator[tuple[str, Path]]:
    """Classes and type aliases of the package, those without a leading underscore."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            name = _name(node)
            if name is not None and not name.startswith("_"):
                yield name, file.relative_to(PACKAGE)


def _name(node: ast.stmt) -> str | None:
    match node:
        case ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() | ast.BinOp()) if _is_type(name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) if "TypeAlias" in ast.unparse(node.annotation):
            return name
    return None


def _is_type(name: str) -> bool:
    return name[0].isupper() and not name.isupper()


def test_a_name_of_a_type_stands_for_one_thing() -> None:
    found: dict[str, set[Path]] = {}
    for name, file in types():
        found.setdefault(name, set()).add(file)
    assert len(found) > 300
    assert {name: files for name, files in found.items() if len(files) > 1} == {}
