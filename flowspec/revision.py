"""A git revision -> the files that it holds, as they are there: nothing of the working tree is read."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cached_property
from pathlib import Path

from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.reading import MOST

_FILES = ("100644", "100755")
_LINK = "120000"
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_ENVIRONMENT = {"LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}


class Revision:
    """One commit of the repository around a folder. FlowspecError where there is none, or its name means two things."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.name = name
        self._folder = Path(os.path.realpath(folder or Path.cwd()))
        self.top = Path(self._said("rev-parse", "--show-toplevel", wrong="This is no git repository"))
        self.commit = self._resolved()

    @staticmethod
    def is_known(name: str) -> bool:
        """Whether the repository here knows a revision of this name."""
        try:
            return bool(Revision(name).commit)
        except FlowspecError:
            return False

    def _resolved(self) -> str:
        if not self.name.strip() or self.name != self.name.strip():
            raise _refusal(f"{self.name!r} names no git revision")
        done = self._git("rev-parse", "--verify", "--end-of-options", f"{self.name}^{{commit}}")
        found = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode or not _COMMIT.fullmatch(found):
            advice = f"A shallow clone lacks it: git fetch --depth 1 origin {self.name.removeprefix('origin/')}"
            raise _refusal(f"There is no git revision {self.name} here", advice)
        if b"ambiguous" in done.stderr:
            raise _refusal(f"The git revision {self.name} is ambiguous", "Write it out: refs/remotes/origin/main.")
        return found

    def read(self, path: Path | str) -> bytes:
        """The bytes of a file; FlowspecError where the revision has no such file."""
        name = self._inside(path)
        mode, of = self._blobs.get(name, ("", ""))
        if mode == _LINK:
            raise _refusal(f"{path} is a symbolic link in {self.name}", "Name the file that it leads to.")
        if mode not in _FILES:
            raise _refusal(f"There is no file {path} in {self.name}", "It is read from that revision, not from here.")
        done = self._git("cat-file", "blob", of)
        if done.returncode:
            raise _refusal(f"Cannot read {path} of {self.name}", _words(done.stderr))
        if len(done.stdout) > MOST:
            raise _refusal(f"{path} of {self.name} is too large")
        return done.stdout

    def names(self, path: Path | str) -> list[str] | None:
        """The names of the files in a folder, not in its subfolders; None where the revision has no such folder."""
        inside = self._inside(path)
        folder = f"{inside}/" if inside else ""
        below = [name.removeprefix(folder) for name in self._blobs if name.startswith(folder)]
        return sorted(name for name in below if "/" not in name) if below else None

    def _inside(self, path: Path | str) -> str:
        """A path as the repository has it. No link of the working tree is followed: a change may have put it there."""
        whole = Path(os.path.normpath(self._folder / path))
        for above in (whole, *whole.parents):
            if above == self.top or (above.exists() and os.path.realpath(above) == str(self.top)):
                return "" if above == whole else whole.relative_to(above).as_posix()
        raise _refusal(f"{path} is not in the git repository {self.top}", f"It can't be read from {self.name}.")

    @cached_property
    def _blobs(self) -> dict[str, tuple[str, str]]:
        """Every file: its mode and its object."""
        done = self._git("ls-tree", "-r", "-z", "--full-tree", self.commit)
        if done.returncode:
            raise _refusal(f"Cannot list the files of {self.name}", _words(done.stderr))
        found = {}
        for line in done.stdout.split(b"\0"):
            about, tab, name = line.partition(b"\t")
            if tab:
                mode, _, of = about.decode("ascii").split()
                found[name.decode("utf-8", "surrogateescape")] = mode, of
        return found

    def _said(self, *arguments: str, wrong: str) -> str:
        done = self._git(*arguments)
        if done.returncode:
            raise _refusal(wrong, _words(done.stderr))
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-c", "core.warnAmbiguousRefs=true", *arguments]
        try:
            return subprocess.run(
                command, cwd=self._folder, env={**os.environ, **_ENVIRONMENT}, capture_output=True, check=False
            )
        except (OSError, ValueError) as error:
            raise _refusal("git can't be started", str(error)) from error


def _words(stderr: bytes) -> str:
    return stderr.decode("utf-8", "replace").strip()[:500]


def _refusal(summary: str, detail: str = "") -> FlowspecError:
    return FlowspecError(Problem(Severity.ERROR, summary, detail))
