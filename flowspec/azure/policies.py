"""The pipeline that every request to ARM goes through: identity, the guard, bounded Retry-After, trace."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError as SdkError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    CustomHookPolicy,
    HTTPPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)

from flowspec.azure.clouds import CloudEndpoint
from flowspec.azure.redact import redact, shown_url
from flowspec.errors import AzureError
from flowspec.model.live import Tell
from flowspec.version import __version__

QUESTIONS = (
    "/ipflowverify",
    "/effectivenetworksecuritygroups",
    "/effectiveroutetable",
    "/listnetworkmanagereffectivesecurityadminrules",
)
"""The POSTs that only ask."""
LONGEST_WAIT = 120


class LoopbackAuth(SansIOHTTPPolicy[Any, Any]):
    """The twin takes any credential, so it gets none."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.http_request.headers["Authorization"] = "Bearer loopback"


class Identity(Protocol):
    """Whoever has tokens: `renew` gets another one instead of `used`, for all threads that used it."""

    def token(self) -> str: ...
    def renew(self, used: str, claims: str | None = None) -> str: ...


class TokenAuth(HTTPPolicy[Any, Any]):
    """The caller's token on every request; one that ARM no longer takes (401) is renewed, and the request sent again.

    A second 401, or a renewal that fails, leaves the refusal as the answer. Azure may ask for claims (conditional
    access): they go into the new token.
    """

    def __init__(self, identity: Identity) -> None:
        super().__init__()
        self._identity = identity

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Sends the request with the token, over https only; once more with a new token after a 401."""
        if not request.http_request.url.casefold().startswith("https://"):
            raise AzureError(f"refused to send a token to {shown_url(request.http_request.url)}: it is not https")
        used = self._identity.token()
        request.http_request.headers["Authorization"] = f"Bearer {used}"
        response: PipelineResponse[Any, Any] = self.next.send(request)
        if response.http_response.status_code != 401:
            return response
        try:
            renewed = self._identity.renew(used, _claims(response.http_response.headers.get("WWW-Authenticate", "")))
        except SdkError:
            return response
        request.http_request.headers["Authorization"] = f"Bearer {renewed}"
        again: PipelineResponse[Any, Any] = self.next.send(request)
        return again


def _claims(challenge: str) -> str | None:
    """The claims of `Bearer …, error="insufficient_claims", claims="BASE64"`; None without any."""
    found = re.search(r'claims="([^"]+)"', challenge)
    if found is None:
        return None
    try:
        return base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode()
    except ValueError:
        return None


class Guard(SansIOHTTPPolicy[Any, Any]):
    """The last look at a request: no write leaves, and no token goes to a host that an answer made up.

    `rules` are the ids of the security rules that this run may write and delete; every other command has none.
    """

    def __init__(self, endpoint: CloudEndpoint, rules: Iterable[str] = ()) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._rules = frozenset(rule.casefold() for rule in rules)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """AzureError for what must not leave."""
        method, url = request.http_request.method.upper(), request.http_request.url
        if not self._endpoint.serves(url):
            raise AzureError(f"refused to follow {shown_url(url)}: it is not of {self._endpoint.url}")
        path = urlsplit(url).path.rstrip("/").casefold()
        if method in ("GET", "HEAD") or (method == "POST" and path.endswith(QUESTIONS)):
            return
        if not self._rules:
            raise AzureError(f"refused to send {method} {shown_url(url)}: this command only reads")
        if method not in ("PUT", "DELETE") or path not in self._rules:
            raise AzureError(f"refused to send {method} {shown_url(url)}: the plan does not change it")


class PlainRetryAfter(SansIOHTTPPolicy[Any, Any]):
    """`Retry-After` as whole seconds with a ceiling, whatever the server wrote: the SDK chokes on a date."""

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        headers = response.http_response.headers
        given = headers.get("Retry-After")
        if given is None:
            return
        del headers["Retry-After"]
        seconds = seconds_of(given)
        if seconds is not None:
            headers["Retry-After"] = str(seconds)


def seconds_of(given: str) -> int | None:
    """Whole seconds out of a number or an HTTP date; None for what is neither."""
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    if seconds != seconds:  # not a number
        return None
    return int(min(max(seconds, 0), LONGEST_WAIT))


class Trace(HTTPPolicy[Any, Any]):
    """Tells every exchange: method, address, status, milliseconds. Never a header or a body."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self._tell = tell

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Sends the request and tells how it went, a failure too; secrets are taken out."""
        started = time.monotonic()
        what = f"{request.http_request.method} {shown_url(request.http_request.url)}"
        try:
            response: PipelineResponse[Any, Any] = self.next.send(request)
        except Exception as error:
            self._tell(redact(f"{what} -> {type(error).__name__} ({_ms(started)} ms)"))
            raise
        identity = response.http_response.headers.get("x-ms-request-id", "")
        about = f", x-ms-request-id {identity}" if identity.replace("-", "").isalnum() else ""
        self._tell(redact(f"{what} -> {response.http_response.status_code} ({_ms(started)} ms{about})"))
        return response


def _ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def policies_of(
    endpoint: CloudEndpoint, identity: Identity | None, debug: Tell | None, rules: Iterable[str] = ()
) -> list[Any]:
    """In the order of the pipeline. There is no retry, no redirect and no registering of providers in it."""
    auth = LoopbackAuth() if identity is None else TokenAuth(identity)
    listed: list[Any] = [
        RequestIdPolicy(),
        UserAgentPolicy(base_user_agent=f"flowspec/{__version__}"),
        CustomHookPolicy(),
        auth,
        Guard(endpoint, rules),
        PlainRetryAfter(),
    ]
    return [*listed, Trace(debug)] if debug else listed


def scope_of(endpoint: CloudEndpoint) -> str:
    return f"{endpoint.audience}/.default"
