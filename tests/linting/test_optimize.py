"""Optimize: never more rules, and at every step every flow fares as before, by every packet there can be."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from flowspec.linting import fixing
from flowspec.linting.merging import FewerStep, fewer
from flowspec.linting.written import ports_without
from flowspec.model.documents.optimize import Optimized
from flowspec.model.documents.plan import Report
from flowspec.pipeline import optimize
from flowspec.views import VIEWS, Style
from tests.cli.command import flowspec
from tests.document import fits, fitting
from tests.engine.loading import load_documents, recorded
from tests.linting.brute import NIC_NSG, SUBNET_NSG, Brute
from tests.plan.lab import NET, Json, item, nic, nsg, vnet, within
from tests.plan.stepping import stepped

TODAY = date(2026, 11, 21)
FAR = ("8.8.8.8", "8.8.8.9", "1.1.1.1", "10.0.0.5", "10.0.0.9", "8.8.8.8,1.1.1.1", "10.0.0.0/25", "*", "VirtualNetwork")
NEAR = ("10.0.0.4", "10.0.0.4", "10.0.0.5", "*")
PORTS = ("22", "80", "443", "22-80", "50")


def found_of(*resources: Json) -> tuple[Optimized, Report]:
    found, plan = optimize(load_documents({"net.json": list(resources)}), TODAY)
    fits(VIEWS["optimize"]["json"](found, Style()), "optimize")
    return found, fitting(plan)


def net(*rules: str) -> list[Json]:
    return [nsg("nsg-snet", *rules), vnet(snet=within("nsg-snet", "10.0.0.0/24")), nic("nic", "10.0.0.4")]


def changed(*rules: str) -> dict[str, str]:
    """What becomes of each rule: `delete`, or the values it has afterwards beside its own."""
    _, plan = found_of(*net(*rules))
    return {change.rule: change.note if change.change.after is not None else "delete"
            for change in plan.suggested_changes}  # fmt: skip


def drawn_network(dice: random.Random) -> list[Json]:
    """A subnet and a NIC in it, with an NSG each, of rules that often differ in one list."""
    nsgs = [nsg(name, *(rule for way in ("In", "Out") for rule in drawn_rules(dice, way)))
            for name in (SUBNET_NSG, NIC_NSG)]  # fmt: skip
    network = vnet(space="10.0.0.0/24", snet=within(SUBNET_NSG, "10.0.0.0/24"))
    return [*nsgs, network, nic("nic", "10.0.0.4", nsg=NIC_NSG)]


def drawn_rules(dice: random.Random, way: str) -> Iterator[str]:
    for number in range(dice.randint(3, 9)):
        protocol = dice.choice(["Tcp", "Tcp", "Tcp", "Udp", "*"])
        ends = [dice.choice(FAR), dice.choice(NEAR)]
        source, destination = ends if way == "In" else ends[::-1]
        access = dice.choice(["Allow", "Allow", "Deny"])
        yield f"r{way}{number} {100 + number} {way} {access} {protocol} {source} -> {destination}|{dice.choice(PORTS)}"


@pytest.mark.parametrize("seed", range(12))
def test_every_flow_fares_as_before_at_every_step(seed: int) -> None:
    """In both worlds: whether rules with ports match protocols without ports is in doubt."""
    resources = drawn_network(random.Random(seed))
    found, plan = found_of(*resources)
    before = {
        key: Brute(resources, *key[:1], portless=key[1]) for key in product(("Inbound", "Outbound"), (True, False))
    }
    states = list(stepped(resources, plan.steps))
    for step, state in zip(plan.steps, states, strict=True):
        rule, name = step.before or step.after, step.nsg.rpartition("/")[2]
        assert rule is not None
        for world in (True, False):
            now = Brute(state, rule.direction, portless=world, nsgs=(name,))
            assert now.walk(name)[0] == before[rule.direction, world].walk(name)[0]
    last = states[-1] if states else resources
    for one in found.nsgs:
        rules = [len(next(r for r in held if r["id"] == one.nsg)["properties"]["securityRules"])
                 for held in (resources, last)]  # fmt: skip
        assert [one.before, one.after] == rules and not one.kept
        assert one.after <= one.before


CELLS = tuple(product(("8.8.8.8", "8.8.4.4", "9.9.9.9", "10.0.0.9"), ("80", "443", "22")))
"""The packets of tiny NSGs: rules name two of the addresses and two of the ports, or `*`."""
DEFAULT = tuple(a == "10.0.0.9" for a, _ in CELLS)
"""What the default rules permit: the virtual network."""
SOURCES = ("8.8.8.8", "8.8.4.4", "8.8.8.8,8.8.4.4", "*")
TINY_PORTS = ("80", "443", "80,443", "*")


def smallest() -> dict[tuple[bool, ...], int]:
    """Every meaning that a tiny NSG can have -> the fewest rules that have it, by putting rules before rules."""
    rules = [([(s == "*" or a in s.split(",")) and (p == "*" or b in p.split(",")) for a, b in CELLS], allow)
             for s, p, allow in product(SOURCES, TINY_PORTS, (True, False))]  # fmt: skip
    found = {DEFAULT: 0}
    edge = list(found)
    while edge:
        further = {tuple(allow if hit else was for hit, was in zip(hits, meaning, strict=True)): found[meaning] + 1
                   for meaning in edge for hits, allow in rules}  # fmt: skip
        edge = [meaning for meaning in further if meaning not in found]
        found |= {meaning: further[meaning] for meaning in edge}
    return found


def tiny(dice: random.Random) -> tuple[list[Json], tuple[bool, ...]]:
    """An NSG of three to six rules, and what it permits of the packets."""
    drawn = [(dice.choice(SOURCES), dice.choice(TINY_PORTS), dice.choice((True, True, False)))
             for _ in range(dice.randint(3, 6))]  # fmt: skip
    rules: list[Json] = []
    for number, (source, ports, allow) in enumerate(drawn):
        (rule,) = nsg("n", f"r{number} {100 + number} In {'Allow' if allow else 'Deny'} Tcp {source} -> *")[
            "properties"
        ]["securityRules"]
        del rule["properties"]["destinationPortRange"]
        rules.append({**rule, "properties": {**rule["properties"], "destinationPortRanges": ports.split(",")}})
    meaning = tuple(
        next((allow for source, ports, allow in drawn if (source == "*" or a in source.split(","))
              and (ports == "*" or b in ports.split(","))), default)
        for (a, b), default in zip(CELLS, DEFAULT, strict=True)
    )  # fmt: skip
    held = item("networkSecurityGroups", "nsg-snet", securityRules=rules)
    return [held, vnet(snet=within("nsg-snet", "10.0.0.0/24")), nic("nic", "10.0.0.4")], meaning


def test_tiny_nsgs_are_seldom_larger_than_the_smallest_there_is() -> None:
    """Of all rule lists that there are, not only those that merging reaches."""
    best, dice = smallest(), random.Random(1)
    more = {0: 0}
    for _ in range(120):
        resources, meaning = tiny(dice)
        found, _ = found_of(*resources)
        over = found.summary.after - best[meaning]
        assert over >= 0
        more[over] = more.get(over, 0) + 1
    assert more[0] >= 118 and max(more) <= 1, more


def test_rules_that_differ_in_one_list_are_one_and_then_in_another() -> None:
    rules = ("a 100 In Allow Tcp 8.8.8.8 -> 10.0.0.4|80", "b 110 In Allow Tcp 8.8.8.8 -> 10.0.0.4|443",
             "c 120 In Allow Tcp 9.9.9.9 -> 10.0.0.4|443", "d 130 In Allow Tcp 9.9.9.9 -> 10.0.0.4|80",
             "other 140 In Allow Udp 9.9.9.9 -> 10.0.0.4|80")  # fmt: skip
    found, plan = found_of(*net(*rules))
    assert (found.summary.before, found.summary.after) == (5, 2)
    (one,) = [change.change.after for change in plan.suggested_changes if change.change.after is not None]
    assert set(one.sources) == {"8.8.8.8", "9.9.9.9"} and set(one.destination_ports) == {"80", "443"}
    assert one.description == "also b, c, d"


def test_a_rule_matches_more_where_that_fares_so_already() -> None:
    """`a` also takes 9.9.9.9 to 80, which `c` permits; Tcp 443 from 7.7.7.7 nobody permits."""
    rules = ("a 100 In Allow Tcp 8.8.8.8 -> *|80,443", "b 110 In Allow Tcp 9.9.9.9 -> *|443",
             "c 120 In Allow * 9.9.9.0/24 -> *|80", "d 130 In Allow Tcp 7.7.7.7 -> *|80")  # fmt: skip
    assert changed(*rules) == {"a": "takes the place of b", "b": "delete"}


def test_an_allow_is_not_widened_over_what_a_deny_before_it_stops() -> None:
    """With `no` gone some day, it would let through what nobody wrote. A Deny is."""
    rules = ("no 100 In Deny Tcp 10.0.0.0/24 -> *|443", "a 110 In Allow Tcp 10.0.0.5 -> *|80",
             "b 120 In Allow Tcp 8.8.8.8 -> *|443", "c 130 In Allow Tcp 8.8.8.8 -> *|80",
             "z 140 In Deny Tcp * -> *|80")  # fmt: skip
    assert found_of(*net(*rules))[0].summary.after == 4
    assert changed("ok 100 In Allow Tcp 10.0.0.5 -> *|443", "a 110 In Deny Tcp 10.0.0.5,10.0.0.9 -> *|80",
                   "b 120 In Deny Tcp 10.0.0.9 -> *|443") == {"a": "takes the place of b", "b": "delete"}  # fmt: skip


def test_a_rule_loses_values_that_another_one_takes_before_it() -> None:
    rules = ("no 100 In Deny Tcp 8.8.8.8 -> *|80", "web 110 In Allow Tcp 8.8.8.8,9.9.9.9 -> *|80",
             "ssh 120 In Deny Tcp 10.0.0.5 -> *|22-23", "any 130 In Allow Tcp 10.0.0.5,8.8.4.4 -> *|22,80")  # fmt: skip
    _, plan = found_of(*net(*rules))
    notes = {change.rule: change.note for change in plan.suggested_changes}
    assert notes == {
        "web": "no longer matches what no stops before it",
        "no": "web no longer matches what it stops",
    }
    after = next(change.change.after for change in plan.suggested_changes if change.rule == "web")
    assert after is not None and set(after.sources) == {"9.9.9.9"}
    assert not after.description


def test_a_rule_takes_the_place_of_another_but_for_what_is_taken_before_it() -> None:
    rules = ("a 100 In Allow Tcp * -> *|80", "low 105 In Deny Tcp * -> *|1-100", "no 110 In Deny Tcp * -> *|8086",
             "b 120 In Allow Tcp * -> *|8080-8084,8086")  # fmt: skip
    _, plan = found_of(*net(*rules))
    assert [one.note for one in plan.suggested_changes if one.rule in ("a", "b")] == [
        "takes the place of b",
        "what it says stands in a",
    ]
    (after,) = [change.change.after for change in plan.suggested_changes if change.rule == "a"]
    assert after is not None and set(after.destination_ports) == {"80", "8080-8084"}


def test_a_value_of_which_another_rule_takes_a_part_stays() -> None:
    assert ports_without(("80", "443-450"), ("22-90",)) == ("443-450",)
    assert ports_without(("80", "443-450"), ("22-90", "448-500")) == ()
    assert ports_without(("80", "443"), ("8080",)) == ports_without(("80",), ("80",)) == ()


def test_prefixes_and_ports_of_a_joined_rule_do_not_overlap() -> None:
    """Azure refuses prefixes that do (`OverlappingSubnetsNotPermittedInSecurityRule`)."""
    rules = ("a 100 In Allow Tcp 8.8.8.8,9.9.9.0/24 -> *|80", "b 110 In Allow Tcp 8.8.8.0/24,9.9.9.9 -> *|80",
             "c 120 In Allow Tcp 7.7.7.7 -> *|443,8080-8090", "d 130 In Allow Tcp 7.7.7.7 -> *|8085-8099")  # fmt: skip
    _, plan = found_of(*net(*rules))
    ab, cd = (change.change.after for change in plan.suggested_changes if change.change.after is not None)
    assert ab is not None and set(ab.sources) == {"8.8.8.0/24", "9.9.9.0/24"}
    assert cd is not None and set(cd.destination_ports) == {"443", "8080-8099"}


def test_an_nsg_of_a_subnet_of_which_nothing_is_known_is_looked_at_as_one_on_its_own() -> None:
    held = nsg("nsg-snet", "a 100 In Allow Tcp 8.8.8.8 -> *|80", "b 110 In Allow Tcp 9.9.9.9 -> *|80")
    network = vnet(snet=within("nsg-snet", "10.0.0.0/24"))
    del network["properties"]["subnets"][0]["properties"]["addressPrefixes"]
    found, _ = found_of(held, network, nic("nic", "10.0.0.4"))
    assert (found.nsgs[0].before, found.nsgs[0].after) == (2, 1)


def test_a_rule_may_be_moved_behind_others() -> None:
    """Where the later one can't come forward, the earlier one goes back, if nothing says otherwise of its flows."""
    rules = ("a 100 In Allow Tcp 8.8.8.8 -> *|443", "b 110 In Deny Tcp 8.8.4.4 -> *|443",
             "c 120 In Allow Tcp 8.8.4.0/24 -> *|443")  # fmt: skip
    assert changed(*rules) == {"c": "takes the place of a", "a": "delete"}


