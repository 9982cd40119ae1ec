"""Tokens -> expression nodes, by recursive descent: those of HCL that a spec has; the others are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from flowspec.spec import templates
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
from flowspec.spec.tokens import Tokens

_WORDS = {"true": True, "false": False, "null": None}
_OPERATORS = frozenset({"==", "!=", "&&", "||"})
_OTHER_OPERATORS = frozenset({"+", "-", "*", "/", "%", "<", ">", "<=", ">="})
ALLOWED = (
    "Expressions are literals, references, templates, lists and maps, [index] and .attribute, == != && || ! ?: "
    "and function calls."
)


def expression(tokens: Tokens) -> Node:
    """One expression; the token behind it is the current one."""
    first = _term(tokens)
    if tokens.kind in _OPERATORS or tokens.kind in _OTHER_OPERATORS:
        first = _operation(tokens, first)
    if tokens.kind == "?":
        return _conditional(tokens, first)
    return first


def _conditional(tokens: Tokens, test: Node) -> Node:
    at = tokens.start
    tokens.deeper()
    tokens.take()
    yes = expression(tokens)
    if tokens.kind != ":":
        raise Refused(
            tokens.start,
            "Missing false expression in conditional",
            "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
        )
    tokens.take()
    no = expression(tokens)
    tokens.depth -= 1
    return Conditional(at, test, yes, no)


def _operation(tokens: Tokens, first: Node) -> Node:
    """`first` and what follows it, split at the operators that bind least: `||`, then `&&`, then `==` and `!=`."""
    terms, operators = [first], []
    while tokens.kind in _OPERATORS:
        operators.append((tokens.start, tokens.take()))
        terms.append(_term(tokens))
    if tokens.kind in _OTHER_OPERATORS:
        raise Refused(tokens.start, f'The operator "{tokens.kind}" is not supported', ALLOWED)
    return _logical("||", terms, operators)


def _logical(operator: str, terms: list[Node], operators: list[tuple[int, str]]) -> Node:
    cuts = [i for i, (_, text) in enumerate(operators) if text == operator]
    edges = [-1, *cuts, len(operators)]
    parts = [(terms[low + 1 : high + 1], operators[low + 1 : high]) for low, high in pairwise(edges)]
    operands = tuple(_logical("&&", *part) if operator == "||" else _compared(*part) for part in parts)
    return Logical(operators[cuts[0]][0], operator, operands) if cuts else operands[0]


def _compared(terms: list[Node], operators: list[tuple[int, str]]) -> Node:
    if len(operators) > MAX_DEPTH:
        raise Refused(operators[0][0], f"Nested more than {MAX_DEPTH} deep", "Take the inner parts out into locals.")
    left = terms[0]
    for (at, operator), right in zip(operators, terms[1:], strict=True):
        left = Compare(at, operator, left, right)
    return left


def _term(tokens: Tokens) -> Node:
    kind = tokens.kind
    if kind == "string":
        start = tokens.start
        node: Node = Literal(start, templates.text_of(tokens.take()[1:-1]))
    elif kind == "reference":
        node = _reference(tokens)
    elif kind == "ident":
        node = _word(tokens)
    elif kind == "!":
        return _not(tokens)
    elif kind == "quote":
        node = templates.quoted(tokens, expression)
    elif (reader := _TERMS.get(kind)) is not None:
        node = reader(tokens)
    else:
        raise _no_expression(tokens)
    return _path(tokens, node) if tokens.kind in (".", "[") else node


def _no_expression(tokens: Tokens) -> Refused:
    if tokens.kind in ("newline", "eof"):
        return Refused(
            tokens.start, "Missing expression", "Expected the start of an expression, but found the end of the line."
        )
    return Refused(
        tokens.start,
        "Invalid expression",
        f'Expected the start of an expression, but found "{tokens.text[tokens.start : tokens.end]}".',
    )


def _reference(tokens: Tokens) -> Path:
    at, (first, _, second) = tokens.start, tokens.take().partition(".")
    return Path(at, Name(at, first), (Attribute(at + len(first) + 1, second),))


def _word(tokens: Tokens) -> Node:
    at, name = tokens.start, tokens.take()
    if tokens.kind == "(":
        return _call(tokens, at, name)
    if tokens.kind == "::":
        raise Refused(tokens.start, "Functions of providers are not supported", ALLOWED)
    return Literal(at, _WORDS[name]) if name in _WORDS else Name(at, name)


def _not(tokens: Tokens) -> Node:
    """Any number of `!` before a term."""
    places = []
    while tokens.kind == "!":
        places.append(tokens.start)
        tokens.take()
    node = _term(tokens)
    if len(places) > MAX_DEPTH:
        raise Refused(places[0], f"Nested more than {MAX_DEPTH} deep", 'Leave out every second "!".')
    for at in reversed(places):
        node = Not(at, node)
    return node


def _number(tokens: Tokens) -> Node:
    at, text = tokens.start, tokens.take()
    return Literal(at, number(text, at))


def _negative(tokens: Tokens) -> Node:
    at = tokens.start
    tokens.take()
    if tokens.kind != "number":
        raise Refused(at, 'The operator "-" is not supported', ALLOWED)
    return Literal(at, number("-" + tokens.take(), at))


def number(text: str, at: int) -> int | float:
    """An int where the number is whole, as HCL has only one kind of number."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Refused(
            at, "Invalid number literal", f'Failed to recognize the value of this number literal: "{text[:40]}".'
        ) from None
    if value.copy_abs() > Decimal("1e18"):
        raise Refused(at, "Number out of range", "Numbers reach from -1e18 to 1e18.")
    return int(value) if value == value.to_integral_value() else float(value)


