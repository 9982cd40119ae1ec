"""Reports -> SARIF 2.1.0 as GitHub's code scanning takes and shows it: a result for each rule that decides, at its
line, with the intent beside it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import quote

import msgspec

from flowspec.counting import counted
from flowspec.json_escapes import escaped
from flowspec.model.documents.diff import Diff, Effect
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.plan import IntentProblem, Report, SourceLine
from flowspec.views.alert import Alert, AlertLevel, Spot
from flowspec.views.diff_alerts import diff_alerts
from flowspec.views.in_repository import in_repository
from flowspec.views.layout import clipped, visible
from flowspec.views.lint_alerts import lint_alerts
from flowspec.views.plan_alerts import single_alerts
from flowspec.views.style import Style

SarifPart = dict[str, object]
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[AlertLevel, str] = {"error": "error", "warning": "warning", "info": "note"}
_DANGER: dict[AlertLevel, str] = {"error": "8.0", "warning": "5.0", "info": "2.0"}
"""As GitHub reads it: from 7.0 high, from 4.0 medium."""
_RESULTS = 5_000
"""So many are shown of a run."""
_MESSAGE = 2_000
_ROOT = SourceLine(file=".")
_NOTES = 100
_HELP = (
    "A verdict holds for all flows of the intent, not for a sample. Look at the rule that decides and at the intent"
    " that wants something else: change the rule, as the message proposes, or the intent. `flowspec plan` shows all"
    " flows, the fix and its proof."
)
_DIFF_HELP = (
    "The rule at this line decides otherwise than the network before. `flowspec diff` shows all flows, and the rules"
    " before and after."
)

_LINT = re.compile("FS[0-9]{3}")
_LINT_HELP = (
    "What is said holds for all flows, exactly. The page of this code under docs/lint/ says what it means, what to do"
    " and how sure it is; `flowspec lint` shows the rules that it rests on."
)


def view(report: Report, style: Style) -> str:
    """A plan: what is wrong with each intent, by the rules that decide."""
    return _log(single_alerts(report, style), report, style, worked=not report.errored)


def view_diff(diff: Diff, style: Style) -> str:
    """A diff: what opens and closes, by the rules that decide now."""
    return _log(diff_alerts(diff, style, diff.gate), diff, style, worked=True)


def view_lint(lint: Lint, style: Style) -> str:
    """Findings of lint, each at the line of what it is about."""
    return _log(lint_alerts(lint, style), lint, style, worked=True)


def _log(alerts: Sequence[Alert], document: Report | Diff | Lint, style: Style, *, worked: bool) -> str:
    pairs = [(alert, spot) for alert in alerts for spot in alert.spots or (None,)]
    shown = pairs[:_RESULTS]
    rules = {alert.rule: alert for alert, _ in reversed(shown)}
    places = {rule: at for at, rule in enumerate(sorted(rules))}
    notes = [_note(problem) for problem in document.problems[:_NOTES]]
    if left := len(pairs) - len(shown):
        more = counted(left, "more result is", "more results are")
        notes.append(_notification("warning", f"{more} left out: {_RESULTS:,} are shown."))
    run: SarifPart = {
        "tool": {
            "driver": {
                "name": "flowspec",
                "semanticVersion": document.flowspec_version,
                "rules": [_rule(rules[rule]) for rule in places],
            }
        },
        "invocations": [{"executionSuccessful": worked, "toolExecutionNotifications": notes}],
        "columnKind": "unicodeCodePoints",
        "results": _results(shown, places, style),
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return escaped(msgspec.json.format(msgspec.json.encode(log), indent=1).decode()) + "\n"


def _rule(alert: Alert) -> SarifPart:
    words = _DIFF_HELP if alert.rule in set(Effect) else _LINT_HELP if _LINT.fullmatch(alert.rule) else _HELP
    tags = ["network", "azure", *(["security"] if alert.is_open else [])]
    properties: SarifPart = {"tags": tags, "precision": "very-high"}
    if alert.is_open:
        properties["security-severity"] = _DANGER[alert.level]
    return {
        "id": alert.rule,
        "shortDescription": {"text": clipped(alert.about, 1_000)},
        "fullDescription": {"text": clipped(alert.about, 1_000)},
        "help": {"text": words, "markdown": words},
        "defaultConfiguration": {"level": _LEVELS[alert.level]},
        "properties": properties,
    }


def _results(shown: Iterable[tuple[Alert, Spot | None]], places: dict[str, int], style: Style) -> list[SarifPart]:
    """Those of one rule and one intent, for several causes, are numbered: GitHub would take them for one."""
    seen = Counter[str]()
    results = []
    for alert, spot in shown:
        fingerprint = _fingerprint(alert, spot)
        seen[fingerprint] += 1
        result = _result(alert, spot, places, style)
        result["partialFingerprints"] = {"primaryLocationLineHash": f"{fingerprint}:{seen[fingerprint]}"}
        results.append(result)
    return results


def _result(alert: Alert, spot: Spot | None, places: dict[str, int], style: Style) -> SarifPart:
    """At the line of the rule where the repository holds it, else at that of the intent."""
    wanted = in_repository(alert.wanted, style)
    where = (in_repository(spot.where, style) if spot else None) or wanted
    result: SarifPart = {
        "ruleId": alert.rule,
        "ruleIndex": places[alert.rule],
        "level": _LEVELS[alert.level],
        "message": {"text": clipped(_plain("\n".join([alert.title, *map(str, alert.facts)])), _MESSAGE)},
        "locations": [_location(where or _elsewhere(alert, spot, style))],
    }
    if wanted is not None and wanted != where:
        result["relatedLocations"] = [{**_location(wanted), "id": 1, "message": {"text": alert.rule}}]
    return result


def _elsewhere(alert: Alert, spot: Spot | None, style: Style) -> SourceLine:
    """Of what has no line in the repository: the file as the run had it, for readers who have it too."""
    loose = replace(style, tracked=None)
    return in_repository(spot.where if spot else None, loose) or in_repository(alert.wanted, loose) or _ROOT


def _location(where: SourceLine) -> SarifPart:
    region: SarifPart = {"startLine": max(where.line, 1)}
    if where.column:
        region["startColumn"] = where.column
    location: SarifPart = {"physicalLocation": {"artifactLocation": {"uri": quote(where.file)}, "region": region}}
    if where.address:
        location["logicalLocations"] = [{"fullyQualifiedName": visible(where.address), "kind": "resource"}]
    return location


def _fingerprint(alert: Alert, spot: Spot | None) -> str:
    """The same for the same rule and intent, on whatever line and with whatever flows."""
    parts = (alert.rule, *spot.key) if spot else alert.key
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


def _note(problem: IntentProblem) -> SarifPart:
    told = visible(f"{problem.summary}: {problem.detail}" if problem.detail else problem.summary)
    return _notification(_LEVELS[problem.severity], clipped(_plain(told), _MESSAGE))


def _notification(level: str, text: str) -> SarifPart:
    return {"level": level, "message": {"text": text}}


def _plain(text: str) -> str:
    """No link of SARIF's, which only a name could have brought."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]") if "](" in text else text
