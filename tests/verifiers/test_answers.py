"""Probes and what Azure says of them: what counts as agreed, what is told, and what is a disagreement."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from flowspec.model.documents.plan import Disagreement, LiveAnswer, Probe, Tally, Verification
from flowspec.model.inventory import Inventory, Nic, Vm, Watcher, key
from flowspec.model.live import AzureAnswer, LiveStep, StepKind
from flowspec.verifiers import VERIFIERS
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.executor import AskingLimits
from flowspec.verifiers.live import agrees, duration, estimate
from flowspec.views.live import disagreement, summary
from flowspec.views.style import Style
from tests.verifiers.service import Scripted

BASE = "/subscriptions/S/resourceGroups/rg/providers"
NIC, VM = f"{BASE}/Microsoft.Network/networkInterfaces/nic", f"{BASE}/Microsoft.Compute/virtualMachines/vm"
WATCHER = Watcher(f"{BASE}/Microsoft.Network/networkWatchers/nw", "nw", "westeurope")
NETWORK = Inventory(
    nics={key(NIC): Nic(id=NIC, name="nic", location="westeurope", vm=VM)},
    vms={key(VM): Vm(id=VM, name="vm", power="running")},
    watchers={key(WATCHER.id): WATCHER},
)


def probe(port: int, predicted: str = "Allow", policy: str = "p") -> Probe:
    live = LiveAnswer(policy=policy, infers=2)
    return Probe(nic=NIC, direction="Inbound", protocol="TCP", local_ip="10.0.0.4", local_port=str(port),
                 remote_ip="8.8.8.8", remote_port="50000", predicted=predicted, live=live)  # fmt: skip


def asking(service: Scripted, folder: Path, **changes: object) -> Asking:
    limits = AskingLimits(run=10, call=2, silence=0.3, longest_wait=0.05, backoff=0.01)
    given: dict[str, object] = {"now": time.time(), "folder": folder, "limits": limits, "recheck": 0.02}
    return Asking(backend=lambda: service, address="scripted", **(given | changes))  # type: ignore[arg-type]


def says(access: str) -> Scripted:
    return Scripted(lambda asked, before: LiveStep(kind=StepKind.DONE, answer=AzureAnswer(access=access)))


@pytest.mark.parametrize("mode", ["live", "both"])
def test_every_askable_probe_is_answered(mode: str, tmp_path: Path) -> None:
    probes = [probe(n) for n in range(30)]
    unasked = msgspec.structs.replace(probe(99), not_askable="IPv6")
    found = VERIFIERS[mode]([*probes, unasked], NETWORK, asking(says("Allow"), tmp_path))
    assert set(found.by_probe) == set(probes) and found.calls == 30


def test_offline_asks_nobody(tmp_path: Path) -> None:
    service = says("Allow")
    assert not VERIFIERS["offline"]([probe(1)], NETWORK, asking(service, tmp_path)).by_probe
    assert not service.begun


def test_a_disagreement_is_asked_three_times_more_and_never_kept(tmp_path: Path) -> None:
    service = says("Deny")
    found = VERIFIERS["both"]([probe(1), probe(2, "Deny")], NETWORK, asking(service, tmp_path))
    assert [answer.times for answer in found.by_probe.values()] == [4, 1]
    again = VERIFIERS["live"]([probe(1), probe(2, "Deny")], NETWORK, asking(service, tmp_path))
    assert [bool(answer.kept_on) for answer in again.by_probe.values()] == [False, True]


def test_an_answer_is_not_lost_when_the_second_round_fails(tmp_path: Path) -> None:
    service = Scripted(
        lambda a, before: LiveStep(
            kind=StepKind.DONE, answer=AzureAnswer(access="Deny" if before == 0 else "", problem="broken")
        )
    )
    found = VERIFIERS["both"]([probe(1)], NETWORK, asking(service, tmp_path))
    assert next(iter(found.by_probe.values())).access == "Deny"


def test_a_changed_policy_is_asked_anew(tmp_path: Path) -> None:
    VERIFIERS["live"]([probe(1)], NETWORK, asking(says("Allow"), tmp_path))
    service = says("Allow")
    VERIFIERS["live"]([probe(1, policy="q")], NETWORK, asking(service, tmp_path))
    assert sum(service.begun.values()) == 1


def test_a_budget_of_exactly_the_calls_is_enough(tmp_path: Path) -> None:
    VERIFIERS["live"]([probe(1), probe(2)], NETWORK, asking(says("Allow"), tmp_path, max_calls=2))


@pytest.mark.parametrize(
    ("predicted", "answer", "agreed"),
    [
        ("Allow", AzureAnswer(access="Allow", rule_name="other"), True),
        ("Allow", AzureAnswer(access="Deny"), False),
        ("NsgsNotAppliedOnNic", AzureAnswer(access="NsgsNotAppliedOnNic"), True),
        ("Allow", AzureAnswer(access="NsgsNotAppliedOnNic"), False),
        ("NsgsNotAppliedOnNic", AzureAnswer(access="Allow"), False),
        ("Unknown", AzureAnswer(access="Allow"), None),
        ("Allow", AzureAnswer(problem="late"), None),
    ],
)
def test_what_agrees(predicted: str, answer: AzureAnswer, agreed: bool | None) -> None:
    assert agrees(predicted, answer) is agreed


def test_how_long_it_takes() -> None:
    assert (estimate(1, 10), estimate(100, 10)) == (11, 110)
    assert estimate(10_000, 256) == 980  # what ARM lets through
    assert (duration(99), duration(600)) == ("99 s", "10 min")


def told(**numbers: object) -> Verification:
    return Verification(mode="both", endpoint="AzureCloud", **numbers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (
            {
                "asked": 40,
                "agreed": 40,
                "inferred": 96,
                "kept": 12,
                "kept_agreed": 12,
                "kept_since": "2026-11-20",
                "probes": 60,
                "askable": 52,
            },
            "Azure agreed 40/40, asked 40 now of 52 askable of 60 probes (96 inferred, 12 kept from 2026-11-20).",
        ),
        (
            {"asked": 3, "agreed": 3, "probes": 3, "askable": 3},
            "Azure agreed 3/3, asked 3 now of 3 askable of 3 probes.",
        ),
        ({}, "Azure was asked nothing: there is no probe in this plan."),
        (
            {"kept": 5, "kept_agreed": 5, "kept_since": "2026-11-20", "inferred": 1, "probes": 5, "askable": 5},
            "Azure agreed 5/5 kept from 2026-11-20, asked 0 now of 5 askable of 5 probes (1 inferred).",
        ),
        (
            {
                "asked": 2,
                "agreed": 2,
                "other_rules": 1,
                "not_askable": (Tally(reason="vm is stopped", probes=3),),
                "probes": 5,
                "askable": 2,
            },
            "Azure agreed 2/2, asked 2 now of 2 askable of 5 probes. "
            "1 answer names another rule than predicted (-o json has them). "
            "Not askable: 3 (vm is stopped).",
        ),
        (
            {"unanswered": tuple(Tally(reason=f"r{n}\x1b", probes=2) for n in range(5)), "probes": 10, "askable": 10},
            "Azure verified nothing, asked 0 now of 10 askable of 10 probes. "
            "No answer: 2 (r0\\x1b), 2 (r1\\x1b), 2 (r2\\x1b) and 4 more.",
        ),
    ],
)
def test_the_sentence(numbers: dict[str, object], words: str) -> None:
    assert summary(told(**numbers)) == words


def test_a_disagreement_does_not_act_on_a_terminal() -> None:
    hostile = "x\x1b[31m\n::error::y"
    live = LiveAnswer(policy="", rule_name=hostile, rule_id=hostile, times=2)
    found = msgspec.structs.replace(probe(1), live=live, answered=hostile, rule_name=hostile)
    lines = disagreement(Disagreement(probe=found, vm=hostile, watcher=hostile, intents=(hostile,)), Style())
    text = "\n".join(lines)
    assert "\x1b" not in text and "\n::error" not in text
