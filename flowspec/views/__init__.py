"""Report -> str: one function for each format. A new format is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable

from flowspec.model.documents.plan import Report
from flowspec.views import json, text
from flowspec.views.style import Style

View = Callable[[Report, Style], str]

VIEWS: dict[str, View] = {"text": text.view, "json": json.view}

DOCUMENTS = frozenset({"json"})
"""The formats that hold all of a report: the checks, and the flows that are as wished."""

__all__ = ["DOCUMENTS", "VIEWS", "Style", "View"]
