"""A case -> the outlines of its questions, worked out by others: processes of this machine, or workers elsewhere.

The policies are dealt out in lots; each worker says what the checks of its lot come to, and the answers add up, in
whatever order they come. The only seam is `concurrent.futures.Executor`.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from flowspec.intents.case import Case
from flowspec.intents.summary import NOTHING_CHECKED, Outline
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Spec
from flowspec.version import __version__

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from flowspec.model.live import Progress

T = TypeVar("T")
_Found = Mapping[str, Outline]
_NUMBERS = count(1)
_WORK: dict[int, Callable[[int], Any]] = {}
"""What copies of this process are born to do."""
_CASES: dict[str, Case] = {}
"""The case that this process has at hand: workers get it once, forked ones are born with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """`lots`: into how many parts the policies are dealt. `forks`: workers are copies of this process.

    `ship` puts what every worker needs where workers find it, and returns what stands for it; `lost` is told of lots
    that had to be done here.
    """

    executor: Executor
    lots: int
    forks: bool = False
    ship: Callable[[bytes], bytes] | None = None
    lost: Callable[[str], None] | None = None


def outlines(case: Case, workers: Workers, tell: Progress | None = None) -> _Found:
    """What the checks of each question come to. A lot that a worker fails to bring is done here."""
    parcel = None if workers.forks else pickle.dumps(_ingredients(case), pickle.HIGHEST_PROTOCOL)
    name = f"case {next(_NUMBERS)} of process {os.getpid()}" if parcel is None else sha256(parcel).hexdigest()
    shipped = workers.ship(parcel) if workers.ship is not None and parcel is not None else parcel
    _CASES[name] = case
    try:
        with workers.executor as executor:
            lots = range(workers.lots)
            asked = {_submitted(executor, lot, name, __version__, shipped, n, workers.lots): n for n in lots}
            return _gathered(case, workers, asked, tell)
    finally:
        del _CASES[name]


def _submitted(executor: Executor, work: Callable[..., T], *given: object) -> Future[T]:
    try:
        return executor.submit(work, *given)
    except Exception as error:  # an executor that has lost its workers takes no more work
        from concurrent.futures import Future

        failed: Future[T] = Future()
        failed.set_exception(error)
        return failed


def _gathered(case: Case, workers: Workers, asked: Mapping[Future[_Found], int], tell: Progress | None) -> _Found:
    from concurrent.futures import as_completed

    found: dict[str, Outline] = {}
    lost: list[BaseException] = []
    for done, future in enumerate(as_completed(asked)):
        error = future.exception()
        if error is not None:
            lost.append(error)
        brought = future.result() if error is None else case.outlines(asked[future], workers.lots)
        for address, outline in brought.items():
            found[address] = found.get(address, NOTHING_CHECKED).joined(outline)
        if tell is not None:
            tell("decide", done + 1, workers.lots)
    _tell_lost(workers, lost, workers.lots)
    return found


def spread(work: Callable[[int], T], count: int, workers: Workers | None) -> Iterator[T]:
    """`work` for all numbers below `count`, in their order: by workers that are copies of this process, or here.

    What a worker fails to bring is done here.
    """
    if workers is None or not workers.forks:
        yield from map(work, range(count))
        return
    name = next(_NUMBERS)
    _WORK[name] = work
    lost: list[BaseException] = []
    try:
        with workers.executor as executor:
            asked = [_submitted(executor, _piece, name, number) for number in range(count)]
            for number, future in enumerate(asked):
                error = future.exception()
                lost += [] if error is None else [error]
                yield future.result() if error is None else work(number)
    finally:
        del _WORK[name]
    _tell_lost(workers, lost, count)


def _piece(name: int, number: int) -> Any:
    """Run by a worker that was born with the work."""
    return _WORK[name](number)


def _tell_lost(workers: Workers, lost: list[BaseException], of: int) -> None:
    if lost and workers.lost is not None:
        what = " ".join(str(lost[0]).split())
        workers.lost(f"{len(lost)} of {of} parts came back from no worker and were decided here ({what}).")


def lot(name: str, version: str, parcel: bytes | None, number: int, of: int) -> _Found:
    """Run by a worker: one lot of the case `name`, which is unpacked when it is not at hand."""
    if version != __version__:
        raise RuntimeError(f"the worker has flowspec {__version__}, not {version}")
    if name not in _CASES:
        if parcel is None:
            raise LookupError("the worker was not born with the case")
        _CASES.clear()
        _CASES[name] = Case(*pickle.loads(parcel))
    return _CASES[name].outlines(number, of)


def _ingredients(case: Case) -> tuple[Spec, Inventory, date, tuple[str, ...], tuple[int, int]]:
    return case.spec, case.inventory, case.today, case.targets, case.shard
