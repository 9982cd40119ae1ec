"""Ports, protocols and prefixes as written -> their canonical values, refused in Azure's own words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from flowspec.sets import written
from flowspec.sets.intervals import PortSet, Protocol
from flowspec.spec.values import Json

PROTOCOLS: dict[str, tuple[Protocol, ...]] = {
    **{name: (protocol,) for name, protocol in written.PROTOCOLS.items()},
    "*": tuple(Protocol),
}
PORTLESS = frozenset({"icmp", "esp", "ah"})
Ranges = tuple[tuple[int, int], ...]

_PORT = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_BAD_RANGE = "Security rule has invalid Port range."
_VALID_PORTS = "Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535."
_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*")


class BadValue(Exception):  # noqa: N818
    """Why a value is refused: what is wrong, and what to do."""

    def __init__(self, summary: str, detail: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail


def port_range(value: Json) -> tuple[int, int]:
    """The inclusive range of `443`, `"443"`, `"8000-8100"` or `"*"`."""
    if value == "*":
        return 0, 65535
    text = value if isinstance(value, str) else json.dumps(value)
    found = _PORT.fullmatch(text)
    if found is None:
        raise BadValue(f"{_BAD_RANGE} Value provided: {text[:60]}. {_VALID_PORTS}", _port_advice(text))
    low, high = int(found[1]), int(found[2] or found[1])
    if max(low, high) > 65535:
        raise BadValue(f"{_BAD_RANGE} Value provided: {text}. {_VALID_PORTS}", "Ports end at 65535.")
    if high < low:
        raise BadValue(f'The port range "{value}" ends before it begins', f'Write "{high}-{low}".')
    return low, high


def _port_advice(text: str) -> str:
    if "," in text:
        return "Write several ports as a list: [80, 443]."
    return 'Write numbers, ranges such as "8000-8100", or "*".'


def ports(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sorted and joined; every port is (), which is how `Service` says so."""
    spans = PortSet.of(ranges).spans
    return () if spans == ((0, 65535),) else spans


def prefix(text: str) -> str:
    """The canonical prefix; host bits are cut off, a bare address is a prefix of one."""
    address, slash, length = text.partition("/")
    try:
        if (slash and not _LENGTH.fullmatch(length)) or "%" in text or not text.isascii():
            raise ValueError
        return str(ip_network(text, strict=False))
    except ValueError:
        raise BadValue(
            f"InvalidAddressPrefixFormat: Address prefix {text[:60]} is not formatted correctly. "
            "It should follow CIDR notation, for example 10.0.0.0/24.",
            _prefix_advice(text, address, length),
        ) from None


def _prefix_advice(text: str, address: str, length: str) -> str:
    if "," in text:
        listed = ", ".join(json.dumps(part.strip(), ensure_ascii=False) for part in text[:60].split(","))
        return f"Write several as a list: [{listed}]."
    if text in ("*", "any", "Any"):
        return "For every address, use group.any instead."
    if _is_address(address):
        longest = 128 if ":" in address else 32
        return f"The length behind the slash is a number from 0 to {longest}, not {length[:9]!r}."
    first, dash, last = text.partition("-")
    if dash and _is_address(first.strip()) and _is_address(last.strip()):
        return "Ranges are not accepted: write the prefixes that make it up."
    if _TAG.fullmatch(text):
        return f'If "{text[:60]}" is a service tag, put it under service_tags.'
    return "Write an IPv4 or IPv6 address or prefix."


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def service_tag(text: str) -> str:
    """The text as it is, if a service tag can be called so; BadValue for a prefix or an address."""
    if not _TAG.fullmatch(text):
        is_prefix = _is_address(text.partition("/")[0])
        detail = (
            "Put addresses and prefixes under prefixes."
            if is_prefix
            else "A service tag is a name such as Storage.WestEurope."
        )
        raise BadValue(f'"{text[:60]}" is not a service tag', detail)
    return text
