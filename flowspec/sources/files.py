"""A file or a folder -> the bytes of its JSON files, bounded, in a fixed order."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from flowspec.errors import Where
from flowspec.reading import read
from flowspec.sources.jsontext import refusal

UNITS = ("bytes", "kB", "MB", "GB", "TB")


def json_files(folder: Path) -> list[Path]:
    """All `*.json` below a folder, sorted; hidden ones and those behind linked folders are left out."""
    found: list[Path] = []
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(base, name) for name in sorted(names) if is_json(name)]
    if not found:
        raise refusal("the folder has no .json file", "give a folder with Azure resources as JSON", Where(str(folder)))
    return found


def is_json(name: str) -> bool:
    return name.lower().endswith(".json") and not name.startswith(".")


class Budget:
    """How many bytes a source may still have."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left = limit

    def read(self, path: Path) -> bytes:
        """The bytes of a file (or a pipe); SourceError beyond the limit."""
        try:
            data = read(path, self.left)
        except OSError as error:
            if error.errno != errno.EFBIG:
                raise
            raise self.refused(path) from None
        self.left -= len(data)
        return data

    def refused(self, path: Path) -> Exception:
        summary = f"the source is larger than --max-input ({size(self.limit)})"
        return refusal(summary, "raise --max-input if it is meant to be so large", Where(str(path)))


def size(number: float) -> str:
    """`2 GB`: a number of bytes in units of 1024."""
    for unit in UNITS:
        if number < 1024 or unit == UNITS[-1]:
            break
        number /= 1024
    return f"{number:.4g} {unit}"


def paths(locator: str) -> Iterator[Path]:
    """The file itself, or the JSON files of the folder."""
    path = Path(locator)
    if path.is_dir():
        yield from json_files(path)
    else:
        yield path
