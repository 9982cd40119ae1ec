"""`validate`: a spec alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import flowspec
from tests.cli.shop import SPEC, lay_out
from tests.document import fits

CLASH = """
intent "ssh-from-office" {
  from     = [group.public]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Allow"
}
"""


def test_a_valid_spec(tmp_path: Path) -> None:
    lay_out(tmp_path)
    expected = "Success! The spec is valid: 2 intents, 2 groups.\n"
    for arguments in ([], ["."], ["shop.flow.hcl"]):
        done = flowspec("validate", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


def test_a_valid_spec_as_json(tmp_path: Path) -> None:
    done = flowspec("validate", "-json", cwd=lay_out(tmp_path))
    assert json.loads(done.stdout) == {
        "format_version": "1.0", "valid": True, "error_count": 0, "warning_count": 0, "diagnostics": [],
        "declared": {"intents": 2, "boundaries": 0, "groups": 2, "exceptions": 0},
    }  # fmt: skip


def test_faults_are_told_all_at_once_with_their_places(tmp_path: Path) -> None:
    spec = SPEC.replace("group.web]", "group.wob]").replace('protocol = "Tcp"', 'protocol = "Tpc"', 1)
    done = flowspec("validate", cwd=lay_out(tmp_path, spec=spec))
    assert (done.returncode, done.stdout) == (1, "")
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) >= 2
    assert all(line.startswith("Error: shop.flow.hcl:") for line in errors)
    assert all(line.removeprefix("Error: shop.flow.hcl:").split(":")[0].isdecimal() for line in errors)
    as_json = json.loads(fits(flowspec("validate", "-o", "json", cwd=tmp_path).stdout, "validate"))
    assert (as_json["valid"], as_json["error_count"]) == (False, len(errors))
    assert all(found["range"]["start"]["line"] > 0 for found in as_json["diagnostics"])


def test_a_contradiction_is_an_error(tmp_path: Path) -> None:
    done = flowspec("validate", cwd=lay_out(tmp_path, spec=SPEC + CLASH))
    assert (done.returncode, done.stdout) == (1, "")
    assert "intent.ssh-from-office" in done.stderr
    assert "intent.no-ssh-from-outside" in done.stderr


@pytest.mark.parametrize("way", ["var", "file", "environment", "missing", "malformed"])
def test_variables(way: str, tmp_path: Path) -> None:
    lay_out(tmp_path, spec='variable "port" {}\n' + SPEC.replace("[22]", "[var.port]"))
    (tmp_path / "x.tfvars").write_text("port = 22\n")
    flags = {"var": ["-var", "port=22"], "file": ["-var-file=x.tfvars"], "malformed": ["-var", "port"]}.get(way, [])
    env = {"FLOWSPEC_VAR_port": "22"} if way == "environment" else {}
    done = flowspec("validate", *flags, cwd=tmp_path, env=env)
    assert done.returncode == (1 if way in ("missing", "malformed") else 0), done.stderr
    if way == "malformed":
        assert done.stderr == "Error: --var 'port' does not assign anything: write --var NAME=VALUE.\n"


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    done = flowspec("validate", "absent.flow.hcl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "absent.flow.hcl" in done.stderr


def test_a_fault_is_shown_in_its_line(tmp_path: Path) -> None:
    """On standard error only: the document for programs has the place and nothing of the text."""
    lay_out(tmp_path, spec=SPEC.replace("group.web]", "group.wob]", 1))
    done = flowspec("validate", cwd=tmp_path)
    error, line, caret, *_ = done.stderr.splitlines()
    _, number, column = error.split(" ")[1].rstrip(":").split(":")
    assert line.startswith(f"  {number} | ") and "group.wob]" in line
    assert line[caret.index("^") :].startswith("group.wob]")
    written = (tmp_path / "shop.flow.hcl").read_text().splitlines()[int(number) - 1]
    assert written[int(column) - 1 :].startswith("group.wob]")
    as_json = flowspec("validate", "-o", "json", cwd=tmp_path)
    assert as_json.stderr == "" and "|" not in as_json.stdout
    plan = flowspec("plan", "-i", ".", cwd=tmp_path)
    assert plan.stderr.splitlines()[:3] == [error, line, caret]


def test_a_fault_in_json_is_shown_in_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.flow.json").write_text('{"group": {"web": {"subnets": ["a/b"], "prefixs": []}}}')
    done = flowspec("validate", cwd=tmp_path)
    _, line, caret, *_ = done.stderr.splitlines()
    assert line[caret.index("^") :].startswith('"prefixs"')


def test_the_mistake_that_the_documentation_shows(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    spec = (root / "examples" / "shop" / "prod.flow.hcl").read_text("utf-8")
    (tmp_path / "prod.flow.hcl").write_text(spec.replace("group.web", "group.wbe"), "utf-8")
    shown = (root / "docs" / "spec.md").read_text("utf-8").partition("## Mistakes")[2].split("```")[1]
    assert shown.removeprefix("text\n") in flowspec("validate", cwd=tmp_path).stderr
