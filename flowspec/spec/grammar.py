"""Tokens -> the nodes of an expression: a Pratt parser for the part of HCL that a spec has.

It reads what HashiCorp's parser reads, or says what of it a spec does not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from flowspec.spec import mistakes, templates
from flowspec.spec.source import Refused
from flowspec.spec.syntax import (
    MAX_DEPTH,
    Attribute,
    Compare,
    Conditional,
    Entry,
    FunctionCall,
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
from flowspec.spec.tokens import Markers, scan

_WORDS = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LONE = re.compile(r"\r(?!\n)")
_POWERS = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
"""How strongly an operator binds."""


def expression(text: str) -> Node:
    """A whole text as one expression, whose lines don't matter."""
    parser = Parser(text, lines=False)
    node = parser.expression()
    if parser.kind != "end":
        raise parser.wrong("e", 0)
    return node


def bare_template(text: str) -> Node:
    """A text that is a template as a whole, as strings are in JSON."""
    return Parser(text, lines=False, is_template=True).parts(0, 0, templates.bare)


def number(text: str, at: int) -> int | float:
    """An int where the number is whole, as HCL has only one kind of number."""
    if not _NUMBER.fullmatch(text):
        detail = f'Failed to recognize the value of this number literal: "{text[:40]}".'
        raise Refused(at, "Invalid number literal", detail)
    exponent = text.lower().partition("e")[2].lstrip("+-0")
    value = Decimal(text) if len(exponent) < 10 else Decimal("Infinity")
    if value.copy_abs() > Decimal("1e18"):
        raise Refused(at, "Number out of range", "Numbers reach from -1e18 to 1e18.")
    return int(value) if value == value.to_integral_value() else float(value)


