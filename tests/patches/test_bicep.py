"""The Bicep dialect: files that parse and hold exactly the names and values of the rules, one for a resource group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowspec.model.documents.plan import Report
from flowspec.patches import render
from flowspec.patches.quoting import bicep
from tests.patches.cases import GROUP, HOSTILE, KINDS, LONG, NAMED, SWAPPED, TWINS, create, delete, plan, replace
from tests.patches.reading import bicep_resources
from tests.patches.rendering import one


def resources(report: Report) -> list[dict[str, Any]]:
    """The rules of all files in their order."""
    return [body for patch in render(report, "bicep") for body in bicep_resources(patch.text).values()
            if not body["existing"]]  # fmt: skip


def test_every_kind_looks_like_this(golden: Callable[[str, str], None]) -> None:
    made = render(KINDS, "bicep")
    assert [patch.file for patch in made] == ["flowspec-rg-web.bicep", "flowspec-rg-db.bicep"]
    golden("patches/kinds.bicep", "\n".join(f"// {patch.file}\n{patch.text}" for patch in made))


def test_hostile_names_come_out_as_they_went_in() -> None:
    made = resources(NAMED)
    assert [rule["name"] for rule in made] == [name for name in HOSTILE for _ in range(2)]
    assert all(rule["properties"]["description"] == rule["name"] for rule in made)


def test_hostile_names_of_nsgs_come_out_as_they_went_in() -> None:
    names = [name for name in HOSTILE if "/" not in name]
    at = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/"
    changes = [replace(create(f"r{number}"), nsg=f"{at}{name}") for number, name in enumerate(names)]
    made = bicep_resources(one(plan(*changes), "bicep").text)
    existing = {symbol: body["name"] for symbol, body in made.items() if body["existing"]}
    assert [existing[body["parent"]] for body in made.values() if not body["existing"]] == names


def test_values_of_every_shape() -> None:
    made = {rule["name"]: rule["properties"] for rule in resources(KINDS)}
    assert made["lists"]["sourceAddressPrefixes"] == list(LONG)
    assert made["lists"]["destinationPortRanges"] == ["80", "8000-8100"]
    assert "sourceAddressPrefix" not in made["lists"]
    assert made["groups"]["destinationApplicationSecurityGroups"] == [{"id": GROUP}, {"id": GROUP + "2"}]
    assert "destinationAddressPrefix" not in made["groups"]
    assert (made["any-case"]["direction"], made["any-case"]["protocol"]) == ("Inbound", "Tcp")
    assert made["both-forms"]["sourceAddressPrefixes"] == ["10.0.0.0/8", "11.0.0.0/8"]


def test_each_rule_waits_for_the_one_before_it() -> None:
    made = bicep_resources(one(SWAPPED, "bicep").text)
    rules = [symbol for symbol, body in made.items() if not body["existing"]]
    assert [made[symbol]["name"] for symbol in rules] == ["second", "first"]
    assert made[rules[1]]["dependsOn"] == [rules[0]]
    assert "dependsOn" not in made[rules[0]]
    assert "writes some of these rules twice" in one(SWAPPED, "bicep").text


def test_a_deletion_is_a_command_at_its_place() -> None:
    old = delete(create("old"))
    for order, when in (((old, create("a")), "Before you deploy this"), ((create("a"), old), "Once this is deployed"),
                        ((create("a"), old, create("b")), "Between the deployment of a and")):  # fmt: skip
        text = one(plan(*order), "bicep").text
        assert f"{when}" in text
        assert f"az network nsg rule delete --ids {old.nsg}/securityRules/old\n" in text


def test_files_of_one_group_in_two_subscriptions_have_names_of_their_own() -> None:
    assert [patch.file for patch in render(TWINS, "bicep")] == [
        "flowspec-rg-web.bicep", "flowspec-rg-web-2.bicep", "flowspec-rg-web-3.bicep",
    ]  # fmt: skip


def test_names_of_files_stay_in_their_folder() -> None:
    at = "/subscriptions/s/resourceGroups/{0}/providers/Microsoft.Network/networkSecurityGroups/n"
    names = [*(name for name in HOSTILE if "/" not in name), "..", "-", "a\\b", "x" * 300]
    changes = [replace(create(f"r{number}"), nsg=at.format(name)) for number, name in enumerate(names)]
    files = [patch.file for patch in render(plan(*changes), "bicep")]
    assert len(set(files)) == len(files)
    assert all(file.startswith("flowspec-") and file.endswith(".bicep") and len(file) < 90 for file in files)
    assert not [file for file in files if set(file) - set("abcdefghijklmnopqrstuvwxyz0123456789._-")]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_is_a_literal(text: str) -> None:
    made = bicep_resources(f"resource r {bicep('t')} = {bicep({'v': text, 'l': [text, 1]})}\n")
    assert made["r"]["v"] == text
    assert made["r"]["l"] == [text, 1]
