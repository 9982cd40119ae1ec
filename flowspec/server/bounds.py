"""Connections that are bounded: how many one client holds, and how long the head of a request may take."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from flowspec.server.options import TwinOptions

REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n"
    b"x-flowspec-reason: this client has too many connections\r\n\r\n"
)


def bounded(options: TwinOptions) -> type[H11Protocol]:
    """The protocol of one server; its connections count each other."""
    held: Counter[str] = Counter()

    class Bounded(H11Protocol):
        """A connection that ends when a request's head is not there in time, or when its client has too many."""

        client_host = ""
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            peer = transport.get_extra_info("peername")
            self.client_host = str(peer[0]) if isinstance(peer, tuple) else ""
            held[self.client_host] += 1
            super().connection_made(transport)
            if held[self.client_host] > options.connections:
                transport.write(REFUSAL)
                transport.close()
            else:
                self._start()

        def data_received(self, data: bytes) -> None:
            before = self.cycle
            if self._timer is None and (before is None or before.response_complete):
                self._start()
            super().data_received(data)
            if self.cycle is not before:
                self._stop()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            held[self.client_host] -= 1
            if not held[self.client_host]:
                del held[self.client_host]
            super().connection_lost(exc)

        def _start(self) -> None:
            self._timer = self.loop.call_later(options.head_seconds, self.transport.abort)

        def _stop(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return Bounded
