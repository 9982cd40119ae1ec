"""How many calls may be under way at once: fewer when Azure asks for it, more again while it does not (azure.md B5)."""

from __future__ import annotations

import threading
import time

_LONGEST_PAUSE = 120.0
_CALM = 2.0
"""Seconds after a slow-down in which further 429s are of the same crowd and do not halve again."""


class AskingGate:
    """A semaphore whose limit adapts: halved by a 429, and one more for every full round that went well."""

    def __init__(self, limit: int, stop: threading.Event) -> None:
        self._most = self._limit = max(1, limit)
        self._stop = stop
        self._busy = 0
        self._good = 0
        self._paused_until = 0.0
        self._slowed_at = -_CALM
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        return self._limit

    def enter(self, deadline: float) -> bool:
        """Waits for a place; False when the deadline (monotonic) comes first or the run is stopped."""
        with self._changed:
            while not self._stop.is_set():
                now = time.monotonic()
                if now >= deadline:
                    return False
                paused = self._paused_until - now
                if paused <= 0 and self._busy < self._limit:
                    self._busy += 1
                    return True
                wait = deadline - now if paused <= 0 else min(paused, deadline - now)
                self._changed.wait(min(wait, 1.0))
        return False

    def leave(self) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify()

    def went_well(self, remaining: int | None) -> None:
        """An answer that is no 429. `remaining` writes of the subscription: never more at once than are left."""
        with self._changed:
            self._good += 1
            if self._good >= self._limit and self._limit < self._most:
                self._limit, self._good = self._limit + 1, 0
                self._changed.notify()
            if remaining is not None and remaining < self._limit:
                self._limit, self._good = max(1, remaining), 0

    def slow_down(self, wait: float) -> float:
        """A 429: nobody begins anything for `wait` seconds. Gives the seconds for the caller to wait itself."""
        wait = min(max(wait, 0.0), _LONGEST_PAUSE)
        with self._changed:
            now = time.monotonic()
            if now - self._slowed_at >= _CALM:
                self._limit, self._slowed_at = max(1, self._limit // 2), now
            self._good = 0
            self._paused_until = max(self._paused_until, now + wait)
            return self._paused_until - now
