"""`flowspec plan --verify`, `snapshot` and `init --azure-role` as processes: codes, words, and no secret anywhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from flowspec.server.options import Lie, TwinOptions
from tests.azure.live import SHOP, SUBSCRIPTION, twin
from tests.cli.command import flowspec
from tests.document import fits

SPEC = SHOP / "prod.flow.hcl"
NETWORK = SHOP / "network"
LIVE = f"azure:{SUBSCRIPTION}"


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Standard output without its line breaks."""
    return " ".join(done.stdout.split())


OFFLINE = """
import sys
from flowspec.cli.app import run
run(sys.argv[1:])
print([name for name in sys.modules if name.split(".")[0] in ("azure", "msal", "requests")], file=sys.stderr)
"""


def test_a_live_plan_says_what_azure_said(tmp_path: Path) -> None:
    with twin() as running:
        command = ("plan", SPEC, "-i", LIVE, "--verify", "both", "--arm-endpoint", running.url)
        first = flowspec(*command, cwd=tmp_path)
        second = flowspec(*command, cwd=tmp_path)
        third = flowspec(*command, "-o", "json", "--refresh", cwd=tmp_path)
    assert "Azure agreed 11/11, asked 11 now of 11 askable of 11 probes (8 inferred)." in said(first)
    assert "11 calls to Azure (8 inferred), about 12 s, 10 at a time." in first.stderr
    assert "Azure agreed 11/11 kept from 20" in second.stdout and "calls to Azure" not in second.stderr
    assert first.returncode == second.returncode == third.returncode == 2  # the shop drifts
    told = json.loads(third.stdout)["verification"]
    assert (told["asked"], told["agreed"], told["inferred"], told["disagreements"]) == (11, 11, 8, [])


def test_a_disagreement_is_exit_code_2_and_all_of_it_is_told(tmp_path: Path) -> None:
    answer = {"access": "Deny", "ruleName": "securityRules/allow-https", "ruleId": ""}
    lie = Lie(frozenset({("localport", "443")}), answer)
    with twin(TwinOptions(sync=True, lies=(lie,))) as running:
        options = ("--arm-endpoint", running.url, "--recheck", "0.3s", "--verify", "both")
        fine = flowspec("plan", SPEC, "-i", NETWORK, "--target", "intent.web-to-app", *options, cwd=tmp_path)
        done = flowspec("plan", SPEC, "-i", NETWORK, "--target", "intent.customers-to-web", *options, cwd=tmp_path)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert done.returncode == 2
    assert "1 answer differs from the prediction: asking again in 0 s." in done.stderr
    text = " ".join(done.stdout.split())
    assert "✗ AZURE disagrees on intent.customers-to-web Inbound Tcp" in text
    rule = "(100, Allow Tcp from Internet ports * to 10.20.1.0/24 ports 443)"
    assert f"predicted Allow by nsg-web/securityRules/allow-https {rule}" in text
    assert "answered Deny by securityRules/allow-https" in text and "asked 4 times" in text
    assert "networkInterfaces/nic-web-01" in text and "networkWatchers/NetworkWatcher_westeurope" in text


def test_over_the_budget_is_exit_code_1_and_says_how_to_go_on(tmp_path: Path) -> None:
    with twin() as running:
        command = ("plan", SPEC, "-i", NETWORK, "--verify", "live", "--max-calls", "2", "--arm-endpoint", running.url)
        done = flowspec(*command, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "over --max-calls 2" in done.stderr and "--max-calls 11" in done.stderr


def test_a_saved_live_plan_is_shown_again(tmp_path: Path) -> None:
    with twin() as running:
        command = ("plan", SPEC, "-i", NETWORK, "--verify", "both", "--out", "p.json", "--arm-endpoint", running.url)
        flowspec(*command, cwd=tmp_path)
    shown = said(flowspec("show", "p.json", cwd=tmp_path))
    assert "Azure agreed 11/11, asked 11 now of 11 askable of 11 probes (8 inferred)." in shown


def test_a_snapshot_is_written_and_planned_with(tmp_path: Path) -> None:
    with twin() as running:
        done = flowspec("snapshot", "-i", LIVE, "-o", "live.json", "--arm-endpoint", running.url, cwd=tmp_path)
    assert done.returncode == 0 and "resources to live.json" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["live.json"]
    planned = flowspec("plan", SPEC, "-i", "live.json", cwd=tmp_path)
    assert planned.returncode == 2 and "1 drifted" in planned.stdout


def test_a_snapshot_goes_where_any_document_does(tmp_path: Path) -> None:
    with twin() as running:
        where = ("-i", LIVE, "--arm-endpoint", running.url)
        done = flowspec("snapshot", *where, "-o", "json=a.json", "-o", "b=c.json", "-o", "json", cwd=tmp_path)
        wrong = flowspec("snapshot", *where, "-o", "json=no/such/a.json", "-o", "d.json", cwd=tmp_path)
    assert done.returncode == 0
    fits(done.stdout, "snapshot")
    assert (tmp_path / "a.json").read_text("utf-8") == (tmp_path / "b=c.json").read_text("utf-8") == done.stdout
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert not (tmp_path / "d.json").exists()


def test_a_snapshot_that_fails_writes_nothing(tmp_path: Path) -> None:
    command = ("snapshot", "-i", LIVE, "-o", "live.json", "--arm-endpoint", "http://127.0.0.1:9")
    done = flowspec(*command, cwd=tmp_path)
    assert done.returncode == 1 and "Azure lets nothing be read" in done.stderr
    assert not list(tmp_path.iterdir())


def test_debug_shows_requests_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"AZURE_CLIENT_SECRET": "s3cr3t-value", "AZURE_CLIENT_ID": "app", "AZURE_TENANT_ID": "tenant"}
    with twin() as running:
        command = (
            "plan",
            SPEC,
            "-i",
            LIVE,
            "--verify",
            "both",
            "--debug",
            "-o",
            "json=plan.json",
            "--out",
            "saved.json",
        )
        done = flowspec(*command, "--arm-endpoint", running.url, cwd=tmp_path, env=secrets)
        flowspec("snapshot", "-i", LIVE, "-o", "snap.json", "--debug", "--arm-endpoint", running.url, cwd=tmp_path)
    assert "ipFlowVerify?api-version=" in done.stderr and " -> 200 (" in done.stderr
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    for text in (done.stdout, done.stderr, *written):
        assert "s3cr3t-value" not in text and "Bearer" not in text and "uthorization:" not in text


