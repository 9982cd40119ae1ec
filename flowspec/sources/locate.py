"""A Where with a JSON pointer -> the same with line and column, by scanning the file.

Only containers on the way to a pointer are taken apart, each once; all else is skipped. What is found is kept for each
file, so that many places of one large file cost little more than the first. A file that is gone, has changed or is no
JSON leaves the Where as it is; so does an empty pointer, which means the file.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from flowspec.errors import Where
from flowspec.sources.relaxed import relaxed

BOM = b"\xef\xbb\xbf"
STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
SPACE = re.compile(rb"[ \t\r\n]*+")
KEY = re.compile(rb"[ \t\r\n]*+(" + STRING + rb")[ \t\r\n]*+:[ \t\r\n]*+", re.DOTALL)
SCALAR = re.compile(rb"(?:" + STRING + rb"|[^][{}\",: \t\r\n]++)", re.DOTALL)
PLAIN = rb'[^][{}"]++|' + STRING
BETWEEN = re.compile(rb"(?:" + PLAIN + rb")*+", re.DOTALL)
"""Everything up to the next bracket outside of strings."""


def nested(depth: int) -> bytes:
    """A container that nests at most so deep."""
    inner = PLAIN + b"|" + nested(depth - 1) if depth > 1 else PLAIN
    return rb"[{[](?:" + inner + rb")*+[]}]"


SHALLOW = re.compile(nested(6), re.DOTALL)
"""Nearly every container there is, skipped in one step."""
COMMA = re.compile(rb"[ \t\r\n]*+,[ \t\r\n]*+")
CONTINUATION = bytes(range(0x80, 0xC0))


def locate(where: Where) -> Where:
    """The same place with line and column; unchanged if there is no such place."""
    return locate_all([where])[where]


def locate_all(wheres: Iterable[Where]) -> dict[Where, Where]:
    """Each place with its line and column. A file is opened and its lines are counted once."""
    found = {where: where for where in wheres}
    files: dict[str, list[Where]] = {}
    for where in found:
        if where.line == 0 and where.pointer:
            files.setdefault(where.file, []).append(where)
    for file, places in files.items():
        scan = scan_of(file)
        if scan is not None:
            for where, (line, column) in spots(scan.text, offsets_of(places, scan)).items():
                found[where] = replace(where, line=line, column=column)
    return found


def offsets_of(places: Iterable[Where], scan: Scan) -> dict[Where, int]:
    """The offset of each place; of a text with comments, that in the text without them, which is the same."""
    offsets = {where: scan.find(where.pointer) for where in places}
    if None in offsets.values() and any(scan.text.find(sign) >= 0 for sign in (b"//", b"/*")):
        strict = Scan(relaxed(bytes(scan.text)))
        offsets = {where: strict.find(where.pointer) if at is None else at for where, at in offsets.items()}
    return {where: at for where, at in offsets.items() if at is not None}


def scan_of(file: str) -> Scan | None:
    try:
        stat = Path(file).stat()
        return _scan(file, stat.st_size, stat.st_mtime_ns) if Path(file).is_file() and stat.st_size else None
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=4)
def _scan(file: str, size: int, changed: int) -> Scan:
    with Path(file).open("rb") as stream:
        return Scan(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def spots(text: mmap.mmap | bytes, offsets: dict[Where, int]) -> dict[Where, tuple[int, int]]:
    """`(line, column)` of each offset, in one pass over the text; columns count characters."""
    found: dict[Where, tuple[int, int]] = {}
    at, line, column = start(text), 1, 1
    for where, offset in sorted(offsets.items(), key=lambda pair: pair[1]):
        passed = text[at:offset]
        lines = passed.count(b"\n")
        tail = passed[passed.rindex(b"\n") + 1 :] if lines else passed
        line, column = line + lines, (1 if lines else column) + len(tail.translate(None, CONTINUATION))
        at = offset
        found[where] = line, column
    return found


def unquoted(key: bytes) -> str:
    try:
        return str(json.loads(key)) if b"\\" in key else key[1:-1].decode()
    except ValueError:
        return key.decode(errors="replace")


def start(text: mmap.mmap | bytes) -> int:
    return len(BOM) if text[: len(BOM)] == BOM else 0


_Name = str | tuple[str]


class Scan:
    """One JSON text, taken apart where asked."""

    def __init__(self, text: mmap.mmap | bytes) -> None:
        self.text = text
        self._members: dict[int, dict[_Name, int]] = {}
        self._items: dict[int, list[int]] = {}

    def find(self, pointer: str) -> int | None:
        """The offset of the value at a JSON pointer."""
        at: int | None = self.after(SPACE, start(self.text)) if pointer[:1] in ("", "/") else None
        for part in pointer.split("/")[1:]:
            at = None if at is None else self.step(at, part.replace("~1", "/").replace("~0", "~"))
        return at

    def step(self, at: int, part: str) -> int | None:
        """The offset of one member or item; a name in another letter case counts when none is exact."""
        match self.text[at : at + 1]:
            case b"{":
                members = self._members.get(at) or self._members.setdefault(at, self.members(at))
                return members.get(part, members.get((part.casefold(),)))
            case b"[" if part.isascii() and part.isdigit():
                items = self._items.get(at) or self._items.setdefault(at, self.items(at))
                return items[int(part)] if int(part) < len(items) - 1 else None
        return None

    def members(self, at: int) -> dict[_Name, int]:
        """The offsets of an object's values by name, and by folded name in a tuple; a name given twice: the last."""
        found: dict[_Name, int] = {}
        key = KEY.match(self.text, at + 1)
        while key is not None:
            name = unquoted(key[1])
            found[name] = found[(name.casefold(),)] = key.end()
            comma = COMMA.match(self.text, self.skip_open(key.end()))
            key = KEY.match(self.text, comma.end()) if comma else None
        return found

    def items(self, at: int) -> list[int]:
        """The offsets of a list's items, and that of its closing bracket."""
        found: list[int] = []
        at = self.after(SPACE, at + 1)
        while self.text[at : at + 1] not in (b"]", b""):
            found.append(at)
            at = self.skip(at)
            comma = COMMA.match(self.text, at)
            if comma is None:
                at = self.after(SPACE, at)
                break
            at = comma.end()
        return [*found, at]

    def skip_open(self, at: int) -> int:
        """The end of the value at an offset; a list is taken apart on the way, for the pointer may lead into it."""
        if self.text[at : at + 1] != b"[":
            return self.skip(at)
        self._items[at] = self.items(at)
        return self._items[at][-1] + 1

    def skip(self, at: int) -> int:
        """The end of the value at an offset."""
        if self.text[at : at + 1] not in (b"{", b"["):
            return self.after(SCALAR, at)
        shallow = SHALLOW.match(self.text, at)
        return shallow.end() if shallow else self.skip_deep(at)

    def skip_deep(self, at: int) -> int:
        level, at = 1, at + 1
        while level and at < len(self.text):
            at = self.after(BETWEEN, at)
            level += 1 if self.text[at : at + 1] in (b"{", b"[") else -1
            at += 1
        return at

    def after(self, pattern: re.Pattern[bytes], at: int) -> int:
        match = pattern.match(self.text, at)
        return match.end() if match else at
