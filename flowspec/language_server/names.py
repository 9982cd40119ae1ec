"""The text of a spec -> every name of a block in it, where it is declared and where it is referred to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flowspec.language_server.json_cursor import declaring_keys
from flowspec.spec import document
from flowspec.spec.expressions import PREFIXES, REFERABLE
from flowspec.spec.source import SpecText
from flowspec.spec.tokens import Token, scan

_WORD_OF_KIND = {"variable": "var", "locals": "local"}
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


def uses_of(source: SpecText) -> list[NameUse]:
    """In the order of the text."""
    found = _in_json(source) if source.is_json else _in_hcl(source.text)
    return sorted(found, key=lambda use: use.at)


def use_at(uses: list[NameUse], at: int) -> NameUse | None:
    """The name that the cursor stands in, or at the end of."""
    return next((use for use in uses if use.start <= at <= use.end), None)


def _in_hcl(text: str) -> Iterator[NameUse]:
    tokens = [token for token in scan(text) if token[0] != "comment"]
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
        depth += (kind in ("{", "[", "(", "${")) - (kind in ("}", "]", ")", "}$"))
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
