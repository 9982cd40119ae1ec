"""Requests that read -> their documents: pages joined, operations waited for, what may be repeated repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from flowspec.azure.client import Reply, Session

_TRIES, _TRIES_TO_REACH = 5, 3
_AGAIN = frozenset({0, 408, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 60.0
_OPERATION = 180.0
_FIRST_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Replies:
    """The values of a list; `problem` says why there are no more of them, `refused` that the caller may not ask."""

    values: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""
    refused: bool = False


def patiently(session: Session, method: str, url: str, body: Any = None) -> Reply:
    """A reply that is not worth another try."""
    reply = session.send(method, url, body)
    for attempt in range(_TRIES - 1):
        is_garbage = reply.status == 200 and reply.json() is None
        if (reply.status not in _AGAIN and not is_garbage) or (reply.status == 0 and attempt >= _TRIES_TO_REACH - 1):
            break
        pause = _pause(reply, _FIRST_PAUSE * 2.0**attempt)
        if pause >= session.deadline.left():
            return replace(reply, problem=reply.problem or "no time to ask again: --timeout")
        time.sleep(pause)
        reply = session.send(method, url, body)
    return reply


def _pause(reply: Reply, otherwise: float) -> float:
    headers = {name.casefold(): value for name, value in reply.headers.items()}
    try:
        return min(float(headers.get("retry-after", otherwise)), _LONGEST_WAIT)
    except ValueError:
        return otherwise


def listed(session: Session, url: str) -> Replies:
    """A list with all its pages."""
    return _joined(lambda mark: patiently(session, "GET", mark or url), "nextLink")


def listed_by_post(session: Session, url: str) -> Replies:
    """A list whose next page is asked for in the body of a POST."""
    return _joined(lambda mark: patiently(session, "POST", url, {"skipToken": mark} if mark else {}), "skipToken")


def _joined(page_at: Callable[[str], Reply], marker: str) -> Replies:
    """The pages from the first (mark "") to the one that names no other; one that comes again ends it."""
    values: list[dict[str, Any]] = []
    seen: set[str] = set()
    mark = ""
    while mark not in seen:
        seen.add(mark)
        reply = page_at(mark)
        document = reply.json() if reply.status == 200 else None
        page = document.get("value") if isinstance(document, dict) else None
        if not isinstance(document, dict) or not isinstance(page, list):
            return Replies(values, why(reply), reply.status == 403)
        values += [value for value in page if isinstance(value, dict)]
        following = document.get(marker)
        if not isinstance(following, str) or not following:
            break
        mark = following
    return Replies(values)


def operated(session: Session, url: str) -> Replies:
    """The values that a POST with a long-running operation gives."""
    ends = time.monotonic() + min(_OPERATION, session.deadline.left())
    reply = patiently(session, "POST", url)
    while reply.status == 202 and time.monotonic() < ends:
        headers = {name.casefold(): value for name, value in reply.headers.items()}
        place = headers.get("location")
        if not place:
            return Replies(problem="a 202 that names no operation")
        time.sleep(min(_pause(reply, 2.0), max(0.0, ends - time.monotonic())))
        reply = patiently(session, "GET", place)
    document = reply.json() if reply.status == 200 else None
    values = document.get("value") if isinstance(document, dict) else None
    if not isinstance(values, list):
        return Replies(problem=why(reply))
    return Replies([value for value in values if isinstance(value, dict)])


def why(reply: Reply) -> str:
    """`AuthorizationFailed: …`: why a reply is not what was asked for."""
    if reply.status == 200:
        return "an answer that is no list"
    if reply.status == 202:
        return "no answer in time"
    return ": ".join(filter(None, reply.error()))
