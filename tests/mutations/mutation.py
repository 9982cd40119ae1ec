"""What a planted mistake is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """`old` stands in `file` (below flowspec/) exactly once and becomes `new`; `tests` should notice first."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def planted(what: str, file: str, old: str, new: str, *tests: str) -> Mutation:
    return Mutation(what, file, old, new, tests)
