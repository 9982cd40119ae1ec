"""Ports and protocols as they are written: the one table of each."""

from __future__ import annotations

from flowspec.sets.intervals import Protocol, Span

SPELLINGS = {Protocol.TCP: "Tcp", Protocol.UDP: "Udp", Protocol.ICMP: "Icmp", Protocol.ESP: "Esp", Protocol.AH: "Ah"}
"""The protocols that have a name, as rules spell them."""
PROTOCOLS = {name.casefold(): protocol for protocol, name in SPELLINGS.items()}
"""Folded name -> protocol."""
HIGHEST_PORT = 65535


def port_span(text: str) -> Span | None:
    """`80`, `80-90`, `*` -> its bounds; None when it is no range of ports."""
    if text.strip() == "*":
        return 0, HIGHEST_PORT
    low, _, high = text.partition("-")
    low, high = low.strip(), high.strip() or low.strip()
    if not (low.isascii() and low.isdigit() and high.isascii() and high.isdigit() and len(low + high) < 20):
        return None
    return (int(low), int(high)) if int(low) <= int(high) <= HIGHEST_PORT else None


def port_text(span: Span) -> str:
    """`80`, `80-90`: the ports of a span as they are written."""
    low, high = span
    return str(low) if low == high else f"{low}-{high}"
