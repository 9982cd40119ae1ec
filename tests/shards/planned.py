"""A spec and a network -> the whole plan, and what its shards are merged to, each by way of its document."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from flowspec.model.report import IntentResult, Report
from flowspec.shards import Part, merge
from flowspec.views import VIEWS, Style
from flowspec.views.json import read
from tests.document import fits, fitting

Planned = Callable[[tuple[int, int] | None], Report]
"""The plan of one shard (number, of how many), or of all intents."""


def parts_of(planned: Planned, of: int) -> list[Part]:
    """The shards as `show` reads them."""
    return [Part(f"{n}.json", read(document(planned((n, of))))) for n in range(1, of + 1)]


def document(report: Report) -> str:
    return fits(VIEWS["json"](report, Style()))


def merged(planned: Planned, of: int) -> Report:
    return fitting(merge(parts_of(planned, of)))


def judged(report: Report) -> list[IntentResult]:
    """The intents without what depends on the changes on offer."""
    return [
        msgspec.structs.replace(
            intent, causes=tuple(msgspec.structs.replace(c, changes=(), no_change="") for c in intent.causes)
        )
        for intent in report.intents
    ]


def with_changes(planned: Planned, of: int) -> set[int]:
    """The shards that suggest something."""
    return {n for n in range(1, of + 1) if planned((n, of)).suggested_changes}
