"""Drawn networks, written as Terraform documents by an independent converter, are the networks of their ARM form."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from flowspec.model.inventory import Inventory, key
from flowspec.sources import load_inventory
from tests.naive.networks import draw
from tests.terraform import convert
from tests.terraform.documents import judged

Json = dict[str, Any]
TABLES = ("vnets", "subnets", "nics", "nsgs", "asgs", "route_tables", "gateways", "local_gateways", "connections",
          "public_ips")  # fmt: skip
ASIDE = ("where", "tags", "location", "default_rules", "lacks", "default", "description")


def load(folder: Path, *documents: Any) -> Inventory:
    paths = []
    for at, document in enumerate(documents):
        path = folder / f"{at}.json"
        path.write_text(json.dumps(document), "utf-8")
        paths.append(str(path))
    return load_inventory(paths)


def shape(value: Any) -> Any:
    """A value without what is of no account: ids in one letter case, children by name."""
    if isinstance(value, tuple) and value and hasattr(value[0], "name"):
        return tuple(shape(one) for one in sorted(value, key=lambda one: one.name))
    if isinstance(value, tuple):
        return (
            tuple(sorted(map(shape, value))) if all(isinstance(one, str) for one in value) else tuple(map(shape, value))
        )
    if hasattr(value, "__slots__") and hasattr(value, "name"):
        names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        lacks = tuple((one.field) for one in getattr(value, "lacks", ()) if one.field != "subnets")
        return (type(value).__name__, lacks, *((n, shape(getattr(value, n))) for n in names if n not in ASIDE))
    return key(value) if isinstance(value, str) else value


def compare(found: Inventory, wanted: Inventory, told: str) -> None:
    for name in TABLES:
        one, other = getattr(found, name), getattr(wanted, name)
        assert sorted(one) == sorted(other), (told, name)
        for at in one:
            assert shape(one[at]) == shape(other[at]), (told, name, at)


def drawn(seed: int) -> list[Json]:
    return convert.settled(draw(seed).resources)


BLOCKS = [range(at, at + 20) for at in range(0, 60, 20)]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
@pytest.mark.parametrize("form", ["shown", "filed", "old", "creating"])
def test_states_and_new_networks(form: str, block: range, tmp_path: Path) -> None:
    for seed in block:
        resources, dice = drawn(seed), random.Random(seed)
        found = convert.items(resources, seed)
        if form == "creating":
            document = convert.creating(found, dice)
        else:
            document = {"shown": convert.shown_state, "filed": convert.filed_state, "old": convert.old_state}[form](
                found
            )
        compare(load(tmp_path, document), load(tmp_path, resources), f"{form} of seed {seed}")


def mixed(resources: list[Json], dice: random.Random) -> list[Json]:
    """The network before: some rules other or not there yet, some not gone yet, NSGs elsewhere, NICs to come."""
    before = copy.deepcopy(resources)
    for resource in list(before):
        properties, kind = resource["properties"], resource["type"].rpartition("/")[2]
        if kind == "networkSecurityGroups":
            for rule in list(properties["securityRules"]):
                luck = dice.random()
                if luck < 0.25:
                    properties["securityRules"].remove(rule)
                elif luck < 0.5:
                    rule["properties"]["access"] = "Allow" if rule["properties"]["access"].lower() == "deny" else "Deny"
            if dice.random() < 0.4:
                properties["securityRules"].append({"name": "old", "properties": {
                    "priority": 4000, "direction": "Inbound", "access": "Allow", "protocol": "*",
                    "sourcePortRange": "*", "destinationPortRange": "*", "sourceAddressPrefix": "*",
                    "destinationAddressPrefix": "*"}})  # fmt: skip
        elif kind == "virtualNetworks":
            for subnet in properties["subnets"]:
                if dice.random() < 0.3:
                    subnet["properties"].pop("networkSecurityGroup", None)
                if dice.random() < 0.2:
                    subnet["properties"].pop("routeTable", None)
        elif kind == "routeTables" and dice.random() < 0.4:
            properties["routes"] = properties["routes"][1:]
        elif kind == "networkInterfaces" and dice.random() < 0.2:
            before.remove(resource)
        elif kind == "networkInterfaces" and dice.random() < 0.4:
            properties.pop("networkSecurityGroup", None)
            for config in properties["ipConfigurations"]:
                config["properties"].pop("applicationSecurityGroups", None)
    return before


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_plans_that_change_what_lies_below(block: range, tmp_path: Path) -> None:
    for seed in block:
        resources, dice = drawn(seed), random.Random(seed)
        before = mixed(resources, dice)
        plan = convert.changing(convert.items(before, seed), convert.items(resources, seed), dice)
        compare(load(tmp_path, before, plan), load(tmp_path, resources), f"a change of seed {seed}")


SPEC = """
group "nics" {
  select {
    nic = "nic-*"
  }
}
intent "in" {
  from     = [group.public]
  to       = [group.nics]
  protocol = "Tcp"
  ports    = [22, 80, 443]
  expect   = "Deny"
}
intent "among" {
  from     = [group.nics]
  to       = [group.nics]
  protocol = "Tcp"
  ports    = [80, 443]
  expect   = "Allow"
}
"""


def test_the_plans_of_both_are_one(tmp_path: Path) -> None:
    for seed in range(4):
        resources, dice = drawn(seed), random.Random(seed)
        items = convert.items(resources, seed)
        wanted = judged(load(tmp_path, resources), tmp_path, SPEC)
        for document in (convert.filed_state(items), convert.creating(items, dice)):
            found = judged(load(tmp_path, document), tmp_path, SPEC)
            for one, other in zip(found.intents, wanted.intents, strict=True):
                assert one.status == other.status, seed
                assert one.flows.drift == other.flows.drift, seed
                assert [u.flows for u in one.flows.unknown] == [u.flows for u in other.flows.unknown], seed
