"""JSON text -> the nodes that HCL is read into, each with its place; strings stay as they are (see `with_templates`).

The standard library's reader tells neither places nor duplicate keys, and overflows on deep nesting.
"""

from __future__ import annotations

import json
import re

from flowspec.spec import templates
from flowspec.spec.grammar import bare_template, number
from flowspec.spec.source import Refused, SpecText
from flowspec.spec.syntax import MAX_DEPTH, Embedded, Entry, ListNode, Literal, MapNode, Node

_BLANK = re.compile(r"[ \t\r\n]*+")
_STRING = re.compile(r'"([^"\\\x00-\x1f]*+)"|("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+")')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_WORD = re.compile(r"true|false|null")
_BARE = re.compile(r"[A-Za-z][\w.*/-]*+")
_WORDS = {"true": True, "false": False, "null": None}


def parse(source: SpecText) -> Node:
    """The value that the whole text is; raises Refused at its first error."""
    reader = _Reader(source)
    at = reader.blank(0)
    if at == len(source.text):
        raise Refused(0, "The file is empty", 'A spec in JSON is at least "{}".')
    node, at = reader.value(at, 0)
    at = reader.blank(at)
    if at < len(source.text):
        raise Refused(at, "Invalid JSON: something follows the end of the value", "A file holds one JSON object.")
    return node


def with_templates(node: Node) -> Node:
    """The same, with the strings that hold `${…}` read as templates."""
    match node:
        case Literal(at=at, value=str(text)) if "${" in text or "%{" in text:
            return template(text, at)
        case ListNode(at=at, items=items):
            return ListNode(at, tuple(map(with_templates, items)))
        case MapNode(at=at, entries=entries):
            return MapNode(at, tuple(Entry(e.at, with_templates(e.key), with_templates(e.value)) for e in entries))
    return node


def template(text: str, at: int) -> Node:
    """The string at `at` (its quote) as a template."""
    try:
        node = bare_template(text)
    except Refused as refused:
        raise Refused(at + 1 + refused.at, refused.summary, refused.detail) from None
    return Literal(at, node.value) if isinstance(node, Literal) else Embedded(at + 1, node)


class _Reader:
    """A recursive descent; every method takes the place to read at and returns the node and the place behind it."""

    def __init__(self, source: SpecText) -> None:
        self.source = source
        self.text = source.text

    def blank(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        first = self.text[at : at + 1]
        if first == '"':
            text, end = self.string(at)
            return Literal(at, text), end
        if depth > MAX_DEPTH:
            raise Refused(
                at, f"Nested more than {MAX_DEPTH} deep", "A spec never needs that: check what wrote this file."
            )
        if first == "{":
            return self.object(at, depth + 1)
        if first == "[":
            return self.array(at, depth + 1)
        if found := _WORD.match(self.text, at):
            return Literal(at, _WORDS[found[0]]), found.end()
        if found := _NUMBER.match(self.text, at):
            return Literal(at, number(found[0], at)), found.end()
        raise self.refused(at, "a value")

    def string(self, at: int) -> tuple[str, int]:
        found = _STRING.match(self.text, at)
        if found is None:
            raise self.bad_string(at)
        if found[1] is not None:
            return templates.text_of(found[1]), found.end()
        text: str = json.loads(found[2])
        if any(0xD800 <= ord(character) < 0xE000 for character in text) or "\0" in text:
            raise Refused(
                at,
                "Invalid JSON: an escape in this string names no character",
                r"Half of a surrogate pair and \u0000 are refused.",
            )
        return templates.text_of(text), found.end()

    def bad_string(self, at: int) -> Refused:
        part = re.compile(r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+').match(self.text, at)
        end = part.end() if part else at
        if end == len(self.text):
            return Refused(at, "Invalid JSON: this string is not closed", "The file ends inside it; it may be cut off.")
        if self.text[end] == "\\":
            return Refused(
                end, "Invalid JSON: invalid escape sequence", r"JSON knows \" \\ \/ \b \f \n \r \t and \uNNNN."
            )
        return Refused(
            at, "Invalid JSON: this string is not closed on its line", r"Write \n for a newline and \t for a tab."
        )

    def array(self, opened: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        at = self.blank(opened + 1)
        if self.text.startswith("]", at):
            return ListNode(opened, ()), at + 1
        while True:
            item, at = self.value(at, depth)
            items.append(item)
            at, more = self.separator(at, opened, "]")
            if not more:
                return ListNode(opened, tuple(items)), at

    def object(self, opened: int, depth: int) -> tuple[Node, int]:
        entries: dict[str, Entry] = {}
        at = self.blank(opened + 1)
        if self.text.startswith("}", at):
            return MapNode(opened, ()), at + 1
        while True:
            place = at
            key, at = self.key(at)
            if key in entries:
                before = self.source.where(entries[key].at).text()
                raise Refused(
                    place,
                    f'Duplicate key "{key}"',
                    f"It is already in this object, at {before}. Keep one of the two, or merge them.",
                )
            value, at = self.value(self.blank(at), depth)
            entries[key] = Entry(place, Literal(place, key), value)
            at, more = self.separator(at, opened, "}")
            if not more:
                return MapNode(opened, tuple(entries.values())), at

    def key(self, at: int) -> tuple[str, int]:
        if not self.text.startswith('"', at):
            raise self.refused(at, 'a key in double quotes, or "}"')
        key, at = self.string(at)
        at = self.blank(at)
        if not self.text.startswith(":", at):
            raise self.refused(at, f'a colon after the key "{key}"')
        return key, at + 1

    def separator(self, at: int, opened: int, closing: str) -> tuple[int, bool]:
        """Behind the comma (True) or the closing bracket (False)."""
        at = self.blank(at)
        found = self.text[at : at + 1]
        if found == closing:
            return at + 1, False
        if found != ",":
            raise self.refused(at, f'a comma or "{closing}"', opened)
        after = self.blank(at + 1)
        if self.text.startswith(closing, after):
            raise Refused(
                at,
                f'Invalid JSON: a comma before "{closing}"',
                "Unlike HCL, JSON allows no comma behind the last item.",
            )
        return after, True

    def refused(self, at: int, wanted: str, opened: int | None = None) -> Refused:
        if at == len(self.text):
            detail = (
                f"What is opened at {self.source.where(opened).text()} is not closed. " if opened is not None else ""
            )
            return Refused(
                at, f"Invalid JSON: expected {wanted}, but the file ends", detail + "The file may be cut off."
            )
        found = self.text[at]
        shown = found if found.isprintable() and found.strip() else f"U+{ord(found):04X}"
        detail = {
            "#": "JSON has no comments.",
            "/": 'JSON has no comments; a key "//" may hold one.',
            "'": "Strings take double quotes.",
        }.get(found, "")
        if word := _BARE.match(self.text, at):
            shown = word[0][:60]
            detail = f'Strings take double quotes: "{shown}".'
        return Refused(at, f'Invalid JSON: expected {wanted}, but found "{shown}"', detail)
