"""A plan with much to tell is still read in thirty seconds; `--all` tells all of it."""

from __future__ import annotations

from typing import Literal

import pytest
from msgspec.structs import replace

from flowspec.model.documents.plan import IntentProblem, Report, SourceLine, Status
from flowspec.views.style import Style
from flowspec.views.text import view
from tests.views.sample import NETWORK, SAMPLE

ALL = Style(everything=True)


def missing(number: int, severity: Literal["error", "warning", "info"] = "warning") -> IntentProblem:
    name = f"nsg-{'abcdefghijkl'[number]}"
    nsg = f"{NETWORK.format('rg')}networkSecurityGroups/{name}"
    return IntentProblem(
        severity=severity,
        summary=f"NSG {name} is not in the inventory, but subnet snet-{number} names it",
        detail=f"what hinges on it is unknown; add az network nsg list -o json ({nsg})",
        where=SourceLine(file="vnets.json", line=number + 1),
    )


def plan(*problems: IntentProblem) -> Report:
    return replace(SAMPLE, intents=(), problems=problems)


def test_problems_of_one_kind_are_told_once() -> None:
    text = view(plan(*map(missing, range(12))), Style())
    assert text.count("is not in the inventory") == 1
    assert "vnets.json:1: NSG nsg-a is not in the inventory" in text
    assert "    11 more like this: nsg-b, nsg-c, nsg-d, nsg-e, nsg-f, nsg-g and 5 more\n" in text
    assert view(plan(*map(missing, range(12))), ALL).count("is not in the") == 12


def test_a_few_problems_are_told_one_by_one() -> None:
    assert view(plan(*map(missing, range(3))), Style()).count("is not in the inventory") == 3


def test_problems_without_advice_or_of_another_severity_are_of_another_kind() -> None:
    bare = [IntentProblem(severity="info", summary=f"subnet {name} is gone") for name in "abcdef"]
    text = view(plan(*map(missing, range(4)), missing(5, "info"), *bare), Style())
    assert "3 more like this: nsg-b, nsg-c, nsg-d (--all" in text
    assert text.count("is not in the inventory") == 2
    assert text.count("is gone") == 6


@pytest.mark.parametrize(
    ("count", "told"), [(10, ""), (11, "and 1 more cause (--all"), (60, "and 50 more causes (--all")]
)
def test_causes_beyond_a_handful_are_counted(count: int, told: str) -> None:
    intent = next(intent for intent in SAMPLE.intents if intent.status is Status.DRIFTED)
    causes = tuple(replace(intent.causes[0], no_change=f"reason {number}") for number in range(count))
    many = replace(SAMPLE, intents=(replace(intent, causes=causes),))
    assert view(many, Style()).count("for example") == min(count, 10)
    assert told in view(many, Style())
    assert ("more cause" in view(many, Style())) == bool(told)
    assert view(many, ALL).count("for example") == count


def test_reasons_beyond_a_handful_are_counted() -> None:
    intent = next(intent for intent in SAMPLE.intents if intent.status is Status.UNKNOWN)
    flows = replace(intent.flows, unknown=intent.flows.unknown[:1] * 30)
    many = replace(SAMPLE, intents=(replace(intent, flows=flows),))
    assert "    and 20 more reasons (--all lists them)\n" in view(many, Style())
    assert "more reasons" not in view(many, ALL)
