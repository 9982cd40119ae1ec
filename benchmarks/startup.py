"""Start-up, and how fast an inventory is read: processes against a bare python, bytes against json.loads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import estate
from benchmarks.processes import DRIFT, Finished, flowspec, python
from benchmarks.timing import Row, forget_peak, rates
from flowspec.sources import load_inventory

EXAMPLES = Path(__file__).parents[1] / "examples"
_TIMES = 15


def run(seed: int) -> Iterator[Row]:
    bare = _median(lambda: python(["-c", "pass"]))
    version = _median(lambda: flowspec(["--version"], b"flowspec "))
    more = version.wall - bare.wall
    yield Row("flowspec --version over a bare python, wall", f"{version.wall * 1000:.0f} ms",
              f"{bare.wall * 1000:.0f} ms", goal="at most 80 ms more", met=more <= 0.08,
              memory=f"{version.memory:.0f} MB")  # fmt: skip
    for example in ("shop", "two-nsgs"):
        yield _plan(EXAMPLES / example)
    yield from _reading(seed)


def _median(once: Callable[[], Finished]) -> Finished:
    return sorted((once() for _ in range(_TIMES)), key=lambda done: done.wall)[_TIMES // 2]


def _plan(example: Path) -> Row:
    """The exit code is that of drift or of none, the last line that of a plan."""
    command = ["plan", str(example), "-i", str(example / "network")]
    done = _median(lambda: flowspec(command, b"Plan: ", (0, DRIFT)))
    told = f"{done.wall * 1000:.0f} ms"
    return Row(f"plan of examples/{example.name}, wall", told, goal="< 600 ms", met=done.wall < 0.6,
               memory=f"{done.memory:.0f} MB")  # fmt: skip


def _reading(seed: int) -> Iterator[Row]:
    """The inventory of an estate as the product reads it, rules made and positions kept, against the parser alone."""
    with TemporaryDirectory() as folder:
        network = estate.estate(Path(folder), seed=seed)[1]
        files = sorted(network.iterdir())
        size = sum(file.stat().st_size for file in files)
        forget_peak()
        ours, theirs = rates(
            lambda: load_inventory([str(network)]), lambda: [json.loads(file.read_bytes()) for file in files], size, 3
        )
    what = f"reading an inventory of {size / 1e6:.0f} MB, against json.loads"
    yield Row(what, f"{ours / 1e6:.0f} MB/s", f"{theirs / 1e6:.0f} MB/s", ours / theirs)
