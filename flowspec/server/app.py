"""The ASGI application: HTTP in, guards and faults, the twin's answer, Azure's headers out."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from flowspec.server.dispatch import Twin
from flowspec.server.faults import LOST, CutResponse, Faults, failed, hang_up, is_write, spoiled
from flowspec.server.headers import standard
from flowspec.server.limits import TwinLimits
from flowspec.server.wire import Headers, HttpAnswer, HttpCall, RefusedError, compact

BODY_SECONDS = 30
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
TellRequest = Callable[[HttpCall, int], None]


class _TooLargeError(Exception):
    pass


def application(twin: Twin, *, local_only: bool, tell: TellRequest | None = None) -> Starlette:
    """The app. `local_only`: requests must name this machine, so that no web page can ask (DNS rebinding)."""
    limits, faults = TwinLimits(twin.options), Faults(twin.options)

    async def endpoint(request: Request) -> Response:
        call = await _call(request, twin.options.max_body)
        if isinstance(call, HttpAnswer):
            return _response(call, ())
        if local_only and not _is_local(request.url.hostname or ""):
            return _response(compact(_error("InvalidHostName", "The twin answers on loopback only."), 400), ())
        fault = faults.pick(call)
        answer = limits.refusal(call)
        if answer is None:
            # a write that fails is not done; one whose answer is lost is
            answer = failed() if fault == "error" and is_write(call) else await _answer(twin, call)
        if fault in ("error", "garbage", "unknown", LOST):
            answer = spoiled(answer, fault)
        if tell:
            tell(call, answer.status)
        if fault == "drop":
            await hang_up(request)
        response = CutResponse if fault == "cut" else Response
        return _response(answer, standard(call, limits), response)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])


async def _answer(twin: Twin, call: HttpCall) -> HttpAnswer:
    try:
        answer = twin.answer(call)
    except RefusedError as refusal:
        answer = refusal.answer()
    except Exception:  # a bug of ours: the client sees what Azure shows, never a traceback
        return RefusedError(500, "InternalServerError", "An error occurred.", []).answer()
    if twin.options.sync and twin.options.latency and call.method == "POST":
        await asyncio.sleep(twin.options.latency)
    return answer


async def _call(request: Request, most: int) -> HttpCall | HttpAnswer:
    """The whole request, or the refusal of one that is too large, too slow or broken off."""
    try:
        body = await asyncio.wait_for(_body(request, most), BODY_SECONDS)
    except _TooLargeError:
        return compact(_error("RequestContentTooLarge", f"The request content size exceeds {most} bytes."), 413)
    except (TimeoutError, ClientDisconnect):
        return compact(_error("RequestTimeout", "The request was not received in time."), 408)
    query = {name.casefold(): value for name, value in request.query_params.items()}
    return HttpCall(
        method=request.method,
        path=request.url.path,
        query=query,
        body=body,
        origin=_origin(request),
        headers=dict(request.headers),
    )


async def _body(request: Request, most: int) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise _TooLargeError
        pieces.append(piece)
    return b"".join(pieces)


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _is_local(host: str) -> bool:
    try:
        return host.casefold() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _error(code: str, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}


def _response(answer: HttpAnswer, more: Headers, kind: type[Response] = Response) -> Response:
    response = kind(answer.body, answer.status)
    told = {name.casefold() for name, _ in answer.headers}
    for name, value in (*answer.headers, *(pair for pair in more if pair[0].casefold() not in told)):
        response.headers.append(name, value)
    return response
