"""A file of a spec -> the same in the other spelling: HCL as JSON, JSON as HCL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from flowspec.errors import SpecError
from flowspec.spec import json_layout, jsonfile, layout
from flowspec.spec.document import LABELLED, NESTED, Declared, key_of, read
from flowspec.spec.expressions import REFERABLE, key_twice
from flowspec.spec.load import made_for_trees
from flowspec.spec.schema import arguments
from flowspec.spec.source import Refused, SpecText
from flowspec.spec.syntax import (
    Attribute,
    Compare,
    Conditional,
    Embedded,
    FunctionCall,
    ListNode,
    Literal,
    Logical,
    MapNode,
    Name,
    Node,
    Not,
    Path,
    Template,
    Unreadable,
)
from flowspec.spec.tokens import scan

_REFERENCE = re.compile(rf"({'|'.join(REFERABLE)})\.[^\W\d][\w-]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONGEST = 100
"""Characters of a line that holds a whole list."""
_OPERATIONS = (Conditional, Logical, Compare, Not)


@made_for_trees()
def converted(source: SpecText) -> str:
    """The text of the other spelling; SpecError with all mistakes of this one. Comments stay behind."""
    document = read([source])
    if document.problems:
        raise SpecError(document.problems)
    blocks = sorted((one for named in document.blocks.values() for one in named.values()), key=lambda one: one.at)
    if source.is_json:
        return layout.laid_out("\n".join(_in_hcl(blocks)))
    try:
        return json_layout.laid_out(json.dumps(_in_json(blocks), ensure_ascii=False))
    except Refused as refused:
        raise SpecError([source.problem(refused)]) from None


@made_for_trees()
def comments(source: SpecText) -> int:
    """How many comments the text has."""
    if source.is_json:
        return _json_comments(jsonfile.parse(source))
    return sum(kind == "comment" for kind, _, _ in scan(source.text))


def _json_comments(node: Node) -> int:
    match node:
        case MapNode(entries=entries):
            return sum((key_of(entry) == "//") + _json_comments(entry.value) for entry in entries)
        case ListNode(items=items):
            return sum(map(_json_comments, items))
    return 0


# JSON


def _in_json(blocks: Iterable[Declared]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for block in blocks:
        body = {key_of(entry): _value(entry.value) for entry in block.entries}
        of_kind = found.setdefault(block.kind, {})
        if block.kind in LABELLED:
            of_kind[block.name] = body
        else:
            of_kind.update(body)
    return found


def _value(node: Node) -> Any:
    """As JSON has it: literals as they are, references as texts, everything else in `${…}`."""
    match node:
        case Literal(value=str(text)):
            return bare(text)
        case Literal(value=value):
            return value
        case ListNode(items=items):
            return [_value(item) for item in items]
        case MapNode(entries=entries):
            found: dict[str, Any] = {}
            for entry in entries:
                if (key := _key(entry.key)) in found:
                    raise key_twice(entry.at, _scalar(entry.key) if isinstance(entry.key, Literal) else key)
                found[key] = _value(entry.value)
            return found
        case Template(parts=parts):
            return "".join(_bare_part(part) for part in parts)
    text = _expression(node)
    return text if _REFERENCE.fullmatch(text) else f"${{{text}}}"


def _key(node: Node) -> str:
    if isinstance(node, Literal):
        return bare(_scalar(node))
    return str(_value(node))


def _scalar(node: Literal) -> str:
    return node.value if isinstance(node.value, str) else json.dumps(node.value)


def bare(text: str) -> str:
    """A text with what would begin a template in it spelt out."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _bare_part(node: Node) -> str:
    return (
        bare(node.value) if isinstance(node, Literal) and isinstance(node.value, str) else f"${{{_expression(node)}}}"
    )


# HCL


def _in_hcl(blocks: Iterable[Declared]) -> Iterator[str]:
    is_local = False
    for block in blocks:
        if block.kind == "locals":
            yield from () if is_local else ("locals {",)
        elif is_local:
            yield "}\n"
        is_local = block.kind == "locals"
        if is_local:
            yield from _body(block)
        else:
            label = f' "{block.name}"' if block.kind in LABELLED else ""
            yield f"{block.kind}{label} {{"
            yield from _body(block)
            yield "}\n"
    if is_local:
        yield "}\n"


