"""What the steps of the action, of the Azure template and of the GitLab job run, run by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from tests.outputs.commands import azure, github

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SHOP = "examples/shop -i examples/shop/network --today 2026-11-21"
HOSTILE = """examples/shop -i 'examples/shop/network' --today 2026-11-21 \\
  --target "$(touch pwned)" --target '`touch pwned`;touch pwned' # a comment
  --target intent.no-*"""


def bash(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """In the root of this checkout, as a runner does it."""
    environment = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=ROOT, timeout=120, text=True,
        env=environment | variables, capture_output=True,
    )  # fmt: skip


def action(
    folder: Path, arguments: str, command: str = "plan"
) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """The step and its outputs."""
    done = bash(f"bash {ROOT}/ci/github.sh", folder, RUNNER_TEMP=str(folder), FLOWSPEC_BIN=str(BIN),
                FLOWSPEC_COMMAND=command, FLOWSPEC_ARGUMENTS=arguments, GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
                GITHUB_OUTPUT=str(folder / "output"))  # fmt: skip
    output = folder / "output"
    lines = output.read_text("utf-8").splitlines() if output.exists() else []
    return done, dict(line.split("=", 1) for line in lines)


def test_the_action_ends_as_flowspec_does_and_leaves_its_reports(tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("before\n")
    done, outputs = action(tmp_path, SHOP)
    assert (done.returncode, outputs["exit-code"], done.stderr) == (2, "2", "")
    (annotation,) = github(done.stdout)
    assert (annotation.name, annotation.properties["file"]) == ("error", "examples/shop/network/nsgs.json")
    reports = Path(outputs["reports"])
    assert sorted(file.name for file in reports.iterdir()) == ["comment.md", "flowspec.sarif", "flowspec.xml"]
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert summary.startswith("before\n## ✗ flowspec: 1 drifted of 6 intents\n")
    assert (reports / "comment.md").read_text("utf-8").splitlines()[2] == "## ✗ flowspec: 1 drifted of 6 intents"
    assert len(list(etree.parse(reports / "flowspec.xml").iter("testcase"))) == 6


def test_an_error_is_no_verdict_and_the_comment_says_so(tmp_path: Path) -> None:
    done, outputs = action(tmp_path, "no/such/folder -i examples/shop/network")
    assert (done.returncode, outputs["exit-code"]) == (1, "1")
    assert "no/such/folder" in done.stderr
    told = Path(outputs["reports"], "comment.md").read_text("utf-8")
    assert told == (tmp_path / "summary.md").read_text("utf-8")
    assert told.startswith("## ✗ flowspec: no verdict, it ended with exit code 1;")


@pytest.mark.parametrize(("command", "arguments", "told"), [
    ("plan; touch pwned", SHOP, "The input command is plan or diff."),
    ("apply", SHOP, "The input command is plan or diff."),
    ("plan", "examples/shop 'unclosed", "No closing quotation"),
])  # fmt: skip
def test_what_the_action_does_not_take(command: str, arguments: str, told: str, tmp_path: Path) -> None:
    done, outputs = action(tmp_path, arguments, command)
    assert (done.returncode, outputs) == (1, {})
    assert told in done.stdout + done.stderr


def test_arguments_are_split_and_never_run(tmp_path: Path) -> None:
    done, outputs = action(tmp_path, HOSTILE.replace("\\\n", ""))
    assert outputs["exit-code"] == "1" and "$(touch pwned)" in done.stderr
    assert not (ROOT / "pwned").exists()


def test_the_steps_of_azure_pipelines(tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = yaml.safe_load((ROOT / "ci" / "azure-pipelines.yml").read_text("utf-8"))["steps"]
    script = next(step["bash"] for step in steps if "uploadsummary" in step.get("bash", ""))
    (tmp_path / "flowspec").mkdir()
    (tmp_path / "flowspec" / "bin").symlink_to(BIN)
    done = bash(script, tmp_path, AGENT_TEMPDIRECTORY=str(tmp_path), FLOWSPEC_COMMAND="plan", FLOWSPEC_ARGUMENTS=SHOP)
    assert (done.returncode, done.stderr) == (2, "")
    issue, summary = azure(done.stdout)
    assert issue.properties["sourcepath"] == str(ROOT / "examples/shop/network/nsgs.json")
    assert (summary.name, summary.message) == ("task.uploadsummary", str(tmp_path / "flowspec" / "summary.md"))
    assert Path(summary.message).read_text("utf-8").startswith("## ✗ flowspec: 1 drifted of 6 intents\n")
    assert (tmp_path / "flowspec" / "flowspec.xml").exists()


def test_the_job_of_gitlab(tmp_path: Path) -> None:
    job = yaml.safe_load((ROOT / "ci" / "gitlab-ci.yml").read_text("utf-8"))[".flowspec"]
    script = "\n".join(job["script"]).replace("flowspec-reports", str(tmp_path / "reports"))
    done = bash(script, tmp_path, FLOWSPEC_COMMAND="plan", FLOWSPEC_ARGUMENTS=f"{SHOP} --target $(touch${{IFS}}pwned)")
    assert done.returncode == 1 and not (ROOT / "pwned").exists()
    done = bash(script, tmp_path, FLOWSPEC_COMMAND="plan", FLOWSPEC_ARGUMENTS=SHOP)
    assert done.returncode == 2 and "Plan: 6 intents: 5 satisfied" in done.stdout
    names = {file.name for file in (tmp_path / "reports").iterdir()}
    assert names == {"flowspec.xml", "comment.md", "flowspec.sarif"}
    assert job["artifacts"]["reports"]["junit"] == "flowspec-reports/flowspec.xml"
