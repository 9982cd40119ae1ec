"""Requests -> 429 when there are too many: the throttle that is asked for, and the twin's own bound (azure.md B5)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from flowspec.server.options import TwinOptions
from flowspec.server.wire import HttpAnswer, HttpCall, RefusedError

READS = 12_000
READING = ("GET", "HEAD")


@dataclass(slots=True)
class Bucket:
    """A token bucket: `size` at once, refilled by `rate` a second."""

    size: float
    rate: float
    left: float = field(init=False)
    seen: float = field(init=False)

    def __post_init__(self) -> None:
        self.left, self.seen = self.size, time.monotonic()

    def take(self) -> float:
        """0 when there was a token; else the seconds until there is one."""
        now = time.monotonic()
        self.left, self.seen = min(self.size, self.left + (now - self.seen) * self.rate), now
        if self.left >= 1:
            self.left -= 1
            return 0
        return (1 - self.left) / self.rate


class TwinLimits:
    """How often clients may call: the bucket of writes, that of all calls, and the numbers told as remaining."""

    def __init__(self, options: TwinOptions) -> None:
        throttle = options.throttle
        self.writes = Bucket(throttle.number, throttle.number / throttle.seconds) if throttle else None
        self.all = Bucket(2 * options.max_rate, options.max_rate)
        self._limit = options.writes
        self._counted = {"writes": 0, "reads": 0}

    def refusal(self, call: HttpCall) -> HttpAnswer | None:
        """429 with Retry-After, worded as Azure does; None for a request that may pass."""
        waits = [self.all.take()]
        if self.writes is not None and call.folded[:1] == ("subscriptions",) and call.method not in READING:
            waits.append(self.writes.take())
        wait = math.ceil(max(waits))
        if not wait:
            return None
        subscription = call.segments[1] if len(call.segments) > 1 else ""
        message = (
            f"Number of requests for subscription '{subscription}' exceeded. Please try again after '{wait}' seconds."
        )
        return (
            RefusedError(429, "SubscriptionRequestsThrottled", message)
            .answer()
            .with_headers(("Retry-After", str(wait)))
        )

    def remaining(self, call: HttpCall) -> tuple[str, int]:
        """What is left of reads or writes: of the bucket, or counting down from the hour's allowance."""
        if call.method not in READING and self.writes is not None:
            return "writes", int(self.writes.left)
        kind, limit = ("reads", READS) if call.method in READING else ("writes", self._limit)
        self._counted[kind] += 1
        return kind, limit - 1 - (self._counted[kind] - 1) % limit
