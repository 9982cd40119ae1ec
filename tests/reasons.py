"""The reasons for *unknown* that docs/unknown.md explains, read from the page itself."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "unknown.md"
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_MORE = re.compile(r"; and \d+ more\Z")
_SAID = re.compile(r"```text\n(.*?)```", re.DOTALL)


@cache
def explained() -> dict[str, re.Pattern[str]]:
    """Heading -> what the reasons of its section say."""
    found = {}
    for heading, section in _SECTION.findall(PAGE.read_text("utf-8")):
        lines = [line for said in _SAID.findall(section) for line in said.splitlines()]
        told = "|".join(".*".join(map(re.escape, line.split("…"))) for line in lines)
        found[heading] = re.compile(rf"(?:.*: )?(?:{told})", re.DOTALL)
    return found


@cache
def headings(reason: str) -> tuple[str, ...]:
    """Where the page explains a reason, or each of those that are joined in it; "" for what it does not explain.

    Names in a reason may hold what joins two; of very many only some are told.
    """
    parts = _MORE.sub("", reason).split("; ")
    for number in range(1, len(parts) + 1):
        one = "; ".join(parts[:number])
        if found := [heading for heading, said in explained().items() if said.fullmatch(one)]:
            return (found[0], *headings("; ".join(parts[number:]))) if number < len(parts) else (found[0],)
    return ("",)
