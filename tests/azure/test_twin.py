"""The whole way against the twin, with the real azure-mgmt-network: no probe lost, none wrong, whatever goes wrong."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from flowspec.errors import AzureError
from flowspec.model.live import Cloud
from flowspec.server.options import FAULTS, Lie, Throttle, TwinOptions
from flowspec.sources import load_inventory
from flowspec.verifiers.executor import AskingLimits
from tests.azure.live import (
    EXAMPLES,
    LIMITS,
    SUBSCRIPTION,
    Example,
    answered,
    asking,
    assert_all_agree,
    assert_all_answered,
    assert_nothing_verified,
    told,
    twin,
)

SHOP = Example(EXAMPLES / "shop")
WAYS = {
    "200": TwinOptions(sync=True),
    "202": TwinOptions(latency=0.02, retry_after=0),
    "operations": TwinOptions(latency=0.02, retry_after=0, operations=True),
}
GIVES_UP = AskingLimits(run=20, call=10, silence=0.5, backoff=0.05)
FOLDERS = [folder for folder in sorted(EXAMPLES.iterdir()) if (folder / "network").is_dir()]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause before a list is asked for again."""
    monkeypatch.setattr("flowspec.azure.asking._FIRST_PAUSE", 0.01)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_probe_of_every_example(folder: Path, way: str, tmp_path: Path) -> None:
    with twin(WAYS[way], folder) as running:
        report = Example(folder).plan(asking(running.url, tmp_path, exhaustive=True))
    assert_all_agree(report)


@pytest.mark.parametrize("way", WAYS)
def test_over_https(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = tmp_path / "ca.pem"
    with twin(WAYS[way], ca=ca) as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
        assert_all_answered(SHOP.plan(asking(running.url, tmp_path)))


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, hasty: None) -> None:
    with twin(ca=tmp_path / "ca.pem") as running:
        report = SHOP.plan(asking(running.url, tmp_path, limits=GIVES_UP))
    assert_nothing_verified(report, "CERTIFICATE_VERIFY_FAILED")


@pytest.mark.parametrize("way", ["200", "202"])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_overcome(fault: str, way: str, tmp_path: Path) -> None:
    sync = way == "200"
    options = TwinOptions(
        sync=sync, latency=0.0 if sync else 0.01, retry_after=0, fault_rate=0.15, faults=(fault,), seed=7
    )
    with twin(options) as running:
        report = SHOP.plan(asking(running.url, tmp_path, exhaustive=True))
    assert_all_answered(report)


def test_a_storm_of_429(tmp_path: Path) -> None:
    with twin(TwinOptions(sync=True, throttle=Throttle(4, 0.5))) as running:
        assert_all_answered(SHOP.plan(asking(running.url, tmp_path, exhaustive=True)))


def test_slow_answers(tmp_path: Path) -> None:
    started = time.monotonic()
    with twin(TwinOptions(sync=True, latency=0.3)) as running:
        assert_all_answered(SHOP.plan(asking(running.url, tmp_path)))
    assert time.monotonic() - started < 5


def test_a_twin_that_is_too_slow_for_the_deadline(tmp_path: Path) -> None:
    with twin(TwinOptions(sync=True, latency=10)) as running:
        started = time.monotonic()
        report = SHOP.plan(asking(running.url, tmp_path, limits=AskingLimits(run=1, call=1)))
        assert time.monotonic() - started < 4
    assert_nothing_verified(report, "no answer")


@pytest.mark.parametrize("way", ["200", "202"])
def test_killed_and_restarted_in_the_middle(way: str, tmp_path: Path) -> None:
    options = TwinOptions(sync=way == "200", latency=0.1, retry_after=0)
    running = twin(options).start()

    def restart() -> None:
        time.sleep(0.15)
        running.stop()
        time.sleep(0.4)
        running.start()

    killer = threading.Thread(target=restart)
    killer.start()
    limits = replace(LIMITS, parallelism=2)
    report = SHOP.plan(asking(running.url, tmp_path, exhaustive=True, limits=limits))
    killer.join()
    running.stop()
    assert_all_answered(report)


def test_nobody_there(tmp_path: Path, hasty: None) -> None:
    running = twin().start()
    running.stop()
    report = SHOP.plan(asking(running.url, tmp_path, limits=GIVES_UP))
    assert_nothing_verified(report, "Network Watchers of subscription .* can't be listed: ServiceRequestError")


def test_nobody_there_any_more(tmp_path: Path) -> None:
    """The watchers are known, and then Azure is gone."""
    running = twin().start()
    inventory = load_inventory([f"azure:{SUBSCRIPTION}"], cloud=Cloud(arm_endpoint=running.url))
    running.stop()
    started = time.monotonic()
    report = SHOP.plan(asking(running.url, tmp_path, limits=GIVES_UP), inventory=inventory)
    assert_nothing_verified(report, "ServiceRequestError")
    assert told(report).calls == 11
    assert time.monotonic() - started < 5


def lies(inventory_probes: list[tuple[str, str]], times: int | None) -> tuple[Lie, ...]:
    """The opposite of the truth for some flows, by their local address and port."""
    return tuple(
        Lie(
            frozenset({("localipaddress", address), ("localport", port), ("direction", "inbound")}),
            {"access": "Deny", "ruleName": "securityRules/made-up", "ruleId": ""},
            times=times,
        )
        for address, port in inventory_probes
    )


ALLOWED = [("10.20.1.4", "443"), ("10.20.1.5", "443"), ("10.20.2.4", "8080")]


