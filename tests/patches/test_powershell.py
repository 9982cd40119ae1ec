"""The PowerShell dialect: a script in ASCII that parses, and whose commands get the names and values of the rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowspec.errors import RenderError
from flowspec.model.documents.plan import Report
from flowspec.patches.quoting import powershell, powershell_list
from tests.patches.cases import GROUP, HOSTILE, KINDS, LONG, NAMED, SWAPPED, TWINS, create, plan, replace
from tests.patches.reading import powershell_commands
from tests.patches.rendering import one

WRITES = ("Add-AzNetworkSecurityRuleConfig", "Set-AzNetworkSecurityRuleConfig", "Remove-AzNetworkSecurityRuleConfig")
PARAMETERS = {
    "Name", "NetworkSecurityGroup", "Description", "Protocol", "SourcePortRange", "DestinationPortRange",
    "SourceAddressPrefix", "DestinationAddressPrefix", "SourceApplicationSecurityGroupId",
    "DestinationApplicationSecurityGroupId", "Access", "Priority", "Direction",
}  # fmt: skip
"""Of Add- and Set-AzNetworkSecurityRuleConfig, as the reference of Az.Network has them."""


def writes(report: Report) -> list[tuple[str, dict[str, Any]]]:
    """The commands that change a rule."""
    made = powershell_commands(one(report, "powershell").text)
    return [(name, given) for name, given in made if name in WRITES]


def test_every_kind_looks_like_this(golden: Callable[[str, str], None]) -> None:
    patch = one(KINDS, "powershell")
    assert patch.file == "flowspec.ps1"
    golden("patches/kinds.ps1", patch.text)


def test_hostile_names_come_out_as_they_went_in() -> None:
    made = writes(NAMED)
    assert [name for name, _ in made] == list(WRITES) * len(HOSTILE)
    assert [given["Name"] for _, given in made] == [name for name in HOSTILE for _ in range(3)]
    assert all(given["Description"] == given["Name"] for name, given in made if name != WRITES[2])
    assert one(NAMED, "powershell").text.isascii()


def test_hostile_names_of_groups_come_out_as_they_went_in() -> None:
    names = [name for name in HOSTILE if not set(name) & set("/*?[]`")]
    at = "/subscriptions/{0}/resourceGroups/{0}/providers/Microsoft.Network/networkSecurityGroups/{0}".format
    changes = [replace(create(f"r{number}"), nsg=at(name)) for number, name in enumerate(names)]
    made = powershell_commands(one(plan(*changes), "powershell").text)
    assert [given["Name"] for name, given in made if name == "Get-AzNetworkSecurityGroup"] == names
    assert [given["ResourceGroupName"] for name, given in made if name == "Get-AzNetworkSecurityGroup"] == names
    assert [given["Subscription"] for name, given in made if name == "Set-AzContext"] == names


@pytest.mark.parametrize("name", ["*", "a?", "[a]", "a`"])
def test_a_name_that_is_a_pattern_is_refused(name: str) -> None:
    """Get-AzNetworkSecurityGroup would find the NSGs that it fits."""
    for part in ("resourceGroups/rg-web", "networkSecurityGroups/nsg-db"):
        nsg = create("r").nsg.replace(part, part.partition("/")[0] + f"/{name}")
        with pytest.raises(RenderError, match="for a pattern"):
            one(plan(replace(create("r"), nsg=nsg)), "powershell")


def test_values_of_every_shape() -> None:
    made = {given["Name"]: given for name, given in writes(KINDS)}
    assert made["lists"]["SourceAddressPrefix"] == list(LONG)
    assert made["lists"]["DestinationPortRange"] == ["80", "8000-8100"]
    assert made["groups"]["DestinationApplicationSecurityGroupId"] == [GROUP, GROUP + "2"]
    assert "DestinationAddressPrefix" not in made["groups"]
    assert (made["any-case"]["Direction"], made["any-case"]["Protocol"]) == ("Inbound", "Tcp")
    assert made["tmp-allow-ssh"] == {"Name": "tmp-allow-ssh"}
    assert not [given for given in made.values() if set(given) - PARAMETERS]


def test_each_step_reads_the_nsg_and_writes_it() -> None:
    made = powershell_commands(one(SWAPPED, "powershell").text)
    step = ["Get-AzNetworkSecurityGroup", "Set-AzNetworkSecurityRuleConfig", "Set-AzNetworkSecurityGroup"]
    assert [name for name, _ in made] == ["Set-AzContext", *step * 3]
    assert [given["Priority"] for _, given in writes(SWAPPED)] == [150, 100, 200]


def test_twins_in_other_subscriptions_are_changed_there() -> None:
    made = powershell_commands(one(TWINS, "powershell").text)
    assert [given["Subscription"] for name, given in made if name == "Set-AzContext"] == list(
        dict.fromkeys(change.nsg.split("/")[2] for change in TWINS.suggested_changes)
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_is_a_literal(text: str) -> None:
    single, several = powershell(text), powershell_list([text, "a"])
    script = f"$rule = @{{\n  A = {single}\n  L = {several}\n}}\nSet-It @rule -Text {single}\n"
    assert script.isascii()
    assert powershell_commands(script) == [("Set-It", {"A": text, "L": [text, "a"], "Text": text})]
