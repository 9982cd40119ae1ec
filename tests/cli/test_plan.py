"""`plan` and `targets`: from files to reports and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flowspec import __version__
from tests.cli.command import environment, flowspec
from tests.cli.shop import CLOSED, NETWORK, SPEC, SSH, lay_out, rule
from tests.cli.test_saved import on_a_terminal
from tests.document import fits

DAY = ["--today", "2026-11-21"]


def plan(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return flowspec("plan", "-i", "net.json", *DAY, *arguments, cwd=folder, env=env)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1] if done.stdout else done.stderr


def test_a_network_that_is_as_wished(tmp_path: Path) -> None:
    done = plan(lay_out(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert last_line(done) == (
        "Plan: 2 intents: 2 satisfied, 0 drifted, 0 unknown. 0 rules to add, 0 to change, 0 to delete."
    )


@pytest.mark.parametrize(("level", "code"), [("error", 0), ("warning", 2), ("info", 2)])
def test_fail_on_sets_the_severity_that_counts(level: str, code: int, tmp_path: Path) -> None:
    lay_out(tmp_path, SSH)
    done = plan(tmp_path, "--fail-on", level)
    assert (done.returncode, done.stderr) == (code, "")
    assert "1 drifted" in last_line(done)
    assert plan(tmp_path).returncode == 0


def test_drift_of_an_error_is_2(tmp_path: Path) -> None:
    done = plan(lay_out(tmp_path, SSH, CLOSED))
    assert done.returncode == 2
    assert "2 drifted" in last_line(done)
    assert "✗ DRIFT   intent.web-to-db  (error)" in done.stdout
    assert "nsg-shop/securityRules/deny-db (200, Deny)" in done.stdout
    assert "net.json:" in done.stdout
    assert "shop.flow.hcl:" in done.stdout


def test_unknown_counts_like_drift(tmp_path: Path) -> None:
    tag = rule("tagged", 150, "Deny", "PartnerEdge.WestEurope", "5432")
    done = plan(lay_out(tmp_path, tag))
    assert done.returncode == 2
    assert "? UNKNOWN intent.web-to-db" in done.stdout
    assert "PartnerEdge.WestEurope" in done.stdout


IDLE = """
group "none" {
  expect_at_least = 0
  select {
    vm = "x-*"
  }
}