def test_two_moves_that_would_cross_are_not_both_made() -> None:
    """`a1` may go back to `a2`, and `d1` forward to `d0`; after both, what `a1` permits would be stopped."""
    rules = ("a1 100 In Allow Tcp 8.8.8.8 -> *|80", "d0 110 In Deny Tcp 9.9.9.9 -> *|80",
             "a2 120 In Allow Tcp 9.9.9.0/24 -> *|80", "d1 130 In Deny Tcp 8.8.8.0/24 -> *|80",
             "last 140 In Deny * 9.9.0.0/16 -> *", "rest 150 In Allow Tcp * -> *|80")  # fmt: skip
    assert changed(*rules) == {"a2": "takes the place of a1", "a1": "delete",
                               "d1": "takes the place of last", "last": "delete"}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tcp Internet -> *|80", "Tcp 10.9.0.0/16 -> *|80"),
        ("Tcp 8.8.8.8 -> *|80", "Tcp 2001:db8::1 -> *|80"),
        ("Tcp 8.8.8.8 -> *|80", "Udp 8.8.8.8 -> *|80"),
        ("Tcp asg-a -> *|80", "Tcp asg-far -> *|80"),
        ("Tcp asg-a -> *|80", "Tcp asg-nobody -> *|80"),
        ("Tcp asg-a -> *|80", "Tcp 8.8.8.8 -> *|80"),
        ("Tcp 0.0.0.0/0 -> *|80", "Tcp 8.8.8.8 -> *|80"),
    ],
)
def test_what_azure_would_not_take_or_nobody_can_be_sure_of_is_not_merged(one: str, other: str) -> None:
    """Tags and families in one list, groups of two VNets, a group without members beside another (azure.md A21)."""
    far = vnet("far", space="10.9.0.0/16", snet=within(None, "10.9.0.0/16"))
    nics = [nic("nic-a", "10.0.0.4", asgs=("asg-a",)), nic("nic-far", "10.9.0.4", asgs=("asg-far",), vnet="far")]
    groups = [item("applicationSecurityGroups", f"asg-{name}") for name in ("a", "far", "nobody")]
    held = nsg("nsg-snet", f"one 100 In Allow {one}", f"other 110 In Allow {other}")
    _, plan = found_of(held, vnet(snet=within("nsg-snet", "10.0.0.0/24")), far, *nics, *groups)
    assert not [change for change in plan.suggested_changes if change.change.after is not None]


