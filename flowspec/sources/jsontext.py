"""Bytes of a file -> its JSON values one by one, each with its pointer; hostile bytes -> one SourceError.

A large list is split into undecoded pieces first, so that only one resource at a time exists as Python objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from flowspec.errors import Problem, Severity, SourceError, Where
from flowspec.sources.pointer import escape

Raw = msgspec.Raw

NESTING = 200

BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
NEITHER_BRACKETS_NOR_QUOTES = bytes(set(range(256)) - set(b'[]{}"'))
FIRST = re.compile(rb"\s*\S")


@dataclass(frozen=True, slots=True)
class JsonText:
    """One JSON file. `head`: the members of a top-level object, undecoded, names in lower case (`names`: spelled)."""

    file: str
    data: bytes
    head: Mapping[str, Raw]
    names: Mapping[str, str]

    def member(self, name: str) -> Any:
        """A decoded member of the top-level object; None when it has none."""
        piece = self.head.get(name)
        return None if piece is None else decode(bytes(piece), Where(self.file, pointer=self.pointer(name)))

    def pointer(self, name: str) -> str:
        return f"/{escape(self.names[name])}"

    def is_list(self, name: str = "") -> bool:
        piece: Raw | bytes = self.head.get(name, b"") if name else self.data
        return opens(piece) == b"["

    def pieces(self, name: str) -> list[Raw]:
        """The items of a list, undecoded."""
        found: list[Raw] = split(self.head[name], list[Raw], Where(self.file, pointer=self.pointer(name)))
        return found

    def items(self, name: str = "") -> Iterator[tuple[str, Any]]:
        """The decoded items of a list (of the member `name`, or of the document), each with its pointer."""
        piece, base = (self.head[name], self.pointer(name)) if name else (self.data, "")
        for at, item in enumerate(split(piece, list[Raw], Where(self.file, pointer=base))):
            pointer = f"{base}/{at}"
            yield pointer, decode(bytes(item), Where(self.file, pointer=pointer))

    def whole(self) -> Any:
        return decode(self.data, Where(self.file))


def document(data: bytes, file: str) -> JsonText:
    """The document in `data`; SourceError with one line for what is no JSON text in UTF-8."""
    data = data.removeprefix(BOM)
    where = Where(file)
    first = opens(data)
    if not first:
        raise refusal("the file is empty", "expected JSON with Azure resources", where)
    if data.startswith(UTF16) or data[1:2] == b"\0":
        raise refusal(
            "the file is UTF-16, not UTF-8",
            "Windows PowerShell writes so with >; use: az … | Out-File -Encoding utf8 FILE (or PowerShell 7)",
            where,
        )
    if first not in (b"{", b"["):
        raise refusal("the file is not JSON", "expected an object or a list of Azure resources", where)
    if first == b"{" and (lines := as_list(data)) is not None:
        data, first = lines, b"["
    members = split(data, dict[str, Raw], where) if first == b"{" else {}
    if members and names_in(data) != len(members) + sum(map(names_in, members.values())):
        refuse_twice(data, where)
    names = {name.lower(): name for name in members}
    if len(names) < len(members):
        refuse_twice(data, where, folded=True)
    return JsonText(file, data, {low: members[name] for low, name in names.items()}, names)


def as_list(data: bytes) -> bytes | None:
    """JSON lines (one object a line) as one list; None for a text that is something else."""
    end = data.find(b"\n")
    if end < 0 or data[:end].rstrip()[-1:] != b"}":
        return None
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) < 2 or not all(line.lstrip()[:1] == b"{" and line.rstrip()[-1:] == b"}" for line in lines):
        return None
    return b"[" + b",".join(lines) + b"]"


def opens(piece: Raw | bytes) -> bytes:
    """The first byte that is not white space; nothing of an empty text. Copies nothing large."""
    match = FIRST.match(memoryview(piece))
    return match[0][-1:] if match else b""


def refusal(summary: str, detail: str, where: Where) -> SourceError:
    return SourceError(Problem(Severity.ERROR, summary, detail, where))


def split(data: Raw | bytes, shape: Any, where: Where) -> Any:
    """The members or items of one level, undecoded."""
    try:
        return msgspec.json.decode(data, type=shape)
    except RecursionError:
        raise too_deep(where) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise malformed(bytes(data), error, where) from None


def decode(piece: bytes, where: Where) -> Any:
    """The value in `piece`, nested at most NESTING deep."""
    if piece.count(b"{") + piece.count(b"[") > NESTING and is_deep(piece):
        raise too_deep(where)
    try:
        found = msgspec.json.decode(piece)
        if names_in(piece) != msgspec.json.encode(found).count(b'":') or b"\\u" in piece:
            refuse_twice(piece, where)
        return found
    except RecursionError:
        raise too_deep(where) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise malformed(piece, error, where) from None


def names_in(piece: bytes | Raw) -> int:
    """How many names of members a JSON text has; a text in it that looks like one counts too."""
    return bytes(piece).translate(None, b" \t\r\n").count(b'":')


def refuse_twice(piece: bytes, where: Where, *, folded: bool = False) -> None:
    """Refuses an object that has a member twice: a reader would silently take the last."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name.lower() if folded else name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for at, name in enumerate(names) if name in names[:at])
            summary = f"{twice} stands twice in one object"
            raise refusal(summary, "which of them counts is not known; export it again", where)
        return dict(pairs)

    if not folded:
        json.loads(piece, object_pairs_hook=members)
    else:
        members([(name, None) for name in split(piece, dict[str, Raw], where)])


def is_deep(piece: bytes) -> bool:
    """Whether brackets outside of texts nest deeper than NESTING: innermost pairs are struck out, one level a round."""
    if b"\\" in piece:
        piece = piece.replace(rb"\\", b"").replace(rb"\"", b"")
    left = piece.translate(None, NEITHER_BRACKETS_NOR_QUOTES).replace(b'""', b"")
    left = b"".join(left.split(b'"')[::2])
    for _ in range(NESTING):
        if not left:
            return False
        left = left.replace(b"{}", b"").replace(b"[]", b"")
    return bool(left)


def too_deep(where: Where) -> SourceError:
    return refusal(f"the JSON is nested deeper than {NESTING} levels", "Azure's own never is", where)


def malformed(data: bytes, error: Exception, where: Where) -> SourceError:
    """The first fault of the text, with line and column where `data` is the whole file."""
    if isinstance(error, UnicodeDecodeError):
        return refusal("the file is not UTF-8", "save it as UTF-8", where)
    try:
        json.loads(data)
    except UnicodeDecodeError:
        return refusal("the file is not UTF-8", "save it as UTF-8", where)
    except (ValueError, RecursionError) as fault:
        if isinstance(fault, json.JSONDecodeError):
            place = where if where.pointer else Where(where.file, fault.lineno, fault.colno)
            return refusal(f"the file is not valid JSON: {_reason(fault)}", _advice(fault), place)
    reason = str(error).partition(" - at ")[0]
    if reason.endswith("truncated"):  # by no means: all of it was just read
        reason = "a text holds half a character (a lone surrogate)"
    return refusal(f"the file is not valid JSON: {reason}", "", where)


def _reason(fault: json.JSONDecodeError) -> str:
    if not fault.doc[fault.pos :].strip():
        return "it ends too early"
    return fault.msg[:1].lower() + fault.msg[1:]


def _advice(fault: json.JSONDecodeError) -> str:
    if fault.msg.startswith("Extra data"):
        return "one JSON value a file: was more than one output written into it?"
    return "was it cut off while it was written?" if not fault.doc[fault.pos :].strip() else ""
