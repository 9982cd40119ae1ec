"""POST …/ipFlowVerify: a REST body -> the answer of the engine, or a planted lie (azure.md B1.1, B1.2, A8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flowspec.engine.classify import FlowAnswer, FlowRequest
from flowspec.errors import RequestError
from flowspec.server.estate import Estate
from flowspec.server.options import Lie
from flowspec.server.wire import Answer, Call, Json, pretty, refused

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
ACCEPTED = {
    "targetResourceId": "the id of a virtual machine",
    "direction": "Inbound or Outbound",
    "protocol": "TCP or UDP",
    "localPort": "an integer in the range 0-65535",
    "remotePort": "an integer in the range 0-65535",
    "localIPAddress": "an IPv4 address",
    "remoteIPAddress": "an IPv4 address",
}
"""The required properties, and what each takes."""

REASON = "x-flowspec-reason"
"""Why the twin answers Unknown: Azure's body has no place for it."""


def verify(estate: Estate, liar: Liar, call: Call) -> Answer:
    """The final answer; RefusedError where Azure refuses."""
    given = call.members()
    request = read(given)
    lie = liar.answer(given)
    if lie is not None:
        return lie
    try:
        return worded(estate.verifier.verify(request))
    except RequestError as error:
        raise refused(error.code, error.message, error.status) from None


def read(given: Mapping[str, object]) -> FlowRequest:
    """The request in the members of a body, their names folded."""
    return FlowRequest(**{field: _value(name, given.get(name.casefold())) for name, field in FIELDS.items()})


def _value(name: str, value: object) -> str:
    if isinstance(value, str) and (value or name not in ACCEPTED):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and name.endswith("Port"):
        return str(value)
    if value is None and name not in ACCEPTED:
        return ""
    what = "is missing" if value in (None, "") else "is not a string"
    takes = ACCEPTED.get(name, "the id of a network interface")
    raise refused("InvalidParameter", f"{name} {what}; it takes {takes}.")


def worded(answer: FlowAnswer) -> Answer:
    """The three keys of a result; Unknown stands alone, as recorded."""
    if answer.access == "Unknown":
        reason = answer.reason.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")
        return pretty({"access": "Unknown"}).with_headers((REASON, reason[:1000]))
    result: Json = {"access": answer.access}
    if answer.rule_name is not None:
        result["ruleName"] = answer.rule_name
    return pretty(result | {"ruleId": answer.rule_id})


class Liar:
    """The planted answers; each counts how often it was told."""

    def __init__(self, lies: tuple[Lie, ...]) -> None:
        self.lies = lies
        self._told: Counter[int] = Counter()

    def answer(self, given: Mapping[str, object]) -> Answer | None:
        """The first planted answer for a request."""
        asked = {(name, str(value).casefold()) for name, value in given.items()}
        for at, lie in enumerate(self.lies):
            if lie.request <= asked and (lie.times is None or self._told[at] < lie.times):
                self._told[at] += 1
                return pretty(lie.answer, lie.status)
        return None
