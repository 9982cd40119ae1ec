"""What a command does not use, it does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment

SHOP = Path(__file__).parents[2] / "examples" / "shop"
LOADED = """
import sys
before = set(sys.modules)
from flowspec.__main__ import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write("\\n" + " ".join({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
ASKED = ["--direction", "Inbound", "--protocol", "TCP", "--local", "10.20.1.4:22", "--remote", "8.8.8.8:50000"]
COMMAND = {"typer", "annotated_doc", "shellingham"}
"""Typer, and what it loads."""
DATA = COMMAND | {"msgspec", "typing_extensions"}
SPEC = DATA | {"jsonschema_rs"}
"""jsonschema, which takes as long to load as a small plan to make, waits for a spec with something to explain."""
SLOW = {"asyncio", "concurrent", "http", "logging", "multiprocessing", "sqlite3", "ssl", "unittest", "xml"}
"""Of the standard library."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("plan") / "shop.fplan"
    loaded("plan", str(SHOP), "-i", str(SHOP / "network"), "--out", str(file))
    return file


def loaded(*arguments: str) -> set[str]:
    """The modules that a command loads, those of Python's own start left out."""
    command = [sys.executable, "-c", LOADED, *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout, done.stderr
    return set(done.stderr.rpartition("\n")[2].split())


def foreign(modules: set[str]) -> set[str]:
    """All that is neither ours nor Python's; and what is slow of Python's."""
    return modules - {"flowspec"} - (sys.stdlib_module_names - SLOW)


@pytest.mark.parametrize(
    ("arguments", "used"),
    [
        (["--version"], set()),
        (["--help"], COMMAND),
        (["plan", "--help"], COMMAND),
        (["init", "--azure-role"], COMMAND),
        (["validate", str(SHOP)], SPEC),
        (["plan", str(SHOP), "-i", str(SHOP / "network")], SPEC),
        (["plan", str(SHOP), "-i", str(SHOP / "network"), "--json"], SPEC),
        (["targets", str(SHOP), "-i", str(SHOP / "network")], SPEC),
        (["verify", "-i", str(SHOP / "network"), "--vm", "vm-web-01", *ASKED], DATA),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else len(given),
)
def test_nothing_else_is_loaded(arguments: list[str], used: set[str]) -> None:
    assert foreign(loaded(*arguments)) <= used


def test_what_explains_is_loaded_by_a_spec_that_is_wrong(tmp_path: Path) -> None:
    """So that the name it does not have above is the one it would have."""
    (tmp_path / "a.flow.hcl").write_text('intent "i" {\n}\n')
    assert "jsonschema" in loaded("validate", "-o", "json", str(tmp_path))


def test_a_saved_plan_is_shown_without_what_made_it(saved: Path) -> None:
    assert foreign(loaded("show", str(saved))) <= DATA
    assert foreign(loaded("show", str(saved), "-o", "json")) <= DATA


def test_templates_are_loaded_by_what_renders(saved: Path) -> None:
    """So that the names above are those that would be there."""
    assert "jinja2" in loaded("render", str(saved), "--dialect", "az")
