"""Hostile input, bounds, and logins that give nothing of worth."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from azure.identity import ClientSecretCredential  # noqa: TID251
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.errors import FlowspecError
from flowspec.server.app import _is_local
from flowspec.server.options import Address, TwinOptions
from flowspec.server.run import RunningTwin, is_loopback, load
from flowspec.server.wire import HttpAnswer, HttpCall
from tests.server.asking import BASE, FLOW, NETWORK, NIC, NSG, RULE, SHOP, WATCHER, ask
from tests.server.conftest import Start

SUBNET = f"{NETWORK}/virtualNetworks/vnet-shop/subnets/snet-web"


def raw(twin: RunningTwin, data: bytes) -> bytes:
    """What the twin sends to bytes that are no proper request."""
    with socket.create_connection((twin.address.host, twin.address.port), timeout=5) as connection:
        connection.sendall(data)
        connection.settimeout(2)
        found = b""
        try:
            while piece := connection.recv(65536):
                found += piece
        except (TimeoutError, ConnectionError):
            pass
        return found


def test_a_body_is_bounded(start: Start) -> None:
    twin = start(max_body=1000)
    reply = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", b"x" * 1001)
    assert (reply.status, reply.code) == (413, "RequestContentTooLarge")
    assert ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW).status == 202


def test_the_rate_is_bounded(start: Start) -> None:
    twin = start(max_rate=5)
    replies = [ask(twin, "GET", NSG) for _ in range(20)]
    assert {reply.status for reply in replies} == {200, 429}
    assert all(reply.headers["Retry-After"] == "1" for reply in replies if reply.status == 429)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1", "127.0.0.1.evil.example"])
def test_a_web_page_can_not_ask_by_another_name(shop: RunningTwin, host: str) -> None:
    reply = ask(shop, "GET", NSG, headers={"Host": host})
    assert reply.status == 400
    assert b"nsg-web" not in reply.body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_names_of_this_machine(host: str) -> None:
    assert _is_local(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.4", "example.com", ""])
def test_addresses_that_others_reach(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET " + b"/x" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"a: b\r\n" * 100_000 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"GET /%00%ff%2e%2e/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [::\r\nConnection: close\r\n\r\n",
        b"GET /?api-version=%ff&%ff=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request(shop: RunningTwin, data: bytes) -> None:
    answer = raw(shop, data)
    assert b"Traceback" not in answer
    assert not answer or answer.startswith(b"HTTP/1.1 4")
    assert ask(shop, "GET", NSG).status == 200


def ends_after(connection: socket.socket) -> float:
    """Seconds until the twin ends a connection."""
    before = time.monotonic()
    connection.settimeout(10)
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - before


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
def test_a_half_sent_head_times_out(start: Start, sent: bytes) -> None:
    twin = start(head_seconds=0.3)
    with socket.create_connection((twin.address.host, twin.address.port)) as connection:
        connection.sendall(sent)
        assert 0.2 < ends_after(connection) < 5


def test_a_head_that_comes_drop_by_drop_times_out_also_on_a_connection_in_use(start: Start) -> None:
    twin = start(head_seconds=0.5)
    with socket.create_connection((twin.address.host, twin.address.port)) as connection:
        connection.sendall(f"GET {NSG}?api-version=2024-05-01 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        time.sleep(0.8)
        before, reply = time.monotonic(), b"x"
        try:
            while reply and time.monotonic() - before < 5:
                connection.sendall(b"G")
                connection.settimeout(0.1)
                try:
                    reply = connection.recv(1_000_000)
                except TimeoutError:
                    continue
        except ConnectionError:
            pass
        assert 0.4 < time.monotonic() - before < 4


def test_a_slow_answer_is_no_slow_head(start: Start) -> None:
    twin = start(head_seconds=0.3, latency=0.8, sync=True)
    assert ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW).status == 200


def test_connections_of_one_client_are_bounded(start: Start) -> None:
    twin = start(connections=5)
    held = [socket.create_connection((twin.address.host, twin.address.port)) for _ in range(5)]
    try:
        time.sleep(0.1)
        reply = ask(twin, "GET", NSG)
        assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
        assert "too many connections" in reply.headers["x-flowspec-reason"]
    finally:
        for connection in held:
            connection.close()
    time.sleep(0.2)
    assert ask(twin, "GET", NSG).status == 200


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(list(FLOW.values())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def twin_in_process() -> Iterator[tuple[object, object]]:
    from flowspec.server.dispatch import Twin

    estate = load([SHOP])
    yield Twin(estate, TwinOptions(sync=True)), estate


def answered(twin: object, method: str, path: str, body: bytes) -> HttpAnswer:
    from flowspec.server.dispatch import Twin
    from flowspec.server.wire import RefusedError

    assert isinstance(twin, Twin)
    try:
        return twin.answer(
            HttpCall(
                method=method,
                path=path,
                query={"api-version": "2024-05-01"},
                body=body,
                origin="http://127.0.0.1:1",
                headers={},
            )
        )
    except RefusedError as refused:
        return refused.answer()


@settings(max_examples=300, deadline=None)
@given(changed=st.dictionaries(st.sampled_from([*FLOW, "x"]), VALUES))
def test_any_request_is_answered(twin_in_process: tuple[object, object], changed: dict[str, object]) -> None:
    """No body leads to anything but an answer or a refusal."""
    for action in ("ipFlowVerify", "networkConfigurationDiagnostic", "nextHop", "securityGroupView", "topology"):
        profiles = {"profiles": [changed]} if action.startswith("network") else {}
        body = json.dumps(FLOW | changed | profiles).encode()
        answer = answered(twin_in_process[0], "POST", f"{WATCHER}/{action}", body)
        assert answer.status in (200, 400, 412)
        assert json.loads(answer.body)


@settings(max_examples=200, deadline=None)
@given(values=st.fixed_dictionaries({}, optional={"source": VALUES, "destination": VALUES, "protocol": VALUES}),
       inner=st.dictionaries(st.sampled_from(["resourceId", "address", "port"]), VALUES))  # fmt: skip
def test_any_check_is_answered_or_refused(
    twin_in_process: tuple[object, object], values: dict[str, object], inner: dict[str, object]
) -> None:
    usual = {"source": {"resourceId": FLOW["targetResourceId"]}, "destination": inner}
    answer = answered(twin_in_process[0], "POST", f"{WATCHER}/connectivityCheck", json.dumps(usual | values).encode())
    assert answer.status in (200, 400, 412, 501)


@settings(max_examples=300, deadline=None)
@given(changed=st.dictionaries(st.sampled_from([*RULE, "sourceAddressPrefixes", "destinationPortRanges"]), VALUES))
def test_any_rule_is_taken_or_refused(twin_in_process: tuple[object, object], changed: dict[str, object]) -> None:
    body = json.dumps({"properties": RULE | changed}).encode()
    answer = answered(twin_in_process[0], "PUT", f"{NSG}/securityRules/let-in", body)
    assert answer.status in (200, 201, 400)
    assert answered(twin_in_process[0], "POST", f"{WATCHER}/ipFlowVerify", json.dumps(FLOW).encode()).status == 200


@settings(max_examples=300, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]),
    path=st.lists(
        st.sampled_from(
            ["subscriptions", "resourceGroups", "providers", *NSG.split("/")[1:], "locations", "operations"]
        )
        | st.text(max_size=5)
    ),
)
def test_any_path_is_answered(twin_in_process: tuple[object, object], method: str, path: list[str]) -> None:
    for whole in ("/" + "/".join(path), f"{BASE}/" + "/".join(path), f"{NSG}/" + "/".join(path)):
        assert answered(twin_in_process[0], method, whole, b"{}").status < 500


@settings(max_examples=200, deadline=None)
@given(
    path=st.sampled_from([NSG, NIC, SUBNET, f"{NSG}2"]),
    changed=st.dictionaries(
        st.sampled_from(["location", "tags", "properties", "etag"])
        | st.sampled_from(["securityRules", "ipConfigurations", "networkSecurityGroup", "addressPrefix", "routeTable"]),
        VALUES,
    ),
)
def test_any_resource_is_taken_or_refused(
    twin_in_process: tuple[object, object], path: str, changed: dict[str, object]
) -> None:
    shown = json.loads(answered(twin_in_process[0], "GET", NIC if path == NIC else SUBNET, b"").body)
    top = {"location", "tags", "properties", "etag"}
    inner = {n: v for n, v in changed.items() if n not in top}
    body = shown | {"properties": shown["properties"] | inner} | {n: v for n, v in changed.items() if n in top}
    answer = answered(twin_in_process[0], "PUT", path, json.dumps(body).encode())
    assert answer.status in (200, 201, 400, 409, 501)
    assert answered(twin_in_process[0], "POST", f"{WATCHER}/ipFlowVerify", json.dumps(FLOW).encode()).status in (
        200,
        400,
    )


def test_a_bug_shows_no_traceback(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = start()

    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("flowspec.server.flows.request_of", broken)
    reply = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW)
    assert (reply.status, reply.code) == (500, "InternalServerError")
    assert b"secret" not in reply.body


def test_a_port_that_is_taken_is_told(shop: RunningTwin) -> None:
    with pytest.raises(FlowspecError, match=f"Can't listen on 127.0.0.1:{shop.address.port}: Address already in use"):
        RunningTwin(load([SHOP]), TwinOptions(), Address(port=shop.address.port)).start()


def test_what_a_login_gives_is_worth_nothing(secure_shop: RunningTwin, monkeypatch: pytest.MonkeyPatch) -> None:
    """azure-identity logs in against the twin, as a workload does."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure_shop.ca))
    authority = secure_shop.url.removeprefix("https://")
    tenant = "00000000-0000-0000-0000-000000000002"
    with ClientSecretCredential(
        tenant, "client", "not a secret", authority=authority, disable_instance_discovery=True
    ) as credential:
        found = credential.get_token(f"{secure_shop.url}/.default")
    head, claims, _ = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in found.token.split("."))
    assert head["alg"] == "none"
    assert "dummy" in claims["name"]
    assert found.expires_on > time.time()


