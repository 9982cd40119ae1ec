"""HCL text -> blocks with positions, as HashiCorp's parser reads them; what it refuses is refused here too.

A mistake costs the statement that it is in: reading goes on at the next one, so that all mistakes are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from flowspec.errors import Problem
from flowspec.spec import mistakes, templates
from flowspec.spec.grammar import Parser
from flowspec.spec.source import Refused, SpecText
from flowspec.spec.syntax import MAX_DEPTH, Block, Body, Entry, Label, Literal, Unreadable
from flowspec.spec.tokens import Markers, scan

MAX_MISTAKES = 1000
"""In one file; after so many it is something else than a spec."""
_REACH = 2000
"""Tokens behind a mistake among which the end of its statement is looked for."""
_WORD = r"[A-Za-z_][\w-]*+"
_STATEMENT = re.compile(
    rf'^[ \t]*+(?:\}}|{_WORD}[ \t]*+=(?!=)|{_WORD}(?:[ \t]++(?:{_WORD}|"[^"\n]*+"))*+[ \t]*+\{{)', re.MULTILINE
)
_CLOSERS = {"(": ")", "[": "]", "{": "}", "${": "}$", "%{": "}$", "open": "close"}


class _Open(NamedTuple):
    """A block whose end is still to come; the file is the outermost."""

    at: int
    kind: str
    labels: tuple[Label, ...]
    brace: int
    attributes: dict[str, Entry]
    blocks: list[Block]

    def body(self, is_whole: bool = True) -> Body:
        return Body(self.brace, tuple(self.attributes.values()), tuple(self.blocks), is_whole)


def outermost(kinds: Sequence[str]) -> re.Pattern[str]:
    """The line that a block of one of these kinds begins with, where it stands at the left margin."""
    return re.compile(rf"^(?:{'|'.join(kinds)})\b[^\n]*\{{" if kinds else r"(?!)", re.MULTILINE)


def parse(source: SpecText, kinds: Sequence[str], problems: list[Problem]) -> Body:
    """All blocks and attributes of a file. `kinds` are the blocks that stand at the left margin."""
    return _Reader(source, kinds, problems).file()


class _Reader:
    """`opened` are the blocks around the place that `parser` stands at."""

    def __init__(self, source: SpecText, kinds: Sequence[str], problems: list[Problem]) -> None:
        self.source = source
        self.text = source.text
        self.problems = problems
        self.outermost = outermost(kinds)
        self.opened = [_Open(0, "", (), 0, {}, [])]
        self.told = 0
        self.last = -1
        self.is_whole = True
        self.markers = Markers(self.text)
        self.parser = Parser(self.text, 0, self.markers)

    def file(self) -> Body:
        while self.parser.kind != "end":
            start = self.parser.at
            try:
                self.statement()
            except Refused as refused:
                self.tell(refused)
                if self.parser.kind == "unclosed":
                    self.is_whole = False
                    break
                self.go_on(start, refused.at)
        if len(self.opened) > 1:
            self.unbalanced(mistakes.unclosed_block(self.opened[-1].brace), self.opened[-1].at)
        return self.opened[0].body(self.is_whole)

    def tell(self, refused: Refused) -> None:
        self.told += 1
        self.last = refused.at
        self.problems.append(self.source.problem(refused))

    def unbalanced(self, refused: Refused, start: int) -> None:
        """Braces that don't pair; where a mistake stands between them, they may be a part of it."""
        self.is_whole = False
        if self.last < start:
            self.tell(refused)

    def statement(self) -> None:
        """An attribute, or the beginning or end of a block; each ends its line."""
        parser = self.parser
        start = parser.at
        if parser.kind == "\n":
            parser.advance()
        elif parser.kind == "}":
            self.close()
        elif parser.kind == "word":
            self.item(start, parser.word())
        else:
            raise parser.invalid() or mistakes.no_item(self.text, start)

    def item(self, start: int, name: str) -> None:
        parser = self.parser
        parser.advance()
        if parser.kind != "=":
            self.block(start, name)
            return
        self.argument(start, name)
        if parser.kind == "{":
            self.is_whole = False
            del self.opened[-1].attributes[name]
            raise mistakes.no_equals_sign(start, name)
        self.end_line("argument")

    def end_line(self, what: str) -> None:
        parser = self.parser
        if parser.kind not in ("\n", "end"):
            raise parser.invalid() or mistakes.no_newline(parser.at, what)

    def argument(self, start: int, name: str) -> None:
        parser = self.parser
        parser.advance()
        key, place = Literal(start, name), parser.at
        before = self.opened[-1].attributes.setdefault(name, Entry(start, key, Unreadable(place)))
        if before.at != start:
            parser.expression()
            if self.is_whole:
                self.tell(mistakes.set_twice(start, name, self.source.where(before.at).text()))
            return
        self.opened[-1].attributes[name] = Entry(start, key, parser.expression())

    def block(self, start: int, name: str) -> None:
        parser = self.parser
        labels = self.labels(start)
        if len(self.opened) > MAX_DEPTH:
            self.told = MAX_MISTAKES
            raise mistakes.too_deep(start)
        self.opened.append(_Open(start, name, labels, parser.at, {}, []))
        parser.advance()
        if parser.kind == "}":
            self.close()
        elif parser.kind != "\n":
            self.only_argument()

    def labels(self, start: int) -> tuple[Label, ...]:
        """The names before the brace of a block."""
        parser = self.parser
        labels: list[Label] = []
        while parser.kind in ("word", "string", "open"):
            at = parser.at
            if parser.kind == "word":
                labels.append(Label(at, parser.word()))
                parser.advance()
            elif parser.kind == "string":
                labels.append(Label(at, templates.quoted(parser.word()[1:-1], at + 1)))
                parser.advance()
            else:
                self.no_label(at)
        if parser.kind != "{":
            is_end = parser.kind in ("\n", "end")
            self.is_whole = False
            raise parser.invalid() or mistakes.no_header(self.text, start, bool(labels), parser.at, is_end)
        return tuple(labels)

    def no_label(self, place: int) -> None:
        """A text that is not plain."""
        parser = self.parser
        self.is_whole = False
        if self.text[place] == "<":
            raise mistakes.no_header(self.text, place, True, place, False)
        parser.advance()
        if parser.kind == "text":
            parser.advance()
        if parser.kind == "broken":
            raise mistakes.broken_string(self.text, place, parser.at)
        raise mistakes.template_in_label(parser.at)

    def only_argument(self) -> None:
        """`a { b = 1 }`: the one argument of a block on one line."""
        parser = self.parser
        start, name = parser.at, parser.word()
        if parser.kind == "end":
            raise mistakes.unclosed_block(self.opened[-1].brace)
        if parser.kind != "word":
            raise parser.invalid() or mistakes.no_item(self.text, start)
        parser.advance()
        if parser.kind != "=":
            raise parser.invalid() or mistakes.one_argument(start, name)
        self.argument(start, name)
        if parser.kind != "}":
            raise parser.wrong("1", self.opened[-1].brace)
        self.close()

    def close(self) -> None:
        if len(self.opened) == 1:
            self.unbalanced(mistakes.unexpected_brace(self.parser.at), 0)
            self.parser.advance()
            return
        block = self.opened.pop()
        self.opened[-1].blocks.append(Block(block.at, block.kind, block.labels, block.body()))
        self.parser.advance()
        self.end_line("block")

    def go_on(self, start: int, at: int) -> None:
        """Behind a mistake at `at` in the statement that begins at `start`."""
        place = self.end_of_statement(start, at) if self.told < MAX_MISTAKES else None
        if place is None:
            self.is_whole = False
            line = self.line(at)
            place = line if line > start else self.text.find("\n", at) + 1 or len(self.text)
        found = None
        if self.told < MAX_MISTAKES and self.text[place : place + 1] != "}":
            found = _STATEMENT.search(self.text, place)
        place = place if self.text[place : place + 1] == "}" else found.start() if found else len(self.text)
        if self.outermost.match(self.text, place) and len(self.opened) > 1 and not self.is_whole:
            del self.opened[1:]
        self.parser = Parser(self.text, place, self.markers)

    def end_of_statement(self, start: int, at: int) -> int | None:
        """Its newline or the brace behind it, by its brackets; None where they don't pair."""
        closers: list[str] = []
        tokens = scan(self.text, start, self.markers)
        is_first = False
        behind = 0
        for kind, place, _ in tokens:
            behind += place >= at
            if kind in ("broken", "heredoc", "unclosed", "end") or behind > _REACH:
                return place if kind == "end" and not closers else None
            if is_first and place > start and self.begins(place, closers):
                return self.line(place) if place >= at else None
            if closers and kind == closers[-1]:
                closers.pop()
            elif kind in _CLOSERS:
                closers.append(_CLOSERS[kind])
            elif place >= at and ((kind == "\n" and not closers) or (kind == "}" and place > start)):
                return place
            is_first = kind == "\n"
        return None

    def begins(self, place: int, closers: list[str]) -> bool:
        """The next statement begins here, whatever is still open."""
        if self.outermost.match(self.text, place):
            return True
        return closers[-1:] in (["]"], [")"]) and _STATEMENT.match(self.text, self.line(place)) is not None

    def line(self, at: int) -> int:
        """Where the line begins."""
        return self.text.rfind("\n", 0, at) + 1
