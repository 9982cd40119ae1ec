"""POST …/ipFlowVerify: a REST body -> the answer of the engine, or a planted lie (azure.md B1.1, B1.2, A8)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from flowspec.errors import RequestError
from flowspec.ipflowverify.classify import FlowRequest, Verifier
from flowspec.ipflowverify.requests import AZURE_REQUIRES, request_of, result_of
from flowspec.model.documents.verify import FlowAnswer
from flowspec.server.estate import Estate
from flowspec.server.machine import check_region, targeted
from flowspec.server.options import Lie
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError, pretty, refused

REASON = "x-flowspec-reason"
"""Why the twin answers Unknown: Azure's body has no place for it."""

RANGE = re.compile(r"(\d{1,5})-(\d{1,5})", re.ASCII)
BOTH = ("TCP", "UDP")


def verify(estate: Estate, liar: Liar, call: HttpCall, watcher: JsonObject) -> HttpAnswer:
    """The final answer; RefusedError where Azure refuses, PlantedError where a lie says so."""
    printed = call.members()
    given = targeted(printed)
    try:
        request = request_of(given, AZURE_REQUIRES)
        lie = liar.answer(printed, given)
        if lie is not None:
            return lie
        check_region(estate.inventory, watcher, request.target)
        return worded(_the_same(dict(_answers(estate.verifier, request)), request))
    except RequestError as error:
        raise refused(error.code, error.message, error.status) from None


def _answers(verifier: Verifier, request: FlowRequest) -> Iterator[tuple[str, FlowAnswer]]:
    """Every answer to what was asked; several where `protocol` is `*` or `remotePort` a range, as the how-to has them.

    The key tells the flow: `TCP, remotePort 80`.
    """
    span = RANGE.fullmatch(request.remote_port)
    for protocol in BOTH if request.protocol == "*" else (request.protocol,):
        asked = replace(request, protocol=protocol)
        if span is None or int(span[1]) > int(span[2]) or int(span[2]) > 65535:
            yield f"{protocol}, remotePort {asked.remote_port}", verifier.verify(asked)
            continue
        first = replace(asked, remote_port=str(int(span[1])))
        for port in verifier.remote_ports(first, int(span[1]), int(span[2])):
            yield f"{protocol}, remotePort {port}", verifier.verify(replace(asked, remote_port=str(port)))


def _the_same(answers: Mapping[str, FlowAnswer], request: FlowRequest) -> FlowAnswer:
    """The answer that all of them are; InvalidParameter where they differ: the API has one answer for a request."""
    first = next(iter(answers.values()))
    other = next((flow for flow, answer in answers.items() if answer != first), None)
    if other is None:
        return first
    told = [f"{a.access}{f' ({a.rule_name})' if a.rule_name else ''}" for a in (first, answers[other])]
    message = (
        f"The answer is not the same for all of protocol {request.protocol!r} and remotePort {request.remote_port!r}: "
        f"{told[0]} for {next(iter(answers))}; {told[1]} for {other}. Ask for one of them."
    )
    raise RequestError("InvalidParameter", message)


def worded(answer: FlowAnswer) -> HttpAnswer:
    """The three keys of a result; Unknown stands alone, as recorded."""
    if answer.access == "Unknown":
        reason = answer.reason.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")
        return pretty({"access": "Unknown"}).with_headers((REASON, reason[:1000]))
    return pretty(result_of(answer))


class Liar:
    """The planted answers; each counts how often it was told."""

    def __init__(self, lies: tuple[Lie, ...]) -> None:
        self.lies = lies
        self._told: Counter[int] = Counter()

    def answer(self, *spellings: Mapping[str, object]) -> HttpAnswer | None:
        """The first planted answer for a request, in one of its spellings; PlantedError when it is an error."""
        asked = {(name, str(value).casefold()) for given in spellings for name, value in given.items()}
        for at, lie in enumerate(self.lies):
            if lie.request <= asked and (lie.times is None or self._told[at] < lie.times):
                self._told[at] += 1
                return planted(pretty(lie.answer, lie.status))
        return None


class PlantedError(RefusedError):
    """A planted answer that is an error: it answers the request itself, as Azure's own errors do."""

    def __init__(self, answer: HttpAnswer) -> None:
        super().__init__(answer.status, "Planted", "")
        self._answer = answer

    def answer(self) -> HttpAnswer:
        return self._answer


def planted(answer: HttpAnswer) -> HttpAnswer:
    if answer.status >= 400:
        raise PlantedError(answer)
    return answer
