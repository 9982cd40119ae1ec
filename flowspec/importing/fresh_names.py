"""What things of a network are called -> names for blocks of a spec, no two alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 60
"""Characters of a name: what it is made of may be as long as Azure lets it be."""


class FreshNames:
    """Names of one kind of block, each given once. What comes from a network is anyone's: letters and digits stay."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def new(self, wished: str) -> str:
        """A name like the one wished for."""
        plain = _cut(re.sub(r"[^a-z0-9]+", "-", wished.casefold()).strip("-"))
        name = plain if plain[:1].isalpha() else f"n-{plain}".strip("-")
        found, number = name, 2
        while found in self._taken:
            found, number = f"{name}-{number}", number + 1
        self._taken.add(found)
        return found


def _cut(plain: str) -> str:
    """Up to the longest that a name may be, at a dash if there is one in its latter half."""
    if len(plain) <= _LONGEST:
        return plain
    at = plain.rfind("-", _LONGEST // 2, _LONGEST + 1)
    return plain[: at if at > 0 else _LONGEST]
