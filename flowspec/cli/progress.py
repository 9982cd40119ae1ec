"""What a long run is at -> one line on the terminal that rewrites itself and leaves nothing behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Self

from flowspec.cli.terminal import is_interactive

_PATIENCE = 1.0
"""Seconds of silence before the first line."""
_TICK = 0.1


class ProgressLine:
    """A context manager; called with (phase, done, total) as the run goes on. Silent unless someone is looking."""

    def __init__(self) -> None:
        self._state = ("Reading", 0, 0)
        self._shown = 0
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, phase: str, done: int, total: int) -> None:
        self._state = (phase, done, total)

    def __enter__(self) -> Self:
        if is_interactive(sys.stderr):
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread:
            self._done.set()
            self._thread.join()
            if self._shown:
                self._write("")

    def _run(self) -> None:
        started = time.monotonic()
        self._done.wait(_PATIENCE)
        while not self._done.wait(_TICK):
            phase, done, total = self._state
            count = f" {done:,} of {total:,}" if total else ""
            self._write(f"{phase.capitalize()}{count} ({time.monotonic() - started:.0f} s)")

    def _write(self, text: str) -> None:
        """Over what stood there; blanks instead of an escape sequence, so that it works on any terminal."""
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        text = text[: columns - 1]
        sys.stderr.write(f"\r{text:<{self._shown}}" + ("" if text else "\r"))
        sys.stderr.flush()
        self._shown = len(text)
