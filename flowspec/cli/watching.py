"""`--watch`: a command again whenever a file that it reads was saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flowspec.cli.inputs import NetworkInputs
from flowspec.cli.problems import tell_problems
from flowspec.cli.terminal import tell
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.reading import FileState, noting, state_of

if TYPE_CHECKING:
    from flowspec.model.inventory import Inventory
    from flowspec.model.live import Cloud
    from flowspec.model.spec import Spec

_DEBOUNCE, _STEP, _LOOK = 50, 10, 250
"""Milliseconds: in which saves of several files are one, between two looks at that, and for what nobody announced."""
Times = dict[Path, FileState]


@dataclass(slots=True, kw_only=True)
class KeptNetwork:
    """The network of the last plan, which is read again when its files change; a live one is read once."""

    network: NetworkInputs
    locators: tuple[str, ...] = ()
    _times: Times = field(default_factory=dict)
    _opened: tuple[Path, ...] = ()
    _inventory: Inventory | None = None

    def load(self, spec: Spec, cloud: Cloud | None) -> Inventory:
        """As `NetworkInputs.load`."""
        named = tuple(self.network.locators(spec))
        if self._inventory is None or named != self.locators or times_of(self.files()) != self._times:
            self.locators, self._opened, self._inventory = named, (), None
            self._times = times_of(self.files())
            with noting() as opened:
                self._inventory = self.network.load(spec, cloud)
            self._opened = tuple(opened)
            self._times |= _there(opened)
        return self._inventory

    def files(self) -> Iterator[Path]:
        """All that the network was read from, whatever file named it: templates, parameters, Terraform's code."""
        yield from network_files((*self.locators, *(self.network.inventory or ())))
        yield from self._opened
        if self.network.terraform_dir:
            yield from Path(self.network.terraform_dir).glob("*.tf")
            yield from (file for folder in {path.parent for path in self._opened} for file in folder.glob("*.tf"))


def again_and_again(
    once: Callable[[], None], files: Callable[[], Iterable[Path]], folders: Sequence[Path], *, no_color: bool
) -> None:
    """Runs `once`, and again after each change of a file that it opened, of `files` or of what is in `folders`.

    A mistake is told, and mended by the next save. Ctrl-C ends it.
    """
    _need_extra()
    try:
        while True:
            before = times_of(files())
            with noting() as opened:
                try:
                    once()
                except FlowspecError as error:
                    tell_problems(error.problems, no_color=no_color)
            before |= _there(opened)
            tell("Watching for changes. Ctrl-C ends it.")
            changed = _wait(before, files, tuple(opened), folders)
            tell(f"Changed: {', '.join(sorted(path.name for path in changed)[:5])}")
    except KeyboardInterrupt:
        tell("No longer watching.")


def _there(opened: Mapping[Path, FileState | None]) -> Times:
    return {path: state for path, state in opened.items() if state is not None}


def _wait(
    before: Times, files: Callable[[], Iterable[Path]], opened: Sequence[Path], folders: Sequence[Path]
) -> set[Path]:
    """The files that are not as they were, as soon as there are any."""
    from watchfiles import watch

    around = {path.parent for path in (*files(), *opened)} | {*folders}
    existing = [folder for folder in around if folder.is_dir()]
    looks = watch(
        *existing, debounce=_DEBOUNCE, step=_STEP, rust_timeout=_LOOK, yield_on_timeout=True, recursive=False,
        watch_filter=None,
    )  # fmt: skip
    for _ in looks:
        now = times_of((*files(), *opened))
        if now != before:
            return {path for path in {*before, *now} if before.get(path) != now.get(path)}
    raise KeyboardInterrupt


def times_of(files: Iterable[Path]) -> Times:
    """When each was written, and its size; what is gone is left out."""
    return _there({file: state_of(file) for file in files})


def network_files(locators: Iterable[str]) -> Iterator[Path]:
    """The files behind locators, as a plan reads them; none behind those that are no files."""
    from flowspec.sources.files import paths

    for locator in locators:
        with suppress(FlowspecError):  # a folder without a JSON file, which the plan has told
            yield from paths(locator)


def spec_files(paths: Iterable[str]) -> Iterator[Path]:
    """The files of a spec, those with mistakes too."""
    from flowspec.spec.source import PATTERNS

    for path in map(Path, paths):
        yield from (file for pattern in PATTERNS for file in path.glob(pattern)) if path.is_dir() else [path]


def _need_extra() -> None:
    from importlib.util import find_spec

    if find_spec("watchfiles") is None:
        summary = "--watch needs watchfiles, which a plain installation leaves out."
        raise FlowspecError(Problem(Severity.ERROR, summary, "pip install 'flowspec[watch]'"))
