"""A .bicep or .bicepparam file -> what Microsoft's compiler makes of it, where the compiler is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from flowspec.errors import Where
from flowspec.reading import note, read, state_of
from flowspec.sources.jsontext import JsonText, document, refusal

SECONDS = 120
LONGEST = 2000
"""Characters of the compiler's own words that are told."""
_NAMING = (".bicep", ".bicepparam")
_NAMED = re.compile(r"'([^'\n$*?]{1,300})'")
_MOST = 10_000_000


def is_bicep(path: Path) -> bool:
    return path.suffix.lower() == ".bicep"


def is_bicep_parameters(path: Path) -> bool:
    return path.suffix.lower() == ".bicepparam"


def compiler() -> str | None:
    """The compiler on the path, or the one that `az bicep install` has put into its folder."""
    own = Path.home() / ".azure" / "bin" / "bicep"
    return shutil.which("bicep") or (str(own) if own.is_file() else None)


def compiled(path: Path) -> bytes:
    """The template; SourceError with the command to run where there is no compiler, or with what it says is wrong."""
    return _run("build", path, f"az bicep build --file {path}  (or: bicep build {path})")


def compiled_parameters(path: Path) -> bytes:
    """The parameters, inside of the document in which the compiler prints them."""
    return _run("build-params", path, f"az bicep build-params --file {path}  (or: bicep build-params {path})")


def of_compiler(found: JsonText) -> JsonText:
    """The parameters inside of what `bicep build-params --stdout` prints; any other document as it is."""
    inside = found.member("parametersjson")
    return document(inside.encode(), found.file) if isinstance(inside, str) else found


def _run(verb: str, path: Path, advice: str) -> bytes:
    where, program = Where(str(path)), compiler()
    if program is None:
        summary = f"a {path.suffix.lower()} file needs the Bicep compiler, which is not here"
        raise refusal(summary, f"run: {advice}; then give the .json beside it", where)
    _note_all(path)
    command = [program, verb, "--stdout", "--no-restore", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise refusal(f"the Bicep compiler can't be run: {error}", "compile the file yourself", where) from None
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip()[:LONGEST]
        advice = f"{told}\nfor modules of a registry, first: bicep restore {path}"
        raise refusal("the Bicep compiler refuses the file", advice, where)
    return done.stdout


def _note_all(path: Path) -> None:
    """The compiler opens what a file names: modules, parameters, texts. All that is named and there is noted."""
    open_, seen = [path], {path}
    while open_:
        file = open_.pop()
        note(file)
        try:
            text = read(file, _MOST).decode(errors="replace") if file.suffix.lower() in _NAMING else ""
        except OSError:  # which the compiler tells
            continue
        named = {file.parent / name for name in _NAMED.findall(text)} - seen
        seen |= named
        open_ += sorted(one for one in named if one.suffix and state_of(one))
