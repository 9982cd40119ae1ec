"""What editors take from a catalog of schemas: which files, which schema, and that their validators can read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flowspec.schema_files import read_schema
from flowspec.spec.converting import converted
from flowspec.spec.source import PATTERNS, SpecText

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads(read_schema("spec"))
SPECS = [file for file in sorted(ROOT.glob("examples/**/*.flow.*")) if file.name.endswith((".hcl", ".json"))]
DRAFT_07 = {**SCHEMA, "$schema": "http://json-schema.org/draft-07/schema#"}
ANNOTATIONS = {"$ref", "description", "title", "examples", "default", "errorMessage"}


def parts(schema: object) -> Iterator[dict[str, Any]]:
    """Everything in a schema that is a map."""
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from parts(inner)


def test_the_entry_is_one_that_the_store_takes() -> None:
    """Its own schema asks for these keys and no others, and for addresses that begin with https."""
    catalog = json.loads((ROOT / "schemas" / "catalog.json").read_text("utf-8"))
    assert set(catalog) == {"$schema", "version", "schemas"}
    assert catalog["$schema"] == "https://json.schemastore.org/schema-catalog.json"
    (entry,) = catalog["schemas"]
    assert set(entry) == {"name", "description", "fileMatch", "url"}
    assert entry["url"] == SCHEMA["$id"] and entry["url"].startswith("https://")
    assert entry["fileMatch"] == [pattern for pattern in PATTERNS if pattern.endswith(".json")]
    assert all(fnmatchcase(name, entry["fileMatch"][0]) for name in ("prod.flow.json", "a.b.flow.json"))


def test_validators_of_draft_07_read_the_schema_as_those_of_2020_12() -> None:
    """Editors know that draft best. It ignores what stands beside `$ref`, and lacks some keywords."""
    jsonschema.Draft7Validator.check_schema(DRAFT_07)
    for part in parts(SCHEMA):
        if isinstance(part.get("$ref"), str):
            assert set(part) <= ANNOTATIONS and part["$ref"].startswith("#/$defs/")
        assert not set(part) & {
            "prefixItems",
            "dependentRequired",
            "dependentSchemas",
            "unevaluatedProperties",
            "$anchor",
        }


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.name)
def test_both_drafts_agree_on_specs_and_on_mistakes(file: Path) -> None:
    text = file.read_text("utf-8")
    spec = json.loads(text if file.suffix == ".json" else converted(SpecText(str(file), text)))
    old, new = jsonschema.Draft7Validator(DRAFT_07), jsonschema.Draft202012Validator(SCHEMA)
    assert old.is_valid(spec) and new.is_valid(spec)
    for kind, blocks in spec.items():
        for wrong in ({**spec, kind: 7}, {**spec, f"{kind}s": blocks}, {**spec, kind: {"x": {"nothing": 1}}}):
            assert old.is_valid(wrong) == new.is_valid(wrong)
    assert not old.is_valid({**spec, "groups": {}})
