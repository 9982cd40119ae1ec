"""Reports -> where they were asked to go: `-o FORMAT` to standard output, `-o FORMAT=FILE` to a file."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flowspec.cli.terminal import ReaderGoneError, style_of, write
from flowspec.errors import FlowspecError

if TYPE_CHECKING:
    from flowspec.model.documents.plan import Report


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


def write_file(path: Path, text: str) -> None:
    """The whole file or nothing."""
    write_files([(path, text)])


def write_files(files: Sequence[tuple[Path, str]]) -> None:
    """All files whole, or none: written beside their places and then renamed. What is no plain file is written to
    directly, once all others are there to be renamed."""
    with ExitStack() as drafts:
        finishing: list[tuple[Path, Callable[[], object]]] = []
        for path, text in files:
            with _refused(path):
                if path.exists() and not stat.S_ISREG(path.stat().st_mode):
                    finishing.append((path, partial(path.write_text, text, encoding="utf-8", newline="\n")))
                else:
                    draft = _draft(path.resolve(), text)
                    drafts.callback(draft.unlink, missing_ok=True)
                    finishing.append((path, partial(draft.replace, path.resolve())))
        for path, finish in finishing:
            with _refused(path):
                finish()


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FlowspecError(f"Can't write {path}: {error.strerror}.") from error


def _draft(path: Path, text: str) -> Path:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        draft.chmod(mode)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
