"""The command as its users run it: a process of its own, with an environment that is known."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

KEPT = ("PATH", "HOME", "PYTHONPATH", "SYSTEMROOT", "TMPDIR", "COVERAGE_PROCESS_CONFIG")
COMMAND = [sys.executable, "-m", "flowspec"]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Without what a CI or a person's shell may add: CI, NO_COLOR, FORCE_COLOR, COLUMNS."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | dict(extra or {})


def flowspec(
    *arguments: str | Path, cwd: Path | None = None, stdin: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=environment(env), input=stdin.encode(), capture_output=True)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())
