"""Text that comes from libraries and servers -> the same without tokens, secrets and signatures."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit, urlunsplit

_HIDDEN = "(hidden)"
_SECRETS = (
    re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"),
    re.compile(r"(?i)(?<=bearer )[^\s\"',;]+"),
    re.compile(r"(?i)(?<=client_secret=)[^\s&\"']+"),
    re.compile(r"(?i)(?<=client_assertion=)[^\s&\"']+"),
    re.compile(r"(?i)(?<=authorization: )\S+(?: \S+)?"),
    re.compile(r"(?i)(?<=[?&]sig=)[^\s&\"']+"),
)
_SHOWN = frozenset({"api-version", "$filter", "statusonly"})
_LONGEST = 600


def redact(text: str) -> str:
    """`text` on few characters, fit for a message."""
    for pattern in _SECRETS:
        text = pattern.sub(_HIDDEN, text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def shown_url(url: str) -> str:
    """A URL for a log: of its query only what says nothing secret (a poll URL carries a signature)."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = "&".join(f"{name}={value if name.casefold() in _SHOWN else _HIDDEN}" for name, value in pairs)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, query, ""))
