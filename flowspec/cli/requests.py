"""REST request bodies and `IP:PORT` -> FlowRequest; FlowAnswer -> the REST result (azure.md B1.1, B1.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flowspec.errors import RequestError

if TYPE_CHECKING:
    from flowspec.engine.classify import FlowAnswer, FlowRequest, Verifier

_FIELDS = {
    "targetResourceId": "target",
    "targetNicResourceId": "nic",
    "direction": "direction",
    "protocol": "protocol",
    "localPort": "local_port",
    "remotePort": "remote_port",
    "localIPAddress": "local_ip",
    "remoteIPAddress": "remote_ip",
}
_ACCEPTED = {
    "direction": "Inbound or Outbound",
    "protocol": "TCP or UDP",
    "localPort": "an integer in the range 0-65535",
    "remotePort": "an integer in the range 0-65535",
    "localIPAddress": "an IPv4 address",
    "remoteIPAddress": "an IPv4 address",
}


def request_of(body: bytes) -> FlowRequest:
    """The request in a REST body; property names in any letter case. RequestError when it can't be one."""
    from flowspec.engine.classify import FlowRequest

    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError("InvalidRequestFormat", f"Cannot parse the request. {_reason(error)}") from error
    if not isinstance(given, dict):
        raise RequestError("InvalidRequestFormat", "Cannot parse the request. It is not a JSON object.")
    folded = {name.casefold(): value for name, value in given.items()}
    return FlowRequest(**{field: _value(name, folded.get(name.casefold())) for name, field in _FIELDS.items()})


def answer_line(verifier: Verifier, body: bytes) -> str:
    """One line of JSON: the result, or the error envelope."""
    try:
        document: dict[str, object] = result_of(verifier.verify(request_of(body)))
    except RequestError as error:
        document = {"error": {"code": error.code, "message": error.message}}
    return line_of(document)


def line_of(document: dict[str, object]) -> str:
    """A document on one line."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def result_of(answer: FlowAnswer) -> dict[str, object]:
    """The REST result. No rule matched: no `ruleName`. Unknown is ours alone, and says why."""
    if answer.access == "Unknown":
        return {"access": answer.access, "reason": answer.reason}
    named = {} if answer.rule_name is None else {"ruleName": answer.rule_name}
    return {"access": answer.access, **named, "ruleId": answer.rule_id}


def _value(name: str, value: object) -> str:
    if value is None and name not in _ACCEPTED:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and name.endswith("Port"):
        return str(value)
    what = "is missing" if value is None else "is not a string"
    raise RequestError("InvalidParameter", f"{name} {what}; it takes {_ACCEPTED.get(name, 'the id of a resource')}.")


def _reason(error: Exception) -> str:
    return "It is nested too deeply." if isinstance(error, RecursionError) else f"{error}."
