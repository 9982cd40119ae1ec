"""A live gate that verified nothing does not pass: the whole kind, with the twin behind a fault proxy."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from flowspec.cli.app import run
from flowspec.cli.live import gate
from flowspec.model.documents.plan import Tally, Verification
from flowspec.server.options import TwinOptions
from tests.azure.live import SHOP, SUBSCRIPTION, twin
from tests.azure.server import Asked, Fault, Response, failing, listing, proxy

TARGET = "intent.web-to-app"
FILES = str(SHOP / "network")
LIVE = f"azure:{SUBSCRIPTION}"
WATCHERS, VERIFY, POWER = "/networkWatchers?", "/ipFlowVerify?", "statusOnly=true"


def on(part: str, response: Response | Callable[[Asked], Response]) -> Fault:
    """The same fault for each request whose address holds `part`."""

    def fault(asked: Asked) -> Response | None:
        if part not in asked.path:
            return None
        return response(asked) if callable(response) else response

    return fault


def watcher_in(region: str) -> Response:
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network"
    return listing({"id": f"{group}/networkWatchers/nw", "name": "nw", "location": region, "properties": {}})


def power_of(state: str) -> Response:
    """The instance views of all VMs of the shop, in one state."""
    names = ("vm-web-01", "vm-web-02", "vm-app-01", "vm-db-01", "vm-jump-01")
    files = [json.loads(path.read_text()) for path in sorted((SHOP / "network").rglob("*.json"))]
    ids = {row["id"] for rows in files for row in _rows(rows) if "/virtualmachines/" in str(row.get("id")).casefold()}
    assert names and ids
    view = {"statuses": [{"code": f"PowerState/{state}"}]}
    return listing(*({"id": vm, "properties": {"instanceView": view}} for vm in sorted(ids)))


def _rows(document: object) -> list[dict[str, object]]:
    if isinstance(document, dict):
        document = document.get("value", [document])
    return [row for row in document if isinstance(row, dict)] if isinstance(document, list) else []


def only_outbound(asked: Asked) -> Response | None:
    refused = VERIFY in asked.path and json.loads(asked.body)["direction"] == "Inbound"
    return failing(403, "AuthorizationFailed") if refused else None


@dataclass(frozen=True, kw_only=True)
class Case:
    """What goes wrong, the exit codes of `--verify live` and `both`, and what stderr or the report must say."""

    name: str
    fault: Fault
    says: tuple[str, ...]
    source: str = FILES
    codes: tuple[int, int] = (1, 2)
    timeout: str = "20s"
    target: str = TARGET
    spec: str = ""
    seconds: float = field(default=15.0)


ICMP = """
group "web" {
  select {
    vm = "vm-web-*"
  }
}
intent "no-ping" {
  from     = [group.public]
  to       = [group.web]
  protocol = "Icmp"
  expect   = "Deny"
}
"""
CASES = [
    Case(name="all is well", fault=lambda asked: None, codes=(0, 0), says=("asked 2 now of 2 askable of 2 probes",)),
    Case(name="all is well, live", fault=lambda asked: None, codes=(0, 0), source=LIVE, says=("Azure agreed 2/2",)),
    Case(
        name="the watchers may not be listed",
        fault=on(WATCHERS, failing(403, "AuthorizationFailed")),
        says=("none of 2 askable probes has an answer", "can't be listed: AuthorizationFailed",
              "role must have Microsoft.Network/networkWatchers/read"),
    ),
    Case(
        name="the watchers may not be listed, nor when the network is read",
        fault=on(WATCHERS, failing(403, "AuthorizationFailed")),
        source=LIVE,
        says=("can't be listed: AuthorizationFailed", "role must have Microsoft.Network/networkWatchers/read"),
    ),
    Case(
        name="the list of watchers is no list",
        fault=on(WATCHERS, Response(body=b"<html>Sign in")),
        says=("can't be listed: an answer that is no list",),
    ),
    Case(
        name="no watcher at all",
        fault=on(WATCHERS, listing()),
        says=("there is no Network Watcher in westeurope",
              "az network watcher configure -g NetworkWatcherRG -l westeurope --enabled true"),
    ),
    Case(
        name="a watcher elsewhere",
        fault=on(WATCHERS, watcher_in("northeurope")),
        source=LIVE,
        says=("there is no Network Watcher in westeurope", "az network watcher configure"),
    ),
    Case(
        name="all VMs are deallocated",
        fault=on(POWER, lambda asked: power_of("deallocated")),
        source=LIVE,
        says=("none of 2 probes can be asked", "is deallocated: ipFlowVerify wants it running"),
    ),
    Case(
        name="Azure says that the VMs do not run",
        fault=on(VERIFY, failing(400, "VMNotAllocated", "The virtual machine is not allocated.")),
        says=("none of 2 probes can be asked", "VMNotAllocated"),
    ),
    Case(
        name="nobody may ask",
        fault=on(VERIFY, failing(403, "AuthorizationFailed")),
        says=("AuthorizationFailed", "role must have Microsoft.Network/networkWatchers/ipFlowVerify/action"),
    ),
    Case(name="a token that is not taken", fault=on(VERIFY, failing(401, "ExpiredAuthenticationToken")),
         says=("ExpiredAuthenticationToken: No.",)),
    Case(name="a watcher that is gone", fault=on(VERIFY, failing(404, "ResourceNotFound")), says=("ResourceNotFound",)),
    Case(name="every answer an error", fault=on(VERIFY, failing(500, "InternalServerError")), timeout="3s",
         says=("InternalServerError",), seconds=6),
    Case(name="every answer Unknown", fault=on(VERIFY, Response(body=b'{"access": "Unknown"}')), timeout="3s",
         says=("Azure answered access 'Unknown'",), seconds=6),
    Case(name="throttled for an hour", fault=on(VERIFY, Response(429, b"", {"Retry-After": "3600"})), timeout="3s",
         says=("no answer before the run's time was over (--timeout): Azure asked to slow down",), seconds=6),
    Case(name="no answer at all", fault=on(VERIFY, Response(late=30)), timeout="3s", says=("--timeout",), seconds=6),
    Case(name="half of the answers", fault=only_outbound, codes=(2, 2),
         says=("Azure agreed 1/1, asked 1 now of 2 askable", "No answer: 1")),
    Case(name="nothing that can be asked", fault=lambda asked: None, spec=ICMP, target="intent.no-ping",
         says=("can be asked", "--verify offline judges without Azure")),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["live", "both"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_gate_that_verified_nothing_does_not_pass(
    case: Case, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("flowspec.azure.asking._FIRST_PAUSE", 0.01)
    spec = SHOP / "prod.flow.hcl"
    if case.spec:
        spec = tmp_path / "own.flow.hcl"
        spec.write_text(case.spec)
    with twin(TwinOptions(sync=True)) as running, proxy(running.url, case.fault) as server:
        started = time.monotonic()
        code = run(["plan", str(spec), "-i", case.source, "--target", case.target, "--verify", mode, "--timeout",
                    case.timeout, "--arm-endpoint", server.url, "--recheck", "0.1s", "--out", "plan.json"])  # fmt: skip
        took = time.monotonic() - started
    shown = capsys.readouterr()
    text = " ".join((shown.out + shown.err).split())
    assert code == case.codes[mode == "both"], text
    assert all(words in text for words in case.says), text
    assert took < case.seconds
    assert Path("plan.json").exists() == (code != 1)
    if 0 not in case.codes and case.codes[0] == 1:
        assert "Azure verified nothing" in shown.out and "Error: Azure verified nothing" in shown.err
        assert "agreed" not in text


ANSWERED = {"probes": 3, "askable": 2, "asked": 2, "agreed": 2}


@pytest.mark.parametrize(
    ("numbers", "part", "codes"),
    [
        ({}, False, (0, 0)),
        (ANSWERED, False, (0, 0)),
        ({"probes": 2, "askable": 2, "kept": 2}, False, (0, 0)),
        (ANSWERED | {"asked": 1, "unanswered": (Tally(reason="late", probes=1),)}, False, (2, 2)),
        ({"probes": 2, "askable": 2, "unanswered": (Tally(reason="late", probes=2),)}, False, (1, 2)),
        ({"probes": 2, "askable": 2, "unanswered": (Tally(reason="late", probes=2),)}, True, (1, 2)),
        ({"probes": 2, "not_askable": (Tally(reason="IPv6", probes=2),)}, False, (1, 2)),
        ({"probes": 2, "not_askable": (Tally(reason="IPv6", probes=2),)}, True, (0, 0)),
    ],
)
def test_what_the_gate_makes_of_the_counts(numbers: dict[str, Any], part: bool, codes: tuple[int, int]) -> None:
    modes: tuple[Literal["live"], Literal["both"]] = ("live", "both")
    told = [Verification(mode=mode, endpoint="AzureCloud", **numbers) for mode in modes]
    assert tuple(gate(one, part=part) for one in told) == codes
    assert gate(None) == 0


@pytest.mark.parametrize(("mode", "code"), [("live", 1), ("both", 2)])
def test_shards_that_have_nothing_to_ask_leave_it_to_their_merge(
    mode: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.flow.hcl").write_text(ICMP)
    with twin(TwinOptions(sync=True)) as running:
        for shard in ("1", "2"):
            command = ["plan", "-i", FILES, "--verify", mode, "--arm-endpoint", running.url, "--shard", f"{shard}/2"]
            assert run([*command, "-o", f"json=shard-{shard}.json", "--today", "2026-11-21"]) == 0
            assert "Error" not in capsys.readouterr().err
    assert run(["show", "shard-1.json"]) == 0
    assert run(["show", "shard-1.json", "shard-2.json"]) == code
    assert "can be asked" in capsys.readouterr().err
