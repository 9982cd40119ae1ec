"""Reports -> where they were asked to go: `-o FORMAT` to standard output, `-o FORMAT=FILE` to a file."""

from __future__ import annotations

import json as jsontext
import os
import stat
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flowspec.cli.system import doing, undisturbed
from flowspec.cli.terminal import ReaderGoneError, style_of, write
from flowspec.json_escapes import escaped

if TYPE_CHECKING:
    from flowspec.model.documents.plan import Report

_DRAFT = ".flowspec-"
"""How the name of a file begins while it is written; not with its own name, which may be as long as a name may be."""


@dataclass(frozen=True, slots=True)
class Output:
    """One report that was asked for; `file` None is standard output."""

    format: str
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """The flags that shape a report for a person."""

    no_color: bool = False
    everything: bool = False


def outputs_of(asked: Sequence[str], *, json: bool, out: Path | None = None) -> list[Output]:
    """What `-o`, `--json` and `--out` ask for. Text goes to standard output unless another format was sent there."""
    from flowspec.views import VIEWS

    outputs = [Output("json", out)] if out else []
    for item in [*asked, *(["json"] if json else [])]:
        form, _, file = item.partition("=")
        if form not in VIEWS:
            raise typer.BadParameter(f"{form!r} is no format. There are: {', '.join(VIEWS)}.", param_hint="-o")
        outputs.append(Output(form, Path(file) if file else None))
    if sum(output.file is None for output in outputs) > 1:
        hint = "Only one report can go to standard output; give the others a file: -o json=FILE."
        raise typer.BadParameter(hint, param_hint="-o")
    return outputs if any(output.file is None for output in outputs) else [*outputs, Output("text")]


def files_of(outputs: Sequence[Output]) -> list[Path]:
    return [output.file for output in outputs if output.file]


def is_json(form: str, *, json: bool) -> bool:
    """For the commands that print text or a JSON document of their own: which of them `-o` or `--json` asks for."""
    if form not in ("text", "json"):
        raise typer.BadParameter(f"{form!r} is no format. There are: text, json.", param_hint="-o")
    return json or form == "json"


def put_out(report: Report, outputs: Sequence[Output], look: Look) -> None:
    """All reports are drawn before the first is written, and all files or none: half of a set is nobody's."""
    from flowspec.views import VIEWS, Style

    drawn = []
    for output in outputs:
        to_screen = style_of(sys.stdout, no_color=look.no_color, everything=look.everything)
        style = Style(everything=look.everything) if output.file else to_screen
        drawn.append((output.file, VIEWS[output.format](report, style)))
    write_files([(file, text) for file, text in drawn if file])
    for file, text in drawn:
        if not file:
            put(text)


def put(text: str) -> None:
    """To standard output, or nowhere when its reader is gone."""
    try:
        write(text)
    except ReaderGoneError:
        return


def put_json(document: object) -> None:
    """A document of a command's own, two blanks to a level, to standard output."""
    put(escaped(jsontext.dumps(document, indent=2, ensure_ascii=False)) + "\n")


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
