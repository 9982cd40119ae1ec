"""The way to ARM: what is refused before it leaves, what is never told, and who logs in."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport

from flowspec.azure import require_sdk
from flowspec.azure.client import Session, connect
from flowspec.azure.clouds import CLOUDS, CloudEndpoint, endpoint_of
from flowspec.azure.credential import Warm, credential_for, told
from flowspec.azure.parallel import side_by_side
from flowspec.azure.redact import redact, shown_url
from flowspec.azure.verify import IpFlowVerify
from flowspec.errors import AzureError
from flowspec.model.live import Cloud, StepKind
from flowspec.server.options import TwinOptions as TwinOptions
from flowspec.sources import load_inventory
from flowspec.verifiers.asking import through_azure
from flowspec.views import Style
from flowspec.views.json import view as view_json
from flowspec.views.text import view
from tests.azure.live import SHOP, SUBSCRIPTION, Example, asking, assert_all_answered, twin
from tests.azure.server import Asked, Response, serving
from tests.verifiers.service import ask

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQifQ.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    connect.cache_clear()
    yield
    connect.cache_clear()


def test_loopback_gets_a_dummy_and_never_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowspec.azure.client.credential_for", lambda endpoint: pytest.fail("a credential was made"))
    with serving(lambda asked: Response(body=b'{"value": []}')) as server:
        Session(Cloud(arm_endpoint=server.url)).send("GET", "/subscriptions?api-version=2022-12-01")
    assert {name.casefold(): v for name, v in server.asked[0].headers.items()}["authorization"] == "Bearer loopback"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n"),
        ("DELETE", "/subscriptions/s/resourceGroups/g"),
        ("PATCH", "/subscriptions/s"),
        ("POST", "/subscriptions/s/providers/Microsoft.Network/register"),
        ("POST", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v/start"),
        ("POST", "/ipFlowVerify/../register"),
    ],
)
def test_no_write_leaves(method: str, path: str) -> None:
    with serving(lambda asked: Response()) as server, pytest.raises(AzureError, match="only reads"):
        Session(Cloud(arm_endpoint=server.url)).send(method, path)
    assert not server.asked


def test_the_sdk_registers_no_provider() -> None:
    """On a 409 it would by itself send POST …/register (a write)."""
    conflict = b'{"error": {"code": "MissingSubscriptionRegistration", "message": "Register."}}'
    with serving(lambda asked: Response(409, conflict)) as server:
        Session(Cloud(arm_endpoint=server.url)).send("GET", "/subscriptions/s/x?api-version=1")
    assert [(asked.method, asked.path) for asked in server.asked] == [("GET", "/subscriptions/s/x?api-version=1")]


def test_a_link_to_another_host_is_not_followed() -> None:
    def answer(asked: Asked) -> Response:
        return Response(202, headers={"Location": "http://198.51.100.1/steal?api-version=1"})

    with serving(answer) as server:
        service = IpFlowVerify(Session(Cloud(arm_endpoint=server.url)))
        step = service.begin(ask(1), 5)
        assert step.kind is StepKind.RUNNING
        with pytest.raises(AzureError, match="refused to follow"):
            service.poll(step.url, 5)


def test_redirects_are_not_followed() -> None:
    with serving(lambda asked: Response(307, headers={"Location": "/elsewhere"})) as server:
        reply = Session(Cloud(arm_endpoint=server.url)).send("GET", "/x?api-version=1")
    assert reply.status == 307 and len(server.asked) == 1


def test_a_retry_after_that_is_a_date_does_not_trip_the_sdk() -> None:
    headers = {"Location": "/op?api-version=1", "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}
    with serving(lambda asked: Response(202, headers=headers)) as server:
        step = IpFlowVerify(Session(Cloud(arm_endpoint=server.url))).begin(ask(1), 5)
    assert (step.kind, step.wait) == (StepKind.RUNNING, 0.0)


def test_the_body_is_as_recorded() -> None:
    import json

    with serving(lambda asked: Response(body=b'{"access": "Allow"}')) as server:
        IpFlowVerify(Session(Cloud(arm_endpoint=server.url))).begin(ask(7), 5)
    (asked,) = server.asked
    assert asked.path.startswith(
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkWatchers/nw/ipFlowVerify?"
    )
    assert json.loads(asked.body) == {
        "targetResourceId": "vm-7", "targetNicResourceId": "nic-7", "direction": "Inbound", "protocol": "TCP",
        "localPort": "22", "remotePort": "7", "localIPAddress": "10.0.0.4", "remoteIPAddress": "8.8.8.8",
    }  # fmt: skip


def test_the_named_clouds() -> None:
    assert endpoint_of("azureusgovernment", "") is CLOUDS["AzureUSGovernment"]
    assert endpoint_of("AzureCloud", "https://management.azure.com/") is CLOUDS["AzureCloud"]
    with pytest.raises(AzureError, match="AzureChinaCloud"):
        endpoint_of("azure", "")


@pytest.mark.parametrize(
    "url",
    [
        "http://management.azure.com",
        "http://10.0.0.1:8080",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "https://user:secret@host",
        "https://host/path",
        "https://host:99999",
        "nonsense",
    ],
)
def test_endpoints_that_are_refused(url: str) -> None:
    with pytest.raises(AzureError) as refused:
        endpoint_of("AzureCloud", url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "is_served"),
    [
        ("https://management.azure.com/subscriptions", True),
        ("https://westeurope.management.azure.com/x", True),
        ("https://management.azure.com.evil.example/x", False),
        ("https://evilmanagement.azure.com/x", False),
        ("http://management.azure.com/x", False),
        ("https://management.azure.com:8443/x", False),
    ],
)
def test_whose_links_are_followed(url: str, is_served: bool) -> None:
    assert CLOUDS["AzureCloud"].serves(url) is is_served


def test_an_azure_stack_may_not_ask_for_the_public_cloud_s_token(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import json
    import urllib.request

    document = {
        "authentication": {
            "loginEndpoint": "https://login.microsoftonline.com",
            "audiences": ["https://management.azure.com/"],
        }
    }
    monkeypatch.setattr(urllib.request, "urlopen", lambda *a, **k: io.BytesIO(json.dumps(document).encode()))
    with pytest.raises(AzureError, match=r"asks for a token of https://management.azure.com"):
        endpoint_of("AzureCloud", "https://arm.evil.example")
    document["authentication"]["audiences"] = ["https://management.stack.example/guid"]
    found = endpoint_of("AzureCloud", "https://arm.stack.example")
    assert found.audience == "https://management.stack.example/guid"


def test_a_token_is_asked_for_once_by_many_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    class Slow:
        asked = 0

        def get_token(self, *scopes: str, **options: object) -> AccessToken:
            Slow.asked += 1
            time.sleep(0.05)
            return AccessToken("t", int(time.time()) + 3600)

    warm = Warm(Slow, "scope")
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda _: warm.token(), range(64)))
    assert Slow.asked == 1


def test_no_credential_is_told_in_a_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "dev")
    monkeypatch.setenv("PATH", "/nowhere")
    started = time.monotonic()
    with pytest.raises(AzureError) as refused:
        credential_for(CLOUDS["AzureCloud"])
    assert time.monotonic() - started < 15
    (problem,) = refused.value.problems
    assert problem.summary == "No credential for Azure worked."
    assert "AzureCli (Azure CLI not found on path)" in problem.detail
    assert "az login" in problem.detail and "id-token: write" in problem.detail
    assert len(problem.detail.splitlines()) <= 5


def test_a_login_that_hangs_ends_at_our_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowspec.azure.credential.DEADLINE", 0.2)
    monkeypatch.setattr("flowspec.azure.credential._chain", lambda endpoint: time.sleep(5))
    started = time.monotonic()
    with pytest.raises(AzureError, match="No credential"):
        credential_for(CLOUDS["AzureCloud"])
    assert time.monotonic() - started < 2


def test_a_credential_s_error_is_told_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ValueError(f"POST https://login/token client_secret=hunter2&x=1 Authorization: Bearer {TOKEN} failed")
    assert "hunter2" not in told(error) and "eyJ" not in told(error)


@pytest.mark.parametrize(
    "text",
    [f"Bearer {TOKEN}", f"token={TOKEN}", "Authorization: Basic aHVudGVyMg==", "client_secret=aHVudGVyMg==",
     "https://x/y?sig=aHVudGVyMg==", "authorization: bearer aHVudGVyMg=="],
)  # fmt: skip
def test_secrets_are_hidden(text: str) -> None:
    assert "eyJ" not in redact(text) and "aHVudGVyMg" not in redact(text)


def test_a_url_is_shown_without_what_its_query_says() -> None:
    url = "https://u:p@management.azure.com/x?api-version=2024-05-01&t=638&c=MII&s=signature&h=hash&$skiptoken=abc"
    shown = shown_url(url)
    assert shown.startswith("https://management.azure.com/x?api-version=2024-05-01&t=(hidden)")
    assert not any(word in shown for word in ("signature", "MII", "u:p", "abc", "638"))


def test_a_real_token_travels_over_https_and_is_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As with Azure: a bearer token of a credential, at every verbosity, in a run that also fails."""
    ca, traced, sent = tmp_path / "ca.pem", list[str](), set[str]()
    caplog.set_level(logging.DEBUG)

    class Given:
        def get_token(self, *scopes: str, **options: object) -> AccessToken:
            assert scopes == ("https://arm.example/.default",)
            return AccessToken(TOKEN, int(time.time()) + 3600)

    with twin(TwinOptions(sync=True, fault_rate=0.1, seed=3), ca=ca) as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
        endpoint = CloudEndpoint(running.url, "https://arm.example", "login.example")
        monkeypatch.setattr("flowspec.azure.client.endpoint_of", lambda name, url: endpoint)
        monkeypatch.setattr(
            "flowspec.azure.client.credential_for", lambda endpoint: Warm(Given, "https://arm.example/.default")
        )
        send = RequestsTransport.send

        def spied(self: RequestsTransport, request: Any, **options: Any) -> Any:
            sent.add(request.headers.get("Authorization"))
            return send(self, request, **options)

        monkeypatch.setattr(RequestsTransport, "send", spied)
        cloud = Cloud(arm_endpoint=running.url, debug=traced.append)
        inventory = load_inventory([f"azure:{SUBSCRIPTION}"], cloud=cloud)
        how = asking(running.url, tmp_path)
        how.backend = through_azure(cloud)
        report = Example(SHOP).plan(how, inventory=inventory)
        with pytest.raises(AzureError) as refused:
            connect(cloud).send("PUT", "/subscriptions/x?api-version=1")
    assert_all_answered(report)
    assert sent == {f"Bearer {TOKEN}"}
    shown = ["\n".join(traced), caplog.text, view(report, Style()), view_json(report, Style())]
    shown += ["".join(traceback.format_exception(refused.value))]
    shown += [path.read_text() for path in (tmp_path / ".flowspec").iterdir()]
    assert traced and not any("eyJ" in text or "Bearer" in text for text in shown)


def test_the_sdk_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowspec.azure.find_spec", lambda name: None)
    with pytest.raises(AzureError) as refused:
        require_sdk()
    assert "pip install --upgrade flowspec" in refused.value.problems[0].detail


def test_what_fails_in_a_crowd_is_raised_at_once() -> None:
    def work(number: int) -> int:
        if number == 3:
            raise AzureError("three")
        time.sleep(0 if number < 3 else 5)
        return number

    started = time.monotonic()
    with pytest.raises(AzureError, match="three"):
        side_by_side(work, range(50), 4)
    assert time.monotonic() - started < 2
    assert side_by_side(lambda n: n * n, range(20), 4) == [n * n for n in range(20)]
