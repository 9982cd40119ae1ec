"""JSON text -> the same document, with everything that a terminal would act on spelt as an escape of JSON."""

from __future__ import annotations

import re

_FOREIGN = re.compile(r"[^\x00-\x7e]")


def escaped(text: str) -> str:
    """Bidirectional, invisible and C1 control characters as `\\uXXXX`, since names come from the cloud; letters stay.

    Outside of its strings a JSON text holds none of them, and in them an escape means the same.
    """
    return text if text.isascii() and "\x7f" not in text else _FOREIGN.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
