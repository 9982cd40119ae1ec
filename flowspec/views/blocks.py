"""One intent -> its block of the text report."""

from __future__ import annotations

from typing import TypeVar

from flowspec.model.documents.plan import (
    Action,
    Cause,
    Change,
    Decider,
    IntentProblem,
    IntentResult,
    Place,
    Report,
    Status,
    UnknownPairs,
)
from flowspec.views.changes import fix_phrase, proof_phrases
from flowspec.views.flows import count_phrase, example_phrase, phrase
from flowspec.views.layout import beside, fill, visible
from flowspec.views.names import Names
from flowspec.views.style import Style

HEADS = {
    Status.ERRORED: ("!", "ERROR", "red"),
    Status.DRIFTED: ("✗", "DRIFT", "red"),
    Status.UNKNOWN: ("?", "UNKNOWN", "yellow"),
    Status.SATISFIED: ("✓", "OK", "green"),
}
INDENT = " " * 4
_LABEL = 11
_MOST = 10
"""Blocks of one intent that are shown unless all are asked for."""
_T = TypeVar("_T")
_SYMBOL_COLOURS: dict[Action, str] = {"create": "green", "update": "yellow", "delete": "red"}


class Blocks:
    """Writes the blocks of one report in one style."""

    def __init__(self, report: Report, names: Names, style: Style) -> None:
        self._report = report
        self._names = names
        self._style = style

    def head(self, intent: IntentResult) -> list[str]:
        """`✗ DRIFT   intent.x  (error, owner)     file:line`."""
        mark, word, colour = HEADS[intent.status]
        about = ", ".join(filter(None, (intent.severity, visible(intent.owner))))
        title = f"{mark} {word:<8}{visible(intent.address)}  ({about})"
        lines = beside([title], place_text(intent.where), self._style.width, len(INDENT))
        coloured = self._style.paint(f"{mark} {word}", "bold", colour)
        return [lines[0].replace(f"{mark} {word}", coloured, 1), *lines[1:]]

    def block(self, intent: IntentResult) -> list[str]:
        """The head and all that is to say of an intent that is not satisfied."""
        lines = self.head(intent)
        if intent.description:
            lines += self._text(visible(intent.description))
        for at, cause in enumerate(self._shown(intent.causes)):
            lines += ([""] if at else []) + self._cause(intent, cause)
        if left := self._left_out(len(intent.causes), "cause"):
            lines += ["", *left]
        lines += self._unknowns(intent)
        for problem in intent.problems:
            lines += self._problem(problem, intent)
        return lines

    def _cause(self, intent: IntentResult, cause: Cause) -> list[str]:
        endpoints = self._names.list(cause.endpoints)
        flows = phrase(cause.flows, endpoints, cause.direction)
        if cause.truncated:
            flows += f"; cut here, {count_phrase(cause.total)} in all"
        lines = self._text(f"{_complaint(intent, cause)} {flows}")
        if cause.total.example:
            lines += self._text(f"for example {example_phrase(cause.total.example)}")
        for at, decider in enumerate(cause.deciders):
            lines += self._labelled("" if at else "decided by", self._decider(decider), place_text(decider.where))
        return lines + self._fixes(intent, cause)

    def _decider(self, decider: Decider) -> str:
        if not decider.rule and not decider.nsg:
            return f"nothing: {visible(decider.note) or 'no NSG applied'}"
        if not decider.rule:
            return f"{self._names.of(decider.nsg)}: {visible(decider.note) or 'no rule matches'}"
        note = f"; {visible(decider.note)}" if decider.note else ""
        nsg = f"{self._names.of(decider.nsg)}/" if decider.nsg else ""
        about = decider.access if decider.priority is None else f"{decider.priority}, {decider.access}"
        return f"{nsg}{visible(decider.rule)} ({about}){note}"

    def _fixes(self, intent: IntentResult, cause: Cause) -> list[str]:
        """The changes, after those that belong together the proof of them all, and why they are not enough."""
        changes = [self._report.suggested_changes[at] for at in cause.changes]
        if not changes:
            return self._labelled("fix", f"none: {visible(cause.no_change)}") if cause.no_change else []
        lines = []
        for at, change in enumerate(changes):
            first = at == 0 or changes[at - 1].batch != change.batch
            last = at + 1 == len(changes) or changes[at + 1].batch != change.batch
            lines += self._fix("fix" if first else "", change)
            if change.note:
                lines += self._labelled("", visible(change.note))
            if last:
                lines += self._labelled("proof", "; ".join(proof_phrases(change, intent, cause)))
                lines += self._unproved(change.proof.truncated)
        return lines + (self._labelled("rest", f"not mended: {visible(cause.no_change)}") if cause.no_change else [])

    def _fix(self, label: str, change: Change) -> list[str]:
        words = fix_phrase(change, self._names)
        lines = self._labelled(label, words)
        symbol = words.split(" ", 1)[0]
        return [
            lines[0].replace(symbol, self._style.paint(symbol, _SYMBOL_COLOURS[change.change.action]), 1),
            *lines[1:],
        ]

    def _unproved(self, truncated: bool) -> list[str]:
        if not truncated:
            return []
        return self._labelled("", "its lists are cut, so it is not rendered: plan again with a larger --max-boxes")

    def _unknowns(self, intent: IntentResult) -> list[str]:
        lines = [""] if intent.causes and intent.flows.unknown else []
        for at, unknown in enumerate(self._shown(intent.flows.unknown)):
            lines += self._text(self._unknown(intent, unknown, first=at == 0))
            if unknown.settle:
                lines += self._labelled("to settle", visible(unknown.settle))
        return lines + self._left_out(len(intent.flows.unknown), "reason")

    def _unknown(self, intent: IntentResult, unknown: UnknownPairs, *, first: bool) -> str:
        reason = visible(unknown.reason)
        if not unknown.endpoints:
            flows = phrase(unknown.flows)
            return f"Unknown for {flows}: {reason}" if flows else f"Unknown: {reason}"
        text = f"{self._names.list(unknown.endpoints).partition(': ')[2]}: {reason}"
        return f"{_settled_phrase(intent)}{text}" if first and intent.status is Status.UNKNOWN else text

    def _problem(self, problem: IntentProblem, intent: IntentResult) -> list[str]:
        place = "" if problem.where == intent.where else place_text(problem.where)
        lines = beside(self._text(visible(problem.summary)), place, self._style.width, len(INDENT))
        return lines + (self._text(visible(problem.detail)) if problem.detail else [])

    def _shown(self, items: tuple[_T, ...]) -> tuple[_T, ...]:
        """As many as are read at a glance."""
        return items if self._style.everything else items[:_MOST]

    def _left_out(self, count: int, noun: str) -> list[str]:
        left = 0 if self._style.everything else count - _MOST
        return self._text(f"and {left:,} more {noun}{'' if left == 1 else 's'} (--all lists them)") if left > 0 else []

    def _text(self, text: str) -> list[str]:
        return fill(text, self._style.width, INDENT, INDENT)

    def _labelled(self, label: str, text: str, place: str = "") -> list[str]:
        first = f"{INDENT}{label:<{_LABEL}}"
        return beside(fill(text, self._style.width, first), place, self._style.width, len(first))


