"""`--terraform-dir`: file and line of rules, locals, `dynamic` blocks, and pairing by key confirmed or refuted."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowspec.errors import SourceError
from flowspec.model.inventory import Inventory, key
from flowspec.model.templates import TemplateOptions
from flowspec.sources import load_inventory
from tests.terraform.documents import LATER, ROOT, Plan, base, judged, named, refs, verdict
from tests.terraform.test_unknowns import ASSOCIATION, BOTH, attached, counted

FILES = """
# é: columns count letters
resource "azurerm_network_security_group" "n" {
  name = "n"

  security_rule {
    name = "other"
  }
  security_rule {
    name = "ssh"
  }
}

resource "azurerm_network_security_rule" "r" {
  name = "r"
}
"""


def load(plan: Plan, folder: Path, files: str, **more: str) -> Inventory:
    code = folder / "code"
    code.mkdir()
    (code / "main.tf").write_text(files, "utf-8")
    for name, text in more.items():
        (code / name).mkdir()
        (code / name / "main.tf").write_text(text, "utf-8")
    return load_inventory([plan.write(folder)], templates=TemplateOptions(terraform_dir=str(code)))


def test_rules_have_file_and_line(tmp_path: Path) -> None:
    found = load(base(), tmp_path, FILES)
    (rule,) = found.nsgs[key(f"{ROOT}/networkSecurityGroups/n")].rules
    assert rule.where is not None
    assert (rule.where.file, rule.where.line) == (str(tmp_path / "code" / "main.tf"), 9)
    assert rule.where.address == "azurerm_network_security_group.n"
    (cause,) = judged(found, tmp_path).intents[0].causes
    assert cause.deciders[0].where is not None
    assert cause.deciders[0].where.line == 9


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    options = TemplateOptions(terraform_dir=str(tmp_path / "empty"))
    with pytest.raises(SourceError, match="holds no Terraform files"):
        load_inventory([base().write(tmp_path)], templates=options)


PAIRED = """
resource "azurerm_subnet_network_security_group_association" "a" {
  count                     = 2
  subnet_id                 = azurerm_subnet.c[count.index].id
  network_security_group_id = azurerm_network_security_group.c[INDEX].id
}
"""


def test_pairs_by_key_are_confirmed_or_refuted(tmp_path: Path) -> None:
    """`c[count.index]` is a fact then, and `c[(count.index + 1) % 2]` no pair at all."""
    for name, index, status in (("a", "count.index", "satisfied"), ("b", "(count.index + 1) % 2", "unknown")):
        folder = tmp_path / name
        folder.mkdir()
        found = load(counted("count.index", many=2)(), folder, PAIRED.replace("INDEX", index))
        assert verdict(found, folder)[0] == status
        assert not any("of its own key" in words for words in found.assumed)


def test_dynamic_blocks_are_found(tmp_path: Path) -> None:
    plan = base(nsg=named("n", security_rule=LATER, id=LATER))
    files = """
    resource "azurerm_network_security_group" "n" {
      dynamic "security_rule" {
        for_each = local.rules
        content {
          name = security_rule.key
        }
      }
    }
    """
    assert verdict(plan.load(tmp_path), tmp_path)[0] == "satisfied"  # by an assumption that is printed
    found = load(plan, tmp_path, files)
    assert verdict(found, tmp_path)[0] == "unknown"
    assert not any("security_rule is written" in words for words in found.assumed)


def test_locals_lead_on(tmp_path: Path) -> None:
    files = 'locals {\n  nsg = azurerm_network_security_group.n.id\n  other = "${azurerm_subnet.s.id}/x"\n}\n'
    found = load(attached(refs("local.nsg"))(), tmp_path, files)
    assert verdict(found, tmp_path)[0] == "drifted"


def test_modules_are_followed_into_their_folders(tmp_path: Path) -> None:
    plan = base(attach=False)
    plan.calls["tie"] = {"expressions": {"subnet": refs("azurerm_subnet.s.id"),
                                         "nsg": refs("azurerm_network_security_group.n.id")}}  # fmt: skip
    plan.add(f"module.tie.{ASSOCIATION}", BOTH, {
        "subnet_id": {"references": ["var.subnet"]}, "network_security_group_id": refs("local.nsg")})  # fmt: skip
    found = load(plan, tmp_path, 'module "tie" {\n  source = "./tie"\n}\n', tie="locals {\n  nsg = var.nsg\n}\n")
    assert verdict(found, tmp_path)[0] == "drifted"
