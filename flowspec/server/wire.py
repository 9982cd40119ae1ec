"""Documents -> bytes and headers as Azure's two front ends write them (azure.md B1.2, B1.3, B1.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from flowspec.ipflowverify.requests import members_of
from flowspec.server.quotes import as_json

Headers = tuple[tuple[str, str], ...]
JsonObject = dict[str, object]

JSON_TYPE = ("Content-Type", "application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A response before the headers that every response has."""

    status: int
    body: bytes = b""
    headers: Headers = ()

    def with_headers(self, *more: tuple[str, str]) -> HttpAnswer:
        return replace(self, headers=self.headers + more)


def pretty(document: object, status: int = 200) -> HttpAnswer:
    """The network resource provider: two blanks, CRLF, no newline at the end."""
    text = json.dumps(document, indent=2, ensure_ascii=False).replace("\n", "\r\n")
    return HttpAnswer(status, _bytes(text), (JSON_TYPE,))


def compact(document: object, status: int = 200) -> HttpAnswer:
    """The front door of Azure Resource Manager."""
    return HttpAnswer(status, _bytes(json.dumps(document, ensure_ascii=False, separators=(",", ":"))), (JSON_TYPE,))


def accepted(*headers: tuple[str, str]) -> HttpAnswer:
    """A long-running call that runs: four bytes, `null`."""
    return HttpAnswer(202, b"null", (JSON_TYPE, *headers))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


class RefusedError(Exception):
    """An error of Azure. With `details` it is worded by a resource provider, without by the front door."""

    def __init__(self, status: int, code: str, message: str, details: list[JsonObject] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.details = status, code, message, details

    def answer(self) -> HttpAnswer:
        error: JsonObject = {"code": self.code, "message": self.message}
        if self.details is None:
            return compact({"error": error}, self.status).with_headers(("x-ms-failure-cause", "gateway"))
        return pretty({"error": error | {"details": self.details}}, self.status)


def refused(code: str, message: str, status: int = 400, details: list[JsonObject] | None = None) -> RefusedError:
    """An error of the network resource provider."""
    return RefusedError(status, code, message, details or [])


@dataclass(frozen=True, kw_only=True)
class HttpCall:
    """One request. `origin` is the scheme and authority that the client used; `query` has its names folded."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    origin: str
    headers: Mapping[str, str]

    @cached_property
    def segments(self) -> tuple[str, ...]:
        return tuple(part for part in self.path.split("/") if part)

    @cached_property
    def folded(self) -> tuple[str, ...]:
        return tuple(part.casefold() for part in self.segments)

    @property
    def version(self) -> str:
        return self.query.get("api-version", "")

    def members(self) -> dict[str, object]:
        """The members of the JSON object in the body, names folded; InvalidRequestFormat when it is none."""
        try:
            return members_of(as_json(self.body))
        except ValueError as error:
            raise unparsed(str(error)) from None


def unparsed(reason: str) -> RefusedError:
    details: list[JsonObject] = [{"code": "InvalidJson", "message": reason}]
    return refused("InvalidRequestFormat", "Cannot parse the request.", details=details)