class Parser:
    """Stands at one token: `kind`, from `at` to `end`. Where `lines` is false, newlines are blank."""

    def __init__(
        self,
        text: str,
        at: int = 0,
        markers: Markers | None = None,
        lines: bool = True,
        is_template: bool = False,
    ) -> None:
        self.text = text
        self.lines = lines
        self.depth = 0
        self.tokens = scan(text, at, markers, is_template)
        self.kind, self.at, self.end = "", at, at
        self.advance()

    def advance(self) -> None:
        for token in self.tokens:
            self.kind, self.at, self.end = token
            if self.kind != "comment" and (self.lines or self.kind != "\n"):
                return

    def word(self) -> str:
        return self.text[self.at : self.end]

    def enter(self, lines: bool = False) -> bool:
        """Step behind an opening bracket; what is returned goes to `leave`."""
        before, self.lines = self.lines, lines
        self.advance()
        return before

    def leave(self, closing: str, opener: str, place: int, before: bool) -> None:
        """Step behind the closing bracket, which must be here."""
        if self.kind != closing:
            raise self.wrong(opener, place)
        self.lines = before
        self.advance()

    def wrong(self, opener: str, place: int) -> Refused:
        """What is open since `place` goes on wrongly here."""
        return self.invalid() or mistakes.unpaired(self.text, opener, place, self.at)

    def invalid(self) -> Refused | None:
        """What is wrong with this token, wherever it stands."""
        match self.kind:
            case "other":
                return mistakes.invalid_character(self.text[self.at], self.at)
            case "heredoc":
                return mistakes.no_heredoc(self.text, self.at)
            case "unclosed":
                return mistakes.unclosed_comment(self.at)
            case "...":
                return mistakes.unsupported(self.at, 'Expanding a list with "..." is')
            case "::":
                return mistakes.unsupported(self.at, "Functions of providers are")
        return None

    def expression(self) -> Node:
        self.deeper()
        node = self.binary(1)
        if self.kind == "?":
            node = self.conditional(node)
        self.depth -= 1
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise mistakes.too_deep(self.at)

    def conditional(self, test: Node) -> Node:
        self.advance()
        yes = self.expression()
        if self.kind != ":":
            raise self.invalid() or mistakes.no_alternative(self.at)
        self.advance()
        return Conditional(test.at, test, yes, self.expression())

    def binary(self, least: int) -> Node:
        """Terms joined by operators that bind at least so strongly; a long chain of one operator is not deep."""
        node = self.term()
        compared = 0
        while (power := _POWERS.get(self.kind, 0)) >= least:
            operator, at = self.kind, self.at
            if power > 3:
                raise mistakes.no_operator(at, operator)
            operands = [node]
            while self.kind == operator and (power < 3 or len(operands) < 2):
                self.advance()
                operands.append(self.binary(power + 1))
            if power < 3:
                node = Logical(at, operator, tuple(operands))
                continue
            node = Compare(at, operator, *operands)
            compared += 1
            if compared > MAX_DEPTH:
                raise mistakes.too_deep(at)
        return node

    def term(self) -> Node:
        """A value and the steps into it."""
        read = _TERMS.get(self.kind)
        if read is None:
            raise self.invalid() or mistakes.no_expression(self.text, self.at, self.kind in ("\n", "end"))
        node = read(self)
        if self.kind != "." and self.kind != "[":
            return node
        base, steps = (node.base, list(node.steps)) if isinstance(node, Path) else (node, [])
        while self.kind in (".", "["):
            steps.append(self.attribute() if self.kind == "." else self.subscript())
        return Path(node.at, base, tuple(steps))

    def attribute(self) -> Attribute:
        """`.name` behind a value."""
        dot = self.at
        self.advance()
        if self.kind == "number":
            raise mistakes.unsupported(dot, "Legacy index syntax, .0 for [0], is")
        if self.kind == "*":
            raise mistakes.unsupported(dot, "Splat expressions are")
        if self.kind != "word":
            raise self.invalid() or mistakes.no_attribute(self.at)
        step = Attribute(self.at, self.word())
        self.advance()
        return step

    def subscript(self) -> Subscript:
        place, before = self.at, self.enter()
        if self.kind == "*":
            raise mistakes.unsupported(place, "Splat expressions are")
        key = self.expression()
        self.leave("]", "i", place, before)
        return Subscript(place, key)

    def name(self) -> Node:
        at, name = self.at, self.word()
        self.advance()
        if self.kind == "(":
            place, before = self.at, self.enter()
            return FunctionCall(at, name, self.items(")", "f", place, before))
        if self.kind == "::":
            raise mistakes.unsupported(at, "Functions of providers are")
        return Literal(at, _WORDS[name]) if name in _WORDS else Name(at, name)

    def number(self) -> Node:
        node = Literal(self.at, number(self.word(), self.at))
        self.advance()
        return node

    def string(self) -> Node:
        node = Literal(self.at, templates.quoted(self.text[self.at + 1 : self.end - 1], self.at + 1))
        self.advance()
        return node

    def parenthesis(self) -> Node:
        place, before = self.at, self.enter()
        node = self.expression()
        self.leave(")", "(", place, before)
        return node

    def items_of_list(self) -> Node:
        place, before = self.at, self.enter()
        if self.kind == "word" and self.word() == "for":
            raise mistakes.no_for(place)
        return ListNode(place, self.items("]", "[", place, before))

    def items(self, closing: str, opener: str, place: int, before: bool) -> tuple[Node, ...]:
        """Expressions with commas between them, and perhaps behind the last."""
        items: list[Node] = []
        while self.kind != closing:
            items.append(self.expression())
            if self.kind != ",":
                break
            self.advance()
        self.leave(closing, opener, place, before)
        return tuple(items)

    def entries_of_map(self) -> Node:
        """Entries end with a comma or a newline."""
        place, before = self.at, self.enter(lines=True)
        self.blank_lines()
        if self.kind == "word" and self.word() == "for":
            raise mistakes.no_for(place)
        entries: list[Entry] = []
        while self.kind != "}":
            if self.kind == "end":
                raise self.wrong("{", place)
            entries.append(self.entry(place))
            if self.kind not in (",", "\n"):
                break
            self.advance()
            self.blank_lines()
        self.leave("}", "{", place, before)
        return MapNode(place, tuple(entries))

    def blank_lines(self) -> None:
        while self.kind == "\n":
            self.advance()

    def entry(self, place: int) -> Entry:
        """`key = value` of a map; a bare word is a key, not a reference."""
        at, is_name = self.at, self.kind != "("
        key = self.expression()
        if is_name and isinstance(key, Name):
            key = Literal(at, key.name)
        elif is_name and isinstance(key, Path):
            raise mistakes.ambiguous_key(at)
        if self.kind not in ("=", ":"):
            raise self.wrong("k", place)
        self.advance()
        return Entry(at, key, self.expression())

    def negated(self) -> Node:
        at = self.at
        self.advance()
        self.deeper()
        node = Not(at, self.term())
        self.depth -= 1
        return node

    def minus(self) -> Node:
        at = self.at
        self.advance()
        text = self.word()
        if self.kind == "number":
            self.advance()
        if not text[:1].isdigit() or self.kind in (".", "["):
            raise mistakes.no_operator(at, "-")
        return Literal(at, number("-" + text, at))

    def template(self) -> Node:
        """A quoted text with `${…}` in it, or a heredoc."""
        place, start, before = self.at, self.end, self.lines
        is_heredoc = self.text[place] == "<"
        self.lines = False
        self.advance()
        node = self.parts(place, start, templates.bare if is_heredoc else templates.quoted, before)
        self.advance()
        return node

    def parts(self, place: int, start: int, unescaped: Callable[[str, int], str], before: bool = False) -> Node:
        """The texts and, between them, the expressions; stops at the end of the text."""
        texts: list[templates.Text] = []
        nodes: list[Node] = []
        while self.kind not in ("close", "broken"):
            if self.kind == "${":
                texts.append((start, self.text[start : self.at]))
                nodes.append(self.interpolation())
                start = self.end
            elif self.kind == "%{":
                raise mistakes.no_directives(self.at)
            self.advance()
        if self.kind == "broken":
            raise mistakes.broken_string(self.text, place, self.at)
        texts.append((start, self.text[start : self.at]))
        if self.text.startswith("<<", place) and start > place and unescaped is templates.bare:
            self.no_lone_return(texts)
            if self.text.startswith("<<-", place):
                texts = templates.flushed(texts)
        self.lines = before
        return templates.joined(place, texts, nodes, unescaped)

    def no_lone_return(self, texts: list[templates.Text]) -> None:
        for at, raw in texts:
            if lone := _LONE.search(raw):
                raise mistakes.invalid_character("\r", at + lone.start())

    def interpolation(self) -> Node:
        """Stops at the closing brace."""
        place = self.at
        self.advance()
        self.no_strip_marker()
        node = self.expression()
        self.no_strip_marker()
        if self.kind != "}$":
            raise self.wrong("$", place)
        return node

    def no_strip_marker(self) -> None:
        if self.kind == "other" and self.word() == "~":
            raise mistakes.unsupported(self.at, 'Strip markers, "~" in "${…}", are')


_TERMS: dict[str, Callable[[Parser], Node]] = {
    "word": Parser.name,
    "number": Parser.number,
    "string": Parser.string,
    "open": Parser.template,
    "(": Parser.parenthesis,
    "[": Parser.items_of_list,
    "{": Parser.entries_of_map,
    "!": Parser.negated,
    "-": Parser.minus,
}
