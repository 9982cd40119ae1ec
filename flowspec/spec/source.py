"""Paths -> texts that know their lines: finds the files of a spec and reads them."""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from flowspec import reading
from flowspec.errors import FlowspecError, Problem, Severity, Where
from flowspec.revision import Revision

PATTERNS = ("*.flow.hcl", "*.flow.json")
_LONGEST = 2000
"""Characters of a message."""


class Refused(Exception):  # noqa: N818
    """A place in one text that is wrong; whoever knows the `Source` turns it into a Problem."""

    def __init__(self, at: int, summary: str, detail: str = "") -> None:
        super().__init__(summary)
        self.at = at
        self.summary = summary
        self.detail = detail


class SpecText:
    """The text of one file. `at` is an offset into it, in characters; lines and columns are found when asked for."""

    __slots__ = ("_lines", "digest", "path", "text")

    def __init__(self, path: str, text: str, digest: str = "") -> None:
        self.path = path
        self.text = text
        self.digest = digest
        self._lines: list[int] | None = None

    @property
    def is_json(self) -> bool:
        return self.path.endswith(".json")

    def where(self, at: int) -> Where:
        if self._lines is None:
            self._lines = _line_starts(self.text)
        line = bisect_right(self._lines, at)
        return Where(self.path, line, at - self._lines[line - 1] + 1, source=self.text)

    def problem(self, refused: Refused) -> Problem:
        return error(refused.summary, refused.detail, self.where(refused.at))


def error(summary: str, detail: str = "", where: Where | None = None) -> Problem:
    return Problem(Severity.ERROR, _bounded(printable(summary)), _bounded(printable(detail)), where)


def _bounded(text: str) -> str:
    """A text that quotes what was written, whatever its length: of a very long one, its two ends."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"


def printable(text: str) -> str:
    """One line, whatever the names and values that it quotes hold."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _line_starts(text: str) -> list[int]:
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def find_files(paths: Sequence[Path | str], problems: list[Problem]) -> list[Path]:
    """The files that `paths` name, each once, in the order given; those of a folder by name."""
    found: dict[Path, Path] = {}
    if not paths:
        problems.append(error("No spec is named", 'Name files or folders; "." is the current folder.'))
    for path in map(Path, paths):
        files = _files_of(path, problems)
        for file in files:
            found.setdefault(Path(os.path.realpath(file)), file)
    return list(found.values())


class SpecFiles:
    """Where the files of a spec are found and read: here, the folders of this machine."""

    def find(self, paths: Sequence[Path | str], problems: list[Problem]) -> list[Path]:
        """The files that paths name, as `find_files`."""
        return find_files(paths, problems)

    def has(self, path: Path) -> bool:
        """Whether there is a file of this name."""
        return path.is_file()

    def read(self, path: Path, problems: list[Problem]) -> SpecText | None:
        """A file as text, as `read`."""
        return read(path, problems)


class RevisionFiles(SpecFiles):
    """The files of a git revision, which a change of the working tree does not reach."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision

    def find(self, paths: Sequence[Path | str], problems: list[Problem]) -> list[Path]:
        """The files that paths name, each once; those of a folder by name."""
        found: dict[str, Path] = {}
        for path in map(Path, paths):
            names = self._revision.names(path)
            chosen = [path / name for name in names or () if any(fnmatchcase(name, pattern) for pattern in PATTERNS)]
            if names is None:
                chosen = [path]
            elif not chosen:
                where = f'No spec in the folder "{path}" of {self._revision.name}'
                problems.append(error(where, f"Looked for {' and '.join(PATTERNS)} there, and not in its subfolders."))
            found.update((os.path.normpath(file), file) for file in chosen)
        return list(found.values())

    def has(self, path: Path) -> bool:
        """Whether the revision has a file of this name."""
        return path.name in (self._revision.names(path.parent) or ())

    def read(self, path: Path, problems: list[Problem]) -> SpecText | None:
        """A file of the revision as text; None, and a problem, for what is not text."""
        if not reading.is_text(str(path)):
            problems.append(error("The name of a file is not UTF-8", "Rename it.", Where(str(path))))
            return None
        try:
            data = self._revision.read(path)
        except FlowspecError as failure:
            problems.extend(failure.problems)
            return None
        return decode(str(path), data, problems)


def _files_of(path: Path, problems: list[Problem]) -> list[Path]:
    if path.is_dir():
        found = sorted((file for pattern in PATTERNS for file in path.glob(pattern) if not file.is_dir()), key=str)
        unfit = {file: why for file in found if (why := reading.misfit(file))}
        problems += [error(f'Cannot read "{file}": {why}', "", Where(str(file))) for file, why in unfit.items()]
        files = [file for file in found if file not in unfit]
        if not found:
            where = "the current folder" if str(path) == "." else f'the folder "{path}"'
            problems.append(
                error(
                    f"No spec in {where}",
                    f"Looked for {' and '.join(PATTERNS)} there, and not in its subfolders. "
                    "Name a file or a folder, or write a first spec with: flowspec init",
                )
            )
        return files
    if not path.exists():
        problems.append(
            error(f'There is no file or folder "{path}"', "A spec is read from the files and folders that are named.")
        )
        return []
    return [path]


def read(path: Path, problems: list[Problem]) -> SpecText | None:
    """The file as text; None, and a problem, for what is not text."""
    try:
        data = reading.read(path)
    except OSError as failure:
        problems.append(error(f'Cannot read "{path}": {failure.strerror or failure}', "", Where(str(path))))
        return None
    return decode(str(path), data, problems)


def decode(path: str, data: bytes, problems: list[Problem]) -> SpecText | None:
    """The bytes of a file as text; None, with the problem noted, for what is not UTF-8 or holds a NUL."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = data.count(b"\n", 0, failure.start) + 1
        detail = "Save the file as UTF-8."
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            detail = "It looks like UTF-16. " + detail
        summary = f"The file is not UTF-8: byte 0x{data[failure.start]:02x} on line {line}"
        problems.append(error(summary, detail, Where(path, line)))
        return None
    source = SpecText(path, text, "sha256:" + hashlib.sha256(data).hexdigest())
    if "\0" in text:
        detail = "This is not a text file, or it was saved in another encoding: save it as UTF-8."
        problems.append(error("The file holds a NUL character", detail, source.where(text.index("\0"))))
        return None
    return source
