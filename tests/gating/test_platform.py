"""`--platform`: a platform team's spec is always judged, and nothing of the team's reaches it but what it admits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gating.change import NETWORK, Json, nic, plan, resources, rule, ssh, standings, vnet
from tests.gating.repository import commit, repository

TEAM = """
group "web" {
  select {
    vm = "vm-web-*"
  }
}
intent "fine" {
  from     = [group.public]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [2222]
  expect   = "Deny"
}
"""
PLATFORM = """
group "web" {
  select {
    vm = "*"
  }
}
intent "no-ssh" {
  from     = [group.public]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
}
"""
ADMITS = """
exceptions {
  from     = ["exceptions.flow.hcl", "shop.flow.hcl"]
  max_days = 90
  require  = ["owner", "reason"]
}
"""
EXCEPTION = """
exception "mine" {
  of_platform = ["intent.no-ssh"]
  owner       = "me"
  reason      = "CHG-1"
  expires     = "2026-12-31"
}
"""
TODAY = ("--today", "2026-11-20", "--platform", "central")
OPEN = resources(ssh("8.8.8.0/24"))


def judged(
    folder: Path, *arguments: str, team: str = TEAM, platform: str = PLATFORM, network: list[Json] = OPEN
) -> tuple[int, Json]:
    (folder / "central").mkdir(exist_ok=True)
    (folder / "central" / "own.flow.hcl").write_text(platform)
    return plan(folder, resources(), network, *TODAY, *arguments, spec=team)


def statuses(document: Json) -> dict[str, str]:
    return {intent["address"]: intent["status"] for intent in document["intents"]}


def test_its_intents_are_judged_with_the_teams(tmp_path: Path) -> None:
    code, told = judged(tmp_path)
    assert (code, statuses(told)) == (2, {"intent.fine": "satisfied", "intent.platform.no-ssh": "drifted"})
    assert told["suggested_changes"], "and mended"
    assert judged(tmp_path, network=resources())[0] == 0


@pytest.mark.parametrize("arguments", [("--target", "intent.fine"), ("--target", "intent.f*"), ("--var", "on=false")])
def test_options_do_not_touch_it(tmp_path: Path, arguments: tuple[str, str]) -> None:
    team, platform = TEAM + 'variable "on" {\n  default = true\n}\n', PLATFORM.replace(
        'expect   = "Deny"', 'expect   = "Deny"\n  enabled  = var.on'
    ) + 'variable "on" {\n  default = true\n}\n'  # fmt: skip
    code, told = judged(tmp_path, *arguments, team=team, platform=platform)
    assert (code, statuses(told)["intent.platform.no-ssh"]) == (2, "drifted")


def test_nor_does_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWSPEC_VAR_on", "false")
    platform = PLATFORM.replace('"Deny"', '"Deny"\n  enabled  = var.on') + 'variable "on" {\n  default = true\n}\n'
    assert judged(tmp_path, platform=platform)[0] == 2


@pytest.mark.parametrize(
    ("exception", "admits", "counts"),
    [
        (EXCEPTION, ADMITS, True),
        (EXCEPTION, "", False),  # it admits none
        (EXCEPTION, "exceptions {\n}\n", True),  # it admits all
        (EXCEPTION.replace("2026-12-31", "2027-02-18"), ADMITS, True),  # 90 days
        (EXCEPTION.replace("2026-12-31", "2027-02-19"), ADMITS, False),
        (EXCEPTION.replace('"me"', '" "'), ADMITS, False),
        (EXCEPTION.replace('  reason      = "CHG-1"\n', ""), ADMITS, False),
        (EXCEPTION, ADMITS.replace('"shop.flow.hcl"', '"other.flow.hcl"'), False),
        (EXCEPTION.replace("intent.no-ssh", "intent.nothing"), ADMITS, False),
    ],
)
def test_only_exceptions_that_it_admits_count(tmp_path: Path, exception: str, admits: str, counts: bool) -> None:
    code, told = judged(tmp_path, team=TEAM + exception, platform=PLATFORM + admits)
    assert (code, statuses(told)["intent.platform.no-ssh"]) == ((0, "satisfied") if counts else (2, "drifted"))
    notes = [p["summary"] for p in told["problems"] if "does not count" in p["summary"]]
    assert len(notes) == (0 if counts else 1)


def test_an_exception_of_the_teams_own_intent_is_not_of_the_platforms(tmp_path: Path) -> None:
    team = TEAM.replace('"fine"', '"no-ssh"').replace("2222", "22") + EXCEPTION.replace(
        'of_platform = ["intent.no-ssh"]', "of = [intent.no-ssh]"
    )
    code, told = judged(tmp_path, team=team, platform=PLATFORM + ADMITS)
    assert (code, statuses(told)) == (2, {"intent.no-ssh": "satisfied", "intent.platform.no-ssh": "drifted"})


ASSUMED = """
group "all" {
  select {
    vm = "*"
  }
}
assume "x" {
  path = true
  from = [group.all]
  to   = [group.all]
}
"""
REACH = PLATFORM.replace('"no-ssh"', '"backup"').replace("group.public", "group.far").replace('"Deny"', '"Allow"') + (
    'group "far" {\n  select {\n    vm = "vm-far"\n  }\n}\n'
)


def test_what_the_team_assumes_does_not_count(tmp_path: Path) -> None:
    """There is no path between the two VNets, so it is not known; the team says that there is one."""
    network: list[Json] = [*resources(rule("all", 100, "Allow", "10.9.0.0/24", "22")), *far()]
    team = TEAM + ASSUMED
    platform = REACH.replace('vm = "*"', 'vm = "vm-web-*"')
    code, told = judged(tmp_path, team=team, platform=platform, network=network)
    assert (code, statuses(told)["intent.platform.backup"]) == (2, "unknown")
    own = platform + ASSUMED
    assert statuses(judged(tmp_path, platform=own, network=network)[1])["intent.platform.backup"] == "satisfied"


def far() -> list[Json]:
    out = rule("out", 100, "Allow", "*", "*")
    out["properties"] = {**out["properties"], "direction": "Outbound"}
    return [*vnet("far", "10.9.0.0/24", out), *nic("far", "10.9.0.4", f"{NETWORK}/virtualNetworks/far/subnets/snet")]


def test_a_contradiction_is_the_teams(tmp_path: Path) -> None:
    """It allows what the platform forbids: its own intent is in error, the platform's is judged."""
    team = TEAM.replace("2222", "22").replace('"Deny"', '"Allow"')
    code, told = judged(tmp_path, team=team)
    assert (code, statuses(told)) == (1, {"intent.fine": "errored", "intent.platform.no-ssh": "drifted"})


def test_a_base_holds_for_it_too(tmp_path: Path) -> None:
    code, told = judged(tmp_path, "--base", "old.json")
    assert (code, standings(told)) == (2, {"platform.no-ssh": "new"})
    assert plan(tmp_path, OPEN, OPEN, *TODAY, "--base", "old.json", spec=TEAM)[0] == 0


def test_of_a_git_revision(tmp_path: Path) -> None:
    repository(tmp_path, central__own_flow_hcl=PLATFORM, shop_flow_hcl=TEAM)
    commit(tmp_path, central__own_flow_hcl=PLATFORM.replace("22", "23"))
    lax = PLATFORM.replace("22", "23")
    assert judged(tmp_path, platform=lax)[0] == 0
    assert judged(tmp_path, "--platform", "main:central", platform=lax)[0] == 2
    (tmp_path / "main").mkdir()
    (tmp_path / "main" / "own.flow.hcl").write_text(lax)
    assert judged(tmp_path, "--platform", "main", platform=lax) == (1, {}), "a folder that a change brought along"
    assert judged(tmp_path, "--platform", "nowhere", platform=lax) == (1, {})