def test_groups_of_one_vnet_are_merged_ten_at_most() -> None:
    names = [f"asg-{number}" for number in range(12)]
    nics = [nic(f"nic-{name}", f"10.0.0.{number + 4}", asgs=(name,)) for number, name in enumerate(names)]
    held = nsg("nsg-snet", *(f"r-{name} {100 + at} In Allow Tcp {name} -> *|80" for at, name in enumerate(names)),
               "rest 4000 In Deny * * -> *")  # fmt: skip
    groups = [item("applicationSecurityGroups", name) for name in names]
    found, plan = found_of(held, vnet(snet=within("nsg-snet", "10.0.0.0/24")), *nics, *groups)
    assert found.summary.after == 3
    after = [change.change.after for change in plan.suggested_changes if change.change.after is not None]
    assert sorted(len(one.source_application_security_groups) for one in after) == [2, 10]


def test_rules_of_a_spec_or_of_a_service_of_azure_are_left_as_they_are() -> None:
    rules = [*nsg("n", "flowspec-x-allow-in 100 In Allow Tcp 8.8.8.8 -> *|80",
                  "Sql_UseOnly_a 110 In Allow Tcp 8.8.4.4 -> *|80",
                  "mine 120 In Allow Tcp 9.9.9.9 -> *|80")["properties"]["securityRules"]]  # fmt: skip
    rules[0]["properties"]["description"] = "flowspec shop: intent.x"
    _, plan = found_of(*net()[1:], item("networkSecurityGroups", "nsg-snet", securityRules=rules))
    assert not plan.suggested_changes


