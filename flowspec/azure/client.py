"""A Cloud -> a Session: one credential and one pipeline for all that is asked of ARM."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from azure.core.exceptions import AzureError as SdkError
from azure.core.exceptions import HttpResponseError, ServiceRequestTimeoutError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.mgmt.network import NetworkManagementClient

from flowspec.azure.clouds import CloudEndpoint, endpoint_of
from flowspec.azure.credential import credential_for
from flowspec.azure.policies import policies_of
from flowspec.azure.redact import redact
from flowspec.errors import AzureError
from flowspec.model.live import Cloud

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
_OBJECT = re.compile(r"<[\w.]+(?: object)? at 0x[0-9a-f]+>(?::\s)?")
OVER = "the run's time is over (--timeout)"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, or (status 0) none; `problem` says why there is none, or why it was not asked for again."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    problem: str = ""

    def json(self) -> Any:
        """The decoded body; None for one that is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def error(self) -> tuple[str, str]:
        """`(code, message)` of the ARM envelope, in whatever shape it came (azure.md B1.6)."""
        document = self.json()
        found = document.get("error") if isinstance(document, dict) else None
        if not isinstance(found, dict):
            return "", f"HTTP {self.status} without an error of Azure's{self._note()}" if self.status else self.problem
        code, message = found.get("code"), found.get("message")
        return redact(str(code or "")), redact(str(message or f"HTTP {self.status}")) + self._note()

    def _note(self) -> str:
        return f" ({self.problem})" if self.problem else ""


class Session:
    """Asks ARM as one caller. Every request may be sent from any thread.

    `rules` are the ids of the security rules that it may write and delete; without any it only reads.
    """

    def __init__(self, cloud: Cloud, rules: Iterable[str] = ()) -> None:
        self.endpoint: CloudEndpoint = endpoint_of(cloud.name, cloud.arm_endpoint)
        self._credential = None if self.endpoint.loopback else credential_for(self.endpoint)
        logging.getLogger("azure").addHandler(logging.NullHandler())
        logging.getLogger("azure").propagate = False
        self._cloud = cloud
        self._rules = frozenset(rules)
        self.deadline = cloud.deadline
        self._transport = RequestsTransport(connection_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT)
        self._clients: dict[str, NetworkManagementClient] = {}
        self._lock = threading.Lock()

    def network(self, subscription: str) -> NetworkManagementClient:
        """The SDK's client of a subscription."""
        with self._lock:
            if subscription not in self._clients:
                self._clients[subscription] = NetworkManagementClient(
                    _Nobody(),
                    subscription,
                    base_url=self.endpoint.url,
                    policies=policies_of(self.endpoint, self._credential, self._cloud.debug, self._rules),
                    transport=self._transport,
                    credential_scopes=[f"{self.endpoint.audience}/.default"],
                )
            return self._clients[subscription]

    def send(
        self, method: str, url: str, body: Any = None, within: float = READ_TIMEOUT,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:  # fmt: skip
        """One request, without any retry; `url` is a path or an address of the endpoint's own."""
        within = min(within, self.deadline.left())
        if not within:
            return Reply(0, problem=OVER)
        address = url if url.startswith("http") else f"{self.endpoint.url}{url}"
        request = HttpRequest(method, address, json=body, headers=dict(headers or {}))
        return reply_of(lambda options: self.network("-").send_request(request, **options), within)


class _Nobody:
    """Stands where the SDK wants a credential: tokens are the pipeline's own business (TokenAuth)."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        raise AzureError("the SDK asked for a token of its own")


def reply_of(send: Any, within: float) -> Reply:
    """What came back from `send(options)`, or why nothing did. Nothing of it raises but a refusal of our own."""
    options = {"connection_timeout": min(CONNECT_TIMEOUT, within), "read_timeout": min(READ_TIMEOUT, within)}
    try:
        response = send(options)
        return Reply(response.status_code, dict(response.headers.items()), bytes(response.content))
    except HttpResponseError as error:
        if error.response is None:
            return Reply(0, problem=redact(str(error.message)))
        headers: Any = getattr(error.response, "headers", {})
        return Reply(error.status_code or 0, dict(headers.items()), _content(error.response))
    except (ServiceRequestTimeoutError, ServiceResponseTimeoutError) as error:
        return Reply(0, problem=f"{type(error).__name__}: nothing came within the time of a request")
    except SdkError as error:
        return Reply(0, problem=_told(error, str(error.message)))
    except (OSError, ValueError) as error:  # a body cut short, or one that the SDK can't decode
        return Reply(0, problem=_told(error, str(error)))


def _told(error: Exception, words: str) -> str:
    """The same words for the same failure: without the addresses of objects."""
    return f"{type(error).__name__}: {redact(_OBJECT.sub('', words))}"


def _content(response: Any) -> bytes:
    """The body; none where the connection broke in the middle of it."""
    try:
        return bytes(response.read())
    except Exception:
        return b""


@lru_cache(maxsize=4)
def connect(cloud: Cloud) -> Session:
    """The session of this run; who reads the inventory and who verifies share it."""
    return Session(cloud)
