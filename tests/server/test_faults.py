"""Faults on demand: throttling, errors, broken connections, planted answers."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from pathlib import Path

import pytest

from flowspec.errors import SourceError
from flowspec.server.lies import read_lies
from flowspec.server.options import FAULTS, Throttle
from flowspec.server.run import RunningTwin
from tests.server.asking import FLOW, NSG, RULE, SHOP, WATCHER, Reply, ask, verify
from tests.server.conftest import Start

CALL = f"{WATCHER}/ipFlowVerify"


def test_writes_are_throttled_and_reads_are_not(start: Start) -> None:
    twin = start(sync=True, throttle=Throttle(3, 1.5))
    replies = [ask(twin, "POST", CALL, FLOW) for _ in range(5)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    told = [reply.headers["x-ms-ratelimit-remaining-subscription-writes"] for reply in replies]
    assert told == ["2", "1", "0", "0", "0"]
    refused = replies[-1]
    assert (refused.code, refused.headers["Retry-After"]) == ("SubscriptionRequestsThrottled", "1")
    assert "Please try again after '1' seconds." in refused.json["error"]["message"]
    assert ask(twin, "GET", NSG).status == 200
    time.sleep(1)
    assert ask(twin, "POST", CALL, FLOW).status == 200


def what_comes(twin: RunningTwin) -> str:
    try:
        reply: Reply = ask(twin, "POST", CALL, FLOW)
        return "error" if reply.status == 500 else str(reply.json["access"])
    except http.client.IncompleteRead:
        return "cut"
    except (ConnectionError, http.client.RemoteDisconnected):
        return "drop"
    except ValueError:
        return "garbage"


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault(start: Start, fault: str) -> None:
    twin = start(sync=True, fault_rate=1.0, faults=(fault,))
    assert what_comes(twin) == ("Unknown" if fault == "unknown" else fault)
    assert ask(twin, "GET", NSG).status == 200


def test_an_error_is_worded_as_recorded(start: Start) -> None:
    reply = ask(start(fault_rate=1.0, faults=("error",)), "POST", CALL, FLOW)
    assert reply.json == {"error": {"code": "InternalServerError", "message": "An error occurred.", "details": []}}
    assert reply.headers["x-ms-failure-cause"] == "service"


def test_faults_come_at_their_rate_and_again_the_same(start: Start) -> None:
    first, second = (start(sync=True, fault_rate=0.4, seed=7) for _ in range(2))
    found = [what_comes(first) for _ in range(60)]
    assert found == [what_comes(second) for _ in range(60)]
    counted = Counter(found)
    assert set(counted) == {"Deny", "Unknown", "error", "drop", "cut", "garbage"}
    assert 25 <= counted["Deny"] <= 47


def test_polls_fail_too(start: Start) -> None:
    twin = start(fault_rate=1.0, faults=("error",), fault_paths=("/operationresults/",))
    begun = ask(twin, "POST", CALL, FLOW)
    assert (begun.status, ask(twin, "GET", begun.headers["Location"]).status) == (202, 500)


RULE_ID = f"{NSG}/securityRules/let-in"


def lost(twin: RunningTwin) -> bool:
    """Whether the answer to a rule's PUT does not tell that it succeeded."""
    try:
        reply = ask(twin, "PUT", RULE_ID, {"properties": RULE})
        return reply.status >= 400 or not isinstance(reply.json, dict)
    except (http.client.HTTPException, ConnectionError, ValueError):
        return True


@pytest.mark.parametrize("fault", FAULTS)
def test_a_write_that_fails_is_not_done_and_one_whose_answer_is_lost_is(start: Start, fault: str) -> None:
    twin = start(sync=True, fault_rate=1.0, faults=(fault,))
    assert lost(twin)
    assert ask(twin, "GET", RULE_ID).status == (404 if fault == "error" else 200)
    assert lost(twin)


def test_writes_alone_can_be_spared(start: Start) -> None:
    twin = start(sync=True, fault_rate=1.0, faults=("error",), fault_writes=False)
    assert not lost(twin)
    assert what_comes(twin) == "error"


def test_polls_of_a_write_fail_too_and_then_nothing_is_done(start: Start) -> None:
    twin = start(fault_rate=1.0, faults=("error",), fault_writes=False)
    made = ask(twin, "PUT", RULE_ID, {"properties": RULE})
    assert made.status == 201
    assert ask(twin, "GET", made.headers["Azure-AsyncOperation"]).status == 500


def test_writes_of_rules_are_throttled(start: Start) -> None:
    twin = start(sync=True, throttle=Throttle(1, 60))
    replies = [ask(twin, method, RULE_ID, {"properties": RULE}) for method in ("PUT", "PUT", "DELETE")]
    assert [reply.status for reply in replies] == [201, 429, 429]
    assert all(reply.headers["Retry-After"] for reply in replies[1:])
    assert ask(twin, "GET", RULE_ID).status == 200


def test_latency_lies_between_question_and_answer(start: Start) -> None:
    twin = start(sync=True, latency=0.2)
    before = time.monotonic()
    assert verify(twin)["access"] == "Deny"
    assert 0.2 <= time.monotonic() - before < 2


def lie(request: object, answer: object, **more: object) -> str:
    return json.dumps({"request": request, "answer": answer, **more})


def test_planted_answers(start: Start) -> None:
    lines = [
        lie(FLOW | {"remotePort": "1"}, {"access": "Allow", "ruleName": "securityRules/planted", "ruleId": "x"}),
        lie({"LOCALPORT": "9999", "direction": "inbound"}, {"access": "Unknown"}, times=1),
        lie({"localPort": "7777"}, {"error": {"code": "Odd", "message": "planted", "details": []}}, status=409),
        "",
    ]
    twin = start(sync=True, lies=read_lies(lines, "lies.jsonl"))
    assert verify(twin, remotePort="1") == {"access": "Allow", "ruleName": "securityRules/planted", "ruleId": "x"}
    assert verify(twin, remotePort="2")["access"] == "Deny"
    assert [verify(twin, localPort="9999")["access"] for _ in range(2)] == ["Unknown", "Deny"]
    reply = ask(twin, "POST", CALL, FLOW | {"localPort": "7777"})
    assert (reply.status, reply.code) == (409, "Odd")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "the line is not JSON"),
        ("[" * 100_000, "the line is not JSON"),
        ("[]", "a request and an answer"),
        (lie({}, []), "a request and an answer"),
        (lie({"port": "1"}, {}), "no request has port"),
        (lie({}, {}, status=99), "status is a number"),
        (lie({}, {}, times="all"), "times a number"),
    ],
)
def test_planted_answers_that_can_not_be_read(line: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as refused:
        read_lies([lie({}, {}), line], "lies.jsonl")
    where = refused.value.problems[0].where
    assert where is not None
    assert (where.file, where.line) == ("lies.jsonl", 2)


def test_unknown_says_why_in_a_header(start: Start, tmp_path: Path) -> None:
    """The network of this NIC is not all there: the engine can't tell, and the body is as recorded."""
    shop = Path(SHOP)
    for file in ("nics", "vms", "nsgs"):
        (tmp_path / f"{file}.json").write_bytes((shop / f"{file}.json").read_bytes())
    twin = start(tmp_path, sync=True)
    reply = ask(twin, "POST", CALL, FLOW)
    assert reply.body == b'{\r\n  "access": "Unknown"\r\n}'
    assert "is not in the inventory" in reply.headers["x-flowspec-reason"]
