"""Sensitive values are used and never shown: not in a plan, a diff, a saved plan, a message or a snapshot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import flowspec
from flowspec.errors import SourceError
from flowspec.sources import load_with_documents
from tests.cli.command import flowspec as command
from tests.terraform.documents import LATER, SPEC, Plan, base, judged, named, rule

SECRET = "198.51.100.128/25"
TRACES = ("198.51.100.", "198.51.101", "198.51.96")


def plan(**fields: str) -> Plan:
    held = rule(source_address_prefix=SECRET, description="for acme-corp", **fields)
    made = base(nsg=named("n", security_rule=[held], id=LATER))
    for change in made.changes:
        if change["type"] == "azurerm_network_security_group":
            change["change"]["after_sensitive"] = {
                "security_rule": [{"source_address_prefix": True, "description": True}]}  # fmt: skip
    return made


def told(text: str) -> list[str]:
    return [trace for trace in (*TRACES, "acme-corp") if trace in text]


def test_a_sensitive_prefix_decides_and_is_not_shown(tmp_path: Path) -> None:
    found = plan().load(tmp_path)
    report = judged(found, tmp_path)
    assert report.intents[0].status.value == "drifted"
    text = flowspec.to_json(report)
    assert "(sensitive)" in text
    assert told(text) == []
    empty = base(nsg=named("n", security_rule=[], id=LATER)).load(tmp_path)
    assert told(flowspec.to_json(flowspec.diff(empty, found))) == []


def test_no_output_shows_it(tmp_path: Path) -> None:
    path, spec = plan().write(tmp_path), tmp_path / "spec.flow.hcl"
    spec.write_text(SPEC, "utf-8")
    saved = tmp_path / "saved.json"
    for form in ("text", "markdown", "sarif"):
        done = command("plan", str(spec), "-i", path, "-o", form, "--out", str(saved))
        assert done.returncode == 2, done.stderr
        assert told(done.stdout + done.stderr) == [], form
    assert told(saved.read_text("utf-8")) == []
    snapshot = tmp_path / "snapshot.json"
    for arguments in (
        ["targets", str(spec)],
        ["explain", "intent.no-ssh", str(spec)],
        ["explain", "Tcp 203.0.113.9 -> 10.0.0.4:22"],
        ["snapshot", "-o", str(snapshot)],
    ):
        done = command(*arguments, "-i", path)
        assert "Traceback" not in done.stderr and told(done.stdout + done.stderr) == [], arguments
    assert told(snapshot.read_text("utf-8")) == []


def test_messages_and_snapshots_hide_it(tmp_path: Path) -> None:
    path = plan().write(tmp_path)
    _, documents = load_with_documents([path])
    assert told(json.dumps(documents.resources)) == []
    broken = plan()
    broken.changes[2]["change"]["after"]["security_rule"][0]["source_address_prefix"] = "10.0.0.0/99"
    with pytest.raises(SourceError) as error:
        broken.load(tmp_path)
    assert "10.0.0.0/99" not in str(error.value)


def test_a_state_file_marks_by_paths(tmp_path: Path) -> None:
    attributes = named("n", id="/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/n",
                       security_rule=[rule(source_address_prefix=SECRET)])  # fmt: skip
    document = {
        "version": 4,
        "terraform_version": "1.9.4",
        "resources": [
            {
                "mode": "managed",
                "type": "azurerm_network_security_group",
                "name": "n",
                "provider": "azurerm",
                "instances": [
                    {
                        "attributes": attributes,
                        "sensitive_attributes": [[{"type": "get_attr", "value": "security_rule"}]],
                    }
                ],
            }
        ],
    }
    path = tmp_path / "x.tfstate"
    path.write_text(json.dumps(document), "utf-8")
    assert SECRET in flowspec.load_inventory(path).sensitive
