"""Documents -> str: for each document one function for each format. A new format is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypedDict, TypeVar

from flowspec.model.documents.apply import ApplyResult
from flowspec.model.documents.coverage import Coverage
from flowspec.model.documents.diff import Diff
from flowspec.model.documents.explain import Explanation
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.optimize import Optimized
from flowspec.model.documents.plan import Report
from flowspec.model.documents.snapshot import Snapshot
from flowspec.model.documents.targets import Targets
from flowspec.model.documents.validate import Validation
from flowspec.model.documents.verify import FlowAnswer
from flowspec.views import (
    apply,
    azure_devops,
    coverage,
    diff,
    explain,
    github,
    html,
    json,
    junit,
    lint,
    markdown,
    optimize,
    sarif,
    snapshot,
    svg,
    targets,
    text,
    validate,
    verify,
)
from flowspec.views.style import Style

AnyDocument = TypeVar(
    "AnyDocument",
    Report,
    Diff,
    Targets,
    Validation,
    FlowAnswer,
    Snapshot,
    ApplyResult,
    Explanation,
    Lint,
    Coverage,
    Optimized,
)
Formats = Mapping[str, Callable[[AnyDocument, Style], str]]
"""The views of one document, by the name that `-o` takes."""


class Views(TypedDict):
    """Document -> its formats."""

    plan: Formats[Report]
    diff: Formats[Diff]
    targets: Formats[Targets]
    validate: Formats[Validation]
    verify: Formats[FlowAnswer]
    snapshot: Formats[Snapshot]
    apply: Formats[ApplyResult]
    lint: Formats[Lint]
    explain: Formats[Explanation]
    coverage: Formats[Coverage]
    optimize: Formats[Optimized]


VIEWS: Views = {
    "plan": {
        "text": text.view,
        "json": json.view,
        "markdown": markdown.comment,
        "step-summary": markdown.summary,
        "sarif": sarif.view,
        "junit": junit.view,
        "github": github.view,
        "azure-devops": azure_devops.view,
        "html": html.view,
        "svg": svg.view,
    },
    "diff": {
        "text": diff.view,
        "json": json.view,
        "markdown": markdown.diff_comment,
        "step-summary": markdown.diff_summary,
        "sarif": sarif.view_diff,
        "junit": junit.view_diff,
        "github": github.view_diff,
        "azure-devops": azure_devops.view_diff,
        "html": html.view_diff,
    },
    "targets": {"text": targets.view, "json": json.view},
    "validate": {"text": validate.view, "json": json.view},
    "verify": {"text": verify.view, "json": json.view},
    "snapshot": {"json": snapshot.view},
    "apply": {"text": apply.view, "json": json.view},
    "lint": {
        "text": lint.view,
        "json": json.view,
        "markdown": markdown.lint_comment,
        "step-summary": markdown.lint_summary,
        "sarif": sarif.view_lint,
        "junit": junit.view_lint,
        "github": github.view_lint,
        "azure-devops": azure_devops.view_lint,
    },
    "explain": {"text": explain.view, "json": json.view, "html": html.view_explain},
    "coverage": {"text": coverage.view, "json": json.view, "html": html.view_coverage},
    "optimize": {"text": optimize.view, "json": json.view},
}

WHOLE = frozenset({"html", "json"})
"""The formats that hold all of a report: the checks, and the flows that are as wished."""

__all__ = ["VIEWS", "WHOLE", "AnyDocument", "Formats", "Style", "Views"]
