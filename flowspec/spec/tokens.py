"""HCL text -> tokens, comments and newlines among them, each with its place: whoever writes a text anew loses nothing.

Only blanks are left out. What no token begins with is a token as well; whoever reads it says what is wrong.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import TypeAlias

Token: TypeAlias = tuple[str, int, int]
"""Kind, where it begins, where it ends. The kind of a mark is the mark itself; a newline is `\\n`. The others:

word, number, comment; string (without templates); open and close, around the texts and `${` … `}$` of a template;
broken (a text that ends too early), heredoc (one that does not begin well), unclosed (comment), other, end.
"""

BLANK = r"[^\S\r\n\x1c-\x1f]*"
_IN_QUOTES = r'(?:[^"\\$%\r\n]++|\\[^\r\n]|\$\$\{|%%\{|[$%](?!\{))*+'
_CODE = re.compile(
    rf"""[ \t]*+(?:
    (?P<word>[A-Za-z_][A-Za-z0-9_-]*+(?![^\x00-\x7f]))
    |(?P<mark>\r?\n|==|!=|<=|>=|=>|&&|\|\||::|\.\.\.|[\[\](){{}},.=!?:+*%>-]|<(?!<)|/(?![/*]))
    |(?P<string>"{_IN_QUOTES}")
    |(?P<number>[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
    |(?P<comment>(?:\#|//)[^\n]*|/\*(?s:.*?)\*/)
    |(?P<other>(?s:.)))""",
    re.VERBOSE,
)
_QUOTED = re.compile(_IN_QUOTES)
_BARE = re.compile(r"(?:[^$%]++|\$\$\{|%%\{|[$%](?!\{))*+")
_HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)\r?\n")
_MARKER = re.compile(rf"^{BLANK}([^\W\d][\w-]*){BLANK}\r?(?=\n)", re.MULTILINE)


class Markers:
    """The lines of a text that may close a heredoc. All are looked up once, however often the text is scanned."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: dict[str, list[tuple[int, int]]] | None = None

    def closing(self, word: str, at: int) -> tuple[int, int] | None:
        """Where the first line from `at` on that holds the word alone begins and ends."""
        if self._lines is None:
            self._lines = {}
            for found in _MARKER.finditer(self._text):
                self._lines.setdefault(found[1], []).append(found.span())
        lines = self._lines.get(word, [])
        place = bisect_left(lines, (at, 0))
        return lines[place] if place < len(lines) else None


def scan(text: str, at: int = 0, markers: Markers | None = None, is_template: bool = False) -> Iterator[Token]:
    """The tokens from `at` on; with `is_template`, of the inside of a text, as strings are in JSON."""
    return _Scanner(text, at, markers or Markers(text), is_template).tokens()


class _Scanner:
    """`opened` holds the braces, interpolations and texts around `at`; `stops` where the heredocs around it end."""

    def __init__(self, text: str, at: int, markers: Markers, is_template: bool) -> None:
        self.text = text
        self.at = at
        self.opened = ["<"] if is_template else []
        self.stops = [(len(text), len(text))]
        self.markers = markers

    def tokens(self) -> Iterator[Token]:
        text, opened = self.text, self.opened
        while True:
            if opened and opened[-1] in '"<':
                yield from self.inside()
                if opened or self.at < len(text):
                    continue
            found = _CODE.match(text, self.at, self.stops[-1][0])
            if found is None:
                break
            kind = found.lastgroup or ""
            at, end = found.span(kind)
            self.at = end
            if kind == "mark":
                kind = text[end - 1] if text[end - 1] == "\n" else text[at:end]
                if kind == "{":
                    opened.append("{")
                elif kind == "}" and opened and opened.pop() == "$":
                    kind = "}$"
            elif kind == "other":
                kind, end = self.other(at)
            yield kind, at, end
        yield "end", (stop := self.past_blank()), stop

    def past_blank(self) -> int:
        stop = self.stops[-1][0]
        while self.text[stop : stop + 1] in (" ", "\t"):
            stop += 1
        return stop

    def other(self, at: int) -> tuple[str, int]:
        """A template, a heredoc, a word that is not all ASCII, or what can't be."""
        first = self.text[at]
        if first == '"':
            self.opened.append('"')
            return "open", self.at
        if first == "<":
            return self.heredoc(at)
        if first == "/":
            self.at = len(self.text)
            return "unclosed", self.at
        if not first.isidentifier():
            return "other", self.at
        while self.at < len(self.text) and (self.text[self.at] == "-" or f"a{self.text[self.at]}".isidentifier()):
            self.at += 1
        return "word", self.at

    def heredoc(self, at: int) -> tuple[str, int]:
        found = _HEREDOC.match(self.text, at)
        closing = self.markers.closing(found[1], found.end()) if found else None
        if found is None or closing is None or closing[0] > self.stops[-1][0]:
            self.at = at + 2
            return "heredoc", self.at
        self.stops.append(closing)
        self.opened.append("<")
        self.at = found.end()
        return "open", self.at

    def inside(self) -> Iterator[Token]:
        """A text up to its end, or behind the next `${`."""
        in_quotes = self.opened[-1] == '"'
        stop, after = self.stops[-1]
        found = (_QUOTED if in_quotes else _BARE).match(self.text, self.at, stop)
        end = found.end() if found else self.at
        if end > self.at:
            yield "text", self.at, end
        mark = self.text[end:stop][:1] if end == stop else self.text[end]
        if mark in ("$", "%"):
            self.opened.append("$")
            self.at = end + 2
            yield mark + "{", end, self.at
            return
        self.opened.pop()
        if in_quotes:
            self.at = end + (mark == '"')
            yield ("close" if mark == '"' else "broken"), end, self.at
        else:
            if len(self.stops) > 1:
                self.stops.pop()
            self.at = after
            yield "close", end, after
