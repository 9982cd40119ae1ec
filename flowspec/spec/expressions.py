"""Expression nodes + the names in scope -> values, as Terraform evaluates them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from flowspec.spec import functions
from flowspec.spec.names import Names, advice
from flowspec.spec.source import Refused
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
    Subscript,
    Template,
    Unreadable,
    children,
)
from flowspec.spec.values import (
    MAX_ITEMS,
    MAX_TEXT,
    TOO_LARGE,
    TOO_LARGE_DETAIL,
    Reference,
    Value,
    equal,
    kind_of,
    to_bool,
    to_text,
    weight,
)

REFERABLE = ("group", "service", "intent", "boundary")
PREFIXES = ("var", "local", *REFERABLE)


class Broken(Exception):  # noqa: N818
    """The value rests on something that has been reported already."""


@dataclass(slots=True, kw_only=True)
class NameScope:
    """What references mean: values, and the declared names by the first word of a reference.

    `broken` holds `var.x` and `local.x` whose value is an error told elsewhere; `constant`, if not empty, says why no
    reference may stand here.
    """

    variables: dict[str, Value] = field(default_factory=dict)
    locals: dict[str, Value] = field(default_factory=dict)
    named: Mapping[str, Names] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    weights: dict[int, int] = field(default_factory=dict)
    constant: str = ""


def evaluate_all(node: Node, scope: NameScope) -> Value:
    """The value of a whole argument, which must not be larger than a value may be."""
    value = evaluate(node, scope)
    if isinstance(value, list | dict | str) and weight(value, scope.weights) > MAX_ITEMS:
        raise Refused(node.at, TOO_LARGE, TOO_LARGE_DETAIL)
    return value


def evaluate(node: Node, scope: NameScope) -> Value:
    """The value of a node; raises Refused where it has none, Broken where that has been told."""
    if isinstance(node, Literal):
        return node.value
    return _EVALUATORS[type(node)](node, scope)


def roots(node: Node) -> Iterator[tuple[int, str, str]]:
    """The references in a node: place, first word, second word ("" if there is none)."""
    pending = [node]
    while pending:
        here = pending.pop()
        match here:
            case Literal():
                continue
            case Path(at=at, base=Name(name=first), steps=(Attribute(name=second), *_)):
                yield at, first, second
                pending.extend(step.key for step in here.steps if isinstance(step, Subscript))
            case Name(at=at, name=first):
                yield at, first, ""
            case _:
                pending.extend(children(here))


def _embedded(node: Embedded, scope: NameScope) -> Value:
    try:
        return evaluate(node.node, scope)
    except Refused as refused:
        raise Refused(node.at + refused.at, refused.summary, refused.detail) from None


def _unreadable(_: Unreadable, __: NameScope) -> Value:
    raise Broken


def _list(node: ListNode, scope: NameScope) -> Value:
    return [evaluate(item, scope) for item in node.items]


def key_twice(at: int, key: str) -> Refused:
    """A map gives one key two values."""
    return Refused(at, f'The key "{key}" is in this map twice', "Remove one of the two.")


def _map(node: MapNode, scope: NameScope) -> Value:
    result: dict[str, Value] = {}
    for entry in node.entries:
        key = to_text(evaluate(entry.key, scope))
        if key is None:
            raise Refused(
                entry.at, "A map key must be a string", "Numbers and bools are turned into strings; nothing else is."
            )
        if key in result:
            raise key_twice(entry.at, key)
        result[key] = evaluate(entry.value, scope)
    return result


def _template(node: Template, scope: NameScope) -> Value:
    parts: list[str] = []
    for part in node.parts:
        parts.append(_part(part, scope))
        if len(parts[-1]) > 1000 and sum(map(len, parts)) > MAX_TEXT:
            raise Refused(node.at, TOO_LARGE, TOO_LARGE_DETAIL)
    return "".join(parts)


def _part(node: Node, scope: NameScope) -> str:
    value = evaluate(node, scope)
    text = to_text(value)
    if text is None:
        raise Refused(
            node.at,
            "Invalid template interpolation value",
            f"The expression is {kind_of(value)}, which cannot be part of a string.",
        )
    return text


def _name(node: Name, scope: NameScope) -> Value:
    if node.name in PREFIXES:
        raise Refused(node.at, "Invalid reference", f'"{node.name}" must be followed by a name: {node.name}.example.')
    summary = f'Invalid reference "{node.name}"'
    if known := addresses(node.name, scope):
        raise Refused(node.at, summary, f'Write {" or ".join(known)}; for text, "{node.name}".')
    raise Refused(node.at, summary, f'For text, put it in double quotes: "{node.name}".')


def addresses(name: str, scope: NameScope) -> list[str]:
    """What `name` alone may stand for: `group.name`, `var.name` …"""
    return [f"{kind}.{name}" for kind in PREFIXES if name in scope.named.get(kind, ())]


def _path(node: Path, scope: NameScope) -> Value:
    steps = node.steps
    if isinstance(node.base, Name):
        value = _root(node.base, steps[0], scope)
        steps = steps[1:]
    else:
        value = evaluate(node.base, scope)
    for step in steps:
        value = _step(value, step, scope)
    return value


def _root(base: Name, step: Attribute | Subscript, scope: NameScope) -> Value:
    """The value of `var.x`, `local.x`, `group.x` …"""
    if base.name not in PREFIXES:
        detail = advice(base.name, PREFIXES, "reference").replace("Known: ", "References start with ")
        raise Refused(base.at, f'Invalid reference "{base.name}"', detail)
    if isinstance(step, Subscript):
        raise Refused(step.at, "Invalid reference", f'Write {base.name}.name: "{base.name}" can\'t be indexed.')
    check_root(base.at, base.name, step.name, scope)
    if base.name in REFERABLE:
        return Reference(base.name, step.name)
    return (scope.variables if base.name == "var" else scope.locals)[step.name]


def check_root(at: int, kind: str, name: str, scope: NameScope) -> None:
    """`kind.name` is in scope, and has a value."""
    if scope.constant:
        raise Refused(at, "References are not allowed here", scope.constant)
    if f"{kind}.{name}" in scope.broken:
        raise Broken
    known = scope.named[kind]
    if name not in known:
        raise undeclared(at, kind, name, known) if known.is_whole else Broken


_DECLARES = {"var": "variable", "local": "local value"}


def undeclared(at: int, kind: str, name: str, known: Collection[str]) -> Refused:
    what = _DECLARES.get(kind, kind)
    return Refused(at, f"{kind}.{name} is not declared", advice(name, known, what))


def _step(value: Value, step: Attribute | Subscript, scope: NameScope) -> Value:
    key: Value = step.name if isinstance(step, Attribute) else evaluate(step.key, scope)
    match value:
        case Reference():
            raise Refused(step.at, f"{value.address} has no attributes", "A reference names the whole block.")
        case dict() if (text := to_text(key)) is not None:
            if text not in value:
                detail = advice(text, value, "key in this map")
                raise Refused(step.at, f'Invalid index: the map has no key "{text}"', detail)
            return value[text]
        case list() if isinstance(step, Subscript):
            return _item(value, key, step.at)
    raise Refused(
        step.at,
        f"Invalid index: {kind_of(value)} can't be indexed by {kind_of(key)}",
        "Lists take numbers, maps take strings.",
    )


def _item(items: list[Value], key: Value, at: int) -> Value:
    index = int(key) if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10 else key
    if isinstance(index, bool) or not isinstance(index, int):
        raise Refused(
            at, f"Invalid index: a list can't be indexed by {kind_of(key)}", "Lists take whole numbers from 0."
        )
    if not 0 <= index < len(items):
        raise Refused(
            at, f"Invalid index: there is no item {index} in a list of {len(items)}", "The first item is [0]."
        )
    return items[index]


def _not(node: Not, scope: NameScope) -> Value:
    return not _bool(node.operand, scope, 'The operand of "!"')


def _bool(node: Node, scope: NameScope, what: str) -> bool:
    value = evaluate(node, scope)
    result = to_bool(value)
    if result is None:
        raise Refused(node.at, f"{what} must be a bool", f"It is {kind_of(value)}.")
    return result


def _logical(node: Logical, scope: NameScope) -> Value:
    """All operands are evaluated, as in Terraform: a mistake shows whatever the others are."""
    found = [_bool(operand, scope, f'The operand of "{node.operator}"') for operand in node.operands]
    return all(found) if node.operator == "&&" else any(found)


def _compare(node: Compare, scope: NameScope) -> Value:
    same = equal(evaluate(node.left, scope), evaluate(node.right, scope))
    return same if node.operator == "==" else not same


def _conditional(node: Conditional, scope: NameScope) -> Value:
    chosen, other = (node.yes, node.no) if _bool(node.test, scope, "The condition") else (node.no, node.yes)
    for at, kind, name in roots(other):
        if kind in PREFIXES and name:
            check_root(at, kind, name, scope)
        else:
            _name(Name(at, kind), scope)
    return evaluate(chosen, scope)


def _call(node: FunctionCall, scope: NameScope) -> Value:
    if node.name not in functions.FUNCTIONS:
        raise Refused(
            node.at, f'There is no function "{node.name}"', advice(node.name, functions.FUNCTIONS, "function")
        )
    arguments = [evaluate(argument, scope) for argument in node.arguments]
    try:
        return functions.call(node.name, arguments)
    except functions.BadCall as bad:
        raise Refused(node.at, f"Error in function call: {node.name}", str(bad)) from None


_EVALUATORS: dict[type, Callable[..., Value]] = {
    Embedded: _embedded,
    Unreadable: _unreadable,
    ListNode: _list,
    MapNode: _map,
    Template: _template,
    Name: _name,
    Path: _path,
    Not: _not,
    Logical: _logical,
    Compare: _compare,
    Conditional: _conditional,
    FunctionCall: _call,
}
