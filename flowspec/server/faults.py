"""Faults on demand: an answer -> a 500, garbage, Unknown, or a connection that breaks (azure.md A12)."""

from __future__ import annotations

import asyncio
from random import Random

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from flowspec.server.options import TwinOptions
from flowspec.server.wire import JSON_TYPE, HttpAnswer, HttpCall, RefusedError, pretty

UNKNOWN = pretty({"access": "Unknown"})

LOST = "lost"
"""A 500 after a write that was done: what `unknown` is where an answer has no verdict."""


class Faults:
    """Which calls go wrong, and how."""

    def __init__(self, options: TwinOptions) -> None:
        self.options = options
        self._dice = Random(options.seed)

    def pick(self, call: HttpCall) -> str | None:
        """The fault of a call, or `LOST`; None when it goes well."""
        path = call.path.casefold()
        may = any(part in path for part in self.options.fault_paths)
        if not self.options.fault_rate or not (may or (is_write(call) and self.options.fault_writes)):
            return None
        if self._dice.random() >= self.options.fault_rate:
            return None
        fault = self._dice.choice(self.options.faults)
        return LOST if fault == "unknown" and is_write(call) else fault


def is_write(call: HttpCall) -> bool:
    return call.method in ("PUT", "DELETE")


def failed() -> HttpAnswer:
    """A 500 as recorded."""
    failure = RefusedError(500, "InternalServerError", "An error occurred.", []).answer()
    return failure.with_headers(("x-ms-failure-cause", "service"))


def spoiled(answer: HttpAnswer, fault: str) -> HttpAnswer:
    """The answer after a fault that leaves the connection whole."""
    if fault == "garbage":
        return HttpAnswer(200, answer.body[: len(answer.body) // 2] + b'{"', (JSON_TYPE,))
    if fault == "unknown" and b'"access"' in answer.body:
        return HttpAnswer(answer.status, UNKNOWN.body, answer.headers)
    return failed()


async def hang_up(request: Request) -> None:
    """Ends the connection before a byte is answered, where the server lets us at it."""
    transport = getattr(getattr(request.receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0)


class CutResponse(Response):
    """Promises the whole body and sends half of it; the server then ends the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
