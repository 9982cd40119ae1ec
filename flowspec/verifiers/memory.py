"""Answers of Azure, kept in `.flowspec/` for a day: one line each, added at the end, checked when it is read.

A line that a crash cut short, or that anyone changed, does not carry its checksum and is skipped. Entries are keyed by
what was asked of whom under which effective policy; nothing in the file names a resource but the deciding rule.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from flowspec.model.live import AzureAnswer
from flowspec.reading import read

FOLDER = ".flowspec"
FILE = "answers.jsonl"
HEAD = '{"flowspec_answers":1}'
_SLACK = 200
"""Lines that the file may hold beside the live ones before it is written anew."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and when it was given, in seconds since 1970."""

    answer: AzureAnswer
    at: int


@dataclass(slots=True, kw_only=True)
class Memory:
    """The file of one folder. A file of a newer version, or a folder that can't be written, is left alone."""

    folder: Path
    max_age: float
    now: float
    _entries: dict[str, Kept] = field(default_factory=dict)
    _usable: bool = True

    def open(self) -> None:
        """Reads what is kept and still young enough, and drops the rest from the file when there is much of it."""
        path = self.folder / FILE
        try:
            data = read(path)
        except OSError:
            return
        lines = data.split(b"\n")
        version = _version(lines[0])
        if version is not None and version != 1:
            self._usable = False
            return
        self._read(lines)
        if len(lines) > 2 * len(self._entries) + _SLACK:
            self._compact(path)

    def _read(self, lines: list[bytes]) -> None:
        for line in lines:
            found = _entry(line)
            if found is not None and 0 <= self.now - found[1].at <= self.max_age:
                self._entries[found[0]] = found[1]

    def get(self, name: str) -> Kept | None:
        return self._entries.get(name)

    def put(self, name: str, answer: AzureAnswer) -> None:
        """Adds an answer, whole or not at all."""
        kept = Kept(answer, int(self.now))
        self._entries[name] = kept
        if not self._usable:
            return
        try:
            with self._locked():
                _append(self.folder / FILE, _line(name, kept))
        except OSError:
            self._usable = False

    def _compact(self, path: Path) -> None:
        with contextlib.suppress(OSError), self._locked():
            self._read(read(path).split(b"\n"))  # what others have added meanwhile
            text = "\n".join([HEAD, *(_line(name, kept) for name, kept in self._entries.items()), ""])
            handle, name = tempfile.mkstemp(prefix=f".{FILE}.", dir=self.folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                    stream.write(text)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, also across processes."""
        self.folder.mkdir(exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        with (self.folder / "lock").open("a+b") as stream:
            _lock(stream)
            yield


def _lock(stream: IO[bytes]) -> None:
    """Until the file is closed."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    fcntl.flock(stream, fcntl.LOCK_EX)


def _append(path: Path, line: str) -> None:
    no_link = getattr(os, "O_NOFOLLOW", 0)  # a repository may bring one that leads to somebody's file
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | no_link, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n" if hasattr(os, "pread") else False
        start = f"{HEAD}\n" if size == 0 else "\n" if torn else ""
        os.write(handle, f"{start}{line}\n".encode())
    finally:
        os.close(handle)


def _line(name: str, kept: Kept) -> str:
    answer = kept.answer
    body = json.dumps([name, kept.at, answer.access, answer.rule_name, answer.rule_id], separators=(",", ":"))
    return f"{zlib.crc32(body.encode()):08x} {body}"


def _entry(line: bytes) -> tuple[str, Kept] | None:
    """A line that is whole and means what it was written to mean."""
    check, _, body = line.partition(b" ")
    try:
        if int(check, 16) != zlib.crc32(body):
            return None
        name, at, access, rule_name, rule_id = json.loads(body)
    except ValueError:
        return None
    return str(name), Kept(AzureAnswer(access=str(access), rule_name=str(rule_name), rule_id=str(rule_id)), int(at))


def _version(line: bytes) -> int | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    version = found.get("flowspec_answers") if isinstance(found, dict) else None
    return version if isinstance(version, int) else None
