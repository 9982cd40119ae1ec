"""Who may import whom: every import of the package against the table of CONTRIBUTING.md."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import flowspec

PACKAGE = Path(flowspec.__file__).parent


@dataclass(frozen=True)
class Layer:
    """What the modules of a folder (or a file) may import besides themselves and the standard library."""

    inside: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    lazily: frozenset[str] = frozenset()


def layer(inside: str = "", outside: str = "", lazily: str = "") -> Layer:
    return Layer(frozenset(inside.split()), frozenset(outside.split()), frozenset(lazily.split()))


EVERYTHING = "errors model engine patches views sources verifiers spec server plan farm shards schema_files"
LAYERS = {
    "__init__": layer(lazily="errors model spec sources plan"),
    "__main__": layer(lazily="cli"),
    "errors": layer(),
    "schema_files": layer(),
    "model": layer("errors", "msgspec"),
    "engine": layer("model errors", "numpy oxidd"),
    "patches": layer("model errors", "jinja2"),
    "views": layer("model patches errors schema_files", "msgspec"),
    "azure": layer("model errors", "azure"),
    "sources": layer("model errors", "msgspec", lazily="azure"),
    "verifiers": layer("model engine errors", "msgspec", lazily="azure"),
    "spec": layer("model errors schema_files", "jsonschema_rs tree_sitter tree_sitter_hcl"),
    "server": layer("engine sources model errors", "starlette trustme uvicorn"),
    "farm": layer("engine model __init__"),
    "plan": layer("engine farm verifiers sources model errors"),
    "shards": layer("verifiers engine model errors", "msgspec"),
    "cli": layer(EVERYTHING, "typer msgspec distributed", lazily="azure"),
}


@dataclass(frozen=True)
class Import:
    """`inside` the layer of flowspec that is imported, or `outside` the other package; `lazy` when in a function."""

    file: Path
    line: int
    inside: str = ""
    outside: str = ""
    lazy: bool = False


def imports(file: Path) -> Iterator[Import]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lazy = {id(inner) for function in functions for inner in ast.walk(function)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            package, *rest = name.split(".")
            if package == "flowspec":
                yield Import(file, node.lineno, inside=rest[0] if rest else "", lazy=id(node) in lazy)
            elif package not in sys.stdlib_module_names:
                yield Import(file, node.lineno, outside=package, lazy=id(node) in lazy)


def is_allowed(found: Import, here: str) -> bool:
    rules = LAYERS[here]
    if found.outside:
        return found.outside in rules.outside
    if found.inside in (here, "__version__", ""):
        return True
    return found.inside in rules.inside or (found.lazy and found.inside in rules.lazily)


def layer_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_layer_may(file: Path) -> None:
    here = layer_of(file)
    assert here in LAYERS, f"{here} has no line in the table"
    wrong = [found for found in imports(file) if not is_allowed(found, here)]
    assert not wrong, "\n".join(f"{w.file}:{w.line}: {here} imports {w.inside or w.outside}" for w in wrong)


def test_only_the_document_in_the_model_knows_a_library() -> None:
    users = {found.file.name for file in (PACKAGE / "model").glob("*.py") for found in imports(file) if found.outside}
    assert users <= {"report.py"}


def test_only_the_cli_prints_or_exits() -> None:
    for file in FILES:
        if layer_of(file) in ("cli", "__main__"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert name not in ("print", "exit", "sys.exit", "os._exit", "sys.stdout.write"), f"{file}:{node!r}"
