"""POST …/ipFlowVerify: a REST body -> the answer of the engine, or a planted lie (azure.md B1.1, B1.2, A8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flowspec.errors import RequestError
from flowspec.ipflowverify.requests import AZURE_REQUIRES, request_of, result_of
from flowspec.model.documents.verify import FlowAnswer
from flowspec.server.estate import Estate
from flowspec.server.options import Lie
from flowspec.server.wire import Answer, Call, pretty, refused

REASON = "x-flowspec-reason"
"""Why the twin answers Unknown: Azure's body has no place for it."""


def verify(estate: Estate, liar: Liar, call: Call) -> Answer:
    """The final answer; RefusedError where Azure refuses."""
    given = call.members()
    try:
        request = request_of(given, AZURE_REQUIRES)
        return liar.answer(given) or worded(estate.verifier.verify(request))
    except RequestError as error:
        raise refused(error.code, error.message, error.status) from None


def worded(answer: FlowAnswer) -> Answer:
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

    def answer(self, given: Mapping[str, object]) -> Answer | None:
        """The first planted answer for a request."""
        asked = {(name, str(value).casefold()) for name, value in given.items()}
        for at, lie in enumerate(self.lies):
            if lie.request <= asked and (lie.times is None or self._told[at] < lie.times):
                self._told[at] += 1
                return pretty(lie.answer, lie.status)
        return None