def _body(block: Declared) -> Iterator[str]:
    for entry in block.entries:
        name = key_of(entry)
        if name in NESTED.get(block.kind, ()):
            for below in entry.value.items if isinstance(entry.value, ListNode) else (entry.value,):
                yield f"{name} {{"
                if isinstance(below, MapNode):
                    yield from (f"{key_of(inner)} = {_expression(inner.value)}" for inner in below.entries)
                yield "}"
        else:
            node = _referring(entry.value) if _refers(block.kind, name) else entry.value
            yield from _argument(name, node)


def _argument(name: str, node: Node) -> Iterator[str]:
    """`name = value`; a list too long for a line has an item on each."""
    line = f"{name} = {_expression(node)}"
    if isinstance(node, ListNode) and len(line) > _LONGEST:
        yield f"{name} = ["
        yield from (f"{_expression(item)}," for item in node.items)
        yield "]"
    else:
        yield line


def _refers(kind: str, name: str) -> bool:
    """Whether an argument takes references."""
    schema = json.dumps(arguments(kind).get(name, {}))
    return any(f"^({word}" in schema for word in REFERABLE)


def _referring(node: Node) -> Node:
    """With texts such as "group.web" as references."""
    match node:
        case ListNode(at=at, items=items):
            return ListNode(at, tuple(map(_referring, items)))
        case Literal(at=at, value=str(text)) if _REFERENCE.fullmatch(text):
            kind, _, name = text.partition(".")
            return Path(at, Name(at, kind), (Attribute(at, name),))
    return node


def _expression(node: Node) -> str:
    """The text of an expression in HCL."""
    match node:
        case Literal(value=str(text)):
            return f'"{quoted(text)}"'
        case Literal(value=value):
            return json.dumps(value)
        case Template(parts=parts):
            return f'"{"".join(_quoted_part(part) for part in parts)}"'
        case ListNode(items=items):
            return f"[{', '.join(map(_expression, items))}]"
        case MapNode(entries=entries):
            inside = ", ".join(f"{_object_key(entry.key)} = {_expression(entry.value)}" for entry in entries)
            return f"{{ {inside} }}" if inside else "{}"
        case Name(name=name):
            return name
        case Path(base=base, steps=steps):
            return _expression(base) + "".join(
                f".{step.name}" if isinstance(step, Attribute) else f"[{_expression(step.key)}]" for step in steps
            )
        case Not(operand=operand):
            return f"!{_operand(operand)}"
        case Logical(operator=operator, operands=operands):
            return f" {operator} ".join(map(_operand, operands))
        case Compare(operator=operator, left=left, right=right):
            return f"{_operand(left)} {operator} {_operand(right)}"
        case Conditional(test=test, yes=yes, no=no):
            return f"{_operand(test)} ? {_operand(yes)} : {_operand(no)}"
        case FunctionCall(name=name, arguments=given):
            return f"{name}({', '.join(map(_expression, given))})"
        case Embedded(node=inner):
            return _expression(inner)
        case Unreadable():
            raise AssertionError("a document without problems has no such value")


def _operand(node: Node) -> str:
    inner = node.node if isinstance(node, Embedded) else node
    return f"({_expression(inner)})" if isinstance(inner, _OPERATIONS) else _expression(inner)


def _object_key(node: Node) -> str:
    if isinstance(node, Literal):
        text = _scalar(node)
        return text if _WORD.fullmatch(text) else f'"{quoted(text)}"'
    return f"({_expression(node)})"


def _quoted_part(node: Node) -> str:
    if isinstance(node, Literal) and isinstance(node.value, str):
        return quoted(node.value)
    return f"${{{_expression(node)}}}"


def quoted(text: str) -> str:
    """The inside of a text in quotes."""
    escaped = "".join(_ESCAPES.get(c) or (c if c.isprintable() else f"\\U{ord(c):08X}") for c in text)
    return bare(escaped)
