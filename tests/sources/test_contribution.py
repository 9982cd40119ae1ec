"""A source that changes what lies below it: deletes, patches, what is unknown after an apply."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowspec.errors import Where
from flowspec.model.inventory import Inventory, Lack, key
from flowspec.sources.azure_json import read
from flowspec.sources.complete import complete
from flowspec.sources.contribution import Contribution, FieldPatch, LooseChild
from flowspec.sources.jsontext import document
from flowspec.sources.merge import merge
from flowspec.sources.notes import Notes
from tests.sources.network import write
from tests.sources.test_unsaid import NIC, NSG, SUBNET, VM, VNET, access, network, rule

HERE = Where("plan.json")


def below(notes: Notes, folder: Path) -> Contribution:
    """What is there today."""
    file = write(folder / "net.json", network(rule()))
    into = Contribution(notes=notes)
    read(document(Path(file).read_bytes(), file), into)
    return into


def after(notes: Notes, *contributions: Contribution) -> Inventory:
    return complete(merge(contributions, notes), ())


def test_deletes_take_away_a_resource_and_what_is_below_it(tmp_path: Path) -> None:
    notes = Notes()
    found = after(notes, below(notes, tmp_path), Contribution(notes=notes, deletes={key(NIC), key(VNET), key(VM)}))
    assert (dict(found.nics), dict(found.vnets), dict(found.subnets)) == ({}, {}, {})
    assert key(NSG) in found.nsgs


def test_deletes_take_a_child_out_of_its_parent(tmp_path: Path) -> None:
    notes = Notes()
    gone = Contribution(notes=notes, deletes={key(f"{NSG}/securityRules/r")})
    assert access(after(notes, below(notes, tmp_path))) == "Deny"
    assert access(after(notes, below(notes, tmp_path), gone)) == "Allow"


def test_what_comes_after_a_deletion_counts(tmp_path: Path) -> None:
    notes = Notes()
    gone = Contribution(notes=notes, deletes={key(NIC)})
    assert key(NIC) in after(notes, below(notes, tmp_path), gone, below(notes, tmp_path)).nics


def test_patches_change_single_fields(tmp_path: Path) -> None:
    notes = Notes()
    loose = Contribution(notes=notes, patches=[FieldPatch(SUBNET, (("nsg", None),), HERE)])
    found = after(notes, below(notes, tmp_path), loose)
    assert found.subnets[key(SUBNET)].nsg is None
    assert found.subnets[key(SUBNET)].prefixes == ("10.1.0.0/24",)


def test_a_patch_of_what_is_not_there_is_told(tmp_path: Path) -> None:
    notes = Notes()
    after(notes, below(notes, tmp_path), Contribution(notes=notes, patches=[FieldPatch(f"{VNET}/subnets/x", (), HERE)]))
    assert any("changes x, which is not in the inventory" in problem.summary for problem in notes.problems)


@pytest.mark.parametrize(
    ("at", "field"), [(NSG, "rules"), (SUBNET, "nsg"), (SUBNET, "route_table"), (VNET, "peerings")]
)
def test_what_is_unknown_after_an_apply_is_unknown(at: str, field: str, tmp_path: Path) -> None:
    notes = Notes()
    lack = Lack(field, f"{field} is known after apply", "give the state after the apply")
    pending = Contribution(notes=notes, unknown_after_apply={key(at): (lack,)})
    found = after(notes, below(notes, tmp_path), pending)
    assert found.gaps == (lack.reason,)
    assert access(found) in ("Unknown", "Deny")
    if field in ("rules", "nsg"):
        assert access(found) == "Unknown"


def test_a_lone_rule_goes_into_its_nsg(tmp_path: Path) -> None:
    notes = Notes()
    allow = after(notes, below(notes, tmp_path)).nsgs[key(NSG)].rules[0]
    first = Contribution(notes=notes)
    first.parts.append(LooseChild(NSG, allow.__class__(**{n: getattr(allow, n) for n in allow.__slots__} | {
        "name": "first", "priority": 100, "access": "Allow", "id": f"{NSG}/securityRules/first"}), HERE))  # fmt: skip
    found = after(notes, below(notes, tmp_path), first)
    assert [rule.name for rule in found.nsgs[key(NSG)].rules] == ["r", "first"]
