"""What goes wrong in the middle of a live run, behind a fault proxy: time, tokens, secrets, and clouds of one's own."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from flowspec.azure import clouds
from flowspec.azure.client import Session, connect
from flowspec.azure.clouds import CloudEndpoint
from flowspec.azure.credential import Warm
from flowspec.azure.redact import keep_secret, redact, scrubbed
from flowspec.cli.app import run
from flowspec.model.live import Cloud
from flowspec.server.options import TwinOptions
from flowspec.verifiers.asking import through_azure
from tests.azure.live import SHOP, SUBSCRIPTION, Example, asking, assert_all_answered, assert_nothing_verified, twin
from tests.azure.server import Asked, Fault, Response, failing, listing, proxy, serving

LIVE = f"azure:{SUBSCRIPTION}"
SPEC = str(SHOP / "prod.flow.hcl")


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    connect.cache_clear()
    yield
    connect.cache_clear()


def every(response: Response) -> Fault:
    return lambda asked: response


def nsgs(response: Response) -> Fault:
    return lambda asked: response if "/networkSecurityGroups?" in asked.path else None


SLOW: dict[str, Fault] = {
    "nothing answers": every(Response(late=60)),
    "a list that comes byte by byte": nsgs(Response(body=b'{"value": [' + b" " * 9999, drip=0.2)),
    "throttled for an hour": every(Response(429, b"", {"Retry-After": "3600"})),
    "errors without end": every(failing(503, "ServiceUnavailable")),
    "pages without end": lambda asked: Response(
        body=json.dumps({"value": [], "nextLink": f"http://{asked.headers['Host']}/x?n={time.monotonic()}"}).encode()
    ),
}


@pytest.mark.parametrize("how", SLOW)
@pytest.mark.parametrize("command", ["plan", "snapshot", "diff"])
def test_the_time_of_a_run_holds_for_its_reading(
    how: str, command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With no socket time-out that could do it: each byte begins it anew."""
    words = {
        "plan": ["plan", SPEC, "-i", LIVE, "--verify", "both"],
        "snapshot": ["snapshot", "-i", LIVE, "-o", "live.json"],
        "diff": ["diff", LIVE, str(SHOP / "network")],
    }[command]
    with twin() as running, proxy(running.url, SLOW[how]) as server:
        started = time.monotonic()
        code = run([*words, "--arm-endpoint", server.url, "--timeout", "1s"])
        took = time.monotonic() - started
    shown = capsys.readouterr()
    assert (code, shown.out) == (1, "")
    assert took < 3
    assert "--timeout" in shown.err and not list(tmp_path.iterdir())


def test_what_reading_took_is_not_left_for_asking(capsys: pytest.CaptureFixture[str]) -> None:
    def fault(asked: Asked) -> Response | None:
        if "/ipFlowVerify?" in asked.path:
            return Response(late=60)
        time.sleep(0.2)  # ten lists, eight at a time, and what follows them
        return None

    with twin(TwinOptions(sync=True)) as running, proxy(running.url, fault) as server:
        started = time.monotonic()
        code = run(["plan", SPEC, "-i", LIVE, "--verify", "both", "--arm-endpoint", server.url, "--timeout", "4s"])
        took = time.monotonic() - started
    assert code == 2 and took < 6
    words = " ".join(capsys.readouterr().out.split())
    assert "Azure verified nothing, asked 0 now of 11" in words and "the run's time was over (--timeout)" in words


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowspec.cli.progress._LOGGED", 1.25)
    fault = nsgs(Response(late=60))
    with twin(TwinOptions(sync=True)) as running, proxy(running.url, fault) as server:
        run(["plan", SPEC, "-i", LIVE, "--arm-endpoint", server.url, "--timeout", "5s"])
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Reading Azure")]
    assert 2 <= len(lines) <= 4
    assert lines[-1].startswith("Reading Azure 10 of 11 (") and "\r" not in "".join(lines)


