"""A case -> the outlines of its questions, worked out by others: processes of this machine, or workers elsewhere.

The policies are dealt out in lots; each worker says what the checks of its lot come to, and the answers add up, in
whatever order they come. The only seam is `concurrent.futures.Executor`.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING

from flowspec.intents.case import Case
from flowspec.intents.summary import NOTHING_CHECKED, Outline
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Spec
from flowspec.version import __version__

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from flowspec.model.live import Progress

_Found = Mapping[str, Outline]
_NUMBERS = count(1)
_CASES: dict[str, Case] = {}
"""The case that this process has at hand: workers get it once, forked ones are born with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Farm:
    """`lots`: into how many parts the policies are dealt. `forks`: workers are copies of this process.

    `ship` puts what every worker needs where workers find it, and returns what stands for it; `lost` is told of lots
    that had to be done here.
    """

    executor: Executor
    lots: int
    forks: bool = False
    ship: Callable[[bytes], bytes] | None = None
    lost: Callable[[str], None] | None = None


def outlines(case: Case, farm: Farm, tell: Progress | None = None) -> _Found:
    """What the checks of each question come to. A lot that a worker fails to bring is done here."""
    parcel = None if farm.forks else pickle.dumps(_ingredients(case), pickle.HIGHEST_PROTOCOL)
    name = f"case {next(_NUMBERS)} of process {os.getpid()}" if parcel is None else sha256(parcel).hexdigest()
    shipped = farm.ship(parcel) if farm.ship is not None and parcel is not None else parcel
    _CASES[name] = case
    try:
        with farm.executor as executor:
            asked = {_submitted(executor, name, shipped, n, farm.lots): n for n in range(farm.lots)}
            return _gathered(case, farm, asked, tell)
    finally:
        del _CASES[name]


def _submitted(executor: Executor, name: str, shipped: bytes | None, number: int, of: int) -> Future[_Found]:
    try:
        return executor.submit(lot, name, __version__, shipped, number, of)
    except Exception as error:  # an executor that has lost its workers takes no more work
        from concurrent.futures import Future

        failed: Future[_Found] = Future()
        failed.set_exception(error)
        return failed


def _gathered(case: Case, farm: Farm, asked: Mapping[Future[_Found], int], tell: Progress | None) -> _Found:
    from concurrent.futures import as_completed

    found: dict[str, Outline] = {}
    lost: list[BaseException] = []
    for done, future in enumerate(as_completed(asked)):
        error = future.exception()
        if error is not None:
            lost.append(error)
        brought = future.result() if error is None else case.outlines(asked[future], farm.lots)
        for address, outline in brought.items():
            found[address] = found.get(address, NOTHING_CHECKED).joined(outline)
        if tell is not None:
            tell("decide", done + 1, farm.lots)
    if lost and farm.lost is not None:
        what = " ".join(str(lost[0]).split())
        farm.lost(f"{len(lost)} of {farm.lots} parts came back from no worker and were decided here ({what}).")
    return found


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