def _parentheses(tokens: Tokens) -> Node:
    opened = tokens.start
    tokens.deeper()
    newlines = tokens.inside()
    tokens.take()
    node = expression(tokens)
    if tokens.kind != ")":
        raise _unclosed(
            tokens, opened, "Unbalanced parentheses", 'Expected a closing parenthesis ")" to end the expression'
        )
    tokens.outside(newlines)
    tokens.take()
    tokens.depth -= 1
    return node


def _unclosed(tokens: Tokens, opened: int, summary: str, detail: str) -> Refused:
    """Points to what was opened when the file ended, else to what stands in the way."""
    if tokens.kind == "eof":
        return Refused(opened, summary, detail + ", but the file ended.")
    return Refused(tokens.start, summary, f'{detail}, but found "{tokens.text[tokens.start : tokens.end].strip()}".')


def _list(tokens: Tokens) -> Node:
    opened = tokens.start
    items: list[Node] = []
    tokens.deeper()
    newlines = tokens.inside()
    tokens.take()
    if tokens.kind == "ident" and tokens.text[tokens.start : tokens.end] == "for":
        raise Refused(tokens.start, "For expressions are not supported", ALLOWED)
    while tokens.kind != "]":
        items.append(expression(tokens))
        _comma(tokens, opened, "]")
    tokens.outside(newlines)
    tokens.take()
    tokens.depth -= 1
    return ListNode(opened, tuple(items))


def _comma(tokens: Tokens, opened: int, closing: str) -> None:
    """A comma between items, or behind the last, or the `closing` bracket (which stays)."""
    if tokens.kind == ",":
        tokens.take()
    elif tokens.kind == "...":
        raise Refused(tokens.start, 'Expanding a list with "..." is not supported', ALLOWED)
    elif tokens.kind != closing:
        raise _unclosed(tokens, opened, "Missing item separator", f'Expected a comma or "{closing}" to end this list')


def _call(tokens: Tokens, at: int, name: str) -> Node:
    opened = tokens.start
    arguments: list[Node] = []
    tokens.deeper()
    newlines = tokens.inside()
    tokens.take()
    while tokens.kind != ")":
        arguments.append(expression(tokens))
        _comma(tokens, opened, ")")
    tokens.outside(newlines)
    tokens.take()
    tokens.depth -= 1
    return Call(at, name, tuple(arguments))


