"""The tutorial, command by command, and the plan that *How to read a plan* explains: both say what is printed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from flowspec.cli.app import run

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
READING = (ROOT / "docs" / "reading.md").read_text("utf-8")


def block(text: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the tutorial makes."""
    shutil.copytree(ROOT / "examples" / "shop" / "network", tmp_path / "network")
    (tmp_path / "net.flow.hcl").write_text(block(TUTORIAL, "hcl"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_plan_that_is_explained_is_the_one_that_is_printed(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan"]) == 2
    assert block(READING, "text") == capsys.readouterr().out


def test_every_command_of_the_tutorial_does_what_it_says(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = re.findall(r"^flowspec (?!\{)[^#\n]+|(?<=`)flowspec [^`]+(?=`)", TUTORIAL, re.MULTILINE)
    commands = [shlex.split(line)[1:] for line in typed if "apply" not in line]
    before, after = commands[:7], commands[7:]
    assert [(command[0], run(command)) for command in before] == [
        ("targets", 0), ("validate", 0), ("fmt", 0), ("plan", 2), ("explain", 0), ("plan", 2), ("render", 0),
    ]  # fmt: skip
    told = capsys.readouterr()
    assert "group.web  2 NICs" in told.out and "Success!" in told.out
    assert "az network nsg rule delete" in told.out
    file = net / "network" / "nsgs.json"
    nsgs = json.loads(file.read_text("utf-8"))
    for nsg in nsgs:
        nsg["securityRules"] = [rule for rule in nsg["securityRules"] if rule["name"] != "tmp-allow-ssh"]
    file.write_text(json.dumps(nsgs), encoding="utf-8")
    assert run(["plan"]) == 0
    assert {run(command) for command in after} == {0} and len(after) == 6
