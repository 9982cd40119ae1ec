"""What lint found <-> the baseline, a file; and a lint document without what the baseline knows."""

from __future__ import annotations

import msgspec

from flowspec.errors import FlowspecError, Problem, Severity, Where
from flowspec.json_escapes import escaped
from flowspec.model.documents.baseline import BASELINE_VERSION, KnownFinding, LintBaseline
from flowspec.model.documents.lint import Lint, LintFinding, counted
from flowspec.version import __version__

_AGAIN = "Write it again with flowspec lint --write-baseline."


def lint_baseline_text(lint: Lint) -> str:
    """The file: every finding by what stays the same when its line moves."""
    found = sorted({_known(finding) for finding in lint.findings}, key=_key)
    baseline = LintBaseline(format_version=BASELINE_VERSION, flowspec_version=__version__, findings=tuple(found))
    return escaped(msgspec.json.format(msgspec.json.encode(baseline), indent=2).decode()) + "\n"


def read_lint_baseline(data: bytes, file: str) -> LintBaseline:
    """The document in a file; FlowspecError for what is none, or of a newer major version."""
    try:
        found = msgspec.json.decode(data, type=LintBaseline)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError) as error:
        raise _refusal(file, f"{file} is not a baseline of lint: {error}") from error
    if found.format_version.partition(".")[0] != BASELINE_VERSION.partition(".")[0]:
        raise _refusal(
            file, f"{file} has format_version {found.format_version}, this flowspec reads {BASELINE_VERSION}"
        )
    return found


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


def _refusal(file: str, summary: str) -> FlowspecError:
    return FlowspecError(Problem(Severity.ERROR, summary, _AGAIN, Where(file)))
