"""Variable blocks, -var, -var-file and FLOWSPEC_VAR_x -> the values of variables and locals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from flowspec.errors import Problem
from flowspec.spec import grammar, hcl, jsonfile
from flowspec.spec.document import Declared, SpecDocument, key_of
from flowspec.spec.expressions import Broken, NameScope, evaluate, evaluate_all, roots
from flowspec.spec.names import advice
from flowspec.spec.source import Refused, SpecFiles, SpecText, error
from flowspec.spec.syntax import Entry, MapNode, Node
from flowspec.spec.values import Value, equal, to_text, weight

ENVIRONMENT_PREFIX = "FLOWSPEC_VAR_"
_QUOTABLE = 200
"""Characters of a value that an advice may write out again."""
_CONSTANT = NameScope(constant="The value of a variable is a constant: it can't refer to anything.")


def set_variables(
    document: SpecDocument, given: Mapping[str, Value], texts: Mapping[str, str], scope: NameScope
) -> None:
    """Every variable gets its value: from `texts` (typed somewhere), else `given` (by files), else its default."""
    for name, declared in document.blocks["variable"].items():
        if f"var.{name}" in scope.broken:
            continue
        if declared.source.path in document.torn:
            scope.broken.add(f"var.{name}")
            continue
        try:
            scope.variables[name] = _value(declared, given, texts)
        except Refused as refused:
            document.problems.append(declared.source.problem(refused))
            scope.broken.add(f"var.{name}")
        except Broken:
            scope.broken.add(f"var.{name}")


def _value(declared: Declared, given: Mapping[str, Value], texts: Mapping[str, str]) -> Value:
    fields = {key_of(entry): entry for entry in declared.entries}
    default = evaluate(fields["default"].value, _CONSTANT) if "default" in fields else None
    choices = _choices(fields)
    name = declared.name
    if name in texts:
        value = _parsed(declared, texts[name], default, choices)
    elif name in given:
        value = given[name]
    elif "default" in fields:
        value = default
    else:
        raise Refused(
            declared.at,
            f'The variable "{name}" has no value',
            f"It has no default. Give it with -var {name}=…, in a file with -var-file, or as "
            f"{ENVIRONMENT_PREFIX}{name}.",
        )
    if choices is not None and not any(equal(value, choice) for choice in choices):
        listed = ", ".join(_shown(choice) for choice in choices)
        at = fields["one_of"].at if name in texts or name in given else fields["default"].at
        raise Refused(
            at,
            f'The variable "{name}" is {_shown(value)}, which is not one of its values',
            f"It must be one of {listed}.",
        )
    return value


def _choices(fields: Mapping[str, Entry]) -> list[Value] | None:
    if "one_of" not in fields:
        return None
    choices = evaluate(fields["one_of"].value, _CONSTANT)
    if choices is None:
        return None
    if not isinstance(choices, list) or not choices:
        raise Broken  # the schema tells what is wrong
    return choices


def _parsed(declared: Declared, text: str, default: Value, choices: list[Value] | None) -> Value:
    """A text from outside: itself where the variable holds text, else an expression of HCL."""
    samples = [sample for sample in (default, *(choices or ())) if sample is not None]
    if all(isinstance(sample, str) for sample in samples):
        return text
    try:
        return evaluate(grammar.expression(text), _CONSTANT)
    except Refused as refused:
        detail = _how_to_give(declared.name, text, samples) or (
            f'"{text[:60]}" is read as an expression, since the variable does not hold text: {refused.summary}. '
            f"{refused.detail}"
        )
        raise Refused(declared.at, f'The value given for variable "{declared.name}" is not valid', detail) from None


def _how_to_give(name: str, text: str, samples: list[Value]) -> str:
    """For a list of texts that is given as bare text, how it is written on a command line; else nothing."""
    if not all(isinstance(sample, list) for sample in samples) or len(text) > _QUOTABLE:
        return ""
    parts = (part.strip().strip("\"'") for part in text.strip().removeprefix("[").removesuffix("]").split(","))
    items = [json.dumps(part, ensure_ascii=False) for part in parts if part]
    return f"It is a list, and the shell takes its quotes away: write -var '{name}=[{', '.join(items)}]'."


def _shown(value: Value) -> str:
    text = to_text(value)
    return f'"{text}"' if isinstance(value, str) else (text or "not a plain value")


def check_declared(names: Mapping[str, object], document: SpecDocument, origin: str) -> None:
    """Names given for variables that no block declares."""
    known = document.blocks["variable"]
    for name in names:
        if name not in known and not document.is_partial:
            hint = advice(name, known, "variable block in the spec")
            document.problems.append(
                error(f'{origin} gives a value for "{name}", which is not a declared variable', hint)
            )


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    cut = len(ENVIRONMENT_PREFIX)
    return {key[cut:]: value for key, value in environment.items() if key.startswith(ENVIRONMENT_PREFIX)}


def from_files(paths: Sequence[Path], document: SpecDocument, scope: NameScope, files: SpecFiles) -> dict[str, Value]:
    """The values of `.tfvars` files (or `.json`), a later one before an earlier one; what can't be read is broken."""
    values: dict[str, Value] = {}
    for path in paths:
        if not files.has(Path(path)):
            document.problems.append(error(f'There is no variable file "{path}"', "It is named with -var-file."))
        elif source := files.read(Path(path), document.problems):
            for entry in _entries(source, document.problems):
                _give(source, entry, values, document, scope)
    return values


