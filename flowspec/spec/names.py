"""A name that does not exist -> the nearest that does, for messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

MANY = 500
"""Above so many names, only those that look alike at a glance are compared in full."""


def nearest(name: str, known: Iterable[str]) -> str:
    """`Did you mean "x"?`, or nothing."""
    spellings = {candidate.casefold(): candidate for candidate in known}
    if len(spellings) > MANY:
        spellings = {folded: spelt for folded, spelt in spellings.items() if _alike(name, spelt)}
    found = get_close_matches(name.casefold()[:100], spellings, n=1, cutoff=0.6)
    return f'Did you mean "{spellings[found[0]]}"?' if found else ""


def advice(name: str, known: Collection[str], what: str) -> str:
    """What to do about an unknown name: the nearest one, else all there are."""
    if found := nearest(name, known):
        return found
    if not known:
        return f"There is no {what}."
    listed = ", ".join(sorted(known)[:12]) + (", …" if len(known) > 12 else "")
    return f"Known: {listed}."


def _alike(name: str, other: str) -> bool:
    return abs(len(name) - len(other)) <= 2 and (name[:2] == other[:2] or name[-2:] == other[-2:])
