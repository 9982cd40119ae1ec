"""The pairs of groups of an intent: each fares as an intent of these two groups alone does."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from itertools import product

from flowspec.intents.case import Case as JudgedCase
from flowspec.intents.cover import places_of
from flowspec.intents.judgements import Judgements
from flowspec.model.documents.plan import GroupPair
from flowspec.model.inventory import Inventory
from flowspec.model.spec import EnforceAt, Intent, Spec
from flowspec.reporting.pairs import PairTeller
from tests.engine.generated import documents
from tests.engine.loading import load_documents
from tests.naive.networks import draw
from tests.plan.drawn_specs import TODAY, draw_spec
from tests.plan.lab import group, intent, nic, nics, nsg, plan, spec_of, vnet, within

SEEDS = 1500 if os.environ.get("FLOWSPEC_DEEP") == "1" else 25


def told(spec: Spec, inventory: Inventory) -> dict[str, tuple[GroupPair, ...]]:
    case = JudgedCase(spec, inventory, TODAY)
    judgements = Judgements(case.judge, case.questions)
    teller = PairTeller(case.network, case.planner.groups)
    return {address: teller.pairs(judgement)[0] for address, judgement in judgements.items()}


def of_one_pair(spec: Spec, one: Intent, source: str, destination: str) -> Intent:
    return replace(one, name=f"{one.name}--{source}--{destination}", sources=(source,), destinations=(destination,))


def test_a_pair_fares_as_an_intent_of_its_own() -> None:
    found: Counter[str] = Counter()
    for seed in range(SEEDS):
        drawn = draw(seed)
        spec, inventory = draw_spec(drawn).spec, load_documents(documents(drawn))
        case = JudgedCase(spec, inventory, TODAY)
        groups = case.planner.groups
        sound = [name for name in spec.groups if not (groups.members(name).problems or groups.members(name).maybe)]
        wide = {
            name: replace(one, sources=tuple(dict.fromkeys((*one.sources, *sound[:2]))),
                          destinations=tuple(dict.fromkeys((*one.destinations, *sound[-2:]))))
            for name, one in spec.intents.items()
            if {*one.sources, *one.destinations} <= {*sound, "any", "public"}
        }  # fmt: skip
        split = {
            alone.name: alone
            for one in wide.values()
            for ends in product(one.sources, one.destinations)
            for alone in [of_one_pair(spec, one, *ends)]
        }
        plain = replace(spec, boundaries={}, exceptions={}, intents=wide)
        whole = told(plain, inventory)
        alone = told(replace(plain, intents=wide | split), inventory)
        for name, one in wide.items():
            for pair, ends in zip(whole[one.address], product(one.sources, one.destinations), strict=True):
                (single,) = alone[f"intent.{name}--{ends[0]}--{ends[1]}"]
                found[pair.state] += 1
                if pair.state == "unknown":
                    continue  # it may be another group of the intent that is in doubt
                if pair.state == "none" and single.state == "unknown":
                    continue  # an intent without any flow is in error
                shared = any(
                    places_of(case.network, groups.members(other)).meets(groups.members(end).addresses)
                    for end, side in zip(ends, (one.sources, one.destinations), strict=True)
                    for other in side
                    if other != end
                )
                if shared or one.at is not EnforceAt.EITHER:
                    continue  # who is judged depends on the other groups
                found["compared"] += 1
                assert pair.state in (single.state, "untold"), (seed, pair, single)
                assert pair.drift == single.drift or pair.state == "untold", (seed, pair, single)
    assert min(found[state] for state in ("permitted", "denied", "unknown", "none", "compared")) > 2, found


def test_each_pair_has_its_own_answer() -> None:
    network = (
        vnet(snet=within("nsg")),
        nsg("nsg", "stop 100 In Deny Tcp * -> 10.0.0.5|443"),
        *(nic(name, address) for name, address in (("a", "10.0.0.4"), ("b", "10.0.0.5"), ("c", "10.0.0.6"))),
    )
    text = nics("a") + nics("b") + nics("c") + intent("x", "group.a", "group.b, group.c", "Allow")
    (one,) = plan(text, *network).intents
    assert [(pair.destination, pair.state, pair.drift) for pair in one.groups] == [
        ("group.b", "denied", True),
        ("group.c", "permitted", False),
    ]


def test_a_boundary_has_the_pairs_of_its_directions() -> None:
    network = (vnet(snet=within("nsg")), nsg("nsg"), nic("a", "10.0.0.4"))
    fence = 'boundary "a" {\n  around = [group.a]\n  direction = "Inbound"\n}\n'
    (one,) = plan(nics("a") + fence, *network).intents
    assert [(pair.source, pair.destination) for pair in one.groups] == [("everyone else", "group.a")]


def test_groups_that_share_an_address_are_not_told_apart() -> None:
    network = (
        vnet("one", snet=within("nsg")),
        vnet("two", snet=within("nsg")),
        nsg("nsg"),
        nic("a", "10.0.0.4"),
    )
    text = (
        group("one", 'subnets = ["one/snet"]')
        + group("two", 'subnets = ["two/snet"]')
        + group("out", 'prefixes = ["8.8.8.8"]')
    )
    (one,) = plan(text + intent("x", "group.out", "group.one, group.two", "Deny"), *network).intents
    assert {pair.state for pair in one.groups} <= {"untold", "unknown"}


def test_the_rest_of_very_many_is_counted() -> None:
    groups = "".join(group(f"g{n}", f'prefixes = ["10.9.0.{n}"]') for n in range(30))
    names = ", ".join(f"group.g{n}" for n in range(30))
    network = (vnet(snet=within("nsg")), nsg("nsg"), nic("a", "10.0.0.4"))
    (one,) = plan(groups + nics("a") + intent("x", f"{names}, group.a", f"{names}, group.a", "Deny"), *network).intents
    assert (len(one.groups), one.groups_left_out) == (400, 31 * 31 - 400)


def test_what_one_side_lets_through_is_not_permitted() -> None:
    """The other side may stop it: a boundary judges its own, and `at` names the one that must."""
    network = (
        vnet(snet=within("nsg", "10.0.0.0/24"), far=within("out", "10.0.1.0/24")),
        nsg("nsg"),
        nsg("out", "stop 100 Out Deny * * -> *"),
        nic("a", "10.0.0.4"),
        nic("b", "10.0.1.4", subnet="far"),
    )
    fence = 'boundary "a" {\n  around = [group.a]\n  direction = "Inbound"\n  remote = [group.b]\n}\n'
    ends = nics("a") + nics("b")
    for text in (fence, intent("x", "group.b", "group.a", "Deny", more='at = "destination"')):
        (one,) = plan(ends + text, *network).intents
        assert [(pair.state, pair.drift) for pair in one.groups] == [("open", True)]
    (one,) = plan(ends + intent("x", "group.b", "group.a", "Deny"), *network).intents
    assert [(pair.state, pair.drift) for pair in one.groups] == [("denied", False)]


def test_who_has_no_known_address_may_be_of_another_group() -> None:
    network = (vnet(snet=within("nsg")), nsg("nsg"), nic("a", "10.0.0.4"), nic("u", None))
    groups = nics("a") + nics("u") + group("p", 'prefixes = ["10.0.0.9"]')
    (one,) = plan(groups + intent("x", "group.p, group.u", "group.a", "Deny"), *network).intents
    assert {pair.state for pair in one.groups if pair.source == "group.p"} <= {"untold", "unknown"}


def test_all_intents_share_the_room() -> None:
    network = (vnet(snet=within("nsg")), nsg("nsg"), nic("a", "10.0.0.4"), nic("b", "10.0.0.5"))
    spec = spec_of(nics("a") + nics("b") + "".join(intent(f"x{n}", "group.a", "group.b", "Allow") for n in range(3)))
    case = JudgedCase(spec, load_documents({"network.json": list(network)}), TODAY)
    teller = PairTeller(case.network, case.planner.groups, room=2)
    judgements = Judgements(case.judge, case.questions).values()
    assert [(len(found), left) for found, left in map(teller.pairs, judgements)] == [(1, 0), (1, 0), (0, 1)]
