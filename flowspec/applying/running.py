"""The steps of a journal, forward or back: each is written down before its call, and compared afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowspec.applying.content import Properties, body, sendable
from flowspec.applying.journal import Heading, Journal, Written
from flowspec.applying.steps import RulePlace, as_planned, place_of
from flowspec.applying.writing import (
    AlteredError,
    ForeignError,
    RuleWriter,
    UnreachableError,
    WriteError,
    holds,
    same,
)

MENDING_VERSION = "2024-05-01"
"""Of the commands that mend what is left: the api-version under which the rules were read."""


class Doing(StrEnum):
    """What is told of a step as it goes."""

    BEGUN = "begun"
    DONE = "done"
    KEPT = "kept"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


TellStep = Callable[[int, Doing], None]


@dataclass(frozen=True, slots=True)
class LeftRule:
    """A rule that is not as it was and could not be undone: why, and the properties it had (None: there was none)."""

    place: RulePlace
    why: str
    before: Properties | None


@dataclass(slots=True)
class Passage:
    """How far it came. `problem` says what stopped it; `left` are the rules that a way back could not undo."""

    course: Heading
    problem: str = ""
    left: list[LeftRule] = field(default_factory=list)


@dataclass(slots=True)
class Conductor:
    """Takes a journal's steps to their end, or back to where they began."""

    journal: Journal
    writer: RuleWriter
    tell: TellStep

    def forward(self) -> Passage:
        """All steps, from the first that is not done; where one fails, back. The journal stays open until `finish`."""
        for number, step in enumerate(self.journal.steps):
            place = place_of(step)
            try:
                self._step(number, place)
            except UnreachableError as error:
                self.tell(number, Doing.FAILED)
                return Passage(Heading.FORWARD, f"{place.shown}: {error.why}")
            except WriteError as error:
                self._keep_what_is(number, error)
                self.tell(number, Doing.FAILED)
                return self.back(f"{place.shown}: {error.why}")
        return Passage(Heading.FORWARD)

    def _step(self, number: int, place: RulePlace) -> None:
        step, begun = self.journal.steps[number], self.journal.written.get(number)
        if begun is not None and begun.is_done:
            self._check_kept(number, place, begun)
            self.tell(number, Doing.KEPT)
            return
        self.tell(number, Doing.BEGUN)
        if begun is None:
            seen = self.writer.look(place)
            if not as_planned(seen.properties, step.before):
                raise ForeignError("it is not as the plan found it", seen.properties)
            before = sendable(seen.properties) if seen.properties is not None else None
            wanted = body(before, step.after) if step.after is not None else None
            self.journal.begin(number, before, wanted)
        begun = self.journal.written[number]
        seen = self.writer.bring(place, begun.before, begun.wanted)
        self.journal.done(number, seen.properties)
        self.tell(number, Doing.DONE)

    def _check_kept(self, number: int, place: RulePlace, begun: Written) -> None:
        """ForeignError where a step of an earlier run no longer holds, and none of a later step's doing."""
        later = (place_of(self.journal.steps[other]).key for other in self.journal.written if other > number)
        if place.key not in later and not holds((seen := self.writer.look(place)).properties, begun.wanted):
            raise ForeignError("someone else changed it meanwhile", seen.properties)

    def _keep_what_is(self, number: int, error: WriteError) -> None:
        """What is known of a step that failed: Azure altered it, or no write of it was ever sent."""
        if number not in self.journal.written:
            return
        if isinstance(error, AlteredError):
            self.journal.done(number, error.found)
        elif not error.sent and number not in self.journal.resumed:
            self.journal.undone(number)

    def back(self, problem: str = "") -> Passage:
        """Undoes what was begun, the last first; stops at a rule that can't be undone, with all that are left."""
        if self.journal.course is not Heading.BACK:
            self.journal.turn(Heading.BACK)
        numbers = self.journal.open_steps()
        for at, number in enumerate(numbers):
            place = place_of(self.journal.steps[number])
            self.tell(number, Doing.UNDOING)
            try:
                self._undo(number, place)
            except WriteError as error:
                self.tell(number, Doing.FAILED)
                return Passage(Heading.BACK, problem, self._left(numbers[at:], error.why))
            self.journal.undone(number)
            self.tell(number, Doing.UNDONE)
        self.journal.turn(Heading.UNDONE)
        self.journal.put_away()
        return Passage(Heading.UNDONE, problem)

    def _undo(self, number: int, place: RulePlace) -> None:
        written = self.journal.written[number]
        seen = self.writer.look(place)
        if same(seen.properties, written.before) and not seen.failed:
            return
        ours = holds(seen.properties, written.wanted) or (written.is_done and same(seen.properties, written.left))
        if not ours and not same(seen.properties, written.before):
            raise ForeignError("someone else changed it meanwhile", seen.properties)
        self.writer.bring(place, seen.properties, written.before)

    def _left(self, numbers: list[int], why: str) -> list[LeftRule]:
        """The first of the steps could not be undone, the others wait behind it; each rule once, as it first was."""
        found: dict[str, LeftRule] = {}
        for at, number in enumerate(numbers):
            place = place_of(self.journal.steps[number])
            words = why if at == 0 else "it waits for the rules above"
            earlier = found.get(place.key)
            found[place.key] = LeftRule(place, earlier.why if earlier else words, self.journal.written[number].before)
        return list(found.values())

    def finish(self) -> Passage:
        """The end of the way forward: what was applied is kept, so that it can be undone later."""
        self.journal.turn(Heading.APPLIED)
        self.journal.put_away()
        return Passage(Heading.APPLIED)


def mending_command(left: LeftRule, address: str) -> list[str]:
    """The words of the az command that makes a rule as it was, every field of it."""
    if left.before is None:
        return ["az", "network", "nsg", "rule", "delete", "--ids", left.place.id]
    url = f"{address}{left.place.id}?api-version={MENDING_VERSION}"
    written: dict[str, Any] = {"properties": sendable(left.before)}
    return ["az", "rest", "--method", "put", "--url", url, "--body", json.dumps(written)]
