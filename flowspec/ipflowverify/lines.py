"""One line of `--flows` -> one line of answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flowspec.errors import RequestError
from flowspec.json_escapes import escaped

if TYPE_CHECKING:
    from flowspec.ipflowverify.classify import Verifier


LONGEST = 1 << 20
"""Bytes of a line: a request has some hundreds."""


def answer_line(verifier: Verifier, body: bytes) -> str:
    """The result, or the error envelope."""
    from flowspec.ipflowverify.requests import members_of, request_of, result_of

    if len(body) > LONGEST:
        return _refusal("InvalidRequestFormat", f"Cannot parse the request. The line is longer than {LONGEST:,} bytes.")
    try:
        given = members_of(body)
    except ValueError as error:
        return _refusal("InvalidRequestFormat", f"Cannot parse the request. {error}")
    try:
        return line_of(result_of(verifier.verify(request_of(given))))
    except RequestError as error:
        return _refusal(error.code, error.message)


def line_of(document: dict[str, object]) -> str:
    """A document on one line."""
    return escaped(json.dumps(document, ensure_ascii=False, separators=(",", ":"))) + "\n"


def _refusal(code: str, message: str) -> str:
    return line_of({"error": {"code": code, "message": message}})
