"""One finding -> its block of the text report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from flowspec.counting import counted
from flowspec.model.documents.plan import (
    Action,
    Cause,
    Change,
    IntentProblem,
    IntentResult,
    Report,
    SourceLine,
    Status,
    UnknownPairs,
)
from flowspec.views.changes import alike, alone_phrases, fix_phrase, is_exact, proof_phrases, share_phrase
from flowspec.views.findings import Copied, Finding, JointCause
from flowspec.views.flows import count_phrase, example_phrase, named_phrase, phrase
from flowspec.views.layout import beside, fill, visible
from flowspec.views.names import DisplayNames, once, shortened
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
"""So many of one kind are shown in a block unless all are asked for."""
_NSGS = 6
_SIDES = {"Inbound": " at the destination", "Outbound": " at the source", "": ""}
_T = TypeVar("_T")
_SYMBOL_COLOURS: dict[Action, str] = {"create": "green", "update": "yellow", "delete": "red"}


class Blocks:
    """Writes the blocks of one report in one style. `missing`: what is told elsewhere (as `settle` has it)."""

    def __init__(self, report: Report, names: DisplayNames, style: Style, missing: Collection[str] = ()) -> None:
        self._report = report
        self._names = names
        self._style = style
        self._missing = missing
        self._told: dict[int, str] = {}

    def head(self, intent: IntentResult) -> list[str]:
        """`✗ DRIFT   intent.x  (error, owner)     file:line`."""
        about = ", ".join(filter(None, (intent.severity, visible(intent.owner))))
        return self._head(intent.status, f"{visible(intent.address)}  ({about})", place_text(intent.where))

    def block(self, finding: Finding) -> list[str]:
        """The head and all that is to say of a finding; nothing where all of it is told elsewhere."""
        intent = finding.first
        unknown = [one for one in intent.flows.unknown if one.settle not in self._missing]
        if not (finding.causes or unknown or intent.problems or intent.status is not Status.UNKNOWN):
            return []
        lines = self.head(intent) if len(finding.intents) == 1 else self._heads(finding)
        if intent.description:
            lines += self._text(visible(intent.description))
        for at, joined in enumerate(self._shown(finding.causes)):
            lines += ([""] if at else []) + self._cause(finding, joined)
        if left := self._left_out(len(finding.causes), "cause"):
            lines += ["", *left]
        lines += self._unknowns(intent, unknown)
        for problem in intent.problems:
            lines += self._problem(problem, intent)
        return lines

    def own_rules(self) -> list[str]:
        """The changes of rules that mend nothing and stand in no other block: rules that flowspec made before.

        Without a spec, they are what `flowspec optimize` found.
        """
        told = {number for intent in self._report.intents for cause in intent.causes for number in cause.changes}
        changes = [one for number, one in enumerate(self._report.suggested_changes) if number not in told]
        if not changes:
            return []
        has_spec = bool(self._report.spec.files)
        made = "that flowspec made for this spec no longer"
        why = counted(len(changes), f"rule {made} fits it", f"rules {made} fit it")
        if not has_spec:
            why = f"{counted(len(changes), 'rule')} to change, and every flow fares as before"
        lines = fill(f"~ RULES   {why}", self._style.width)
        for same in self._shown(kinds := alike(changes)):
            lines += self._fix("fix", same)
            lines += self._labelled("proof", "; ".join(alone_phrases(same))) if has_spec else []
            lines += self._unproved(any(change.proof.truncated for change in same))
        return lines + self._left_out(len(kinds), "rule")

    def _head(self, status: Status, title: str, place: str) -> list[str]:
        mark, word, colour = HEADS[status]
        lines = beside([f"{mark} {word:<8}{title}"], place, self._style.width, len(INDENT))
        coloured = self._style.paint(f"{mark} {word}", "bold", colour)
        return [lines[0].replace(f"{mark} {word}", coloured, 1), *lines[1:]]

    def _heads(self, finding: Finding) -> list[str]:
        """One line for each of several intents."""
        kinds = {intent.kind for intent in finding.intents}
        noun = "boundaries" if kinds == {"boundary"} else "intents"
        lines = self._head(finding.first.status, f"{len(finding.intents):,} {noun}  ({finding.first.severity})", "")
        for intent in self._shown(finding.intents):
            owner = f"  ({visible(intent.owner)})" if intent.owner else ""
            line = f"{INDENT}{visible(intent.address)}{owner}"
            lines += beside([line], place_text(intent.where), self._style.width, 2 * len(INDENT))
        return lines + self._left_out(len(finding.intents), noun[:-1] if noun == "intents" else "boundary")

    def _cause(self, finding: Finding, joined: JointCause) -> list[str]:
        lines = self._text(f"{complaint(finding.first, joined)} {self.flows(finding, joined)}")
        if joined.first.total.example:
            lines += self._text(f"for example {example_phrase(joined.first.total.example)}")
        sides = {of.rule.direction for of in joined.deciders}
        for at, copied in enumerate(self._shown(joined.deciders)):
            side = _SIDES[copied.rule.direction] if len(sides) > 1 else ""
            lines += self._labelled("" if at else "decided by", self.decider(copied) + side, _places(copied.places))
        if left := self._left_out(len(joined.deciders), "rule"):
            lines += [" " * _LABEL + line for line in left]
        return lines + self._fixes(finding, joined)

    def flows(self, finding: Finding, joined: JointCause) -> str:
        """The flows of a cause in words, the spec's where it has some, and who judges them."""
        endpoints, first = self._names.list(joined.endpoints), joined.first
        truncated = any(cause.truncated for cause in joined.causes)
        if first.remote and first.direction and not truncated:
            return named_phrase(joined.causes, endpoints)
        pairs = tuple(pair for cause in joined.causes for pair in cause.flows)
        text = phrase(pairs, endpoints, first.direction)
        if not truncated:
            return text
        alone = len(joined.causes) == 1
        return f"{text}; cut here" + (f", {count_phrase(int(first.total.count))} in all" if alone else "")

    def decider(self, copied: Copied) -> str:
        """`nsg-web/securityRules/tmp-allow-ssh (190, Allow)`, or what decided where no rule did."""
        rule = copied.rule
        note = f"; {visible(rule.note)}" if rule.note else ""
        if not rule.rule and not rule.nsg:
            return f"nothing: {visible(rule.note) or 'no NSG applied'}"
        if not rule.rule:
            return f"{self._nsgs(copied.nsgs)}: {visible(rule.note) or 'no rule matches'}"
        about = rule.access if rule.priority is None else f"{rule.priority}, {rule.access}"
        named = f"{visible(rule.rule)} ({about}){note}"
        if len(copied.nsgs) > 1:
            return f"{named} in {self._nsgs(copied.nsgs)}"
        return f"{self._names.of(rule.nsg)}/{named}" if rule.nsg else named

    def _nsgs(self, ids: Sequence[str]) -> str:
        names = [self._names.of(nsg) for nsg in ids]
        return names[0] if len(ids) == 1 else f"{len(ids):,} NSGs: {shortened(names, _NSGS)}"

    def _fixes(self, finding: Finding, joined: JointCause) -> list[str]:
        """Each fix once: where it is one for several causes, those that follow name the first."""
        reason = joined.first.no_change
        if not joined.changes:
            return self._labelled("fix", f"none: {visible(reason)}") if reason else []
        new = [number for number in joined.changes if number not in self._told]
        lines = [] if new else self._labelled("fix", f"the one of {self._told[joined.changes[0]]}")
        if new:
            changes = [self._report.suggested_changes[number] for number in new]
            self._told.update(dict.fromkeys(new, _address(finding)))
            lines += self._changes(changes, finding)
        return lines + (self._labelled("rest", f"not mended: {visible(reason)}") if reason else [])

    def _changes(self, changes: list[Change], finding: Finding) -> list[str]:
        lines: list[str] = []
        kinds = alike(changes)
        apart = len(kinds) > 1 and not is_exact(changes, finding)
        for at, same in enumerate(self._shown(kinds)):
            lines += self._fix("" if at else "fix", same)
            if apart:
                lines += self._labelled("", f"by itself {share_phrase(same)}")
        if left := self._left_out(len(kinds), "rule"):
            lines += [" " * _LABEL + line for line in left]
        told = proof_phrases(changes, finding, self._report.suggested_changes)
        lines += self._labelled("proof", "; ".join(told))
        return lines + self._unproved(any(change.proof.truncated for change in changes))

    def _fix(self, label: str, same: list[Change]) -> list[str]:
        """The first of changes that are alike, whole, and where the others go."""
        words = fix_phrase(same[0], self._names)
        lines = self._labelled(label, words)
        symbol = words.split(" ", 1)[0]
        painted = self._style.paint(symbol, _SYMBOL_COLOURS[same[0].change.action])
        lines = [lines[0].replace(symbol, painted, 1), *lines[1:]]
        others = same[1:]
        if others and self._style.everything:
            for change in others:
                lines += self._labelled("", fix_phrase(change, self._names))
        elif others:
            names = shortened([self._names.of(nsg) for nsg in once(change.nsg for change in others)], _NSGS)
            lines += self._labelled("", f"{symbol} {len(others):,} more like it, in {names} (--all lists them)")
        return lines + (self._labelled("", visible(same[0].note)) if same[0].note else [])

    def _unproved(self, truncated: bool) -> list[str]:
        if not truncated:
            return []
        return self._labelled("", "its lists are cut, so it is not rendered: plan again with a larger --max-boxes")

    def _unknowns(self, intent: IntentResult, unknowns: Sequence[UnknownPairs]) -> list[str]:
        lines = [""] if intent.causes and unknowns else []
        for at, unknown in enumerate(self._shown(unknowns)):
            whole = at == 0 and len(unknowns) == len(intent.flows.unknown)
            lines += self._text(self.unknown(intent, unknown, first=whole))
            if unknown.settle:
                lines += self._labelled("to settle", visible(unknown.settle))
        return lines + self._left_out(len(unknowns), "reason")

    def unknown(self, intent: IntentResult, unknown: UnknownPairs, *, first: bool) -> str:
        """Which flows are not known, and why; the `first` tells who is satisfied."""
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

    def _shown(self, items: Sequence[_T]) -> Sequence[_T]:
        """As many as are read at a glance."""
        return items if self._style.everything else items[:_MOST]

    def _left_out(self, count: int, noun: str) -> list[str]:
        left = 0 if self._style.everything else count - _MOST
        if left <= 0:
            return []
        return self._text(f"and {counted(left, f'more {noun}')} (--all lists them)")

    def _text(self, text: str) -> list[str]:
        return fill(text, self._style.width, INDENT, INDENT)

    def _labelled(self, label: str, text: str, place: str = "") -> list[str]:
        first = f"{INDENT}{label:<{_LABEL}}"
        return beside(fill(text, self._style.width, first), place, self._style.width, len(first))


def place_text(place: SourceLine | None) -> str:
    """`file:line`, with Terraform's address if it has one; the column is left to the JSON document."""
    if place is None:
        return ""
    found = f"{visible(place.file)}:{place.line}" if place.line else visible(place.file)
    return f"{found} ({visible(place.address)})" if place.address else found


def _places(places: Sequence[SourceLine]) -> str:
    """The first, and how many others there are."""
    if not places:
        return ""
    more = len(places) - 1
    return place_text(places[0]) + (f" and {more:,} more" if more else "")


def _address(finding: Finding) -> str:
    more = len(finding.intents) - 1
    return visible(finding.first.address) + (f" and {more:,} more" if more else "")


def complaint(intent: IntentResult, joined: JointCause) -> str:
    """What was expected and what the filters do instead: they permit or deny, they never reach."""
    expected = "nothing else to cross" if intent.kind == "boundary" else intent.expect
    permitted = intent.expect == "Deny"
    if not any(decider.rule or decider.nsg for decider in joined.first.deciders):
        return f"Expected {expected}, but without an NSG these are {'permitted' if permitted else 'denied'}:"
    return f"Expected {expected}, but {filters(joined.first)} {'permit' if permitted else 'deny'}"


def filters(cause: Cause) -> str:
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
