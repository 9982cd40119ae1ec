"""--fix: a plan of deletions and merges, after which every flow fares as before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from benchmarks.lint import network
from flowspec.comparison.difference import difference
from flowspec.fixes.edits import edited
from flowspec.linting.fixing import fixes_of
from flowspec.linting.lint import linted
from flowspec.patches import render
from flowspec.pipeline import lint
from flowspec.views import VIEWS, Style
from tests.document import fitting
from tests.engine.loading import load_documents
from tests.linting.brute import NIC_NSG, SUBNET_NSG, Brute, drawn_network
from tests.plan.lab import Json, nic, nsg, vnet, within

TODAY = date(2026, 11, 21)
RULES = (
    "low 100 In Allow Tcp 8.8.8.8 -> *|443",
    "other 110 In Deny Tcp 10.0.0.9 -> *|443",
    "high 120 In Allow Tcp 8.8.4.4 -> *|443",
    "dead 130 In Allow Tcp 8.8.4.4 -> *|443",
    "ping 140 In Allow Icmp 8.8.8.8 -> *",
)


def net(*rules: str) -> list[Json]:
    return [nsg("nsg-snet", *rules), vnet(snet=within("nsg-snet", "10.0.0.0/24")), nic("nic", "10.0.0.4")]


@pytest.mark.parametrize("seed", range(12))
def test_every_fix_leaves_all_verdicts_as_they_were(seed: int) -> None:
    """By the comparison of networks, step by step in between, and by every packet there can be."""
    resources = drawn_network(seed)
    inventory = load_documents({"net.json": resources})
    run = linted(inventory)
    fixes = fixes_of(run.estate, run.rules)
    assert {key for _, _, found in run.rules for key in found.never} <= {one.edit.before for one in fixes.edits}
    nsgs = {**inventory.nsgs, **edited(inventory.nsgs, [one.edit for one in fixes.edits])}
    assert not difference(inventory, replace(inventory, nsgs=nsgs)).causes
    for count in range(1, len(fixes.steps)):
        between = {**inventory.nsgs, **edited(inventory.nsgs, fixes.steps[:count])}
        assert not difference(inventory, replace(inventory, nsgs=between)).causes
    changed = {name: {one.edit.rule.display for one in fixes.edits if one.edit.after is None
                      and one.edit.nsg.endswith(name)} for name in (SUBNET_NSG, NIC_NSG)}  # fmt: skip
    if all(one.edit.after is None for one in fixes.edits):
        for direction in ("Inbound", "Outbound"):
            brute = Brute(resources, direction)
            for name, gone in changed.items():
                assert brute.walk(name, frozenset(gone))[0] == brute.walk(name)[0]


def test_rules_are_deleted_and_merged_in_a_plan_that_render_takes() -> None:
    _, plan = lint(load_documents({"net.json": net(*RULES)}), TODAY, fix=True)
    assert plan is not None
    fitting(plan)
    done = {change.rule: (change.change.actions, change.note) for change in plan.suggested_changes}
    assert done == {
        "dead": (("delete",), "never matches: rules before it take all its flows"),
        "low": (("update",), "takes the place of high"),
        "high": (("delete",), "what it says stands in low"),
    }
    (merged,) = [change.change.after for change in plan.suggested_changes if change.rule == "low"]
    assert merged is not None and merged.sources == ("8.8.8.8", "8.8.4.4") and merged.priority == 100
    assert all(not change.proof.opens and not change.proof.closes for change in plan.suggested_changes)
    order = [step.rule for step in plan.steps]
    assert order.index("low") < order.index("high"), "nothing is cut on the way"
    assert "dead" in render(plan, "az")[0].text
    assert "low" in VIEWS["plan"]["text"](plan, Style())


def test_what_a_contrary_rule_stands_between_is_not_merged() -> None:
    rules = ("a 100 In Allow Tcp 8.8.8.8 -> *|443", "b 110 In Deny Tcp 8.8.4.0/24 -> *|443",
             "c 120 In Allow Tcp 8.8.0.0/16 -> *|443")  # fmt: skip
    _, plan = lint(load_documents({"net.json": net(*rules)}), TODAY, fix=True)
    assert plan is not None and {change.rule for change in plan.suggested_changes} == {"a"}
    assert plan.suggested_changes[0].change.actions == ("delete",)


def changes(*rules: str) -> dict[str, str]:
    _, plan = lint(load_documents({"net.json": net(*rules)}), TODAY, fix=True)
    assert plan is not None
    return {change.rule: change.change.action for change in plan.suggested_changes}


def test_a_merge_that_cant_be_made_keeps_none_of_the_others_back() -> None:
    rules = ("a 100 In Allow Tcp 8.8.8.8 -> *|443", "b 110 In Deny Tcp 8.8.0.0/16 -> *|443",
             "c 120 In Allow Tcp 8.0.0.0/8 -> *|443", "d 130 In Allow Udp 8.8.8.8 -> *|443",
             "e 140 In Allow Udp 8.8.4.4 -> *|443")  # fmt: skip
    found = changes(*rules)
    assert {name: found.get(name) for name in "acde"} == {"a": None, "c": None, "d": "update", "e": "delete"}


def test_of_two_rules_that_could_each_go_one_goes() -> None:
    """Without `a`, `b` permits its flows; without `b`, `a` and `c` permit those of `b`; without both nobody does."""
    rules = ("a 100 In Allow Tcp 8.8.8.8 -> *|443", "b 110 In Allow Tcp 8.8.8.8,9.9.9.9 -> *|443",
             "c 120 In Allow Tcp 9.9.9.9,7.7.7.7 -> *|443")  # fmt: skip
    found, _ = lint(load_documents({"net.json": net(*rules)}), TODAY)
    assert {one.rule.rpartition("/")[2] for one in found.findings} == {"a", "b"}
    assert changes(*rules) == {"a": "delete", "b": "update", "c": "delete"}


def test_rules_that_a_service_of_azure_writes_are_left_alone() -> None:
    rules = ("Sql_UseOnly_a 100 In Allow Tcp 8.8.8.0/24 -> *|443", "Sql_UseOnly_b 110 In Allow Tcp 8.8.8.8 -> *|443",
             "mine 120 In Allow Tcp 8.8.8.9 -> *|443")  # fmt: skip
    found, _ = lint(load_documents({"net.json": net(*rules)}), TODAY)
    assert [one.rule for one in found.findings] == ["securityRules/mine"]
    assert changes(*rules) == {"mine": "delete"}


def test_many_edits_are_one_plan() -> None:
    inventory = network(1, 4, 60)
    run = linted(inventory)
    fixes = fixes_of(run.estate, run.rules)
    never = sum(len(found.never) for _, _, found in run.rules)
    assert len(fixes.edits) >= never > 20


def test_a_clean_network_has_no_changes() -> None:
    _, plan = lint(load_documents({"net.json": net("web 200 In Allow Tcp 8.8.8.0/24 -> *|443")}), TODAY, fix=True)
    assert plan is not None and plan.suggested_changes == () and not plan.applyable


def test_the_rules_that_azure_bastion_wants_stay_though_they_change_nothing() -> None:
    """Azure refuses an NSG on its subnet that lacks one of them."""
    rules = ("health 140 In Allow Tcp AzureLoadBalancer -> *|443", "a 150 In Allow Tcp 8.8.8.8 -> *|8080",
             "b 160 In Allow Tcp 8.8.4.4 -> *|8080")  # fmt: skip
    for subnet, stays in (("AzureBastionSubnet", True), ("snet", False)):
        network = vnet(**{subnet: within("nsg-snet", "10.0.0.0/24")})
        found, plan = lint(load_documents({"net.json": [nsg("nsg-snet", *rules), network]}), TODAY, fix=True)
        assert plan is not None
        assert [one.code for one in found.findings if one.rule] == ([] if stays else ["FS102"])
        assert {change.rule for change in plan.suggested_changes} == (set() if stays else {"health", "a", "b"})
        assert any("Azure Bastion wants" in one.detail for one in plan.problems) is stays


def test_an_empty_subnet_may_get_machines_with_an_nsg_of_their_own() -> None:
    """As scale sets have: nobody can say that nothing would filter them."""
    found, _ = lint(load_documents({"net.json": [vnet(snet=within(None, "10.0.0.0/24"))]}), TODAY)
    assert [one.message for one in found.findings] == [
        "has no NSG: a NIC put into it is filtered only if it has one of its own"
    ]
