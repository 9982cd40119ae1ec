"""One rule of Azure's from what it is to what it shall be: read, compared, written, waited for, read again.

Whatever comes of a write (429, 409, 5xx, no answer), a look at the rule shows what happened, and only then is it tried
again. An etag is sent along and not relied on: all rules of an NSG share one, and Azure may ignore it (azure.md A25).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from flowspec.applying.content import Properties, content, differences, modelled
from flowspec.applying.steps import RulePlace
from flowspec.model.live import Deadline, RuleExchange

_AGAIN = frozenset({0, 408, 412, 429, 500, 502, 503, 504})
_LOGIN = 401
_BUSY = ("anotheroperationinprogress", "retryableerror", "canceledandsuperseded")
_WORKING = frozenset({"updating", "deleting", "creating", "inprogress", "running", "accepted", "pending", "notstarted"})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0
_TRIES = 8
"""Writes that come to nothing, but for those that have to wait, after which a rule is given up."""


class RuleApi(Protocol):
    """Azure's API of rules, one exchange at a time; see azure/rules.py."""

    @property
    def address(self) -> str: ...
    def read(self, rule: str) -> RuleExchange: ...
    def write(self, rule: str, properties: Mapping[str, Any], etag: str) -> RuleExchange: ...
    def delete(self, rule: str, etag: str) -> RuleExchange: ...
    def poll(self, operation: str) -> RuleExchange: ...


class WriteError(Exception):
    """A rule is not as it shall be. `found` are its properties as they were last seen, None for no rule.

    `sent`: a write of ours may have been done.
    """

    def __init__(self, why: str, found: Properties | None = None) -> None:
        super().__init__(why)
        self.why, self.found, self.sent = why, found, False


class ForeignError(WriteError):
    """Someone else changed the rule: it is neither as it was nor as it shall be."""


class AlteredError(WriteError):
    """Azure took what was written and made something else of it, as a Policy may."""


class RefusedWriteError(WriteError):
    """Azure does not let it be written."""


class UnreachableError(WriteError):
    """Azure does not answer, or time is over: how the rule is, is not known."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A rule as Azure has it; `properties` None: there is none. `failed`: Azure says that its last change failed."""

    properties: Properties | None
    etag: str = ""
    failed: bool = False


