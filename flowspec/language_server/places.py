"""Offsets into texts <-> the lines and columns of the protocol, which counts as the editor asks it to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.workspace import PositionCodec

from flowspec.errors import Where


@dataclass(frozen=True, slots=True)
class EditorPlaces:
    """Of one text, in the units of one editor."""

    text: str
    codec: PositionCodec

    def offset(self, position: types.Position) -> int:
        """Where a position is in the text; the end of its line for one beyond."""
        start = 0
        for _ in range(position.line):
            start = self.text.find("\n", start) + 1
            if not start:
                return len(self.text)
        end = self.text.find("\n", start)
        units, at = 0, start
        while at < (len(self.text) if end < 0 else end) and units < position.character:
            units += self.codec.client_num_units(self.text[at])
            at += 1
        return at

    def position(self, at: int) -> types.Position:
        start = self.text.rfind("\n", 0, at) + 1
        return types.Position(self.text.count("\n", 0, at), self.codec.client_num_units(self.text[start:at]))

    def range(self, start: int, end: int) -> types.Range:
        return types.Range(self.position(start), self.position(end))

    def marked(self, where: Where) -> types.Range:
        """The word or text that begins where a message points to; the line, where it names no column."""
        start = 0
        for _ in range(where.line - 1):
            start = self.text.find("\n", start) + 1
        line = self.text[start:].partition("\n")[0].rstrip("\r")
        if not where.column:
            return self.range(start, start + len(line) if where.line else start)
        rest = line[where.column - 1 :]
        return self.range(start + where.column - 1, start + where.column - 1 + _length(rest))


def _length(rest: str) -> int:
    """Of the word or the quoted text at the beginning of a line's rest."""
    if rest.startswith('"') and '"' in rest[1:]:
        return rest.index('"', 1) + 1
    word = 0
    while word < len(rest) and (rest[word].isalnum() or rest[word] in "_-."):
        word += 1
    return max(word, min(1, len(rest)))


def path_of(uri: str) -> Path | None:
    """The file behind an address; None for what is not one, such as an untitled text."""
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None


def uri_of(path: Path | str) -> str:
    return uris.from_fs_path(str(path)) or ""
