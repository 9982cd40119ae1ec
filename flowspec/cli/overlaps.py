"""Outputs and inputs of a command -> a refusal where one file is written over another, before anything is read."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from flowspec.cli.system import doing
from flowspec.errors import FlowspecError, Problem, Severity

_Key = tuple[int, int] | str
"""A file that is there by device and inode, whatever leads to it; one that is not yet, by its place."""


def refuse_overlaps(
    outputs: Sequence[Path],
    *,
    sources: Iterable[str] = (),
    specs: Iterable[str] = (),
    files: Iterable[str | Path] = (),
) -> None:
    """FlowspecError where an output is also an input, or two outputs are one file; by whatever names and links.

    `sources` are inventories and `specs` specs, of which a folder means the files that are read of it; `files` are
    read as they are.
    """
    if not outputs:
        return
    read = _inputs(sources, specs, files)
    written: dict[_Key, Path] = {}
    for path in outputs:
        with doing("write", path):
            key = _key(path)
        if key is None:
            continue
        if key in read:
            raise _refusal(path, f"this run reads it{_as(read[key], path)}")
        if key in written:
            raise _refusal(path, f"it is written twice{_as(written[key], path)}")
        if key == _standard_output():
            raise _refusal(path, "standard output already goes there")
        written[key] = path


def _inputs(sources: Iterable[str], specs: Iterable[str], files: Iterable[str | Path]) -> dict[_Key, Path]:
    found: dict[_Key, Path] = {}
    for path in (*_files_of_sources(sources), *_files_of_specs(specs), *map(Path, files)):
        try:
            key = _key(path)
        except OSError:  # told when it is read
            continue
        if key is not None:
            found.setdefault(key, path)
    return found


def _files_of_sources(locators: Iterable[str]) -> Iterator[Path]:
    from flowspec.sources.files import paths
    from flowspec.sources.registry import SCHEMES

    for locator in locators:
        if any(locator.lower().startswith(scheme) for scheme in SCHEMES):
            continue
        try:
            yield from paths(locator)
        except FlowspecError:  # told when it is read
            continue


def _files_of_specs(paths: Iterable[str]) -> Iterator[Path]:
    from flowspec.spec.source import find_files

    yield from find_files(list(paths), [])


def _key(path: Path) -> _Key | None:
    """None for what several may write and read: a pipe, a terminal, the empty device."""
    try:
        told = path.stat()
    except FileNotFoundError:
        place = os.path.realpath(path)
        return place.casefold() if _ignores_case(Path(place).parent) else place
    return (told.st_dev, told.st_ino) if stat.S_ISREG(told.st_mode) else None


def _ignores_case(folder: Path) -> bool:
    """Whether two names that differ in letter case are one file there: asked of the folder's own name."""
    other = folder.with_name(folder.name.swapcase())
    if other == folder:
        return sys.platform in ("win32", "darwin")
    try:
        return other.samefile(folder)
    except OSError:
        return False


def _standard_output() -> _Key | None:
    try:
        told = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError):
        return None
    return (told.st_dev, told.st_ino) if stat.S_ISREG(told.st_mode) else None


def _as(other: Path, path: Path) -> str:
    return f", as {other}" if other != path else ""


def _refusal(path: Path, why: str) -> FlowspecError:
    return FlowspecError(Problem(Severity.ERROR, f"Can't write {path}: {why}.", "Give it another name."))
