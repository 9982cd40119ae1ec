"""Numbers of things in words: `1 rule`, `1,200 rules`."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """`1 rule`, `1,200 rules`, `2 boundaries`; `one` may be several words, of which `several` is the plural."""
    return f"{number:,} {noun_for(number, one, several)}"


def noun_for(number: int, one: str, several: str = "") -> str:
    """`rule`, or `rules` where there is not one of them."""
    if number == 1:
        return one
    return several or (f"{one[:-1]}ies" if one.endswith("ry") else f"{one}es" if one.endswith("x") else f"{one}s")
