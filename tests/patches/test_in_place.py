"""`render --in-place`: a diff that git applies to the team's own files, after which they say what the plan says."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pygohcl
import pytest

from flowspec.errors import RenderError
from flowspec.model.documents.plan import Change, ChangeDetail, Report, RuleProperties, RuleReference
from flowspec.patches.in_place import rendered_in_place
from tests.patches.cases import GROUP, HOSTILE, LONG, create, delete, plan, replace
from tests.patches.formatting import formatted

HEAD = """\
resource "azurerm_resource_group" "web" {
  name     = "rg-web"
  location = "westeurope"
}

"""
INLINE = (
    HEAD
    + """\
# The databases.
resource "azurerm_network_security_group" "db" {
  name                = "nsg-db"
  location            = var.location
  resource_group_name = azurerm_resource_group.web.name

  security_rule {
    name                       = "web-to-db" # for the shop
    priority                   = 300
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "tcp"
    source_address_prefix      = "10.0.0.0/8"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "443"
    description                = "web-to-db"
  }

  security_rule {
    name                       = "old"
    priority                   = 310
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = var.office
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "22"
  }

  tags = {}
}
"""
)
SEPARATE = (
    HEAD
    + """\
resource "azurerm_network_security_group" "db" {
  provider            = azurerm.hub
  name                = "nsg-db"
  location            = "westeurope"
  resource_group_name = "rg-web"
}

resource "azurerm_network_security_rule" "web_to_db" {
  name                        = "web-to-db"
  resource_group_name         = azurerm_network_security_group.db.resource_group_name
  network_security_group_name = azurerm_network_security_group.db.name
  priority                    = 300
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefixes     = ["10.0.0.0/8"]
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "443"
  description                 = "web-to-db"
}

