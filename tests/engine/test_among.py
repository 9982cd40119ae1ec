"""Something that is one of several, against the naive evaluator on each of them: what all say, else unknown."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from flowspec.model.unknown import unknown
from tests.engine.generated import INTERNET, Twins
from tests.engine.seeds import blocks, named
from tests.engine.test_partial import answer, is_there
from tests.naive.dice import Dice
from tests.naive.evaluate import side
from tests.naive.networks import Drawn, draw
from tests.naive.questions import packets

Json = dict[str, Any]
Ways = list[Any]
"""What a place of the documents may hold: every way to put the candidates there."""
LISTS = ("applicationSecurityGroups", "sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups")


def nsg_holders(drawn: Json) -> Iterator[Json]:
    """The properties of all subnets and NICs."""
    for resource in drawn["resources"]:
        if resource["type"].lower().endswith("/networkinterfaces"):
            yield resource["properties"]
        for subnet in (resource.get("properties") or {}).get("subnets") or ():
            yield subnet["properties"]


def group_holders(drawn: Json) -> Iterator[tuple[Json, str]]:
    """The lists of application security groups of all ip-configurations and rules."""
    for resource in drawn["resources"]:
        for name in ("ipConfigurations", "securityRules"):
            for child in (resource.get("properties") or {}).get(name) or ():
                held = child.get("properties") or {}
                yield from ((held, one) for one in LISTS if held.get(one))


def ids(drawn: Drawn, kind: str) -> list[str]:
    return [r["id"] for r in drawn.resources if r["type"].lower().endswith(f"/{kind}")]


def one_nsg(dice: Dice, drawn: Drawn) -> Iterator[tuple[Json, list[Json]]]:
    """Up to two subnets or NICs under one of two or three NSGs; and every network that this may be."""
    candidates = ids(drawn, "networksecuritygroups")
    whole: Json = {"resources": copy.deepcopy(drawn.resources)}
    holders = list(nsg_holders(whole))
    if len(candidates) < 2 or not holders:
        return
    picked = [(at, dice.some(candidates, 2, 3)) for at in dice.some(list(range(len(holders))), 1, 2)]
    for at, among in picked:
        text = unknown("nobody knows which", among=among)
        holders[at]["networkSecurityGroup"] = {"id": text}
    may_be = []
    for chosen in product(*(among for _, among in picked)):
        other = copy.deepcopy(whole)
        for (at, _), nsg in zip(picked, chosen, strict=True):
            list(nsg_holders(other))[at]["networkSecurityGroup"] = {"id": nsg}
        may_be.append(other)
    yield whole, may_be


def any_groups(dice: Dice, drawn: Drawn) -> Iterator[tuple[Json, list[Json]]]:
    """A list of application security groups that holds any of two besides what it has."""
    whole: Json = {"resources": copy.deepcopy(drawn.resources)}
    holders = list(group_holders(whole))
    if not holders:
        return
    at = dice.choice(list(range(len(holders))))
    properties, name = holders[at]
    others = [(held[other], other == LISTS[0]) for held, other in holders]
    used = {one["id"] for listed, of_nic in others for one in listed if of_nic is not (name == LISTS[0])}
    candidates = sorted(used - {one["id"] for one in properties[name]})
    if not candidates:
        return
    among = dice.some(candidates, 1, 2)
    may_be = []
    for chosen in ([], among[:1], among[1:], among) if len(among) > 1 else ([], among):
        other = copy.deepcopy(whole)
        list(group_holders(other))[at][0][name] = [*properties[name], *({"id": one} for one in chosen)]
        may_be.append(other)
    properties[name] = [*properties[name], {"id": unknown("nobody knows which", among=among)}]
    yield whole, may_be


def held_to(block: range, change: Callable[[Dice, Drawn], Iterator[tuple[Json, list[Json]]]]) -> Counter[str]:
    """How often the engine says the one answer of all networks that it may be, or unknown; never another."""
    told: Counter[str] = Counter()
    for seed in block:
        drawn = draw(seed)
        for whole, may_be in change(Dice(seed ^ 0xA303), drawn):
            twins = Twins(replace(drawn, resources=whole["resources"]))
            naive = [replace(drawn, resources=one["resources"]).network(INTERNET) for one in may_be]
            for question in packets(drawn):
                if is_there(twins, question):
                    answers = {side(n, question.where, question.direction, question.packet).access for n in naive}
                    found = answer(twins, question)
                    expected = answers.pop() if len(answers) == 1 else "Unknown"
                    assert found in (expected, "Unknown"), (seed, question, found, expected)
                    told["same" if found == expected else "coarser"] += 1
                    told["split"] += expected == "Unknown" and len(answers) > 0
    return told


@pytest.mark.parametrize("block", blocks(100, 10_000), ids=named)
def test_one_of_several_nsgs_says_what_all_of_them_say(block: range) -> None:
    told = held_to(block, one_nsg)
    assert told["coarser"] == 0
    assert told["split"] > len(block) / 4, "no test of nothing"
    assert told["same"] > 3 * told["split"]


@pytest.mark.parametrize("block", blocks(200, 10_000, 200), ids=named)
def test_a_list_that_may_hold_some_groups_says_nothing_wrong(block: range) -> None:
    told = held_to(block, any_groups)
    assert told["split"] > 1, "no test of nothing"
    assert told["same"] > 20 * told["coarser"]
