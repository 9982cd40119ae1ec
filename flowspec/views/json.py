"""Documents -> JSON; a Report <-> the saved plan document, sealed by a digest over itself."""

from __future__ import annotations

import hashlib

import msgspec

from flowspec.errors import PlanFileError, Problem, Severity
from flowspec.json_escapes import escaped
from flowspec.model.documents.plan import FORMAT_VERSION, DocumentValue, Report
from flowspec.views.style import Style

_AGAIN = "Run flowspec plan --out again and use the new file."


def view(document: DocumentValue, style: Style) -> str:
    """Any document, two blanks to a level, in the order of its type; a plan is sealed. Ends with a line break."""
    written: object = _sealed(document) if isinstance(document, Report) else document
    return escaped(msgspec.json.format(msgspec.json.encode(written), indent=2).decode()) + "\n"


def _sealed(report: Report) -> dict[str, object]:
    sealed: dict[str, object] = msgspec.to_builtins(report)
    return sealed | {"digest": digest(sealed)}


def digest(document: dict[str, object]) -> str:
    """The sha256 (hex) of a plan document without its own `digest`: compact JSON, keys sorted, UTF-8."""
    body = {name: value for name, value in document.items() if name != "digest"}
    return hashlib.sha256(msgspec.json.encode(body, order="deterministic")).hexdigest()


def read(text: str | bytes, file: str = "The plan") -> Report:
    """A saved plan as it was; PlanFileError when it is foreign, newer than this program, edited or broken.

    A newer minor version is accepted, as its unknown keys can be left out; a newer major one is not.
    """
    document = _decode(text, file)
    version = document.get("format_version")
    major = version.partition(".")[0] if isinstance(version, str) else ""
    if not major.isdecimal():
        raise PlanFileError(f"{file} is not a saved plan: it has no format_version.")
    if int(major) > int(FORMAT_VERSION.partition(".")[0]):
        raise _refusal(f"{file} has format_version {version}, and this flowspec reads {FORMAT_VERSION}.",
                       "Use the flowspec that wrote it, or a newer one.")  # fmt: skip
    if document.get("digest") != digest(document):
        raise _refusal(
            "Saved plan is stale", f"{file} was edited after it was written: its digest does not match. {_AGAIN}"
        )
    try:
        return msgspec.convert(document, Report)
    except msgspec.ValidationError as error:
        raise _refusal(f"{file} does not fit the plan document: {error}", _AGAIN) from error


def _decode(text: str | bytes, file: str) -> dict[str, object]:
    try:
        document = msgspec.json.decode(text)
    except RecursionError as error:
        raise PlanFileError(f"{file} is not a saved plan: it is nested too deeply.") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise PlanFileError(f"{file} is not a saved plan: it is not JSON in UTF-8 ({error}).") from error
    if not isinstance(document, dict):
        raise PlanFileError(f"{file} is not a saved plan: it is not a JSON object.")
    return document


def _refusal(summary: str, detail: str) -> PlanFileError:
    return PlanFileError(Problem(Severity.ERROR, summary, detail))
