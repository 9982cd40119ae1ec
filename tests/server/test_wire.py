"""Bytes and headers, as recorded (azure.md B1.2, B1.3, B1.6)."""

from __future__ import annotations

import re

import pytest

from flowspec.server.run import RunningTwin
from tests.server.asking import BASE, FLOW, GROUP, NIC, NSG, RULE, VM, WATCHER, Json, ask
from tests.server.conftest import Start

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DENIED = b'{\r\n  "access": "Deny",\r\n  "ruleName": "defaultSecurityRules/DenyAllInBound",\r\n  "ruleId": ""\r\n}'


def test_a_call_runs_first_and_is_done_when_it_is_asked_for(start: Start) -> None:
    twin = start()
    begun = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW)
    assert (begun.status, begun.body, begun.headers["Content-Length"]) == (202, b"null", "4")
    place = begun.headers["Location"]
    number = begun.headers["x-ms-request-id"]
    assert place == (
        f"{twin.url}{BASE}/providers/Microsoft.Network/locations/westeurope/operationResults/{number}"
        "?api-version=2024-05-01"
    )
    assert GUID.fullmatch(number)
    assert begun.headers["Retry-After"] == "10"
    assert "Azure-AsyncOperation" not in begun.headers
    done = ask(twin, "GET", place)
    assert (done.status, done.body, done.headers["Content-Length"]) == (200, DENIED, "95")
    assert done.headers["Location"] == place
    assert done.headers["x-ms-arm-service-request-id"] == begun.headers["x-ms-arm-service-request-id"]


def test_the_headers_of_an_answer(shop: RunningTwin) -> None:
    reply = ask(shop, "POST", f"{WATCHER}/ipFlowVerify", FLOW)
    headers = reply.headers
    assert headers["Cache-Control"] == headers["Pragma"] == "no-cache"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Expires"] == "-1"
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers.get_all("Server") == ["Microsoft-HTTPAPI/2.0", "Microsoft-HTTPAPI/2.0"]
    assert len(headers.get_all("Date") or ()) == 1
    correlation = headers["x-ms-correlation-request-id"]
    assert re.fullmatch(rf"[A-Z0-9]+:\d{{8}}T\d{{6}}Z:{correlation}", headers["x-ms-routing-request-id"])


def test_the_allowance_counts_down(start: Start) -> None:
    twin = start()
    writes = [ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW).headers for _ in range(3)]
    assert [h["x-ms-ratelimit-remaining-subscription-writes"] for h in writes] == ["1199", "1198", "1197"]
    assert ask(twin, "GET", NSG).headers["x-ms-ratelimit-remaining-subscription-reads"] == "11999"


def test_an_answer_takes_as_long_as_asked(start: Start) -> None:
    twin = start(latency=0.3, retry_after=0)
    place = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW).headers["Location"]
    running = ask(twin, "GET", place)
    assert (running.status, running.body, running.headers["Location"]) == (202, b"null", place)
    while running.status == 202:
        running = ask(twin, "GET", place)
    assert running.body == DENIED


def test_sync_answers_at_once_with_a_location(start: Start) -> None:
    twin = start(sync=True)
    reply = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW)
    assert (reply.status, reply.body) == (200, DENIED)
    assert "Retry-After" not in reply.headers
    assert ask(twin, "GET", reply.headers["Location"]).body == DENIED


def test_a_status_document_where_it_is_asked_for(start: Start) -> None:
    reply = ask(twin := start(operations=True), "POST", f"{WATCHER}/ipFlowVerify", FLOW)
    assert ask(twin, "GET", reply.headers["Azure-AsyncOperation"]).json == {"status": "Succeeded"}


def test_a_user_rule_is_named_with_its_id(start: Start) -> None:
    twin = start(sync=True)
    ask(twin, "PUT", f"{NSG}/securityRules/let-in", {"properties": RULE})
    reply = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW)
    rule = f"{NSG}/securityRules/let-in"
    text = f'{{\r\n  "access": "Allow",\r\n  "ruleName": "securityRules/let-in",\r\n  "ruleId": "{rule}"\r\n}}'
    assert reply.body == text.encode()


@pytest.mark.parametrize(
    "changed",
    [
        {"direction": "INBOUND", "protocol": "tcp"},
        {"localPort": 8080, "remotePort": 50000},
        {"remotePort": "*"},
        {"targetResourceId": VM.upper()},
        {"targetNicResourceId": NIC},
        {"targetNicResourceId": None},
    ],
)
def test_values_in_any_letter_case_numbers_for_ports_and_any_source_port(shop: RunningTwin, changed: Json) -> None:
    reply = ask(shop, "POST", f"{WATCHER}/ipFlowVerify", FLOW | changed)
    assert ask(shop, "GET", reply.headers["Location"]).body == DENIED


