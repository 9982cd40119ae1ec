"""Rendered ARM templates and Terraform, read by flowspec's own sources over the network, are the proposed network."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pygohcl
import pytest

import flowspec
from flowspec.model.documents.plan import Report
from flowspec.model.templates import TemplateOptions
from flowspec.patches import render
from flowspec.sources import load_inventory
from tests.patches.rendering import one
from tests.terraform.documents import Plan

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLES_THAT_ADD = ["hub-spoke", "two-nsgs"]
"""What the shop needs is a deletion, which neither dialect deploys."""
TODAY = date(2026, 11, 21)


def planned(example: str, *sources: str, templates: TemplateOptions | None = None) -> Report:
    folder = EXAMPLES / example
    inventory = load_inventory([str(folder / "network"), *sources], **({"templates": templates} if templates else {}))
    return flowspec.plan(flowspec.load_spec([folder]), inventory, today=TODAY)


def mended(report: Report) -> set[str]:
    """What its suggested changes are to mend."""
    return {address for change in report.suggested_changes for address in change.mends}


@pytest.mark.parametrize("example", EXAMPLES_THAT_ADD)
def test_an_arm_template_mends_what_the_plan_says(example: str, tmp_path: Path) -> None:
    before = planned(example)
    written = [change for change in before.suggested_changes if change.change.after]
    assert written
    for patch in render(before, "arm"):
        (tmp_path / patch.file).write_text(patch.text)
    (home,) = {tuple(change.nsg.split("/")[2:5:2]) for change in written}
    sources = [str(tmp_path / patch.file) for patch in render(before, "arm")]
    after = planned(example, *sources, templates=TemplateOptions(subscription=home[0], resource_group=home[1]))
    status = {intent.address: intent.status for intent in after.intents}
    assert {address: status[address] for address in mended(before)} == dict.fromkeys(mended(before), "satisfied")


@pytest.mark.parametrize("example", EXAMPLES_THAT_ADD)
def test_terraform_mends_what_the_plan_says(example: str, tmp_path: Path) -> None:
    """The resources as `terraform show -json` has a plan that creates them."""
    before = planned(example)
    resources = pygohcl.loads(one(before, "terraform").text)["resource"]["azurerm_network_security_rule"]
    subscription = before.suggested_changes[0].nsg.split("/")[2]
    made = Plan(subscription)
    for label, values in resources.items():
        made.add(f"azurerm_network_security_rule.{label}", values)
    after = planned(example, str(made.write(tmp_path)))
    status = {intent.address: intent.status for intent in after.intents}
    assert {address: status[address] for address in mended(before)} == dict.fromkeys(mended(before), "satisfied")
