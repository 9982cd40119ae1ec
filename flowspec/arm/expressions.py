"""`[concat('a', parameters('b').c)]` -> a tree: the expression language of templates, read and not run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DEEPEST = 64
LONGEST = 24_576
"""Characters of an expression that Azure takes."""

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>[().,\[\]?]))"
)


class ExpressionError(Exception):
    """A text in brackets that can't be read as an expression."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A text or a number."""

    value: str | int | float


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """A function with its arguments; `name` in lower case, with the namespace of a user's own."""

    name: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class PartOf:
    """A property or an item of a value; `safe`: null where there is none."""

    of: Tree
    at: Tree
    safe: bool = False


Tree = Constant | TemplateCall | PartOf


def is_expression(text: str) -> bool:
    """`[[x]` is the text `[x]`, and what does not end in a bracket is a text too."""
    return text[:1] == "[" and text[-1:] == "]" and text[:2] != "[["


def literal(text: str) -> str:
    """A text that is no expression, without the bracket that says so."""
    return text[1:] if text.startswith("[[") and text.endswith("]") else text


@lru_cache(maxsize=1 << 14)
def parsed(text: str) -> Tree:
    """The tree of an expression with its brackets; ExpressionError says what is wrong."""
    if len(text) > LONGEST:
        raise ExpressionError(f"it is longer than {LONGEST} characters")
    return _Parser(text[1:-1]).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    def whole(self) -> Tree:
        tree = self.value()
        if self.at < len(self.tokens):
            raise ExpressionError(f"{self.tokens[self.at][1]!r} stands where it should end")
        return tree

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, sign: str) -> None:
        if self.peek() != sign:
            raise ExpressionError(f"{sign!r} is missing")
        self.at += 1

    def value(self) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"it nests deeper than {DEEPEST} levels")
        tree = self.parts(self.first())
        self.depth -= 1
        return tree

    def first(self) -> Tree:
        if self.at >= len(self.tokens):
            raise ExpressionError("it ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return Constant(text[1:-1].replace("''", "'"))
        if kind == "number":
            return Constant(float(text) if "." in text else int(text[:20]))
        if kind == "name":
            return self.call(text)
        raise ExpressionError(f"{text!r} stands where a value should")

    def call(self, name: str) -> Tree:
        if self.peek() == ".":
            self.at += 1
            name = f"{name}.{self.name()}"
        self.take("(")
        arguments: list[Tree] = []
        while self.peek() != ")":
            arguments.append(self.value())
            if self.peek() == ",":
                self.at += 1
            elif self.peek() != ")":
                raise ExpressionError("',' or ')' is missing")
        self.at += 1
        return TemplateCall(name.lower(), tuple(arguments))

    def name(self) -> str:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind != "name":
            raise ExpressionError("a name is missing behind '.'")
        self.at += 1
        return text

    def parts(self, tree: Tree) -> Tree:
        while self.peek() in (".", "["):
            sign = self.peek()
            self.at += 1
            safe = self.peek() == "?"
            self.at += safe
            if sign == ".":
                tree = PartOf(tree, Constant(self.name()), safe)
            else:
                tree = PartOf(tree, self.value(), safe)
                self.take("]")
        return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"{text[at : at + 10].strip()!r} can't be read")
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        at = match.end()
    return found
