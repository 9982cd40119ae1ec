"""Plan documents against their schema: every plan that the tests write goes through here."""

from __future__ import annotations

import json

import jsonschema_rs

from flowspec.model.report import Report
from flowspec.schema_files import read_schema
from flowspec.views.json import view
from flowspec.views.style import Style

_PLAN = jsonschema_rs.Draft202012Validator(json.loads(read_schema("plan")))


def fits(text: str) -> str:
    """The document, held against the schema."""
    _PLAN.validate(json.loads(text))
    return text


def fitting(report: Report) -> Report:
    """The report, its document held against the schema."""
    fits(view(report, Style()))
    return report
