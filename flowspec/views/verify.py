"""FlowAnswer -> text: the members of the REST result, one a line."""

from __future__ import annotations

import msgspec

from flowspec.model.documents.verify import FlowAnswer
from flowspec.views.layout import visible
from flowspec.views.style import Style


def view(answer: FlowAnswer, style: Style) -> str:
    """Ends with a line break."""
    members: dict[str, str] = msgspec.to_builtins(answer)
    return "".join(f"{name:<9} {visible(value)}".rstrip() + "\n" for name, value in members.items())
