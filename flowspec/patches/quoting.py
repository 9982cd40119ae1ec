"""Hostile text -> literals of a dialect. Names and descriptions come from the cloud; nothing in them may act."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from flowspec.errors import RenderError

_HCL_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONG = 100
_ASSIGNMENT = re.compile(r" *[a-z_]+ = .*")
_ENUMS = ("Inbound", "Outbound", "Allow", "Deny", "Tcp", "Udp", "Icmp", "Esp", "Ah")
_SPELLINGS = {word.casefold(): word for word in _ENUMS}


def hcl(value: str) -> str:
    """An HCL string literal: quotes, control characters, and the openings of templates (`${`, `%{`) escaped."""
    text = re.sub(r"([$%])(?=\{)", r"\1\1", "".join(map(_hcl_character, value)))
    return f'"{text}"'


def hcl_list(values: Iterable[str]) -> str:
    """An HCL list, one element to a line when it would be long."""
    literals = [hcl(value) for value in values]
    line = f"[{', '.join(literals)}]"
    if len(line) <= _LONG:
        return line
    return "[\n" + "".join(f"    {literal},\n" for literal in literals) + "  ]"


def shell(value: object) -> str:
    """One word of bash on one line: in single quotes where it needs any, `$'…'` where it holds control characters."""
    text = str(value)
    if "\0" in text:
        raise RenderError(f"A shell can't hold the NUL character in {text!r}.")
    return shlex.quote(text) if text.isprintable() else f"$'{''.join(map(_bash_character, text))}'"


def option(name: str, value: object) -> str:
    """`--name 'value'`; joined by `=` where the value could be taken for an option itself."""
    return f"{name}{'=' if str(value).startswith('-') else ' '}{shell(value)}"


def comment(value: object) -> str:
    """Text that stays inside a line comment."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def azure_spelling(value: str) -> str:
    """An enum value as Azure's reference spells it; Azure itself takes any letter case, its tools do not."""
    return _SPELLINGS.get(value.casefold(), value)


def continued(block: str) -> str:
    """The lines of one command, joined by the shell's continuation."""
    return " \\\n  ".join(line for line in block.splitlines() if line)


def aligned(block: str) -> str:
    """HCL arguments with their equals signs in one column, as `terraform fmt` sets them."""
    return "\n".join(line for group in _groups(block.splitlines()) for line in _padded(group))


def _padded(group: list[str]) -> list[str]:
    parts = [line.partition(" = ") for line in group]
    width = max((len(name) for name, equals, _ in parts if equals), default=0)
    return [f"{name:<{width}}{equals}{value}" if equals else name for name, equals, value in parts]


def _groups(lines: list[str]) -> Iterator[list[str]]:
    """Lines that `terraform fmt` aligns with each other: a list over several lines stands alone."""
    group: list[str] = []
    for line in lines:
        if _ASSIGNMENT.fullmatch(line) and not line.endswith("["):
            group.append(line)
            continue
        yield from (group, [line])
        group = []
    yield group


def _bash_character(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    return character if character.isprintable() else "".join(f"\\x{byte:02x}" for byte in character.encode())


def _hcl_character(character: str) -> str:
    if character in _HCL_ESCAPES:
        return _HCL_ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
