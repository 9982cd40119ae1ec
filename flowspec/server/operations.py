"""Long-running calls: begun, polled at `operationResults` and `operations`, done (azure.md B1.3)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from flowspec.server.options import TwinOptions
from flowspec.server.wire import Headers, HttpAnswer, HttpCall, RefusedError, accepted, pretty

NETWORK, COMPUTE = "Microsoft.Network", "Microsoft.Compute"

MOST = 10_000
"""How many operations are remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`service` is the x-ms-arm-service-request-id that every poll repeats; `status` the URL of the status document."""

    number: str
    answer: HttpAnswer
    ready: float
    location: str
    status: str
    service: str


class Operations:
    """`finish` is told the number of an operation that is found done when it is polled."""

    def __init__(self, options: TwinOptions, finish: Callable[[str], None]) -> None:
        self.options = options
        self._finish = finish
        self._begun: OrderedDict[str, Operation] = OrderedDict()

    def begin(self, call: HttpCall, region: str, answer: HttpAnswer, namespace: str = NETWORK) -> Operation:
        """Remembers an answer until it is asked for."""
        number = str(uuid4())
        place = f"{call.origin}/subscriptions/{call.segments[1]}/providers/{namespace}/locations/{region}"
        version = f"api-version={call.version}"
        status = f"{place}/operations/{number}?{version}"
        result = f"{place}/operationResults/{number}?{version}"
        operation = Operation(
            number=number,
            answer=answer,
            ready=time.monotonic() + self.options.latency,
            location=result if namespace == NETWORK else f"{place}/operations/{number}?monitor=true&{version}",
            status=status,
            service=str(uuid4()),
        )
        self._begun[number] = operation
        while len(self._begun) > MOST:
            self._begun.popitem(last=False)
        return operation

    def verified(self, call: HttpCall, region: str, answer: HttpAnswer) -> HttpAnswer:
        """What a POST answers: the result with a Location, or 202 and `null`."""
        operation = self.begin(call, region, answer)
        headers = self._headers(operation)
        if self.options.sync:
            return answer.with_headers(*headers)
        running = accepted(*headers, self._wait())
        return running.with_headers(("Azure-AsyncOperation", operation.status)) if self.options.operations else running

    def changing(self, operation: Operation, answer: HttpAnswer) -> HttpAnswer:
        """What a PUT, a DELETE or an action answers that changes something."""
        headers = (("x-ms-request-id", operation.number), ("Azure-AsyncOperation", operation.status))
        located = (("Location", operation.location),) if answer.status == 202 else ()
        return answer.with_headers(*headers, *located, *(() if self.options.sync else (self._wait(),)))

    def url(self, number: str) -> str:
        """Where an operation is polled; "" for one that is forgotten."""
        operation = self._begun.get(number)
        return operation.status if operation else ""

    def _wait(self) -> tuple[str, str]:
        return "Retry-After", str(self.options.retry_after)

    def _headers(self, operation: Operation) -> Headers:
        told = (("Location", operation.location), ("x-ms-request-id", operation.number))
        return (*told, ("x-ms-arm-service-request-id", operation.service))

    def result(self, number: str) -> HttpAnswer:
        """A poll of the Location."""
        operation = self._find(number)
        headers = self._headers(operation)
        if time.monotonic() < operation.ready:
            return accepted(*headers, self._wait())
        self._finish(operation.number)
        return operation.answer.with_headers(*headers)

    def progress(self, number: str) -> HttpAnswer:
        """A poll of the Azure-AsyncOperation."""
        operation = self._find(number)
        if time.monotonic() < operation.ready:
            return pretty({"status": "InProgress"}).with_headers(self._wait())
        self._finish(operation.number)
        return pretty({"status": "Succeeded"})

    def _find(self, number: str) -> Operation:
        operation = self._begun.get(number.casefold())
        if operation is None:
            raise RefusedError(404, "OperationNotFound", f"The operation '{number}' was not found.", [])
        return operation
