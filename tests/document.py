"""Documents against their schemas: every plan that the tests write goes through here; and schemas against types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec

from flowspec.model.documents.plan import DocumentValue, Report
from flowspec.schema_files import read_schema
from flowspec.views.json import view
from flowspec.views.style import Style
from tests.reasons import headings


@cache
def validator(document: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(read_schema(document)))


def fits(text: str, document: str = "plan") -> str:
    """A document, held against its schema; of a plan, every reason for unknown is one that the documentation has."""
    found = json.loads(text)
    validator(document).validate(found)
    for unknown in _unknown(found) if document == "plan" else ():
        assert "" not in headings(unknown["reason"]), f"docs/unknown.md does not explain: {unknown['reason']}"
    return text


def _unknown(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is unknown of each intent, and on each side of it."""
    for intent in plan["intents"]:
        for holder in (intent["flows"], *intent["checks"]):
            yield from holder["unknown"]


def fitting(report: Report) -> Report:
    """The report, its document held against the schema."""
    fits(view(report, Style()))
    return report


def assert_is_the_type(schema: dict[str, Any], of: type[msgspec.Struct]) -> None:
    """Every field of every type and no other, in the schema, with a description; required if it is always written."""
    _, components = msgspec.json.schema_components([of])
    sparing = {known.__name__ for known in DocumentValue.__subclasses__() if known.__struct_config__.omit_defaults}
    unset = {
        known.__name__: {f.encode_name for f in msgspec.structs.fields(known) if f.default is msgspec.UNSET}
        for known in DocumentValue.__subclasses__()
    }
    assert set(schema.get("$defs", {})) == set(components) - {of.__name__}
    for name, component in components.items():
        described = schema if name == of.__name__ else schema["$defs"][name]
        assert described["description"]
        if "enum" in component:
            assert set(described["enum"]) == set(component["enum"])
            continue
        assert list(described["properties"]) == list(component["properties"]), name
        written = [field for field in component["properties"] if field not in unset.get(name, ())]
        always = component["required"] if name in sparing else written
        assert described["required"] == always, name
        assert described["additionalProperties"] is False
        for field, value in described["properties"].items():
            assert value.get("description"), (name, field)
            assert kinds(value) <= kinds(component["properties"][field]), (name, field)


def kinds(schema: dict[str, object]) -> set[str]:
    """The JSON types and references that a property's schema takes."""
    found: set[str] = set()
    for name, value in schema.items():
        if name == "anyOf" and isinstance(value, list):
            found = found.union(*map(kinds, value))
        elif name == "enum":
            found.add("string")
        elif name in ("type", "$ref"):
            found.add(str(value))
    return found
