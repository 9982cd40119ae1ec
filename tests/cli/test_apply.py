"""`flowspec apply` as its users run it: what it shows, asks and ends with."""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flowspec.cli.app import run
from flowspec.server.options import Lie, TwinOptions
from flowspec.server.run import RunningTwin, load
from tests.applying.twinned import DB, WEB, Applying, existing, made, rules_of, step, three_steps
from tests.azure.live import SHOP
from tests.cli.command import COMMAND, environment
from tests.document import fits

QUICK = ("--max-calls", "0")


@dataclass
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def told(self) -> str:
        return " ".join(self.stderr.split())


Run = Callable[..., Done]


@pytest.fixture
def flowspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, in a folder of its own; what is typed comes from `stdin`."""
    monkeypatch.chdir(tmp_path)

    def run_it(*arguments: str | Path, stdin: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = run(list(map(str, arguments)))
        return Done(code, *capsys.readouterr())

    return run_it


@pytest.fixture
def running() -> Iterator[RunningTwin]:
    with RunningTwin(load([str(SHOP / "network")]), TwinOptions(retry_after=0)) as twin:
        yield twin


@pytest.fixture
def folder(tmp_path: Path, flowspec: Run) -> Path:
    """A folder with the shop and its saved plan."""
    shutil.copytree(SHOP, tmp_path / "shop")
    done = flowspec("plan", "shop", "-i", "shop/network", "--today", "2026-11-21", "--out", "p.fplan")
    assert done.returncode == 2, done.stderr
    return tmp_path


def test_from_the_plan_to_azure_and_back(running: RunningTwin, folder: Path, flowspec: Run) -> None:
    old = rules_of(running)
    at = ("--arm-endpoint", running.url)
    done = flowspec("apply", "p.fplan", "--force", *at)
    assert done.returncode == 1 and "Nobody answered" in done.stderr and not done.stdout
    done = flowspec("apply", "p.fplan", "--force", *at, stdin="y\n")
    assert done.returncode == 1 and "Apply cancelled" in done.stderr
    assert rules_of(running) == old and not list((folder / ".flowspec").glob("*.journal"))
    done = flowspec("apply", "p.fplan", "--force", *at, "--recheck", "2s", stdin="yes\n")
    assert done.returncode == 0, done.stderr
    assert "flowspec will change these rules:" in done.stderr and "Only 'yes' will be accepted" in done.stderr
    assert re.search(r"\[1/\d\] nsg-web/securityRules/\S+: (Creating|Changing|Deleting)\.\.\.", done.stderr)
    assert re.match(
        r"Apply complete! Rules: \d added, \d changed, \d deleted\.\nipFlowVerify: \d+ flows asked", done.stdout
    )
    assert rules_of(running) != old
    done = flowspec("apply", "p.fplan", *at, stdin="yes\n")
    assert done.returncode == 1 and "Saved plan is stale" in done.stderr and "applied from here already" in done.told
    done = flowspec("apply", "--rollback", "p.fplan", "--auto-approve", *at, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(fits(done.stdout, "apply"))["outcome"] == "rolled back"
    assert rules_of(running) == old


def test_a_changed_file_makes_it_stale(running: RunningTwin, folder: Path, flowspec: Run) -> None:
    spec = next((folder / "shop").glob("*.flow.hcl"))
    spec.write_text(spec.read_text("utf-8") + "\n# later\n", "utf-8")
    done = flowspec("apply", "p.fplan", "--auto-approve", "--arm-endpoint", running.url)
    assert done.returncode == 1 and "Saved plan is stale" in done.stderr
    assert "--allow-stale" not in done.stderr, "apply has none"


def saved(folder: Path, steps: object) -> Path:
    """A hand-made plan, as a file."""
    from flowspec.views import Style
    from flowspec.views.json import view

    file = folder / "made.fplan"
    file.write_text(view(made(steps), Style()), "utf-8")  # type: ignore[arg-type]
    return file


def test_brakes_stop_it_before_anything_is_written(running: RunningTwin, tmp_path: Path, flowspec: Run) -> None:
    ssh = existing(WEB, "tmp-allow-ssh")
    file = saved(tmp_path, [step(WEB, "tmp-allow-ssh", ssh, None)])
    at = ("--arm-endpoint", running.url, "--auto-approve", *QUICK)
    done = flowspec("apply", file, *at)
    assert done.returncode == 1
    assert "nsg-web/securityRules/tmp-allow-ssh is to be deleted, and flowspec did not make it" in " ".join(
        done.stderr.split()
    )
    assert "Give --force" in done.stderr
    assert (tmp_path / ".flowspec").is_dir() and not list((tmp_path / ".flowspec").glob("*.journal"))
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"terraform_version": "1.9.0", "id": WEB}), "utf-8")
    done = flowspec("apply", file, *at, "--terraform", state)
    told = done.told
    assert "nsg-web is kept by Terraform" in told and f"flowspec render {file} --dialect terraform" in told
    assert flowspec("apply", file, *at, "--force").returncode == 0


def test_more_steps_than_there_is_time_for(running: RunningTwin, tmp_path: Path, flowspec: Run) -> None:
    file = saved(tmp_path, three_steps())
    done = flowspec("apply", file, "--arm-endpoint", running.url, "--auto-approve", "--force", "--timeout", "20s")
    assert done.returncode == 1 and "3 steps take about 33 s: --timeout is 20 s" in done.told
    assert "Give it more time: --timeout 2m" in done.told


def test_nothing_to_apply_needs_no_azure(tmp_path: Path, flowspec: Run) -> None:
    file = saved(tmp_path, [])
    done = flowspec("apply", file)
    assert (done.returncode, done.stdout) == (0, "No changes. There is nothing to apply.\n")


def test_an_interrupt_tells_how_it_goes_on(tmp_path: Path, flowspec: Run) -> None:
    """The twin lets the first write take long; SIGINT comes meanwhile."""
    options = TwinOptions(retry_after=0, latency=3, settle=3)
    with RunningTwin(load([str(SHOP / "network")]), options) as running:
        old = rules_of(running)
        steps = three_steps()[:1]
        file = saved(tmp_path, steps)
        command = [*COMMAND, "apply", str(file), "--auto-approve", "--arm-endpoint", running.url, *QUICK]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True)
        journal = tmp_path / ".flowspec" / "apply.journal"
        ends = time.monotonic() + 20
        while time.monotonic() < ends and not (journal.exists() and '"begin":0' in journal.read_text("utf-8")):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
        assert process.returncode == 130
        assert ".flowspec/apply.journal is kept: flowspec apply PLAN goes on" in told
        assert Applying(running, tmp_path, made(steps)).unfinished is not None
        done = flowspec("apply", "--rollback", "--auto-approve", "--arm-endpoint", running.url)
        assert done.returncode == 0 and "The network is as it was." in done.stdout
        assert rules_of(running) == old


def test_usage(tmp_path: Path, flowspec: Run) -> None:
    assert DB
    for arguments, words in (
        (["apply"], "name the saved plan, or give --rollback"),
        (["apply", "--rollback"], "There is nothing to undo here"),
        (["init", "--apply"], "it says for what --azure-role is: give both"),
        (["apply", "none.fplan"], "Can't read none.fplan"),
    ):
        done = flowspec(*arguments)
        assert done.returncode == 1 and words in done.told


def test_the_role_of_apply(tmp_path: Path, flowspec: Run) -> None:
    plain, more = (json.loads(flowspec("init", "--azure-role", *flag).stdout)["Actions"] for flag in ([], ["--apply"]))
    rules = "Microsoft.Network/networkSecurityGroups/securityRules/"
    authorization = {"Microsoft.Authorization/locks/read", "Microsoft.Authorization/permissions/read"}
    assert set(more) - set(plain) == {f"{rules}write", f"{rules}delete", f"{rules}read", *authorization}


def test_azure_that_answers_otherwise_beforehand_stops_it(folder: Path, flowspec: Run) -> None:
    lie = Lie(frozenset({("localport", "23"), ("direction", "inbound")}),
              {"access": "Allow", "ruleName": "securityRules/x", "ruleId": "x"})  # fmt: skip
    with RunningTwin(load([str(SHOP / "network")]), TwinOptions(sync=True, lies=(lie,))) as running:
        old = rules_of(running)
        at = ("--arm-endpoint", running.url, "--auto-approve", "--recheck", "0s")
        done = flowspec("apply", "p.fplan", *at)
        assert done.returncode == 1 and "--force" in done.told
        done = flowspec("plan", "shop", "-i", "shop/network", "--today", "2026-11-21", "--out", "p.fplan")
        done = flowspec("apply", "p.fplan", "--force", *at, "--json")
        assert done.returncode == 0, done.stderr
        result = json.loads(fits(done.stdout, "apply"))
        assert any("otherwise than the rules say" in words for words in result["forced"])
        assert result["check"]["as_before"] and not result["check"]["wrong"]
        assert rules_of(running) != old
