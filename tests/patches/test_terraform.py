"""The Terraform dialect: HCL that parses, is formatted, and holds exactly the names and values of the rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pygohcl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowspec.model.documents.plan import Report
from flowspec.model.documents.values import SourceLine
from flowspec.patches.quoting import hcl, hcl_list
from tests.patches.cases import GROUP, HOSTILE, KINDS, LONG, NAMED, SWAPPED, TWINS, create, elsewhere, plan, replace
from tests.patches.formatting import formatted
from tests.patches.rendering import one
from tests.views.sample import nsg


def rules(report: Report) -> dict[str, dict[str, object]]:
    """The rendered resources by label."""
    parsed = pygohcl.loads(one(report, "terraform").text)
    found: dict[str, dict[str, object]] = parsed["resource"]["azurerm_network_security_rule"]
    return found


def test_every_kind_looks_like_this(golden: Callable[[str, str], None]) -> None:
    patch = one(KINDS, "terraform")
    assert patch.file == "flowspec.tf"
    golden("patches/kinds.tf", patch.text)


@pytest.mark.parametrize("report", [KINDS, NAMED, TWINS], ids=["kinds", "names", "twins"])
def test_it_is_formatted_as_terraform_fmt_would(report: Report) -> None:
    text = one(report, "terraform").text
    assert formatted(text) == text


def test_hostile_names_come_out_as_they_went_in() -> None:
    made = rules(NAMED).values()
    expected = sorted(name for name in HOSTILE for _ in range(2))
    assert sorted(str(rule["name"]) for rule in made) == expected
    assert all(rule["description"] == rule["name"] for rule in made)


def test_labels_are_unique_identifiers() -> None:
    twins = plan(create("a.b"), create("a-b"), create("a b"), create("1st"), create("***"))
    assert {label: rule["name"] for label, rule in rules(twins).items()} == {
        "a_b": "a.b", "nsg_db_a_b": "a-b", "nsg_db_a_b_2": "a b", "rule_1st": "1st", "rule": "***",
    }  # fmt: skip


def test_values_of_every_shape() -> None:
    made = rules(KINDS)
    assert made["lists"]["source_address_prefixes"] == list(LONG)
    assert made["lists"]["destination_port_ranges"] == ["80", "8000-8100"]
    assert "source_address_prefix" not in made["lists"]
    assert made["groups"]["source_application_security_group_ids"] == [GROUP]
    assert made["groups"]["destination_application_security_group_ids"] == [GROUP, GROUP + "2"]
    assert made["both_forms"]["source_address_prefixes"] == ["10.0.0.0/8", "11.0.0.0/8"]
    shown = made["any_case"]
    assert (shown["direction"], shown["access"], shown["protocol"]) == ("Inbound", "Allow", "Tcp")
    assert "description" not in shown


def test_twins_in_two_subscriptions_have_a_provider_each(golden: Callable[[str, str], None]) -> None:
    text = one(TWINS, "terraform").text
    golden("patches/subscriptions.tf", text)
    parsed = pygohcl.loads(re.sub(r"(azurerm(?:_network_security_rule)?\.\w+)", r'"\1"', text))
    used = {rule["provider"] for rule in parsed["resource"]["azurerm_network_security_rule"].values()}
    providers = parsed["provider"]["azurerm"]
    assert used == {f"azurerm.{provider['alias']}" for provider in providers}
    assert {provider["subscription_id"] for provider in providers} == {
        change.nsg.split("/")[2] for change in TWINS.suggested_changes if change.change.after
    }


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_subscription_stays_an_identifier_and_a_string(hostile: str) -> None:
    name = hostile.replace("/", "|")
    report = plan(create("a"), elsewhere(create("a"), name), elsewhere(create("b"), f"{name}."))
    text = one(report, "terraform").text
    aliases = re.findall(r"^  provider +=(.*)$", text, re.MULTILINE)
    assert len(set(aliases)) == 3
    assert all(re.fullmatch(r" azurerm\.[a-z][0-9a-z_]*", alias) for alias in aliases)
    parsed = pygohcl.loads(re.sub(r"^  provider .*$", "", text, flags=re.MULTILINE))
    assert name in {provider["subscription_id"] for provider in parsed["provider"]["azurerm"]}


def test_an_existing_rule_is_imported() -> None:
    text = one(KINDS, "terraform").text
    imported = pygohcl.loads(text.replace("azurerm_network_security_rule.", ""))["import"]
    assert imported[0]["id"] == f"{nsg('nsg-db', 'rg-db')}/securityRules/web-to-db"


def test_what_terraform_declares_is_named_by_its_address() -> None:
    """Read from a plan or a state, so that nobody has to look for it."""
    at = SourceLine(file="plan.json", line=3, address='module.hub.azurerm_network_security_rule.ssh["\n"]')
    text = one(plan(*(replace(change, where=at) for change in KINDS.suggested_changes)), "terraform").text
    named = '# module.hub.azurerm_network_security_rule.ssh["\ufffd"] declares this rule: '
    actions = [change.change.action for change in KINDS.suggested_changes]
    assert text.count(named.removesuffix(": ") + ". What it should say there:\n") == actions.count("update") > 0
    assert text.count(f"{named}take it out there, and Terraform deletes it.") == actions.count("delete") > 0
    assert "import {" not in text, "it is managed already"
    assert text.count("\nresource ") == actions.count("create")
    assert text.count("\n#   name ") == text.count("\n#   direction ") == actions.count("update")
    assert "az network nsg rule delete" not in text and "If a configuration of yours" not in text


def test_resources_wait_for_each_other_where_the_order_matters() -> None:
    """Two rules change places; new rules of one access do not get into each other's way, and of two they may."""
    text = one(SWAPPED, "terraform").text
    assert text.index('"second"') < text.index('"first"')
    assert text.count("depends_on") == 1
    assert "\n\n  depends_on = [azurerm_network_security_rule.second]\n}\n" in text
    assert "writes some of these rules twice" in text
    assert "depends_on" not in one(plan(create("a"), create("b")), "terraform").text
    assert "depends_on" in one(plan(create("a"), create("b", access="Deny")), "terraform").text


ARGUMENTS = """
name resource_group_name network_security_group_name priority direction access protocol description
source_address_prefix source_address_prefixes source_port_range source_port_ranges
source_application_security_group_ids destination_address_prefix destination_address_prefixes destination_port_range
destination_port_ranges destination_application_security_group_ids depends_on provider
"""
"""Of azurerm_network_security_rule, as azurerm 3 and 4 have them, and Terraform's own; the first seven are required."""


def test_arguments_are_those_of_azurerm() -> None:
    for rule in rules(KINDS).values():
        assert set(ARGUMENTS.split()[:7]) <= set(rule) <= set(ARGUMENTS.split())


def test_comments_hold_what_is_in_them() -> None:
    inside = False
    for line in one(NAMED, "terraform").text.splitlines():
        inside = not line.startswith("}") and (inside or line.startswith(("resource ", "import ")))
        assert inside or not line or line.startswith(("#", "}")), line


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_is_a_literal(text: str) -> None:
    parsed = pygohcl.loads(f"v = {hcl(text)}\nl = {hcl_list([text])}\n")
    assert parsed["v"] == unicodedata.normalize("NFC", text)
    assert parsed["l"] == [unicodedata.normalize("NFC", text)]
