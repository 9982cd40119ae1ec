"""Azure's own exchanges as the server side: the client reads all of them."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from flowspec.azure.client import Session
from flowspec.azure.verify import IpFlowVerify
from flowspec.model.live import Ask, AzureAnswer, Cloud
from flowspec.verifiers.executor import AskingLimits, Executor
from tests.azure.server import Asked, Response, serving

CORPUS = Path(os.environ.get("FLOWSPEC_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
DATA: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "ipflow.json").read_bytes())
ROWS: list[dict[str, Any]] = [*DATA["rows"], *DATA["exceptions"]]
GROUP = "/subscriptions/s/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers"
LIMITS = AskingLimits(parallelism=4, run=30, call=10, silence=5, longest_wait=0.01, backoff=0.001)


def ask_of(request: dict[str, str], watcher: str) -> Ask:
    given = {name.casefold(): value for name, value in request.items()}
    names = ("targetresourceid", "targetnicresourceid", "direction", "protocol", "localipaddress", "localport")
    vm, nic, direction, protocol, local_ip, local_port = (given.get(name, "") for name in names)
    return Ask(
        watcher=f"{GROUP}/{watcher}",
        vm=vm,
        nic=nic,
        direction=direction,
        protocol=protocol,
        local_ip=local_ip,
        local_port=local_port,
        remote_ip=given["remoteipaddress"],
        remote_port=given["remoteport"],
    )


def answers_of(url: str, asks: list[Ask]) -> dict[Ask, AzureAnswer]:
    service = IpFlowVerify(Session(Cloud(arm_endpoint=url)))
    return Executor(service=service, limits=LIMITS, answered=lambda asked, answer: None).run(asks)


def pretty(document: object) -> bytes:
    """As Azure writes it (azure.md B1.2)."""
    return json.dumps(document, indent=2).replace("\n", "\r\n").encode()


def expected(row: dict[str, Any]) -> AzureAnswer:
    """What the client makes of a recorded answer."""
    if "error" in row:
        code, message = row["error"]["code"], row["error"]["message"]
        return AzureAnswer(access=code) if code == "NsgsNotAppliedOnNic" else AzureAnswer(problem=f"{code}: {message}")
    response = row["response"]
    if response["access"] not in ("Allow", "Deny"):
        return AzureAnswer(problem=f"Azure answered access {response['access']!r}")
    return AzureAnswer(
        access=response["access"], rule_name=response.get("ruleName") or "", rule_id=response.get("ruleId") or ""
    )


@pytest.mark.parametrize("way", ["200", "202"])
def test_every_recorded_answer_is_read(way: str) -> None:
    rows = {row["id"]: row for row in ROWS}

    def answer(asked: Asked) -> Response:
        path = urlsplit(asked.path).path
        if asked.method == "POST" and way == "202":
            place = f"http://{asked.headers['Host']}/operationResults/{path.split('/')[-2]}?api-version=2022-01-01"
            return Response(202, headers={"Location": place, "Retry-After": "10"})
        row = rows[path.split("/")[-2] if asked.method == "POST" else path.split("/")[-1]]
        if "error" in row:
            return Response(row["error"]["status"], pretty({"error": {**row["error"], "details": []}}))
        return Response(body=pretty(row["response"]))

    asks = {ask_of(row["request"], row["id"]): row for row in ROWS}
    with serving(answer) as server:
        found = answers_of(server.url, list(asks))
    assert len(found) == len(ROWS) == 100
    for asked, row in asks.items():
        assert found[asked] == expected(row), row["id"]


class Replay:
    """One recording as a server: answers to each request in the order in which it was recorded."""

    def __init__(self, exchanges: list[dict[str, Any]]) -> None:
        self._left: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
        self._last: dict[tuple[str, str, str], dict[str, Any]] = {}
        for exchange in exchanges:
            self._left[self._key(exchange["method"], exchange["url"], exchange.get("request_body"))].append(exchange)

    @staticmethod
    def _key(method: str, url: str, body: object) -> tuple[str, str, str]:
        given = {k.casefold(): v for k, v in body.items() if v} if isinstance(body, dict) else {}
        return method, urlsplit(url).path.casefold(), json.dumps(given, sort_keys=True)

    def __call__(self, asked: Asked) -> Response:
        body = json.loads(asked.body) if asked.body else None
        key = self._key(asked.method, asked.path, body)
        if self._left[key]:
            self._last[key] = self._left[key].pop(0)
        exchange = self._last[key]
        headers = {
            name: values[0].replace("https://management.azure.com", f"http://{asked.headers['Host']}")
            for name, values in exchange["response_headers"].items()
            if name in ("location", "retry-after", "azure-asyncoperation")
        }
        return Response(exchange["status"], pretty(exchange["response_body"]), headers)


def last_answer(exchanges: list[dict[str, Any]], at: int) -> AzureAnswer | None:
    """The result that a call came to, by hand; None where the recording does not hold it."""
    exchange = exchanges[at]
    place = (exchange["response_headers"].get("location") or [""])[0]
    if exchange["status"] == 202:
        same = [e for e in exchanges[at:] if urlsplit(e["url"]).path == urlsplit(place).path and e["status"] != 202]
        if not same:
            return None
        exchange = same[-1]
    body = exchange["response_body"]
    if exchange["status"] == 200 and isinstance(body, dict) and "access" in body:
        return expected({"response": body})
    if exchange["status"] == 400:
        return expected({"error": body["error"]})
    return None


RECORDINGS = sorted((CORPUS / "recordings").glob("*.json")) if CORPUS.is_dir() else []


@pytest.mark.skipif(not RECORDINGS, reason="no corpus")
def test_every_recorded_exchange_is_read() -> None:
    read = 0
    for path in RECORDINGS:
        exchanges = json.loads(path.read_bytes())["exchanges"]
        with_calls = [
            n for n, e in enumerate(exchanges) if e["url"].lower().partition("?")[0].endswith("/ipflowverify")
        ]
        if not with_calls:
            continue
        with serving(Replay(exchanges)) as server:
            service = IpFlowVerify(Session(Cloud(arm_endpoint=server.url)))
            for at in with_calls:
                wanted = last_answer(exchanges, at)
                if wanted is None or not isinstance(exchanges[at]["request_body"], dict):
                    continue
                asked = ask_of(exchanges[at]["request_body"], "")
                asked = replace(asked, watcher=urlsplit(exchanges[at]["url"]).path.rpartition("/")[0])
                found = Executor(service=service, limits=LIMITS, answered=lambda a, b: None).run([asked])[asked]
                assert found == wanted, (path.name, at)
                read += 1
    assert read >= 80
