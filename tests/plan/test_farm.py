"""Plans whose checks others decide: the same document as when one process decides them all."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowspec import workers
from flowspec.intents.case import Case as EngineCase
from flowspec.intents.summary import holds
from flowspec.model.documents.plan import Report, Status
from flowspec.pipeline import PlanOptions, run
from flowspec.views import VIEWS, Style
from flowspec.workers import Workers
from tests.cli.command import environment
from tests.cli.shop import SSH, lay_out
from tests.plan.differential import Case
from tests.plan.drawn_specs import TODAY

EVERYTHING = PlanOptions(today=TODAY)
ROOMS = (0, 40, 400, EVERYTHING.room)
LINUX = sys.platform == "linux"


class Broken(Executor):
    """Takes so many parts, none of which ever comes back, and then no more."""

    def __init__(self, takes: int) -> None:
        self.left = takes

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not self.left:
            raise RuntimeError("no workers")
        self.left -= 1
        future: Future[Any] = Future()
        future.set_exception(ConnectionError("worker lost"))
        return future


def document(report: Report) -> str:
    return VIEWS["plan"]["json"](report, Style())


class Drawn:
    """A drawn spec and network, loaded once: the paths of its files stand in the document."""

    def __init__(self, seed: int) -> None:
        case = Case(seed)
        self.seed, self.spec, self.inventory = seed, case.spec.spec, case.load(case.drawn)

    @property
    def has_intents(self) -> bool:
        return bool(self.spec.intents or self.spec.boundaries)


def planned(drawn: Drawn, options: PlanOptions) -> Report:
    return run(drawn.spec, drawn.inventory, options)


def threads(lots: int) -> Callable[[int], Workers]:
    return lambda checks: Workers(executor=ThreadPoolExecutor(1), lots=lots, forks=True)


@pytest.mark.parametrize("seed", (0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 39, 42, 45))
def test_workers_change_nothing(seed: int) -> None:
    case = Drawn(seed)
    for room in ROOMS:
        alone = replace(EVERYTHING, room=room)
        expected = document(planned(case, alone))
        for lots in (1, 3):
            assert document(planned(case, replace(alone, workers=threads(lots)))) == expected, (room, lots)


@pytest.mark.skipif(not LINUX, reason="processes are forked on Linux only")
def test_changes_that_other_processes_choose_are_the_same() -> None:
    """What comes back are copies: a rule that is there must be known again in the one that it is a copy of."""
    kinds: Counter[str] = Counter()
    for seed in range(12):
        case, asked = Drawn(seed), []

        def pool(checks: int, asked: list[int] = asked) -> Workers:
            asked.append(checks)
            context = multiprocessing.get_context("fork")
            return Workers(executor=ProcessPoolExecutor(1, mp_context=context), lots=1, forks=True)

        expected = planned(case, EVERYTHING)
        assert document(planned(case, replace(EVERYTHING, workers=pool))) == document(expected)
        if len(asked) > 1:
            kinds.update(one.change.action for one in expected.suggested_changes)
    assert kinds["create"] and kinds["update"]


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_what_an_outline_shows_to_hold_holds(first: int) -> None:
    """An outline must never call an intent satisfied that the whole judgement does not."""
    shown = satisfied = 0
    for seed in range(first, first + 50):
        drawn = Drawn(seed)
        case = EngineCase(drawn.spec, drawn.inventory, TODAY)
        for address, outline in case.outlines(0, 1).items():
            question = next(q for q in case.questions if q.address == address)
            judged, settled = case.judge.judge(question), case.judge.settled(question, outline)
            assert outline == judged.outline
            if settled is not None:
                assert holds(question, outline)
                assert (settled.status, judged.status) == (Status.SATISFIED, Status.SATISFIED), (seed, address)
                assert (settled.passing, settled.stopped) == (judged.passing, judged.stopped)
            shown += settled is not None
            satisfied += judged.status is Status.SATISFIED
    assert shown > 0.8 * satisfied > 0, "an outline that settles nothing helps nobody"


def test_a_worker_elsewhere_gets_all_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spec and inventory travel; the worker unpacks them once."""
    case = Drawn(7)
    monkeypatch.setattr(workers, "_CASES", {})
    parcels: list[bytes] = []

    def away(name: str, version: str, parcel: bytes, number: int, of: int) -> object:
        workers._CASES.clear()
        parcels.append(parcel)
        return workers.lot(name, version, parcel, number, of)

    class Away(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return super().submit(away, *args, **kwargs)

    expected = document(planned(case, EVERYTHING))
    far = replace(EVERYTHING, workers=lambda checks: Workers(executor=Away(1), lots=2, ship=lambda parcel: parcel))
    assert document(planned(case, far)) == expected
    assert len(parcels) == 2 and parcels[0] is parcels[1]


@pytest.mark.parametrize("takes", [0, 2, 5])
def test_what_workers_lose_is_decided_here_and_told_once(takes: int) -> None:
    case, told = Drawn(7), []
    lossy = replace(
        EVERYTHING, workers=lambda checks: Workers(executor=Broken(takes), lots=4, forks=True, lost=told.append)
    )
    assert document(planned(case, lossy)) == document(planned(case, EVERYTHING))
    assert len(told) == 1 and told[0].startswith("4 of 4 parts came back from no worker")


@pytest.mark.skipif(not LINUX, reason="processes are forked on Linux only")
def test_a_process_that_dies_costs_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, lot, told = os.getpid(), workers.lot, []

    def mortal(name: str, version: str, parcel: bytes | None, number: int, of: int) -> object:
        if number == 1 and os.getpid() != parent:
            os._exit(9)
        return lot(name, version, parcel, number, of)

    mortal.__module__, mortal.__qualname__ = lot.__module__, lot.__qualname__
    monkeypatch.setattr(workers, "lot", mortal)
    case = Drawn(7)
    expected = document(planned(case, EVERYTHING))

    def pool(checks: int) -> Workers:
        context = multiprocessing.get_context("fork")
        return Workers(executor=ProcessPoolExecutor(2, mp_context=context), lots=4, forks=True, lost=told.append)

    assert document(planned(case, replace(EVERYTHING, workers=pool))) == expected
    assert len(told) == 1


def plan(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowspec", "plan", "-i", "net.json", "--today", "2026-11-21", "-o", "json"]
    return subprocess.run(
        [*command, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )


def test_the_command_with_processes(tmp_path: Path) -> None:
    lay_out(tmp_path, SSH)
    alone, together = plan(tmp_path, "--executor", "none"), plan(tmp_path, "--executor", "processes:2")
    assert (together.returncode, together.stdout, together.stderr) == (alone.returncode, alone.stdout, "")


@pytest.mark.parametrize("where", ["nobody", "processes:0", "processes:x", "dask:/h"])
def test_an_executor_that_is_none(where: str, tmp_path: Path) -> None:
    done = plan(lay_out(tmp_path), "--executor", where)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is no executor: auto, none, processes, processes:N" in " ".join(done.stderr.split())


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def test_the_command_with_dask(tmp_path: Path) -> None:
    lay_out(tmp_path, SSH)
    script = tmp_path / "cluster.py"
    script.write_text(textwrap.dedent(CLUSTER), "utf-8")
    alone = plan(tmp_path, "--executor", "none")
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as cluster:
        assert cluster.stdin is not None and cluster.stdout is not None
        address = cluster.stdout.readline().strip().removeprefix("tcp://")
        together = plan(tmp_path, "--executor", f"dask://{address}")
        cluster.stdin.close()
    assert (together.returncode, together.stdout, together.stderr) == (alone.returncode, alone.stdout, "")


def test_a_cluster_that_is_not_there(tmp_path: Path) -> None:
    done = plan(lay_out(tmp_path), "--executor", "dask://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: There is no Dask scheduler at 127.0.0.1:9")
