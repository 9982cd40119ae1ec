"""`python -m tests.mutations [words]`: plant each mistake into a copy of the checkout and run the tests against it.

First the tests that should notice, then, for what they let pass, the whole suite. Words choose the mistakes whose
description holds them all. Exit code 1: a mistake survived, or its text no longer stands in the file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from time import monotonic

from tests.mutations.mutation import Mutation
from tests.mutations.planted import MUTATIONS
from tests.tools import FOLDER as TOOLS

ROOT = Path(__file__).parents[2]
WORKERS = min(2, os.cpu_count() or 1)
LIMIT = 600.0
"""Seconds for a run of tests; a mistake that makes them hang is noticed too."""

PASSED, FAILED = 0, 1
VERDICTS = {PASSED: "SURVIVED", FAILED: "killed"}
"""By pytest's exit code; any other tells that no test could run, so that nothing is proved."""

WHOLE = ["tests", "--ignore=tests/mutations"]
"""Tried where the tests that should notice did not; those of the list itself notice any change of a text."""


def main(words: list[str]) -> int:
    chosen = [m for m in MUTATIONS if all(word.lower() in m.what.lower() for word in words)]
    named = sorted({test for mutation in chosen for test in mutation.tests})
    with copies(WORKERS) as free, ThreadPoolExecutor(WORKERS) as pool:
        if not is_green(free, named):
            print("the tests fail without any mistake: mend that first")
            return 1
        left = [
            mutation
            for mutation, survived in zip(chosen, pool.map(partial(tried, free), chosen), strict=True)
            if survived
        ]
        failures = sum(pool.map(partial(tried_whole, free), left)) if left and is_green(free, WHOLE) else len(left)
    print(f"{len(chosen) - failures} of {len(chosen)} planted mistakes noticed")
    return 1 if failures else 0


@contextmanager
def copies(count: int) -> Iterator[SimpleQueue[Path]]:
    """Copies of the checkout, each for one worker at a time."""
    free: SimpleQueue[Path] = SimpleQueue()
    with TemporaryDirectory(prefix="flowspec-mutations-") as folder:
        for number in range(count):
            target = Path(folder) / str(number)
            leave_out = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", ".coverage*", ".flowspec*",
                                               "__pycache__", "build", "dist")  # fmt: skip
            shutil.copytree(ROOT, target, ignore=leave_out)
            if TOOLS.is_dir():
                (target / TOOLS.name).symlink_to(TOOLS)
            free.put(target)
        yield free


def is_green(free: SimpleQueue[Path], tests: list[str]) -> bool:
    """What fails by itself notices nothing."""
    checkout = free.get()
    try:
        return run(checkout, tests) == PASSED
    finally:
        free.put(checkout)


def tried(free: SimpleQueue[Path], mutation: Mutation, *more: str) -> bool:
    """Says how it went; true when the mistake was not noticed."""
    checkout = free.get()
    try:
        started = monotonic()
        outcome = outcome_of(mutation, checkout, [*(more or mutation.tests)])
        print(f"{outcome:<9} {monotonic() - started:6.1f} s  {mutation.what}", flush=True)
        return outcome != "killed"
    finally:
        free.put(checkout)


def tried_whole(free: SimpleQueue[Path], mutation: Mutation) -> bool:
    return tried(free, mutation, *WHOLE)


def outcome_of(mutation: Mutation, checkout: Path, tests: list[str]) -> str:
    path = checkout / "flowspec" / mutation.file
    text = path.read_text("utf-8")
    if text.count(mutation.old) != 1:
        return "NO MATCH"
    path.write_text(text.replace(mutation.old, mutation.new), "utf-8")
    try:
        return VERDICTS.get(run(checkout, tests), "BROKEN")
    finally:
        path.write_text(text, "utf-8")


def run(checkout: Path, tests: list[str]) -> int:
    """`checkout` comes first on the path, whatever is installed; nothing compiled is kept: texts change too fast."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        found = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return FAILED
    return found.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
