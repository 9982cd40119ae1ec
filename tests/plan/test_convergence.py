"""A plan's steps are made in the network, and that is planned again: what was mended is, and nothing is offered."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from flowspec.model.documents.plan import Report, Status
from flowspec.model.spec import Spec
from flowspec.pipeline import PlanOptions, run
from flowspec.spec import load_spec
from tests.engine.loading import load_documents
from tests.naive.resources import Json
from tests.plan.differential import Case
from tests.plan.lab import TODAY, intent, nic, nics, nsg, plan, vnet, within
from tests.plan.stepping import stepped

EXAMPLES = sorted(
    file.parent
    for file in (Path(__file__).parents[2] / "examples").glob("*/*.flow.hcl")
    if not (file.parent / "network" / "plan.json").exists()
)
"""Those whose network is Azure's own JSON, which can be changed as Azure would."""
SEEDS = 1500 if os.environ.get("FLOWSPEC_DEEP") == "1" else 24
CHUNK = 12


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda folder: folder.name)
def test_every_example(example: Path) -> None:
    spec = load_spec([example], {}, [], {})
    files = sorted((example / "network").glob("*.json"))
    documents = [json.loads(file.read_text("utf-8")) for file in files]
    before = planned(spec, documents)
    states = [*stepped(documents, before.steps)]
    again = planned(spec, states[-1] if states else documents)
    assert not again.suggested_changes and not again.steps
    assert len(mended(before)) == before.summary.drifted - again.summary.drifted


def planned(spec: Spec, documents: list[Json]) -> Report:
    named = {f"{number}.json": document for number, document in enumerate(documents)}
    return run(spec, load_documents(named), PlanOptions(today=TODAY))


def mended(report: Report) -> set[str]:
    return {address for change in report.suggested_changes for address in change.mends}


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_drawn_networks(first: int) -> None:
    found: Counter[str] = Counter()
    for seed in range(first, first + CHUNK):
        case = Case(seed)
        report = case.before.report
        if not report.suggested_changes:
            continue
        again = case.state(report.suggested_changes).report
        left = {intent.address for intent in again.intents if intent.status is Status.DRIFTED}
        told = f"seed {seed}: {[(c.change.action, c.rule, c.note) for c in again.suggested_changes]}"
        assert not mended(report) & left and not again.suggested_changes and not again.steps, told
        found["plans"] += 1
    assert found["plans"] >= 0.4 * CHUNK, found


@pytest.mark.parametrize("seed", [17, 24, 121, 319, 378, 484, 972, 1275, 1324])
def test_what_a_change_makes_possible_is_offered_with_it(seed: int) -> None:
    """By itself it would do harm, so that the first search gives it up; the second one has the other changes in.

    378, 484: rules that only keep what was, and those that do not do all that an intent asks for, stay as they are.
    """
    case = Case(seed)
    report = case.before.report
    assert report.suggested_changes and not case.state(report.suggested_changes).report.suggested_changes


def test_what_would_open_nothing_for_certain_is_never_offered() -> None:
    """The address of far is not known, so that a rule of nsg-db that names addresses may match it or not."""
    spec = nics("a", "w1") + nics("db", "db", "far") + intent("i", "group.a", "group.db", "Allow")
    network = vnet(web=within(None, "10.0.1.0/24"), db=within("nsg-db", "10.0.2.0/24"))
    deny = "deny 4000 In Deny * * -> *"
    held = [nic("w1", "10.0.1.4", subnet="web"), nic("db", "10.0.2.4", subnet="db"), nic("x", "10.0.2.9", subnet="db")]
    far = nic("far", None, subnet="db", nsg="nsg-far")
    documents = [network, nsg("nsg-db", deny), nsg("nsg-far", deny), *held, far]
    report = plan(spec, *documents)
    assert [change.nsg.rpartition("/")[2] for change in report.suggested_changes] == ["nsg-db"]
    again = plan(spec, *[*stepped(documents, report.steps)][-1])
    assert not again.suggested_changes and again.summary.drifted == 1
    (cause,) = again.intents[0].causes
    assert cause.no_change.endswith("whether another NSG in front of it lets these flows pass is not known")


@pytest.mark.parametrize("seed", [214])
def test_a_rule_says_what_it_does_and_not_what_was_moved_beside_it(seed: int) -> None:
    """The rule that makes room moves another one down; what that other one stops still is not for the new rule."""
    case = Case(seed)
    again = case.state(case.before.report.suggested_changes).report
    assert case.before.report.suggested_changes and not again.suggested_changes
