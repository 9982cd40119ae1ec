"""What lint found -> the baseline; and a lint document without what the baseline knows."""

from __future__ import annotations

import msgspec

from flowspec.model.documents.baseline import BASELINE_VERSION, KnownFinding, LintBaseline
from flowspec.model.documents.lint import Lint, LintFinding, counted
from flowspec.version import __version__


def lint_baseline(lint: Lint) -> LintBaseline:
    """Every finding by what stays the same when its line moves."""
    found = sorted({_known(finding) for finding in lint.findings}, key=_key)
    return LintBaseline(format_version=BASELINE_VERSION, flowspec_version=__version__, findings=tuple(found))


def without_known(lint: Lint, baseline: LintBaseline) -> Lint:
    """What is new, or graver than it was."""
    known = {_key(one) for one in baseline.findings}
    kept = [finding for finding in lint.findings if _key(_known(finding)) not in known]
    summary = counted(lint.summary, kept, known=len(lint.findings) - len(kept))
    return msgspec.structs.replace(lint, findings=tuple(kept), summary=summary)


def _known(finding: LintFinding) -> KnownFinding:
    return KnownFinding(
        code=finding.code, severity=finding.severity, resource=finding.resource.casefold(), rule=finding.rule.casefold()
    )


def _key(known: KnownFinding) -> tuple[str, ...]:
    return known.resource.casefold(), known.rule.casefold(), known.code, known.severity
