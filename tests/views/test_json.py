"""The saved plan: what is written is read back, and nothing else is."""

from __future__ import annotations

import hashlib
import json

import jsonschema
import msgspec
import pytest

from flowspec.errors import PlanFileError
from flowspec.schema_files import read_schema
from flowspec.views import VIEWS, Style
from flowspec.views.json import read
from tests.views.sample import SAMPLE

SAVED = VIEWS["plan"]["json"](SAMPLE, Style())
SCHEMA = json.loads(read_schema("plan"))


def saved(**changes: object) -> str:
    """The sample's document, changed and sealed again."""
    document = {name: value for name, value in (json.loads(SAVED) | changes).items() if name != "digest"}
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(document | {"digest": hashlib.sha256(canonical.encode()).hexdigest()})


def test_what_is_written_is_read_back() -> None:
    report = read(SAVED)
    assert msgspec.structs.replace(report, digest="") == SAMPLE
    assert VIEWS["plan"]["json"](report, Style(colour=True, width=40)) == SAVED


def test_the_digest_can_be_computed_without_flowspec() -> None:
    assert json.loads(saved())["digest"] == json.loads(SAVED)["digest"]


def test_the_document_fits_its_schema() -> None:
    jsonschema.validate(json.loads(SAVED), SCHEMA, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError, match="colour"):
        jsonschema.validate(json.loads(SAVED) | {"colour": "red"}, SCHEMA)


@pytest.mark.parametrize(
    "edit",
    [
        ('"status": "drifted"', '"status": "satisfied"'),
        ('"today": "2026-11-21"', '"today": "2026-11-22"'),
        ('"resources": 612', '"resources": 613'),
    ],
)
def test_an_edited_plan_is_stale(edit: tuple[str, str]) -> None:
    assert edit[0] in SAVED
    with pytest.raises(PlanFileError) as caught:
        read(SAVED.replace(*edit), "x.plan")
    assert caught.value.problems[0].summary == "Saved plan is stale"
    assert "flowspec plan --out" in caught.value.problems[0].detail


def test_a_plan_without_a_digest_is_stale() -> None:
    document = json.loads(SAVED)
    del document["digest"]
    with pytest.raises(PlanFileError, match="Saved plan is stale"):
        read(json.dumps(document))


def test_layout_and_order_of_keys_are_no_edit() -> None:
    document = json.loads(SAVED)
    assert read(json.dumps(dict(reversed(document.items())))) == read(SAVED)


def test_a_newer_minor_version_is_read_and_its_unknown_keys_are_left_out() -> None:
    report = read(saved(format_version="1.7", colour="red"))
    assert report.format_version == "1.7"
    assert report.intents == SAMPLE.intents


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (saved(format_version="2.0"), "format_version 2.0, and this flowspec reads 1.0"),
        (saved(format_version=1), "it has no format_version"),
        (saved(format_version="one"), "it has no format_version"),
        (saved(intents=[{}]), "does not fit the plan document: Object missing required field"),
        (saved(summary=7), "does not fit the plan document"),
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        (b"\xff\xfe{}", "is not JSON in UTF-8"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ("\x7fELF", "is not JSON"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_line(text: str | bytes, words: str) -> None:
    with pytest.raises(PlanFileError) as caught:
        read(text, "x.plan")
    assert words in caught.value.problems[0].summary
    assert "\n" not in caught.value.problems[0].summary
    assert "x.plan" in caught.value.problems[0].summary


def test_keys_of_the_contract() -> None:
    """The names that readers of the document rely on, from the product page."""
    document = json.loads(SAVED)
    assert list(document)[:8] == [
        "format_version", "flowspec_version", "today", "complete", "errored", "applyable", "digest", "inventory",
    ]  # fmt: skip
    intent = document["intents"][0]
    assert {"address", "expect", "status", "severity", "where", "flows", "checks"} <= set(intent)
    assert {"passing", "stopped", "unknown", "drift", "excepted"} <= set(intent["flows"])
    check = intent["checks"][0]
    assert {"nics", "direction", "allowed", "denied", "unknown", "decided_by", "probes"} <= set(check)
    assert {"nsg", "rule", "access", "flows"} <= set(check["decided_by"][0])
    probe = {"nic", "localIPAddress", "localPort", "remoteIPAddress", "remotePort", "protocol", "predicted", "answered"}
    assert probe | {"ruleName"} <= set(check["probes"][0])
    change = document["suggested_changes"][0]
    assert {"nsg", "rule", "change", "mends", "proof"} <= set(change)
    assert set(change["change"]) == {"actions", "before", "after"}
    assert {"opens", "closes", "intents_checked", "intents_changed"} <= set(change["proof"])
    assert change["proof"]["intents_changed"] == ["intent.no-ssh-from-outside"]


def test_a_rule_of_a_change_is_as_arm_spells_it() -> None:
    change = json.loads(SAVED)["suggested_changes"][1]
    group = change["change"]["after"]["sourceApplicationSecurityGroups"][0]
    assert set(group) == {"id"} and group["id"].endswith("/applicationSecurityGroups/asg-web")
    assert "name" not in change["change"]["after"]
