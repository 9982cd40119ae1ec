"""What is measured -> rows of a table: ours, the peer's in the same run, and their ratio."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Row:
    """`ratio` is how many times ours is better; `goal` what the ratio (or, without a peer, ours) has to reach.

    `memory` is filled in by who runs it, with the most that the process held while the row was measured. A run in which
    a `required` goal is missed counts for nothing.
    """

    what: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    memory: str = ""
    required: bool = False


def rate(run: Callable[[], object], items: int, times: int = 5) -> float:
    """Items a second of processor time, the median of several runs."""
    return items / seconds(run, times)


def seconds(run: Callable[[], object], times: int = 5) -> float:
    """Processor seconds, the median of several runs."""
    return statistics.median(once(run) for _ in range(times))


def once(run: Callable[[], object]) -> float:
    return timed(run)[1]


def timed(run: Callable[..., T], *given: object) -> tuple[T, float]:
    """What a call returns, and its processor seconds."""
    start = time.process_time()
    found = run(*given)
    return found, time.process_time() - start


def rates(ours: Callable[[], object], theirs: Callable[[], object], items: int, times: int = 7) -> tuple[float, float]:
    """Items a second of each, medians of turns taken one after the other: what disturbs one disturbs both."""
    took = [(once(ours), once(theirs)) for _ in range(times)]
    return items / statistics.median(our for our, _ in took), items / statistics.median(their for _, their in took)


def peak() -> float:
    """MB that this process has held at once since `forget_peak`, or ever where the system can't forget."""
    if _STATUS.exists():
        words = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")).split()
        return int(words[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def spread(found: Iterable[float]) -> str:
    """Median, 90th percentile and worst, in ms."""
    ordered = sorted(found)
    chosen = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.9)], ordered[-1])
    return " / ".join(f"{value * 1000:.2f}" for value in chosen) + " ms"


def short(number: float) -> str:
    """1234567 -> 1.2M."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return f"{number:.1f}"
