"""A file or a folder -> the bytes of its JSON files, bounded, in a fixed order."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from flowspec.errors import Where
from flowspec.reading import MOST, read
from flowspec.sources.jsontext import refusal

READ = (".json", ".jsonl", ".ndjson")
PACKED = tuple(f"{ending}.gz" for ending in READ)
"""Read by nobody, and told: what they hold would be missing."""
UNITS = ("bytes", "kB", "MB", "GB", "TB")


def json_files(folder: Path) -> list[Path]:
    """All JSON files below a folder, sorted, those behind linked folders too (each once); hidden ones are left out."""
    found: list[Path] = []
    seen: set[str] = set()
    for base, folders, names in os.walk(folder, followlinks=True):
        place = os.path.realpath(base)
        if place in seen:
            folders[:] = []
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(base, name) for name in sorted(names) if is_json(name)]
    if not found:
        raise refusal("the folder has no .json file", "give a folder with Azure resources as JSON", Where(str(folder)))
    return found


def is_json(name: str) -> bool:
    return name.lower().endswith((*READ, *PACKED)) and not name.startswith(".")


class Budget:
    """How many bytes a source may still have."""

    def __init__(self, limit: int = MOST) -> None:
        self.limit = limit
        self.left = limit

    def read(self, path: Path) -> bytes:
        """The bytes of a file (or a pipe); SourceError beyond the limit, and for one that is compressed."""
        if path.name.lower().endswith(PACKED):
            raise refusal(
                "the file is compressed", "unpack it (gunzip), or move it out of the folder", Where(str(path))
            )
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