def place_text(place: Place | None) -> str:
    """`file:line`; the column is left to the JSON document."""
    if place is None:
        return ""
    return f"{visible(place.file)}:{place.line}" if place.line else visible(place.file)


def _complaint(intent: IntentResult, cause: Cause) -> str:
    """What was expected and what the filters do instead: they permit or deny, they never reach."""
    expected = "nothing else to cross" if intent.kind == "boundary" else intent.expect
    permitted = intent.expect == "Deny"
    if not any(decider.rule or decider.nsg for decider in cause.deciders):
        return f"Expected {expected}, but without an NSG these are {'permitted' if permitted else 'denied'}:"
    return f"Expected {expected}, but {_filters(cause)} {'permit' if permitted else 'deny'}"


def _filters(cause: Cause) -> str:
    """Who decided: NSGs, security admin rules, or both."""
    admin = [decider.rule.startswith("adminRules/") for decider in cause.deciders if decider.rule or decider.nsg]
    if all(admin):
        return "security admin rules"
    return "security admin rules and NSGs" if any(admin) else "NSGs"


def _settled_phrase(intent: IntentResult) -> str:
    open_ends = {endpoint for unknown in intent.flows.unknown for endpoint in unknown.endpoints}
    if any(not unknown.endpoints for unknown in intent.flows.unknown) or intent.endpoints <= len(open_ends):
        return ""
    return f"{intent.endpoints - len(open_ends):,} of {intent.endpoints:,} NICs satisfied. "