def test_no_credential_is_exit_code_1_within_fifteen_seconds(tmp_path: Path) -> None:
    import time

    started = time.monotonic()
    environment = {"PATH": "/nowhere", "HOME": str(tmp_path), "AZURE_TOKEN_CREDENTIALS": "dev"}
    done = flowspec("plan", SPEC, "-i", LIVE.replace("0", "1"), cwd=tmp_path, env=environment)
    assert time.monotonic() - started < 15
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: No credential for Azure worked.") and "Traceback" not in done.stderr
    assert "On your machine: az login" in done.stderr and len(done.stderr.splitlines()) <= 16


def test_offline_commands_never_import_azure(tmp_path: Path) -> None:
    """It is always installed, and costs a second and 60 MB: only who asks Azure pays."""
    for arguments in (
        ["plan", str(SPEC), "-i", str(NETWORK), "--out", "saved.json"],
        ["validate", str(SPEC)],
        ["targets", str(SPEC), "-i", str(NETWORK)],
        ["diff", str(NETWORK), str(NETWORK)],
        [
            "verify",
            "-i",
            str(NETWORK),
            "--nic",
            "nic-web-01",
            "--direction",
            "Inbound",
            "--protocol",
            "TCP",
            "--local",
            "10.20.1.4:443",
            "--remote",
            "8.8.8.8:50000",
        ],
        ["show", "saved.json"],
        ["render", "saved.json", "--dialect", "az"],
        ["init", "--azure-role"],
        ["plan", "--help"],
        ["snapshot", "--help"],
    ):
        command = [sys.executable, "-c", OFFLINE, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.stderr.splitlines()[-1] == "[]", (arguments, done.stderr)
    assert (tmp_path / "saved.json").exists()


def test_the_version_is_told_without_azure() -> None:
    script = (
        "import sys, flowspec.__main__ as m; sys.argv = ['flowspec', '--version']; m.main(); print(sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("flowspec 0.") and "'azure" not in done.stdout and "'typer" not in done.stdout


def test_azure_is_a_dependency_and_the_extra_s_name_stays_valid() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=~ ]", line)[0] for line in project["dependencies"]}
    assert {"azure-core", "azure-identity", "azure-mgmt-network"} <= names
    assert project["optional-dependencies"]["azure"] == []


def test_the_role_is_json_for_az(tmp_path: Path) -> None:
    done = flowspec("init", "--azure-role", "--subscription", SUBSCRIPTION, cwd=tmp_path)
    found = json.loads(done.stdout)
    assert "Microsoft.Network/networkWatchers/ipFlowVerify/action" in found["Actions"]
    assert found["AssignableScopes"] == [f"/subscriptions/{SUBSCRIPTION}"]
    assert not list(tmp_path.iterdir())


def test_init_writes_what_validates_and_overwrites_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "team"
    folder.mkdir()
    (folder / ".gitignore").write_text("*.log")
    done = flowspec("init", folder)
    assert done.returncode == 0
    assert flowspec("validate", folder).returncode == 0
    assert flowspec("fmt", "--check", folder).returncode in (0, 1)
    assert (folder / ".gitignore").read_text() == "*.log\n.flowspec/\n*.fplan\nplan.json\nshard-*.json\n"
    spec = folder / "team.flow.hcl"
    spec.write_text("# mine\n")
    assert flowspec("init", folder).returncode == 0
    assert spec.read_text() == "# mine\n"


def test_a_wrong_time_is_a_usage_error(tmp_path: Path) -> None:
    done = flowspec("plan", SPEC, "-i", NETWORK, "--verify", "live", "--timeout", "soon", cwd=tmp_path)
    assert done.returncode == 1 and "write 90s, 30m, 2h or 1d" in done.stderr
