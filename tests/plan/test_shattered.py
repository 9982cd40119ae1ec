"""Questions that are cut into too many pieces to be written out: diagrams judge them, with the same outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from flowspec.decide import narrow
from flowspec.decide.exact import TooManyError, Verdict
from flowspec.fixes import search as suggest
from flowspec.intents import judge
from flowspec.model.documents.plan import IntentResult, Report, Status
from flowspec.pipeline import PlanOptions, run
from flowspec.policy.layers import Policy
from flowspec.sets.flows import FlowSet
from tests.document import fitting
from tests.plan.drawn_specs import TODAY
from tests.plan.lab import group, intent, nsg, only, plan, vnet, why_not, within
from tests.plan.test_farm import Drawn, document, threads
from tests.plan.test_fixes import NO_A_TO_B, PAIR, A, B

OPTIONS = PlanOptions(today=TODAY)


def numbers(intent: IntentResult) -> tuple[Status, str, str, str]:
    flows = intent.flows
    return intent.status, flows.passing_total.count, flows.stopped_total.count, flows.drift_total.count


def shattering(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a single box is too many."""
    monkeypatch.setattr(narrow, "_PIECES", 1)
    monkeypatch.setattr(judge, "_BOXES", -1)


def planned(drawn: Drawn, options: PlanOptions = OPTIONS) -> Report:
    return fitting(run(drawn.spec, drawn.inventory, options))


@pytest.mark.parametrize("first", range(0, 90, 30))
def test_diagrams_judge_as_boxes_do(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[Status] = Counter()
    for drawn in (drawn for drawn in map(Drawn, range(first, first + 30)) if drawn.has_intents):
        with monkeypatch.context() as patched:
            expected = planned(drawn)
            shattering(patched)
            found = planned(drawn)
        for mine, theirs in zip(found.intents, expected.intents, strict=True):
            if any("more pieces than can be judged" in unknown.reason for unknown in mine.flows.unknown):
                assert mine.status is Status.UNKNOWN, "a subnet against itself has no diagram"
                continue
            assert numbers(mine) == numbers(theirs), (drawn.seed, mine.address)
            assert len(mine.causes) == bool(theirs.causes)
            assert all(cause.endpoints and cause.deciders for cause in mine.causes), (drawn.seed, mine.address)
            assert bool(mine.flows.unknown) == bool(theirs.flows.unknown)
            seen[mine.status] += 1
        assert not found.suggested_changes, "what is not listed whole is not mended"
    assert all(seen[status] for status in (Status.SATISFIED, Status.DRIFTED, Status.UNKNOWN)), seen


def test_what_no_diagram_can_hold_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole subnet against itself: identity of so many addresses is more than a diagram can say."""
    spec = group("s", 'subnets = ["vnet/snet"]') + intent("i", "group.s", "group.s", "Allow")
    network = [vnet(snet=within("nsg-snet", "10.0.0.0/17")), nsg("nsg-snet", "deny 4000 In Deny * * -> *")]
    assert only(plan(spec, *network)).status is Status.DRIFTED
    shattering(monkeypatch)
    found = only(fitting(plan(spec, *network)))
    assert (found.status, found.flows.drift) == (Status.UNKNOWN, ())
    assert found.flows.unknown[0].settle == "ask about fewer ports or addresses at once"


@pytest.mark.parametrize("seed", [0, 3, 7, 11])
def test_workers_say_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shattering(monkeypatch)
    drawn = Drawn(seed)
    assert document(planned(drawn, replace(OPTIONS, workers=threads(3)))) == document(planned(drawn))


def test_a_fix_whose_proof_shatters_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof must compare all flows; where it can't, there is none."""
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet"), A, B]
    spec = PAIR + NO_A_TO_B
    assert plan(spec, *network).suggested_changes
    decide = judge.Judge.decide

    def shattering_proofs(self: judge.Judge, policy: Policy, asked: FlowSet) -> Verdict:
        if self._known:
            raise TooManyError
        return decide(self, policy, asked)

    monkeypatch.setattr(judge.Judge, "decide", shattering_proofs)
    report = plan(spec, *network)
    assert (report.intents[0].status, report.suggested_changes) == (Status.DRIFTED, ())
    assert why_not(report, "intent.i") == [suggest._TOO_MANY]
