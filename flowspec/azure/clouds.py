"""`--cloud` and `--arm-endpoint` -> where ARM is, for whom a token is asked, and where one logs in."""

from __future__ import annotations

import ipaddress
import json
import os
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flowspec.azure.redact import redact
from flowspec.errors import AzureError, Problem, Severity

METADATA = "/metadata/endpoints?api-version=2022-09-01"
_PATIENCE = 10
PUBLIC_LOGIN = "login.microsoftonline.com"


@dataclass(frozen=True, slots=True)
class CloudEndpoint:
    """`audience` is what a token is asked for, `authority` where one logs in: HOST or https://HOST:PORT.

    `loopback`: this very machine, that is the twin. It gets a dummy header and never a token.
    """

    url: str
    audience: str = ""
    authority: str = ""
    loopback: bool = False

    @property
    def discovers(self) -> bool:
        """Whether the login host may be looked up at the public cloud first: a cloud that is cut off can't reach it."""
        return self.authority == PUBLIC_LOGIN

    @property
    def host(self) -> str:
        return (urlsplit(self.url).hostname or "").casefold()

    def serves(self, url: str) -> bool:
        """Whether a URL that an answer names is this endpoint's own (or of a region of it): others get no request."""
        parts, mine = urlsplit(url), urlsplit(self.url)
        host = (parts.hostname or "").casefold()
        if parts.scheme.casefold() != mine.scheme.casefold():
            return False
        regional = not self.loopback and host.endswith(f".{self.host}")
        return (host == self.host and parts.port == mine.port) or (regional and parts.port is None)


CLOUDS = {
    "AzureCloud": CloudEndpoint("https://management.azure.com", "https://management.azure.com", PUBLIC_LOGIN),
    "AzureUSGovernment": CloudEndpoint(
        "https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net", "login.microsoftonline.us"
    ),
    "AzureChinaCloud": CloudEndpoint(
        "https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn", "login.chinacloudapi.cn"
    ),
}
"""By the names that `az cloud list` has."""
_PUBLIC_AUDIENCES = ("management.azure.com", "management.core.windows.net", "management.usgovcloudapi.net",
                     "management.core.usgovcloudapi.net", "management.chinacloudapi.cn",
                     "management.core.chinacloudapi.cn")  # fmt: skip


def endpoint_of(cloud: str, arm_endpoint: str) -> CloudEndpoint:
    """The endpoint; AzureError when it can't be used."""
    if arm_endpoint:
        return _custom(arm_endpoint.rstrip("/"))
    found = {name.casefold(): endpoint for name, endpoint in CLOUDS.items()}.get(cloud.casefold())
    if found is None:
        raise AzureError(f"there is no cloud {cloud!r}: it is one of {', '.join(CLOUDS)}")
    return found


def _custom(url: str) -> CloudEndpoint:
    try:
        parts = urlsplit(url)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_valid = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_valid or parts.path.strip("/"):
        raise AzureError(f"--arm-endpoint {url!r} is no address: it reads https://HOST[:PORT]")
    if parts.username or parts.password or parts.query:
        raise AzureError("--arm-endpoint holds a user name or a query: give only https://HOST[:PORT]")
    if is_loopback(parts.hostname):
        return CloudEndpoint(url, loopback=True)
    if parts.scheme == "http":
        detail = "a token may only travel over https; plain http is for this machine itself (flowspec serve)"
        raise AzureError(Problem(Severity.ERROR, f"--arm-endpoint {url} is not https", detail))
    known = next((e for e in CLOUDS.values() if e.host == (parts.hostname or "").casefold()), None)
    return known or _described(url)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _described(url: str) -> CloudEndpoint:
    """What an Azure Stack says of itself. It may not ask for a token that is of use at another cloud."""
    try:
        with urllib.request.urlopen(url + METADATA, timeout=_PATIENCE, context=_trusting()) as answer:
            document: Any = json.loads(answer.read(1_000_000))
        document = document[0] if isinstance(document, list) else document
        login = document["authentication"]
        audience, authority = str(login["audiences"][0]), str(login["loginEndpoint"])
    except (OSError, ValueError, LookupError, TypeError, urllib.error.URLError) as error:
        reason = f"{type(error).__name__}: {error}"
        detail = f"an ARM endpoint describes itself at {METADATA}; {reason}"
        raise AzureError(Problem(Severity.ERROR, f"{url} does not say where to log in", detail)) from None
    if (urlsplit(audience).hostname or "").casefold() in _PUBLIC_AUDIENCES:
        detail = "its token would open the public cloud to whoever runs this endpoint: refused"
        raise AzureError(Problem(Severity.ERROR, f"{url} asks for a token of {audience}", detail))
    return CloudEndpoint(url, audience.rstrip("/"), _login(url, authority))


def _trusting() -> ssl.SSLContext:
    """Of the CAs that the SDK trusts too: an Azure Stack has one of its own."""
    given = os.environ.get("REQUESTS_CA_BUNDLE") or None
    is_folder = given is not None and os.path.isdir(given)  # noqa: PTH112
    return ssl.create_default_context(cafile=None if is_folder else given, capath=given if is_folder else None)


def _login(url: str, authority: str) -> str:
    """`https://HOST[:PORT]` of a login endpoint: a host and a port alone would be read as a scheme and a path."""
    parts = urlsplit(authority)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        summary = f"{url} says to log in at {redact(authority)!r}, which is no https address"
        raise AzureError(Problem(Severity.ERROR, summary, "a secret may only travel over https"))
    return f"https://{parts.netloc}"
