"""The JSON form of a spec, evaluated -> problems in our own words, found by `schemas/spec.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flowspec.schema_files import read_schema
from flowspec.spec.names import advice, nearest
from flowspec.spec.values import Json, kind_of

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

Pointer = tuple[str | int, ...]
Report = Callable[[Pointer, bool, str, str], None]
"""Told of each problem: where, whether it is the key rather than its value, what is wrong, what to do."""


@lru_cache(maxsize=1)
def _loaded() -> tuple[dict[str, Any], Draft202012Validator]:
    from jsonschema_rs import Draft202012Validator

    schema = json.loads(read_schema("spec"))
    return schema, Draft202012Validator(schema)


def check(instance: Json, report: Report) -> None:
    """Tell of everything in `instance` that does not fit the schema."""
    schema, validator = _loaded()
    if validator.is_valid(instance):
        return
    for failure in validator.iter_errors(instance):
        for deepest in _deepest(failure):
            _explain(deepest, schema, report)


def _deepest(failure: ValidationError) -> Iterator[ValidationError]:
    """Of alternatives that all fail, the errors of the one that got furthest; else the failure itself."""
    branches = failure.kind.context if isinstance(failure.kind, _kinds().AnyOf) else []
    depth = len(failure.instance_path)
    for branch in branches:
        if branch and all(len(inner.instance_path) > depth or _is_inside(inner) for inner in branch):
            for inner in branch:
                yield from _deepest(inner)
            return
    yield failure


def _is_inside(failure: ValidationError) -> bool:
    """The value has the right type, and its keys are wrong."""
    return isinstance(failure.kind, _kinds().AdditionalProperties | _kinds().Required)


def _kinds() -> type[ValidationErrorKind]:
    from jsonschema_rs import ValidationErrorKind

    return ValidationErrorKind


def _explain(failure: ValidationError, schema: dict[str, Any], report: Report) -> None:
    place: Pointer = tuple(failure.instance_path)
    kinds = _kinds()
    parent = _at(schema, failure.schema_path[:-1])
    match failure.kind:
        case kinds.AdditionalProperties(unexpected=names):
            for name in names:
                report(
                    (*place, name),
                    True,
                    f'Unsupported argument "{name}"',
                    advice(name, _known(parent), "argument here"),
                )
        case kinds.Required(property=name):
            about = parent["properties"][name].get("description", "")
            report((*place, name), True, f'Missing argument "{name}"', f"{about} Required.".strip())
        case _:
            _explain_value(failure, place, schema, report)


def _known(parent: dict[str, Any]) -> list[str]:
    return [name for name in parent["properties"] if name != "//"]


def _explain_value(failure: ValidationError, place: Pointer, schema: dict[str, Any], report: Report) -> None:
    annotated = _nearest_with("errorMessage", schema, failure.schema_path)
    message = annotated.get("errorMessage", "is not what is expected here")
    value: Json = failure.instance  # type: ignore[assignment]
    name = next((step for step in reversed(place) if isinstance(step, str)), "The value")
    hint = nearest(value, _choices(annotated)) if isinstance(value, str) else ""
    detail = hint or (_group_advice(value) if "references to groups" in message else _about(failure, schema))
    report(place, False, f"{name} {message}, not {_shown(value)}", detail)


def _about(failure: ValidationError, schema: dict[str, Any]) -> str:
    """The description of the argument."""
    about = _nearest_with("description", schema, failure.schema_path)
    return "" if about is schema else str(about.get("description", ""))


def _group_advice(value: Json) -> str:
    if isinstance(value, str) and value.replace("-", "_").isidentifier():
        return f"For the group of this name, write group.{value}."
    return (
        'Endpoints are not written here: declare a group "name" { … } with select, subnets, frontends, '
        "prefixes or service_tags, and name it as group.name."
    )


def _shown(value: Json) -> str:
    if isinstance(value, str):
        return json.dumps(value[:60], ensure_ascii=False)
    return json.dumps(value) if isinstance(value, bool | int | float) else kind_of(value)  # type: ignore[arg-type]


def _choices(annotated: dict[str, Any]) -> list[str]:
    return [choice for option in annotated.get("anyOf", ()) for choice in option.get("enum", ())]


def _at(schema: dict[str, Any], path: list[str | int]) -> dict[str, Any]:
    here: Any = schema
    for step in path:
        here = here[step]
    return here if isinstance(here, dict) else {}


def _nearest_with(keyword: str, schema: dict[str, Any], path: list[str | int]) -> dict[str, Any]:
    """The innermost schema on the way that carries `keyword`."""
    for length in range(len(path), -1, -1):
        here = _at(schema, path[:length])
        if isinstance(here.get(keyword), str):
            return here
    return {}
