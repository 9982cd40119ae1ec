"""Texts that a source holds back, and names of which it knows a part: how both are spelled, and why they are unknown.

A text that begins with `UNKNOWN` stands for a value that nobody knows yet (known after apply, an expression that can't
be evaluated); its reason and what settles it may follow. Inside a name or an id, `‹why›` stands for the part that is
not known: it shows what it is wherever the name is printed. Azure's names have neither.
"""

from __future__ import annotations

from typing import TypeGuard

UNKNOWN = "\0unknown"
OPEN, CLOSE = "‹", "›"


def unknown(reason: str, settle: str = "") -> str:
    """A text that is held back, with the reason."""
    return f"{UNKNOWN}\0{reason}\0{settle}"


def is_unknown(value: object) -> TypeGuard[str]:
    return type(value) is str and value.startswith(UNKNOWN)


def why(text: str) -> tuple[str, str]:
    """The reason of a text that is held back, and what would settle it."""
    _, _, rest = text[1:].partition("\0")
    reason, _, settle = rest.partition("\0")
    return reason or "the value is not known", settle


def opaque(label: str) -> str:
    """A part of a name that is not known."""
    return f"{OPEN}{label}{CLOSE}"


def is_opaque(name: str) -> bool:
    """Whether a name or an id has a part that is not known."""
    return OPEN in name
