"""Texts that a source holds back, and names of which it knows a part: how both are spelled, and why they are unknown.

A text that begins with `UNKNOWN` stands for a value that nobody knows yet (known after apply, an expression that can't
be evaluated); its reason, what settles it, and the ids that it is one of may follow. Inside a name or an id, `‹why›`
stands for the part that is not known: it shows what it is wherever the name is printed. Azure's names have neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

UNKNOWN = "\0unknown"
OPEN, CLOSE = "‹", "›"


def unknown(reason: str, settle: str = "", among: Iterable[str] = ()) -> str:
    """A text that is held back, with the reason; `among`: the ids of which it is surely one."""
    return "\0".join((UNKNOWN, reason, settle, *among))


def is_unknown(value: object) -> TypeGuard[str]:
    return type(value) is str and value.startswith(UNKNOWN)


def why(text: str) -> tuple[str, str]:
    """The reason of a text that is held back, and what would settle it."""
    reason, settle, *_ = (*text[1:].split("\0")[1:], "", "")
    return reason or "the value is not known", settle


def among(text: str) -> tuple[str, ...]:
    """The ids of which a text that is held back is surely one; none where it may be anything."""
    return tuple(text[1:].split("\0")[3:])


def opaque(label: str) -> str:
    """A part of a name that is not known."""
    return f"{OPEN}{label}{CLOSE}"


def is_opaque(name: str) -> bool:
    """Whether a name or an id has a part that is not known."""
    return OPEN in name
