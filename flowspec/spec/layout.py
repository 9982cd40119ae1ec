"""HCL text -> the same text as `terraform fmt` lays it out: blanks, indents, columns of `=` and of comments.

Only blanks between tokens on one line change, but for two things that `terraform fmt` also does: labels of blocks are
put in quotes, and a value that is nothing but `"${x}"` becomes `x`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from flowspec.spec.tokens import scan

_OPENING = frozenset(("{", "[", "(", "${", "%{"))
_CLOSING = frozenset(("}", "]", ")", "}$"))
_BEFORE_A_SIGN = frozenset((
    "", "(", "{", "[", "=", ":", ",", "?", "+", "*", "/", "%", "-", "==", "!=", ">", ">=", "<", "<=", "&&", "||", "!",
))  # fmt: skip
"""What a minus can't subtract from, so that it is a sign."""


@dataclass(slots=True)
class Laid:
    """A token and the blanks before it. Its kind is the scanner's; `<<` begins a heredoc."""

    kind: str
    text: str
    blanks: int = 0

    @property
    def nesting(self) -> int:
        return (self.kind in _OPENING) - (self.kind in _CLOSING)


@dataclass(slots=True)
class _Line:
    """The cells of a line: what stands before `=`, from `=` on, and a comment at its end."""

    lead: list[Laid]
    assign: list[Laid] = field(default_factory=list)
    comment: list[Laid] = field(default_factory=list)

    def tokens(self) -> Iterator[Laid]:
        yield from (*self.lead, *self.assign, *self.comment)


def laid_out(text: str) -> str:
    """The text of a spec (or of any HCL) that has no mistakes in its tokens."""
    *tokens, end = _tokens(text)
    lines = _lines(_unwrapped(_labelled(tokens)))
    _indent(lines)
    for line in lines:
        _space(line.lead)
        _space(line.assign)
        if line.assign:
            line.assign[0].blanks = 1
    _align(lines, lambda line: line.assign, lambda line: line.lead)
    _align(lines, lambda line: line.comment, lambda line: [*line.lead, *line.assign])
    return "".join(f"{' ' * token.blanks}{token.text}" for line in lines for token in line.tokens()) + " " * end.blanks


def _tokens(text: str) -> list[Laid]:
    """The tokens with their blanks, the end of the text as the last."""
    found, last = [], 0
    for kind, start, end in scan(text):
        said = text[start:end]
        found.append(Laid("<<" if kind == "open" and said.startswith("<<") else kind, said, start - last))
        last = end
    return found


def _labelled(tokens: list[Laid]) -> list[Laid]:
    """With quotes around the labels of blocks: on a line of words and texts that ends in a brace."""
    start, found = 0, list(tokens)
    for at, token in enumerate(tokens):
        if token.kind == "{" and at - start > 1:
            head = tokens[start:at]
            if head[0].kind == "word" and all(one.kind in ("word", "string", "comment") for one in head):
                for place in range(start + 1, at):
                    if tokens[place].kind == "word":
                        found[place] = Laid("string", f'"{tokens[place].text}"', tokens[place].blanks)
        if token.kind in ("\n", "{", "}"):
            start = at + 1
    return found


def _unwrapped(tokens: list[Laid]) -> list[Laid]:
    """With `x` for each argument of a block that is `"${x}"` alone; those of objects stay."""
    found: list[Laid] = []
    around = [True]  # whether a body of a block, and not a value, is around
    is_value = False
    at = 0
    while at < len(tokens):
        token = tokens[at]
        found.append(token)
        at += 1
        if token.nesting > 0:
            around.append(around[-1] and not is_value)
            is_value = False
        elif token.nesting < 0 and len(around) > 1:
            around.pop()
            is_value = False
        elif token.kind == "\n":
            is_value = False
        elif token.kind == "=" and around[-1] and not is_value:
            is_value = True
            if inside := _interpolation(tokens, at):
                found += _in_brackets(inside)
                at += len(inside) + 4
    return found


