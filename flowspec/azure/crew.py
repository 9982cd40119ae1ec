"""Work on many things -> their results in order, some at a time, by threads that never keep the process from ending."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from flowspec.errors import AzureError, Problem, Severity
from flowspec.model.live import Deadline

_T = TypeVar("_T")
_R = TypeVar("_R")


def within(deadline: Deadline, doing: str, work: Callable[[], _R]) -> _R:
    """`work()`; AzureError when it is not done by the deadline, whatever it waits for.

    A socket's own time-outs do not bound it: they begin anew with every byte. What is late goes on in a thread that
    keeps nothing from ending, and its requests are refused.
    """
    done: list[_R] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(deadline.left())
    if done:
        return done[0]
    if failed:
        raise failed[0]
    summary = f"{doing} took longer than the run may: --timeout is {deadline.seconds:g} s"
    raise AzureError(Problem(Severity.ERROR, summary, "Give it more time, for example --timeout 30m."))


def side_by_side(work: Callable[[_T], _R], items: Sequence[_T], at_once: int) -> list[_R]:
    """`[work(item) for item in items]`; the first exception is raised when it comes, and nothing more is begun.

    Unlike a pool of concurrent.futures, an interrupt ends it at once: its threads are not waited for.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, _R] | BaseException] = queue.SimpleQueue()
    stop = threading.Event()
    for at in range(len(items)):
        waiting.put(at)

    def worker() -> None:
        while not stop.is_set():
            try:
                at = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((at, work(items[at])))
            except BaseException as error:
                done.put(error)

    for _ in range(min(at_once, len(items))):
        threading.Thread(target=worker, daemon=True).start()
    results: dict[int, _R] = {}
    try:
        while len(results) < len(items):
            found = done.get()
            if isinstance(found, BaseException):
                raise found
            results[found[0]] = found[1]
    finally:
        stop.set()
    return [results[at] for at in range(len(items))]
