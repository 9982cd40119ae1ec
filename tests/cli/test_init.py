"""`init`: a first spec in any folder."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.command import flowspec


@pytest.mark.parametrize("name", ['a "b" ${c}', "back\\slash", "--"])
def test_a_folder_of_any_name(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert flowspec("init", "--", folder).returncode == 0
    assert flowspec("validate", folder).returncode == 0


def test_a_spec_that_is_there_stays_alone(tmp_path: Path) -> None:
    """Whatever its name is: all files of a folder are one spec, and two first ones contradict each other."""
    (tmp_path / "main.flow.json").write_text('{"group": {"web": {"prefixes": ["10.0.0.0/8"]}}}')
    done = flowspec("init", tmp_path)
    assert done.returncode == 0 and "Kept " in done.stderr and "main.flow.json" in done.stderr
    assert flowspec("validate", tmp_path).returncode == 0
    assert [file.name for file in tmp_path.glob("*.flow.*")] == ["main.flow.json"]


def test_a_place_where_no_folder_can_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = flowspec("init", tmp_path / "file" / "inside")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Can't make the folder ")


def test_names_are_shown_and_not_acted_on(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[31m\u202eb\u200b\x9b"
    for word in ("Wrote", "Kept"):
        done = flowspec("init", folder)
        assert done.returncode == 0
        assert word in done.stderr and done.stderr.replace("\n", "").isprintable()


def test_a_gitignore_that_does_not_end_is_told(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").symlink_to("/dev/zero")
    done = flowspec("init", tmp_path)
    assert (done.returncode, "it is a device, not a file" in done.stderr) == (1, True)


def test_a_gitignore_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"\xff\xfe")
    done = flowspec("init", tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)


def workflow(root: Path) -> dict[str, Any]:
    text = (root / ".github" / "workflows" / "flowspec.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def command_of(root: Path) -> str:
    """The last step of the workflow."""
    return str(workflow(root)["jobs"]["plan"]["steps"][-1]["run"])


PLAN = '-i "azure:$SUBSCRIPTION" --verify both -o github -o "step-summary=$GITHUB_STEP_SUMMARY"'


@pytest.mark.parametrize("git", ["folder", "file", "none"])
def test_the_workflow_stands_where_github_looks_for_it(git: str, tmp_path: Path) -> None:
    """At the root of the repository (`.git` is a file in a worktree), and it names the folder."""
    repository, folder = tmp_path / "repository", tmp_path / "repository" / "infra" / "net work"
    folder.mkdir(parents=True)
    if git == "folder":
        (repository / ".git").mkdir()
    elif git == "file":
        (repository / ".git").write_text("gitdir: elsewhere\n")
    assert flowspec("init", cwd=folder).returncode == 0
    if git == "none":
        assert command_of(folder) == f"flowspec plan {PLAN}"
        return
    assert not (folder / ".github").exists()
    assert command_of(repository) == f"flowspec plan './infra/net work' {PLAN}"
    assert (folder / "net-work.flow.hcl").exists() and (folder / ".gitignore").exists()
    again = repository / "other"
    done = flowspec("init", "other", cwd=repository)
    assert (
        "Kept" in done.stderr
        and f"To plan this folder too, add to it:  - run: flowspec plan other {PLAN}" in done.stderr
    )
    assert (again / "other.flow.hcl").exists()


@pytest.mark.parametrize("name", ["plain", "a ${{ github.token }}", "'; curl x #", "-x", 'a": b', "línea\nzwei"])
def test_a_folder_s_name_is_no_code_in_the_workflow(name: str, tmp_path: Path) -> None:
    """Quoted for YAML, for the shell, and for what GitHub fills in."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / name
    folder.mkdir()
    assert flowspec("init", "--", folder).returncode == 0
    command = command_of(tmp_path)
    filled = command.replace("${{ '${{' }}", "\x00")
    assert "${{" not in filled
    words = shlex.split(filled.replace("\x00", "${{"))
    assert words[:2] == ["flowspec", "plan"] and words[3:] == shlex.split(PLAN)
    assert words[2] in (name, f"./{name}") and not words[2].startswith("-")


def test_the_ignored_names_are_those_that_the_documentation_uses(tmp_path: Path) -> None:
    assert flowspec("init", tmp_path).returncode == 0
    patterns = (tmp_path / ".gitignore").read_text().split()
    root = Path(__file__).parents[2]
    text = "\n".join(path.read_text() for path in (root / "README.md", *sorted((root / "docs").glob("*.md"))))
    named = set(re.findall(r"--out[= ]([a-z][\w.-]*\.\w+)|-o json=([a-z][\w.-]*\.json)", text))
    files = {first or second for first, second in named}
    assert len(files) >= 2
    assert {file for file in files if not any(fnmatch(file, pattern) for pattern in patterns)} == set()
    assert ".flowspec/" in patterns
