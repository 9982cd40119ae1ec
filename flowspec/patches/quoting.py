"""Hostile text -> literals of a dialect. Names and descriptions come from the cloud; nothing in them may act."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

from flowspec.errors import RenderError

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HCL_ESCAPES = {**_ESCAPES, '"': '\\"'}
_BICEP_ESCAPES = {**_ESCAPES, "'": "\\'"}
_ACTS_IN_DOUBLE_QUOTES = re.compile(r'["$`\\!]')
_SLASHES = re.compile(r"(?<![\w:])//")
_ESCAPED_SLASHES = r"/\\u{2f}"
"""Not needed by Bicep: editors' parsers take two slashes for a comment, in a string too."""
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


def bicep(value: object, depth: int = 0) -> str:
    """A Bicep literal of a string, a number, a list or a mapping, `depth` levels deep in what is around it."""
    if isinstance(value, str):
        text = "".join(map(_bicep_character, value)).replace("${", r"\${")
        return f"'{_SLASHES.sub(_ESCAPED_SLASHES, text)}'"
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, Mapping):
        lines = [f"{inner}{name}: {bicep(item, depth + 1)}\n" for name, item in value.items()]
        return "".join(["{\n", *lines, f"{outer}}}"])
    if isinstance(value, list | tuple):
        lines = [f"{inner}{bicep(item, depth + 1)}\n" for item in value]
        return "".join(["[\n", *lines, f"{outer}]"])
    return str(value)


def arm(value: object, depth: int = 0) -> str:
    """JSON of a template, `depth` levels deep: a string that would be an expression, in brackets, is none."""
    text = json.dumps(_no_expression(value), indent=2)
    return text.replace("\n", "\n" + "  " * depth).replace("\x7f", "\\u007f")


def arm_argument(value: str) -> str:
    """A string in single quotes, as an argument within an expression of a template."""
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def powershell(value: object) -> str:
    """A PowerShell string in ASCII alone: `'…'`, or a sum of such and of characters by their numbers.

    Windows PowerShell reads a script in the code page of its machine, in which half a letter may be a quote; and a
    curly quote is a quote to every PowerShell.
    """
    parts = [_powershell_part(part) for part in re.findall(r"[ -~]+|[^ -~]", str(value))] or ["''"]
    if len(parts) == 1 and parts[0].startswith("'"):
        return parts[0]
    return f"({' + '.join(parts if parts[0].startswith(chr(39)) else [chr(39) * 2, *parts])})"


def powershell_list(values: Iterable[object]) -> str:
    """A PowerShell array, one element to a line when it would be long."""
    literals = [powershell(value) for value in values]
    line = f"@({', '.join(literals)})"
    if len(line) <= _LONG:
        return line
    return "@(\n" + ",\n".join(f"    {literal}" for literal in literals) + "\n  )"


def shell(value: object) -> str:
    """One word of bash on one line: in quotes where it needs any, `$'…'` where it holds control characters."""
    text = str(value)
    if "\0" in text:
        raise RenderError(f"A shell can't hold the NUL character in {text!r}.")
    if "'" in text and text.isprintable() and not _ACTS_IN_DOUBLE_QUOTES.search(text):
        return f'"{text}"'
    return shlex.quote(text) if text.isprintable() else f"$'{''.join(map(_bash_character, text))}'"


def comment(value: object) -> str:
    """Text that stays inside a line comment."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def commented(block: str) -> str:
    """Lines that are to be read and copied, each as a comment."""
    return "\n".join(f"# {comment(line)}".rstrip() for line in block.splitlines() if line.strip())


def ascii_comment(value: object) -> str:
    """Text that stays inside a line comment, whatever the code page it is read in."""
    return "".join(c if " " <= c <= "~" else f"<U+{ord(c):04X}>" for c in str(value))


def azure_spelling(value: str) -> str:
    """An enum value as Azure's reference spells it; Azure itself takes any letter case, its tools do not."""
    return _SPELLINGS.get(value.casefold(), value)


def continued(block: str) -> str:
    """The lines of one command, joined by bash's continuation."""
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


def _no_expression(value: object) -> object:
    """The value with a bracket more before each string that begins and ends with one; others are as they are."""
    if isinstance(value, str):
        return f"[{value}" if value.startswith("[") and value.endswith("]") else value
    if isinstance(value, Mapping):
        return {name: _no_expression(item) for name, item in value.items()}
    return [_no_expression(item) for item in value] if isinstance(value, list | tuple) else value


def _bash_character(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    return character if character.isprintable() else "".join(f"\\x{byte:02x}" for byte in character.encode())


def _powershell_part(part: str) -> str:
    if " " <= part[0] <= "~":
        return "'" + part.replace("'", "''") + "'"
    units = part.encode("utf-16-be")
    return " + ".join(f"[char]0x{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _bicep_character(character: str) -> str:
    if character in _BICEP_ESCAPES:
        return _BICEP_ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def _hcl_character(character: str) -> str:
    if character in _HCL_ESCAPES:
        return _HCL_ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