def test_the_cloud_describes_itself(secure_shop: RunningTwin) -> None:
    document = ask(secure_shop, "GET", "/metadata/endpoints?api-version=2022-09-01").json
    assert document["authentication"]["loginEndpoint"] == f"{secure_shop.url}/adfs"
    assert document["resourceManager"] == f"{secure_shop.url}/"
    found = ask(secure_shop, "GET", "/adfs/.well-known/openid-configuration?").json
    assert found["token_endpoint"] == f"{secure_shop.url}/adfs/oauth2/token"
    assert ask(secure_shop, "GET", "/common/discovery/instance?").json["tenant_discovery_endpoint"]


def test_who_comes_while_it_stops_is_hung_up_on_too() -> None:
    """What is left open would be open for good: nobody answers it any more."""
    estate = load([SHOP])
    for _ in range(8):
        twin, is_over = RunningTwin(estate).start(), threading.Event()
        opened: list[socket.socket] = []

        def knock(
            port: int = twin.address.port, opened: list[socket.socket] = opened, is_over: threading.Event = is_over
        ) -> None:
            with suppress(OSError):
                while not is_over.is_set():
                    opened.append(socket.create_connection(("127.0.0.1", port), timeout=1))
                    opened[-1].sendall(b"GET / HTTP/1.1\r\nHost: x")

        callers = [threading.Thread(target=knock) for _ in range(3)]
        for caller in callers:
            caller.start()
        time.sleep(0.1)
        twin.stop()
        is_over.set()
        for caller in callers:
            caller.join()
        assert opened
        for one in opened:
            with one, suppress(ConnectionError):
                assert one.recv(1000) is not None  # no TimeoutError: the other end is gone
