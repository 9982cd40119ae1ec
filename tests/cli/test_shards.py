"""`plan --shard` and `show` of several plans: from files to one plan, and the workflow of examples/ci."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.command import environment, flowspec
from tests.cli.shop import CLOSED, SPEC, SSH, lay_out
from tests.cli.test_plan import IDLE, last_line, plan
from tests.document import fits

EXAMPLES = Path(__file__).parents[2] / "examples"


def shards(folder: Path, of: int) -> list[str]:
    """The files of all shards, and that each is a plan."""
    files = [f"{n}.json" for n in range(1, of + 1)]
    for number, file in enumerate(files, 1):
        done = plan(folder, "--shard", f"{number}/{of}", "-o", f"json={file}")
        assert f"\nShard {number} of {of}: " in done.stdout
        assert last_line(done).startswith("Plan: ")
        shard = document(folder, file)["shard"]
        assert (shard["number"], shard["of"]) == (number, of)
    return files


def document(folder: Path, file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fits((folder / file).read_text()))
    return found


@pytest.mark.parametrize("of", [1, 2, 3])
def test_merged_shards_are_the_plan(of: int, tmp_path: Path) -> None:
    """A single shard and more shards than intents too."""
    whole = plan(lay_out(tmp_path, CLOSED), "-o", "json=all.json")
    files = shards(tmp_path, of)
    done = flowspec("show", *reversed(files), "-o", "json=merged.json", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, whole.stdout, "")
    assert (tmp_path / "merged.json").read_bytes() == (tmp_path / "all.json").read_bytes()
    assert flowspec("show", *files, "-json", cwd=tmp_path).stdout == (tmp_path / "all.json").read_text()
    patches = [flowspec("render", file, "--dialect", "az", cwd=tmp_path) for file in ("all.json", "merged.json")]
    assert patches[0].stdout == patches[1].stdout != ""
    assert patches[1].stderr == ""


def test_each_job_answers_for_its_own_intents(tmp_path: Path) -> None:
    lay_out(tmp_path, CLOSED)
    assert [plan(tmp_path, "--shard", f"{n}/3").returncode for n in (1, 2, 3)] == [2, 0, 0]
    lay_out(tmp_path, SSH)
    assert [plan(tmp_path, "--shard", f"{n}/2", "--fail-on", "warning").returncode for n in (1, 2)] == [0, 2]


def test_a_shard_is_shown_alone(tmp_path: Path) -> None:
    done = plan(lay_out(tmp_path, CLOSED), "--shard", "1/2", "--out", "1.plan")
    assert flowspec("show", "1.plan", cwd=tmp_path).stdout == done.stdout
    assert "\nShard 1 of 2: 1 of 2 intents. flowspec show merges the plans of all shards.\n" in done.stdout
    assert "+ create nsg-shop" in done.stdout


def test_fixes_of_several_shards_are_said_not_to_be_proved_together(tmp_path: Path) -> None:
    files = shards(lay_out(tmp_path, SSH, CLOSED), 2)
    done = flowspec("show", *files, "-o", "json=merged.json", cwd=tmp_path)
    assert done.returncode == 0
    assert "Note: The changes of shards 1 and 2 were proved shard by shard, not together." in done.stdout
    assert last_line(done) == (
        "Plan: 2 intents: 0 satisfied, 2 drifted, 0 unknown. 1 rule to add, 0 to change, 1 to delete."
    )
    merged = document(tmp_path, "merged.json")
    assert (merged["applyable"], merged["complete"], merged["shard"]) == (False, True, None)
    rendered = flowspec("render", "merged.json", "--dialect", "az", cwd=tmp_path)
    assert rendered.returncode == 0
    assert rendered.stdout.count("\naz network nsg rule create") == 1
    assert rendered.stdout.count("\naz network nsg rule delete") == 1
    assert rendered.stderr.startswith("These changes were proved shard by shard, not together")


def test_an_intent_in_error_is_merged_from_a_report_and_never_saved(tmp_path: Path) -> None:
    lay_out(tmp_path, spec=SPEC + IDLE)
    done = plan(tmp_path, "--shard", "2/2", "--out", "saved.plan")
    assert (done.returncode, (tmp_path / "saved.plan").exists()) == (0, True)
    done = plan(tmp_path, "--shard", "3/3", "--out", "third.plan")
    assert (done.returncode, (tmp_path / "third.plan").exists()) == (1, False)
    shown = flowspec("show", *shards(tmp_path, 3), cwd=tmp_path)
    assert "! ERROR   intent.idle" in shown.stdout
    assert "2 satisfied, 0 drifted, 0 unknown, 1 in error" in last_line(shown)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["1.json", "2.json"], "Error: 1 of 3 shards is missing: 3/3."),
        (["1.json", "2.json", "2.json", "3.json"], "Error: Shard 2 of 3 is given 2 times: 2.json, 2.json."),
        (["1.json", "2.json", "3.json", "all.json"], "Error: all.json is no shard: it is the plan of all intents."),
        (["1.json", "2.json", "late.json"], "Error: late.json was planned for 2026-11-22, and 1.json for 2026-11-21."),
        (["1.json", "2.json", "other.json"], "Error: other.json was planned over another inventory than 1.json: net"),
        (["1.json", "absent.json"], "Error: Can't read absent.json: No such file or directory."),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_refused_and_nothing_written(
    given: list[str], words: str, tmp_path: Path
) -> None:
    shards(lay_out(tmp_path, CLOSED), 3)
    plan(tmp_path, "-o", "json=all.json")
    plan(tmp_path, "--shard", "3/3", "-o", "json=late.json", "--today", "2026-11-22")
    plan(lay_out(tmp_path, SSH), "--shard", "3/3", "-o", "json=other.json")
    done = flowspec("show", *given, "-o", "json=merged.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(words)
    assert not (tmp_path / "merged.json").exists()


# The workflow of the examples, run step by step


def test_the_workflow_of_the_examples(tmp_path: Path) -> None:
    workflow = yaml.safe_load((EXAMPLES / "ci" / "github-shards.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    lay_out(tmp_path)
    (tmp_path / "az-export").mkdir()
    (tmp_path / "net.json").rename(tmp_path / "az-export" / "net.json")
    matrix = jobs["plan"]["strategy"]["matrix"]["shard"]
    for shard in matrix:
        run_steps(jobs["plan"], tmp_path, {"matrix.shard": shard, "strategy.job-total": len(matrix)})
        upload = next(step["with"] for step in jobs["plan"]["steps"] if "upload-artifact" in step.get("uses", ""))
        assert (tmp_path / filled(upload["path"], {"matrix.shard": shard})).exists()
    assert jobs["report"]["needs"] == "plan"
    run_steps(jobs["report"], tmp_path, {})
    merged = document(tmp_path, "plan.json")
    assert (merged["complete"], merged["summary"]["satisfied"]) == (True, 2)


def filled(text: str, values: dict[str, int]) -> str:
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: str(values[found[1]]), text)


def run_steps(job: dict[str, Any], folder: Path, values: dict[str, int]) -> None:
    given = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    given |= {name: filled(value, values) for name, value in job.get("env", {}).items()}
    for command in (step["run"] for step in job["steps"] if "run" in step):
        if not command.startswith("pip "):
            line = ["bash", "-e", "-o", "pipefail", "-c", command]
            subprocess.run(line, cwd=folder, env=environment(given), check=True, capture_output=True)
