"""The wheel holds all that the checkout has beside the package, and works on its own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_schemas_templates_data_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"flowspec/schemas/{file.name}" for file in (CHECKOUT / "schemas").iterdir()}
    expected.add("flowspec/data/unknown.md")
    for pattern in ("*.py", "*.j2", "*.json", "page/*", "py.typed"):
        expected |= {file.relative_to(CHECKOUT).as_posix() for file in (CHECKOUT / "flowspec").rglob(pattern)}
    assert expected <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/")]


def test_it_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    program = (
        "import flowspec, flowspec.schema_files as f, flowspec.patches.template as t\n"
        "print(flowspec.__file__, len(f.read_schema('plan')), len(f.read_schema('spec')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout.startswith(str(tmp_path)), done.stderr
    version = [sys.executable, "-m", "flowspec", "--version"]
    assert subprocess.run(version, cwd=tmp_path, env=environment, capture_output=True).stdout.startswith(b"flowspec ")
