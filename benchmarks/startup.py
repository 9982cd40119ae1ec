"""Start-up, and how fast an inventory is read: processes against a bare python, bytes against json.loads."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.policies import realistic
from benchmarks.timing import Row, seconds
from flowspec.sources import load_inventory

_DRIFT = 2
SHOP = Path(__file__).parents[1] / "examples" / "shop"


def run(seed: int) -> Iterator[Row]:
    bare = _took(b"", "-c", "pass")
    version = _took(b"flowspec", "-m", "flowspec", "--version")
    more = (version - bare) * 1000
    yield Row("flowspec --version over a bare python", f"{version * 1000:.0f} ms", f"{bare * 1000:.0f} ms",
              goal="at most 80 ms more", met=more <= 80)  # fmt: skip
    plan = _took(b"Plan: ", "-m", "flowspec", "plan", "-i", str(SHOP / "network"), str(SHOP / "prod.flow.hcl"))
    yield Row("plan of examples/shop", f"{plan * 1000:.0f} ms", goal="< 600 ms", met=plan < 0.6)
    yield from _reading(seed)


def _took(expected: bytes, *arguments: str) -> float:
    """Seconds of processor time of the process, the median of nine: what the clock shows when nothing else runs."""
    took = []
    for _ in range(9):
        before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, check=False)
        assert done.returncode in (0, _DRIFT), f"{arguments} failed: its time says nothing"
        assert expected in done.stdout, f"{arguments} did not do its work: its time says nothing"
        took.append(sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before)
    return statistics.median(took)


def _reading(seed: int) -> Iterator[Row]:
    """An inventory as the product reads it, rules made and positions kept, against the parser alone."""
    with TemporaryDirectory() as folder:
        path = realistic(seed, 1000).write(Path(folder))[0]
        size = path.stat().st_size / 1e6
        ours = size / seconds(lambda: load_inventory([str(path)]), 3)
        theirs = size / seconds(lambda: json.loads(path.read_bytes()), 3)
    yield Row("reading an inventory, MB/s, against json.loads", f"{ours:.0f}", f"{theirs:.0f}", ours / theirs)