def _give(source: SpecText, entry: Entry, values: dict[str, Value], document: SpecDocument, scope: NameScope) -> None:
    name = key_of(entry)
    try:
        if name not in document.blocks["variable"]:
            if document.is_partial:
                return
            hint = advice(name, document.blocks["variable"], "variable block in the spec")
            raise Refused(entry.at, f'"{name}" is not a declared variable', hint)
        values[name] = evaluate(entry.value, _CONSTANT)
    except Refused as refused:
        document.problems.append(source.problem(refused))
        scope.broken.add(f"var.{name}")
    except Broken:
        scope.broken.add(f"var.{name}")


def _entries(source: SpecText, problems: list[Problem]) -> tuple[Entry, ...]:
    try:
        if source.is_json:
            root = jsonfile.parse(source)
            if isinstance(root, MapNode):
                return root.entries
            raise Refused(root.at, "A variable file in JSON is an object", 'For example {"env": "prod"}.')
        body = hcl.parse(source, (), problems)
        if body.blocks:
            raise Refused(
                body.blocks[0].at, "A variable file holds no blocks", 'Write name = value, one a line: env = "prod".'
            )
    except Refused as refused:
        problems.append(source.problem(refused))
        return ()
    return body.attributes


def set_locals(document: SpecDocument, scope: NameScope) -> None:
    """Every local gets its value, after those it rests on; a cycle is an error that names it."""
    declared = document.blocks["locals"]
    for name in _in_order(document, scope):
        entry = declared[name].entries[0]
        try:
            value = evaluate_all(entry.value, scope)
            scope.locals[name] = value
            scope.weights[id(value)] = weight(value, scope.weights)
        except Refused as refused:
            document.problems.append(declared[name].source.problem(refused))
            scope.broken.add(f"local.{name}")
        except Broken:
            scope.broken.add(f"local.{name}")


def _in_order(document: SpecDocument, scope: NameScope) -> Iterator[str]:
    """Names of locals, each after its needs; those of a cycle are marked as broken and left out."""
    declared = document.blocks["locals"]
    needs = {name: _needs(block.entries[0].value, declared) for name, block in declared.items()}
    done: set[str] = set()
    for first in declared:
        trail: dict[str, Iterator[str]] = {} if first in done else {first: iter(needs[first])}
        while trail:
            name = next(reversed(trail))
            below = next((need for need in trail[name] if need not in done), None)
            if below is None:
                done.add(name)
                del trail[name]
                if f"local.{name}" not in scope.broken:
                    yield name
            elif below in trail:
                _report_cycle(list(trail)[list(trail).index(below) :], document, scope)
            else:
                trail[below] = iter(needs[below])


def _needs(node: Node, declared: Mapping[str, Declared]) -> list[str]:
    return [name for _, kind, name in roots(node) if kind == "local" and name in declared]


def _report_cycle(names: list[str], document: SpecDocument, scope: NameScope) -> None:
    if any(f"local.{name}" in scope.broken for name in names):
        return
    scope.broken.update(f"local.{name}" for name in names)
    first = document.blocks["locals"][names[0]]
    steps = " -> ".join(f"local.{name}" for name in [*names, names[0]])
    document.problems.append(
        error("Locals refer to each other in a cycle", f"{steps}. Take one of these steps out.", first.where)
    )
