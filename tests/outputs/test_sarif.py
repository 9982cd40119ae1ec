"""SARIF by its schema, and by what GitHub takes and shows of it."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.plan import Report, SourceLine
from flowspec.views import VIEWS, Style
from tests.outputs.drawn import DIFF, HOSTILE, huge, renamed
from tests.tools import node_file
from tests.views.sample import NO_SSH, SAMPLE, nic

Json = dict[str, Any]
STYLE = Style(folder="/home/ci/repo", root="/home/ci/repo")


@cache
def schema() -> jsonschema_rs.Draft7Validator:
    file = node_file("@microsoft/jest-sarif", "lib/schemas/sarif-2.1.0-rtm.5.json")
    text = file.read_text("utf-8-sig").replace(
        "[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$"
    )  # a stray bracket: no regular expression
    return jsonschema_rs.Draft7Validator(json.loads(text))


def run_of(document: Report | Diff, style: Style = STYLE) -> Json:
    """The one run of a log, held against the schema and against what GitHub asks for beyond it."""
    text = (
        VIEWS["plan"]["sarif"](document, style)
        if isinstance(document, Report)
        else VIEWS["diff"]["sarif"](document, style)
    )
    assert text.replace("\n", "").isprintable()
    log = json.loads(text)
    schema().validate(log)
    (run,) = log["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert len(gzip.compress(text.encode())) < 10_000_000 and len(results) <= 25_000 and len(rules) <= 25_000
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert rule["fullDescription"]["text"] and rule["help"]["text"] and rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 10
        assert ("security" in rule["properties"]["tags"]) == ("security-severity" in rule["properties"])
    for result in results:
        assert result["message"]["text"] and rules[result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri and not uri.startswith(("/", "..")) and ":" not in uri
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert len(set(prints)) == len(prints), "GitHub takes results of one fingerprint for one"
    return run  # type: ignore[no-any-return]


def place(location: Json) -> tuple[str, int]:
    physical = location["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_the_rule_s_line_first_and_the_intent_beside_it() -> None:
    ssh = next(r for r in run_of(SAMPLE)["results"] if r["ruleId"] == "intent.no-ssh-from-outside")
    assert place(ssh["locations"][0]) == ("az-export/nsgs.json", 212)
    assert [place(related) for related in ssh["relatedLocations"]] == [("prod.flow.hcl", 61)]
    assert ssh["level"] == "error"
    assert "Tcp 22 from 198.51.100.0/24" in ssh["message"]["text"]
    assert "delete nsg-web/securityRules/tmp-allow-ssh" in ssh["message"]["text"]


def test_a_rule_of_terraform_goes_by_its_address_too() -> None:
    text = (
        msgspec.json.encode(SAMPLE)
        .decode()
        .replace('"line":212,', '"line":212,"address":"module.a.azurerm_x.y[\\"k\\"]",')
    )
    results = run_of(msgspec.json.decode(text, type=Report))["results"]
    named = [r["locations"][0].get("logicalLocations") for r in results if "no-ssh" in r["ruleId"]]
    assert named == [[{"fullyQualifiedName": 'module.a.azurerm_x.y["k"]', "kind": "resource"}]]
    assert "(module.a.azurerm_x.y" in next(r["message"]["text"] for r in results if "no-ssh" in r["ruleId"])


def test_what_has_no_rule_stands_at_its_intent() -> None:
    found = {r["ruleId"]: r for r in run_of(SAMPLE)["results"]}
    assert place(found["intent.to-dns"]["locations"][0]) == ("prod.flow.hcl", 52)
    assert "relatedLocations" not in found["intent.to-dns"]
    assert found["intent.app-to-partners"]["level"] == "warning"


def test_a_rule_outside_of_the_repository_is_told_at_the_intent() -> None:
    """Code scanning shows nothing at a file that the repository does not have."""
    moved = msgspec.json.decode(msgspec.json.encode(SAMPLE).replace(b"az-export/", b"/tmp/export/"), type=Report)
    ssh = next(r for r in run_of(moved)["results"] if r["ruleId"] == "intent.no-ssh-from-outside")
    assert place(ssh["locations"][0]) == ("prod.flow.hcl", 61)
    below = run_of(SAMPLE, Style(folder="/home/ci/repo/in fra", root="/home/ci/repo"))["results"]
    assert ("in%20fra/az-export/nsgs.json", 212) in {place(r["locations"][0]) for r in below}


def test_what_the_repository_has_no_file_for_is_told_at_the_run_s() -> None:
    style = Style(folder="/ci", root="/ci", tracked=frozenset({"prod.flow.hcl"}))
    found = {r["ruleId"]: place(r["locations"][0]) for r in run_of(SAMPLE, style)["results"]}
    assert found["intent.no-ssh-from-outside"] == ("prod.flow.hcl", 61)
    places = {r["ruleId"]: place(r["locations"][0]) for r in run_of(DIFF, style)["results"]}
    assert places == {"opens": ("az-export/nsgs.json", 212), "closes": ("new.json", 1), "unknown": ("new.json", 1)}


def test_each_place_of_a_rule_copied_into_many_is_a_result() -> None:
    """GitHub shows an alert in a pull request only where its line is changed, and that may be any of them."""
    (cause,) = NO_SSH.causes
    (decider,) = cause.deciders
    causes = tuple(
        msgspec.structs.replace(cause, deciders=(msgspec.structs.replace(
            decider, nsg=nic(f"nsg-{at}"), where=SourceLine(file="nsgs.json", line=at)),))
        for at in range(1, 4)
    )  # fmt: skip
    report = msgspec.structs.replace(SAMPLE, intents=(msgspec.structs.replace(NO_SSH, causes=causes),))
    assert [place(r["locations"][0])[1] for r in run_of(report)["results"]] == [1, 2, 3]


def fingerprints(report: Report) -> dict[str, str]:
    return {r["partialFingerprints"]["primaryLocationLineHash"]: r["ruleId"] for r in run_of(report)["results"]}


def test_fingerprints_stay_when_lines_priorities_and_flows_move() -> None:
    text = msgspec.json.encode(SAMPLE).decode()
    moved = text.replace('"line":212', '"line":9').replace('"priority":190', '"priority":191')
    moved = moved.replace("198.51.100.0/24", "198.51.0.0/16").replace("nsg-web", "NSG-web")
    assert fingerprints(msgspec.json.decode(moved, type=Report)) == fingerprints(SAMPLE)
    other = msgspec.json.decode(text.replace("tmp-allow-ssh", "allow-ssh"), type=Report)
    assert fingerprints(other) != fingerprints(SAMPLE)


def test_what_opens_is_a_matter_of_security_and_what_is_shut_is_not() -> None:
    rules = {rule["id"]: rule["properties"] for rule in run_of(SAMPLE)["tool"]["driver"]["rules"]}
    assert rules["intent.no-ssh-from-outside"]["security-severity"] == "8.0"
    assert rules["boundary.db"]["security-severity"] == "5.0"
    assert "security-severity" not in rules["intent.web-to-db"]
    rules = {rule["id"]: rule["properties"] for rule in run_of(DIFF)["tool"]["driver"]["rules"]}
    assert set(rules) == {"opens", "closes", "unknown"}
    assert "security-severity" in rules["opens"] and "security-severity" not in rules["closes"]


def test_a_diff_stands_where_it_is_decided_now() -> None:
    places = {r["ruleId"]: place(r["locations"][0]) for r in run_of(DIFF)["results"]}
    assert places == {"opens": ("az-export/nsgs.json", 212), "closes": ("new.json", 1), "unknown": ("new.json", 1)}


def test_what_is_said_of_the_inventory_is_a_notification() -> None:
    (run,) = run_of(SAMPLE)["invocations"]
    (note,) = run["toolExecutionNotifications"]
    assert note["level"] == "warning" and note["message"]["text"].startswith("snet-aks lists an ip-configuration")


def test_a_huge_plan_keeps_within_the_limits_and_says_so() -> None:
    run = run_of(huge(4000))
    assert len(run["results"]) == 5000
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[-1]["message"]["text"] == "3,000 more results are left out: 5,000 are shown."


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("document", [SAMPLE, DIFF], ids=["plan", "diff"])
def test_a_hostile_name_is_text(kind: str, document: Report | Diff) -> None:
    run = run_of(renamed(document, HOSTILE[kind]))
    assert len(run["results"]) == len(run_of(document)["results"])
    for result in run["results"]:
        assert not re.search(r"(?<!\\)\](?=\()", result["message"]["text"]), "a link of SARIF's"


def test_nothing_wrong_is_an_empty_run() -> None:
    run = run_of(msgspec.structs.replace(SAMPLE, intents=(), suggested_changes=(), problems=()))
    assert run["results"] == [] and run["tool"]["driver"]["rules"] == []