def test_property_names_and_paths_in_any_letter_case(shop: RunningTwin) -> None:
    body = {name.upper(): value for name, value in FLOW.items()}
    reply = ask(shop, "POST", f"{WATCHER.upper()}/IPFLOWVERIFY".replace("SUBSCRIPTIONS", "Subscriptions"), body)
    assert ask(shop, "GET", reply.headers["Location"]).body == DENIED


def test_the_provider_words_its_errors_prettily_with_details(shop: RunningTwin) -> None:
    reply = ask(shop, "POST", f"{WATCHER}/ipFlowVerify", FLOW | {"direction": "Sideways"})
    assert reply.status == 400
    assert reply.body == (
        b'{\r\n  "error": {\r\n    "code": "InvalidParameter",\r\n'
        b'    "message": "direction \'Sideways\' is not one of Inbound, Outbound.",\r\n    "details": []\r\n  }\r\n}'
    )


def test_the_front_door_words_its_errors_compactly(shop: RunningTwin) -> None:
    reply = ask(shop, "GET", f"{BASE}/resourceGroups/none/providers/Microsoft.Network/networkWatchers/x")
    expected = b'{"error":{"code":"ResourceGroupNotFound","message":"Resource group \'none\' could not be found."}}'
    assert (reply.status, reply.body) == (404, expected)


OTHER = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-app-01"
LONG = "[" * 100_000


@pytest.mark.parametrize(
    ("changed", "status", "code", "words"),
    [
        ({"localPort": "99999"}, 400, "InvalidParameter", "localPort '99999' is not an integer in the range 0-65535."),
        ({"localPort": "*"}, 400, "InvalidParameter", "localPort '*' is not an integer in the range 0-65535."),
        ({"localPort": None}, 400, "InvalidParameter", "localPort is missing"),
        ({"protocol": "ICMP"}, 400, "InvalidParameter", "protocol 'ICMP' is not one of TCP, UDP."),
        ({"protocol": ["TCP"]}, 400, "InvalidParameter", "protocol is not a string"),
        ({"localIPAddress": "10.20.9.9"}, 400, "InvalidParameter", "localIPAddress 10.20.9.9 is no address of"),
        ({"remoteIPAddress": "::1"}, 400, "InvalidParameter", "remoteIPAddress '::1' is not a valid IPv4 address."),
        ({"targetResourceId": ""}, 400, "InvalidParameter", "targetResourceId is missing"),
        ({"targetResourceId": f"{VM}x"}, 412, "NoMatchingResource", "vm-web-01x"),
        ({"targetNicResourceId": f"{NIC}x"}, 412, "NoMatchingResource", "nic-web-01x"),
        ({"targetResourceId": OTHER, "targetNicResourceId": NIC}, 400, "InvalidParameter", "is not attached to"),
    ],
)
def test_refusals(shop: RunningTwin, changed: Json, status: int, code: str, words: str) -> None:
    reply = ask(shop, "POST", f"{WATCHER}/ipFlowVerify", FLOW | changed)
    assert (reply.status, reply.code) == (status, code)
    assert words in reply.json["error"]["message"]
    assert reply.json["error"]["details"] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", LONG.encode(), b'{"a": NaN, ', b"null"])
def test_what_is_no_object_can_not_be_parsed(shop: RunningTwin, body: bytes) -> None:
    reply = ask(shop, "POST", f"{WATCHER}/ipFlowVerify", body)
    assert (reply.status, reply.code) == (400, "InvalidRequestFormat")
    assert reply.json["error"]["message"] == "Cannot parse the request."
    assert reply.json["error"]["details"][0]["code"] == "InvalidJson"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{NSG}?", 400, "MissingApiVersionParameter"),
        (f"{NSG}?api-version=latest", 400, "InvalidApiVersionParameter"),
        (f"{NSG}x", 404, "ResourceNotFound"),
        (f"{NSG}/securityRules/none", 404, "NotFound"),
        (f"{NSG}/nothing/none", 404, "InvalidResourceType"),
        (f"{BASE}/providers/Microsoft.Network/nothings", 404, "InvalidResourceType"),
        (f"{BASE}/providers/Microsoft.Nothing/things", 404, "InvalidResourceNamespace"),
        ("/subscriptions/none/resourceGroups", 404, "SubscriptionNotFound"),
        (f"{BASE}/providers/Microsoft.Network/locations/x/operationResults/none", 404, "OperationNotFound"),
        ("/somewhere/else", 404, "NotFound"),
    ],
)
def test_refused_paths(shop: RunningTwin, path: str, status: int, code: str) -> None:
    reply = ask(shop, "GET", path)
    assert (reply.status, reply.code) == (status, code)


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", VM), ("DELETE", VM), ("POST", f"{VM}/restart"), ("PATCH", NSG), ("POST", BASE)]
)
def test_the_twin_is_not_azure(shop: RunningTwin, method: str, path: str) -> None:
    assert (ask(shop, method, path, {}).status, ask(shop, method, path, {}).code) == (405, "MethodNotAllowed")
