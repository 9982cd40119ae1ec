"""`--executor WHERE` -> who decides the checks of a plan: this process, processes of this machine, a Dask cluster."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.terminal import tell
from flowspec.errors import FlowspecError, Problem, Severity

if TYPE_CHECKING:
    from flowspec.workers import Workers

_WORTH_IT = 150_000
"""Checks from which more processes save more time than they take to start: some seconds of deciding."""
_LOTS_EACH = 4
"""Parts for each worker: a slow or lost one holds up little."""
_PATIENCE = 10
"""Seconds to reach a cluster."""
_DASK = "dask://"
_MOST = 256
"""Processes on one machine."""

ExecutorName = Annotated[
    str,
    typer.Option(
        "--executor",
        metavar="WHERE",
        help="Who decides the checks: auto (processes where there are very many), none, processes[:N], dask://HOST:PORT.",
    ),
]


@contextmanager
def workers_of(where: str) -> Iterator[Callable[[int], Workers | None]]:
    """Asked with the number of checks: the workers for them, or None for this process alone."""
    kind, _, rest = where.partition(":")
    scheduler = re.fullmatch(rf"{_DASK}((?:\[[0-9A-Fa-f:.]+\]|[^\s/:]+):[0-9]{{1,5}})/?", where)
    if scheduler:
        with _cluster(scheduler[1]) as workers:
            yield lambda checks: workers
    elif kind == "processes" and (not rest or (re.fullmatch("[0-9]{1,3}", rest) and 1 <= int(rest) <= _MOST)):
        count = int(rest) if rest else min(_cores(), _MOST)
        yield lambda checks: _processes(count)
    elif where == "auto":
        yield lambda checks: _processes(_cores()) if checks >= _WORTH_IT and _cores() > 1 and _forks() else None
    elif where == "none":
        yield lambda checks: None
    else:
        hint = f"{where!r} is no executor: auto, none, processes, processes:N (N to {_MOST}) or dask://HOST:PORT."
        raise typer.BadParameter(hint, param_hint="--executor")


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _forks() -> bool:
    """Whether a copy of this process, with all it has read, costs next to nothing."""
    return sys.platform == "linux"


def _processes(count: int) -> Workers:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    from flowspec.workers import Workers

    context = multiprocessing.get_context("fork" if _forks() else "spawn")
    lots = count * _LOTS_EACH if _forks() else count  # where nothing is forked, each part takes the inventory along
    return Workers(executor=ProcessPoolExecutor(count, mp_context=context), lots=lots, forks=_forks(), lost=tell)


@contextmanager
def _cluster(address: str) -> Iterator[Workers]:
    from flowspec.workers import Workers

    try:
        from distributed import Client
    except ImportError as error:
        raise FlowspecError(
            Problem(Severity.ERROR, "Dask is not installed", "pip install 'flowspec[dask]', here and on the workers")
        ) from error
    try:
        client = Client(f"tcp://{address}", timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        advice = "start one with `dask scheduler` and `dask worker`, or leave --executor out"
        raise FlowspecError(
            Problem(Severity.ERROR, f"There is no Dask scheduler at {address}: {error}", advice)
        ) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise FlowspecError(
                Problem(Severity.ERROR, f"The Dask scheduler at {address} has no workers", "start some")
            )
        executor = client.get_executor()
        yield Workers(
            executor=executor,
            lots=threads * _LOTS_EACH,
            ship=lambda parcel: client.scatter(parcel, broadcast=True),
            lost=tell,
        )