def test_each_planted_lie_is_found(tmp_path: Path) -> None:
    with twin(TwinOptions(sync=True, lies=lies(ALLOWED, None))) as running:
        report = SHOP.plan(asking(running.url, tmp_path, exhaustive=True))
    found = told(report).disagreements
    asked = {
        (p.local_ip, p.local_port) for p in answered(report) if p.direction == "Inbound" and p.predicted == "Allow"
    }
    planted = asked & set(ALLOWED)
    assert len(planted) >= 2
    assert {(d.probe.local_ip, d.probe.local_port) for d in found} == planted
    for one in found:
        assert (one.probe.predicted, one.probe.answered) == ("Allow", "Deny")
        assert one.probe.live is not None and one.probe.live.times == 4
        assert one.predicted_rule is not None and one.answered_rule is None
        assert one.intents and one.vm and one.watcher


def test_every_lie_about_any_probe_is_found(tmp_path: Path) -> None:
    every = Lie(frozenset({("protocol", "tcp")}), {"access": "Deny", "ruleName": "securityRules/lie", "ruleId": ""})
    with twin(TwinOptions(sync=True, lies=(every,))) as running:
        report = SHOP.plan(asking(running.url, tmp_path, recheck=0.0))
    allowed = [probe for probe in answered(report) if probe.protocol == "TCP" and probe.predicted == "Allow"]
    assert (
        len(told(report).disagreements) == len({(p.nic, p.local_port, p.remote_ip, p.direction) for p in allowed}) > 0
    )


def test_a_passing_disagreement_is_asked_again_and_not_reported(tmp_path: Path) -> None:
    with twin(TwinOptions(sync=True, lies=lies(ALLOWED, 1))) as running:
        report = SHOP.plan(asking(running.url, tmp_path))
    assert_all_answered(report)
    assert told(report).calls > told(report).asked


def test_live_asks_once(tmp_path: Path) -> None:
    with twin(TwinOptions(sync=True, lies=lies(ALLOWED, 1))) as running:
        report = SHOP.plan(asking(running.url, tmp_path), "live")
    assert told(report).disagreements
    assert told(report).calls == told(report).asked


def test_kept_answers_are_not_asked_again(tmp_path: Path) -> None:
    with twin() as running:
        first = told(SHOP.plan(asking(running.url, tmp_path)))
        second = told(SHOP.plan(asking(running.url, tmp_path)))
        later = told(SHOP.plan(asking(running.url, tmp_path, now=time.time() + 86_500)))
        anew = told(SHOP.plan(asking(running.url, tmp_path, refresh=True)))
    assert (first.kept, second.asked, second.kept) == (0, 0, first.asked)
    assert (later.asked, anew.asked) == (first.asked, first.asked)
    assert second.inferred == first.inferred


def test_what_is_all_kept_needs_nobody(tmp_path: Path) -> None:
    """A twin that was read, asked, and is gone: the plan still has all its answers."""
    with twin() as running:
        inventory = load_inventory([f"azure:{SUBSCRIPTION}"], cloud=Cloud(arm_endpoint=running.url))
        asked = told(SHOP.plan(asking(running.url, tmp_path), inventory=inventory)).asked
    report = SHOP.plan(asking(running.url, tmp_path), inventory=inventory)
    assert_all_answered(report)
    assert (told(report).kept, told(report).calls) == (asked, 0)


def test_a_kept_answer_is_of_one_endpoint(tmp_path: Path) -> None:
    with twin() as one, twin() as other:
        SHOP.plan(asking(one.url, tmp_path))
        assert told(SHOP.plan(asking(other.url, tmp_path))).kept == 0


def test_an_interrupted_run_resumes(tmp_path: Path) -> None:
    with twin(TwinOptions(sync=True, latency=0.2)) as running:
        hurried = AskingLimits(parallelism=2, run=0.7, call=0.7)
        report = SHOP.plan(asking(running.url, tmp_path, limits=hurried))
        assert told(report).unanswered and told(report).asked
        again = told(SHOP.plan(asking(running.url, tmp_path)))
    assert again.kept == told(report).asked
    assert again.asked + again.kept == 11


def test_over_the_budget_nothing_is_asked(tmp_path: Path) -> None:
    words: list[str] = []
    with twin() as running, pytest.raises(AzureError) as refused:
        SHOP.plan(asking(running.url, tmp_path, max_calls=3, tell=words.append))
    problem = refused.value.problems[0]
    assert problem.summary == "The plan needs 11 calls to Azure (8 inferred), about 12 s: over --max-calls 3."
    assert "--max-calls 11" in problem.detail
    assert not words


def test_what_will_be_asked_is_told_before(tmp_path: Path) -> None:
    words: list[str] = []
    with twin() as running:
        SHOP.plan(asking(running.url, tmp_path, tell=words.append))
    assert words == ["11 calls to Azure (8 inferred), about 12 s, 10 at a time."]


def test_who_may_not_ask_is_told_once(tmp_path: Path) -> None:
    words = "The client does not have authorization to perform action 'Microsoft.Network/…/ipFlowVerify/action'"
    no = Lie(frozenset({("direction", "inbound")}), {"error": {"code": "AuthorizationFailed", "message": words}}, 403)
    also = Lie(
        frozenset({("direction", "outbound")}), {"error": {"code": "AuthorizationFailed", "message": words}}, 403
    )
    with twin(TwinOptions(sync=True, lies=(no, also))) as running:
        report = SHOP.plan(asking(running.url, tmp_path, limits=LIMITS))
    assert_nothing_verified(report, "AuthorizationFailed: .*--azure-role")
