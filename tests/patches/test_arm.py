"""The ARM dialect: templates of the documented form that hold exactly the names and values of the rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from flowspec.model.documents.plan import Report
from flowspec.patches import render
from flowspec.patches.quoting import arm, arm_argument
from tests.patches.cases import GROUP, HOSTILE, KINDS, LONG, NAMED, SWAPPED, TWINS, create, delete, plan, replace
from tests.patches.rendering import one

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT, "minItems": 2}
_GROUPS = {
    "type": "array",
    "items": {"type": "object", "properties": {"id": _TEXT}, "required": ["id"], "additionalProperties": False},
}
_ENDS = {
    f"{end}{field}": kind
    for end in ("source", "destination")
    for field, kind in (
        ("AddressPrefix", _TEXT), ("AddressPrefixes", _TEXTS), ("ApplicationSecurityGroups", _GROUPS),
        ("PortRange", _TEXT), ("PortRanges", _TEXTS),
    )
}  # fmt: skip
_RULE = {
    "type": "object",
    "properties": {
        "access": {"enum": ["Allow", "Deny"]},
        "description": _TEXT,
        "direction": {"enum": ["Inbound", "Outbound"]},
        "priority": {"type": "integer"},
        "protocol": {"enum": ["Tcp", "Udp", "Icmp", "Esp", "*", "Ah"]},
        **_ENDS,
    },
    "required": ["protocol", "access", "priority", "direction"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "$schema": {"const": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"},
        "contentVersion": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$"},
        "metadata": {"type": "object"},
        "resources": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "type": {"const": "Microsoft.Network/networkSecurityGroups/securityRules"},
                    "apiVersion": {"const": "2024-05-01"},
                    "name": _TEXT,
                    "comments": _TEXT,
                    "dependsOn": {"type": "array", "items": _TEXT},
                    "properties": _RULE,
                },
                "required": ["type", "apiVersion", "name", "properties"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["$schema", "contentVersion", "resources"],
    "additionalProperties": False,
}
"""What the schemas of Azure say of such a template: deploymentTemplate, and securityRules of Microsoft.Network."""


def value(written: str) -> str:
    """A string of a template as a deployment takes it; an expression fails the test."""
    if not (written.startswith("[") and written.endswith("]")):
        return written
    assert written.startswith("[["), f"{written} is an expression"
    return written[1:]


def resources(report: Report) -> list[dict[str, Any]]:
    """The rules of all templates in their order, each template held against the schema."""
    found: list[dict[str, Any]] = []
    for patch in render(report, "arm"):
        template = json.loads(patch.text)
        assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(template)] == []
        found += template["resources"]
    return found


def test_every_kind_looks_like_this(golden: Callable[[str, str], None]) -> None:
    made = render(KINDS, "arm")
    assert [patch.file for patch in made] == ["flowspec-rg-web.json", "flowspec-rg-db.json"]
    golden("patches/kinds.json", made[0].text)


def test_hostile_names_come_out_as_they_went_in() -> None:
    made = resources(NAMED)
    assert [value(rule["name"]) for rule in made] == [f"nsg-db/{name}" for name in HOSTILE for _ in range(2)]
    described = [value(rule["properties"]["description"]) for rule in made]
    assert described == [name for name in HOSTILE for _ in range(2)]
    assert one(NAMED, "arm").text.isascii()


def test_hostile_names_of_nsgs_come_out_as_they_went_in() -> None:
    names = [name for name in HOSTILE if "/" not in name]
    at = "/subscriptions/{0}/resourceGroups/{0}/providers/Microsoft.Network/networkSecurityGroups/{0}"
    for name in names:
        (rule,) = resources(plan(replace(create("r]"), nsg=at.format(name))))
        assert value(rule["name"]) == f"{name}/r]"


def test_each_rule_waits_for_the_one_before_it() -> None:
    second, first = resources(SWAPPED)
    assert "dependsOn" not in second
    assert first["dependsOn"] == [
        "[resourceId('Microsoft.Network/networkSecurityGroups/securityRules', 'nsg-db', 'second')]"
    ]
    assert "writes each once" in one(SWAPPED, "arm").text


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_rule_waits_for_is_one_argument(name: str) -> None:
    _, later = resources(plan(create(name), create("later")))
    (expression,) = later["dependsOn"]
    found = re.fullmatch(r"\[resourceId\('[A-Za-z./]+', 'nsg-db', '((?:[^']|'')*)'\)\]", expression, re.DOTALL)
    assert found
    assert found[1].replace("''", "'") == name


def test_values_of_every_shape() -> None:
    made = {rule["name"].removeprefix("nsg-db/"): rule["properties"] for rule in resources(KINDS)}
    assert made["lists"]["sourceAddressPrefixes"] == list(LONG)
    assert made["groups"]["destinationApplicationSecurityGroups"] == [{"id": GROUP}, {"id": GROUP + "2"}]
    assert made["any-case"]["direction"] == "Inbound"
    assert made["both-forms"]["sourceAddressPrefixes"] == ["10.0.0.0/8", "11.0.0.0/8"]


def test_a_deletion_is_a_command_in_the_metadata() -> None:
    old = delete(create("old"))
    template = json.loads(one(plan(create("a"), old), "arm").text)
    command = f"az network nsg rule delete --ids {old.nsg}/securityRules/old"
    assert template["metadata"]["deletions"] == [f"A deployment deletes nothing. Once this is deployed: {command}"]
    assert json.loads(one(plan(old), "arm").text)["resources"] == []


def test_twins_have_a_template_each() -> None:
    assert [len(json.loads(patch.text)["resources"]) for patch in render(TWINS, "arm")] == [1, 2, 0]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_is_a_literal(text: str) -> None:
    assert value(json.loads(arm(text))) == text
    assert [value(item) for item in json.loads(arm({"l": [text]}))["l"]] == [text]
    assert arm_argument(text)[1:-1].replace("''", "'") == text
