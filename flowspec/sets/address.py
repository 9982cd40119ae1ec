"""Text <-> addresses and prefixes on the address line of `netset`.

An estate holds hundreds of thousands of prefixes, and `ipaddress` takes ten times as long for each.
"""

from __future__ import annotations

import socket
from functools import lru_cache

from flowspec.sets.intervals import V4, V6, V6_BASE, AddressSet, Span


def parse_prefix(text: str) -> Span | None:
    """`10.0.0.0/8`, `10.0.0.4`, `fd00::/8` -> its span; host bits are masked off. None when it is no prefix."""
    address, slash, length = text.strip().partition("/")
    number = parse_address(address)
    if number is None or not slash:
        return None if number is None else (number, number)
    hosts = _hosts(length, 32 if number < V6_BASE else 128)
    if hosts is None:
        return None
    low = number & ~hosts
    return low, low | hosts


@lru_cache(maxsize=512)
def _hosts(length: str, width: int) -> int | None:
    """The bits behind a prefix of some length."""
    if not (len(length) < 10 and length.isascii() and length.isdigit() and int(length) <= width):
        return None
    return (1 << (width - int(length))) - 1


def parse_address(text: str) -> int | None:
    """`10.0.0.4` or `fd00::4` -> its place on the line; None when it is no address."""
    try:
        if ":" not in text:
            return int.from_bytes(socket.inet_pton(socket.AF_INET, text))
        return None if "%" in text else V6_BASE + int.from_bytes(socket.inet_pton(socket.AF_INET6, text))
    except (OSError, ValueError):
        return None


def prefix_set(texts: tuple[str, ...]) -> AddressSet:
    """The union of prefixes; what is no prefix is left out (callers check before)."""
    return AddressSet.of([span for span in map(parse_prefix, texts) if span is not None])


def address_text(number: int) -> str:
    """The address at a place on the line (which must not be a point)."""
    if number < V6_BASE:
        return socket.inet_ntop(socket.AF_INET, number.to_bytes(4))
    return socket.inet_ntop(socket.AF_INET6, (number - V6_BASE).to_bytes(16))


def span_prefixes(low: int, high: int) -> list[str]:
    """The fewest prefixes that make up a span of addresses of one family."""
    width = 32 if low < V6_BASE else 128
    base = 0 if width == 32 else V6_BASE
    prefixes = []
    while low <= high:
        offset = low - base
        size = (offset & -offset).bit_length() - 1 if offset else width
        while low + (1 << size) - 1 > high:
            size -= 1
        prefixes.append(f"{address_text(low)}/{width - size}")
        low += 1 << size
    return prefixes


def prefix_texts(addresses: AddressSet) -> list[str]:
    """The numbered part of a set as prefixes, IPv4 first."""
    spans = addresses.intersect(V4).spans + addresses.intersect(V6).spans
    return [prefix for low, high in spans for prefix in span_prefixes(low, high)]
