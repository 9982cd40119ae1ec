"""Whoever runs this -> a token for ARM, within a deadline of our own, or a message that says how to log in."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from typing import Any

from azure.core.credentials import AccessToken

from flowspec.azure.clouds import Endpoint
from flowspec.azure.policies import scope_of
from flowspec.azure.redact import redact
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
    """A credential that asks for each token once, however many threads want it."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential
        self._lock = threading.Lock()
        self._token: AccessToken | None = None

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        with self._lock:
            if options.get("claims") or self._token is None or self._token.expires_on - time.time() < _EARLY:
                self._token = self._credential.get_token(*scopes, **options)
            return self._token


def credential_for(endpoint: Endpoint) -> Any:
    """A credential that has shown that it works; AzureError within `DEADLINE` when there is none."""
    logging.getLogger("azure").addHandler(logging.NullHandler())
    logging.getLogger("azure").propagate = False
    found: dict[str, Any] = {}

    def log_in() -> None:
        try:
            warm = Warm(_chain(endpoint))
            warm.get_token(scope_of(endpoint))
            found["credential"] = warm
        except Exception as error:
            found["error"] = error

    thread = threading.Thread(target=log_in, daemon=True)
    thread.start()
    thread.join(DEADLINE)
    if "credential" in found:
        return found["credential"]
    raise AzureError(Problem(Severity.ERROR, "No credential for Azure worked.", told(found.get("error"))))


def _chain(endpoint: Endpoint) -> Any:
    """The usual chain, each link failing fast; in GitHub Actions its own OIDC token when a client id is given."""
    from azure.identity import ClientAssertionCredential, DefaultAzureCredential

    quick: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 15}
    quick |= {"authority": endpoint.authority} if endpoint.authority else {}
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
