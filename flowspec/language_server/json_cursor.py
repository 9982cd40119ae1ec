"""A spec in JSON, mostly half written -> what is being written at a cursor in it, and the names that it declares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flowspec.language_server.cursor import CursorPlace
from flowspec.spec.document import KINDS, LABELLED, NESTED

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+("?)|[{}\[\]:,]|[^\s"{}\[\]:,]+')
_PART = re.compile(r"[\w.-]*\Z")


@dataclass(slots=True, kw_only=True)
class _Container:
    """An object or a list that is not closed yet. `key` is the last one; `in_value`: its colon was read, too."""

    is_object: bool
    key: str = ""
    in_value: bool = False
    given: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class DeclaringKey:
    """The key that names a block or a local, from `at` to `end` without its quotes."""

    kind: str
    name: str
    at: int
    end: int


def json_place_of(text: str, at: int) -> CursorPlace | None:
    """What is written at a cursor; None where nothing can be offered, as where a block gets its name."""
    around: list[_Container] = []
    start, quoted = at, False
    for token in _TOKEN.finditer(text, 0, at):
        if token.end() == at and _is_unfinished(token):
            quoted = token[0].startswith('"')
            start = token.start() + quoted
            break
        _take(around, token)
    objects = [one for one in around if one.is_object]
    if not objects:
        return None
    written = text[start:at]
    in_template = quoted and written.rfind("${") > written.rfind("}")
    if in_template and (part := _PART.search(written)):
        start += part.start()
    if not objects[0].in_value:
        return CursorPlace(blocks=(), given=frozenset(objects[0].given), start=start, quoted=quoted)
    return _in_block(objects, start, quoted=quoted, in_template=in_template)


def _in_block(objects: list[_Container], start: int, *, quoted: bool, in_template: bool) -> CursorPlace | None:
    kind = objects[0].key
    inner = objects[2 if kind in LABELLED else 1 :]
    blocks: tuple[str, ...] = (kind,)
    if kind in KINDS and inner and inner[0].in_value and inner[0].key in NESTED.get(kind, ()):
        blocks, inner = (kind, inner[0].key), inner[1:]
    if kind not in KINDS or not inner:
        return None
    body, *maps = inner
    key = None
    if maps:
        key = maps[0].key if maps[0].in_value else ""
    return CursorPlace(
        blocks=blocks,
        argument=body.key if body.in_value else "",
        key=key,
        given=frozenset(body.given),
        start=start,
        quoted=quoted,
        in_template=in_template,
    )


def declaring_keys(text: str) -> Iterator[DeclaringKey]:
    """The names that a text declares, though it may be no whole JSON."""
    around: list[_Container] = []
    for token in _TOKEN.finditer(text):
        if len(around) == 2 and token[1] and _is_key(around):
            kind = around[0].key
            if kind in LABELLED or kind == "locals":
                yield DeclaringKey(kind, _text(token[0]), token.start() + 1, token.end() - 1)
        _take(around, token)


def _is_unfinished(token: re.Match[str]) -> bool:
    """A text without its closing quote, or a word."""
    return not token[1] if token[0].startswith('"') else token[0] not in "{}[]:,"


def _is_key(around: list[_Container]) -> bool:
    return around[-1].is_object and not around[-1].in_value


def _take(around: list[_Container], token: re.Match[str]) -> None:
    """Goes on by one token. What doesn't fit is passed over, as the text is being written."""
    written = token[0]
    if written in ("{", "["):
        around.append(_Container(is_object=written == "{"))
    elif not around:
        return
    elif written in ("}", "]"):
        around.pop()
    elif written == ":":
        around[-1].in_value = True
    elif written == ",":
        around[-1].in_value = False
    elif written.startswith('"') and _is_key(around):
        around[-1].key = _text(written)
        around[-1].given.add(around[-1].key)


def _text(written: str) -> str:
    try:
        return str(json.loads(written))
    except ValueError:
        return written.strip('"')
