"""What an apply has done and is about to do, on disk before each call: `.flowspec/apply.journal`.

One line for each thing, added at the end with a checksum and forced to the disk. A last line that is broken was cut by
a crash before the call that it announces was made, so it is taken off; any other line that does not fit is an error.
"""

from __future__ import annotations

import json
import os
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import msgspec

from flowspec.applying.steps import as_planned
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.model.documents.plan import Step
from flowspec.reading import read
from flowspec.verifiers.memory import FOLDER as FOLDER

FILE = "apply.journal"
_LOCK = "apply.lock"
VERSION = 1


class Heading(StrEnum):
    """Where an apply is going, or has come to."""

    FORWARD = "forward"
    BACK = "back"
    APPLIED = "applied"
    UNDONE = "undone"


@dataclass(slots=True, kw_only=True)
class Written:
    """A step that was begun: the rule before it and what was to be written, each the properties or None for no rule.

    `left` is what Azure had afterwards; `is_done` tells whether that was seen.
    """

    before: Mapping[str, Any] | None
    wanted: Mapping[str, Any] | None
    left: Mapping[str, Any] | None = None
    is_done: bool = False
    is_undone: bool = False


@dataclass(slots=True, kw_only=True)
class Journal:
    """The journal of one apply. `plan` is the digest of its plan, `address` the ARM endpoint that it writes to.

    `size`: how much of the file was read and holds. `resumed` are the steps that an earlier run began: whether it sent
    their writes is not known.
    """

    path: Path
    plan: str
    address: str
    subscriptions: tuple[str, ...]
    steps: tuple[Step, ...]
    plan_file: str = ""
    course: Heading = Heading.FORWARD
    written: dict[int, Written] = field(default_factory=dict)
    size: int = 0
    resumed: frozenset[int] = frozenset()
    _handle: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the network may be neither as it was nor as planned."""
        return self.course in (Heading.FORWARD, Heading.BACK)

    @property
    def is_going_back(self) -> bool:
        return self.course is Heading.BACK

    def create(self) -> None:
        """A new file with what the apply is about; nobody but its owner may read it."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        self._handle = os.open(self.path, flags, 0o600)
        self._append({"head": self._head()})
        _force_folder(self.path.parent)

    def _head(self) -> dict[str, Any]:
        return {
            "flowspec_apply": VERSION,
            "plan": self.plan,
            "plan_file": self.plan_file,
            "address": self.address,
            "subscriptions": list(self.subscriptions),
            "steps": msgspec.to_builtins(self.steps),
        }

    def begin(self, number: int, before: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> None:
        """Before the call that writes a step."""
        self.written[number] = Written(before=before, wanted=wanted)
        self._append({"begin": number, "before": before, "wanted": wanted})

    def done(self, number: int, left: Mapping[str, Any] | None) -> None:
        """After it: what Azure has now."""
        self.written[number].left, self.written[number].is_done = left, True
        self._append({"done": number, "left": left})

    def undone(self, number: int) -> None:
        """A step whose rule is as it was before."""
        self.written[number].is_undone = True
        self._append({"undone": number})

    def turn(self, course: Heading) -> None:
        """From here on it goes back, or it has come to an end."""
        self.course = course
        self._append({"course": course.value})

    def open_steps(self) -> list[int]:
        """The steps that were begun and are not undone, the last first."""
        return [number for number in sorted(self.written, reverse=True) if not self.written[number].is_undone]

    def reopen(self) -> None:
        """To go on with a journal that was read."""
        if self._handle is None:
            self._handle = os.open(self.path, os.O_RDWR | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0))
            os.ftruncate(self._handle, self.size)

    def take_up(self) -> None:
        """An apply that was put away, to be undone: it is the open one again."""
        place = self.path.with_name(FILE)
        self.path.replace(place)
        self.path = place
        _force_folder(place.parent)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def put_away(self) -> None:
        """After the end: an apply stays under the digest of its plan, to be undone later; one undone leaves nothing."""
        self.close()
        if self.course is Heading.APPLIED:
            self.path.replace(self.path.with_name(_kept(self.plan)))
        elif self.course is Heading.UNDONE:
            self.path.unlink()
        _force_folder(self.path.parent)

    def _append(self, entry: Mapping[str, Any]) -> None:
        assert self._handle is not None
        text = json.dumps(entry, ensure_ascii=True, separators=(",", ":"))
        data = f"{zlib.crc32(text.encode()):08x} {text}\n".encode()
        try:
            while data:
                data = data[os.write(self._handle, data) :]
            os.fsync(self._handle)
        except OSError as error:
            words = f"The journal {self.path} can't be written: {error.strerror}"
            advice = (
                "Without it nothing more is changed. It has all that was done before: mend that, and run this again."
            )
            raise FlowspecError(Problem(Severity.ERROR, words, advice)) from error


def _kept(plan: str) -> str:
    return f"applied-{plan[:16]}.journal"


