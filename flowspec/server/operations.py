"""Long-running calls: begun, polled at `operationResults` and `operations`, done (azure.md B1.3)."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from uuid import uuid4

from flowspec.server.options import Options
from flowspec.server.wire import Answer, Call, Headers, RefusedError, accepted, pretty

MOST = 10_000
"""How many operations are remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`service` is the x-ms-arm-service-request-id that every poll repeats."""

    answer: Answer
    ready: float
    location: str
    service: str


class Operations:
    def __init__(self, options: Options) -> None:
        self.options = options
        self._begun: OrderedDict[str, Operation] = OrderedDict()

    def begin(self, call: Call, region: str, answer: Answer) -> tuple[str, Operation]:
        """Remembers an answer until it is asked for."""
        number = str(uuid4())
        subscription = call.segments[1]
        place = f"{call.origin}/subscriptions/{subscription}/providers/Microsoft.Network/locations/{region}"
        location = f"{place}/operationResults/{number}?api-version={call.version}"
        operation = Operation(answer, time.monotonic() + self.options.latency, location, str(uuid4()))
        self._begun[number] = operation
        while len(self._begun) > MOST:
            self._begun.popitem(last=False)
        return number, operation

    def verified(self, call: Call, region: str, answer: Answer) -> Answer:
        """What a POST answers: the result with a Location, or 202 and `null`."""
        number, operation = self.begin(call, region, answer)
        headers = self._headers(number, operation)
        if self.options.sync:
            return answer.with_headers(*headers)
        running = accepted(*headers, ("Retry-After", str(self.options.retry_after)))
        return running.with_headers(self.status(operation)) if self.options.operations else running

    def status(self, operation: Operation) -> tuple[str, str]:
        return "Azure-AsyncOperation", operation.location.replace("/operationResults/", "/operations/")

    def _headers(self, number: str, operation: Operation) -> Headers:
        told = (("Location", operation.location), ("x-ms-request-id", number))
        return (*told, ("x-ms-arm-service-request-id", operation.service))

    def result(self, number: str) -> Answer:
        """A poll of `operationResults`."""
        operation = self._find(number)
        headers = self._headers(number, operation)
        if time.monotonic() < operation.ready:
            return accepted(*headers, ("Retry-After", str(self.options.retry_after)))
        return operation.answer.with_headers(*headers)

    def progress(self, number: str) -> Answer:
        """A poll of `operations`."""
        operation = self._find(number)
        if time.monotonic() < operation.ready:
            return pretty({"status": "InProgress"}).with_headers(("Retry-After", str(self.options.retry_after)))
        return pretty({"status": "Succeeded"})

    def _find(self, number: str) -> Operation:
        operation = self._begun.get(number.casefold())
        if operation is None:
            raise RefusedError(404, "OperationNotFound", f"The operation '{number}' was not found.", [])
        return operation
