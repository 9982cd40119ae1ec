"""A body in single quotes, as the how-to of ipFlowVerify prints it -> the same body as JSON (azure.md A26)."""

from __future__ import annotations

import json
import re

TOKEN = re.compile(r"""(?P<plain>"(?:[^"\\]|\\.)*")|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<rest>[^"']+)""", re.DOTALL)
INSIDE = re.compile(r'\\.|"', re.DOTALL)


def in_double_quotes(text: str) -> str | None:
    """The text with every string in single quotes rewritten for a JSON reader; None when there is none of them."""
    pieces, end, found = [], 0, False
    for token in TOKEN.finditer(text):
        if token.start() != end:
            return None
        end = token.end()
        single = token["single"]
        found = found or single is not None
        pieces.append(token[0] if single is None else _rewritten(single))
    return "".join(pieces) if found and end == len(text) else None


def _rewritten(inside: str) -> str:
    r"""The inside of a string: `\'` is a quote, another escape stays one, and `"` becomes one."""
    return '"' + INSIDE.sub(lambda found: {"\\'": "'", '"': r"\""}.get(found[0], found[0]), inside) + '"'


def as_json(body: bytes) -> bytes:
    """The body for a JSON reader, which tells what is wrong with a body that is neither."""
    if b"'" not in body:
        return body
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        rewritten = in_double_quotes(body.decode("utf-8", "replace"))
        return body if rewritten is None else rewritten.encode()
    return body
