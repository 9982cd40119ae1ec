"""What holds the asking back, which answers are never kept, what counts as agreed, and what is shown to nobody."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from flowspec.azure.redact import redact
from flowspec.errors import AzureError
from flowspec.model.documents.plan import Verification
from flowspec.model.inventory import Direction
from flowspec.model.live import AzureAnswer
from flowspec.network.index import Network
from flowspec.policy.policies import Policies
from flowspec.verifiers import VERIFIERS
from flowspec.verifiers.fingerprint import fingerprint
from flowspec.verifiers.gate import AskingGate
from flowspec.verifiers.live import AzureAnswers
from flowspec.verifiers.record import tallied
from tests.engine.loading import load_documents
from tests.plan.lab import nic, nsg, vnet, within
from tests.verifiers.test_answers import NETWORK, asking, probe, says


def test_one_call_more_than_the_budget_is_not_begun(tmp_path: Path) -> None:
    service = says("Allow")
    with pytest.raises(AzureError, match="over --max-calls 2"):
        VERIFIERS["live"]([probe(1), probe(2), probe(3)], NETWORK, asking(service, tmp_path, max_calls=2))
    assert not service.begun


@pytest.mark.parametrize("mode", ["live", "both"])
def test_an_answer_that_differed_is_not_kept_for_another_prediction(mode: str, tmp_path: Path) -> None:
    VERIFIERS[mode]([probe(1, "Allow")], NETWORK, asking(says("Deny"), tmp_path))
    (answer,) = VERIFIERS[mode]([probe(1, "Deny")], NETWORK, asking(says("Deny"), tmp_path)).by_probe.values()
    assert not answer.kept_on


def test_a_kept_answer_is_no_disagreement(tmp_path: Path) -> None:
    """It may be older than what is judged: before anything is said to differ, it is asked now."""
    VERIFIERS["live"]([probe(1, "Deny")], NETWORK, asking(says("Deny"), tmp_path))
    (answer,) = VERIFIERS["live"]([probe(1, "Allow")], NETWORK, asking(says("Allow"), tmp_path)).by_probe.values()
    assert (answer.access, answer.kept_on) == ("Allow", "")


def is_let_in(gate: AskingGate) -> bool:
    return gate.enter(time.monotonic() + 0.02)


def test_as_many_as_the_limit_are_let_in() -> None:
    gate = AskingGate(2, threading.Event())
    assert [is_let_in(gate) for _ in range(3)] == [True, True, False]
    gate.leave()
    assert [is_let_in(gate) for _ in range(2)] == [True, False]


def test_a_429_halves_the_limit_and_holds_everybody_back() -> None:
    gate = AskingGate(8, threading.Event())
    assert gate.slow_down(0.05) >= 0.04
    assert (gate.limit, is_let_in(gate)) == (4, False)
    gate.slow_down(0)
    assert gate.limit == 4, "of the same crowd"
    time.sleep(0.06)
    assert [is_let_in(gate) for _ in range(5)] == [True] * 4 + [False]


def test_the_limit_grows_by_one_for_a_full_round_and_no_further_than_it_was() -> None:
    gate = AskingGate(4, threading.Event())
    gate.slow_down(0)
    limits = []
    for _ in range(12):
        gate.went_well(None)
        limits.append(gate.limit)
    assert limits == [2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]
    gate.went_well(1)
    assert gate.limit == 1, "no more at once than are left"


def test_a_run_that_is_stopped_lets_nobody_in() -> None:
    stop = threading.Event()
    gate = AskingGate(2, stop)
    stop.set()
    assert not is_let_in(gate)


def test_only_what_was_predicted_and_came_counts_as_agreed() -> None:
    """Each probe stands for two more NICs, for which its answer counts if it is not against the prediction."""
    answers = AzureAnswers(
        {
            probe(1, "Allow"): AzureAnswer(access="Allow"),
            probe(2, "Allow"): AzureAnswer(access="Deny"),
            probe(3, "Unknown"): AzureAnswer(access="Deny"),
            probe(4, "Allow"): AzureAnswer(problem="no answer in time"),
            probe(5, "Deny"): AzureAnswer(access="Deny", kept_on="2026-11-20"),
            probe(6, "Unknown"): AzureAnswer(access="Allow", kept_on="2026-11-19"),
        }
    )
    told = tallied(Verification(mode="live", endpoint="scripted"), answers, ())
    assert (told.asked, told.agreed, told.unpredicted) == (3, 1, 2)
    assert (told.kept, told.kept_agreed, told.kept_since) == (2, 1, "2026-11-19")
    assert told.inferred == 2 * 4
    assert [(tally.reason, tally.probes) for tally in told.unanswered] == [("no answer in time", 1)]


def test_a_doubt_is_in_the_digest_of_a_policy() -> None:
    """A tag without data may match what `*` matches: the same boxes, and another answer."""

    def digest(source: str) -> str:
        group = nsg("nsg", f"r 100 In Deny Tcp {source} -> *")
        network = Network(load_documents({"network.json": [vnet(snet=within("nsg")), group, nic("b", "10.0.0.5")]}))
        (endpoint,) = network.endpoints
        return fingerprint(Policies(network).of_endpoint(endpoint, Direction.INBOUND))

    assert digest("Storage") == digest("Storage")
    assert len({digest("*"), digest("Storage"), digest("Sql")}) == 3


TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize("text", [f"it was {TOKEN} that failed", f"'{TOKEN}'", f"[{TOKEN}]", TOKEN, f"({TOKEN}"])
def test_a_token_is_known_by_its_form(text: str) -> None:
    """Whatever stands around it."""
    assert redact(text) == text.replace(TOKEN, "(hidden)")
