"""`render --in-place` of ARM templates: a diff that git applies, after which it deploys what the plan says."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import RenderError
from flowspec.model.documents.plan import Change, ChangeDetail, InventorySource, Report, RuleProperties, RuleReference
from flowspec.patches.in_place import rendered_in_place
from flowspec.patches.json_spans import json_spans
from tests.patches.cases import GROUP, HOSTILE, LONG, create, delete, plan, replace

TEMPLATE = """{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {"nsgName": {"type": "string", "defaultValue": "nsg-db"}, "office": {"type": "string"}},
  "resources": [
    {
      // the databases
      "type": "Microsoft.Network/networkSecurityGroups",
      "apiVersion": "2023-09-01",
      "name": "[parameters('nsgName')]",
      "properties": {
        "securityRules": [
          {
            "name": "web-to-db",
            "properties": {
              "protocol": "TCP",
              "sourcePortRange": "*",
              "destinationPortRange": "443",
              "sourceAddressPrefix": "10.0.0.0/8",
              "sourceAddressPrefixes": [],
              "destinationAddressPrefix": "*",
              "access": "Allow",
              "priority": 300,
              "direction": "Inbound",
              "description": "web-to-db"
            }
          },
          {
            "name": "old",
            "properties": {
              "protocol": "Tcp",
              "sourcePortRange": "*",
              "destinationPortRange": "22",
              "sourceAddressPrefix": "[parameters('office')]",
              "destinationAddressPrefix": "*",
              "access": "Allow",
              "priority": 310,
              "direction": "Inbound"
            }
          }
        ]
      }
    }
  ]
}
"""


def rule(**fields: object) -> RuleProperties:
    after = create("web-to-db", **{"priority": 300, **fields}).change.after
    assert after
    return after


def changed(**fields: object) -> Change:
    """The rule web-to-db with some fields changed."""
    return replace(create("web-to-db"), change=ChangeDetail(actions=("update",), before=rule(), after=rule(**fields)))


def from_file(file: Path, *changes: Change) -> Report:
    source = InventorySource(source=str(file), digest="", resources=1)
    return replace(plan(*changes), inventory=(source,))


def after(folder: Path, *changes: Change, text: str = TEMPLATE) -> str:
    """The template after git applied the diff."""
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    file = folder / "main.json"
    file.write_bytes(text.encode())
    diff = rendered_in_place(from_file(file, *changes), None).text
    done = subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode() + diff
    return file.read_bytes().decode()


def rules(text: str) -> dict[str, dict[str, Any]]:
    """Every rule of the template by its name, read without its comments."""
    document = json.loads(re.sub(r"(?m)^\s*//.*$", "", text))
    return {one["name"]: one["properties"] for one in document["resources"][0]["properties"]["securityRules"]}


def test_a_new_rule_is_appended(tmp_path: Path) -> None:
    made = after(tmp_path, create("web-in", source_address_prefix=None, source_address_prefixes=LONG))
    assert rules(made)["web-in"]["sourceAddressPrefixes"] == list(LONG)
    assert list(rules(made)) == ["web-to-db", "old", "web-in"]
    lines = [line for line in TEMPLATE.splitlines() if line not in made.splitlines()]
    assert not lines, "nothing else changes"


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"priority": 120}, "priority", 120),
        ({"access": "Deny"}, "access", "Deny"),
        ({"source_address_prefix": None, "source_address_prefixes": LONG}, "sourceAddressPrefixes", list(LONG)),
        ({"description": ""}, "description", None),
        ({"description": "[a]"}, "description", "[[a]"),
        ({"source_address_prefix": None, "source_application_security_groups": (RuleReference(id=GROUP),)},
         "sourceApplicationSecurityGroups", [{"id": GROUP}]),
    ],
)  # fmt: skip
def test_an_update_changes_its_property_alone(
    fields: dict[str, object], name: str, value: object, tmp_path: Path
) -> None:
    made = after(tmp_path, changed(**fields))
    was, now = rules(TEMPLATE), rules(made)
    assert now["web-to-db"].get(name) == value
    meant = {name, "sourceAddressPrefix", "sourceAddressPrefixes"} if name.startswith("source") else {name}
    kept = {field: value for field, value in was["web-to-db"].items() if field not in meant}
    assert {field: value for field, value in now["web-to-db"].items() if field not in meant} == kept
    assert now["old"] == was["old"] and "// the databases" in made


def test_deletions(tmp_path: Path) -> None:
    for name, left in (("web-to-db", ["old"]), ("old", ["web-to-db"])):
        (tmp_path / name).mkdir()
        assert list(rules(after(tmp_path / name, delete(create(name))))) == left
    (tmp_path / "all").mkdir()
    made = after(tmp_path / "all", delete(create("old")), delete(create("web-to-db")), create("web-in"))
    assert list(rules(made)) == ["web-in"]


def test_hostile_names_come_out_as_they_went_in(tmp_path: Path) -> None:
    found = rules(after(tmp_path, *map(create, HOSTILE)))
    written = [name for name in found if name not in ("web-to-db", "old")]
    assert [name[1:] if name.startswith("[") and name.endswith("]") else name for name in written] == HOSTILE


def test_line_ends_and_the_mark_of_unicode_stay_as_they_are(tmp_path: Path) -> None:
    text = "\ufeff" + TEMPLATE.rstrip("\n").replace("\n", "\r\n")
    made = after(tmp_path, create("web-in"), changed(priority=120), text=text)
    assert made.startswith("\ufeff{") and made.endswith("}")
    assert made.count("\n") == made.count("\r\n") > TEMPLATE.count("\n")
    assert rules(made[1:])["web-to-db"]["priority"] == 120


LIST = re.compile(r'(?s)"securityRules": \[.*?\n        \]')
REFUSED = {
    "there already": (TEMPLATE, create("WEB-to-db"), "a rule of that name is there already"),
    "an expression": (TEMPLATE.replace(": 300", ": \"[parameters('p')]\""), changed(priority=1), "priority is not in"),
    "another value": (TEMPLATE.replace(": 300", ": 301"), changed(priority=120), "priority is not in the template"),
    "nothing there": (TEMPLATE.replace('"priority": 300,', ""), changed(priority=120), "priority is not written"),
    "no such rule": (TEMPLATE, delete(create("other")), "no rule of that name"),
    "no such NSG": (TEMPLATE.replace('"nsg-db"', '"other"'), changed(priority=120), "no NSG whose name"),
    "a name that is calculated": (TEMPLATE.replace("[parameters('nsgName')]", "[concat('nsg', '-db')]"),
                                  changed(priority=120), "no NSG whose name"),
    "copies": (TEMPLATE.replace('"apiVersion"', '"copy": {"name": "c", "count": 2}, "apiVersion"'),
               changed(priority=120), "several NSGs"),
    "rules that are an expression": (LIST.sub('"securityRules": "[variables(1)]"', TEMPLATE), create("web-in"),
                                     "not written out"),
    "compiled": (TEMPLATE.replace('"resources"', '"metadata": {"_generator": {"name": "bicep"}}, "resources"'),
                 create("web-in"), "compiled from Bicep"),
    "no template": ('{"resources": []}', create("web-in"), "None of the plan's sources"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_t_be_written_is_refused(case: str, tmp_path: Path) -> None:
    text, change, words = REFUSED[case]
    (tmp_path / "main.json").write_text(text)
    with pytest.raises(RenderError) as caught:
        rendered_in_place(from_file(tmp_path / "main.json", change), None)
    assert words in "\n".join(problem.summary for problem in caught.value.problems)


@pytest.mark.parametrize("text", ["", "{", '{"a" 1}', "[1 2]", "{1: 2}", "nul", "[1],", "[" * 300])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ValueError):
        json_spans(text)
