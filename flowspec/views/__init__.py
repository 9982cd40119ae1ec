"""Report -> str: one function for each format. A new format is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable

from flowspec.model.report import Report
from flowspec.views import json, text
from flowspec.views.style import Style

View = Callable[[Report, Style], str]

VIEWS: dict[str, View] = {"text": text.view, "json": json.view}

__all__ = ["VIEWS", "Style", "View"]
