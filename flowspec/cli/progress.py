"""What a long run is at -> one line that rewrites itself on a terminal, or a line every ten seconds in a log."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Self

from flowspec.cli.terminal import is_interactive, tell_drawn

_PATIENCE = 1.0
"""Seconds of silence before the first line."""
_TICK = 0.1
_LOGGED = 10.0
"""Seconds between two lines where nobody is looking: a job that says nothing for long is taken for dead."""


class ProgressLine:
    """A context manager; called with (phase, done, total) as the run goes on."""

    def __init__(self) -> None:
        self._state = ("Reading", 0, 0)
        self._shown = 0
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, phase: str, done: int, total: int) -> None:
        self._state = (phase, done, total)

    def __enter__(self) -> Self:
        run = self._run if is_interactive(sys.stderr) else self._log
        self._thread = threading.Thread(target=run, daemon=True)
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
            self._write(self._words(started))

    def _log(self) -> None:
        """Whole lines, since others write too."""
        started = time.monotonic()
        while not self._done.wait(_LOGGED):
            tell_drawn(self._words(started))

    def _words(self, started: float) -> str:
        phase, done, total = self._state
        count = f" {done:,} of {total:,}" if total else ""
        return f"{phase[:1].upper()}{phase[1:]}{count} ({time.monotonic() - started:.0f} s)"

    def _write(self, text: str) -> None:
        """Over what stood there; blanks instead of an escape sequence, so that it works on any terminal."""
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        text = text[: columns - 1]
        sys.stderr.write(f"\r{text:<{self._shown}}" + ("" if text else "\r"))
        sys.stderr.flush()
        self._shown = len(text)
