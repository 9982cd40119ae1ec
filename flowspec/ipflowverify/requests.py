"""The body of an ipFlowVerify request -> FlowRequest; FlowAnswer -> the REST result (azure.md B1.1, B1.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

from flowspec.errors import RequestError
from flowspec.ipflowverify.classify import FlowRequest
from flowspec.model.documents.verify import FlowAnswer

FIELDS = {
    "targetResourceId": "target",
    "direction": "direction",
    "protocol": "protocol",
    "localPort": "local_port",
    "remotePort": "remote_port",
    "localIPAddress": "local_ip",
    "remoteIPAddress": "remote_ip",
    "targetNicResourceId": "nic",
}
_TAKES = {
    "targetResourceId": "the id of a virtual machine",
    "direction": "Inbound or Outbound",
    "protocol": "TCP or UDP",
    "localPort": "an integer in the range 0-65535",
    "remotePort": "an integer in the range 0-65535",
    "localIPAddress": "an IPv4 address",
    "remoteIPAddress": "an IPv4 address",
    "targetNicResourceId": "the id of a network interface",
}
AZURE_REQUIRES = frozenset(FIELDS) - {"targetNicResourceId"}
REQUIRED = AZURE_REQUIRES - {"targetResourceId"}
"""Offline, a NIC alone will do."""


def members_of(body: bytes | str) -> dict[str, object]:
    """The members of the JSON object in a body, their names folded; ValueError, which says why, when it is none."""
    try:
        given = json.loads(body)
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None
    except ValueError as error:
        raise ValueError(f"{error}.") from None
    if not isinstance(given, dict):
        raise ValueError("A JSON object is expected.")
    return {str(name).casefold(): value for name, value in given.items()}


def request_of(given: Mapping[str, object], required: frozenset[str] = REQUIRED) -> FlowRequest:
    """The request in the members of a body, names folded. RequestError when it can't be one."""
    values = {field: _value(name, given.get(name.casefold()), name in required) for name, field in FIELDS.items()}
    return FlowRequest(**values)


def result_of(answer: FlowAnswer) -> dict[str, object]:
    """The members of the REST result. No rule matched: no `ruleName`. Unknown is ours alone, and says why."""
    members: dict[str, object] = msgspec.to_builtins(answer)
    return members


def _value(name: str, value: object, required: bool) -> str:
    if isinstance(value, str) and (value or not required):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and name.endswith("Port"):
        return str(value)
    if value is None and not required:
        return ""
    what = "is missing" if value in (None, "") else "is not a string"
    raise RequestError("InvalidParameter", f"{name} {what}; it takes {_TAKES[name]}.")
