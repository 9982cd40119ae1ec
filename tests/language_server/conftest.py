"""What the tests of HCL and of JSON in an editor share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.language_server.editor import Editor

SHOP = Path(__file__).parents[2] / "examples" / "shop"


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    editor = Editor()
    yield editor
    editor.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the shop's network."""
    shutil.copytree(SHOP / "network", tmp_path / "network")
    return tmp_path
