"""A lint document -> the same without what comments of the spec say to ignore."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from flowspec.errors import Problem, Severity
from flowspec.model.documents.lint import Lint, LintFinding, counted
from flowspec.model.spec import LintIgnore
from flowspec.reporting.plan import LineLookup, problem


def without_ignored(lint: Lint, ignores: Sequence[LintIgnore], today: date, located: LineLookup) -> Lint:
    """Comments that are past their day hide nothing, and are told; so are those that hide nothing at all."""
    standing = [one for one in ignores if one.until >= today]
    used: set[int] = set()
    kept = []
    for finding in lint.findings:
        hiding = [at for at, one in enumerate(standing) if _hides(one, finding)]
        used.update(hiding)
        if not hiding:
            kept.append(finding)
    told = [problem(one, located) for one in _problems(ignores, standing, used, today)]
    summary = counted(lint.summary, kept, ignored=len(lint.findings) - len(kept))
    return msgspec.structs.replace(lint, findings=tuple(kept), summary=summary, problems=(*lint.problems, *told))


def _hides(ignore: LintIgnore, finding: LintFinding) -> bool:
    if ignore.code != finding.code:
        return False
    name = finding.resource.rpartition("/")[2]
    rule = finding.rule.rpartition("/")[2]
    return not ignore.of or fnmatchcase(f"{name}/{rule}".casefold(), ignore.of.casefold())


def _problems(
    ignores: Sequence[LintIgnore], standing: Sequence[LintIgnore], used: set[int], today: date
) -> Iterable[Problem]:
    for one in ignores:
        if one.until < today:
            summary = f"flowspec:ignore {one.code} ended on {one.until.isoformat()}: what it hid is told again"
            yield Problem(Severity.WARNING, summary, "mend it, or give the comment another day", one.where)
    for at, one in enumerate(standing):
        if at not in used:
            yield Problem(Severity.INFO, f"flowspec:ignore {one.code} hides nothing", "take the comment out", one.where)