@dataclass
class Logins:
    """Whoever logs in gets `token-1`, `token-2`, …; each is taken by ARM for so many requests."""

    good_for: int
    fails: int = 0
    made: int = 0
    claims: list[str] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    challenge: dict[str, str] = field(default_factory=dict)

    def credential(self) -> Any:
        """Of its own it gives the same token again and again, as the libraries do until it expires."""
        self.made += 1
        name, logins = f"token-{self.made}-{'x' * 20}", self

        class Given:
            def get_token(self, *scopes: str, claims: str = "", **options: object) -> AccessToken:
                if 1 < logins.made <= 1 + logins.fails:
                    raise ValueError("the login host is away: password=hunter2hunter2")
                logins.claims += [claims] if claims else []
                return AccessToken(name, int(time.time()) + 3600)

        return Given()

    def fault(self, asked: Asked) -> Response | None:
        token = asked.headers["Authorization"].removeprefix("Bearer ")
        self.used[token] = self.used.get(token, 0) + 1
        if self.used[token] <= self.good_for:
            return None
        refused = failing(401, "ExpiredAuthenticationToken", f"The token {token} has expired.")
        refused.headers |= self.challenge
        return refused


def planned(logins: Logins, folder: Path, monkeypatch: pytest.MonkeyPatch, **limits: object) -> Any:
    """A plan over https with a bearer token, as with Azure."""
    ca = folder / "ca.pem"
    with twin(TwinOptions(latency=0.01, retry_after=0)) as running, proxy(running.url, logins.fault, ca) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
        endpoint = CloudEndpoint(server.url, "https://arm.example", "login.example")
        monkeypatch.setattr("flowspec.azure.client.endpoint_of", lambda name, url: endpoint)
        warm = Warm(logins.credential, "https://arm.example/.default")
        monkeypatch.setattr("flowspec.azure.client.credential_for", lambda endpoint: warm)
        how = asking(server.url, folder, exhaustive=True)
        how.backend = through_azure(Cloud(arm_endpoint=server.url))
        return Example(SHOP).plan(how)


def test_a_token_that_expires_in_mid_run_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten threads have it refused at once: one login for all of them, and no ask is lost."""
    logins = Logins(good_for=16)
    assert_all_answered(planned(logins, tmp_path, monkeypatch))
    tokens = len(logins.used)
    assert 3 <= tokens == logins.made <= 8


def test_a_challenge_s_claims_go_into_the_new_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = base64.urlsafe_b64encode(b'{"access_token": {}}').decode().rstrip("=")
    header = {"WWW-Authenticate": f'Bearer realm="", error="insufficient_claims", claims="{claims}"'}
    logins = Logins(good_for=30, challenge=header)
    assert_all_answered(planned(logins, tmp_path, monkeypatch))
    assert set(logins.claims) == {'{"access_token": {}}'}


def test_who_is_refused_with_a_new_token_too_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logins = Logins(good_for=0)
    report = planned(logins, tmp_path, monkeypatch)
    assert_nothing_verified(report, "ExpiredAuthenticationToken")
    assert logins.made <= 4


def test_a_login_that_fails_in_mid_run_keeps_the_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = planned(Logins(good_for=4, fails=1000), tmp_path, monkeypatch)
    assert report.verification.unanswered
    reasons = [tally.reason for tally in report.verification.unanswered]
    assert all("ExpiredAuthenticationToken" in reason for reason in reasons)


LEAKS = {
    "client_secret: hunter2hunter2": "hunter2hunter2",
    "client_secret=hunter2hunter2&x=1": "hunter2hunter2",
    '{"access_token": "hunter2 hunter2"}': "hunter2 hunter2",
    '{\\"password\\":\\"hunter2hunter2\\"}': "hunter2hunter2",
    "password: hunter2": "hunter2",
    'password: "two words of hunter2 and no end': "hunter2",
    'password = "two\nlines of hunter2"': "hunter2",
    "adminPassword='hunter2hunter2'": "hunter2",
    "x-api-key: hunter2hunter2": "hunter2",
    "X-Functions-Key: hunter2hunter2": "hunter2",
    "Authorization: Basic aHVudGVyMg==": "aHVudGVyMg",
    "authorization: SharedKey account:aHVudGVyMg==": "aHVudGVyMg",
    "https://acc.blob.core.windows.net/c?sv=2022&sr=b&sig=aHVudGVyMg%3D": "aHVudGVyMg",
    "SharedAccessSignature sr=x&sig=aHVudGVyMg%3D&se=1": "aHVudGVyMg",
    "AccountKey=aHVudGVyMg==;EndpointSuffix=x": "aHVudGVyMg",
    "GET /operations/1?api-version=2024-05-01&t=638&c=MIIHhunter2&s=hunter2&h=x failed": "hunter2",
    "https://user:hunter2@proxy.example:3128 refused": "hunter2",
    "refresh-token = hunter2hunter2": "hunter2",
    "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----": "hunter2",
    "it said Xk9-value-of-the-environment and went on": "Xk9-value-of-the-environment",
    "twice Xk9%2Bplus%2Fslash encoded": "Xk9%2Bplus%2Fslash",
    "ours is token-1-xxxxxxxxxxxxxxxxxxxx": "token-1-xxxxxxxxxxxxxxxxxxxx",
}
HELD = {
    "AZURE_CLIENT_SECRET": "Xk9+plus/slash",
    "DEPLOY_TOKEN": "Xk9-value-of-the-environment",
    "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
    "AZURE_FEDERATED_TOKEN_FILE": "/var/run/secrets/token",
}


PLACES = ("a list", "an answer", "the rule of an answer", "an operation", "no answer")
REPEATED = ("client_secret: hunter2hunter2", "it said Xk9-value-of-the-environment and went on",
            "ours is token-1-xxxxxxxxxxxxxxxxxxxx", "https://x.example/y?api-version=1&sig=aHVudGVyMg%3D")  # fmt: skip


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment and the credential hold."""
    for name, value in HELD.items():
        monkeypatch.setenv(name, value)
    keep_secret("token-1-xxxxxxxxxxxxxxxxxxxx")


