"""What Azure answered in several shards: each number is that of distinct probes, whoever asked them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowspec.model.documents.plan import Disagreement, LiveAnswer, Probe, Report, Tally, Verification
from flowspec.pipeline import PlanOptions, run
from flowspec.server.options import Lie
from flowspec.server.options import TwinOptions as TwinOptions
from flowspec.shards import merge
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from tests.azure.live import SHOP, TODAY, asking, told, twin
from tests.document import fitting
from tests.shards.planned import SSH_B, WEB_B, judged, lab, parts_of

FALSE = Lie(
    frozenset({("localipaddress", "10.20.1.4"), ("direction", "inbound")}),
    {"access": "Deny", "ruleName": "securityRules/made-up", "ruleId": ""},
)
DEAF = Lie(
    frozenset({("localipaddress", "10.20.1.4"), ("localport", "443"), ("direction", "inbound")}),
    {"error": {"code": "NotFound", "message": "no such thing"}},
    404,
)


@pytest.mark.parametrize(
    ("mode", "lies"), [("live", ()), ("both", (FALSE,)), ("both", (DEAF,))], ids=["agree", "differ", "fail"]
)
def test_shards_of_a_live_plan_count_as_the_whole_does(mode: Any, lies: tuple[Lie, ...], tmp_path: Path) -> None:
    spec, inventory = load_spec([SHOP], {}, [], {}), load_inventory([str(SHOP / "network")])
    with twin(TwinOptions(sync=True, lies=lies)) as running:

        def planned(shard: tuple[int, int] | None) -> Report:
            how = asking(running.url, tmp_path, refresh=True)
            return run(spec, inventory, PlanOptions(today=TODAY, verify=mode, asking=how, shard=shard))

        whole = planned(None)
        parts = parts_of(planned, 3)
    assert sum(told(part.report).asked for part in parts) >= told(whole).asked
    found = fitting(merge(parts))
    calls = sum(told(part.report).calls for part in parts)
    assert told(found) == msgspec.structs.replace(told(whole), calls=calls)
    assert judged(found) == judged(whole)
    assert found.summary == whole.summary
    assert not lies or told(found).disagreements or told(found).unanswered


# One flow that two shards asked about, with two outcomes

POLICY = "a" * 64


def probe(**changes: Any) -> Probe:
    live = LiveAnswer(policy=POLICY, infers=2, times=1)
    given: dict[str, Any] = {"predicted": "Allow", "answered": "Allow", "live": live}
    return Probe(nic="/N/nic", direction="Inbound", protocol="TCP", local_ip="10.0.0.4", local_port="22",
                 remote_ip="8.8.8.8", remote_port="50000", **{**given, **changes})  # fmt: skip


NOW = probe()
DIFFERS = probe(answered="Deny", live=LiveAnswer(policy=POLICY, infers=2, times=4))
KEPT = probe(live=LiveAnswer(policy=POLICY, infers=2, kept_on="2026-11-20"))
FAILED = probe(answered=None, live=LiveAnswer(policy=POLICY, problem="late", times=1))
STOPPED = probe(answered=None, not_askable="it is off", live=LiveAnswer(policy=POLICY, problem="it is off"))
V6 = probe(answered=None, not_askable="IPv6", live=None)


def verified(*probes: Probe) -> Verification:
    """Two shards with a probe each, merged."""
    parts = parts_of(lab(SSH_B, WEB_B), 2)
    reports = []
    for part, one in zip(parts, probes, strict=True):
        (intent,) = part.report.intents
        check = msgspec.structs.replace(intent.checks[0], probes=(one,))
        intent = msgspec.structs.replace(intent, checks=(check,))
        different = one is DIFFERS
        found = Verification(
            mode="both",
            endpoint="AzureCloud",
            calls=1,
            disagreements=(Disagreement(probe=one, vm="vm", watcher="w", intents=(intent.address,)),) * different,
        )
        reports.append(msgspec.structs.replace(part.report, intents=(intent,), verification=found))
    merged = merge([type(p)(p.file, r) for p, r in zip(parts, reports, strict=True)])
    return told(fitting(merged))


COUNTS = ("asked", "agreed", "kept", "kept_agreed", "inferred")


@pytest.mark.parametrize(
    ("probes", "counts", "unanswered", "not_askable"),
    [
        ((NOW, NOW), (1, 1, 0, 0, 2), (), ()),
        ((KEPT, KEPT), (0, 0, 1, 1, 2), (), ()),
        ((KEPT, NOW), (1, 1, 0, 0, 2), (), ()),
        ((FAILED, KEPT), (0, 0, 1, 1, 2), (), ()),
        ((FAILED, FAILED), (0, 0, 0, 0, 0), (("late", 1),), ()),
        ((STOPPED, FAILED), (0, 0, 0, 0, 0), (("late", 1),), ()),
        ((STOPPED, STOPPED), (0, 0, 0, 0, 0), (), (("it is off", 1),)),
        ((STOPPED, NOW), (1, 1, 0, 0, 2), (), ()),
        ((V6, V6), (0, 0, 0, 0, 0), (), (("IPv6", 1),)),
        ((NOW, DIFFERS), (1, 0, 0, 0, 0), (), ()),
    ],
)
def test_a_shared_probe_counts_once(
    probes: tuple[Probe, Probe],
    counts: tuple[int, ...],
    unanswered: tuple[tuple[str, int], ...],
    not_askable: tuple[tuple[str, int], ...],
) -> None:
    for pair in (probes, probes[::-1]):
        found = verified(*pair)
        assert tuple(getattr(found, name) for name in COUNTS) == counts
        assert found.unanswered == tuple(Tally(reason=reason, probes=n) for reason, n in unanswered)
        assert found.not_askable == tuple(Tally(reason=reason, probes=n) for reason, n in not_askable)
        assert found.kept_since == ("2026-11-20" if found.kept else "")
        assert found.calls == 2
        assert len(found.disagreements) == (DIFFERS in pair)


def test_a_disagreement_of_two_shards_is_told_once_with_the_intents_of_both() -> None:
    (found,) = verified(DIFFERS, DIFFERS).disagreements
    assert found.intents == ("intent.ssh-b", "intent.web-b")
