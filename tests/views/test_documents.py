"""Each document of a command: its schema is its type, and every document is drawn in every format."""

from __future__ import annotations

import json

import jsonschema
import msgspec
import pytest

from flowspec.model.documents.apply import ApplyResult
from flowspec.model.documents.coverage import Coverage
from flowspec.model.documents.diff import Diff
from flowspec.model.documents.explain import Explanation
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.optimize import Optimized
from flowspec.model.documents.plan import DocumentValue, Report
from flowspec.model.documents.targets import Targets
from flowspec.model.documents.validate import Validation
from flowspec.model.documents.verify import FlowAnswer
from flowspec.schema_files import read_schema
from flowspec.views import VIEWS, Style, Views
from tests.document import assert_is_the_type, fits

TYPES: dict[str, type[DocumentValue]] = {
    "plan": Report, "diff": Diff, "targets": Targets, "validate": Validation, "verify": FlowAnswer,
    "apply": ApplyResult, "explain": Explanation, "lint": Lint, "coverage": Coverage,
    "optimize": Optimized}  # fmt: skip
RESULTS = [
    (FlowAnswer(access="Allow", rule_name="securityRules/a", rule_id="/x"), '{"access":"Allow","ruleName":"securityRules/a","ruleId":"/x"}'),  # noqa: E501
    (FlowAnswer(access="Deny", rule_name="defaultSecurityRules/DenyAllInBound", rule_id=""), '{"access":"Deny","ruleName":"defaultSecurityRules/DenyAllInBound","ruleId":""}'),  # noqa: E501
    (FlowAnswer(access="Allow", rule_id=""), '{"access":"Allow","ruleId":""}'),
    (FlowAnswer(access="Unknown", reason="no data"), '{"access":"Unknown","reason":"no data"}'),
]  # fmt: skip


def test_every_document_has_its_views_and_its_type() -> None:
    """A snapshot is Azure's own JSON, and nothing to read."""
    assert {*TYPES, "snapshot"} == set(VIEWS) == set(Views.__annotations__)
    assert all({"text", "json"} <= set(dict(VIEWS)[name]) for name in TYPES)  # type: ignore[call-overload]


@pytest.mark.parametrize("name", TYPES)
def test_the_schema_is_the_type(name: str) -> None:
    schema = json.loads(read_schema(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{name}.schema.json")
    assert_is_the_type(schema, TYPES[name])


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"verify"}))
def test_every_document_has_a_version(name: str) -> None:
    """But Azure's own."""
    schema = json.loads(read_schema(name))
    assert schema["required"][0] == "format_version"
    assert schema["properties"]["format_version"]["pattern"] == r"^1\.\d+$"


@pytest.mark.parametrize(("answer", "expected"), RESULTS)
def test_a_result_is_the_rest_result(answer: FlowAnswer, expected: str) -> None:
    text = VIEWS["verify"]["json"](answer, Style())
    assert msgspec.json.format(fits(text, "verify"), indent=0).replace(" ", "") == expected.replace(" ", "")


@pytest.mark.parametrize(
    "wrong", [{"access": "Unknown"}, {"access": "Allow"}, {"access": "Allow", "ruleId": "", "reason": "x"}, {}]
)
def test_what_no_result_is_does_not_fit(wrong: dict[str, str]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json.loads(read_schema("verify")))
