"""The reasons for *unknown* that docs/unknown.md explains, read from the page itself."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "unknown.md"
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
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
    """Where the page explains a reason, or each of the reasons that are joined in it; "" for one that it does not."""
    return tuple(
        next((heading for heading, said in explained().items() if said.fullmatch(part)), "")
        for part in reason.split("; ")
    )
