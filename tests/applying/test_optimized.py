"""Plans of `flowspec optimize` and `lint --fix`: rendered in every dialect, applied to the twin, killed and undone."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from flowspec.applying.brakes import brakes_of
from flowspec.applying.journal import Heading
from flowspec.applying.network import refuse_stale
from flowspec.applying.running import Passage
from flowspec.model.documents.plan import Report
from flowspec.patches import DIALECTS, render
from flowspec.pipeline import lint, optimize
from flowspec.sources import load_inventory
from flowspec.views import VIEWS, Style
from flowspec.views.json import read, view
from tests.applying.test_killed import assert_mends, killed
from tests.applying.test_stale import live
from tests.applying.twinned import Applying, expected, rules_of, twin
from tests.linting.brute import NIC_NSG, SUBNET_NSG, Brute
from tests.linting.test_optimize import TODAY, drawn_network
from tests.plan.lab import Json


@pytest.fixture(params=range(3))
def resources(request: pytest.FixtureRequest) -> list[Json]:
    """A drawn network, its rules written as Azure writes them: one value alone, several as a list."""
    found = drawn_network(random.Random(request.param))
    for nsg in found[:2]:
        nsg["location"] = "westeurope"
        for rule in nsg["properties"]["securityRules"]:
            for end in ("source", "destination"):
                prefixes = rule["properties"].get(f"{end}AddressPrefixes") or []
                if len(prefixes) == 1:
                    del rule["properties"][f"{end}AddressPrefixes"]
                    rule["properties"][f"{end}AddressPrefix"] = prefixes[0]
    return found


@pytest.fixture
def network(resources: list[Json], tmp_path: Path) -> Path:
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "net.json").write_text(json.dumps(resources), "utf-8")
    return folder


def saved(report: Report) -> Report:
    return read(view(report, Style()))


def plan_of(network: Path) -> Report:
    _, plan = optimize(load_inventory([str(network)]), TODAY)
    assert plan.steps
    return saved(plan)


def test_applied_it_leaves_nothing_to_do_and_undone_everything_as_it_was(network: Path, tmp_path: Path) -> None:
    report = plan_of(network)
    with twin(network, sync=True) as running:
        refuse_stale(report, live(running, report))
        old = rules_of(running)
        applying = Applying(running, tmp_path, report)
        assert applying.apply() == Passage(Heading.APPLIED)
        assert rules_of(running) == expected(old, report.steps) != old
        found, again = optimize(live(running, report), TODAY)
        assert not again.steps and found.summary.before == len(rules_of(running))


@pytest.mark.parametrize("undo", [False, True])
def test_killed_in_the_middle_it_is_finished_or_undone(network: Path, tmp_path: Path, undo: bool) -> None:
    report = plan_of(network)
    calls = 3 * len(report.steps) // 2
    with twin(network) as running:
        old = rules_of(running)
        applying = Applying(running, tmp_path, report)
        assert killed(applying, calls, "after")
        assert_mends(applying, old, expected(old, report.steps), undo=undo)


def test_every_rule_of_others_is_braked_for(network: Path) -> None:
    report = plan_of(network)
    found = list(brakes_of(report.steps, load_inventory([str(network)]), "", [], "tidy.plan"))
    told = " ".join(one.why for one in found)
    assert all(one.forced for one in found)
    assert all(f"{step.rule} is to be {'changed' if step.after else 'deleted'}" in told for step in report.steps)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_renders_all_of_it(network: Path, dialect: str) -> None:
    report = plan_of(network)
    text = "\n".join(patch.text for patch in render(report, dialect))
    assert all(step.rule in text for step in report.steps)


def test_a_template_deploys_the_rules_that_stay(resources: list[Json], network: Path) -> None:
    """What the ARM template has, put into the JSON beside the deletions, is judged as before by every packet."""
    report = plan_of(network)
    (template,) = render(report, "arm")
    written = {tuple(one["name"].split("/")): one["properties"] for one in json.loads(template.text)["resources"]}
    places = {(step.nsg.rpartition("/")[2], step.rule): step.after for step in report.steps}
    assert set(written) == {place for place, rule in places.items() if rule is not None}
    after = json.loads(json.dumps(resources))
    for nsg in after[:2]:
        nsg["properties"]["securityRules"] = [
            {**rule, "properties": written.get((nsg["name"], rule["name"]), rule["properties"])}
            for rule in nsg["properties"]["securityRules"]
            if places.get((nsg["name"], rule["name"]), rule) is not None
        ]
    for direction in ("Inbound", "Outbound"):
        before, now = Brute(resources, direction), Brute(after, direction)
        assert all(before.walk(name)[0] == now.walk(name)[0] for name in (SUBNET_NSG, NIC_NSG))


def test_lint_s_fix_is_the_same_plan(network: Path) -> None:
    _, fix = lint(load_inventory([str(network)]), TODAY, fix=True)
    assert fix is not None and saved(fix) == plan_of(network)


def test_the_plan_says_that_no_spec_asked_for_it(network: Path) -> None:
    text = VIEWS["plan"]["text"](plan_of(network), Style(everything=True))
    assert "rules to change, and every flow fares as before" in text
    assert "no longer fit" not in text and "does nothing" not in text
