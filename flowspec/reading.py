"""A file that somebody named -> its bytes: bounded, and with words of the system for whatever is in the way."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO

MOST = 2 * 1024**3
"""Bytes of a file that has no bound of its own."""
_PIECE = 1 << 20
FileState = tuple[int, int]
"""When a file was written, and its size."""
_OPENED: ContextVar[tuple[dict[Path, FileState | None], ...]] = ContextVar("opened", default=())


def read(path: Path, most: int = MOST) -> bytes:
    """The bytes of a file or a pipe.

    OSError for what can't be opened, for a device that never ends, and (EFBIG) for more than `most` bytes.
    """
    note(path)
    try:
        stream = path.open("rb")
    except ValueError as error:
        raise OSError(errno.EINVAL, "no file can have this name", str(path)) from error
    with stream:
        refuse_endless(stream)
        return _bounded(stream, most, path)


@contextmanager
def noting() -> Iterator[dict[Path, FileState | None]]:
    """The files that are opened meanwhile, each as it was just before; None for one that was not there."""
    opened: dict[Path, FileState | None] = {}
    token = _OPENED.set((*_OPENED.get(), opened))
    try:
        yield opened
    finally:
        _OPENED.reset(token)


def note(path: Path) -> None:
    """A file is about to be opened, here or by a program that reads it for us."""
    for opened in _OPENED.get():
        opened[path] = state_of(path)


def state_of(path: Path) -> FileState | None:
    """None for a file that is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


def refuse_endless(stream: BinaryIO) -> None:
    """OSError for a device such as /dev/zero; a terminal and the empty device end, and so do pipes."""
    told = os.fstat(stream.fileno())
    if stat.S_ISBLK(told.st_mode) or (stat.S_ISCHR(told.st_mode) and not stream.isatty() and not _is_empty(told)):
        raise OSError(errno.EINVAL, "it is a device, not a file", str(stream.name))


def misfit(path: Path) -> str:
    """What keeps a file that was found in a folder, not named, from being read; "" where nothing does."""
    if not is_text(str(path)):
        return "its name is not UTF-8: rename it"
    if path.exists() and not path.is_file():
        return "it is a pipe or a device, not a file: take it out of the folder"
    return ""


def is_text(name: str) -> bool:
    """Whether a name or a value that the system gave is UTF-8, so that a report can hold it."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _is_empty(told: os.stat_result) -> bool:
    return told.st_rdev == Path(os.devnull).stat().st_rdev


def _bounded(stream: BinaryIO, most: int, path: Path) -> bytes:
    """At once as many bytes as the system says there are, then piece by piece: of a pipe it says nothing."""
    expected = os.fstat(stream.fileno()).st_size
    if expected > most:
        raise _too_large(most, path)
    pieces = [stream.read(expected + 1)]
    left = most - len(pieces[0])
    while pieces[-1] and left >= 0 and len(pieces[0]) > expected:
        pieces.append(stream.read(min(_PIECE, left + 1)))
        left -= len(pieces[-1])
    if left < 0:
        raise _too_large(most, path)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_large(most: int, path: Path) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {most:,} bytes", str(path))