intent "idle" {
  from     = [group.none]
  to       = [group.db]
  protocol = "Tcp"
  ports    = [1]
  expect   = "Allow"
}
"""


def test_an_intent_in_error_is_1_and_the_others_stand(tmp_path: Path) -> None:
    done = plan(lay_out(tmp_path, SSH, spec=SPEC + IDLE), "--fail-on", "warning")
    assert done.returncode == 1
    assert "! ERROR   intent.idle" in done.stdout
    assert "1 satisfied, 1 drifted, 0 unknown, 1 in error" in last_line(done)


def test_the_same_input_gives_the_same_bytes_and_a_saved_plan_the_same_report(tmp_path: Path) -> None:
    lay_out(tmp_path, SSH, CLOSED)
    done = plan(tmp_path, "--out", "p.plan", "-o", "json=p.json", "-o", "text=p.txt")
    assert done.stderr == "Saved the plan to p.plan. To see it again: flowspec show p.plan\n"
    assert (tmp_path / "p.plan").read_bytes() == (tmp_path / "p.json").read_bytes()
    assert (tmp_path / "p.txt").read_text() == done.stdout
    again = plan(tmp_path, "-json", env={"PYTHONHASHSEED": "7"})
    assert again.stdout == (tmp_path / "p.plan").read_text()
    assert flowspec("show", "p.plan", cwd=tmp_path).stdout == done.stdout
    document = json.loads(fits(again.stdout))
    assert (document["today"], document["flowspec_version"]) == ("2026-11-21", __version__)


def test_the_change_it_suggests_can_be_rendered(tmp_path: Path) -> None:
    plan(lay_out(tmp_path, SSH), "-out", "p.plan")
    done = flowspec("render", "p.plan", "--dialect", "az", cwd=tmp_path)
    assert done.returncode == 0
    assert "\naz network nsg rule " in done.stdout
    assert "--nsg-name nsg-shop" in done.stdout


def test_targets_narrow_the_plan(tmp_path: Path) -> None:
    lay_out(tmp_path, SSH, CLOSED)
    done = plan(tmp_path, "-target=intent.no-ssh-from-outside", "--fail-on=info")
    assert "Plan: 1 intent: 0 satisfied, 1 drifted" in last_line(done)
    for target, intents in (("intent.*", "2 intents"), ("INTENT.no-*", "1 intent"), ("*ssh*", "1 intent"),
                            ("intent.web-to-d?", "1 intent")):  # fmt: skip
        assert f"Plan: {intents}: " in last_line(plan(tmp_path, "--target", target)), target
    nothing = plan(tmp_path, "--target", "intent.*", "--target", "boundary.*")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "there is no boundary.* to target" in nothing.stderr
    missing = plan(tmp_path, "-target=intent.bogus")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "intent.bogus" in missing.stderr


def test_no_inventory_shows_both_ways_to_name_one(tmp_path: Path) -> None:
    done = flowspec("plan", cwd=lay_out(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: No inventory: flowspec does not know which network to judge.\n"
        "  Name it on the command line, or in the spec:\n"
        "    -i az-export/\n"
        "    flowspec {\n"
        '      inventory = ["az-export/"]\n'
        "    }\n"
    )


def test_the_spec_may_name_the_inventory(tmp_path: Path) -> None:
    spec = SPEC.replace('name = "shop"', 'name      = "shop"\n  inventory = ["net.json"]')
    assert flowspec("plan", cwd=lay_out(tmp_path, spec=spec)).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-i", "absent.json"], "absent.json"),
        (["-i", "net.json", "absent.flow.hcl"], "absent.flow.hcl"),
        (["-i", "net.json", "--max-input", "10"], "--max-input"),
        (["-i", "net.json", "--max-input", "lots"], "'lots' is no size"),
    ],
)
def test_input_that_can_t_be_read_is_an_error(arguments: list[str], words: str, tmp_path: Path) -> None:
    done = flowspec("plan", *arguments, cwd=lay_out(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plan_that_fails_writes_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path, spec=SPEC + "intent {")
    before = sorted(tmp_path.iterdir())
    assert plan(tmp_path, "--out", "p.plan").returncode == 1
    assert sorted(tmp_path.iterdir()) == before


def test_targets_lists_what_groups_resolve_to(tmp_path: Path) -> None:
    lay_out(tmp_path)
    done = flowspec("targets", "-i", "net.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"group.web  1 NIC\n    {NETWORK}/networkInterfaces/nic-web-01\n" in done.stdout
    document = json.loads(flowspec("targets", "-i", "net.json", "-json", cwd=tmp_path).stdout)
    listed = {group["address"]: group["nics"] for group in document["groups"]}
    assert listed["group.db"] == [f"{NETWORK}/networkInterfaces/nic-db-01"]


def test_a_group_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    done = flowspec("targets", "-i", "net.json", cwd=lay_out(tmp_path, spec=SPEC.replace("vm-db-*", "vm-dbx-*")))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")


def test_the_readme_shows_a_real_plan() -> None:
    checkout = Path(__file__).parents[2]
    command, _, shown = (checkout / "README.md").read_text().partition("\n$ flowspec ")[2].partition("\n")
    done = flowspec(*command.split(), *DAY, cwd=checkout)
    assert done.stdout == shown.partition("```")[0]
    assert done.returncode == 2


SLOW = """
import sys, time, flowspec.pipeline as p
seconds = float(sys.argv[1])
run = p.run
def slow(spec, inventory, options):
    options.progress("decide", 12, 15)
    time.sleep(seconds)
    return run(spec, inventory, options)
p.run = slow
import flowspec.__main__ as m
sys.argv = ["flowspec", "plan", "-i", "net.json", "--today", "2026-11-21"]
sys.exit(m.main())
"""


def test_a_slow_plan_tells_a_terminal_how_far_it_is(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "slow.py").write_text(SLOW)
    told = on_a_terminal("1.5", command=[sys.executable, "slow.py"], cwd=tmp_path)
    assert "\rDecide 12 of 15 (1 s)" in told
    shown, _, report = told.rpartition("\r")
    assert set(shown.rpartition("\r")[2]) == {" "}
    assert report.startswith("Inventory")
    assert "\r" not in on_a_terminal("0.1", command=[sys.executable, "slow.py"], cwd=tmp_path)


def test_a_slow_plan_is_silent_in_ci_and_in_a_pipe(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "slow.py").write_text(SLOW)
    assert "\r" not in on_a_terminal("1.3", command=[sys.executable, "slow.py"], cwd=tmp_path, env={"CI": "1"})
    command = [sys.executable, "slow.py", "1.3"]
    assert subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True).stderr == b""


def test_a_first_plan_of_one_intent_counts_nothing_that_is_not_there(tmp_path: Path) -> None:
    alone = SPEC.replace(SPEC[SPEC.index('intent "web-to-db"') : SPEC.index('intent "no-ssh')], "")
    done = plan(lay_out(tmp_path, SSH, spec=alone))
    assert "opens nothing; there is no other intent" in " ".join(done.stdout.split())
    assert "0 of 0" not in done.stdout and "\n0 satisfied" not in done.stdout