resource "azurerm_subnet" "a" {}
"""
)


def rule(name: str = "web-to-db", **fields: object) -> RuleProperties:
    after = create(name, **{"priority": 300, **fields}).change.after
    assert after
    return after


def changed(**fields: object) -> Change:
    """The rule web-to-db with some fields changed."""
    return replace(create("web-to-db"), change=ChangeDetail(actions=("update",), before=rule(), after=rule(**fields)))


def after(report: Report, text: str, folder: Path) -> str:
    """The file after git applied the diff, held against `terraform fmt`."""
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    file = folder / "infra" / "main.tf"
    file.parent.mkdir()
    file.write_bytes(text.encode())
    diff = rendered_in_place(report, folder / "infra").text
    done = subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode() + diff
    made = file.read_bytes().decode()
    assert formatted(made) == made
    return made


def rules(text: str) -> dict[str, dict[str, Any]]:
    """Every rule of a file by its name."""
    found = pygohcl.loads(text)["resource"]
    inline = found["azurerm_network_security_group"]["db"].get("security_rule", [])
    separate = found.get("azurerm_network_security_rule", {}).values()
    return {one["name"]: one for one in [*([inline] if isinstance(inline, dict) else inline), *separate]}


@pytest.mark.parametrize("text", [INLINE, SEPARATE], ids=["inline", "separate"])
def test_a_new_rule_is_written_as_the_others_are(text: str, tmp_path: Path) -> None:
    made = after(plan(create("web-in", source_address_prefix=None, source_address_prefixes=LONG)), text, tmp_path)
    assert rules(made)["web-in"]["source_address_prefixes"] == list(LONG)
    assert rules(made)["web-in"]["destination_port_range"] == "443"
    assert set(rules(made)) == {*rules(text), "web-in"}
    assert made.count("azurerm_network_security_rule") == text.count("azurerm_network_security_rule") * 2
    if text == SEPARATE:
        assert "  provider                    = azurerm.hub\n" in made
        assert made.index("web_in") < made.index("azurerm_subnet")


@pytest.mark.parametrize("text", [INLINE, SEPARATE], ids=["inline", "separate"])
@pytest.mark.parametrize(
    ("fields", "argument", "value"),
    [
        ({"priority": 120}, "priority", 120),
        ({"access": "Deny"}, "access", "Deny"),
        ({"source_address_prefix": None, "source_address_prefixes": LONG}, "source_address_prefixes", list(LONG)),
        ({"destination_port_range": None, "destination_port_ranges": ("443", "8443")}, "destination_port_ranges",
         ["443", "8443"]),
        ({"description": ""}, "description", None),
        ({"source_address_prefix": None, "source_application_security_groups": (RuleReference(id=GROUP),)},
         "source_application_security_group_ids", [GROUP]),
    ],
)  # fmt: skip
def test_an_update_changes_its_argument_alone(
    text: str, fields: dict[str, object], argument: str, value: object, tmp_path: Path
) -> None:
    made = after(plan(changed(**fields)), text, tmp_path)
    assert rules(made)["web-to-db"].get(argument) == value
    untouched = {name: one for name, one in rules(made)["web-to-db"].items() if not argument.startswith(name[:8])}
    assert untouched.items() <= rules(text)["web-to-db"].items()
    assert "# for the shop" in made or text == SEPARATE
    assert {name: one for name, one in rules(made).items() if name != "web-to-db"} == {
        name: one for name, one in rules(text).items() if name != "web-to-db"
    }


def test_deletions(tmp_path: Path) -> None:
    made = after(plan(delete(create("old"))), INLINE, tmp_path)
    assert (
        made
        == INLINE[: INLINE.index('\n  security_rule {\n    name                       = "old"')] + "\n  tags = {}\n}\n"
    )


def test_a_separate_rule_goes_with_its_resource(tmp_path: Path) -> None:
    made = after(plan(delete(create("web-to-db"))), SEPARATE, tmp_path)
    assert "web_to_db" not in made and 'resource "azurerm_subnet" "a" {}' in made


def test_the_last_inline_rule_leaves_an_empty_list(tmp_path: Path) -> None:
    """Without it Terraform would leave the rule in Azure; and a new rule takes its place."""
    both = plan(delete(create("old")), delete(create("web-to-db")))
    made = after(both, INLINE, tmp_path)
    assert "  security_rule = []\n" in made
    (tmp_path / "again").mkdir()
    again = after(plan(create("web-in")), made, tmp_path / "again")
    assert set(rules(again)) == {"web-in"} and "[]" not in again
    (tmp_path / "close").mkdir()
    assert "\n\n  security_rule = []\n" in after(both, INLINE.replace("\n\n  sec", "\n  sec"), tmp_path / "close")


def test_hostile_names_come_out_as_they_went_in(tmp_path: Path) -> None:
    made = after(plan(*map(create, HOSTILE)), INLINE, tmp_path)
    found = rules(made)
    assert [one["description"] for name, one in found.items() if name not in ("web-to-db", "old")] == HOSTILE


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "main.tf").write_bytes(INLINE.rstrip("\n").replace("\n", "\r\n").encode())
    diff = rendered_in_place(plan(create("web-in"), changed(description="")), tmp_path).text
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=tmp_path, check=True)
    made = (tmp_path / "main.tf").read_bytes()
    assert made.count(b"\n") == made.count(b"\r\n") > INLINE.count("\n")
    assert not made.endswith(b"\n")
    assert set(rules(made.decode())) == {"web-to-db", "old", "web-in"}


REFUSED = {
    "there already": (INLINE, create("WEB-to-db"), "a rule of that name is there already"),
    "an expression": (INLINE.replace("= 300", "= var.first"), changed(priority=120), "priority is var.first"),
    "another value": (INLINE.replace("= 300", "= 301"), changed(priority=120), "priority is 301 in the file, and 300"),
    "no such rule": (INLINE, delete(create("other")), "no rule of that name is written out"),
    "a name that is none": (INLINE.replace('"web-to-db" #', "var.name #"), changed(priority=1), "no rule of that name"),
    "no such NSG": (INLINE.replace('"nsg-db"', '"nsg-other"'), changed(priority=120), "no azurerm_network_security"),
    "two of one name": (INLINE + INLINE.replace(HEAD, "").replace('"db"', '"db2"'), changed(priority=120),
                        "main.tf:7, "),
    "several NSGs": (INLINE.replace("  name                = ", "  count               = 2\n  name = "),
                     changed(priority=120), "several NSGs"),
    "several rules": (SEPARATE.replace("  name                        = ", "  for_each = var.x\n  name = "),
                      changed(priority=120), "several rules"),
    "named elsewhere": (SEPARATE + "output \"x\" {\n  value = azurerm_network_security_rule.web_to_db.id\n}\n",
                        delete(create("web-to-db")), "main.tf:30 too"),
    "rules that are an expression": (HEAD + 'resource "azurerm_network_security_group" "db" {\n  name = "nsg-db"\n'
                                     "  security_rule = var.rules\n}\n", create("web-in"), "is an expression"),
    "no HCL": ("resource {{{", create("web-in"), "not understood"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_t_be_written_is_refused(case: str, tmp_path: Path) -> None:
    text, change, words = REFUSED[case]
    (tmp_path / "main.tf").write_text(text)
    with pytest.raises(RenderError) as caught:
        rendered_in_place(plan(change), tmp_path)
    assert words in "\n".join(problem.summary for problem in caught.value.problems)


def test_all_reasons_are_told(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(INLINE)
    with pytest.raises(RenderError) as caught:
        rendered_in_place(plan(delete(create("a")), create("fine"), delete(create("b"))), tmp_path)
    assert len(caught.value.problems) == 2


def test_a_change_with_a_truncated_proof_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(INLINE)
    cut = replace(create("web-in"), proof=replace(create("web-in").proof, truncated=True))
    with pytest.raises(RenderError, match="truncated"):
        rendered_in_place(plan(cut), tmp_path)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(RenderError, match=r"holds no \.tf files|is no folder"):
            rendered_in_place(plan(create("web-in")), folder)


def test_the_module_of_another_group_is_not_touched(tmp_path: Path) -> None:
    """Two NSGs of one name, in folders of their own: the resource group tells which."""
    for name, group in (("one", "rg-web"), ("two", "rg-other")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(INLINE.replace('"rg-web"', f'"{group}"'))
    diff = rendered_in_place(plan(create("web-in")), tmp_path).text
    assert "one/main.tf" in diff and "two/main.tf" not in diff
