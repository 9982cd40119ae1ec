"""`flowspec lsp`: help for editors while a spec is written (docs/editors.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowspec.errors import FlowspecError, Problem, Severity


def lsp(
    inventory: Annotated[
        list[str] | None,
        typer.Option(
            "--inventory",
            "-i",
            metavar="SOURCE",
            help="The network, where the spec does not name it: files or folders. Repeatable.",
            show_default=False,
        ),
    ] = None,
    var_file: Annotated[
        list[str] | None,
        typer.Option("--var-file", metavar="FILE", help="Variables in .tfvars form. Repeatable.", show_default=False),
    ] = None,
) -> None:
    """Help an editor: the language server, on standard input and output."""
    _need_extra()
    from flowspec.language_server.folder import EditedFolders
    from flowspec.language_server.service import serve

    files = tuple(Path(file).absolute() for file in var_file or ())
    serve(EditedFolders(inventory=tuple(inventory or ()), variable_files=files))


def _need_extra() -> None:
    from importlib.util import find_spec

    if find_spec("pygls") is None:
        summary = "flowspec lsp needs pygls, which a plain installation leaves out."
        raise FlowspecError(Problem(Severity.ERROR, summary, "pip install 'flowspec[lsp]'"))
