"""The text of an expression -> its syntax tree, by tree-sitter-hcl -> nodes: those that a spec has.

The grammar is made for editors. What its scanner misreads is masked; what it lets pass is refused; where it fails, the
parser's log names the token that it could not take, since its tree of a wrong text is made of guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from flowspec.spec import mistakes, templates
from flowspec.spec.lines import HEREDOC, Lines, masked
from flowspec.spec.source import Refused
from flowspec.spec.syntax import (
    MAX_DEPTH,
    Attribute,
    Call,
    Compare,
    Conditional,
    Entry,
    ListNode,
    Literal,
    Logical,
    MapNode,
    Name,
    Node,
    Not,
    Path,
    Subscript,
)

if TYPE_CHECKING:
    import tree_sitter

_WORDS = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PLACE = re.compile(r"process .*row:(\d+), col:(\d+)")
_LONE = re.compile(r"\r(?!\n)")
_LOGGED = 200_000
"""Characters of an expression whose parsing may be logged: it takes a second."""
_WRAP = b"_=("
_UNSUPPORTED = {
    "for_expr": "For expressions are",
    "splat": "Splat expressions are",
    "legacy_index": "Legacy index syntax, .0 for [0], is",
    "ellipsis": 'Expanding a list with "..." is',
    "strip_marker": 'Strip markers, "~" in "${…}", are',
}


@lru_cache(maxsize=1)
def _parser() -> tree_sitter.Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def expression(text: str, code: bytearray, start: int, end: int, outside: str = "") -> Node:
    """The expression that a part of `text` is; `code` is `text` masked. `outside` says what may follow it."""
    return _Reader(text, start - len(_WRAP)).operand(_parse(text, code, start, end, outside))


def bare_template(text: str) -> Node:
    """A text that is a template as a whole, as strings are in JSON: read as a heredoc."""
    marker = "E"
    while marker in text:
        marker += "E"
    opening = f"<<{marker}\n"
    heredoc = f"{opening}{text}\n{marker}"
    try:
        lines = Lines(f"{heredoc}\n", masked(f"{heredoc}\n"))
        lines.run(0, len(lines.text))
        parts = _parse(lines.text, lines.code, 0, len(heredoc), "")
    except Refused as refused:
        at = min(max(refused.at - len(opening), 0), len(text))
        raise Refused(at, refused.summary, refused.detail) from None
    reader = _Reader(text, -len(_WRAP) - len(opening))
    texts, nodes = reader.pieces(parts[1].children[0].children[0], 0, len(text))
    return templates.joined(0, texts, nodes, templates.bare)


def _parse(text: str, code: bytearray, start: int, end: int, outside: str) -> list[tree_sitter.Node]:
    """The tree of an expression, in parentheses: there newlines are blank."""
    wrapped = b"%b%b\n)" % (_WRAP, bytes(code[start:end]))
    root = _parser().parse(wrapped).root_node
    if root.has_error:
        raise _refused(text, code, start, end, wrapped, outside)
    return root.children[0].children[0].children[2].children


def _refused(text: str, code: bytearray, start: int, end: int, wrapped: bytes, outside: str) -> Refused:
    """At the first token that no version of the parse could take."""
    import tree_sitter

    step = place = ""
    resumed = False

    def log(_: tree_sitter.LogType, message: str) -> None:
        nonlocal step, place, resumed
        if message.startswith("process "):
            step = message
        elif message.startswith("detect_error") and not resumed:
            place = step
        resumed = resumed or message.startswith("resume ")

    if len(wrapped) > _LOGGED:
        detail = f"It is too long to tell where: {len(wrapped):,} characters. Take parts of it out into locals."
        return Refused(mistakes.after_blank(code, start, end), "Invalid expression", detail)
    tree_sitter.Parser(_parser().language, logger=log).parse(wrapped)
    found = _PLACE.match(place)
    row, column = map(int, found.groups()) if found else (0, len(_WRAP))
    at = sum(map(len, wrapped.split(b"\n")[:row])) + row + column - len(_WRAP) + start
    at = mistakes.after_blank(code, min(at, end), end)
    lines = Lines(text, code, start)
    lines.opened = [(outside, start)]
    lines.run(start, at)
    return mistakes.in_expression(text, code, lines.opened, at, start, end)


def number(text: str, at: int) -> int | float:
    """An int where the number is whole, as HCL has only one kind of number."""
    if not _NUMBER.fullmatch(text):
        detail = f'Failed to recognize the value of this number literal: "{text[:40]}".'
        raise Refused(at, "Invalid number literal", detail)
    value = Decimal(text)
    if value.copy_abs() > Decimal("1e18"):
        raise Refused(at, "Number out of range", "Numbers reach from -1e18 to 1e18.")
    return int(value) if value == value.to_integral_value() else float(value)


class _Reader:
    """Turns the tree of a part of `text` into nodes. `shift` is the place in `text` where the tree begins."""

    def __init__(self, text: str, shift: int) -> None:
        self.text = text
        self.shift = shift
        self.depth = 0

    def at(self, node: tree_sitter.Node) -> int:
        return node.start_byte + self.shift

    def slice(self, node: tree_sitter.Node) -> str:
        return self.text[node.start_byte + self.shift : node.end_byte + self.shift]

    def unsupported(self, node: tree_sitter.Node) -> Node:
        raise mistakes.unsupported(self.at(node), _UNSUPPORTED[node.type])

    def expression(self, node: tree_sitter.Node) -> Node:
        return self.nested(node.children)

    def nested(self, parts: list[tree_sitter.Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise mistakes.too_deep(self.at(parts[0]))
        found = self.operand(parts)
        self.depth -= 1
        return found

    def operand(self, parts: list[tree_sitter.Node]) -> Node:
        """A term and the steps into it."""
        first = parts[0]
        if first.type == "(":
            node, steps = self.expression(parts[1]), parts[3:]
        else:
            node, steps = _TERMS[first.type](self, first), parts[1:]
        if not steps:
            return node
        base, before = (node.base, node.steps) if isinstance(node, Path) else (node, ())
        return Path(node.at, base, (*before, *map(self.step, steps)))

    def step(self, node: tree_sitter.Node) -> Attribute | Subscript:
        if node.type == "get_attr":
            name = node.children[-1]
            return Attribute(self.at(name), self.slice(name))
        inner = node if node.type == "splat" else node.children[0]
        if inner.type != "new_index":
            self.unsupported(inner)
        return Subscript(self.at(node), self.expression(inner.children[1]))

    def literal(self, node: tree_sitter.Node) -> Node:
        at, text = self.at(node), self.slice(node)
        if text[0] == '"':
            return Literal(at, templates.quoted(text[1:-1], at + 1))
        if text[0] == "<":
            return self.template(node)
        return Literal(at, _WORDS[text] if text in _WORDS else number(text, at))

    def name(self, node: tree_sitter.Node) -> Node:
        return Name(self.at(node), self.slice(node))

    def collection(self, node: tree_sitter.Node) -> Node:
        inner = node.children[0]
        if inner.type == "tuple":
            items = tuple(self.expression(part) for part in inner.children[1:-1] if part.is_named)
            return ListNode(self.at(node), items)
        return MapNode(self.at(node), tuple(self.entries(inner.children)))

    def entries(self, parts: list[tree_sitter.Node]) -> list[Entry]:
        """Those of a map: the grammar takes them without commas between them, too."""
        for before, part in pairwise(parts):
            if before.type == part.type == "object_elem":
                raise mistakes.unpaired(self.text, [("{", self.at(parts[0]))], self.at(part))
        return [self.entry(part) for part in parts if part.type == "object_elem"]

    def entry(self, node: tree_sitter.Node) -> Entry:
        key_node, _, value = node.children
        key, at = self.expression(key_node), self.at(key_node)
        if isinstance(key, Name) and self.text[at] != "(":
            key = Literal(at, key.name)
        elif isinstance(key, Path) and self.text[at] != "(":
            raise Refused(
                at,
                "Ambiguous attribute key",
                "If this expression is intended to be a reference, wrap it in parentheses. If it's instead "
                "intended as a literal name containing periods, wrap it in quotes to create a string literal.",
            )
        return Entry(at, key, self.expression(value))

    def call(self, node: tree_sitter.Node) -> Node:
        name, _, *inner, _ = node.children
        arguments = [part for part in inner[0].children if part.is_named] if inner else []
        if arguments and arguments[-1].type == "ellipsis":
            self.unsupported(arguments[-1])
        return Call(self.at(node), self.slice(name), tuple(map(self.expression, arguments)))

    def conditional(self, node: tree_sitter.Node) -> Node:
        """`a ? b : c ? d : e`, which the tree nests to the left."""
        behind: tuple[Node, Node] | None = None
        for _ in range(MAX_DEPTH):
            test, _, yes, _, no = node.children
            last = self.expression(no)
            behind = (self.expression(yes), Conditional(self.at(no), last, *behind) if behind else last)
            if (inner := test.children[0]).type != "conditional":
                return Conditional(self.at(node), self.expression(test), *behind)
            node = inner
        raise mistakes.too_deep(self.at(node))

    def operation(self, node: tree_sitter.Node) -> Node:
        return self.unary(node) if node.children[0].type == "unary_operation" else self.binary(node)

    def unary(self, node: tree_sitter.Node) -> Node:
        sign, *parts = node.children[0].children
        at, text = self.at(sign), self.slice(parts[0])
        if sign.type == "!":
            return Not(at, self.nested(parts))
        if not text[0].isdigit() or len(parts) > 1:
            raise mistakes.unsupported(at, 'The operator "-" is')
        return Literal(at, number("-" + text, at))

    def binary(self, node: tree_sitter.Node) -> Node:
        """A chain `a && b && c`, which the tree nests to the left: unrolled, since it may be long."""
        pairs: list[tuple[tree_sitter.Node, list[tree_sitter.Node]]] = []
        left = [node]
        while len(left) == 1 and left[0].type == "operation" and left[0].children[0].type == "binary_operation":
            parts = left[0].children[0].children
            cut = next(i for i, part in enumerate(parts) if not part.is_named and part.type not in ("(", ")"))
            pairs.append((parts[cut], parts[cut + 1 :]))
            left = parts[:cut]
        found, compared = self.operand(left), 0
        while pairs:
            sign, right = pairs.pop()
            at, operator = self.at(sign), sign.type
            if operator in ("&&", "||"):
                operands = [found, self.operand(right)]
                while pairs and pairs[-1][0].type == operator:
                    operands.append(self.operand(pairs.pop()[1]))
                found = Logical(at, operator, tuple(operands))
            elif operator in ("==", "!=") and compared < MAX_DEPTH:
                found = Compare(at, operator, found, self.operand(right))
                compared += 1
            elif compared == MAX_DEPTH:
                raise mistakes.too_deep(at)
            else:
                raise mistakes.unsupported(at, f'The operator "{operator}" is')
        return found

    def template(self, node: tree_sitter.Node) -> Node:
        inner, at = node.children[0], self.at(node)
        if found := HEREDOC.match(self.text, at):
            return self.heredoc(inner, at, found)
        texts, nodes = self.pieces(inner, at + 1, node.end_byte + self.shift - 1)
        return templates.joined(at, texts, nodes, templates.quoted)

    def pieces(self, node: tree_sitter.Node, start: int, end: int) -> tuple[list[templates.Text], list[Node]]:
        """The texts and, between them, the expressions of a template."""
        texts: list[templates.Text] = []
        nodes: list[Node] = []
        for part in node.children:
            if part.type == "template_interpolation":
                texts.append((start, self.text[start : self.at(part)]))
                start = part.end_byte + self.shift
                inner = part.children[1:-1]
                if not inner:
                    raise mistakes.no_expression(self.text, start - 1, end)
                if marker := next((mark for mark in inner if mark.type == "strip_marker"), None):
                    self.unsupported(marker)
                nodes.append(self.expression(inner[0]))
        return [*texts, (start, self.text[start:end])], nodes

    def heredoc(self, node: tree_sitter.Node, at: int, found: re.Match[str]) -> Node:
        start, end = found.span("text")
        if lone := _LONE.search(self.text, start, end):
            raise mistakes.invalid_character("\r", lone.start())
        texts, nodes = self.pieces(node, start, end)
        if self.text.startswith("<<-", at):
            texts = templates.flushed(texts)
        return templates.joined(at, texts, nodes, templates.bare)


_TERMS: dict[str, Callable[[_Reader, tree_sitter.Node], Node]] = {
    "literal_value": _Reader.literal,
    "variable_expr": _Reader.name,
    "collection_value": _Reader.collection,
    "function_call": _Reader.call,
    "conditional": _Reader.conditional,
    "operation": _Reader.operation,
    "template_expr": _Reader.template,
    "expression": _Reader.expression,
    "for_expr": _Reader.unsupported,
}
