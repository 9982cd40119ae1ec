"""A twin as a running server: in this process (`RunningTwin`), over http, or https with a certificate of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme
import uvicorn

from flowspec.errors import FlowspecError
from flowspec.model.inventory import Inventory
from flowspec.model.templates import NO_TEMPLATES, TemplateOptions
from flowspec.server.app import TellRequest, application
from flowspec.server.bounds import bounded
from flowspec.server.dispatch import Twin
from flowspec.server.estate import Estate
from flowspec.server.options import Address, TwinOptions
from flowspec.server.raw import shaped
from flowspec.sources import MAX_INPUT, load_with_documents

SECONDS_TO_START = 30


def load(locators: Sequence[str], max_input: int = MAX_INPUT, templates: TemplateOptions = NO_TEMPLATES) -> Estate:
    """The estate of sources, as `-i` names them."""
    inventory, found = load_with_documents(locators, max_input, templates)
    return Estate(inventory, shaped(found))


class RunningTwin:
    """A twin behind a port of this machine.

    `with RunningTwin(estate, Options(sync=True)) as twin: … twin.url`. After `stop()`, `start()` listens on the same
    port again, with its rules as they were changed and its operations forgotten, as after a restart.
    """

    def __init__(
        self,
        estate: Estate | Inventory,
        options: TwinOptions | None = None,
        address: Address | None = None,
        tell: TellRequest | None = None,
    ) -> None:
        self.estate = Estate(estate) if isinstance(estate, Inventory) else estate
        self.options = options or TwinOptions()
        self.address = address or Address()
        self._authority = trustme.CA() if self.address.tls else None
        if self._authority and self.address.ca:
            _write(self.address.ca, self._authority.cert_pem)
        self._tell = tell
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a slash at the end."""
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        return f"http{'s' if self.address.tls else ''}://{host}:{self.address.port}"

    @property
    def ca(self) -> Path | None:
        return self.address.ca

    def start(self) -> Self:
        """Listens; returns when requests are answered."""
        listener = self._listen()
        self._server = _Abrupt(self._config())
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        for _ in range(SECONDS_TO_START * 100):
            if self._server.started or not self._thread.is_alive():
                break
            self._thread.join(0.01)
        if not self._server.started:
            raise FlowspecError(f"The twin does not start on {self.url}.")
        return self

    def run(self, announce: Callable[[], None]) -> None:
        """Listens until the process is told to end; `announce` is called when the port is known."""
        listener = self._listen()
        announce()
        uvicorn.Server(self._config()).run([listener])

    def stop(self) -> None:
        """Drops every connection and frees the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(SECONDS_TO_START)
            self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _listen(self) -> socket.socket:
        """A listening socket; the port it got stays the twin's."""
        host, port = self.address.host, self.address.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # asyncio turns Nagle's algorithm off only where the protocol is spelt out; with it an answer takes 40 ms
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(512)
        except OSError as error:
            listener.close()
            raise FlowspecError(f"Can't listen on {host}:{port}: {error.strerror or error}.") from None
        self.address = replace(self.address, port=listener.getsockname()[1])
        return listener

    def _config(self) -> uvicorn.Config:
        local = is_loopback(self.address.host)
        app = application(Twin(self.estate, self.options), local_only=local, tell=self._tell)
        config = uvicorn.Config(
            app,
            http=bounded(self.options),
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=1000,
            timeout_keep_alive=30,
            h11_max_incomplete_event_size=64 * 1024,
        )
        config.load()
        if self._authority:
            config.ssl = self._tls(self._authority)
        return config

    def _tls(self, authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1", "::1", self.address.host).configure_cert(context)
        return context


def _write(file: Path, certificate: trustme.Blob) -> None:
    try:
        certificate.write_to_path(str(file))
    except OSError as error:
        reason = error.strerror or str(error)
        raise FlowspecError(
            f"Can't write the CA certificate to {file}: {reason}. Name another file with --ca."
        ) from None


class _Abrupt(uvicorn.Server):
    """Breaks every connection off when it ends, as the end of a process would; those too that come meanwhile."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hang_up()
        await super().shutdown(sockets)
        self._hang_up()
        await asyncio.sleep(0)  # the loop itself closes what was broken off

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()


def is_loopback(host: str) -> bool:
    try:
        return host.casefold() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
