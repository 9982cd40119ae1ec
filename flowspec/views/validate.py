"""Validation -> a sentence for a valid spec, which counts what it declares. What is wrong is told as it is found."""

from __future__ import annotations

from flowspec.counting import counted
from flowspec.model.documents.validate import Validation
from flowspec.views.style import Style


def view(validation: Validation, style: Style) -> str:
    """Ends with a line break; empty for a spec that is not valid."""
    if not validation.valid:
        return ""
    declared = validation.declared
    parts = [
        (declared.intents, "intent"),
        (declared.boundaries, "boundary"),
        (declared.groups, "group"),
        (declared.exceptions, "exception"),
    ]
    counts = [counted(count, noun) for count, noun in parts if count]
    return f"Success! The spec is valid: {', '.join(counts) or 'it is empty'}.\n"
