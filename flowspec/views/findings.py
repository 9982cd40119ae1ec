"""Intents that are not satisfied -> findings: what is wrong for one reason is one, in however many NSGs and intents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import msgspec

from flowspec.model.documents.plan import Cause, Change, DecidedBy, IntentResult, Report, SourceLine, Status
from flowspec.views.flows import services_of
from flowspec.views.names import once
from flowspec.views.style import Style

_ORDER = (Status.ERRORED, Status.DRIFTED, Status.UNKNOWN, Status.SATISFIED)
_SEVERITIES = ("error", "warning", "info")
_T = TypeVar("_T")
_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """A rule that decided, in one NSG or copied into several: `nsgs` are their ids, `places` where it is written."""

    rule: DecidedBy
    nsgs: tuple[str, ...]
    places: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True)
class JointCause:
    """Causes that are alike but for whose NSG has the rule."""

    causes: tuple[Cause, ...]

    @property
    def first(self) -> Cause:
        return self.causes[0]

    @property
    def endpoints(self) -> tuple[str, ...]:
        return once(endpoint for cause in self.causes for endpoint in cause.endpoints)

    @property
    def changes(self) -> tuple[int, ...]:
        return tuple(sorted(set(chain.from_iterable(cause.changes for cause in self.causes))))

    @property
    def deciders(self) -> list[Copied]:
        """What decided, each rule once."""
        found: dict[_Key, list[DecidedBy]] = {}
        for decider in (decider for cause in self.causes for decider in cause.deciders):
            found.setdefault(_rule(decider), []).append(decider)
        return [
            Copied(of[0], once(d.nsg for d in of), once(d.where for d in of if d.where is not None))
            for of in found.values()
        ]


@dataclass(frozen=True, slots=True)
class Finding:
    """One or several intents that want one thing and fail alike; `causes` of an intent that drifts."""

    intents: tuple[IntentResult, ...]
    causes: tuple[JointCause, ...] = ()

    @property
    def first(self) -> IntentResult:
        return self.intents[0]

    def changes(self, report: Report) -> list[Change]:
        """The changes that mend it, each once."""
        numbers = sorted({number for joined in self.causes for number in joined.changes})
        return [report.suggested_changes[number] for number in numbers]

    @property
    def whole(self) -> int:
        """How many flows drift."""
        return sum(map(_drift, self.intents))


def findings(intents: Iterable[IntentResult]) -> list[Finding]:
    """What can't be judged first, then drift, then what is unknown, each by severity; else in the spec's order."""
    alike: dict[_Key, list[tuple[IntentResult, list[JointCause]]]] = {}
    for intent in ranked(intents):
        if intent.status is not Status.SATISFIED:
            causes = joined(intent.causes)
            alike.setdefault(_signature(intent, causes), []).append((intent, causes))
    return [_finding(found) for found in alike.values()]


def of_owner(report: Report, style: Style) -> Report:
    """The report with the intents of one owner only, if one is asked for."""
    if style.owner is None:
        return report
    owned = tuple(i for i in report.intents if i.owner.casefold() == style.owner.casefold())
    return msgspec.structs.replace(report, intents=owned)


def ranked(intents: Iterable[IntentResult]) -> list[IntentResult]:
    return sorted(intents, key=lambda i: (_ORDER.index(i.status), _SEVERITIES.index(i.severity)))


def joined(causes: Iterable[Cause]) -> list[JointCause]:
    """Causes with the same rules, wherever these are, and the same outcome."""
    found = grouped(causes, _cause)
    return [JointCause(tuple(alike)) for alike in found]


def grouped(items: Iterable[_T], key: Callable[[_T], object]) -> list[list[_T]]:
    """Those with equal keys together, in order of appearance."""
    found: dict[object, list[_T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.values())


def _finding(alike: Sequence[tuple[IntentResult, list[JointCause]]]) -> Finding:
    causes = zip(*(causes for _, causes in alike), strict=True)
    together = tuple(JointCause(tuple(chain.from_iterable(one.causes for one in same))) for same in causes)
    return Finding(tuple(intent for intent, _ in alike), together)


def _drift(intent: IntentResult) -> int:
    """Of several causes, which may share flows, all at once."""
    return int((intent.causes[0].total if len(intent.causes) == 1 else intent.flows.drift_total).count)


def _signature(intent: IntentResult, causes: list[JointCause]) -> _Key:
    """Equal for intents that are told as one; what is unknown, in error or has something more to say stands alone."""
    if intent.status is not Status.DRIFTED or intent.flows.unknown or intent.problems:
        return (intent.address,)
    wanted = (intent.kind, intent.expect, intent.severity, intent.description)
    return (*wanted, *((_cause(one.first), services_of(one.causes)) for one in causes))


def _cause(cause: Cause) -> _Key:
    reason = cause.no_change
    for decider in cause.deciders:
        reason = reason.replace(decider.nsg.rpartition("/")[2], "") if decider.nsg else reason
    rules = once(_rule(decider) for decider in cause.deciders)
    return (cause.direction, rules, cause.remote, bool(cause.changes), reason)


def _rule(decider: DecidedBy) -> _Key:
    return (decider.rule, decider.priority, decider.access, decider.note, decider.direction, bool(decider.nsg))
