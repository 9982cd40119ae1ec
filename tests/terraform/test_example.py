"""The three NSGs that scanners of one rule at a time get wrong: right verdicts, at the lines of their own files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import flowspec
from flowspec.model.templates import TemplateOptions
from flowspec.sources import load_inventory

FOLDER = Path(__file__).parents[2] / "examples" / "scanners"


def test_a_dead_rule_is_none_and_two_halves_are_everybody() -> None:
    options = TemplateOptions(terraform_dir=str(FOLDER))
    found = load_inventory([str(FOLDER / "network")], templates=options)
    report = flowspec.plan(flowspec.load_spec(FOLDER), found, today=date(2026, 11, 21))
    assert {intent.address: intent.status.value for intent in report.intents} == {
        "intent.no-rdp-to-dead": "satisfied",
        "intent.no-rdp-to-zero": "drifted",
        "intent.no-rdp-to-halves": "drifted",
    }
    lines = (FOLDER / "main.tf").read_text("utf-8").splitlines()
    for nsg in found.nsgs.values():
        for rule in nsg.rules:
            assert rule.where is not None
            assert lines[rule.where.line - 1].strip() == "security_rule {"
            assert f'"{rule.name}"' in lines[rule.where.line]
