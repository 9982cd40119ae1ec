"""Which intents contradict each other once the network is known, and which do not."""

from __future__ import annotations

import pytest

from flowspec.model.documents.plan import Report, Status
from tests.plan.lab import group, intent, named, nic, nics, nsg, plan, vnet, within

A, B, C = nic("a", "10.0.0.4"), nic("b", "10.0.0.5"), nic("c", "10.0.0.6")
PAIR = nics("a") + nics("b")
ALL = nics("all", "a", "b")
STORAGE = group("tag", 'service_tags = ["Storage"]')
WIDE = group("wide", 'prefixes = ["20.0.0.0/24", "30.0.0.0/24"]') + group("first", 'prefixes = ["20.0.0.0/25"]')
BOUNDARY = 'boundary "w" {{\naround = [group.b]\ndirection = "Inbound"\nremote = [group.a]\n{}\n}}\n'


def planned(text: str) -> Report:
    return plan(text, vnet(snet=within("nsg-snet")), nsg("nsg-snet"), A, B, C)


def clashes(report: Report) -> dict[str, list[str]]:
    """Address -> the first words of each contradiction."""
    return {
        intent.address: [problem.summary.split(" (")[0] for problem in intent.problems]
        for intent in report.intents
        if intent.status is Status.ERRORED
    }


CONTRADICTORY = {
    "one flow of both": (
        PAIR + ALL + intent("yes", "group.a", "group.b", "Allow", "443")
        + intent("no", "group.all", "group.b", "Deny", '"1-443"'),
        "intent",
    ),
    "the last port": (
        PAIR + intent("yes", "group.a", "group.b", "Allow", "65535")
        + intent("no", "group.a", "group.b", "Deny", '"65000-65535"'),
        "intent",
    ),
    "a prefix around one of several": (
        WIDE + nics("b") + intent("yes", "group.first", "group.b", "Allow")
        + intent("no", "group.wide", "group.b", "Deny"),
        "intent",
    ),
    "a NIC by its address": (
        nics("a") + nics("b") + group("here", 'prefixes = ["10.0.0.0/29"]')
        + intent("yes", "group.a", "group.b", "Allow") + intent("no", "group.here", "group.b", "Deny"),
        "intent",
    ),
    "what a boundary does not list": (
        PAIR + intent("yes", "group.a", "group.b", "Allow") + BOUNDARY.format("").replace('"w"', '"no"'),
        "boundary",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTORY)
def test_both_are_in_error_and_name_each_other(name: str) -> None:
    text, kind = CONTRADICTORY[name]
    deny = f"{kind}.no"
    found = clashes(planned(text))
    assert found == {"intent.yes": [f"intent.yes contradicts {deny}"], deny: [f"{deny} contradicts intent.yes"]}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            PAIR + intent("yes", "group.a", "group.b", "Allow", "443")
            + intent("no", "group.a", "group.b", "Deny", "444"),
            id="the next port",
        ),
        pytest.param(
            PAIR + intent("yes", "group.a", "group.b", "Allow") + intent("no", "group.b", "group.a", "Deny"),
            id="the way back",
        ),
        pytest.param(
            PAIR + ALL + nics("ac", "a", "c") + intent("yes", "group.a", "group.all", "Allow")
            + intent("no", "group.a", "group.ac", "Deny"),
            id="an address to itself",
        ),
        pytest.param(
            PAIR + intent("yes", "group.a", "group.b", "Allow") + BOUNDARY.format("allow = [intent.yes]"),
            id="what a boundary lists",
        ),
        pytest.param(
            STORAGE + WIDE + nics("b") + intent("yes", "group.first", "group.b", "Allow")
            + intent("no", "group.wide", "group.b", "Deny", more="except = [group.tag]"),
            id="what may be excepted",
        ),
    ],
)  # fmt: skip
def test_no_contradiction(text: str) -> None:
    assert clashes(planned(text)) == {}


def test_every_contradiction_is_told() -> None:
    """A Deny against two Allows between which there is nothing: each of them, once."""
    text = PAIR + nics("c") + nics("from", "a", "c") + intent("no", "group.from", "group.b", "Deny", '"1-1000"')
    text += intent("one", "group.a", "group.b", "Allow", "22") + intent("two", "group.c", "group.b", "Allow", "443")
    report = planned(text)
    assert clashes(report) == {
        "intent.no": ["intent.no contradicts intent.one", "intent.no contradicts intent.two"],
        "intent.one": ["intent.one contradicts intent.no"],
        "intent.two": ["intent.two contradicts intent.no"],
    }
    (problem,) = named(report, "intent.two").problems
    assert "Tcp 10.0.0.6:49152 -> 10.0.0.5:443 is refused by the other" in problem.detail
