"""What a reader meets first: each file and each public type says what it is, and so does each public function that is
too long to be taken in at a glance."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import flowspec

PACKAGE = Path(flowspec.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
A_GLANCE = 8
"""Lines of a body that explain themselves, under a name that says the rest."""

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, Documented]]:
    """The types and functions of a module, and the methods of its types, without a leading underscore."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield f"{inside}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


def needs_words(node: Documented) -> bool:
    """Files and types always, functions beyond a glance."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return (node.end_lineno or 0) - node.body[0].lineno + 1 > A_GLANCE
    return True


def silent(tree: ast.Module) -> list[str]:
    """What should say what it is, and does not."""
    found: list[tuple[str, Documented]] = [("the file", tree), *public(tree.body)]
    return [name for name, node in found if needs_words(node) and not ast.get_docstring(node)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_what_is_public_says_what_it_is(file: Path) -> None:
    assert silent(ast.parse(file.read_text("utf-8"))) == []


def test_silence_is_noticed() -> None:
    long = "".join(f"    x = {at}\n" for at in range(A_GLANCE + 1))
    assert silent(ast.parse(f"def f():\n{long}class A:\n  def short(self): ...\ndef _private():\n{long}")) == [
        "the file", "f", "A"
    ]  # fmt: skip
    assert silent(ast.parse(f'"""What."""\ndef f():\n    """Why."""\n{long}')) == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/glossary.md"])
def test_a_page_names_files_that_are_there(page: str) -> None:
    text = (PACKAGE.parent / page).read_text("utf-8")
    named = {path.removeprefix("flowspec/") for path in re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", text)}
    assert len(named) > 10
    top = ("docs", "tests", "schemas", "examples", "ci")
    at = {path: PACKAGE.parent if path.partition("/")[0] in top else PACKAGE for path in named}
    assert [path for path in sorted(named) if not (at[path] / path).exists()] == []
