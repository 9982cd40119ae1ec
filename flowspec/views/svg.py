"""The reachability matrix of a plan -> an SVG image for wikis and pull requests: symbols, names and a key."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from flowspec.counting import counted
from flowspec.model.documents.plan import Report
from flowspec.views.findings import of_owner
from flowspec.views.layout import clipped, visible
from flowspec.views.matrix import LEGEND, SHAPES, Matrix, matrix_of
from flowspec.views.style import Style

_SIZE = 30
"""Of a cell, in pixels."""
_MOST = 60
"""Rows, and columns; an image with more of them nobody reads."""
_NAME = 34
"""Characters of a name."""
_LETTER = 7.3
_GREEN, _GREY, _BROWN, _PURPLE = "#1a6b36", "#4d5661", "#7a4d00", "#7b2fa0"
_COLOURS = {"permitted": _GREEN, "denied": _GREY, "partly": _BROWN, "open": _BROWN, "unknown": _PURPLE,
            "untold": _PURPLE, "none": _GREY}  # fmt: skip


def view(report: Report, style: Style) -> str:
    """The matrix of a plan, or of one owner's part of it; ends with a line break."""
    intents = of_owner(report, style).intents
    matrix = matrix_of(intents)
    rows, columns = matrix.sources[:_MOST], matrix.destinations[:_MOST]
    left = _width(max(map(len, map(_name, rows)), default=10)) + 20
    top = _width(max(map(len, map(_name, columns)), default=4)) + 40
    right = left + max(_SIZE * len(columns), 330)
    bottom = top + _SIZE * len(rows)
    title = f"flowspec: who reaches whom{f', {visible(report.spec.name)}' if report.spec.name else ''}"
    key = list(
        _key(
            matrix,
            left,
            bottom + 30,
            beyond=(len(rows), len(columns)),
            unlisted=sum(i.groups_left_out for i in intents),
        )
    )
    height = bottom + 30 + 24 * len(key)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {right:.0f} {height:.0f}" role="img" font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="10" y="20" font-weight="bold" fill="#1b1f24">{escape(clipped(title, 70))}</text>',
        *_heads(rows, columns, left, top),
        *_cells(matrix, rows, columns, left, top),
        *key,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _width(letters: int) -> float:
    return min(letters, _NAME) * _LETTER


def _name(group: str) -> str:
    return clipped(visible(group.removeprefix("group.")), _NAME)


def _heads(rows: tuple[str, ...], columns: tuple[str, ...], left: float, top: float) -> Iterator[str]:
    for at, group in enumerate(rows):
        y = top + _SIZE * at + 19
        yield f'<text x="{left - 8:.1f}" y="{y:.1f}" text-anchor="end" fill="#1b1f24">{escape(_name(group))}</text>'
    for at, group in enumerate(columns):
        x, y = left + _SIZE * at + 19, top - 8
        turned = f'transform="rotate(-90 {x:.1f} {y:.1f})"'
        yield f'<text x="{x:.1f}" y="{y:.1f}" {turned} fill="#1b1f24">{escape(_name(group))}</text>'


def _cells(matrix: Matrix, rows: tuple[str, ...], columns: tuple[str, ...], left: float, top: float) -> Iterator[str]:
    for row, source in enumerate(rows):
        for column, destination in enumerate(columns):
            x, y = left + _SIZE * column, top + _SIZE * row
            cell = matrix.cells.get((source, destination))
            back = "#fdeceb" if cell and cell.drift else "#ffffff"
            yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{_SIZE}" height="{_SIZE}" fill="{back}" stroke="#c9d1d9"/>'
            if cell is None:
                continue
            wish = ", not as wished" if cell.drift else ""
            told = escape(f"{visible(source)} to {visible(destination)}: {LEGEND[cell.state]}{wish}")
            yield f'<g transform="translate({x + 5:.1f} {y + 5:.1f})"><title>{told}</title>{_shape(cell.state)}</g>'
            if cell.drift:
                yield (
                    f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{_SIZE - 2}" height="{_SIZE - 2}" fill="none" '
                    'stroke="#b3121d" stroke-width="2"/>'
                    f'<text x="{x + 24:.1f}" y="{y + 11:.1f}" font-size="12" font-weight="bold" fill="#b3121d">!</text>'
                )


def _key(matrix: Matrix, left: float, top: float, *, beyond: tuple[int, int], unlisted: int) -> Iterator[str]:
    """What the symbols that are there mean, each on a line of its own; and how much is not drawn."""
    states = {cell.state for cell in matrix.cells.values()}
    rows = [(word, _shape(state)) for state, word in LEGEND.items() if state in states]
    if any(cell.drift for cell in matrix.cells.values()):
        rows.append(("some flows are not as wished", '<text x="7" y="15" font-weight="bold" fill="#b3121d">!</text>'))
    hidden = (len(matrix.sources) - beyond[0], len(matrix.destinations) - beyond[1])
    if any(hidden):
        ends = (counted(hidden[0], "more source"), counted(hidden[1], "more destination"))
        rows.append((f"{' and '.join(ends)} are not drawn", ""))
    if unlisted:
        rows.append((f"{counted(unlisted, 'more pair of groups', 'more pairs of groups')} had no room in the plan", ""))
    if not matrix.cells:
        rows.append(("no intent speaks of groups", ""))
    for at, (word, drawn) in enumerate(rows):
        y = top + 24 * at
        told = f'<text x="28" y="15" fill="#1b1f24">{escape(word)}</text>'
        yield f'<g transform="translate({left:.1f} {y - 15:.1f})">{drawn}{told}</g>'


def _shape(state: str) -> str:
    return f'<g color="{_COLOURS[state]}" fill="currentColor">{SHAPES[state]}</g>'
