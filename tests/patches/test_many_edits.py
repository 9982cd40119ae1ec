"""Many changes written into files at once: the same text as one after the other, and in no time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import pytest

from flowspec.model.documents.plan import Change, ChangeDetail
from flowspec.patches.arm_edits import template_of, write_into_templates
from flowspec.patches.item import ChangeItem, items_of
from flowspec.patches.properties import arm_properties
from flowspec.patches.tf_edits import write_into
from flowspec.patches.tf_files import TfFolder
from tests.patches.cases import create, delete, plan, replace

FILE = Path("main.tf")
Write = Callable[[str, Sequence[ChangeItem]], str]


def moved(rule: Change) -> Change:
    """The rule with another port."""
    before = rule.change.after
    assert before is not None
    detail = ChangeDetail(actions=("update",), before=before, after=replace(before, destination_port_range="4711"))
    return replace(rule, change=detail)


def in_terraform(text: str, items: Sequence[ChangeItem]) -> str:
    folder = TfFolder({FILE: text.encode()})
    write_into(folder, items)
    return folder.texts[FILE].decode()


def in_a_template(text: str, items: Sequence[ChangeItem]) -> str:
    found = template_of(text.encode())
    assert found is not None
    templates = {FILE: found}
    write_into_templates(templates, items)
    return templates[FILE].text


def inline(rules: list[Change], dice: random.Random) -> str:
    """An NSG with its rules in it, some with a blank line before them."""
    empty = f"""resource "azurerm_network_security_group" "db" {{
  name                = "nsg-db"
  resource_group_name = "{rules[0].nsg.split("/")[4] if rules else "rg"}"
  security_rule       = []
}}
"""
    text = in_terraform(empty, items_of(plan(*rules)))
    return "".join(line for line in text.splitlines(keepends=True) if line.strip() or dice.random() < 0.5)


def separate(rules: list[Change], dice: random.Random) -> str:
    """An NSG, its rules beside it."""
    nsg = f"""resource "azurerm_network_security_group" "db" {{
  name                = "nsg-db"
  resource_group_name = "{rules[0].nsg.split("/")[4]}"
}}
"""
    text = in_terraform(nsg, items_of(plan(*rules)))
    return text + dice.choice(["", "\n# the end\n"])


def template(rules: list[Change], dice: random.Random) -> str:
    written = [{"name": one.rule, "properties": arm_properties(one.change.after)} for one in rules if one.change.after]
    nsg = {
        "type": "Microsoft.Network/networkSecurityGroups",
        "name": "nsg-db",
        "properties": {"securityRules": written},
    }
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    return json.dumps({"$schema": schema, "resources": [nsg]}, indent=dice.choice([2, 4]))


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize(
    ("wrote", "write"), [(inline, in_terraform), (separate, in_terraform), (template, in_a_template)]
)
def test_at_once_is_one_after_the_other(
    wrote: Callable[[list[Change], random.Random], str], write: Write, seed: int
) -> None:
    """New rules first, then what becomes of those that are there: some of them, or all."""
    dice = random.Random(seed)
    there = [create(f"r{number}", priority=200 + number) for number in range(dice.randint(1, 6))]
    text = wrote(there, dice)
    weights = dice.choice([(1, 1, 1), (0, 0, 1), (1, 0, 3)])
    fates = [dice.choices(["keep", "update", "delete"], weights)[0] for _ in there]
    changes = [create(f"n{number}", priority=300 + number) for number in range(dice.choice([0, 0, 1, 3]))]
    for rule, fate in zip(there, fates, strict=True):
        if fate != "keep":
            changes.append(delete(rule) if fate == "delete" else moved(rule))
    dice.shuffle(changes)
    items = items_of(plan(*changes))
    singly = text
    for item in sorted(items, key=lambda item: item.before is not None):
        singly = write(singly, [item])
    assert write(text, items) == singly


@pytest.mark.parametrize(
    ("wrote", "write"), [(inline, in_terraform), (separate, in_terraform), (template, in_a_template)]
)
def test_five_hundred_rules_take_no_time(wrote: Callable[[list[Change], random.Random], str], write: Write) -> None:
    text = wrote([create(f"r{number}", priority=200 + number) for number in range(500)], random.Random(0))
    items = items_of(plan(*(create(f"n{number}", priority=1000 + number) for number in range(500))))
    began = process_time()
    written = write(text, items)
    assert process_time() - began < 5, "it took 30 s when every rule had the file read anew"
    assert all(item.name in written for item in items)


def test_labels_are_not_given_twice() -> None:
    """One rule has to take a number, which is what the other is called."""
    text = separate([create("a-b")], random.Random(0))
    written = in_terraform(text, items_of(plan(create("a.b"), create("a.b.2"))))
    heads = [line for line in written.splitlines() if line.startswith('resource "azurerm_network_security_rule"')]
    labels = [head.split('"')[3] for head in heads]
    assert sorted(labels) == ["a_b", "a_b_2", "a_b_2_2"]
