"""Drawn networks, written as templates, are the networks that they are as plain JSON, and get the same plan."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import flowspec
from flowspec.model.inventory import Inventory
from flowspec.model.templates import TemplateOptions
from flowspec.sources import load_inventory
from tests.arm.templates import write
from tests.arm.writing import written
from tests.naive.networks import draw

OPTIONS = TemplateOptions(subscription="0a1b2c3d-0000-0000-0000-000000000001", resource_group="rg-Net")
LEFT_OUT = {"origins", "problems"}
SPEC = """
flowspec { name = "drawn" }
group "nics" {
  select {
    nic = ["*"]
  }
  expect_at_least = 0
}
intent "no-ssh" {
  from = [group.public]
  to = [group.nics]
  protocol = "Tcp"
  ports = [22]
  expect = "Deny"
}
"""


def tables(found: Inventory) -> dict[str, Any]:
    """All that is judged; the order of resources and of a rule list's equals tells nothing."""
    told = {field.name: getattr(found, field.name) for field in fields(found) if field.name not in LEFT_OUT}
    return {name: sorted(value, key=repr) if isinstance(value, tuple) else value for name, value in told.items()}


def both(seed: int, folder: Path) -> tuple[Inventory, Inventory]:
    resources = [one for one in draw(seed).resources if "id" in one]
    template, parameters = written(resources, seed)
    plain = load_inventory([write(folder / "net.json", resources)])
    files = (write(folder / "p.json", parameters),)
    options = TemplateOptions(
        subscription=OPTIONS.subscription, resource_group=OPTIONS.resource_group, parameters={0: files}
    )
    return plain, load_inventory([write(folder / "t.json", template)], templates=options)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_template_is_the_network_that_it_deploys(seed: int) -> None:
    with TemporaryDirectory() as folder:
        plain, deployed = both(seed, Path(folder))
        assert tables(deployed) == tables(plain)


def test_the_plan_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "s.flow.hcl").write_text(SPEC, "utf-8")
    spec = flowspec.load_spec(tmp_path / "s.flow.hcl")
    for seed in range(8):
        plans = [flowspec.plan(spec, one, today=date(2026, 11, 21)) for one in both(seed, tmp_path)]
        plain, deployed = ([(one.status, one.flows) for one in plan.intents] for plan in plans)
        assert deployed == plain
