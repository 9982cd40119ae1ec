"""`flowspec import`: a spec that describes what is permitted today."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.days import Today, day_of
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import NetworkInputs
from flowspec.cli.outputs import put, write_files
from flowspec.cli.progress import ProgressLine
from flowspec.cli.system import doing
from flowspec.cli.terminal import tell
from flowspec.counting import counted
from flowspec.errors import FlowspecError, Problem, Severity

if TYPE_CHECKING:
    from flowspec.importing.importing import ImportProof


def import_(
    network: NetworkInputs,
    out_dir: Annotated[
        Path | None,
        typer.Option(
            "--out-dir",
            metavar="DIR",
            help="Write the files of the spec into this folder.  [default: standard output]",
            show_default=False,
        ),
    ] = None,
    today: Today = None,
) -> None:
    """Write a spec that describes what the network permits today, and prove that it does."""
    from flowspec.importing.importing import imported
    from flowspec.importing.writing import FILES

    day, sources = day_of(today), network.locators()
    if out_dir is not None:
        _refuse([out_dir / name for name in FILES])
    named = [_from(out_dir, text) for text in sources]
    with ProgressLine() as progress:
        inventory = network.load()
        progress("describing and proving", 0, 0)
        found = imported(inventory, day, _name(out_dir), named)
    if out_dir is None:
        put("\n".join(found.files.values()))
    else:
        with doing("make the folder", out_dir):
            out_dir.mkdir(parents=True, exist_ok=True)
        write_files([(out_dir / name, text) for name, text in found.files.items()])
        for name in found.files:
            tell(f"Wrote {out_dir / name}")
    _tell_proof(found.proof)
    if not found.proof.holds:
        raise Ending(Code.DIFFERENT)


def _refuse(paths: Sequence[Path]) -> None:
    """FlowspecError for a file that is there: somebody may have made it theirs."""
    there = [path for path in paths if os.path.lexists(path)]
    if there:
        advice = "Somebody may have made it theirs. Name another folder, or move it away."
        raise FlowspecError(Problem(Severity.ERROR, f"There is already a file {there[0]}", advice))


def _name(folder: Path | None) -> str:
    """What the spec is called: as its folder."""
    called = Path(os.path.realpath(folder)).name if folder is not None else ""
    return re.sub(r"[^\w.-]+", "-", called).strip("-") or "network"


def _from(folder: Path | None, locator: str) -> str:
    """A source as the spec names it: a path is taken from where the spec stands."""
    if folder is None or not Path(locator).exists():
        return locator
    return Path(os.path.relpath(os.path.realpath(locator), os.path.realpath(folder))).as_posix()


def _tell_proof(proof: ImportProof) -> None:
    from flowspec.importing.brief import brief

    count = proof.intents + proof.boundaries
    intents = counted(proof.intents, "intent")
    boundaries = counted(proof.boundaries, "boundary")
    tell(f"{intents} and {boundaries} for {counted(proof.rules, 'custom rule')}.")
    more = f", {proof.with_unknown:g} % with what is not known" if proof.with_unknown > proof.percent else ""
    tell(f"Proof: {proof.satisfied:,} of {count:,} satisfied; coverage {proof.percent:g} %{more}.")
    for words in proof.unheld:
        tell(f"Left out: {words}")
    for words in brief(proof.unsaid):
        tell(f"Not known: {words}")
