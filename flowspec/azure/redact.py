"""Text that comes from libraries and servers -> the same without tokens, secrets and signatures.

What is secret is known by its value (what the environment and the credential hold), by its name (`client_secret: x`)
and by its form (a JWT, a private key, whatever stands in the query of a URL).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit, urlunsplit

HIDDEN = "(hidden)"
_NAME = (
    r"(?<![A-Za-z0-9])(?:[\w-]{0,40}[_-])?(?:"
    r"[a-z]{0,30}(?:secret|passw(?:or)?d|passphrase)|pwd"
    r"|(?:access|refresh|id|sas|bearer|security|session|auth)?[_-]?token|(?:client[_-]?)?assertion"
    r"|(?:api|shared|account|access|authorization|subscription|primary|secondary|private|functions|master)[_-]?key|key"
    r"|(?:proxy-)?authorization|authorization-auxiliary|identity-header|cookie|sig|signature"
    r")"
)
_FORMS = (
    re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}-----|\Z)", re.DOTALL),
    re.compile(r"eyJ[\w-]{5,5000}+\.[\w-]+(?:\.[\w-]*)*"),
    re.compile(r"(?i)(?<=\bbearer )[^\s\"',;]+"),
    re.compile(r"(?<=://)[^\s/@\"']{1,500}(?=@)"),
)
_NAMED = re.compile(
    rf"(?i)(?P<name>{_NAME}\\{{0,8}}[\"']?\s{{0,3}}[:=]\s{{0,3}}(?:(?:bearer|basic|digest|negotiate|sharedkey|sharedaccesssignature)\s+)?)"
    r"(?:(?P<quote>\\{0,8}[\"'])(?s:.*?(?P=quote)|.*)|[^\s,;&\"'<>)}\]]+)"
)
_QUERY = re.compile(r"(?P<name>[?&](?P<key>[\w$.~-]{1,60})=)[^\s&\"'<>)]*")
_SHOWN = frozenset({"api-version", "$filter", "statusonly"})
_LONGEST, _READ = 600, 20_000
"""Characters that are shown, and that are looked at."""

_SECRET_VARIABLE = re.compile(
    r"(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|_PWD|_?API_?KEY|_KEY|_SAS|SIGNATURE|CONNECTION_?STRING|"
    r"IDENTITY_HEADER|_PAT)(?:_VALUE)?$"
)
_OF_AZURE = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD", "ARM_CLIENT_SECRET")
_LEAST, _LEAST_OF_AZURE = 8, 4
"""Shorter values are words that a text may hold by chance."""
_SECRET_MEMBER = re.compile(
    r"(?i)secret|password|passphrase|(?:shared|authorization|account|access|private)key$|token$|signature$"
    r"|^(?:custom|user)data$|^protectedsettings$"
)
_tokens: set[str] = set()
"""What this process was given at its logins: whoever asks, it may show none of them."""


def keep_secret(value: str) -> None:
    """Never shows this value (of a token) again."""
    if len(value) >= _LEAST:
        _tokens.add(value)


def redact(text: str) -> str:
    """`text` on few characters, fit for a message."""
    text = _without(text[:_READ], sorted(_values(), key=len, reverse=True))
    for pattern in _FORMS:
        text = pattern.sub(HIDDEN, text)
    text = _QUERY.sub(_shown, text)
    text = _NAMED.sub(rf"\g<name>{HIDDEN}", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _shown(found: re.Match[str]) -> str:
    return found[0] if found["key"].casefold() in _SHOWN else f"{found['name']}{HIDDEN}"


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}:
            text = text.replace(form, HIDDEN)
    return text


def _values() -> Iterator[str]:
    """What the environment and the credential hold, by the names of the variables."""
    yield from _of_credential(_LEAST_OF_AZURE)
    for name, value in os.environ.items():
        if len(value) >= _LEAST and _SECRET_VARIABLE.search(name.upper()):
            yield value


def _of_credential(least: int) -> Iterator[str]:
    yield from tuple(_tokens)
    yield from (value for name in _OF_AZURE if len(value := os.environ.get(name, "")) >= least)


def scrubbed(resource: Any) -> Any:
    """A resource for a snapshot: keys, passwords and start-up data of VMs hidden, which decide nothing.

    Tags stay as they are, for selectors ask for them; only what the credential itself holds is hidden everywhere.
    """
    secrets = list(_of_credential(2 * _LEAST))
    return _scrubbed(resource, secrets)


def _scrubbed(value: Any, secrets: list[str], *, named: bool = True) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN
            if named and isinstance(inner, str) and _SECRET_MEMBER.search(name)
            else _scrubbed(inner, secrets, named=named and name.casefold() != "tags")
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_scrubbed(inner, secrets, named=named) for inner in value]
    return _without(value, secrets) if secrets and isinstance(value, str) else value


def shown_url(url: str) -> str:
    """A URL for a log: of its query only what says nothing secret (a poll URL carries a signature)."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = "&".join(f"{name}={value if name.casefold() in _SHOWN else HIDDEN}" for name, value in pairs)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, query, ""))