def _map(tokens: Tokens) -> Node:
    opened = tokens.start
    entries: list[Entry] = []
    tokens.deeper()
    newlines = tokens.inside(newlines=True)
    tokens.take()
    while tokens.kind != "}":
        if tokens.kind == "newline":
            tokens.take()
            continue
        entries.append(_entry(tokens, opened))
        if tokens.kind in (",", "newline"):
            tokens.take()
        elif tokens.kind != "}":
            raise _unclosed(
                tokens,
                opened,
                "Missing attribute separator",
                "Expected a newline or comma to mark the beginning of the next attribute",
            )
    tokens.outside(newlines)
    tokens.take()
    tokens.depth -= 1
    return MapNode(opened, tuple(entries))


def _entry(tokens: Tokens, opened: int) -> Entry:
    if tokens.kind == "ident" and tokens.text[tokens.start : tokens.end] == "for":
        raise Refused(tokens.start, "For expressions are not supported", ALLOWED + ' A map key "for" must be quoted.')
    if tokens.kind == "eof":
        raise _unclosed(tokens, opened, "Unclosed map", 'Expected a closing brace "}"')
    at, in_parentheses = tokens.start, tokens.kind == "("
    key = expression(tokens)
    if isinstance(key, Name) and not in_parentheses:
        key = Literal(at, key.name)
    elif isinstance(key, Path) and not in_parentheses:
        raise Refused(
            at,
            "Ambiguous attribute key",
            "If this expression is intended to be a reference, wrap it in parentheses. If it's instead "
            "intended as a literal name containing periods, wrap it in quotes to create a string literal.",
        )
    if tokens.kind not in ("=", ":"):
        raise _unclosed(
            tokens,
            opened,
            "Missing key/value separator",
            'Expected an equals sign ("=") to mark the beginning of the attribute value',
        )
    tokens.take()
    return Entry(at, key, expression(tokens))


def _path(tokens: Tokens, base: Node) -> Node:
    at = base.at
    steps: list[Attribute | Subscript] = []
    if isinstance(base, Path):
        steps = [*base.steps]
        base = base.base
    while tokens.kind in (".", "["):
        steps.append(_attribute(tokens) if tokens.kind == "." else _subscript(tokens))
    return Path(at, base, tuple(steps))


def _attribute(tokens: Tokens) -> Attribute:
    tokens.take()
    at = tokens.start
    if tokens.kind == "*":
        raise Refused(at, "Splat expressions are not supported", ALLOWED)
    if tokens.kind == "number":
        raise Refused(at, "Legacy index syntax is not supported", "Write the index in brackets: [0].")
    if tokens.kind == "reference":
        name = tokens.text[at : tokens.end].partition(".")[0]
        tokens.jump(at + len(name))
        return Attribute(at, name)
    if tokens.kind != "ident":
        raise Refused(at, "Invalid attribute name", "An attribute name is required after a dot.")
    return Attribute(at, tokens.take())


def _subscript(tokens: Tokens) -> Subscript:
    opened = tokens.start
    tokens.deeper()
    newlines = tokens.inside()
    tokens.take()
    if tokens.kind == "*":
        raise Refused(tokens.start, "Splat expressions are not supported", ALLOWED)
    key = expression(tokens)
    if tokens.kind != "]":
        raise _unclosed(
            tokens,
            opened,
            "Missing close bracket on index",
            'The index operator must end with a closing bracket ("]")',
        )
    tokens.outside(newlines)
    tokens.take()
    tokens.depth -= 1
    return Subscript(opened, key)


_TERMS: dict[str, Callable[[Tokens], Node]] = {
    "number": _number,
    "-": _negative,
    "(": _parentheses,
    "[": _list,
    "{": _map,
    "heredoc": lambda tokens: templates.heredoc(tokens, expression),
}
