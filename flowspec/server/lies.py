"""Lines of JSON, each a request body and the answer to plant for it -> Lies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from flowspec.errors import Problem, Severity, SourceError, Where
from flowspec.ipflowverify.requests import FIELDS
from flowspec.server.options import Lie

SHAPE = '{"request": {"direction": "Inbound", …}, "answer": {"access": "Allow", …}}, maybe with "status" and "times"'


def read_lies(lines: Iterable[str], file: str) -> tuple[Lie, ...]:
    """A request may leave out properties: it is then every request that has the others."""
    return tuple(_lies(lines, file))


def _lies(lines: Iterable[str], file: str) -> Iterator[Lie]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _lie(line, Where(file, number))


def _lie(line: str, where: Where) -> Lie:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise _wrong("the line is not JSON", where) from None
    request, answer = (given.get(name) if isinstance(given, dict) else None for name in ("request", "answer"))
    if not isinstance(request, dict) or not isinstance(answer, dict):
        raise _wrong("a line needs a request and an answer, both objects", where)
    unknown = sorted(set(map(str.casefold, request)) - set(map(str.casefold, FIELDS)))
    if unknown:
        raise _wrong(f"no request has {', '.join(unknown)}", where)
    status, times = given.get("status", 200), given.get("times")
    if not _is_count(status) or not 200 <= status <= 599 or not (times is None or _is_count(times)):
        raise _wrong("status is a number from 200 to 599, times a number", where)
    asked = frozenset((name.casefold(), str(value).casefold()) for name, value in request.items())
    return Lie(asked, answer, status, times)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _wrong(what: str, where: Where) -> SourceError:
    return SourceError(
        Problem(Severity.ERROR, f"a planted answer can't be read: {what}", f"a line reads {SHAPE}", where)
    )
