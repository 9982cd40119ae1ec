"""What a CI finds of the files that a report names: those that git has."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.cli.command import flowspec
from tests.cli.shop import SSH, lay_out
from tests.outputs.commands import github

PLAN = ("plan", "infra", "-i", "infra/net.json", "--today", "2026-11-21")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


def places(folder: Path, where: str = ".") -> set[str]:
    """The files of the annotations, and of the results of SARIF, which are the same."""
    arguments = [part.replace("infra", where) for part in PLAN] if where == "." else list(PLAN)
    cwd = folder / "infra" if where == "." else folder
    done = flowspec(*arguments, "-o", "github", "-o", "sarif=out.sarif", cwd=cwd)
    (run,) = json.loads((cwd / "out.sarif").read_text("utf-8"))["runs"]
    found = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
    assert found == {command.properties["file"] for command in github(done.stdout) if "DRIFT" in str(command)}
    return found


def test_paths_are_those_of_the_repository_and_of_files_that_it_has(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    lay_out(tmp_path / "infra", SSH)
    (spec,) = (file.name for file in (tmp_path / "infra").glob("*.flow.hcl"))
    assert places(tmp_path, "infra") == {"infra/net.json"}, "without a repository all that is below the folder"
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", f"infra/{spec}")
    assert places(tmp_path, "infra") == places(tmp_path) == {f"infra/{spec}"}, "made by the run, not committed"
    git(tmp_path, "add", "infra/net.json")
    assert places(tmp_path, "infra") == places(tmp_path) == {"infra/net.json"}
