"""One line of `--flows` -> one line of answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flowspec.errors import RequestError

if TYPE_CHECKING:
    from flowspec.ipflowverify.classify import Verifier


def answer_line(verifier: Verifier, body: bytes) -> str:
    """The result, or the error envelope."""
    from flowspec.ipflowverify.requests import members_of, request_of, result_of

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
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _refusal(code: str, message: str) -> str:
    return line_of({"error": {"code": code, "message": message}})