def _interpolation(tokens: Sequence[Laid], at: int) -> list[Laid]:
    """The tokens of the expression, if a value is one interpolation in quotes and nothing else; else none."""
    if [token.kind for token in tokens[at : at + 2]] != ["open", "${"] or tokens[at].text != '"':
        return []
    depth = 1
    for place in range(at + 2, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            behind = [token.kind for token in tokens[place + 1 : place + 3]]
            alone = behind[:1] == ["close"] and behind[1:] in ([], ["\n"], ["comment"], ["}"])
            return list(tokens[at + 2 : place]) if alone else []
    return []


def _in_brackets(inside: list[Laid]) -> list[Laid]:
    """Without newlines around it; over several lines only in parentheses."""
    while inside and inside[0].kind == "\n":
        inside = inside[1:]
    while inside and inside[-1].kind == "\n":
        inside = inside[:-1]
    spread = any(token.kind == "\n" for token in inside)
    if spread and not (inside[0].kind == "(" and inside[-1].kind == ")"):
        return [Laid("(", "("), *inside, Laid(")", ")")]
    return inside


def _lines(tokens: Iterable[Laid]) -> list[_Line]:
    """A text inside a heredoc is of the line on which it begins."""
    lines, found = [], []
    for token in tokens:
        found.append(token)
        if token.kind == "\n":
            lines.append(_line(found))
            found = []
    return [*lines, _line(found)] if found else lines


def _line(tokens: list[Laid]) -> _Line:
    newline = tokens[-1:] if tokens[-1].kind == "\n" else []
    lead = tokens[: len(tokens) - len(newline)]
    if len(lead) > 1 and lead[-1].kind == "comment" and not (newline and lead[-1].text.startswith("/*")):
        line = _Line(lead[:-1], comment=[lead[-1], *newline])
    else:
        line = _Line(tokens)
    equals = next((at for at, token in enumerate(line.lead) if at and token.kind == "="), None)
    if equals is not None and not sum(token.nesting for token in line.lead[equals:]):
        line.lead, line.assign = line.lead[:equals], line.lead[equals:]
    return line


def _indent(lines: Iterable[_Line]) -> None:
    """Two blanks for each line before it that opens more brackets than it closes, until these are closed again."""
    opened: list[int] = []
    for line in lines:
        first = line.lead[0]
        if first.kind == "\n":
            first.blanks = 0
            continue
        net = sum(token.nesting for token in (*line.lead, *line.assign))
        closed = -net
        while closed > 0 and opened:
            left = opened[-1] - closed
            closed -= opened.pop()
            if left > 0:
                opened.append(left)
        first.blanks = 2 * len(opened)
        if net > 0:
            opened.append(net)


def _space(cell: Sequence[Laid]) -> None:
    """One blank or none between the tokens of a cell."""
    before = Laid("", "")
    for token, after in pairwise(cell):
        after.blanks = int(_is_apart(before, token, after))
        before = token


def _is_apart(before: Laid, token: Laid, after: Laid) -> bool:
    """Whether a blank is between a token and the next one; the first rule that holds says."""
    this, then = token.kind, after.kind
    if then == "\n":
        return False
    if (this == "word" and then == "(") or "." in (this, then) or then in (",", "..."):
        return False
    if this == ",":
        return True
    if this in ("text", "open", "<<") or then in ("text", "close"):
        return False
    if token.text == "in" and before.kind == "word":
        return True
    if then == "[" and (this in ("word", "number") or token.nesting < 0):
        return False
    if this == "!":
        return False
    if this == "-":
        return before.kind not in _BEFORE_A_SIGN
    if this == "{" or then == "}":
        return not (this == "{" and then == "}")
    if (this in ("${", "%{") and then == "{") or (this == "}" and then == "}$"):
        return True
    if this == "}$" and then == "${":
        return False
    return token.nesting <= 0 and after.nesting >= 0


def _align(lines: Iterable[_Line], cell: Callable[[_Line], list[Laid]], before: Callable[[_Line], list[Laid]]) -> None:
    """The cells of lines that follow each other begin in one column."""
    for has_cell, group in groupby(lines, lambda line: bool(cell(line))):
        if has_cell:
            neighbours = list(group)
            widths = [sum(token.blanks + _width(token.text) for token in before(line)) for line in neighbours]
            for line, width in zip(neighbours, widths, strict=True):
                cell(line)[0].blanks = max(widths) - width + 1


def _width(text: str) -> int:
    """Columns, as an editor shows them: marks that sit on another character take none."""
    return sum(not unicodedata.combining(character) for character in text)
