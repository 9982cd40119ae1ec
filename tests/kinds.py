"""What a test module takes: some draw networks by the hundred, some start processes; `make test-fast` does neither."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
KINDS = {
    "drawn": ("tests.naive.networks", "judges hundreds of networks drawn at random"),
    "process": ("subprocess", "starts the command, or another program, as a process of its own"),
}
"""Marker -> the module by whose import, however far away, a test module is known, and what that means."""


def kinds_of(file: Path) -> list[str]:
    """The markers of a test module."""
    needed = _reached(file)
    return [kind for kind, (module, _) in KINDS.items() if module in needed]


@cache
def _reached(file: Path) -> frozenset[str]:
    """Every module that a file of the tests imports, itself or through others of the tests."""
    found: set[str] = set()
    open_ = [file]
    while open_:
        for name in _imported(open_.pop()):
            if name not in found:
                found.add(name)
                path = TESTS.parent.joinpath(*name.split("."))
                open_ += [p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file() and "tests" in name]
    return frozenset(found)


@cache
def _imported(file: Path) -> frozenset[str]:
    return frozenset(_names(ast.parse(file.read_text("utf-8"))))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
