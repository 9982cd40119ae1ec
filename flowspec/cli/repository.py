"""The repository around a folder, as git has it: what a CI finds by its path, and what it does not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SECONDS = 30


def repository_around(folder: Path) -> Path:
    """The nearest folder around it that holds a `.git` (in a worktree that is a file), else the folder itself."""
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder)


def tracked_files(root: Path) -> frozenset[str] | None:
    """The paths that git has of it, from its root; None where there is no git to ask, or no repository."""
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(root), "ls-files", "-z"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    return frozenset(os.fsdecode(name) for name in done.stdout.split(b"\0") if name)
