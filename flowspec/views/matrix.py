"""The pairs of groups of all intents -> the reachability matrix: what becomes of the flows from each to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from flowspec.model.documents.plan import IntentResult
from flowspec.views.names import once

LEGEND = {
    "permitted": "permitted",
    "denied": "denied",
    "partly": "some permitted, some denied",
    "open": "not all stopped on the one side that is judged",
    "unknown": "not known",
    "untold": "judged, but not told apart by group",
    "none": "no flows",
}
"""State -> what its shape means."""
DIFF_LEGEND = {
    "opens": "more is permitted",
    "closes": "less is permitted",
    "both": "some more, some less",
    "unknown": "not known whether more or less",
}
"""The same for two networks beside each other."""
_LINE = 'fill="none" stroke="currentColor"'
SHAPES = {
    "permitted": '<circle cx="10" cy="10" r="8"/>',
    "denied": '<path d="M4 1 10 7 16 1 19 4 13 10 19 16 16 19 10 13 4 19 1 16 7 10 1 4Z"/>',
    "partly": f'<circle cx="10" cy="10" r="7.5" {_LINE} stroke-width="1.5"/><path d="M10 2a8 8 0 0 1 0 16Z"/>',
    "open": f'<circle cx="10" cy="10" r="6.5" {_LINE} stroke-width="3.5"/>',
    "unknown": '<path fill-rule="evenodd" d="M10 1 20 19H0ZM9 7v6h2V7ZM9 14.5v2h2v-2Z"/>',
    "untold": f'<circle cx="10" cy="10" r="7.5" {_LINE} stroke-width="1.5" stroke-dasharray="3 2.5"/>',
    "none": '<path d="M3 9h14v2H3Z"/>',
    "opens": '<path d="M8 2h4v6h6v4h-6v6H8v-6H2V8h6Z"/>',
    "closes": '<path d="M2 8h16v4H2Z"/>',
    "both": '<path d="M8 1h4v4h5v4h-5v4H8V9H3V5h5ZM3 15h14v4H3Z"/>',
}
"""State -> its shape as SVG, 20 wide and 20 high: told apart without colour, too."""
_ORDER = ("unknown", "untold", "open", "partly")
"""States that one intent is enough for, the strongest first."""


@dataclass(slots=True)
class MatrixCell:
    """From one group to another: the number of each intent that speaks of it, with the state it found there."""

    intents: list[tuple[int, str, bool]] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Of all flows together that the intents speak of."""
        states = {state for _, state, _ in self.intents} - {"none"}
        for strong in _ORDER:
            if strong in states:
                return strong
        return "partly" if len(states) > 1 else next(iter(states), "none")

    @property
    def drift(self) -> bool:
        """Whether some are not as wished."""
        return any(drift for _, _, drift in self.intents)


@dataclass(frozen=True, slots=True)
class Matrix:
    """`sources` are the rows and `destinations` the columns, both in the order in which intents name them."""

    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    cells: dict[tuple[str, str], MatrixCell]


def matrix_of(intents: Iterable[IntentResult]) -> Matrix:
    """The matrix of some intents, which it counts from 0."""
    cells: dict[tuple[str, str], MatrixCell] = {}
    for number, intent in enumerate(intents):
        for pair in intent.groups:
            found = cells.setdefault((pair.source, pair.destination), MatrixCell())
            found.intents.append((number, pair.state, pair.drift))
    return Matrix(once(source for source, _ in cells), once(destination for _, destination in cells), cells)
