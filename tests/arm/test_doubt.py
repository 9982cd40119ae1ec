"""Drawn templates over drawn networks: what is satisfied without all parameters is so for every value of them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowspec
from flowspec.errors import SourceError
from flowspec.model.documents.plan import Status
from flowspec.model.spec import Spec
from flowspec.model.templates import TemplateOptions
from flowspec.network.index import Network
from flowspec.sources import load_inventory
from tests.arm.templates import PARAMETERS, template, write
from tests.engine.test_balancers import balanced
from tests.naive.networks import draw
from tests.terraform.test_estates import judged

Json = dict[str, Any]
SUBSCRIPTION, GROUP = "0a1b2c3d-0000-0000-0000-000000000001", "rg-Net"
DEPLOYED = ("networksecuritygroups", "routetables", "virtualnetworks", "networkinterfaces", "loadbalancers")
LISTS = {"networksecuritygroups": "securityRules", "routetables": "routes", "virtualnetworks": "subnets",
         "networkinterfaces": "ipConfigurations", "loadbalancers": "loadBalancingRules"}  # fmt: skip
OTHER = {"networkSecurityGroup": None, "routeTable": None, "access": "Deny", "sourceAddressPrefix": "*",
         "destinationPortRange": "22", "nextHopType": "None", "addressPrefix": "10.0.2.0/24",
         "priority": 4000, "enableFloatingIP": True, "frontendPort": 22, "backendPort": 22,
         "protocol": "Udp"}  # fmt: skip
TODAY = date(2026, 11, 21)
ENDS = {
    "here": 'prefixes = ["10.0.0.0/24"]', "there": 'prefixes = ["10.1.0.0/28"]', "far": 'prefixes = ["203.0.113.7/32"]',
    "nics": 'select {\n    nic = ["nic-*"]\n  }\n  expect_at_least = 0',
    "one": 'select {\n    nic = ["nic-0"]\n  }\n  expect_at_least = 0', "subnet": 'subnets = ["vnet-a/snet-0"]',
}  # fmt: skip
FRONTS = {
    "fronts": 'prefixes = ["10.0.0.200/32", "192.168.77.7/32"]',
    "inside": 'frontends = ["lb-inside/r0"]', "pip": 'frontends = ["lb-pip/r0"]',
}  # fmt: skip


PREFIXES = {"here", "there", "fronts"}
"""Ends that may hold nobody: then the other end alone counts, and else the subnet's NSG, too (docs/semantics.md)."""


def spec(folder: Path, expect: str) -> Spec:
    """Every pair of ends."""
    text = 'flowspec { name = "drawn" }\n'
    text += "".join(f'group "{name}" {{\n  {body}\n}}\n' for name, body in (ENDS | FRONTS).items())
    for source, target in product(ENDS, ENDS | FRONTS):
        if source != target:
            name = f"{source}-{target}"
            text += (f'intent "{name}" {{\n  from = [group.{source}]\n  to = [group.{target}]\n  protocol = "Tcp"\n'
                     f'  ports = [22]\n  expect = "{expect}"\n}}\n')  # fmt: skip
    (folder / f"{expect}.flow.hcl").write_text(text, "utf-8")
    return flowspec.load_spec(folder / f"{expect}.flow.hcl")


class Doubtful:
    """A template over a network, and the values that its parameters may have."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.live = [one for one in balanced(draw(seed), seed).drawn.resources if "id" in one]
        self.choices: dict[str, list[Any]] = {}
        drawn = {one["id"].lower(): one for one in balanced(draw(seed + 1), seed + 1).drawn.resources if "id" in one}
        before = {one["id"].lower(): one for one in self.live}
        chosen = [at for at in sorted(drawn) if at.split("/")[-2] in DEPLOYED]
        self.dice.shuffle(chosen)
        self.resources = [
            self.resource(copy.deepcopy(drawn[at]), before.get(at)) for at in chosen[: self.dice.randint(1, 4)]
        ]

    def parameter(self, *values: Any) -> str:
        name = f"p{len(self.choices)}"
        self.choices[name] = list(values)
        return f"[parameters('{name}')]"

    def resource(self, drawn: Json, before: Json | None) -> Json:
        """The resource as a template has it: some of it hinges on parameters, if there are not too many."""
        made = {name: drawn[name] for name in ("type", "name", "location", "tags", "properties") if name in drawn}
        made["apiVersion"] = "2023-11-01"
        section = LISTS[drawn["id"].lower().split("/")[-2]]
        items = made["properties"].get(section, [])
        for item in items:  # no template sets these
            item.pop("id", None)
            item["properties"].pop("ipConfigurations", None)
        if len(self.choices) > 1 or section == "ipConfigurations":
            return made
        match self.dice.randint(0, 4):
            case 0:
                made["condition"] = self.parameter(True, False)
            case 1:
                made["properties"][section] = self.parameter(items, before["properties"][section] if before else [])
            case 2 if items:
                self.part(self.dice.choice(items)["properties"])
            case 3:
                made["name"] = self.parameter(drawn["name"], "elsewhere")
        return made

    def part(self, properties: Json) -> None:
        """One property of a child."""
        known = [name for name in OTHER if name in properties]
        if known:
            name = self.dice.choice(known)
            properties[name] = self.parameter(properties[name], OTHER[name])

    def inventories(self, folder: Path) -> Iterator[flowspec.Inventory]:
        """Without any value, then with all; those that Azure refuses are left out."""
        live = write(folder / "live.json", self.live)
        declared = {name: {"type": "object"} for name in self.choices}
        deployed = write(folder / "t.json", template(*self.resources, parameters=declared))
        given: list[Json] = [{}, *({name: {"value": value} for name, value in zip(self.choices, one, strict=True)}
                                   for one in product(*self.choices.values()))]  # fmt: skip
        for number, values in enumerate(given):
            file = write(folder / f"p{number}.json", {"$schema": PARAMETERS, "parameters": values})
            options = TemplateOptions(subscription=SUBSCRIPTION, resource_group=GROUP, parameters={1: (file,)})
            try:
                yield load_inventory([live, deployed], templates=options)
            except SourceError:
                if not values:
                    return


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 2))
def test_what_is_satisfied_without_a_parameter_is_so_for_every_value(seed: int) -> None:
    with TemporaryDirectory() as name:
        holds(seed, Path(name))


@pytest.mark.parametrize("seed", [322, 1564, 1672])
def test_what_was_satisfied_all_the_same(seed: int, tmp_path: Path) -> None:
    """322, 1672: a frontend without a known address. 1564: a route table that may be another one."""
    holds(seed, tmp_path)


def holds(seed: int, folder: Path) -> None:
    inventories = list(Doubtful(seed).inventories(folder))
    for expect in ("Allow", "Deny") if len(inventories) > 1 else ():
        asked = spec(folder, expect)
        first, *others = ({name: one.status for name, one in judged(asked, found).items()} for found in inventories)
        roaming = bool(Network(inventories[0]).unlisted_subnets)
        for address, status in first.items():
            if roaming and PREFIXES & {*address.split("-")}:
                continue  # nobody knows whether anybody holds such an address
            told = {found[address] for found in others} - {Status.ERRORED}
            words = f"seed {seed}: {expect} {address} is {status.value}, and {told} with values"
            assert status is not Status.SATISFIED or told <= {status}, words
            if expect == "Deny" and not PREFIXES & {*address.split("-")}:
                assert status is not Status.DRIFTED or told <= {status}, words
