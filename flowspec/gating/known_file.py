"""What is known, of intents or of lint <-> the file that `--write-baseline` writes and `--baseline` reads."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from flowspec.errors import FlowspecError, Problem, Severity, Where
from flowspec.json_escapes import escaped
from flowspec.model.documents.baseline import BASELINE_VERSION, Baseline, LintBaseline

Known = TypeVar("Known", Baseline, LintBaseline)
_NAMES: dict[type, tuple[str, str]] = {
    Baseline: ("baseline", "flowspec plan --write-baseline"),
    LintBaseline: ("baseline of lint", "flowspec lint --write-baseline"),
}
"""How each is called, and the command that writes it."""


def file_text(known: Known) -> str:
    """The file."""
    return escaped(msgspec.json.format(msgspec.json.encode(known), indent=2).decode()) + "\n"


def read_known(data: bytes, file: str, kind: type[Known]) -> Known:
    """The document in a file; FlowspecError for what is none, or of a newer major version."""
    try:
        found = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError) as error:
        raise refusal(file, kind, str(error)) from error
    if found.format_version.partition(".")[0] != BASELINE_VERSION.partition(".")[0]:
        told = f"its format_version is {found.format_version}, this flowspec reads {BASELINE_VERSION}"
        raise refusal(file, kind, told)
    return found


def refusal(file: str, kind: type, told: str) -> FlowspecError:
    """A file that is no such document, with the command that writes one."""
    name, command = _NAMES[kind]
    return FlowspecError(
        Problem(Severity.ERROR, f"{file} is not a {name}: {told}", f"Write it again with {command}.", Where(file))
    )
