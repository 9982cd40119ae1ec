"""Reports -> where they were asked to go: `-o FORMAT` to standard output, `-o FORMAT=FILE` to a file."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.completing import offered_formats
from flowspec.cli.helping import FORMATS
from flowspec.cli.repository import repository_around, tracked_files
from flowspec.cli.system import doing, undisturbed
from flowspec.cli.terminal import ReaderGoneError, style_of, write

if TYPE_CHECKING:
    from flowspec.views import AnyDocument, Formats

_DRAFT = ".flowspec-"
"""How the name of a file begins while it is written; not with its own name, which may be as long as a name may be."""


class FixDialect(StrEnum):
    """What `--fixes-as` takes: those of `flowspec render`."""

    TERRAFORM = "terraform"
    BICEP = "bicep"
    ARM = "arm"
    AZ = "az"
    POWERSHELL = "powershell"


@dataclass(frozen=True, slots=True)
class Output:
    """One report that was asked for; `file` None is standard output."""

    format: str
    file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What shapes a report for a person."""

    no_color: bool = False
    everything: bool = False
    brief: bool = False
    owner: str | None = None
    quiet: bool = False
    dialect: str = "terraform"


_PLAIN = Look()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """Which reports are made of a command's document, and where they go."""

    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT[=FILE]",
            help=f"{FORMATS}, to standard output or to a file. Repeatable.",
            show_default=False,
            autocompletion=offered_formats,
        ),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Short for -o json.", show_default=False)] = False
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour.", show_default=False)] = False

    @property
    def look(self) -> Look:
        return Look(no_color=self.no_color)

    def outputs(self, formats: Collection[str], out: Path | None = None) -> list[Output]:
        """What `-o`, `--json` and `--out` ask for. Text goes to standard output, unless another format does."""
        asked = [*(self.output or []), *(["json"] if self.json else [])]
        outputs = outputs_of([*([f"json={out}"] if out else []), *asked], formats)
        return outputs if any(output.file is None for output in outputs) else [*outputs, Output("text")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LongReportOptions(ReportOptions):
    """Those of reports that are told in brief."""

    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="List everything: what is satisfied, and what is told in brief.", show_default=False
        ),
    ] = False

    quiet_when_clean: Annotated[
        bool,
        typer.Option("--quiet-when-clean", help="Markdown is empty where there is nothing to say.", show_default=False),
    ] = False

    @property
    def look(self) -> Look:
        return Look(no_color=self.no_color, everything=self.everything, quiet=self.quiet_when_clean)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanViewOptions(LongReportOptions):
    """Those of plans, of which a part may be told."""

    brief: Annotated[
        bool, typer.Option("--brief", help="The first screen only: what is wrong, and whose it is.", show_default=False)
    ] = False
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="NAME", help="Tell only what this owner owns.", show_default=False),
    ] = None

    fixes_as: Annotated[
        FixDialect, typer.Option("--fixes-as", metavar="DIALECT", help="How Markdown writes the fixes, as for render.")
    ] = FixDialect.TERRAFORM

    @property
    def look(self) -> Look:
        return Look(
            no_color=self.no_color,
            everything=self.everything,
            brief=self.brief,
            owner=self.owner,
            quiet=self.quiet_when_clean,
            dialect=self.fixes_as.value,
        )


MaxBoxes = Annotated[
    int, typer.Option("--max-boxes", metavar="N", min=1, help="The most entries in any list of flows.")
]


def outputs_of(asked: Iterable[str], formats: Collection[str]) -> list[Output]:
    """`FORMAT` and `FORMAT=FILE`, read."""
    outputs = []
    for item in asked:
        form, _, file = item.partition("=")
        if form not in formats:
            raise typer.BadParameter(f"{form!r} is no format. There are: {', '.join(formats)}.", param_hint="-o")
        outputs.append(Output(form, Path(file) if file else None))
    if sum(output.file is None for output in outputs) > 1:
        hint = "Only one report can go to standard output; give the others a file: -o json=FILE."
        raise typer.BadParameter(hint, param_hint="-o")
    return outputs


def files_of(outputs: Iterable[Output]) -> list[Path]:
    return [output.file for output in outputs if output.file]


def shows_text(outputs: Iterable[Output]) -> bool:
    """Whether a person reads standard output."""
    return any(output.format == "text" and output.file is None for output in outputs)


def put_out(
    document: AnyDocument, formats: Formats[AnyDocument], outputs: Iterable[Output], look: Look = _PLAIN
) -> None:
    """All reports are drawn before the first is written, and all files or none: half of a set is nobody's."""
    from flowspec.views import Style

    drawn = []
    here, root = _surroundings()
    located = root and any(output.format in _LOCATED for output in outputs)
    tracked = tracked_files(Path(root)) if located else None
    for output in outputs:
        style = Style() if output.file else style_of(sys.stdout, no_color=look.no_color)
        style = replace(style, everything=look.everything, brief=look.brief, owner=look.owner, quiet=look.quiet)
        style = replace(style, folder=here, root=root, tracked=tracked, dialect=look.dialect)
        drawn.append((output.file, formats[output.format](document, style)))
    write_files([(file, text) for file, text in drawn if file])
    for file, text in drawn:
        if not file:
            put(text)


_LOCATED = frozenset({"github", "sarif"})
"""Formats whose readers know the files of the repository and no others."""


def _surroundings() -> tuple[str, str]:
    """The folder that the run's paths are counted from, and the root of its repository; a CI wants paths from there."""
    try:
        here = Path.cwd()
        return str(here), str(repository_around(here))
    except OSError:
        return "", ""


def put(text: str) -> None:
    """To standard output, or nowhere when its reader is gone."""
    try:
        write(text)
    except ReaderGoneError:
        return


def write_file(path: Path, text: str) -> None:
    """The whole file or nothing."""
    write_files([(path, text)])


def write_files(files: Sequence[tuple[Path, str]]) -> None:
    """All files whole, or none: written beside their places and then renamed, which no signal interrupts.

    What is no plain file is written to directly, once all others are there to be renamed.
    """
    plain: list[tuple[Path, Path, Path]] = []
    special: list[tuple[Path, str]] = []
    with ExitStack() as drafts:
        for path, text in files:
            with doing("write", path):
                place = Path(os.path.realpath(path))
                if _is_special(path):
                    special.append((path, text))
                else:
                    plain.append((path, _draft(place, text, drafts), place))
        for path, text in special:
            with doing("write", path):
                path.write_text(text, encoding="utf-8", newline="\n")
        with undisturbed():
            for path, draft, place in plain:
                with doing("write", path):
                    draft.replace(place)


def _is_special(path: Path) -> bool:
    """Something is there, and it is no plain file: a pipe, a device, a folder, a link to itself."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


def _draft(path: Path, text: str, drafts: ExitStack) -> Path:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    with undisturbed():
        handle, name = tempfile.mkstemp(prefix=_DRAFT, dir=path.parent)
        draft = Path(name)
        drafts.callback(draft.unlink, missing_ok=True)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    draft.chmod(mode)
    return draft


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
