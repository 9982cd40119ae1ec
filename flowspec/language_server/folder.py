"""The spec that a file belongs to, as it is in the editor: the files of its folder, open ones as they are shown."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from flowspec.errors import FlowspecError, Problem
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Spec
from flowspec.sources import load_inventory
from flowspec.sources.files import paths
from flowspec.spec import contradictions
from flowspec.spec.document import read
from flowspec.spec.load import load
from flowspec.spec.source import PATTERNS, SpecFiles, SpecText, find_files
from flowspec.spec.syntax import ListNode, Literal


class OpenFiles(SpecFiles):
    """The folders of this machine, with what is open in an editor in place of what is saved."""

    def __init__(self, texts: Mapping[Path, str]) -> None:
        self._texts = texts

    def find(self, paths: Sequence[Path | str], problems: list[Problem]) -> list[Path]:
        """The files that paths name, and those of their folders that are open and not saved yet."""
        folders = {Path(path) for path in paths}
        unsaved = [
            file
            for file in self._texts
            if not file.exists() and (file in folders or (file.parent in folders and is_spec(file)))
        ]
        noted: list[Problem] = []
        saved = find_files([path for path in paths if Path(path) not in unsaved] or paths, noted)
        problems += [] if unsaved and not saved else noted
        return sorted([*saved, *unsaved], key=str) if unsaved else saved

    def has(self, path: Path) -> bool:
        """Whether a file of this name is open or saved."""
        return path in self._texts or super().has(path)

    def read(self, path: Path, problems: list[Problem]) -> SpecText | None:
        """The text in the editor, else the file."""
        text = self._texts.get(path)
        return SpecText(str(path), text) if text is not None else super().read(path, problems)


def is_spec(file: Path) -> bool:
    return any(fnmatchcase(file.name, pattern) for pattern in PATTERNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSpec:
    """A spec as it stands in the editor: `spec` is None while it has mistakes, and `problems` tells them."""

    sources: tuple[SpecText, ...]
    spec: Spec | None = None
    problems: tuple[Problem, ...] = ()

    def source(self, file: Path) -> SpecText | None:
        return next((source for source in self.sources if source.path == str(file)), None)


@dataclass(slots=True, kw_only=True)
class EditedFolders:
    """What is open, and what was read for it. `inventory` and `variable_files` are those of the command line."""

    inventory: tuple[str, ...] = ()
    variable_files: tuple[Path, ...] = ()
    texts: dict[Path, str] = field(default_factory=dict)
    _networks: dict[tuple[str, ...], tuple[object, Inventory]] = field(default_factory=dict)

    def spec_of(self, file: Path) -> OpenSpec:
        """The spec that a file belongs to: all of its folder, or the file alone where its name is no spec's."""
        files = OpenFiles(self.texts)
        where = file.parent if is_spec(file) else file
        unread: list[Problem] = []
        found = [source for path in files.find([where], unread) if (source := files.read(path, unread)) is not None]
        sources = tuple(found)
        try:
            spec = load([where], {}, self.variable_files, os.environ, files)
        except FlowspecError as error:
            return OpenSpec(sources=sources, problems=tuple(_shortened(problem, where) for problem in error.problems))
        told = tuple(_shortened(problem, where) for problem in (*spec.problems, *contradictions(spec)))
        return OpenSpec(sources=sources, spec=spec, problems=told)

    def locators(self, found: OpenSpec) -> tuple[str, ...]:
        """The inventory of a spec: that of the command line, else what the spec names, though it has mistakes."""
        if self.inventory:
            return self.inventory
        return found.spec.inventory if found.spec is not None else _written_inventory(found.sources)

    def network(self, found: OpenSpec) -> Inventory | None:
        """The inventory of a spec, read again when it changed; None where it names none, or a live one.

        FlowspecError when it can't be read. Azure is never asked: an editor does so at every key.
        """
        named = self.locators(found)
        if not named or not all(Path(locator).exists() for locator in named):
            return None
        state = [_state(Path(locator)) for locator in named]
        known = self._networks.get(named)
        if known is None or known[0] != state:
            known = state, load_inventory(named)
            self._networks[named] = known
        return known[1]


def _shortened(problem: Problem, where: Path) -> Problem:
    """With the names of files as `flowspec validate` has them in that folder."""
    folder = f"{where if where.is_dir() else where.parent}{os.sep}"
    summary, detail = problem.summary.replace(folder, ""), problem.detail.replace(folder, "")
    return replace(problem, summary=summary, detail=detail)


def _written_inventory(sources: Sequence[SpecText]) -> tuple[str, ...]:
    """What is written as inventory, where it is written out."""
    found = read(sources).blocks["flowspec"].values()
    named = []
    for block in found:
        for entry in block.entries:
            if isinstance(entry.key, Literal) and entry.key.value == "inventory":
                items = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
                folder = Path(block.source.path).parent
                named += [str(folder / str(item.value)) for item in items if isinstance(item, Literal)]
    return tuple(named)


def _state(locator: Path) -> list[tuple[str, int]]:
    """The files behind a locator, as a plan reads them, and when each was written."""
    try:
        files = list(paths(str(locator)))
    except FlowspecError:  # a folder without a JSON file
        return []
    return [(str(file), file.stat().st_mtime_ns) for file in files if file.exists()]
