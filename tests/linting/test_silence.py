"""Comments of the spec and the baseline: what they hide, and for how long."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowspec.model.documents.baseline import LintBaseline
from flowspec.schema_files import read_schema
from flowspec.spec import load_spec
from tests.cli.command import flowspec
from tests.document import assert_is_the_type, fits
from tests.linting.test_fix import RULES, net

SPEC = """
# flowspec:ignore FS101 nsg-snet/de* kept for the auditors until 2027-01-31
group "a" {
  prefixes = ["10.0.0.0/8"] # flowspec:ignore FS999 nothing is so until 2027-01-31
}
locals {
  text = "# flowspec:ignore FS101 no comment until 2027-01-31"
}
"""


def lay_out(folder: Path, spec: str = SPEC, rules: tuple[str, ...] = RULES) -> Path:
    (folder / "net.json").write_text(json.dumps(net(*rules)), "utf-8")
    (folder / "a.flow.hcl").write_text(spec, "utf-8")
    return folder


def test_a_comment_hides_until_its_day(tmp_path: Path) -> None:
    lay_out(tmp_path)
    command = ("lint", "a.flow.hcl", "-i", "net.json", "--fail-on", "info", "-json", "--today")
    done = flowspec(*command, "2027-01-31", cwd=tmp_path)
    found = json.loads(fits(done.stdout, "lint"))
    assert (done.returncode, found["findings"], found["summary"]["ignored"]) == (0, [], 1)
    assert [one["summary"] for one in found["problems"]] == ["flowspec:ignore FS999 hides nothing"]
    done = flowspec(*command, "2027-02-01", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (done.returncode, len(found["findings"])) == (2, 1)
    assert "flowspec:ignore FS101 ended on 2027-01-31: what it hid is told again" in done.stdout


@pytest.mark.parametrize("comment", [
    "# flowspec:ignore FS101", "# flowspec:ignore FS101 reason", "# flowspec:ignore FS101 until 2027-01-31",
    "// flowspec:ignore dead reason until 2027-01-31", "# flowspec:ignore FS101 reason until 2027-02-31",
])  # fmt: skip
def test_a_comment_that_cant_be_read_hides_nothing_and_is_told(tmp_path: Path, comment: str) -> None:
    spec = load_spec([lay_out(tmp_path, comment + "\n") / "a.flow.hcl"], environment={})
    (problem,) = spec.problems
    assert spec.ignores == () and "is not honoured" in problem.summary
    assert problem.where is not None and problem.where.line == 1


def test_only_what_is_new_or_graver_counts_against_a_baseline(tmp_path: Path) -> None:
    command = ("lint", "-i", "net.json", "--fail-on", "info")
    lay_out(tmp_path)
    done = flowspec(*command, "--write-baseline", "base.json", cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads((tmp_path / "base.json").read_text())["findings"][0]["rule"] == "securityrules/dead"
    done = flowspec(*command, "--baseline", "base.json", cwd=tmp_path)
    assert done.returncode == 0 and "1 known" in done.stdout
    lay_out(tmp_path, rules=tuple(rule.replace("high 120 In Allow", "high 120 In Deny") for rule in RULES))
    done = flowspec(*command, "--baseline", "base.json", cwd=tmp_path)
    assert done.returncode == 2 and "FS101" in done.stdout, "it is a warning now"


def test_the_schema_of_the_baseline_is_its_type() -> None:
    assert_is_the_type(json.loads(read_schema("lint-baseline")), LintBaseline)


def test_fix_saves_a_plan(tmp_path: Path) -> None:
    lay_out(tmp_path)
    done = flowspec("lint", "-i", "net.json", "--fix", "p.plan", "--today", "2026-11-21", cwd=tmp_path)
    assert "Saved a plan of 3 changes to p.plan" in done.stderr
    shown = flowspec("show", "p.plan", cwd=tmp_path)
    assert shown.returncode == 0 and "2 to delete" in shown.stdout
    done = flowspec("render", "p.plan", "--dialect", "terraform", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
