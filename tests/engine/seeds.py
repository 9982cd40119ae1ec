"""How much is drawn: enough for every run by default, far more with FLOWSPEC_DEEP=1. The seeds are always the same."""

from __future__ import annotations

import os

DEEP = os.environ.get("FLOWSPEC_DEEP", "") not in ("", "0")


def blocks(count: int, deep: int, size: int = 20) -> list[range]:
    """The seeds from 0, in blocks of one test each."""
    last = deep if DEEP else count
    return [range(low, min(low + size, last)) for low in range(0, last, size)]


def named(block: range) -> str:
    return f"{block.start}-{block.stop - 1}"
