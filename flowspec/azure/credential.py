"""Whoever runs this -> a token for ARM, within a deadline of our own, or a message that says how to log in."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceRequestError

from flowspec.azure.clouds import CloudEndpoint
from flowspec.azure.policies import scope_of
from flowspec.azure.redact import keep_secret, redact
from flowspec.errors import AzureError, Problem, Severity

DEADLINE = 11.0
"""Seconds that all ways of logging in have together: a resolver alone can take ten."""
_EARLY = 300
_HOW = """On your machine: az login (az login --tenant TENANT where there are several).
In GitHub Actions: give the job permissions: id-token: write, and before flowspec a step azure/login@v2 with \
client-id, tenant-id and subscription-id.
Elsewhere: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET; \
on Azure itself a managed identity."""
_TRIED = re.compile(r"^\s+(\w+?)(?:Credential)?: (.+)$", re.MULTILINE)


class Warm:
    """One token for all threads, asked for once however many want it. `made` makes the credential.

    A new token in place of one that ARM refuses comes from a credential made anew: the libraries keep a token until it
    expires, and would give the same again. A login that fails is a connection that fails, to be tried again.
    """

    def __init__(self, made: Callable[[], Any], scope: str) -> None:
        self._made = made
        self._credential = made()
        self._scope = scope
        self._lock = threading.Lock()
        self._token: AccessToken | None = None

    def log_in(self) -> None:
        """The first token; a failure is raised as the library words it."""
        with self._lock:
            self._token = self._credential.get_token(self._scope)
            keep_secret(self._known())

    def token(self) -> str:
        with self._lock:
            if self._token is None or self._token.expires_on - time.time() < _EARLY:
                self._ask()
            return self._known()

    def renew(self, used: str, claims: str | None = None) -> str:
        with self._lock:
            if self._token is None or self._token.token == used:
                self._ask(anew=True, **({"claims": claims} if claims else {}))
            return self._known()

    def _ask(self, *, anew: bool = False, **options: Any) -> None:
        try:
            self._credential = self._made() if anew else self._credential
            self._token = self._credential.get_token(self._scope, **options)
        except Exception as error:
            raise ServiceRequestError(f"no new token, the login failed: {told(error).splitlines()[0]}") from None
        keep_secret(self._known())

    def _known(self) -> str:
        return str(self._token.token) if self._token is not None else ""


def credential_for(endpoint: CloudEndpoint) -> Warm:
    """A credential that has shown that it works; AzureError within `DEADLINE` when there is none."""
    logging.getLogger("azure").addHandler(logging.NullHandler())
    logging.getLogger("azure").propagate = False
    found: dict[str, Warm] = {}
    failed: list[Exception] = []

    def log_in() -> None:
        try:
            warm = Warm(lambda: _chain(endpoint), scope_of(endpoint))
            warm.log_in()
            found["credential"] = warm
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=log_in, daemon=True)
    thread.start()
    thread.join(DEADLINE)
    if "credential" in found:
        return found["credential"]
    raise AzureError(Problem(Severity.ERROR, "No credential for Azure worked.", told(failed[0] if failed else None)))


def _chain(endpoint: CloudEndpoint) -> Any:
    """The usual chain, each link failing fast; in GitHub Actions its own OIDC token when a client id is given."""
    from azure.identity import ClientAssertionCredential, DefaultAzureCredential

    quick: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 15}
    quick |= {"authority": endpoint.authority} if endpoint.authority else {}
    quick |= {} if endpoint.discovers else {"disable_instance_discovery": True}
    given = [os.environ.get(name, "") for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID")]
    others = any(os.environ.get(n) for n in ("AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_SECRET"))
    if all(given) and os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL") and not others:
        return ClientAssertionCredential(given[0], given[1], _github_token, **quick)
    return DefaultAzureCredential(process_timeout=10, **quick)


def _github_token() -> str:
    """The job's OIDC token (permission `id-token: write`)."""
    import json
    import urllib.request

    url = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"]
    if not url.startswith("https://"):
        raise ValueError("ACTIONS_ID_TOKEN_REQUEST_URL is not https")
    joined = f"{url}{'&' if '?' in url else '?'}audience=api://AzureADTokenExchange"
    bearer = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    asked = urllib.request.Request(joined, headers={"Authorization": f"bearer {bearer}"})
    with urllib.request.urlopen(asked, timeout=5) as answer:
        return str(json.loads(answer.read(100_000))["value"])


def told(error: Exception | None) -> str:
    """What was tried, in a line, and what to do."""
    if error is None:
        tried = f"Tried: the usual chain, which had no answer after {DEADLINE:.0f} s (is the login host reachable?)."
    else:
        links = [f"{name}{_short(why)}" for name, why in _TRIED.findall(str(error))]
        words = redact(str(error)).splitlines() or [""]
        tried = f"Tried: {', '.join(links)}." if links else f"Tried: {type(error).__name__}: {words[0]}"
    return f"{redact(tried) if error is None or not links else tried}\n{_HOW}"


def _short(why: str) -> str:
    """The first sentence of a reason in brackets; nothing for one that only says *unavailable*."""
    first = re.split(r"(?<=[a-z)])\. |\. ?$| Visit ", redact(why))[0]
    if first.endswith("unavailable"):
        return ""
    return f" ({first if len(first) <= 90 else f'{first[:90]}…'})"
