"""A text and a cursor in it -> what is being written there. The text may be half written, and mostly is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flowspec.spec.tokens import scan

_PART = re.compile(r"[\w.*-]*\Z")
_CLOSERS = ("]", ")", "}", "}$", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorPlace:
    """`blocks` are the kinds of the blocks around, outermost first; `start` is where the unfinished word begins.

    `argument` is the one whose value is written, "" at the beginning of a statement; `key` the one of its map, None
    outside of a map, "" where a key is written. `given`: the arguments that stand before it in the block.
    `in_text`: the cursor is in a text of HCL; `quoted`: in one of JSON, where references stand too.
    """

    blocks: tuple[str, ...]
    argument: str = ""
    key: str | None = None
    given: frozenset[str] = frozenset()
    start: int
    in_text: bool = False
    quoted: bool = False
    in_template: bool = False


@dataclass(slots=True, kw_only=True)
class _Level:
    """Something opened and not closed yet: a block, a map, a list, a text. `block` is the kind of a block."""

    opener: str
    at: int
    block: str | None = None
    statement: list[tuple[str, str, int]] = field(default_factory=list)
    given: set[str] = field(default_factory=set)


def place_of(text: str, at: int) -> CursorPlace | None:
    """What is written at a cursor; None where nothing can be offered, as in a comment."""
    levels = [_Level(opener="", at=0, block="")]
    for kind, start, end in scan(text[:at]):
        level = levels[-1]
        if kind == "comment" and end == at and not text[:at].endswith("*/"):
            return None
        if kind == "unclosed":
            return None
        if kind == "\n" or (kind == "," and level.opener == "{"):
            level.statement.clear()
        elif kind in ("{", "[", "(", "${", "%{", "open"):
            levels.append(_Level(opener=kind, at=start, block=_block_kind(level) if kind == "{" else None))
        elif kind in _CLOSERS or (kind == "broken" and start < at):
            if len(levels) > 1:
                levels.pop()
            if kind == "close":
                levels[-1].statement.append(("string", text[level.at : end], level.at))
        elif kind not in ("comment", "broken", "end", "text"):
            if kind == "=" and level.block is not None and level.statement:
                level.given.add(level.statement[0][1])
            level.statement.append((kind, text[start:end], start))
    return _place(text[:at], levels)


def _block_kind(level: _Level) -> str | None:
    """The kind of the block that a brace opens; None for a map."""
    kinds = [kind for kind, _, _ in level.statement]
    if level.block is None or "=" in kinds or not kinds or kinds[0] != "word":
        return None
    return level.statement[0][1]


def _place(text: str, levels: list[_Level]) -> CursorPlace | None:
    inner = levels[-1]
    in_text = inner.opener == "open"
    part = _PART.search(text)
    start = inner.at + 1 if in_text else part.start() if part else len(text)
    body = next(level for level in reversed(levels) if level.block is not None)
    around = levels[levels.index(body) + 1 :]
    maps = [level for level in around if level.opener == "{"]
    written = _written(body, start)
    argument = written[0][1] if any(kind == "=" for kind, _, _ in written) else ""
    if written and not argument:
        return None
    key = None
    if maps:
        entry = _written(maps[-1], start)
        key = entry[0][1].strip('"') if any(kind in ("=", ":") for kind, _, _ in entry) else ""
    return CursorPlace(
        blocks=tuple(level.block for level in levels if level.block),
        argument=argument,
        key=key,
        given=frozenset(body.given),
        start=start,
        in_text=in_text,
        in_template=any(level.opener in ("${", "%{") for level in around),
    )


def _written(level: _Level, start: int) -> list[tuple[str, str, int]]:
    """The statement without the unfinished word."""
    return [token for token in level.statement if token[2] < start]
