"""The spec that a file belongs to, as it is in the editor: the files of its folder, open ones as they are shown."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Lock

from flowspec.errors import FlowspecError, Problem
from flowspec.language_server.names import TextNames, names_of
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Spec
from flowspec.reading import FileState, state_of
from flowspec.sources import load_inventory
from flowspec.sources.files import paths
from flowspec.spec import contradictions
from flowspec.spec.document import read
from flowspec.spec.load import load
from flowspec.spec.source import PATTERNS, SpecFiles, SpecText, find_files
from flowspec.spec.syntax import ListNode, Literal


@dataclass(slots=True)
class SavedFiles:
    """The files of this machine, each read again only when it was written."""

    _known: dict[Path, tuple[FileState, SpecText]] = field(default_factory=dict)

    def read(self, path: Path, problems: list[Problem]) -> SpecText | None:
        """A file as text, as `SpecFiles.read`."""
        state = state_of(path)
        known = self._known.get(path)
        if state is not None and known is not None and known[0] == state:
            return known[1]
        text = SpecFiles().read(path, problems)
        if state is not None and text is not None:
            self._known[path] = state, text
        return text


class OpenFiles(SpecFiles):
    """The folders of this machine, with what is open in an editor in place of what is saved."""

    def __init__(self, texts: Mapping[Path, SpecText], saved: SavedFiles) -> None:
        self._texts = texts
        self._saved = saved

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
        return self._texts.get(path) or self._saved.read(path, problems)


def is_spec(file: Path) -> bool:
    return any(fnmatchcase(file.name, pattern) for pattern in PATTERNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSpec:
    """A spec as it stands in the editor: `spec` is None while it has mistakes, and `problems` tells them.

    `inventory`: the locators that it names, though it has mistakes.
    """

    sources: tuple[SpecText, ...]
    inventory: tuple[str, ...]
    spec: Spec | None = None
    problems: tuple[Problem, ...] = ()

    def source(self, file: Path) -> SpecText | None:
        return next((source for source in self.sources if source.path == str(file)), None)


@dataclass(slots=True, kw_only=True)
class EditedFolders:
    """What is open, and what was read for it. `inventory` and `variable_files` are those of the command line.

    What a key asks for is answered from `names`, which reads what changed. A whole spec (`spec_of`) and a network
    (`network`) take longer: they are asked for in threads of their own, which wait for each other.
    """

    inventory: tuple[str, ...] = ()
    variable_files: tuple[Path, ...] = ()
    texts: dict[Path, SpecText] = field(default_factory=dict)
    _saved: SavedFiles = field(default_factory=SavedFiles)
    _names: dict[str, TextNames] = field(default_factory=dict)
    _specs: dict[Path, tuple[object, OpenSpec]] = field(default_factory=dict)
    _networks: dict[tuple[str, ...], tuple[object, Inventory]] = field(default_factory=dict)
    _one_spec: Lock = field(default_factory=Lock)
    _one_network: Lock = field(default_factory=Lock)

    def sources(self, file: Path) -> tuple[SpecText, ...]:
        """The texts of the spec that a file belongs to: its whole folder, or it alone where its name is no spec's."""
        return _sources(OpenFiles(self.texts, self._saved), _place(file))

    def names(self, source: SpecText) -> TextNames:
        """The names in a text; of one that changed, what changed is read."""
        known = self._names.get(source.path)
        if known is None or known.source is not source:
            known = self._names[source.path] = names_of(source, known)
        return known

    def known(self, file: Path) -> OpenSpec | None:
        """The spec of a file as it was when it was last read; None where it has not been."""
        known = self._specs.get(_place(file))
        return known[1] if known is not None else None

    def spec_of(self, file: Path) -> OpenSpec:
        """The spec of a file, read again when a text of it changed."""
        where = _place(file)
        with self._one_spec:
            files = OpenFiles(dict(self.texts), self._saved)
            sources = _sources(files, where)
            state = sources, [state_of(path) for path in self.variable_files]
            known = self._specs.get(where)
            if known is None or known[0] != state:
                known = self._specs[where] = state, self._read(where, sources, files)
            return known[1]

    def _read(self, where: Path, sources: tuple[SpecText, ...], files: SpecFiles) -> OpenSpec:
        try:
            spec = load([where], {}, self.variable_files, os.environ, files)
        except FlowspecError as error:
            told = tuple(_shortened(problem, where) for problem in error.problems)
            return OpenSpec(sources=sources, inventory=self.inventory or _written_inventory(sources), problems=told)
        told = tuple(_shortened(problem, where) for problem in (*spec.problems, *contradictions(spec)))
        return OpenSpec(sources=sources, inventory=self.inventory or spec.inventory, spec=spec, problems=told)

    def network(self, named: tuple[str, ...]) -> Inventory | None:
        """The inventory that locators name, read again when it changed; None for none, or a live one.

        FlowspecError when it can't be read. Azure is never asked: an editor does so at every key.
        """
        if not named or not all(Path(locator).exists() for locator in named):
            return None
        with self._one_network:
            state = [(file, state_of(file)) for locator in named for file in _files(locator)]
            known = self._networks.get(named)
            if known is None or known[0] != state:
                known = self._networks[named] = state, load_inventory(named)
            return known[1]


def _place(file: Path) -> Path:
    """What is read for a file."""
    return file.parent if is_spec(file) else file


def _sources(files: SpecFiles, where: Path) -> tuple[SpecText, ...]:
    unread: list[Problem] = []
    found = (files.read(path, unread) for path in files.find([where], unread))
    return tuple(source for source in found if source is not None)


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


def _files(locator: str) -> list[Path]:
    """The files behind a locator, as a plan reads them."""
    try:
        return list(paths(locator))
    except FlowspecError:  # a folder without a JSON file
        return []
