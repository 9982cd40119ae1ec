"""HCL text -> its statements, by pairing brackets, quotes and comments.

Tree-sitter's grammar is made for editors: newlines are blank to it, and what is not paired is mended by guesses. Both
are settled here before it reads anything. It is given a copy of the text without comments and without what strings
say, in which heredocs are strings and commas stand for the newlines that end the entries of a map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowspec.spec import mistakes
from flowspec.spec.source import Refused
from flowspec.spec.syntax import MAX_DEPTH

MAX_TEMPLATES = 50
"""Templates in templates: the grammar's scanner keeps a kilobyte of what is open."""

_MISREAD = re.compile(r"[^\t\n\r -~]|\r(?!\n)|::|[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+")
_MARK = re.compile(
    r'"[^"\\$%\r\n]*"|(?P<comment>(?:#|//)[^\n]*|/\*(?s:.*?)\*/)|(?P<open>/\*)|(?P<mark><<|["\n\[\](){}])'
)
_SPACE = r"[^\S\r\n\x1c-\x1f]*"
HEREDOC = re.compile(
    rf"<<-?(?P<word>[^\W\d][\w-]*)\r?\n(?P<text>(?s:.*?)(?<=\n)){_SPACE}(?P=word)(?={_SPACE}\r?(?P<end>\n))"
)
_QUOTED = re.compile(r'(?:[^"\\$%\r\n]|\\[^\r\n]|\$\$\{|%%\{|[$%](?!\{))*+')
_BARE = re.compile(r"(?:[^$%]|\$\$\{|%%\{|[$%](?!\{))*+")
_BLANK = re.compile(rb"[ \t\r]*")
_ASSIGNED = re.compile(rb"\w[\w-]*[ \t]*=(?!=)")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def masked(text: str) -> bytearray:
    """One byte for each character, so that places are those of `text`; what the grammar's scanner misreads is put in
    another form of the same length: exponents, and all but plain ASCII, which it reads by the locale."""
    return bytearray(_MISREAD.sub(_mask, text), "ascii")


def _mask(found: re.Match[str]) -> str:
    first, before = found[0][0], found.string[found.start() - 1 : found.start()]
    if first in "0123456789":
        return "1" * len(found[0])
    named = first.isidentifier() or f"{before}{first}".isidentifier()
    return ("_" if named else "`") * len(found[0])


class Lines:
    """Cuts a text from `at` on. `opened` holds what is open at `at`, each with its place; `code` is `text` masked."""

    def __init__(self, text: str, code: bytearray, at: int = 0) -> None:
        self.text = text
        self.code = code
        self.at = at
        self.begin = at
        self.opened: list[tuple[str, int]] = []
        self.heredocs: list[tuple[int, int]] = []

    def statements(self) -> Iterator[tuple[int, int, str]]:
        """Where each begins and ends, and what ends it: a newline, a brace of a block, or "" where the text ends."""
        mark = "\n"
        while mark:
            begin = self.begin = self.at
            mark = self.run(begin, len(self.text))
            if self.opened:
                outermost = next((n + 1 for n, (opener, _) in enumerate(self.opened) if opener == "$"), None)
                raise mistakes.unpaired(self.text, self.opened[:outermost], len(self.text))
            found = _BLANK.match(self.code, begin, self.at - len(mark))
            self.begin = -1
            yield found.end() if found else begin, self.at - len(mark), mark

    def run(self, start: int, end: int) -> str:
        """Go on to the end of the statement that begins at `start`, or to `end`; returns what ends it."""
        while self.at < end:
            if self.opened and self.opened[-1][0] in ('"', "<"):
                self._template(end)
                continue
            stop = min(end, self.heredocs[-1][0]) if self.heredocs else end
            found = _MARK.search(self.text, self.at, stop)
            if found is None:
                self.at = stop
                if stop < end:
                    raise mistakes.unpaired(self.text, self.opened, mistakes.after_blank(self.code, stop, end))
                break
            at, self.at = found.span()
            mark = found["mark"]
            if mark is None:
                self._skip(found)
            elif mark in ("\n", "}") and not self.opened:
                return mark
            elif mark == "\n":
                self._new_line(at)
            elif mark in _PAIRS:
                self._close(mark, at)
            elif mark == "{" and not self.opened and not _ASSIGNED.match(self.code[start:at].lstrip()):
                return mark
            else:
                self._open(mark, at)
        return ""

    def _new_line(self, at: int) -> None:
        """In a map it parts entries."""
        line = self.code[self.text.rfind("\n", 0, at) + 1 : at].rstrip()
        if self.opened[-1][0] == "{" and line and line[-1:] not in b"{,":
            self.code[at] = ord(",")

    def _skip(self, found: re.Match[str]) -> None:
        """A comment, or a string without templates, whose text the grammar need not see."""
        at, end = found.span()
        if found["open"]:
            detail = 'There is no "*/" that closes this comment before the end of the file.'
            raise Refused(at, "Unterminated comment", detail)
        inner = not found["comment"]
        self._blank(at + inner, end - inner)

    def _blank(self, start: int, end: int, first: str = " ") -> None:
        self.code[start:end] = first.encode().ljust(end - start)[: end - start]

    def _open(self, mark: str, at: int) -> None:
        if len(self.opened) >= MAX_DEPTH:
            raise mistakes.too_deep(at)
        if mark == "$" and sum(opener == "$" for opener, _ in self.opened) >= MAX_TEMPLATES:
            raise mistakes.too_deep(at, MAX_TEMPLATES)
        if mark == "<<":
            found = HEREDOC.match(self.text, at)
            if found is None:
                raise mistakes.no_heredoc(self.text, at)
            self.at = found.start("text")
            self.heredocs.append((found.end("text"), found.start("end")))
            self._blank(at, self.at, '"')
        self.opened.append((mark[0], at))

    def _close(self, mark: str, at: int) -> None:
        opener = self.opened[-1][0] if self.opened else ""
        if _PAIRS[mark] != opener and (mark, opener) != ("}", "$"):
            raise mistakes.unpaired(self.text, self.opened or [("", at)], at)
        self.opened.pop()

    def _template(self, end: int) -> None:
        """Go on in a text, to its end or behind the next `${`."""
        in_quotes = self.opened[-1][0] == '"'
        stop = end if in_quotes else min(end, self.heredocs[-1][0])
        found = (_QUOTED if in_quotes else _BARE).match(self.text, self.at, stop)
        at = found.end() if found else self.at
        mark = self.text[at:stop][:1]
        self._blank(self.at, at)
        self.at = at + 1 if in_quotes else at
        if mark == "$":
            self.at = at + 2
            self._open("$", at)
        elif mark == "%":
            raise mistakes.no_directives(at)
        elif mark == '"':
            self.opened.pop()
        elif mark:
            raise mistakes.broken_string(at)
        elif not in_quotes and stop < end:
            _, self.at = self.heredocs.pop()
            self._blank(at, self.at, '"')
            self.opened.pop()
