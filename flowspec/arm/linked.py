"""A template that another one names by a path -> its JSON and place, through whoever may read files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowspec.errors import Where


@dataclass(frozen=True, slots=True)
class LinkedTemplate:
    """A template, and where it stands."""

    raw: dict[str, Any]
    where: Where


Finder = Callable[[str, str], LinkedTemplate | str]
"""A path, and the file that names it -> the template there; or in words why it is not read."""


def by_nobody(path: str, file: str) -> str:
    """The Finder of a template that no files stand beside."""
    return f"{path} is not read"