def test_what_sql_managed_instance_keeps_in_an_nsg_stays() -> None:
    """A recorded NSG; the rules that its owner wrote beside are joined."""
    rows = recorded("inventory/nsgs")["rows"]
    (held,) = [row["nsg"] for row in rows if row["id"] == "nsg-0001"]
    found, plan = found_of(held)
    assert (found.summary.before, found.summary.after) == (23, 18)
    assert not [change.rule for change in plan.suggested_changes if "_UseOnly_" in change.rule]


def test_without_a_proof_nothing_is_merged_and_the_other_nsgs_are_none_the_worse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever merging comes up with, the proof has the last word, for each NSG by itself."""

    def wrong(*given: Any) -> list[FewerStep]:
        found = fewer(*given)
        return [
            replace(one, after=replace(one.after, sources=("*",))) if one.after and one.before.name == "bad" else one
            for one in found
        ]

    monkeypatch.setattr(fixing, "fewer", wrong)
    bad = nsg("nsg-bad", "bad 100 In Allow Tcp 8.8.8.8 -> *|80", "b 110 In Allow Tcp 8.8.4.4 -> *|80",
              "dead 120 In Deny Tcp 8.8.4.4 -> *|80")  # fmt: skip
    good = nsg("nsg-good", "a 100 In Allow Tcp 8.8.8.8 -> *|80", "b 110 In Allow Tcp 8.8.4.4 -> *|80")
    found, plan = found_of(bad, good)
    assert {(one.nsg.rpartition("/")[2], one.before, one.after) for one in found.nsgs} == {
        ("nsg-bad", 3, 2),
        ("nsg-good", 2, 1),
    }
    assert {one.nsg.rpartition("/")[2]: bool(one.kept) for one in found.nsgs} == {"nsg-bad": True, "nsg-good": False}
    assert "it is not proved that every flow" in " ".join(VIEWS["optimize"]["text"](found, Style()).split())
    assert len(plan.steps) == 3
    assert [one.summary for one in plan.problems] == ["nsg-bad is left as it is, or a part of it"]


def test_in_a_terminal(tmp_path: Path) -> None:
    rules = [f"r{number} {100 + number} In Allow Tcp 8.8.{number}.0/24 -> *|443" for number in range(10)]
    (tmp_path / "net.json").write_text(json.dumps(net(*rules, "dead 900 In Deny Tcp 8.8.3.3 -> *|443")), "utf-8")
    done = flowspec("optimize", "-i", "net.json", "--out", "tidy.plan", "--today", "2026-11-21", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "nsg-snet  11 -> 1 rule (-90 %)" + "net.json:1".rjust(50),
        "    10 deleted, 1 rule says what others said",
        "",
        "11 -> 1 rule (-90 %) in all, 1 NSG. Every flow fares as before.",
    ]
    assert "Saved a plan of 11 changes to tidy.plan. To see it: flowspec show tidy.plan" in done.stderr
    listed = flowspec("optimize", "-i", "net.json", "--all", cwd=tmp_path).stdout
    assert "- dead: never matches: rules before it take all its flows" in listed
    assert "0 added" not in flowspec("show", "tidy.plan", cwd=tmp_path).stderr
    refused = flowspec("optimize", "-i", "net.json", "--out", "net.json", cwd=tmp_path)
    assert refused.returncode == 1 and "net.json" in refused.stderr


@pytest.mark.parametrize(
    ("rules", "better"),
    [
        (("ssh 100 In Allow Tcp * -> *|22", "web 110 In Allow Tcp * -> *|80"), "allow-tcp-22_80-in"),
        (("web-443 100 In Allow Tcp * -> *|443-443", "web-80 110 In Allow Tcp * -> *|80"), "allow-tcp-80_443-in"),
        (("office1 100 In Allow Tcp 8.8.8.8 -> *|80", "Office-2 110 In Allow Tcp 9.9.9.9 -> *|80"), ""),
        (("office 100 In Deny Tcp 10.0.0.5 -> *|80", "home 110 In Deny Tcp 10.0.0.9 -> *|80"),
         "deny-tcp-80-from-2-prefixes-in"),
        (("a 100 Out Deny * VirtualNetwork -> Internet|22", "b 110 Out Deny * VirtualNetwork -> Internet|23"),
         "deny-any-22_23-from-VirtualNetwork-to-Internet-out"),
        (("ssh 100 In Allow Tcp * -> *|22", "web 110 In Allow Tcp * -> *|80",
          "Allow-TCP-22_80-in 120 In Allow Udp * -> *|53"), "allow-tcp-22_80-in-2"),
        (("a 100 In Allow Tcp 2001:db8::1 -> *|22", "b 110 In Allow Tcp 2001:db8::1 -> *|23"),
         "allow-tcp-22_23-from-2001-db8--1-in"),
    ],
)  # fmt: skip
def test_a_joined_rule_whose_name_says_less_than_it_does_is_told_a_better_one(
    rules: tuple[str, ...], better: str
) -> None:
    """One that Azure takes and no rule of the NSG has; none where the names differ by a counter only."""
    inventory = load_documents({"net.json": net(*rules)})
    found, _ = optimize(inventory, TODAY)
    named = [rule.better_name for nsg in found.nsgs for rule in nsg.rules if rule.action == "update"]
    assert named == [better]
    shown = VIEWS["optimize"]["text"](found, Style(everything=True))
    assert not better or f"a better name: {better}" in " ".join(shown.split())
    assert "better name" not in shown or better
    veiled, _ = optimize(replace(inventory, sensitive=frozenset({"8.8.8.8"})), TODAY)
    assert not any(rule.better_name for nsg in veiled.nsgs for rule in nsg.rules)


def test_a_better_name_says_from_which_ports() -> None:
    resources = net("dns 100 In Allow Udp 8.8.8.8 -> *|1024-65535", "time 110 In Allow Udp 9.9.9.9 -> *|1024-65535")
    for rule in resources[0]["properties"]["securityRules"]:
        rule["properties"]["sourcePortRange"] = "53"
    found, _ = found_of(*resources)
    assert [rule.better_name for rule in found.nsgs[0].rules if rule.action == "update"] == [
        "allow-udp-1024-65535-source-port-53-from-2-prefixes-in"
    ]


def test_nothing_to_do_and_nothing_known() -> None:
    found, plan = found_of(*net("web 200 In Allow Tcp 8.8.8.0/24 -> *|443"))
    assert not plan.applyable and not found.nsgs[0].rules
    assert (
        VIEWS["optimize"]["text"](found, Style())
        == "1 rule in 1 NSG; none found that could go or be one with others.\n"
    )
    found, _ = found_of(
        {
            "id": f"{NET}/networkSecurityGroups/nsg-x",
            "name": "nsg-x",
            "type": "Microsoft.Network/networkSecurityGroups",
            "properties": {},
        }
    )
    assert "securityRules" in found.nsgs[0].kept
