"""Plans -> the one file that a dialect makes of them."""

from __future__ import annotations

from flowspec.model.documents.plan import Report
from flowspec.patches import Patch, render


def one(report: Report, dialect: str) -> Patch:
    """The only file."""
    (patch,) = render(report, dialect)
    return patch
