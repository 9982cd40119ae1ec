"""HCL text -> tokens, one at a time, as HashiCorp's scanner cuts them (hclsyntax, HCL native syntax specification).

A regular expression for each token, so that a megabyte takes a fraction of a second. Tree-sitter's grammar was measured
beside it: walking its tree from Python costs three times as much, and it accepts much that Terraform refuses.
"""

from __future__ import annotations

import re

from flowspec.spec.source import Refused
from flowspec.spec.syntax import MAX_DEPTH

_TOKEN = r"""(?:
  (?P<reference>(?:var|local|group|service|intent|boundary)\.[A-Za-z_][A-Za-z0-9_\-]*+(?![\x80-\U0010ffff]))
 |(?P<ident>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\-\x80-\U0010ffff]*)
 |(?P<newline>\r?\n|(?:\#|//)[^\n]*\n)
 |(?P<string>"[^"\\$%\r\n]*")
 |(?P<eof>(?:(?:\#|//)[^\n]*)?\Z)
 |(?P<op>==|!=|>=|<=|=>|&&|\|\||::|\.\.\.|[\[\](){}.,*/%+\-=<>!?:&|~^;])
 |(?P<number>[0-9](?:[0-9.]|[eE][+-]?[0-9])*(?<!\.))
 |(?P<quote>")
)"""
_COMMENT = r"/\*(?s:.*?)\*/"
_LINE = re.compile(rf"(?:[ \t]|{_COMMENT})*+{_TOKEN}", re.VERBOSE)
_FREE = re.compile(rf"(?:[ \t\n]|\r\n|{_COMMENT}|(?:\#|//)[^\n]*\n)*+{_TOKEN}", re.VERBOSE)
_BLANK = re.compile(rf"(?:[ \t\n]|\r\n|{_COMMENT}|(?:\#|//)[^\n]*\n)*+", re.VERBOSE)
_HEREDOC = re.compile(r"<<-?[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\-\x80-\U0010ffff]*\r?\n")

_HINTS = {
    "'": ("Invalid character", 'Single quotes are not valid. Use double quotes (") to enclose strings.'),
    "`": ("Invalid character",
        'The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".'),
    ";": (
        "Invalid character",
        'The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to '
        'separate items in collection values.',
    ),
    "&": ("Unsupported operator", 'Bitwise operators are not supported. Did you mean boolean AND ("&&")?'),
    "|": ("Unsupported operator", 'Bitwise operators are not supported. Did you mean boolean OR ("||")?'),
    "^": ("Unsupported operator", "Bitwise operators are not supported."),
    "~": ("Unsupported operator", "Bitwise operators are not supported."),
    "\ufeff": ("Invalid character", "A byte order mark may stand at the start of a file only. Remove it."),
    "\u201c": ("Invalid character",
        '"Curly quotes" are not valid here. These can sometimes be inadvertently introduced when sharing code '
               "via documents or discussion forums. It might help to replace the character with a straight quote."),
}  # fmt: skip
_HINTS["\u201d"] = _HINTS["\u201c"]


class Tokens:
    """The next token is in `kind` (an operator's kind is its own text), `start` and `end`; `take` goes on.

    A `reference` is a name of the first level with its attribute, `group.web`: most of a large spec, so one token.
    Newlines are tokens where HCL makes them matter, and blank inside brackets: see `inside`.
    """

    __slots__ = ("_pattern", "depth", "end", "kind", "start", "text", "until")

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.until = at
        self.depth = 0
        self._pattern = _LINE
        self._scan()

    def take(self) -> str:
        """Step over the token and return its text."""
        word = self.text[self.start : self.end]
        self.until = self.end
        self._scan()
        return word

    def jump(self, at: int) -> None:
        """Go on at another place."""
        self.until = at
        self._scan()

    def _scan(self) -> None:
        found = self._pattern.match(self.text, self.until)
        if found is None:
            raise self._invalid()
        kind = found.lastgroup or ""
        self.start, self.end = found.span(kind)
        if kind == "op":
            kind = found[kind]
            if kind == "<" and (heredoc := _HEREDOC.match(self.text, self.start)):
                kind, self.end = "heredoc", heredoc.end()
        elif kind == "ident" and not (word := found[kind]).isascii():
            self._check_identifier(word)
        self.kind = kind

    def _check_identifier(self, word: str) -> None:
        if word.replace("-", "_").isidentifier():
            return
        good = 0
        while word[: good + 1].replace("-", "_").isidentifier() and good < 1000:
            good += 1
        raise invalid_character(word[good], self.start + good)

    def _invalid(self) -> Refused:
        blank = _BLANK.match(self.text, self.until)
        at = blank.end() if blank else self.until
        if self.text.startswith("/*", at):
            return Refused(
                at, "Unterminated comment", 'There is no "*/" that closes this comment before the end of the file.'
            )
        return invalid_character(self.text[at], at)

    def inside(self, newlines: bool = False) -> bool:
        """From here on newlines are blank (or tokens, with `newlines`). Returns how it was, for `outside`.

        Both come before the bracket is taken, since taking it scans the token behind it.
        """
        before = self._pattern is _LINE
        self._pattern = _LINE if newlines else _FREE
        return before

    def outside(self, newlines: bool) -> None:
        self._pattern = _LINE if newlines else _FREE

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Refused(self.start, f"Nested more than {MAX_DEPTH} deep", "Take the inner parts out into locals.")


def invalid_character(character: str, at: int) -> Refused:
    if character in _HINTS:
        return Refused(at, *_HINTS[character])
    shown = character if character.isprintable() and character.strip() else f"U+{ord(character):04X}"
    return Refused(at, "Invalid character", f'The character "{shown}" is not used within the language.')
