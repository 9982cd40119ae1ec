"""A block that does not fit the schema -> what is wrong with it in our own words, by the errors of jsonschema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import relevance
from jsonschema.validators import extend

from flowspec.spec.habits import endpoint, habit
from flowspec.spec.names import advice, nearest
from flowspec.spec.schema import Schema, followed, gate, innermost, of_kind
from flowspec.spec.values import Json, kind_of

SchemaPointer = tuple[str | int, ...]
SchemaStep = str | int

MAX_FINDINGS = 100
"""So many items of one list, or keys of one map, are explained: each takes about a tenth of a millisecond."""


@dataclass(frozen=True, slots=True)
class SchemaFinding:
    """One thing that is wrong in a block: where, whether it is the key rather than its value, what, and what to do."""

    pointer: SchemaPointer
    of_key: bool
    summary: str
    detail: str


def explain(kind: str, block: Json) -> Iterator[SchemaFinding]:
    """Everything that is wrong with a block that does not fit: at least one thing."""
    root = of_kind(kind)
    failures = [deepest for failure in _Explainer(root).iter_errors(block) for deepest in _deepest(failure)]
    if not failures:
        raise AssertionError(f"jsonschema-rs refuses a block {kind} that jsonschema accepts: {json.dumps(block)[:500]}")
    return (_explained(failure, kind, _way(failure, root)) for failure in failures)


# jsonschema asks the gate what a pattern matches, so that two dialects of patterns are one, and which few of very many
# items don't fit. The message of what is missing or unknown is its name alone.


def _fitting(schema: Schema) -> Callable[[Json], bool]:
    return gate(json.dumps(schema)).is_valid


def _pattern(_: Any, value: str, instance: Json, __: Schema) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _fitting({"pattern": value})(instance):
        yield ValidationError(f"does not match {value}")


def _required(_: Any, names: list[str], instance: Json, __: Schema) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        yield from (ValidationError(name) for name in names if name not in instance)


def _items(validator: Any, value: Schema, instance: Json, _: Schema) -> Iterator[ValidationError]:
    if isinstance(instance, list):
        yield from _below(validator, value, enumerate(instance))


def _additional(validator: Any, value: Schema | bool, instance: Json, schema: Schema) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    extra = ((name, item) for name, item in instance.items() if name not in schema.get("properties", ()))
    if isinstance(value, Mapping):
        yield from _below(validator, value, extra)
    elif not value:
        yield from (ValidationError(name) for name, _ in islice(extra, MAX_FINDINGS + 1))


def _below(validator: Any, schema: Schema, inside: Iterable[tuple[SchemaStep, Json]]) -> Iterator[ValidationError]:
    fits = _fitting(schema)
    misfits = ((step, item) for step, item in inside if not fits(item))
    for step, item in islice(misfits, MAX_FINDINGS + 1):
        yield from validator.descend(item, schema, path=step)


_Explainer: Any = extend(
    Draft202012Validator,
    {"pattern": _pattern, "required": _required, "items": _items, "additionalProperties": _additional},
)


def _deepest(failure: ValidationError) -> Iterator[ValidationError]:
    """Of alternatives that all fail, the errors of the one that comes nearest; else the failure itself."""
    if failure.context:
        chosen = min(failure.context, key=relevance).schema_path[0]
        branch = [inner for inner in failure.context if inner.schema_path[0] == chosen]
        if all(map(_is_inside, branch)):
            for inner in branch:
                yield from _deepest(inner)
            return
    yield failure


def _is_inside(failure: ValidationError) -> bool:
    """The value has the type of this alternative, and what it holds is wrong."""
    return bool(failure.path) or failure.validator in ("additionalProperties", "required")


def _way(failure: ValidationError, root: Schema) -> list[Schema]:
    """The schemas from that of the block to the one that failed, references followed."""
    here: Any = followed(root)
    way: list[Schema] = []
    for step in failure.absolute_schema_path:
        here = here[step]
        if isinstance(here, Mapping):
            way += [here, followed(here)]
            here = way[-1]
    return way


def _explained(failure: ValidationError, kind: str, way: list[Schema]) -> SchemaFinding:
    place: SchemaPointer = tuple(failure.absolute_path)
    known = failure.schema.get("properties", {})
    name = failure.message
    match failure.validator:
        case "additionalProperties":
            detail = habit(kind, name) or advice(name, [one for one in known if one != "//"], "argument here")
            return SchemaFinding((*place, name), True, f'Unsupported argument "{name}"', detail)
        case "required":
            about = known[name].get("description", "")
            return SchemaFinding((*place, name), True, f'Missing argument "{name}"', f"{about} Required.".strip())
    return _explained_value(failure, place, way)


def _explained_value(failure: ValidationError, place: SchemaPointer, way: list[Schema]) -> SchemaFinding:
    message = innermost("errorMessage", way) or "is not what is expected here"
    name = _name(place)
    if failure.validator == "minItems":
        return SchemaFinding(place, False, f"{name} is empty", f"It {message}.")
    detail = _value_advice(failure, name) or innermost("description", way)
    return SchemaFinding(place, False, f"{name} {message}, not {_shown(failure.instance)}", detail)


def _name(place: SchemaPointer) -> str:
    """`tags.tier` for a tag, which stands in a select; else the argument."""
    names = [step for step in place if isinstance(step, str)]
    return ".".join(names[1:] if names[0] in ("select", "exclude") and len(names) > 1 else names)


def _value_advice(failure: ValidationError, name: str) -> str:
    """The nearest word that is allowed, or how a block is referred to; "" where the schema's description says more."""
    value: Json = failure.instance
    alternatives = list(_alternatives(failure))
    words = [word for one in alternatives if one.validator == "enum" for word in one.validator_value]
    if isinstance(value, str) and (hint := nearest(value, words)):
        return hint
    if isinstance(value, list):
        if isinstance(failure.absolute_path[-1], int):
            return "A list in a list is not joined to it: write concat([…], …)."
        if words:
            several = "For several, name services: service = [service.a, service.b]."
            return f"{name} takes one of them. {several if name == 'protocol' else ''}".strip()
    kinds = [kind for one in alternatives for kind in _referred(one.schema.get("pattern", ""))]
    return _reference_advice(list(dict.fromkeys(kinds)), value, name) if kinds else ""