@dataclass(slots=True, kw_only=True)
class RuleWriter:
    """Writes rules, one at a time. `pace` scales the pauses; nothing is waited for beyond `deadline`.

    A rule that is not done in `patience` seconds is given up.
    """

    api: RuleApi
    deadline: Deadline
    patience: float = 600.0
    pace: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    _ends: float = field(default=0.0, init=False)
    _sent: bool = field(default=False, init=False)

    def look(self, place: RulePlace) -> Seen:
        """The rule once Azure is not at work on it; UnreachableError, RefusedWriteError."""
        self._ends = time.monotonic() + min(self.patience, self.deadline.left())
        return self._settled(place)

    def bring(self, place: RulePlace, before: Properties | None, wanted: Properties | None) -> Seen:
        """The rule as it is when it is as `wanted` (None: deleted), from `before`; else one of the errors above."""
        self._ends = time.monotonic() + min(self.patience, self.deadline.left())
        self._sent = False
        try:
            return self._bring(place, before, wanted)
        except WriteError as error:
            error.sent = self._sent
            raise

    def _bring(self, place: RulePlace, before: Properties | None, wanted: Properties | None) -> Seen:
        tries, throttled, taken, why = 0, 0, False, ""
        while True:
            seen = self._settled(place)
            if holds(seen.properties, wanted) and not seen.failed:
                return seen
            if not same(seen.properties, before) and not holds(seen.properties, wanted):
                raise self._strange(seen, wanted, taken=taken)
            self._sent = False  # whatever was sent was not done
            if tries >= _TRIES:
                raise RefusedWriteError(why or "Azure says that it is done, and the rule is as it was", seen.properties)
            answer = self._send(place, wanted, seen.etag)
            self._sent = answer.status == 408 or not 400 <= answer.status < 500
            waits = answer.status == 429 or _is_busy(answer)
            throttled, tries = throttled + waits, tries + (not waits)
            why = _words(answer) or why
            if 200 <= answer.status < 300:
                problem = self._waited(answer)
                taken, why = not problem, problem or why
                self._pause(None, tries - 1 if tries > 1 else -1)
            elif _is_passing(answer) or (wanted is None and answer.status == 404):
                self._pause(answer.wait, tries + throttled - 1)
            elif answer.status == _LOGIN:
                raise UnreachableError(f"the login is no longer taken: {why}")
            else:
                raise RefusedWriteError(why or f"HTTP {answer.status}", seen.properties)

    def _send(self, place: RulePlace, wanted: Properties | None, etag: str) -> RuleExchange:
        if wanted is None:
            return self.api.delete(place.id, etag)
        return self.api.write(place.id, wanted, etag)

    @staticmethod
    def _strange(seen: Seen, wanted: Properties | None, *, taken: bool) -> WriteError:
        """What stands there is neither the old rule nor the new one."""
        if taken and wanted is not None and seen.properties is not None:
            words = f"Azure made something else of it, perhaps a Policy: {differences(wanted, seen.properties)}"
            return AlteredError(words, seen.properties)
        gone = "someone deleted it" if seen.properties is None else "someone else changed or made it"
        return ForeignError(gone, seen.properties)

    def _settled(self, place: RulePlace) -> Seen:
        """Reads until Azure is not at work on the rule and says how it is."""
        for attempt in count():
            answer = self.api.read(place.id)
            if answer.status == 404:
                return Seen(None)
            if answer.status == 200 and isinstance(answer.document.get("properties"), dict):
                properties = answer.document["properties"]
                state = str(_member(properties, "provisioningState") or "Succeeded").casefold()
                if state not in _WORKING:
                    return Seen(properties, str(answer.document.get("etag") or ""), failed=state != "succeeded")
                words = f"Azure is still {state} it"
            elif answer.status in _AGAIN or answer.status == 200:
                words = _words(answer) or "an answer that is no rule"
            elif answer.status == _LOGIN:
                raise UnreachableError(f"the login is no longer taken: {_words(answer)}")
            else:
                raise RefusedWriteError(f"it can't be read: {_words(answer) or answer.status}")
            self._pause(answer.wait, attempt, words)
        raise AssertionError

    def _waited(self, answer: RuleExchange) -> str:
        """Polls the operation of a write until it is done; why it failed, "" where it did not or can't be told."""
        url = answer.operation
        for attempt in count():
            if not url:
                return ""
            self._pause(answer.wait, attempt, "its operation has not ended")
            polled = self.api.poll(url)
            status = str(polled.document.get("status", "")).casefold()
            if polled.status in _AGAIN:
                answer = RuleExchange(status=0, wait=polled.wait)
            elif polled.status == 202 or (polled.status == 200 and status in _WORKING):
                answer = polled
            elif polled.status == 200 and status in ("failed", "canceled"):
                error = polled.document.get("error")
                told = error if isinstance(error, dict) else {}
                return ": ".join(str(told[name]) for name in ("code", "message") if told.get(name)) or status
            else:  # done, or nobody knows of it any more: the rule itself shows
                return ""
        raise AssertionError

    def _pause(self, wait: float | None, attempt: int, problem: str = "") -> None:
        """Azure's Retry-After or a growing pause of our own; UnreachableError when there is no time left."""
        own = self.pace * _FIRST_PAUSE * 2.0 ** min(attempt, 7) if attempt >= 0 else 0.0
        pause = min(own if wait is None else max(wait, own / 10), _LONGEST_PAUSE)
        if pause >= self._ends - time.monotonic():
            over = "the run's time is over (--timeout)" if pause >= self.deadline.left() else "no end in time"
            raise UnreachableError(f"{over}{f': {problem}' if problem else ''}")
        self.sleep(pause)


def same(one: Properties | None, other: Properties | None) -> bool:
    """Whether two rules say the same in every field; None is no rule."""
    if one is None or other is None:
        return one is other
    return content(one) == content(other)


def holds(found: Properties | None, wanted: Properties | None) -> bool:
    """Whether a rule says all that was to be written; Azure may add fields of its own that no plan has."""
    if found is None or wanted is None:
        return found is wanted
    return modelled(found) == modelled(wanted) and content(wanted) <= content(found)


def _is_passing(answer: RuleExchange) -> bool:
    """Whether it may be otherwise in a while."""
    return answer.status in _AGAIN or _is_busy(answer)


def _is_busy(answer: RuleExchange) -> bool:
    """Whether someone else is at work on the NSG, or on what hangs on it."""
    return answer.status == 409 and any(answer.code.casefold().startswith(code) for code in _BUSY)


def _words(answer: RuleExchange) -> str:
    return f"{answer.code}: {answer.problem}" if answer.code else answer.problem


def _member(properties: Properties, name: str) -> Any:
    return next((value for one, value in properties.items() if one.casefold() == name.casefold()), None)