def unfinished(folder: Path) -> Journal | None:
    """The journal of an apply that did not come to an end, in this folder; one that did is put away first."""
    path = folder / FOLDER / FILE
    if not path.exists():
        return None
    found = _read(path)
    if found is None:  # nothing was begun: not even its first line got to the disk
        path.unlink()
        return None
    if not found.is_open:
        found.put_away()
        return None
    return found


def applied(folder: Path, plan: str) -> Journal | None:
    """The journal of a plan (its digest) that was applied from this folder, as one that can be undone."""
    path = folder / FOLDER / _kept(plan)
    return _read(path) if path.exists() else None


def fresh(folder: Path, *, plan: str, address: str, steps: Sequence[Step], plan_file: str) -> Journal:
    """A journal that is not on disk yet."""
    subscriptions = tuple(sorted({step.nsg.split("/")[2].casefold() for step in steps}))
    return Journal(
        path=folder / FOLDER / FILE,
        plan=plan,
        address=address,
        subscriptions=subscriptions,
        steps=tuple(steps),
        plan_file=plan_file,
    )


def _read(path: Path) -> Journal | None:
    """What a journal says; None for one that was cut before its first line; FlowspecError where it can't be trusted."""
    _refuse_others(path)
    entries, size = _entries(path)
    if not entries:
        return None
    try:
        head = entries[0]["head"]
        if head["flowspec_apply"] != VERSION:
            raise _refusal(path, "a newer flowspec wrote it", "Use that one.")
        steps = msgspec.convert(head["steps"], tuple[Step, ...])
        journal = Journal(
            path=path,
            plan=str(head["plan"]),
            address=str(head["address"]),
            subscriptions=tuple(head["subscriptions"]),
            steps=steps,
            plan_file=str(head["plan_file"]),
            size=size,
        )
        for entry in entries[1:]:
            _replay(journal, entry)
        journal.resumed = frozenset(journal.written)
        _check_written(journal)
    except (IndexError, KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise _refusal(path, f"it does not fit ({error})") from error
    return journal


def _refuse_others(path: Path) -> None:
    """FlowspecError for a file that someone else may have written, as one that came with a repository."""
    told = path.stat(follow_symlinks=False)
    mine = not hasattr(os, "getuid") or told.st_uid == os.getuid()
    if os.name == "posix" and (not mine or not stat.S_ISREG(told.st_mode) or stat.S_IMODE(told.st_mode) & 0o077):
        raise _refusal(path, "others than you may have written it (its mode is not 0600)")


def _replay(journal: Journal, entry: Mapping[str, Any]) -> None:
    match entry:
        case {"begin": int(number), "before": before, "wanted": wanted}:
            journal.written[number] = Written(before=before, wanted=wanted)
        case {"done": int(number), "left": left}:
            journal.written[number].left, journal.written[number].is_done = left, True
        case {"undone": int(number)}:
            journal.written[number].is_undone = True
        case {"course": str(course)}:
            journal.course = Heading(course)
        case _:
            raise ValueError(f"a line says {sorted(entry)}")


def _check_written(journal: Journal) -> None:
    """ValueError where what was to be written is not what the steps say."""
    for number, written in journal.written.items():
        step = journal.steps[number]
        if not as_planned(written.before, step.before) or not as_planned(written.wanted, step.after):
            raise ValueError(f"step {number + 1} is not what was written")


def _entries(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines that hold, and how many bytes they are; the last may be broken."""
    lines = read(path).splitlines(keepends=True)
    found: list[dict[str, Any]] = []
    for at, line in enumerate(lines):
        entry = _entry(line.removesuffix(b"\n")) if line.endswith(b"\n") else None
        if entry is None and at < len(lines) - 1:
            raise _refusal(path, f"line {at + 1} was changed or is broken")
        found += [entry] if entry is not None else []
    return found, sum(map(len, lines[: len(found)]))


def _entry(line: bytes) -> dict[str, Any] | None:
    check, _, text = line.partition(b" ")
    try:
        found = json.loads(text) if int(check, 16) == zlib.crc32(text) else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _refusal(path: Path, why: str, advice: str = "") -> FlowspecError:
    detail = advice or (
        "It says which rules were written and how they were before. Look at them in Azure, mend them by hand, and "
        "then remove the file."
    )
    return FlowspecError(Problem(Severity.ERROR, f"The journal {path} can't be trusted: {why}.", detail))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One apply at a time in a folder, also across processes; FlowspecError where another one runs."""
    home = folder / FOLDER
    home.mkdir(exist_ok=True)
    ignore = home / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    handle = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(handle, "r+b") as stream:
        if not _lock(stream):
            raise FlowspecError(
                Problem(Severity.ERROR, f"Another flowspec apply runs in {folder.resolve()}.", "Wait until it is done.")
            )
        yield


def _lock(stream: IO[bytes]) -> bool:
    """Until the file is closed, and so at the latest when the process ends, however it ends."""
    try:
        try:
            import fcntl
        except ImportError:  # Windows
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _force_folder(folder: Path) -> None:
    """The names in a folder to the disk; where a system has no such thing, it needs none."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
