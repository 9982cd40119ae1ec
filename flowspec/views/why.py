"""Reasons for unknown -> where `docs/unknown.md` explains them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from flowspec.schema_files import read_reasons

_PAGE = "docs/unknown.md"
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_SAID = re.compile(r"```text\n(.*?)```", re.DOTALL)
_READ = 200
"""Different reasons that are looked up, and parts of one."""


def explained(reasons: Iterable[str]) -> str:
    """`Why it is unknown: docs/unknown.md#a-resource-is-missing, #known-after-apply.`; "" without a reason."""
    told = tuple(dict.fromkeys(reason for reason in reasons if reason))[:_READ]
    if not told:
        return ""
    found = {place for reason in told for part in reason.split("; ")[:_READ] if (place := _anchor(part))}
    return f"Why it is unknown: {_PAGE}{', '.join(place for place in _anchors() if place in found)}."


@cache
def _anchor(reason: str) -> str:
    """The section with the longest form that a reason has, names in the place of each `…`; "" if none."""
    said = ((sum(map(len, words)), place) for place, forms in _anchors().items()
            for words in forms if _is_said(words, reason))  # fmt: skip
    return max(said, key=lambda one: one[0], default=(0, ""))[1]


def _is_said(words: tuple[str, ...], reason: str) -> bool:
    """Whether a reason has these words in this order, the last of them at its end."""
    at = 0
    for word in words:
        at = reason.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return reason.endswith(words[-1])


@cache
def _anchors() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The place of each section -> the words of what its reasons say, in the order of the page."""
    found = {}
    for heading, section in _SECTION.findall(read_reasons()):
        lines = [line for said in _SAID.findall(section) for line in said.splitlines()]
        place = re.sub(r"[^\w -]", "", heading.casefold()).replace(" ", "-")
        found[f"#{place}"] = tuple(tuple(line.split("…")) for line in lines)
    return found
