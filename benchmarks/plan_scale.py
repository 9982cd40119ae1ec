"""`flowspec plan` as a process on large estates: wall time, processor time and memory, against the times promised.

python -m benchmarks.plan_scale [--only NAME] [--tags ServiceTags_Public_<date>.json] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from subprocess import run
from tempfile import TemporaryDirectory

from benchmarks import estate

Made = tuple[Path, Path]


def wide(folder: Path) -> Made:
    """An inventory of 200 MB: an estate of 90,000 NICs."""
    return estate.estate(folder, estate.Shape(90_000, 200, 20))


def made(nics: int, nsgs: int, intents: int, *, spread: bool = False) -> Callable[[Path], Made]:
    """An estate of NSGs of 200 rules."""
    return lambda folder: estate.estate(folder, estate.Shape(nics, nsgs, intents, 200, spread))


CASES: dict[str, tuple[Callable[[Path], Made], float | None]] = {
    "1,000 rules": (estate.one_nsg, 3.0),
    "5,000 NICs": (estate.estate, 10.0),
    "1k": (made(1_000, 30, 100), None),
    "10k": (made(10_000, 300, 500), 10.0),
    "20k": (made(20_000, 300, 500), 20.0),
    "100k": (made(100_000, 1_000, 1_000), 90.0),
    "10k spread": (made(10_000, 300, 500, spread=True), None),
    "10,000 intents": (estate.many_intents, None),
    "200 MB": (wide, None),
}


def main() -> None:
    arguments = parsed()
    for name, (make, promised) in CASES.items():
        if arguments.only in (None, name):
            with TemporaryDirectory() as folder:
                spec, network = make(Path(folder))
                if arguments.tags:
                    shutil.copy(arguments.tags, network / "ServiceTags_Public.json")
                profile(spec, network) if arguments.profile else measure(name, spec, network, promised)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--tags", type=Path, help="a real service tag file in place of the drawn one")
    parser.add_argument("--profile", action="store_true", help="where the time goes, in this process")
    return parser.parse_args()


def measure(name: str, spec: Path, network: Path, promised: float | None) -> None:
    command = [sys.executable, "-m", "flowspec", "plan", str(spec), "-i", str(network), "--today", "2026-11-21"]
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    done = run(command, capture_output=True, check=False)
    wall, after = time.perf_counter() - start, getrusage(RUSAGE_CHILDREN)
    if done.returncode not in (0, 2):
        sys.exit(done.stderr.decode()[:2000] or done.stdout.decode()[-2000:])
    size = sum(file.stat().st_size for file in network.iterdir()) / 1e6
    told = f"{name:16} {wall:6.2f} s wall, {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:6.2f} s"
    told += f" processor, {after.ru_maxrss / 1024:,.0f} MB, input {size:,.0f} MB"
    print(told + (f"  (promised: {promised:g} s)" if promised else ""))
    print(f"{'':16} {done.stdout.decode().splitlines()[-1]}", flush=True)


def profile(spec: Path, network: Path) -> None:
    from flowspec.plan import Options
    from flowspec.plan import run as plan
    from flowspec.sources import load_inventory
    from flowspec.spec import load_spec
    from flowspec.views import VIEWS, Style

    def steps() -> Iterator[str]:
        desired = load_spec([spec], {}, [], {})
        yield "spec"
        inventory = load_inventory([str(network)])
        yield "inventory"
        report = plan(desired, inventory, Options(date(2026, 11, 21)))
        yield "plan"
        VIEWS["text"](report, Style())
        yield "text"
        VIEWS["json"](report, Style())
        yield "json"

    profiler, start = cProfile.Profile(), time.perf_counter()
    profiler.enable()
    for step in steps():
        print(f"{step}: {time.perf_counter() - start:.2f} s", flush=True)
        start = time.perf_counter()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("cumtime").print_stats(60)


if __name__ == "__main__":
    main()
