"""HCL text -> blocks with positions, as HashiCorp's parser reads them; what it refuses is refused here too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowspec.errors import Problem
from flowspec.spec import templates
from flowspec.spec.grammar import expression
from flowspec.spec.source import Refused, Source
from flowspec.spec.syntax import Block, Body, Entry, Label, Literal, Node
from flowspec.spec.tokens import Tokens


def parse(source: Source, kinds: Sequence[str], problems: list[Problem]) -> Body:
    """All blocks and attributes of a file. After an error it goes on at the next line that opens a block of `kinds`."""
    attributes: dict[str, Entry] = {}
    blocks: list[Block] = []
    resume = re.compile(rf"^(?:{'|'.join(kinds)})\b[^\n]*\{{", re.MULTILINE) if kinds else re.compile(r"(?!)")
    at = 0
    while True:
        tokens = None
        try:
            tokens = Tokens(source.text, at)
            _items(tokens, source, attributes, blocks, "eof")
            return Body(0, tuple(attributes.values()), tuple(blocks))
        except Refused as refused:
            problems.append(source.problem(refused))
            after = max(refused.at, tokens.until if tokens else at)
            found = resume.search(source.text, source.text.find("\n", after) + 1 or len(source.text))
            if found is None:
                return Body(0, tuple(attributes.values()), tuple(blocks))
            at = found.start()


def parse_expression(text: str) -> Node:
    """A whole text as one expression."""
    tokens = Tokens(text)
    tokens.inside()
    tokens.jump(0)
    node = expression(tokens)
    if tokens.kind != "eof":
        raise Refused(
            tokens.start,
            "Extra characters after expression",
            "An expression was successfully parsed, but extra characters were found after it.",
        )
    return node


def _items(
    tokens: Tokens, source: Source, attributes: dict[str, Entry], blocks: list[Block], end: str, opened: int = 0
) -> None:
    """Attributes and blocks, one a line, up to `end`; `opened` is where the brace is that `end` closes."""
    while tokens.kind != end:
        if tokens.kind == "newline":
            tokens.take()
        elif tokens.kind == "ident":
            at, name = tokens.start, tokens.take()
            if tokens.kind == "=":
                _add(attributes, _attribute(tokens, at, name), source)
                _end_of_line(tokens, "argument")
            else:
                blocks.append(_block(tokens, source, at, name))
                _end_of_line(tokens, "block")
        elif tokens.kind == "eof":
            raise Refused(
                opened,
                "Unclosed configuration block",
                "There is no closing brace for this block before the end of the file.",
            )
        else:
            raise _no_item(tokens)


def _no_item(tokens: Tokens) -> Refused:
    if tokens.kind in ("string", "quote"):
        return Refused(tokens.start, "Invalid argument name", "Argument names must not be quoted.")
    if tokens.kind == "}":
        return Refused(
            tokens.start, "Unexpected closing brace", "There is no open block here that this brace could close."
        )
    return Refused(
        tokens.start, "Argument or block definition required", "An argument or block definition is required here."
    )


def _add(attributes: dict[str, Entry], entry: Entry, source: Source) -> None:
    name = str(entry.key.value) if isinstance(entry.key, Literal) else ""
    before = attributes.setdefault(name, entry)
    if before is not entry:
        place = source.where(before.at).text()
        raise Refused(
            entry.at,
            "Attribute redefined",
            f'The argument "{name}" was already set at {place}. Each argument may be set only once.',
        )


def _attribute(tokens: Tokens, at: int, name: str) -> Entry:
    tokens.take()
    return Entry(at, Literal(at, name), expression(tokens))


def _end_of_line(tokens: Tokens, what: str) -> None:
    if tokens.kind == "newline":
        tokens.take()
    elif tokens.kind != "eof":
        article = "An argument" if what == "argument" else "A block"
        raise Refused(tokens.start, f"Missing newline after {what}", f"{article} definition must end with a newline.")


def _block(tokens: Tokens, source: Source, at: int, kind: str) -> Block:
    labels: list[Label] = []
    while tokens.kind in ("ident", "string", "quote"):
        labels.append(_label(tokens))
    if tokens.kind != "{":
        raise _no_brace(tokens, at, bool(labels))
    tokens.deeper()
    opened = tokens.start
    tokens.take()
    one_line = tokens.kind not in ("newline", "}", "eof")
    body = _one_argument(tokens, opened) if one_line else _body(tokens, source, opened)
    tokens.take()
    tokens.depth -= 1
    return Block(at, kind, tuple(labels), body)


def _label(tokens: Tokens) -> Label:
    at = tokens.start
    if tokens.kind == "ident":
        return Label(at, tokens.take())
    node: Node
    if tokens.kind == "string":
        node = Literal(at, templates.text_of(tokens.take()[1:-1]))
    else:
        node = templates.quoted(tokens, expression)
    if not isinstance(node, Literal):
        raise Refused(at, "Invalid block label", "Template sequences are not allowed in a block label.")
    return Label(at, str(node.value))


def _no_brace(tokens: Tokens, at: int, labelled: bool) -> Refused:
    if tokens.kind == "=" and labelled:
        return Refused(
            tokens.start,
            "Invalid block definition",
            'The equals sign "=" indicates an argument definition, and must not be used when defining a block.',
        )
    if tokens.kind in ("newline", "eof") and labelled:
        return Refused(
            tokens.start,
            "Invalid block definition",
            'A block definition must have block content delimited by "{" and "}", starting on the same line '
            "as the block header.",
        )
    if tokens.kind in ("newline", "eof"):
        return Refused(
            at,
            "Argument or block definition required",
            'An argument or block definition is required here. To set an argument, use the equals sign "=" to '
            "introduce the argument value.",
        )
    return Refused(
        tokens.start,
        "Invalid block definition",
        'Either a quoted string block label or an opening brace ("{") is expected here.',
    )


def _body(tokens: Tokens, source: Source, opened: int) -> Body:
    attributes: dict[str, Entry] = {}
    blocks: list[Block] = []
    _items(tokens, source, attributes, blocks, "}", opened)
    return Body(opened, tuple(attributes.values()), tuple(blocks))


def _one_argument(tokens: Tokens, opened: int) -> Body:
    """`{ name = value }` on one line."""
    at = tokens.start
    if tokens.kind != "ident":
        raise _no_item(tokens)
    name = tokens.take()
    if tokens.kind != "=":
        raise Refused(
            at,
            "Argument definition required",
            f"A single-line block definition can contain only a single argument. If you meant to define "
            f'argument "{name}", use an equals sign '
            "to assign it a value. To define a nested block, place it on a line of its own within its parent block.",
        )
    entry = _attribute(tokens, at, name)
    if tokens.kind != "}":
        raise Refused(
            tokens.start,
            "Invalid single-argument block definition",
            "A single-line block definition can contain one argument only, and must be closed on the same line. "
            "To define multiple arguments, write one argument on each line.",
        )
    return Body(opened, (entry,), ())
