"""JSON as ARM takes it (comments, line breaks in texts, a comma too many) -> strict JSON of the same length.

Each byte stays where it is, so that places in the one are places in the other.
"""

from __future__ import annotations

import re
from pathlib import Path

from flowspec.errors import SourceError
from flowspec.sources.jsontext import JsonText, document

PIECE = re.compile(
    rb'"(?:[^"\\]|\\.)*"?'  # a text
    rb"|//[^\n]*|/\*.*?(?:\*/|\Z)"  # a comment
    rb"|,(?=(?:\s|//[^\n]*\n|/\*.*?\*/)*[}\]])",  # a comma before a closing bracket
    re.DOTALL,
)
CONTROL = bytes(range(32))
BLANKED = bytes.maketrans(CONTROL, b" " * 32)


def relaxed(data: bytes) -> bytes:
    """The text with blanks for what strict JSON does not have."""
    return PIECE.sub(_strict, data)


def _strict(match: re.Match[bytes]) -> bytes:
    piece = match[0]
    if piece[:1] == b'"':
        return piece.translate(BLANKED)
    return b"".join(piece[at : at + 1] if piece[at : at + 1] in (b"\n", b"\r") else b" " for at in range(len(piece)))


def readable(path: Path, data: bytes) -> JsonText:
    """The document of a file; a template may have comments, and what else Azure takes there."""
    try:
        return document(data, str(path))
    except SourceError:
        if b"deploymentTemplate.json" not in data and b"deploymentParameters.json" not in data:
            raise
        return document(relaxed(data), str(path))
