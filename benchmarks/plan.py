"""`flowspec plan` as a process on estates of 1,000 to 100,000 NICs: wall and processor time, memory, growth.

By hand, some of them alone: python -m benchmarks.plan [NAME]… [--seed N] [--tags ServiceTags_….json] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import estate
from benchmarks.estate import Shape
from benchmarks.processes import DRIFT, Finished, flowspec
from benchmarks.timing import Row

Made = tuple[Path, Path]


@dataclass(frozen=True, slots=True)
class Case:
    """How the spec and the network are made, and what was promised: seconds of wall time, MB of memory."""

    what: str
    make: Callable[[Path, int], Made]
    seconds: float | None = None
    memory: float | None = None
    document: bool = False


def _estate(*shape: int, spread: bool = False, omitted: float = 0.001) -> Callable[[Path, int], Made]:
    """NICs, NSGs, intents, rules of each NSG."""
    return lambda folder, seed: estate.estate(folder, Shape(*shape, spread=spread, omitted=omitted), seed)


CASES = {
    "rules": Case("an NSG of 1,000 rules, all service tags", lambda *to: estate.one_nsg(to[0], 1000, to[1]), 3),
    "spread": Case("5,000 NICs, 50 NSGs, 100 intents, every app in every subnet",
                   _estate(5_000, 50, 100, 240, spread=True), 10),
    "shattering": Case("1,000 rules that cut every dimension, asked about everything at once",
                       lambda *to: estate.shattering(to[0], 1000, to[1]), 10),
    "drift": Case("100 intents that drift, over 500 NICs, 40 NSGs of 200 rules",
                  _estate(500, 40, 200, 200, omitted=0.7), 10),
    "drifts": Case("1,000 of 2,000 intents drift, over 500 NICs, 40 NSGs",
                   _estate(500, 40, 2_000, 200, omitted=0.7), 20, 700),
    "1k": Case("1,000 NICs, 30 NSGs of 200 rules, 100 intents", _estate(1_000, 30, 100, 200)),
    "10k": Case("10,000 NICs, 300 NSGs of 200 rules, 500 intents", _estate(10_000, 300, 500, 200), 10, 1000),
    "out": Case("the same, with --out", _estate(10_000, 300, 500, 200), document=True),
    "20k": Case("20,000 NICs, 300 NSGs of 200 rules, 500 intents", _estate(20_000, 300, 500, 200)),
    "100k": Case("100,000 NICs, 1,000 NSGs of 200 rules, 1,000 intents", _estate(100_000, 1_000, 1_000, 200), 90, 4000),
}  # fmt: skip
BY_HAND = {
    "intents": Case("10,000 intents over 400 NICs", lambda folder, seed: estate.many_intents(folder, seed=seed)),
    "input": Case("an inventory of 200 MB, 20 intents", _estate(90_000, 200, 20, 200)),
    "worst": Case("10,000 NICs, 300 NSGs of 600 rules, 500 intents, every app in every subnet",
                  _estate(10_000, 300, 500, 200, spread=True)),
}  # fmt: skip


def run(seed: int) -> Iterator[Row]:
    took = {}
    for name, case in CASES.items():
        took[name] = done = _measured(case, seed)
        yield _row(case, done)
    growth = took["20k"].processor / took["10k"].processor
    yield Row("twice the NICs of the same 300 NSGs, processor time", f"{growth:.2f} times", ratio=2 / growth,
              goal="at most 2 times", met=growth <= 2, memory=f"{took['20k'].memory:.0f} MB")  # fmt: skip


def _row(case: Case, done: Finished) -> Row:
    goals = [f"< {case.seconds:g} s"] if case.seconds else []
    goals += [f"{case.memory:,.0f} MB"] if case.memory else []
    fast, small = done.wall < (case.seconds or done.wall + 1), done.memory < (case.memory or done.memory + 1)
    told = f"{done.wall:.1f} s ({done.processor:.1f} s of processors)"
    return Row(case.what, told, goal=", ".join(goals), met=fast and small if goals else None,
               memory=f"{done.memory:.0f} MB")  # fmt: skip


def _measured(case: Case, seed: int, tags: Path | None = None) -> Finished:
    with TemporaryDirectory() as folder:
        spec, network = _made(case, Path(folder), seed, tags)
        command = ["plan", str(spec), "-i", str(network), "--today", "2026-11-21"]
        command += ["--out", str(Path(folder) / "plan.json")] if case.document else []
        return flowspec(command, b"Plan: ", (0, DRIFT))


def _made(case: Case, folder: Path, seed: int, tags: Path | None) -> Made:
    spec, network = case.make(folder, seed)
    if tags is not None:
        shutil.copy(tags, network / "ServiceTags_Public.json")
    return spec, network


def main() -> None:
    every = CASES | BY_HAND
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*every, []], metavar="NAME", help=", ".join(every))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tags", type=Path, help="a real service tag file in place of the drawn one")
    parser.add_argument("--profile", action="store_true", help="where the time goes, in this process")
    given = parser.parse_args()
    for name in given.names or CASES:
        if given.profile:
            _profile(every[name], given.seed, given.tags)
        else:
            done = _measured(every[name], given.seed, given.tags)
            row = _row(every[name], done)
            print(f"{row.what}: {row.ours}, {row.memory}" + (f"  (goal: {row.goal})" if row.goal else ""))
            print(f"  {done.output.decode().splitlines()[-1]}", flush=True)


def _profile(case: Case, seed: int, tags: Path | None) -> None:
    from flowspec.pipeline import PlanOptions
    from flowspec.pipeline import run as plan
    from flowspec.sources import load_inventory
    from flowspec.spec import load_spec
    from flowspec.views import VIEWS, Style

    def steps(spec: Path, network: Path) -> Iterator[str]:
        desired = load_spec([spec], {}, [], {})
        yield "spec"
        inventory = load_inventory([str(network)])
        yield "inventory"
        report = plan(desired, inventory, PlanOptions(today=date(2026, 11, 21), room=0))
        yield "plan"
        VIEWS["plan"]["text"](report, Style())
        yield "text"

    with TemporaryDirectory() as folder:
        made = _made(case, Path(folder), seed, tags)
        profiler, start = cProfile.Profile(), time.perf_counter()
        profiler.enable()
        for step in steps(*made):
            print(f"{step}: {time.perf_counter() - start:.2f} s", flush=True)
            start = time.perf_counter()
        profiler.disable()
    pstats.Stats(profiler).sort_stats("cumtime").print_stats(60)


if __name__ == "__main__":
    main()
