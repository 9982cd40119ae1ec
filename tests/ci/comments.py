"""GitHub's API of issue comments on loopback, as far as its documentation tells: pages, authors, rights."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"


@dataclass
class Comments:
    """Those of pull request 7 of `o/r`. `may_write`: what the token is good for."""

    url: str = ""
    may_write: bool = True
    found: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def add(self, body: str, author: str = BOT) -> None:
        self.found.append({"id": 1 + len(self.calls) + len(self.found), "body": body, "user": {"login": author}})

    @property
    def bodies(self) -> list[str]:
        return [one["body"] for one in self.found]

    def answer(self, method: str, path: str, content: dict[str, str], token: str) -> tuple[int, Any]:
        self.calls.append(method)
        if token != "Bearer t":
            return 401, {"message": "Bad credentials"}
        if method != "GET" and not self.may_write:
            return 403, {"message": "Resource not accessible by integration"}
        split = urlsplit(path)
        if split.path == "/repos/o/r/issues/7/comments":
            if method == "POST":
                self.add(content["body"])
                return 201, self.found[-1]
            query = parse_qs(split.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.found[(page - 1) * size : page * size]
        match = re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", split.path)
        one = next((one for one in self.found if match and one["id"] == int(match[1])), None)
        if one is None:
            return 404, {"message": "Not Found"}
        if method == "DELETE":
            self.found.remove(one)
            return 204, None
        one["body"] = content["body"]
        return 200, one


@contextmanager
def served() -> Iterator[Comments]:
    comments = Comments()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length) or b"{}")
            code, body = comments.answer(self.command, self.path, content, self.headers["Authorization"])
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    comments.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield comments
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
