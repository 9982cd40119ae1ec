"""What the operating system says -> one error that names the file; what it tells the process -> its end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.reading import is_text, read

_ENDINGS = ("SIGTERM", "SIGHUP")
"""Signals that end the process and that Python does not turn into an exception; some systems lack some."""


class Ended(BaseException):
    """The system tells the process to end. What is written half is cleaned up on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


def end_by_signals() -> None:
    """From here on a signal that ends the process raises `Ended`; one that it was started without stays ignored."""
    for name in _ENDINGS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=lambda number=number: signal.signal(number, signal.SIG_DFL))


def _end(number: int, frame: FrameType | None) -> None:
    """Workers have nothing to clean up, and who waits for them would wait for all they have to do."""
    if "multiprocessing" in sys.modules:
        for child in sys.modules["multiprocessing"].active_children():
            child.terminate()
    raise Ended(number)


@contextmanager
def undisturbed() -> Iterator[None]:
    """A signal that would end the process waits until the block is done: for steps that belong together."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = [number for name in ("SIGINT", *_ENDINGS) if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.signal(number, lambda number, frame: came.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if came:
            signal.raise_signal(came[0])


@contextmanager
def doing(what: str, path: Path | str) -> Iterator[None]:
    """What the system says while something is done with a file: `Can't read x: No such file or directory.`"""
    try:
        yield
    except OSError as error:
        raise FlowspecError(f"Can't {what} {path}: {reason(error)}.") from error


def read_bytes(path: Path) -> bytes:
    with doing("read", path):
        return read(path)


def read_text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FlowspecError(f"Can't read {path}: it is not UTF-8.") from error


def problem_of(error: OSError) -> Problem:
    """For what nobody has said more about."""
    place = f"{error.filename}: " if error.filename is not None else ""
    return Problem(Severity.ERROR, f"{place}{reason(error)}")


def reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def refuse_foreign(texts: Sequence[str], what: str) -> None:
    """FlowspecError for one that is not UTF-8: no report could name it."""
    for text in texts:
        if not is_text(text):
            shown = os.fsencode(text).decode("utf-8", "backslashreplace")
            advice = "Rename the file or the folder, or use a link with another name."
            raise FlowspecError(Problem(Severity.ERROR, f"{what} is not UTF-8: {shown}", advice))