@pytest.mark.parametrize("text", LEAKS)
def test_secrets_are_known_by_value_by_name_and_by_form(text: str, held: None) -> None:
    for shown in (redact(text), redact(f"Forbidden: {text}\nand more"), redact(json.dumps({"message": text}))):
        assert LEAKS[text] not in shown and "hunter2" not in shown and "(hidden)" in shown, shown


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_shown_wherever_azure_repeats_it(
    place: str, held: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Neither on stderr (`--debug` too), nor in a snapshot, a saved plan or the kept answers."""
    text = " | ".join(REPEATED)
    failed = {"status": "Failed", "error": {"code": text, "message": text}}

    def fault(asked: Asked) -> Response | None:
        is_ask = "/ipFlowVerify?" in asked.path
        if place == "a list" and "/publicIPAddresses?" in asked.path:
            return failing(403, text, text)
        if place == "an answer" and is_ask:
            return failing(400, text, text)
        if place == "the rule of an answer" and is_ask:
            return Response(body=json.dumps({"access": "Deny", "ruleName": text, "ruleId": text}).encode())
        if place == "an operation" and is_ask:
            return Response(body=json.dumps(failed).encode())
        if place == "no answer" and is_ask:
            return Response(body=json.dumps({"access": text}).encode())
        return None

    with twin(TwinOptions(sync=True)) as running, proxy(running.url, fault) as server:
        where = ["--arm-endpoint", server.url, "--debug", "--timeout", "5s"]
        run(["plan", SPEC, "-i", LIVE, "--verify", "both", *where, "--out", "p.json", "--recheck", "0s",
             "--target", "intent.web-to-app"])  # fmt: skip
        run(["snapshot", "-i", LIVE, "-o", "live.json", *where])
    shown = capsys.readouterr()
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) >= 2
    for document in (shown.out, shown.err, *written):
        assert not any(LEAKS[one] in document for one in REPEATED if one in LEAKS) and "aHVudGVyMg" not in document
    assert "(hidden)" in "".join([shown.out, shown.err, *written])


def test_what_is_no_secret_stays(held: None) -> None:
    for text in (
        "AuthorizationFailed: The client 'a@b.example' with object id 'x' does not have authorization to perform "
        "action 'Microsoft.Network/networkWatchers/read' over scope '/subscriptions/s'.",
        "ExpiredAuthenticationToken: The access token expiry UTC time '1' is earlier than current UTC time '2'.",
        "ManagedIdentityCredential: no response from /var/run/secrets/token",
        "GET https://management.azure.com/x?api-version=2024-05-01 failed",
        "nsg-web/securityRules/allow-key-vault (100, Allow)",
    ):
        assert redact(text) == text


def test_a_hostile_text_is_read_in_no_time() -> None:
    started = time.process_time()
    for piece in (
        "_",
        "-",
        "a_",
        "token",
        "?a=",
        "key=\\",
        "eyJ",
        "://a",
        "-----BEGIN PRIVATE KEY-----",
        '"',
        'secret:"',
    ):
        assert len(redact(piece * 60_000)) <= 601
    assert time.process_time() - started < 5


def test_keys_of_resources_do_not_come_into_a_snapshot() -> None:
    found = scrubbed({
        "id": "/x", "tags": {"secret": "prod", "token": "web"},
        "properties": {"sharedKey": "hunter2", "osProfile": {"adminPassword": "hunter2", "customData": "hunter2"},
                       "securityRules": [{"name": "key", "properties": {"access": "Allow"}}]},
    })  # fmt: skip
    assert "hunter2" not in json.dumps(found)
    assert found["tags"] == {"secret": "prod", "token": "web"}
    assert found["properties"]["securityRules"] == [{"name": "key", "properties": {"access": "Allow"}}]


def metadata(login: str) -> bytes:
    return json.dumps(
        {"authentication": {"loginEndpoint": login, "audiences": ["https://arm.stack.example/1"]}}
    ).encode()


def test_an_azure_stack_s_own_login_host_is_asked_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real azure-identity, a login host with a port, and no way to the public cloud."""
    ca, hosts = tmp_path / "ca.pem", set[object]()
    resolve = socket.getaddrinfo

    def resolved(host: Any, *rest: Any, **options: Any) -> Any:
        hosts.add(host)
        if host != "127.0.0.1":
            raise socket.gaierror(f"no way to {host}")
        return resolve(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(clouds, "is_loopback", lambda host: False)
    tenant = "22222222-2222-2222-2222-222222222222"
    given = {"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "s3cr3t-value"}
    for name, value in {**given, "REQUESTS_CA_BUNDLE": str(ca)}.items():
        monkeypatch.setenv(name, value)
    with twin(TwinOptions(sync=True), ca=ca) as running:
        session = Session(Cloud(arm_endpoint=running.url))
        reply = session.send(
            "GET", f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network/networkWatchers?api-version=2024-05-01"
        )
    assert reply.status == 200, reply.problem
    assert session.endpoint.authority == running.url and not session.endpoint.discovers
    assert hosts == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("login", "authority"),
    [
        ("https://login.stack.example:8443/adfs", "https://login.stack.example:8443"),
        ("https://login.stack.example", "https://login.stack.example"),
        ("http://login.stack.example", ""),
        ("login.stack.example:8443", ""),
        ("https://user:pass@login.stack.example", ""),
    ],
)
def test_where_a_cloud_of_its_own_logs_in(
    login: str, authority: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from azure.identity import ClientSecretCredential

    from flowspec.errors import AzureError

    ca = tmp_path / "ca.pem"
    monkeypatch.setattr(clouds, "is_loopback", lambda host: False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
    with serving(lambda asked: Response(body=metadata(login)), ca) as server:
        if not authority:
            with pytest.raises(AzureError, match="which is no https address") as refused:
                clouds.endpoint_of("AzureCloud", server.url)
            assert "pass@" not in str(refused.value)
            return
        found = clouds.endpoint_of("AzureCloud", server.url)
    assert found.authority == authority and not found.discovers
    ClientSecretCredential("t", "c", "s", authority=found.authority)  # refuses what it can't use


def test_only_the_public_cloud_is_looked_up() -> None:
    assert {name: cloud.discovers for name, cloud in clouds.CLOUDS.items()} == {
        "AzureCloud": True, "AzureUSGovernment": False, "AzureChinaCloud": False,
    }  # fmt: skip


def test_the_placeholder_of_init_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anyone logs in: no login page, no 404 of a subscription."""
    for command in (["plan", SPEC, "-i", LIVE], ["snapshot", "-i", LIVE, "-o", "x.json"]):
        started = time.monotonic()
        assert run(command) == 1
        assert time.monotonic() - started < 5
        shown = capsys.readouterr()
        assert "is the placeholder that flowspec init writes" in shown.err and "az account show" in shown.err


def test_a_twin_may_have_the_placeholder_s_subscription() -> None:
    with serving(lambda asked: listing()) as server:
        assert run(["snapshot", "-i", LIVE, "-o", "x.json", "--arm-endpoint", server.url]) == 0
