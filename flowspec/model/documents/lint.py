"""What linting a network found, as plain data: exactly the document of `schemas/lint.schema.json`, typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from flowspec.model.documents.values import DecidedBy, DocumentValue, IntentProblem, InventorySource, SourceLine

FORMAT_VERSION = "1.0"


class LintFinding(DocumentValue, frozen=True, kw_only=True):
    """One finding; `code` has a page of its own, `about` says of what it is a case. `resource` is an id.

    `nsg` is the id of an NSG and `rule` is spelt as ipFlowVerify does; both are empty where it is about neither.
    `because` are the rules it rests on. `fix` says what would mend it; empty where that is for a person to decide.
    """

    code: str
    about: str
    severity: Literal["error", "warning", "info"]
    nsg: str
    rule: str
    where: SourceLine | None
    message: str
    because: tuple[DecidedBy, ...]
    fix: str
    resource: str
    access: str = ""
    priority: int | None = None


class LintSummary(DocumentValue, frozen=True, kw_only=True):
    """How many of each there are. `ignored` by comments of the spec; `known` to the baseline. Neither is listed."""

    findings: int = 0
    errors: int = 0
    warnings: int = 0
    infos: int = 0
    ignored: int = 0
    known: int = 0
    nsgs: int = 0
    rules: int = 0


class Lint(DocumentValue, frozen=True, kw_only=True):
    """The lint document: every finding, the gravest first. `problems` are those of the inventory, and of comments."""

    format_version: str
    flowspec_version: str
    inventory: tuple[InventorySource, ...]
    summary: LintSummary
    findings: tuple[LintFinding, ...]
    problems: tuple[IntentProblem, ...] = ()


def counted(summary: LintSummary, findings: Sequence[LintFinding], *, ignored: int = 0, known: int = 0) -> LintSummary:
    """The counts of what is left in a document, with so many more that are ignored or known."""
    of = Counter(finding.severity for finding in findings)
    return LintSummary(
        findings=len(findings),
        errors=of["error"],
        warnings=of["warning"],
        infos=of["info"],
        ignored=summary.ignored + ignored,
        known=summary.known + known,
        nsgs=summary.nsgs,
        rules=summary.rules,
    )
