"""Rendered text -> what is in it, read by parsers that are not ours; a text that does not parse is a failed test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tree_sitter_bicep
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

_BICEP = Parser(Language(tree_sitter_bicep.language()))
_POWERSHELL = Parser(Language(tree_sitter_powershell.language()))
_BICEP_ESCAPE = re.compile(r"\\(u\{([0-9a-fA-F]+)\}|.)")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "'": "'", "\\": "\\", "$": "$"}


def bicep_resources(text: str) -> dict[str, dict[str, Any]]:
    """The body of each resource by its symbol, with its `type`; nothing else may stand in the file but comments."""
    found = {}
    for node in _parsed(_BICEP, text).named_children:
        if node.type in ("comment", "diagnostic_comment"):
            continue
        assert node.type == "resource_declaration", node
        symbol, kind = node.named_children[0], node.named_children[1]
        body = node.named_children[-1]
        found[_text(symbol)] = {
            "type": _bicep(kind),
            "existing": " existing " in text_before(node, body),
            **_bicep(body),
        }
    return found


def text_before(node: Node, inner: Node) -> str:
    assert node.text is not None
    return node.text[: inner.start_byte - node.start_byte].decode()


def powershell_commands(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Each command with its parameters, those of a splatted hashtable among them; `$nsg |` before one is left out."""
    found: list[tuple[str, dict[str, Any]]] = []
    splatted: dict[str, Any] = {}
    (statements,) = (node for node in _parsed(_POWERSHELL, text).named_children if node.type == "statement_list")
    for node in statements.named_children:
        if node.type == "comment":
            continue
        tables = list(_of_type(node, "hash_literal_expression"))
        if tables:
            splatted = _powershell(tables[0])
            continue
        for command in _of_type(node, "command"):
            elements = [_text(name) for name in _of_type(command, "command_name")], command
            found.append((elements[0][0], _arguments(command, splatted)))
    return found


def _arguments(command: Node, splatted: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    name = ""
    for node in _flat(command.named_children[1]) if len(command.named_children) > 1 else ():
        if node.type == "command_parameter":
            name = _text(node).removeprefix("-")
        elif node.type == "variable" and _text(node) == "@rule":
            made |= splatted
        else:
            assert name, node
            made[name], name = _powershell(node), ""
    return made


def _flat(node: Node) -> Iterator[Node]:
    """Parameters and values of a command in their order."""
    if node.type in ("command_parameter", "string_literal", "parenthesized_expression", "variable"):
        yield node
    else:
        for child in node.named_children:
            yield from _flat(child)


def _powershell(node: Node) -> Any:
    """The value of an expression as PowerShell has it: of those kinds that a script of ours holds."""
    match node.type:
        case "hash_literal_expression":
            return {_text(entry.named_children[0]).strip(): _powershell(entry.named_children[-1])
                    for entry in _of_type(node, "hash_entry")}  # fmt: skip
        case "array_expression":
            strings = [child for child in node.named_children if child.type == "statement_list"]
            return [_powershell(item) for item in _items(strings[0])]
        case "verbatim_string_characters":
            return _text(node)[1:-1].replace("''", "'")
        case "decimal_integer_literal":
            return int(_text(node))
        case "additive_expression" if len(node.named_children) > 1:
            units = "".join(map(_powershell, node.named_children)).encode("utf-16", "surrogatepass")
            return units.decode("utf-16", "surrogatepass")
        case "expression_with_unary_operator" if _text(node).startswith("["):
            assert re.fullmatch(r"\[char\]0x[0-9a-f]{4}", _text(node)), _text(node)
            return chr(int(_text(node)[-4:], 16))
        case _:
            (only,) = node.named_children
            return _powershell(only)


def _items(node: Node) -> list[Node]:
    """The elements of an array."""
    while len(node.named_children) == 1 and node.type != "array_literal_expression":
        node = node.named_children[0]
    if node.type == "array_literal_expression":
        return list(node.named_children)
    return [node]


def _bicep(node: Node) -> Any:
    match node.type:
        case "object":
            return {_text(entry.named_children[0]): _bicep(entry.named_children[-1]) for entry in node.named_children}
        case "array":
            return [_bicep(item) for item in node.named_children]
        case "string":
            assert not list(_of_type(node, "interpolation")), _text(node)
            return _BICEP_ESCAPE.sub(_bicep_escape, _text(node)[1:-1])
        case "number":
            return int(_text(node))
        case "identifier":
            return _text(node)
    raise AssertionError(node)


def _bicep_escape(found: re.Match[str]) -> str:
    return chr(int(found[2], 16)) if found[2] else _SIMPLE[found[1]]


def _parsed(parser: Parser, text: str) -> Node:
    root = parser.parse(text.encode()).root_node
    assert not root.has_error, [_text(node) for node in _errors(root)]
    return root


def _errors(node: Node) -> Iterator[Node]:
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        yield from _errors(child)


def _of_type(node: Node, kind: str) -> Iterator[Node]:
    """The outermost nodes of a type within another."""
    for child in node.named_children:
        if child.type == kind:
            yield child
        else:
            yield from _of_type(child, kind)


def _text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()
