"""A command -> what it took: wall and processor time, memory, its output. One that fails ends the run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from tempfile import NamedTemporaryFile, TemporaryFile

DRIFT = 2
_LAUNCH = """
import json, os, sys, time
start = time.perf_counter()
_, status, used = os.wait4(os.posix_spawn(sys.executable, [sys.executable, *sys.argv[2:]], os.environ), 0)
wall, processor = time.perf_counter() - start, used.ru_utime + used.ru_stime
told = {"wall": wall, "processor": processor, "memory": used.ru_maxrss / 1024}
json.dump([os.waitstatus_to_exitcode(status), told], open(sys.argv[1], "w"))
"""
"""A process of its own between us and what is measured: a child's peak memory begins at what its parent held."""


class FailedError(Exception):
    """A process did not do its work, so its time says nothing."""


@dataclass(frozen=True, slots=True)
class Finished:
    """`wall` and `processor` in seconds, `memory` at its most in MB."""

    wall: float
    processor: float
    memory: float
    output: bytes


def python(arguments: Sequence[str], expected: bytes = b"", codes: Collection[int] = (0,)) -> Finished:
    """Python with these arguments, to its end. FailedError for another exit code, or an output without `expected`."""
    with TemporaryFile() as output, TemporaryFile() as errors, NamedTemporaryFile() as told:
        launch = [sys.executable, "-IS", "-c", _LAUNCH, told.name, *arguments]
        subprocess.run(launch, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, check=True)
        code, used = json.load(told)
        output.seek(0)
        errors.seek(0)
        printed = output.read()
        if code not in codes or expected not in printed:
            words = (errors.read() or printed)[-2000:].decode(errors="replace")
            raise FailedError(f"{' '.join(arguments)}: exit code {code}\n{words}")
    return Finished(**used, output=printed)


def flowspec(arguments: Sequence[str], expected: bytes = b"", codes: Collection[int] = (0,)) -> Finished:
    """The command under test, of this very checkout."""
    return python(["-m", "flowspec", *arguments], expected, codes)
