"""The text of a spec -> every name of a block in it, where it is declared and where it is referred to.

A text is read in parts, from one block at the left margin to the next: what a key changes is one part, and the others
are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from flowspec.language_server.cursor import CursorPlace, place_of
from flowspec.language_server.json_cursor import declaring_keys, json_place_of
from flowspec.spec import document
from flowspec.spec.expressions import PREFIXES, REFERABLE
from flowspec.spec.hcl import outermost
from flowspec.spec.source import SpecText
from flowspec.spec.tokens import Markers, Token, scan

_WORD_OF_KIND = {"variable": "var", "locals": "local"}
_BLOCK = outermost(document.KINDS)
_LOOKS_BEHIND = ("heredoc", "unclosed")
"""Tokens that are what they are because of what comes behind their part."""
_JSON_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_JSON_REFERENCE = re.compile(rf"({'|'.join(REFERABLE)})\.([^\W\d][\w-]*)")
_INTERPOLATION = re.compile(r"\$\{[^}]*\}")
_IN_TEMPLATE = re.compile(rf"(?<![\w.-])({'|'.join(PREFIXES)})\.([^\W\d][\w-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameUse:
    """A name where it is written, from `at` to `end`; `kind` is the word before the dot of references."""

    kind: str
    name: str
    at: int
    end: int
    declares: bool = False
    start: int
    """Where the whole reference begins, its kind included."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """A part of a text, and the names in it, whose places count from its beginning."""

    text: str
    uses: tuple[NameUse, ...]
    is_settled: bool = False
    """It is read alike whatever stands behind it."""


@dataclass(frozen=True)
class TextNames:
    """What one text is made of."""

    source: SpecText
    parts: tuple[TextPart, ...]

    @cached_property
    def uses(self) -> list[NameUse]:
        """In the order of the text."""
        found: list[NameUse] = []
        start = 0
        for part in self.parts:
            found += [_moved(use, start) for use in part.uses] if start else part.uses
            start += len(part.text)
        return found

    def declared(self) -> Iterator[tuple[str, str]]:
        """Kind and name of every block and local."""
        for part in self.parts:
            yield from ((use.kind, use.name) for use in part.uses if use.declares)

    def at(self, at: int) -> NameUse | None:
        """The name that the cursor stands in, or at the end of."""
        return next((use for use in self.uses if use.start <= at <= use.end), None)

    def place(self, at: int) -> CursorPlace | None:
        """What is written at a cursor; None where nothing can be offered, as in a comment."""
        if self.source.is_json:
            return json_place_of(self.source.text, at)
        start = self._part_before(at)
        place = place_of(self.source.text[start:at], at - start)
        return place and replace(place, start=place.start + start)

    def _part_before(self, at: int) -> int:
        """Where the part begins that the text before a cursor ends in."""
        start = 0
        for part in self.parts:
            if start + len(part.text) >= at:
                break
            start += len(part.text)
        return start


def names_of(source: SpecText, before: TextNames | None = None) -> TextNames:
    """The names of a text; of the text as it was `before`, the parts that are still there are not read again."""
    if source.is_json:
        uses = sorted(_in_json(source), key=lambda use: use.at)
        return TextNames(source, (TextPart(source.text, tuple(uses)),))
    known = {part.text: part for part in before.parts if part.is_settled} if before is not None else {}
    return TextNames(source, tuple(_parts(source.text, known)))


def _moved(use: NameUse, by: int) -> NameUse:
    return NameUse(
        kind=use.kind, name=use.name, at=use.at + by, end=use.end + by, declares=use.declares, start=use.start + by
    )


def _parts(text: str, known: Mapping[str, TextPart]) -> Iterator[TextPart]:
    begins = [found.start() for found in _BLOCK.finditer(text) if found.start()]
    following = dict(zip([0, *begins], [*begins, len(text)], strict=True))
    markers = Markers(text)
    start = 0
    while start < len(text):
        part = known.get(text[start : following[start]]) or _part(text, start, following, markers)
        yield part
        start += len(part.text)


def _part(text: str, start: int, following: Mapping[int, int], markers: Markers) -> TextPart:
    """The tokens from `start` to the next block at the left margin, though brackets before it may not be closed."""
    tokens: list[Token] = []
    end = len(text)
    for token in scan(text, start, markers):
        kind, at, _ = token
        if kind == "word" and at > start and at in following:
            end = at
            break
        if kind != "comment":
            tokens.append((kind, at - start, token[2] - start))
    inside = text[start:end]
    is_settled = inside.endswith("\n") and all(kind not in _LOOKS_BEHIND for kind, _, _ in tokens)
    uses = sorted(_in_hcl(inside, [*tokens, ("end", len(inside), len(inside))]), key=lambda use: use.at)
    return TextPart(inside, tuple(uses), is_settled)


def _in_hcl(text: str, tokens: list[Token]) -> Iterator[NameUse]:
    depth, block, is_first = 0, "", True
    for place, (kind, at, end) in enumerate(tokens):
        word = text[at:end]
        if kind == "word" and is_first:
            if depth == 0:
                block = word
                yield from _declared(text, word, tokens[place + 1])
            elif depth == 1 and block == "locals" and tokens[place + 1][0] == "=":
                yield NameUse(kind="local", name=word, at=at, end=end, start=at, declares=True)
        if kind == "word" and word in PREFIXES and (place == 0 or tokens[place - 1][0] != "."):
            dot, name = (*tokens[place + 1 : place + 3], ("end", 0, 0))[:2]
            if dot[0] == "." and name[0] == "word":
                yield NameUse(kind=word, name=text[name[1] : name[2]], at=name[1], end=name[2], start=at)
        depth += (kind in ("{", "[", "(", "${", "%{")) - (kind in ("}", "]", ")", "}$"))
        is_first = kind in ("\n", "{", "}")


def _declared(text: str, kind: str, label: Token) -> Iterator[NameUse]:
    """A block's name, in quotes or without."""
    if kind in document.LABELLED and label[0] in ("string", "word"):
        quotes = label[0] == "string"
        at, end = label[1] + quotes, label[2] - quotes
        word = _WORD_OF_KIND.get(kind, kind)
        yield NameUse(kind=word, name=text[at:end], at=at, end=end, start=at, declares=True)


def _in_json(source: SpecText) -> Iterator[NameUse]:
    text = source.text
    for key in declaring_keys(text):
        word = _WORD_OF_KIND.get(key.kind, key.kind)
        yield NameUse(kind=word, name=key.name, at=key.at, end=key.end, start=key.at, declares=True)
    for quoted in _JSON_TEXT.finditer(text):
        if whole := _JSON_REFERENCE.fullmatch(text, *quoted.span(1)):
            yield _referring(whole)
        for template in _INTERPOLATION.finditer(text, *quoted.span(1)):
            yield from map(_referring, _IN_TEMPLATE.finditer(text, *template.span()))


def _referring(found: re.Match[str]) -> NameUse:
    return NameUse(kind=found[1], name=found[2], at=found.start(2), end=found.end(2), start=found.start())