def _alternatives(failure: ValidationError) -> Iterator[ValidationError]:
    yield failure
    for inner in failure.context:
        yield from _alternatives(inner)


def _referred(pattern: str) -> list[str]:
    """The kinds of blocks in the pattern of a reference, `^(group|intent)\\.[^.\\s]+$`."""
    found = re.match(r"\^\(([a-z|]+)\)\\\.", pattern)
    return found[1].split("|") if found else []


def _reference_advice(kinds: list[str], value: Json, name: str) -> str:
    if isinstance(value, str):
        if "group" in kinds and (hint := endpoint(value)):
            return hint
        if value.replace("-", "_").isidentifier():
            named = " or ".join(f"{kind}.{value}" for kind in kinds)
            return f"For the {' or '.join(kinds)} of this name, write {named}."
        if found := re.match(r"(?:var|local)\.[\w-]+", value):
            return f'For its value, write {found[0]} without quotes; in JSON, "${{{found[0]}}}".'
        if re.match(r"(?:group|service|intent|boundary)\.", value):
            return f"{name} takes {' or '.join(f'{kind}.name' for kind in kinds)}."
    if kinds != ["group"]:
        return ""
    return (
        'Endpoints are not written here: declare a group "name" { … } with select, subnets, frontends, '
        "prefixes or service_tags, and name it as group.name."
    )


def _shown(value: Json) -> str:
    if isinstance(value, str):
        return json.dumps(value[:60], ensure_ascii=False)
    return json.dumps(value) if isinstance(value, bool | int | float) else kind_of(value)  # type: ignore[arg-type]
