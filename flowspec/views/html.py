"""Plans, diffs, explained flows and coverages -> one HTML file that asks nobody for anything.

What it tells is inert JSON, which its one script arranges; the policy lets run and look what has the digests it names.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import msgspec

from flowspec.json_escapes import escaped
from flowspec.model.documents.coverage import Coverage
from flowspec.model.documents.diff import Diff
from flowspec.model.documents.explain import Explanation
from flowspec.model.documents.plan import Report
from flowspec.views import coverage as coverage_text
from flowspec.views import diff as diff_text
from flowspec.views import explain as explain_text
from flowspec.views import text
from flowspec.views.layout import visible
from flowspec.views.matrix import SHAPES
from flowspec.views.page_coverage import coverage_data
from flowspec.views.page_data import plan_data
from flowspec.views.page_diff import diff_data
from flowspec.views.page_walk import explain_data
from flowspec.views.style import Style

_ROOM = 7_000_000
"""Bytes of words in one file: browsers open it at once, and mail takes it."""
_DETAILS = (12, 4, 1, 0)
"""Items of each list that are told, the first number with which all fits."""
_BRIEF = 500
"""Lines for a browser that runs no script."""
_SCRIPTS = ("dom.js", "paths.js", "walk.js", "findings.js", "matrix.js", "map.js", "coverage.js", "report.js")
_ACTING = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""What could end or open something in HTML, as JSON spells it."""


def view(report: Report, style: Style) -> str:
    """A plan as a page."""
    brief = text.view(report, replace(style, colour=False, everything=False, brief=False))
    name = f": {report.spec.name}" if report.spec.name else ""
    return _page(f"flowspec plan{name}", brief, lambda most: plan_data(report, style, most))


def view_diff(diff: Diff, style: Style) -> str:
    """A diff as a page."""
    brief = diff_text.view(diff, replace(style, colour=False, everything=False))
    return _page("flowspec diff", brief, lambda most: diff_data(diff, style, most))


def view_explain(explanation: Explanation, style: Style) -> str:
    """Explained flows as a page."""
    brief = explain_text.view(explanation, replace(style, colour=False))
    return _page("flowspec explain", brief, lambda most: explain_data(explanation, style, most))


def view_coverage(coverage: Coverage, style: Style) -> str:
    """A coverage as a page."""
    brief = coverage_text.view(coverage, replace(style, colour=False))
    return _page("flowspec coverage", brief, lambda most: coverage_data(coverage, style, most))


def _page(title: str, brief: str, told: Callable[[int], dict[str, Any]]) -> str:
    style, script = _part("report.css"), "\n".join(map(_part, _SCRIPTS))
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    )
    parts = {
        "policy": policy,
        "title": escape(visible(title)),
        "style": style,
        "shapes": "\n".join(
            f'<symbol id="shape-{state}" viewBox="0 0 20 20">{shape}</symbol>' for state, shape in SHAPES.items()
        ),
        "brief": escape("\n".join(brief.splitlines()[:_BRIEF])),
        "data": _fitting(told),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _part("report.html"))


def _fitting(told: Callable[[int], dict[str, Any]]) -> str:
    """As much as there is room for, as JSON in which nothing is HTML."""
    data = ""
    for most in _DETAILS:
        data = escaped(msgspec.json.encode(told(most) | {"most": most}).decode())
        if len(data.encode()) <= _ROOM:
            break
    return re.sub("[<>&]", lambda found: _ACTING[found[0]], data)


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


@cache
def _part(name: str) -> str:
    return (files("flowspec.views") / "page" / name).read_text(encoding="utf-8").strip()
