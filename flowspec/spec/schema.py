"""What a block may hold, by `schemas/spec.schema.json`, and whether it does.

jsonschema-rs says whether something fits, a thousand times as fast as jsonschema. `explain.py` says with jsonschema why
it does not, and is loaded for that only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flowspec.schema_files import read_schema
from flowspec.spec.values import Json

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

Schema = Mapping[str, Any]


@lru_cache(maxsize=1)
def whole() -> dict[str, Any]:
    """The schema of a spec."""
    schema: dict[str, Any] = json.loads(read_schema("spec"))
    return schema


def of_kind(kind: str) -> Schema:
    """The schema of one block, which can be used alone."""
    return {"$ref": f"#/$defs/{kind}", "$defs": whole()["$defs"]}


def fits(instance: Json, kind: str = "") -> bool:
    """Whether a whole spec, or one block of a kind, is as the schema has it."""
    return gate(json.dumps({"$ref": f"#/$defs/{kind}"}) if kind else "").is_valid(instance)


@lru_cache(maxsize=128)
def gate(schema: str) -> Draft202012Validator:
    """Says whether something fits a part of the schema, given as JSON; the whole of it for ""."""
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator({**json.loads(schema), "$defs": whole()["$defs"]} if schema else whole())


def arguments(kind: str) -> Mapping[str, Schema]:
    """The arguments that a block of a kind may have, each with its schema; none where they are the user's own."""
    properties: Mapping[str, Schema] = whole()["$defs"].get(kind, {}).get("properties", {})
    return properties


def bare_word(kind: str, argument: str, word: str) -> str:
    """What to write for a word without quotes; "" where the argument takes any text."""
    schema = arguments(kind)[argument]
    words = [word for one in schema.get("anyOf", ()) for word in one.get("enum", ())]
    for known in words:
        if known.casefold() == word.casefold():
            return f'A word takes double quotes: {argument} = "{known}".'
    message = innermost("errorMessage", [followed(schema)])
    return f"{argument} {message}." if words or "references" in message or "true or false" in message else ""


def followed(schema: Schema) -> Schema:
    """What a schema that is a reference stands for."""
    while isinstance(reference := schema.get("$ref"), str):
        schema = whole()["$defs"][reference.rpartition("/")[2]]
    return schema


def innermost(keyword: str, way: Iterable[Schema]) -> str:
    """The text of a keyword in the last of the schemas that has it; "" without any."""
    found = [text for here in way if isinstance(text := here.get(keyword), str)]
    return found[-1] if found else ""
