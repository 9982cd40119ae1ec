r"""The text of quoted strings, heredocs and bare templates -> what it stands for: `$${`, and in quotes the escapes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import zip_longest
from typing import TypeAlias

from flowspec.spec.source import Refused
from flowspec.spec.syntax import Literal, Node, Template

Text: TypeAlias = tuple[int, str]
"""The text between two interpolations of a template as it is written, and where it stands."""

_HOLE = "\0"
"""Stands for an interpolation; no source holds it."""

_QUOTED = re.compile(r"\\(?:[nrt\"\\]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})?|\$\$\{|%%\{|[$%]\{")
_BARE = re.compile(r"\$\$\{|%%\{|[$%]\{")
_PLAIN = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "$${": "${", "%%{": "%{"}


def text_of(raw: str) -> str:
    """Text in the form in which texts are compared, as Terraform does."""
    return raw if raw.isascii() else unicodedata.normalize("NFC", raw)


def quoted(raw: str, at: int) -> str:
    """What stands between two quotes, or between a quote and an interpolation."""
    if "\\" in raw or "{" in raw:
        raw = _QUOTED.sub(lambda found: _plain(found, raw, at), raw)
    return text_of(raw)


def bare(raw: str, at: int) -> str:
    """What stands in a heredoc."""
    return text_of(_BARE.sub(lambda found: _plain(found, raw, at), raw))


def _plain(found: re.Match[str], raw: str, at: int) -> str:
    sequence, place = found[0], at + found.start()
    if sequence in _PLAIN:
        return _PLAIN[sequence]
    if sequence[0] in "$%":
        raise Refused(place, "Invalid block label", "Template sequences are not allowed in a block label.")
    if len(sequence) > 1 and (code := int(sequence[2:], 16)) < 0x110000 and not 0xD800 <= code < 0xE000 and code:
        return chr(code)
    selector = raw[found.end() : found.end() + 1]
    detail = f'The symbol "{selector}" is not a valid escape sequence selector. Write "\\\\" for a backslash.'
    if len(sequence) > 1 or selector in ("u", "U"):
        detail = r"It must be \u with four or \U with eight hexadecimal digits, and name a Unicode character but NUL."
    raise Refused(place, "Invalid escape sequence", detail)


def joined(at: int, texts: list[Text], nodes: list[Node], unescaped: Callable[[str, int], str]) -> Node:
    """One text stays text, one interpolation is the value itself, as in Terraform; the rest is a template."""
    parts: list[Node] = []
    for (place, raw), node in zip_longest(texts, nodes):
        if raw:
            parts.append(Literal(place, unescaped(raw, place)))
        if node:
            parts.append(node)
    if len(parts) > 1:
        return Template(at, tuple(parts))
    if not parts:
        return Literal(at, "")
    only = parts[0]
    return Literal(at, only.value) if isinstance(only, Literal) and isinstance(only.value, str) else only


def flushed(texts: list[Text]) -> list[Text]:
    """`<<-`: the smallest indentation of the lines is taken off all of them; lines that are blank stay as they are."""
    lines = _HOLE.join(raw for _, raw in texts).split("\n")
    cut = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    cut_lines = "\n".join(line[cut:] if line.strip() else line for line in lines)
    return [(at, raw) for (at, _), raw in zip(texts, cut_lines.split(_HOLE), strict=True)]
