"""Tools from outside that some tests need: found, or the test is skipped, or in CI it fails."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

FOLDER = Path(__file__).parent.parent / ".flowspec-tools"
"""Where `.ci/run` installs them."""


def program(name: str) -> str:
    """The path of a program, from the environment that runs the tests or from the system's."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    return found or missing(name)


def node_module(name: str) -> tuple[str, Path]:
    """Node, and the folder from which it resolves a module."""
    node = program("node")
    if not (FOLDER / "node_modules" / name).is_dir():
        missing(name)
    return node, FOLDER


def python_packages(folder: str) -> Path:
    """A folder of Python packages that are not the tests' own, for a program of its own to import."""
    return FOLDER / folder if (FOLDER / folder).is_dir() else missing(folder)


def node_file(name: str, path: str) -> Path:
    """A file that a package of npm's ships."""
    file = FOLDER / "node_modules" / name / path
    return file if file.is_file() else missing(name)


def missing(name: str) -> NoReturn:
    if os.environ.get("FLOWSPEC_CI") == "1":
        pytest.fail(f"{name} is not installed, and CI runs every test", pytrace=False)
    pytest.skip(f"{name} is not installed; .ci/run installs it")
