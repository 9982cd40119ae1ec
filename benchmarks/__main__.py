"""`python -m benchmarks [NAME…] [--seeds N] [--save | --check]`: each measurement with its peer, in its own process."""

from __future__ import annotations

import argparse
import compileall
import importlib
import json
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import flowspec
from benchmarks import results
from benchmarks.results import Line, line_of, table
from benchmarks.timing import Row, forget_peak, peak

NAMES = ("classify", "decide", "startup", "diff", "plan", "terraform", "lint", "editor", "inherited")


def main() -> None:
    given = _parsed()
    if given.one is not None:
        _one(given.names[0], given.one)
        return
    _compile()
    lines = [line for name in given.names or there() for line in _measured(name, given.seeds)]
    title = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {given.seeds} seeds"
    text = table(title, lines)
    print(text)
    _end(void(lines))
    if given.save:
        results.save(text)
    if given.check:
        _end(results.worse(lines, results.saved()))


def there() -> list[str]:
    """The measurements of this checkout."""
    return [name for name in NAMES if find_spec(f"benchmarks.{name}")]


def void(lines: Iterable[Line]) -> list[str]:
    """Why the run counts for nothing, if it does."""
    return [f"The run counts for nothing: {line.what}: {line.ours}, not {line.goal}" for line in lines
            if line.required and line.missed]  # fmt: skip


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(there())}; all of them if none is named")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="put the table at the head of RESULTS.md")
    parser.add_argument("--check", action="store_true", help="fail where a ratio or a goal of that table is lost")
    parser.add_argument("--one", type=int, metavar="SEED", help=argparse.SUPPRESS)
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in there()]
    if unknown:
        parser.error(f"no measurement {unknown[0]}; there are {', '.join(there())}")
    return given


def _compile() -> None:
    """What is measured starts from byte code, as what pip installs does, also where Python is told to write none."""
    for module in (flowspec, results):
        compileall.compile_dir(Path(str(module.__file__)).parent, quiet=2)


def _one(name: str, seed: int) -> None:
    """The rows of one seed, each as JSON, with the memory held while it was measured."""
    forget_peak()
    for row in importlib.import_module(f"benchmarks.{name}").run(seed):
        print(json.dumps(asdict(replace(row, memory=row.memory or f"{peak():.0f} MB"))), flush=True)
        forget_peak()


def _measured(name: str, seeds: int) -> list[Line]:
    found: dict[str, list[Row]] = {}
    for seed in range(1, seeds + 1):
        done = subprocess.run([sys.executable, "-m", "benchmarks", name, "--one", str(seed)], stdout=subprocess.PIPE)
        if done.returncode:
            sys.exit(f"{name}, seed {seed}, failed: what it measured says nothing, and the run ends here.")
        for line in done.stdout.splitlines():
            row = Row(**json.loads(line))
            found.setdefault(row.what, []).append(row)
    return [line_of(f"{name}: {what}", rows) for what, rows in found.items()]


def _end(reasons: list[str]) -> None:
    if reasons:
        sys.exit("\n".join(reasons))


if __name__ == "__main__":
    main()
