"""`flowspec convert`: a file of a spec in the other spelling."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowspec.cli.outputs import put, write_file
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.terminal import tell
from flowspec.counting import counted
from flowspec.errors import Problem, SpecError


def convert(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A file: *.flow.hcl or *.flow.json.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there.  [default: standard output]")
    ] = None,
) -> None:
    """Write a file of the spec in the other spelling: HCL as JSON, JSON as HCL."""
    from flowspec.spec.converting import comments, converted
    from flowspec.spec.source import read

    refuse_overlaps([out] if out else [], specs=[spec])
    problems: list[Problem] = []
    source = read(Path(spec), problems)
    if source is None:
        raise SpecError(problems)
    text = converted(source)
    if out is None:
        put(text)
    else:
        write_file(out, text)
    if left := comments(source):
        tell(f"{counted(left, 'comment')} of {spec} stayed behind: the other spelling has no place for them.")
