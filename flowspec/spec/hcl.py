"""HCL text -> blocks with positions, as HashiCorp's parser reads them; what it refuses is refused here too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from flowspec.errors import Problem
from flowspec.spec import grammar, mistakes, templates
from flowspec.spec.lines import Lines, masked
from flowspec.spec.source import Refused, Source
from flowspec.spec.syntax import MAX_DEPTH, Block, Body, Entry, Label, Literal, Node

_ARGUMENT = re.compile(rb"([A-Za-z_][\w-]*)[ \t]*=(?!=)")
_LABEL = re.compile(rb'[ \t]*(?:([A-Za-z_][\w-]*)|"((?:[^"\\]|\\.)*)")')


_REACH = 10_000
"""Characters behind an open bracket in which its mistake is looked for."""


class _Open(NamedTuple):
    """A block whose end is still to come; the file is the outermost."""

    at: int
    kind: str
    labels: tuple[Label, ...]
    brace: int
    attributes: dict[str, Entry]
    blocks: list[Block]

    def body(self) -> Body:
        return Body(self.brace, tuple(self.attributes.values()), tuple(self.blocks))


def parse(source: Source, kinds: Sequence[str], problems: list[Problem]) -> Body:
    """All blocks and attributes of a file. After an error it goes on at the next line that opens a block of `kinds`."""
    resume = re.compile(rf"^(?:{'|'.join(kinds)})\b[^\n]*\{{", re.MULTILINE) if kinds else re.compile(r"(?!)")
    file = _Open(0, "", (), 0, {}, [])
    code = masked(source.text)
    at = 0
    while True:
        lines = Lines(source.text, code, at)
        try:
            _read(lines, source, file)
            return file.body()
        except Refused as refused:
            problems.append(source.problem(_first(lines, refused)))
            after = source.text.find("\n", max(refused.at, lines.at - 1)) + 1 or len(source.text)
            found = resume.search(source.text, after)
            if found is None:
                return file.body()
            at = found.start()


def parse_expression(text: str) -> Node:
    """A whole text as one expression."""
    code = masked(text)
    lines = Lines(text, code)
    lines.opened = [("e", 0)]
    lines.run(0, len(text))
    if len(lines.opened) > 1:
        raise mistakes.unpaired(text, lines.opened, len(text))
    return grammar.expression(text, code, 0, len(text), "e")


def _first(lines: Lines, refused: Refused) -> Refused:
    """Where brackets don't pair, the mistake may be earlier in the statement: at what stands where one should."""
    text, code = lines.text, lines.code
    opener, place = lines.opened[-1] if lines.opened and lines.begin >= 0 else ("<", 0)
    if opener == "<":
        return refused
    start = mistakes.after_blank(code, lines.begin, len(code))
    end = refused.at if refused.at >= lines.at - 2 else min(len(text), refused.at + _REACH)
    end = place if opener == '"' else end
    try:
        if found := _ARGUMENT.match(code, start):
            grammar.expression(text, code, found.end(), end)
        else:
            _header(text, code, start, min(end, text.find("\n", start) % (len(text) + 1)))
    except Refused as earlier:
        return earlier if earlier.at < end else refused
    return refused


def _read(lines: Lines, source: Source, file: _Open) -> None:
    """Attributes and blocks, each of which ends its line; `before` is what ended the last one."""
    text, code = lines.text, lines.code
    opened = [file]
    before = "\n"
    for start, end, mark in lines.statements():
        alone = before == "{"
        if start < end or mark == "{":
            if before == "}":
                raise mistakes.no_newline(start, "block")
            if mark == "{":
                _open(opened, _header(text, code, start, end), alone)
            else:
                _add(opened[-1], _argument(text, code, start, end, alone), source)
                if alone and mark != "}":
                    raise mistakes.one_argument(end)
                if mark == "}" and not alone:
                    raise mistakes.no_newline(end, "argument")
        if mark == "}":
            if before == "}" and start == end:
                raise mistakes.no_newline(end, "block")
            _close(opened, end)
        before = mark
    if len(opened) > 1:
        detail = "There is no closing brace for this block before the end of the file."
        raise Refused(opened[-1].brace, "Unclosed configuration block", detail)


def _open(opened: list[_Open], block: _Open, alone: bool) -> None:
    if alone:
        raise mistakes.one_argument(block.at, block.kind)
    if len(opened) > MAX_DEPTH:
        raise mistakes.too_deep(block.at)
    opened.append(block)


def _close(opened: list[_Open], at: int) -> None:
    if len(opened) == 1:
        raise Refused(at, "Unexpected closing brace", "There is no open block here that this brace could close.")
    block = opened.pop()
    opened[-1].blocks.append(Block(block.at, block.kind, block.labels, block.body()))


def _header(text: str, code: bytearray, start: int, end: int) -> _Open:
    """The words before the brace of a block."""
    labels: list[Label] = []
    at = start
    while (found := _LABEL.match(code, at, end)) is not None:
        place = found.start(1) if found[1] else found.start(2) - 1
        label = text[place : found.end()]
        labels.append(Label(place, label if found[1] else templates.quoted(label[1:-1], place + 1)))
        at = found.end()
    at = mistakes.after_blank(code, at, end)
    if not labels or text[start] == '"':
        raise mistakes.no_item(text, start)
    if at < end or text[end : end + 1] != "{":
        raise mistakes.no_header(text, start, len(labels) > 1, at, end)
    return _Open(start, labels[0].text, tuple(labels[1:]), end, {}, [])


def _argument(text: str, code: bytearray, start: int, end: int, alone: bool) -> Entry:
    found = _ARGUMENT.match(code, start, end)
    if found is None:
        block = _header(text, code, start, end)
        raise mistakes.one_argument(block.at, block.kind)
    value = grammar.expression(text, code, found.end(), end, "1" if alone else "")
    return Entry(start, Literal(start, text[start : found.end(1)]), value)


def _add(here: _Open, entry: Entry, source: Source) -> None:
    name = str(entry.key.value) if isinstance(entry.key, Literal) else ""
    before = here.attributes.setdefault(name, entry)
    if before is not entry:
        place = source.where(before.at).text()
        detail = f'The argument "{name}" was already set at {place}. Each argument may be set only once.'
        raise Refused(entry.at, "Attribute redefined", detail)
