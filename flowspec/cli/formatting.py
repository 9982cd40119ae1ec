"""`flowspec fmt`: the files of a spec in the canonical layout."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.ending import Code, Ending
from flowspec.cli.outputs import put, write_files
from flowspec.errors import Problem, SpecError

if TYPE_CHECKING:
    from flowspec.spec.source import SpecText


_NO_NEWLINE = "\\ No newline at end of file\n"


def fmt(
    spec: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SPEC]...", help="Files or folders of the spec.  [default: .]", show_default=False),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit code 2 when a file would change.", show_default=False),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what changes.", show_default=False)] = False,
) -> None:
    """Lay the files of the spec out as terraform fmt would."""
    changed = list(_changed(spec or ["."]))
    if not check:
        write_files([(Path(source.path), text) for source, text in changed])
    put("".join(_told(source, text, diff=diff) for source, text in changed))
    if check and changed:
        raise Ending(Code.DIFFERENT)


def _changed(paths: list[str]) -> Iterator[tuple[SpecText, str]]:
    """The files that are not laid out as they should be, all read before the first is given back."""
    from flowspec.spec.fmt import formatted
    from flowspec.spec.source import SpecFiles

    problems: list[Problem] = []
    files = SpecFiles()
    sources = [source for file in files.find(paths, problems) if (source := files.read(file, problems)) is not None]
    found = []
    for source in sources:
        try:
            found.append((source, formatted(source)))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    yield from ((source, text) for source, text in found if text != source.text)


def _told(source: SpecText, text: str, *, diff: bool) -> str:
    """The name of a file, or what changes in it."""
    from flowspec.views.layout import visible

    if not diff:
        return f"{visible(source.path)}\n"
    before, after = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, f"old/{source.path}", f"new/{source.path}")
    return "".join(f"{visible(line.rstrip())}\n{'' if line.endswith(chr(10)) else _NO_NEWLINE}" for line in lines)
