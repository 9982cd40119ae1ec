r"""Quoted strings, heredocs and bare text -> template nodes: `${…}`, `$${`, and in quotes the escapes of HCL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from flowspec.spec.source import Refused
from flowspec.spec.syntax import Literal, Node, Template
from flowspec.spec.tokens import Tokens, invalid_character

Parse = Callable[[Tokens], Node]

_QUOTED = re.compile(r'(?:[^"\\$%\r\n]|\\[^\r\n]|\$\$\{|%%\{|\$(?!\{)|%(?!\{))*+')
_BARE = re.compile(r"(?:[^$%]|\$\$\{|%%\{|\$(?!\{)|%(?!\{))*+")
_ESCAPE = re.compile(r"\\(?:[nrt\"\\]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})?|\$\$\{|%%\{")
_PLAIN = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "$${": "${", "%%{": "%{"}


def text_of(raw: str) -> str:
    """Text in the form in which texts are compared, as Terraform does."""
    return raw if raw.isascii() else unicodedata.normalize("NFC", raw)


def quoted(tokens: Tokens, parse: Parse) -> Node:
    """The string whose opening quote is the current token."""
    opened = tokens.start
    parts: list[Node] = []
    at = opened + 1
    while True:
        found = _QUOTED.match(tokens.text, at)
        end = found.end() if found else at
        if end > at:
            parts.append(Literal(at, text_of(unescaped(tokens.text[at:end], at))))
        closing = tokens.text[end : end + 1]
        if closing == '"':
            tokens.jump(end + 1)
            return _joined(opened, parts)
        if closing in ("\r", "\n", "\\"):
            raise Refused(end, "Invalid multi-line string",
                "Quoted strings may not be split over multiple lines. To produce a multi-line "
                          "string, either use the \\n escape to represent a newline character or use a "
                          "heredoc (<<EOT).")  # fmt: skip
        if not closing:
            raise Refused(opened, "Unterminated string", "No closing quote was found for this string.")
        at = interpolation(tokens, end, parse, parts)


def bare(text: str, parse: Parse) -> Node:
    """A text that is a template as a whole, as strings are in JSON."""
    parts: list[Node] = []
    tokens: Tokens | None = None
    here = 0
    while True:
        found = _BARE.match(text, here)
        end = found.end() if found else here
        if end > here:
            parts.append(Literal(here, text_of(unescaped(text[here:end], here, bare=True))))
        if end == len(text):
            return _joined(0, parts)
        tokens = tokens or Tokens("")
        tokens.text = text
        here = interpolation(tokens, end, parse, parts)


def interpolation(tokens: Tokens, at: int, parse: Parse, parts: list[Node]) -> int:
    """Read `${…}` at `at`, add its expression to `parts`, and return where it ends."""
    if tokens.text[at] == "%":
        raise Refused(
            at,
            "Template directives are not supported",
            'Write "%%{" for a literal "%{"; use a conditional in "${…}" to choose between texts.',
        )
    if tokens.text.startswith("~", at + 2):
        raise Refused(at + 2, "Strip markers are not supported", 'Write "${" without "~".')
    tokens.deeper()
    newlines = tokens.inside()
    tokens.jump(at + 2)
    parts.append(parse(tokens))
    if tokens.kind == "~":
        raise Refused(tokens.start, "Strip markers are not supported", 'Write "}" without "~".')
    if tokens.kind != "}":
        if tokens.kind == "eof":
            raise Refused(
                at,
                "Unclosed template interpolation sequence",
                "There is no closing brace for this interpolation sequence before the end of the file.",
            )
        raise Refused(
            tokens.start,
            "Extra characters after interpolation expression",
            'Expected a closing brace "}" to end the interpolation expression.',
        )
    tokens.outside(newlines)
    tokens.depth -= 1
    return tokens.end


def _joined(at: int, parts: list[Node]) -> Node:
    """One literal stays text, one interpolation is the value itself, as in Terraform; the rest is a template."""
    if not parts:
        return Literal(at, "")
    if len(parts) > 1:
        return Template(at, tuple(parts))
    only = parts[0]
    return Literal(at, only.value) if isinstance(only, Literal) and isinstance(only.value, str) else only


def unescaped(raw: str, at: int, bare: bool = False) -> str:
    if not bare and "\\" not in raw and "{" not in raw:
        return raw

    def plain(found: re.Match[str]) -> str:
        sequence = found[0]
        if bare and sequence.startswith("\\"):
            return sequence
        if sequence in _PLAIN:
            return _PLAIN[sequence]
        if len(sequence) > 1 and (code := int(sequence[2:], 16)) < 0x110000 and not 0xD800 <= code < 0xE000 and code:
            return chr(code)
        place = at + found.start()
        if len(sequence) > 1 or raw[found.end() : found.end() + 1] in ("u", "U"):
            raise Refused(
                place,
                "Invalid escape sequence",
                r"The sequence must be \u with four or \U with eight hexadecimal digits, and name a Unicode "
                r"character other than NUL.",
            )
        raise Refused(
            place,
            "Invalid escape sequence",
            f'The symbol "{raw[found.end() : found.end() + 1]}" is not a valid escape sequence selector. Write '
            f'"\\\\" for a backslash.',
        )

    return _ESCAPE.sub(plain, raw)


def heredoc(tokens: Tokens, parse: Parse) -> Node:
    """The heredoc whose introducer (`<<EOT` or `<<-EOT` and a newline) is the current token."""
    opened = tokens.start
    introducer = tokens.text[opened : tokens.end].strip()
    marker = introducer[2:].removeprefix("-")
    lines = _heredoc_parts(tokens, opened, marker, parse)
    if introducer.startswith("<<-"):
        lines = _flushed(lines)
    return _joined(opened, _merged([part for line in lines for part in line]))


def _heredoc_parts(tokens: Tokens, opened: int, marker: str, parse: Parse) -> list[list[Node]]:
    """The parts of each line."""
    text, at = tokens.text, tokens.end
    lines: list[list[Node]] = []
    while True:
        line: list[Node] = []
        while True:
            end = text.find("\n", at)
            if end < 0:
                raise Refused(
                    opened, "Unterminated heredoc", f'No line with only the closing marker "{marker}" was found.'
                )
            if "\r" in text[at:end].removesuffix("\r"):
                raise invalid_character("\r", text.index("\r", at))
            if not line and text[at:end].strip() == marker:
                tokens.jump(end - 1 if text[end - 1] == "\r" else end)
                return lines
            found = _BARE.match(text, at, end + 1)
            stop = found.end() if found else at
            if stop > at:
                line.append(Literal(at, text_of(unescaped(text[at:stop], at, bare=True))))
            at = stop
            if stop == end + 1:
                break
            at = interpolation(tokens, stop, parse, line)
        lines.append(line)


def _flushed(lines: list[list[Node]]) -> list[list[Node]]:
    """`<<-`: the smallest indentation of the lines is taken off all of them; lines that are blank stay as they are."""
    filled = [line for line in lines if not _is_blank(line)]
    cut = min(map(_indent, filled), default=0)
    return [line if _is_blank(line) else _dedented(line, cut) for line in lines]


def _is_blank(line: list[Node]) -> bool:
    return all(isinstance(part, Literal) and not str(part.value).strip() for part in line)


def _indent(line: list[Node]) -> int:
    first = line[0].value if isinstance(line[0], Literal) else ""
    return len(str(first)) - len(str(first).lstrip())


def _dedented(line: list[Node], cut: int) -> list[Node]:
    first = line[0]
    if isinstance(first, Literal) and isinstance(first.value, str):
        return [Literal(first.at, first.value[cut:]), *line[1:]]
    return line


def _merged(parts: list[Node]) -> list[Node]:
    """Literals that stand side by side become one."""
    merged: list[Node] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Literal) and isinstance(last, Literal):
            merged[-1] = Literal(last.at, f"{last.value}{part.value}")
        else:
            merged.append(part)
    return merged
