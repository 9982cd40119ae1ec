"""An output that is also an input, or the same file as another output: refused before anything is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flowspec.cli.overlaps import refuse_overlaps
from flowspec.errors import FlowspecError
from tests.cli.command import flowspec
from tests.cli.shop import SPEC, SSH, lay_out

NAMED = SPEC.replace('name = "shop"', 'name = "shop"\n  inventory = ["az/net.json"]')
PLAN = ("plan", "--today", "2026-11-21")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """`az/` holds the inventory and links to it lie about; `p.plan` is a saved plan."""
    lay_out(tmp_path, SSH, spec=NAMED)
    (tmp_path / "az").mkdir()
    (tmp_path / "net.json").rename(tmp_path / "az" / "net.json")
    (tmp_path / "soft").symlink_to("az/net.json")
    (tmp_path / "softer").symlink_to("soft")
    (tmp_path / "new").symlink_to("not-yet")
    (tmp_path / "hard").hardlink_to(tmp_path / "az" / "net.json")
    (tmp_path / "vars.tfvars").write_text("")
    (tmp_path / "mine.tf.j2").write_text("{{ report.today }}")
    assert flowspec(*PLAN, "--out", "p.plan", cwd=tmp_path).returncode == 0
    return tmp_path


OVER_AN_INPUT = [
    (*PLAN, "-i", "az/net.json", "--out", "az/net.json"),
    (*PLAN, "-i", "az/net.json", "--out", "./az/../az/net.json"),
    (*PLAN, "-i", "az/net.json", "--out", "soft"),
    (*PLAN, "-i", "softer", "--out", "az/net.json"),
    (*PLAN, "-i", "hard", "-o", "json=az/net.json"),
    (*PLAN, "-i", "az", "-o", "text=az/net.json"),
    (*PLAN, "-i", "az", "-o", "text=hard"),
    (*PLAN, "-i", "no-such.json", "-i", "az", "--out", "soft"),
    (*PLAN, "--out", "az/net.json"),
    (*PLAN, "--out", "shop.flow.hcl"),
    (*PLAN, "shop.flow.hcl", "--out", "shop.flow.hcl"),
    (*PLAN, "-var-file", "vars.tfvars", "--out", "vars.tfvars"),
    ("show", "p.plan", "-o", "json=p.plan"),
    ("render", "p.plan", "--dialect", "mine.tf.j2", "--out-dir", "out"),
    ("serve", "-i", "soft", "--port", "0", "--tls", "--ca", "hard"),
]
TWICE = [
    (*PLAN, "--out", "x", "-o", "json=x"),
    (*PLAN, "--out", "x", "-o", "json=./az/../x"),
    (*PLAN, "-o", "json=new", "-o", "text=not-yet"),
    ("show", "p.plan", "-o", "json=new", "-o", "text=new"),
]


@pytest.mark.parametrize("command", [*OVER_AN_INPUT, *TWICE], ids=" ".join)
def test_a_file_is_not_written_over_another(command: tuple[str, ...], shop: Path) -> None:
    if command[0] == "render":
        (shop / "out").mkdir()
        (shop / "out" / "mine.tf").hardlink_to(shop / "p.plan")
    before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    done = flowspec(*command, cwd=shop)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Error: Can't write " in done.stderr and "Traceback" not in done.stderr
    assert ("this run reads it" if command in OVER_AN_INPUT else "it is written twice") in done.stderr
    assert {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()} == before


def test_it_is_refused_before_anything_is_read(shop: Path) -> None:
    (shop / "shop.flow.hcl").write_text("intent {")
    done = flowspec(*PLAN, "-i", "soft", "--out", "hard", cwd=shop)
    assert done.returncode == 1
    assert "this run reads it, as soft" in done.stderr and "shop.flow.hcl" not in done.stderr


def test_standard_output_is_an_output(shop: Path) -> None:
    with (shop / "x").open("w") as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", stream)
        with pytest.raises(FlowspecError, match="standard output already goes there"):
            refuse_overlaps([shop / "x"])


def test_what_several_may_use_is_no_overlap(shop: Path) -> None:
    done = flowspec(*PLAN, "-o", "json=/dev/null", "-o", "text=/dev/null", "--out", "az/fresh.json", cwd=shop)
    assert done.returncode == 0


def test_letter_case_counts_where_the_file_system_counts_it(tmp_path: Path) -> None:
    (tmp_path / "Probe").write_text("")
    one, other = tmp_path / "Report.json", tmp_path / "report.JSON"
    if (tmp_path / "probe").exists():
        with pytest.raises(FlowspecError, match="it is written twice"):
            refuse_overlaps([one, other])
    else:
        refuse_overlaps([one, other])
        other.write_text("")
        os.link(other, one)
        with pytest.raises(FlowspecError, match="it is written twice"):
            refuse_overlaps([one, other])
