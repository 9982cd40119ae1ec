"""The tree that both spellings of a spec are read into: what was written and where, before it means anything.

`at` is an offset into the text of the file. Named tuples, because a large spec has a million of them.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

MAX_DEPTH = 200
"""Brackets, blocks and operators may nest this deep, in either spelling."""

Scalar: TypeAlias = str | int | float | bool | None


class Literal(NamedTuple):
    """A text, a number, true, false or null."""

    at: int
    value: Scalar


class Template(NamedTuple):
    """Text with `${…}` in it: the parts are put together as text."""

    at: int
    parts: tuple[Node, ...]


class ListNode(NamedTuple):
    """`[a, b]`."""

    at: int
    items: tuple[Node, ...]


class Entry(NamedTuple):
    """`key = value`, in a map or in the body of a block."""

    at: int
    key: Node
    value: Node


class MapNode(NamedTuple):
    """`{ a = 1, b = 2 }`."""

    at: int
    entries: tuple[Entry, ...]


class Name(NamedTuple):
    """The first word of a reference, such as `var`."""

    at: int
    name: str


class Attribute(NamedTuple):
    """A step by name: `.x`."""

    at: int
    name: str


class Subscript(NamedTuple):
    """A step by key: `["k"]`, `[0]`."""

    at: int
    key: Node


class Path(NamedTuple):
    """A value and the steps into it: `var.x`, `local.m["k"].y`."""

    at: int
    base: Node
    steps: tuple[Attribute | Subscript, ...]


class Not(NamedTuple):
    """`!x`."""

    at: int
    operand: Node


class Logical(NamedTuple):
    """`&&` or `||` between two or more operands."""

    at: int
    operator: str
    operands: tuple[Node, ...]


class Compare(NamedTuple):
    """`==`, `!=`, `<` and the like between two operands."""

    at: int
    operator: str
    left: Node
    right: Node


class Conditional(NamedTuple):
    """`test ? yes : no`."""

    at: int
    test: Node
    yes: Node
    no: Node


class FunctionCall(NamedTuple):
    """A call of a function: `cidrsubnet("10.0.0.0/8", 8, 1)`."""

    at: int
    name: str
    arguments: tuple[Node, ...]


class Embedded(NamedTuple):
    """An expression in a string of JSON: its places count from `at`, where the text of the string begins."""

    at: int
    node: Node


class Unreadable(NamedTuple):
    """A value with a mistake that has been told: nothing follows from it."""

    at: int


Node: TypeAlias = (
    Unreadable
    | Embedded
    | Literal
    | Template
    | ListNode
    | MapNode
    | Name
    | Path
    | Not
    | Logical
    | Compare
    | Conditional
    | FunctionCall
)


class Label(NamedTuple):
    """A label of a block: the name in `group "web"`."""

    at: int
    text: str


class Block(NamedTuple):
    """`group "web" { … }`: its kind, its labels and what stands between its braces."""

    at: int
    kind: str
    labels: tuple[Label, ...]
    body: Body


class Body(NamedTuple):
    """What stands between the braces of a block, or in a whole file. Attribute names are unique."""

    at: int
    attributes: tuple[Entry, ...]
    blocks: tuple[Block, ...]
    is_whole: bool = True
    """False where a mistake may have taken blocks with it."""


def children(node: Node) -> tuple[Node, ...]:
    """The nodes one step below."""
    match node:
        case Literal() | Name() | Unreadable():
            return ()
        case Template(parts=below) | ListNode(items=below) | Logical(operands=below) | FunctionCall(arguments=below):
            return below
        case MapNode(entries=entries):
            return tuple(node for entry in entries for node in (entry.key, entry.value))
        case Path(base=base, steps=steps):
            return (base, *(step.key for step in steps if isinstance(step, Subscript)))
        case Not(operand=below_one) | Embedded(node=below_one):
            return (below_one,)
        case Compare(left=left, right=right):
            return (left, right)
        case Conditional(test=test, yes=yes, no=no):
            return (test, yes, no)
