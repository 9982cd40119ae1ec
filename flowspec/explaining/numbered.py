"""The JSON of a plan or a diff -> the flow that its N-th change, or its N-th cause, is explained by."""

from __future__ import annotations

import msgspec

from flowspec.counting import counted
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.model.documents.values import DocumentValue, ExampleFlow


class _Count(DocumentValue, frozen=True, kw_only=True):
    example: ExampleFlow | None = None


class _Proof(DocumentValue, frozen=True, kw_only=True):
    opens_total: _Count = _Count()
    closes_total: _Count = _Count()


class _Change(DocumentValue, frozen=True, kw_only=True):
    proof: _Proof


class _Cause(DocumentValue, frozen=True, kw_only=True):
    total: _Count = _Count()


class _Document(DocumentValue, frozen=True, kw_only=True):
    """What a plan and a diff have of this; all other members are left out."""

    suggested_changes: tuple[_Change, ...] = ()
    causes: tuple[_Cause, ...] = ()


def example_of(text: bytes, file: str, kind: str, number: int) -> ExampleFlow:
    """Counted from 1; FlowspecError where the file has none of that number, or no flow for it."""
    try:
        document = msgspec.json.decode(text, type=_Document)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _refused(f"{file} is no JSON of a plan or a diff: {error}") from None
    if kind == "change":
        counts = [[one.proof.opens_total, one.proof.closes_total] for one in document.suggested_changes]
    else:
        counts = [[one.total] for one in document.causes]
    if number > len(counts):
        raise _refused(f"{file} has {counted(len(counts), kind)}, and no {kind}.{number}")
    found = next((one.example for one in counts[number - 1] if one.example is not None), None)
    if found is None:
        raise _refused(f"{kind}.{number} of {file} moves no flow by itself")
    return found


def _refused(what: str) -> FlowspecError:
    return FlowspecError(Problem(Severity.ERROR, what))
