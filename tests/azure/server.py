"""A server that answers as a function says, for what the twin would never do; and one that passes on to the twin."""

from __future__ import annotations

import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Response:
    status: int = 200
    body: bytes = b"null"
    headers: dict[str, str] = field(default_factory=dict)
    late: float = 0.0
    """Seconds before anything is sent."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""


@dataclass
class Server:
    url: str
    asked: list[Asked]


Answering = Callable[[Asked], Response]


@contextmanager
def serving(answer: Answering, ca: Path | None = None) -> Iterator[Server]:
    """Over https when the certificate of its `ca` is to be written somewhere."""
    asked: list[Asked] = []
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            one = Asked(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
            asked.append(one)
            response = answer(one)
            ended.wait(response.late)
            self.send_response(response.status)
            for name, value in ({"Content-Type": "application/json"} | response.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            try:
                for at in range(len(response.body)) if response.drip else ():
                    self.wfile.write(response.body[at : at + 1])
                    if ended.wait(response.drip):
                        return
                self.wfile.write(b"" if response.drip else response.body)
            except OSError:  # the client has gone
                self.close_connection = True

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        if ca is not None:
            authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.cert_pem.write_to_path(str(ca))
            authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield Server(f"http{'s' if ca else ''}://127.0.0.1:{server.server_address[1]}", asked)
        finally:
            ended.set()
            server.shutdown()


def listing(*values: object) -> Response:
    return Response(body=json.dumps({"value": values}).encode())


def failing(status: int, code: str, message: str = "No.") -> Response:
    return Response(status, json.dumps({"error": {"code": code, "message": message}}).encode())


Fault = Callable[[Asked], Response | None]
"""What goes wrong with a request instead; None for one that is passed on."""


@contextmanager
def proxy(target: str, fault: Fault, ca: Path | None = None) -> Iterator[Server]:
    """A server between the client and the twin at `target`; the links of its answers lead through here again."""
    here: list[str] = []

    def answer(asked: Asked) -> Response:
        return fault(asked) or _passed_on(asked, target, here[0])

    with serving(answer, ca) as server:
        here.append(server.url)
        yield server


def _passed_on(asked: Asked, target: str, here: str) -> Response:
    passed = ("content-type", "accept", "authorization", "if-match", "if-none-match")
    kept = {n: v for n, v in asked.headers.items() if n.casefold() in passed}
    body = asked.body or None
    request = urllib.request.Request(target + asked.path, data=body, headers=kept, method=asked.method)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return _relayed(reply.status, reply.read(), reply.headers, target, here)
    except urllib.error.HTTPError as refused:
        return _relayed(refused.code, refused.read(), refused.headers, target, here)


def _relayed(status: int, body: bytes, headers: Message, target: str, here: str) -> Response:
    shown = ("location", "azure-asyncoperation", "retry-after", "x-ms-ratelimit-remaining-subscription-writes")
    kept = {name: value.replace(target, here) for name, value in headers.items() if name.casefold() in shown}
    return Response(status, body.replace(target.encode(), here.encode()), kept)
