"""Formats of a CI where a change is held to the network before: the gate's verdict first, and what it says of each."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.plan import Report
from flowspec.views import VIEWS, Style
from tests.cli.shop import CLOSED, resources
from tests.gating import change
from tests.outputs.commands import azure, github
from tests.outputs.test_junit import suites
from tests.outputs.test_sarif import place, run_of

BEFORE = resources(CLOSED)
OPENED = resources(change.ssh("8.8.8.0/24"), CLOSED)
WIDER = resources(change.ssh("8.8.0.0/16"), CLOSED)


def planned(folder: Path, old: list[change.Json], new: list[change.Json], *arguments: str) -> Report:
    _, document = change.plan(folder, old, new, "--base", "old.json", "--today", "2026-11-21", *arguments)
    return msgspec.convert(document, Report)


def drawn(report: Report, form: str, style: Style | None = None) -> str:
    return VIEWS["plan"][form](report, style or Style())


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return planned(tmp_path_factory.mktemp("opened"), BEFORE, OPENED, "--no-new-access")


def known_of(folder: Path) -> Report:
    return planned(folder, OPENED, OPENED)


def test_the_verdict_of_the_gate_comes_first(opened: Report, tmp_path: Path) -> None:
    lines = drawn(opened, "markdown").splitlines()
    assert lines[2].startswith("## ✗ flowspec: the gate fails; 2 drifted of 2 intents")
    assert lines[4:6] == ["```text", "✗ GATE FAILS  (against the base)"]
    passing = drawn(known_of(tmp_path), "markdown").splitlines()
    assert passing[2].startswith("## ✓ flowspec: the gate passes; 2 drifted of 2 intents")


def test_what_opens_is_told_with_its_rule(opened: Report) -> None:
    text = drawn(opened, "markdown")
    assert "### ✗ `OPENS Inbound`" in text and "tmp-allow-ssh (190, Allow), at new.json:" in text
    opens = [r for r in run_of(opened)["results"] if r["ruleId"] == "opens"]
    assert [r["level"] for r in opens] == ["error"] * len(opens) and place(opens[0]["locations"][0])[0] == "new.json"


def test_annotations_begin_with_what_does_not_pass(opened: Report) -> None:
    errors = [c.properties["title"] for c in github(drawn(opened, "github")) if c.name == "error"]
    assert errors[:2] == ["GATE FAILS intents", "GATE FAILS no-new-access"]
    assert any(title.startswith("DRIFT intent.no-ssh-from-outside") for title in errors)
    assert "OPENS Inbound" in errors
    assert [i.properties["code"] for i in azure(drawn(opened, "azure-devops"))][:2] == ["gate", "gate"]


def test_what_was_so_before_is_a_note_and_comes_last(tmp_path: Path) -> None:
    report = known_of(tmp_path)
    commands = github(drawn(report, "github"))
    assert {command.name for command in commands} == {"notice"}
    assert all(command.properties["title"].endswith("as before") for command in commands)
    assert azure(drawn(report, "azure-devops")) == []
    worse = planned(tmp_path, OPENED, WIDER)
    titles = [line for line in drawn(worse, "markdown").splitlines() if line.startswith("### ")]
    assert titles[-1].endswith(", as before`") and not any("as before" in title for title in titles[:-1])
    assert titles[0].startswith("### ✗ `DRIFT intent.no-ssh-from-outside")


def test_quiet_where_a_change_changes_nothing(opened: Report, tmp_path: Path) -> None:
    quiet = Style(quiet=True)
    assert drawn(known_of(tmp_path), "markdown", quiet) == ""
    assert drawn(opened, "markdown", quiet) == drawn(opened, "markdown")


def test_a_case_for_each_brake(opened: Report) -> None:
    gate = next(suite for suite in suites(opened) if suite.get("name") == "gate")
    assert [(case.get("name"), [child.tag for child in case]) for case in gate.findall("testcase")] == [
        ("intents", ["failure"]), ("no-new-access", ["failure"])
    ]  # fmt: skip


def test_a_diff_that_is_held_to_something(tmp_path: Path) -> None:
    _, document = change.diff(tmp_path, BEFORE, OPENED, "--no-new-access")
    found = msgspec.convert(document, Diff)
    text = VIEWS["diff"]["markdown"](found, Style())
    assert text.splitlines()[2].startswith("## ✗ flowspec: the gate fails; 1 cause opens flows")
    first = github(VIEWS["diff"]["github"](found, Style()))[0]
    assert (first.name, first.properties["title"]) == ("error", "GATE FAILS no-new-access")
    _, document = change.diff(tmp_path, OPENED, BEFORE, "--no-new-access")
    closing = msgspec.convert(document, Diff)
    assert {c.name for c in github(VIEWS["diff"]["github"](closing, Style()))} == {"notice"}
    assert VIEWS["diff"]["markdown"](closing, Style()).splitlines()[2].startswith("## ✓ flowspec: the gate passes; 1 ")


def test_what_is_not_declared_is_told_at_its_cause(tmp_path: Path) -> None:
    declared = {"opens": [{"from": ["8.8.8.0/25"], "to": ["10.0.0.0/24"], "protocol": "Tcp", "ports": [22]}]}
    (tmp_path / "declared.json").write_text(json.dumps(declared), "utf-8")
    _, document = change.diff(tmp_path, BEFORE, OPENED, "--declared", "declared.json")
    commands = github(VIEWS["diff"]["github"](msgspec.convert(document, Diff), Style()))
    (opens,) = (command for command in commands if command.properties["title"] == "OPENS Inbound")
    assert opens.name == "error" and "not declared Tcp 22 from 8.8.8.128/25 to subnet vnet-shop/snet" in opens.message
    declared["opens"][0]["from"] = ["8.8.8.0/24"]
    (tmp_path / "declared.json").write_text(json.dumps(declared), "utf-8")
    _, document = change.diff(tmp_path, BEFORE, OPENED, "--declared", "declared.json")
    assert {c.name for c in github(VIEWS["diff"]["github"](msgspec.convert(document, Diff), Style()))} == {"notice"}
