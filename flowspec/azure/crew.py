"""Work on many things -> their results in order, some at a time, by threads that never keep the process from ending."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")


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
