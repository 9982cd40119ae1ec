"""Comments of HCL files -> which findings of lint they say to ignore, why, and until when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from flowspec.errors import Problem, Severity
from flowspec.model.spec import LintIgnore
from flowspec.spec.source import SpecText, printable
from flowspec.spec.tokens import scan

_MARK = "flowspec:ignore"
_COMMENT = re.compile(
    r"(?:#|//)\s*flowspec:ignore\s+(?P<code>FS[0-9]{3})(?:\s+(?P<of>\S*/\S*))?\s+(?P<reason>\S.*?)"
    r"\s+until\s+(?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2})\s*"
)
_FORM = "Write # flowspec:ignore FS101 [NSG/RULE] reason until 2027-01-31"


def ignores_in(sources: Iterable[SpecText]) -> tuple[tuple[LintIgnore, ...], tuple[Problem, ...]]:
    """What the comments say; a warning for each that begins so and can't be read: it is not honoured."""
    found: list[LintIgnore] = []
    problems: list[Problem] = []
    for source in sources:
        if source.is_json or _MARK not in source.text:
            continue
        for kind, start, end in scan(source.text):
            text = source.text[start:end].strip()
            if kind != "comment" or not re.match(rf"(?:#|//)\s*{_MARK}\b", text):
                continue
            read = _COMMENT.fullmatch(text)
            until = _day(read["until"]) if read else None
            where = source.where(start)
            if read is None or until is None:
                summary = f"A comment is not honoured: {printable(text)[:200]}"
                problems.append(Problem(Severity.WARNING, summary, _FORM, where))
                continue
            found.append(
                LintIgnore(code=read["code"], reason=read["reason"], until=until, of=read["of"] or "", where=where)
            )
    return tuple(found), tuple(problems)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
