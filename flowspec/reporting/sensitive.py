"""A document -> the same without the values that a source calls sensitive: `(sensitive)` stands where one would show.

What is next to a hidden prefix tells where it begins or ends, so a list of addresses that does is hidden as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from flowspec.sets.address import parse_prefix
from flowspec.sets.intervals import V4, V6, Span

HIDDEN = "(sensitive)"
SHORTEST = 4
"""Texts that are shorter are hidden where they stand alone, not as a part of others."""
PUBLIC = frozenset((
    "allow", "deny", "inbound", "outbound", "tcp", "udp", "icmp", "esp", "ah", "*", "any", "internet", "virtualnetwork",
    "true", "false", "",
))  # fmt: skip
"""Words of Azure that tell nothing."""

D = TypeVar("D")


def without_secrets(document: D, secrets: Iterable[str]) -> D:
    """The document, with no sensitive value in any text of it."""
    texts = {text for text in secrets if text.casefold() not in PUBLIC}
    return _Veil(texts).over(document) if texts else document


class _Veil:
    def __init__(self, texts: set[str]) -> None:
        whole = {*V4.spans, *V6.spans}
        self.spans: list[Span] = [span for span in map(parse_prefix, texts) if span is not None and span not in whole]
        self.borders = {end for low, high in self.spans for end in (low, high + 1)}
        self.alone = {text.casefold() for text in texts}
        long = sorted((re.escape(text) for text in texts if len(text) >= SHORTEST), key=len, reverse=True)
        self.within = re.compile(rf"(?<![\w.])(?:{'|'.join(long)})(?![\w.])", re.IGNORECASE) if long else None

    def over(self, value: Any) -> Any:
        """A value of a document, whatever it is."""
        if type(value) is str:
            return HIDDEN if self.hides(value) else self.within.sub(HIDDEN, value) if self.within else value
        if isinstance(value, tuple | list):
            if any(type(item) is str and self.hides(item) for item in value):
                return type(value)((HIDDEN,))
            return type(value)(map(self.over, value))
        if isinstance(value, dict):
            return {name: self.over(item) for name, item in value.items()}
        names = getattr(type(value), "__struct_fields__", ())
        return type(value)(**{name: self.over(getattr(value, name)) for name in names}) if names else value

    def hides(self, text: str) -> bool:
        """Whether a text is a sensitive value, or an address or prefix that tells where one is."""
        if text.casefold() in self.alone:
            return True
        span = parse_prefix(text) if self.spans and text[:1].isalnum() else None
        if span is None:
            return False
        inside = any(low <= span[0] and span[1] <= high for low, high in self.spans)
        return inside or span[0] in self.borders or span[1] + 1 in self.borders
