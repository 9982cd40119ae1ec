"""A plan of 300 NICs, 120 VNets and 35 drifts, read as a new user would: on a screen of 24 lines of 80 columns."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.command import flowspec
from tests.cli.drifted import DRIFTS, NICS, SPOKES, TEAMS, write

SCREEN = 24


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The estate, planned."""
    folder = write(tmp_path_factory.mktemp("estate"))
    done = flowspec("plan", "-i", "network", "--today", "2026-11-28", "--out", "plan.json", cwd=folder)
    assert done.returncode == 2, done.stderr
    return folder


def shown(folder: Path, *arguments: str) -> list[str]:
    done = flowspec("show", "plan.json", *arguments, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_estate_is_as_large_as_it_says(estate: Path) -> None:
    count = {kind: len(json.loads((estate / "network" / f"{kind}.json").read_text("utf-8"))["value"])
             for kind in ("nics", "vnets")}  # fmt: skip
    assert count == {"nics": NICS, "vnets": SPOKES + 1} == {"nics": 300, "vnets": 120}
    summary = json.loads((estate / "plan.json").read_text("utf-8"))["summary"]
    assert summary["drifted"] == DRIFTS == 35


def test_the_first_screen_says_what_is_wrong_whose_it_is_and_what_to_paste(estate: Path) -> None:
    screen = shown(estate)[:SCREEN]
    assert all(len(line) <= 80 for line in screen)
    assert screen[0] == "35 of 86 intents are not as wished: 35 drifted, for 5 reasons."
    told = "\n".join(screen)
    for rule in ("tmp-allow-ssh in 70 NSGs", "deny-all in 49 NSGs", "deny-all in 56 NSGs", "allow-vnet in 63 NSGs"):
        assert rule in told
    assert sum(int(count) for count in re.findall(r"^✗ (\d+) (?:intents|boundaries)", told, re.MULTILINE)) == 34
    assert "✗ boundary.spokes  " in told
    assert all(team in told for team in TEAMS)
    assert re.findall(r"^    fix +(\+ \d+ rules: (?:Allow|Deny)|- delete \d+ rules: .*)", told, re.MULTILINE) == [
        "- delete 70 rules: nsg-s003/tmp-allow-ssh", "+ 49 rules: Allow", "+ 63 rules: Deny", "+ 63 rules: Deny",
        "+ 56 rules: Allow",
    ]  # fmt: skip
    assert "Paste 238 rules: flowspec render PLAN --dialect az" in told


def test_rules_copied_into_many_nsgs_are_one_cause_and_each_fix_is_printed_once(estate: Path) -> None:
    lines = shown(estate)
    assert len(lines) < 160
    assert sum("decided by" in line for line in lines) == 5
    assert sum(line.startswith("    fix        ") for line in lines) == 5
    proofs = sum(line.startswith("    proof      ") for line in lines)
    shared = sum(line.startswith("    fix        the one of ") for line in lines)
    assert (proofs, shared) == (4, 1)
    assert "           no security admin rules on 120 VNets" in lines


def test_sets_go_by_their_names(estate: Path) -> None:
    told = " ".join(" ".join(shown(estate)).split())
    assert "permit Tcp 1024-9000 from group.databases in other VNets to 63 NICs" in told
    assert "deny Tcp 5432 from group.office to 49 NICs" in told


def test_all_of_it_is_there_when_asked_for(estate: Path) -> None:
    lines = shown(estate, "--all")
    assert sum("+ create" in line for line in lines) == 168
    assert sum("- delete nsg-" in line for line in lines) == 70
    assert any("vnet-s118, vnet-s119" in line for line in lines)


def test_what_was_forgotten_is_told_once_at_the_top(estate: Path, tmp_path: Path) -> None:
    """`az vm list`, which has the tags that all groups go by."""
    folder = write(tmp_path)
    (folder / "network" / "vms.json").unlink()
    done = flowspec("plan", "-i", "network", "--today", "2026-11-28", cwd=folder)
    lines = done.stdout.splitlines()
    assert done.returncode == 2
    assert lines[0] == "? MISSING az vm list -o json"
    told = " ".join(" ".join(lines[1:4]).split())
    assert "and 299 more like this: leaves 86 intents unknown" in told
    assert len(lines) < SCREEN
    assert "vms.json" not in done.stdout and done.stdout.count("az vm list") == 1
