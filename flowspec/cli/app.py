"""All commands on one Typer app, and the one place that turns an outcome or an error into an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from flowspec import __version__
from flowspec.cli.arguments import spelled
from flowspec.cli.differing import diff
from flowspec.cli.ending import Code, Ending
from flowspec.cli.planning import plan
from flowspec.cli.saved import render, show
from flowspec.cli.serving import serve
from flowspec.cli.snapshotting import snapshot
from flowspec.cli.starting import init
from flowspec.cli.targeting import targets
from flowspec.cli.terminal import prepare
from flowspec.cli.validating import validate
from flowspec.cli.verifying import verify
from flowspec.errors import FlowspecError

EXIT_CODES = "Exit codes: 0 as wished; 1 error; 2 drift, unknown, or a difference found."
_TYPER_USAGE = 2

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, epilog=EXIT_CODES)
for command in (init, validate, plan, show, render, diff, targets, verify, snapshot, serve):
    app.command(epilog=EXIT_CODES)(command)


def _version(asked: bool) -> None:
    if asked:
        print(f"flowspec {__version__}")
        raise typer.Exit


@app.callback()
def flowspec(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Reachability as code for Azure: who may talk to whom, decided exactly, every fix with its proof."""


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code. What is not a FlowspecError is a bug and passes through."""
    prepare()
    arguments = spelled(arguments)
    try:
        app(args=arguments, prog_name="flowspec")
    except Ending as ending:
        return ending.outcome
    except SystemExit as end:
        return Code.ERROR if end.code == _TYPER_USAGE else int(end.code or 0)
    except FlowspecError as error:
        from flowspec.cli.problems import tell_problems

        tell_problems(error.problems, no_color="--no-color" in arguments)
        return Code.ERROR
    return Code.AS_WISHED
