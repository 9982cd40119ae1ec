"""All commands on one Typer app, and the one place that turns an outcome or an error into an exit code."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

from flowspec.cli.applying import apply
from flowspec.cli.arguments import options_of, spelled
from flowspec.cli.completing import completing_at_once, joined_words, whole_words
from flowspec.cli.converting import convert
from flowspec.cli.covering import coverage
from flowspec.cli.differing import diff
from flowspec.cli.editing import lsp
from flowspec.cli.ending import Code, Ending
from flowspec.cli.explaining import explain
from flowspec.cli.formatting import fmt
from flowspec.cli.grouped import grouped
from flowspec.cli.helping import HelpfulCommand, HelpfulGroup
from flowspec.cli.importing import import_
from flowspec.cli.linting import lint
from flowspec.cli.optimizing import optimize
from flowspec.cli.planning import plan
from flowspec.cli.problems import tell_problems
from flowspec.cli.saved import render, show
from flowspec.cli.serving import serve
from flowspec.cli.snapshotting import snapshot
from flowspec.cli.starting import init
from flowspec.cli.system import problem_of, refuse_foreign
from flowspec.cli.targeting import targets
from flowspec.cli.terminal import prepare, tell
from flowspec.cli.validating import validate
from flowspec.cli.verifying import verify
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.version import __version__

EXIT_CODES = "Exit codes: 0 as wished; 1 error; 2 drift, unknown, or a difference found."
_OUTPUT = ("-o", "--output", "-output")
_LONGEST = 600
"""Characters of a line of a usage error: what was typed wrongly is quoted there, whatever its length."""

app = typer.Typer(
    cls=HelpfulGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["--help", "-h"]},
)
for command in (
    init,
    validate,
    fmt,
    convert,
    plan,
    show,
    render,
    apply,
    diff,
    lint,
    optimize,
    import_,
    targets,
    coverage,
    verify,
    explain,
    snapshot,
    serve,
    lsp,
):
    says = (command.__doc__ or "").partition("\n")[0]
    app.command(command.__name__.rstrip("_"), cls=HelpfulCommand, short_help=says, epilog=EXIT_CODES)(grouped(command))


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
    """Runs one command line and returns its exit code.

    What is neither a FlowspecError nor what the operating system says is a bug and passes through, as does the want of
    memory, which the caller tells with what is left of it.
    """
    prepare()
    try:
        return _run(arguments)
    except Ending as ending:
        return ending.outcome
    except ClickException as error:
        _tell_usage(error)
    except FlowspecError as error:
        tell_problems(error.problems, no_color="--no-color" in arguments)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise
        tell_problems([problem_of(error)], no_color="--no-color" in arguments)
    return Code.ERROR


def _run(arguments: Sequence[str]) -> int:
    refuse_foreign(arguments, "An argument")
    _refuse_empty(arguments)
    joined_words(os.environ)
    completing_at_once(arguments)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    with whole_words(os.environ):
        ended = group.main(spelled(arguments, options_of(group)), "flowspec", standalone_mode=False)
    return ended if isinstance(ended, int) else Code.AS_WISHED


def _refuse_empty(arguments: Sequence[str]) -> None:
    """FlowspecError for `-i ""`, `--out=`, `-o json=`: as a path, nothing is the folder that one happens to be in."""
    for before, argument in pairwise(["", *arguments]):
        names_file = before in _OUTPUT or argument.partition("=")[0] in _OUTPUT
        has_no_value = argument.startswith("-") and argument.count("=") == 1
        if not argument or (argument.endswith("=") and (names_file or has_no_value)):
            shown = f"{before} {argument!r}".strip() if before.startswith("-") else repr(argument)
            advice = "Leave it out, or give it a value; a variable of the shell may not be set."
            raise FlowspecError(Problem(Severity.ERROR, f"An argument is empty: {shown}", advice))


def _tell_usage(error: ClickException) -> None:
    """As Typer words it; what was typed may hold anything, so a terminal only shows it."""
    drawn = io.StringIO()
    error.show(drawn)
    for line in drawn.getvalue().rstrip("\n").split("\n"):
        tell(line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}")
