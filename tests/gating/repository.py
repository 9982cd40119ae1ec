"""A git repository in a folder: its base branch, and a change on top of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(folder: Path, **files: str) -> Path:
    """A repository whose branch `main` holds these files; another branch is checked out."""
    git(folder, "init", "-q", "-b", "main")
    commit(folder, **files)
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def commit(folder: Path, **files: str) -> str:
    """Files by their names, `__` for `/` and `_` for `.`; the commit that holds them."""
    for name, content in files.items():
        file = folder / name.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "x")
    return git(folder, "rev-parse", "HEAD")
