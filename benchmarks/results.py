"""Rows of several seeds -> lines of a table, RESULTS.md, and what got worse against the latest table in it."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Row

RESULTS = Path(__file__).with_name("RESULTS.md")
KEPT = 0.6
"""The part of a ratio that has to be there again: below it is no noise."""
_COLUMNS = ("what", "ours", "peer", "ratio (of each seed)", "memory", "goal", "met")
_TITLE = "# Results\n\nWritten by `python -m benchmarks --save`, the latest first. README.md says what the rows are.\n"
_UNITS = {"k": 1e3, "M": 1e6}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. `met` is "yes", "no", or of how many seeds; `ratio` the median."""

    what: str
    ours: str = ""
    peer: str = ""
    ratio: float | None = None
    ratios: tuple[float, ...] = ()
    memory: str = ""
    goal: str = ""
    met: str = ""
    required: bool = False

    @property
    def missed(self) -> bool:
        """By half of the seeds or more."""
        found = re.fullmatch(r"(\d+) of (\d+)", self.met)
        return self.met == "no" or bool(found and 2 * int(found[1]) <= int(found[2]))


def line_of(what: str, rows: Sequence[Row]) -> Line:
    """What the seeds say of one thing: the one in the middle, and the ratio of each."""
    ratios = tuple(row.ratio for row in rows if row.ratio is not None)
    middle = sorted(rows, key=lambda row: _number(row.ours) if row.ratio is None else row.ratio)[len(rows) // 2]
    ratio = statistics.median(ratios) if len(ratios) == len(rows) else None
    required = any(row.required for row in rows)
    return Line(what, middle.ours, middle.peer, ratio, ratios, middle.memory, middle.goal, _met(rows), required)


def table(title: str, lines: Sequence[Line]) -> str:
    """The table, and in words which goals are missed, if only by some seeds."""
    head = [f"## {title}", "", _cells(_COLUMNS), "|" + "---|" * len(_COLUMNS)]
    missed = [_missed(line) for line in lines if line.met not in ("", "yes")]
    end = ["", "Missed:", *missed] if missed else ["", "No goal is missed."]
    return "\n".join([*head, *(_cells(_shown(line)) for line in lines), *end]) + "\n"


def save(text: str, file: Path = RESULTS) -> None:
    """At the head of what was saved before."""
    _, _, before = file.read_text("utf-8").partition("\n## ") if file.exists() else ("", "", "")
    file.write_text(f"{_TITLE}\n{text}" + (f"\n## {before}" if before else ""), "utf-8")


def saved(file: Path = RESULTS) -> dict[str, Line]:
    """The lines of the latest table that was saved; none if none was."""
    return latest(file.read_text("utf-8")) if file.exists() else {}


def latest(text: str) -> dict[str, Line]:
    """The lines of the latest table, by what they measure."""
    tables = f"\n{text}".split("\n## ")[1:]
    rows = [row[2:-2].split(" | ") for row in tables[0].splitlines()[2:]] if tables else []
    found = (dict(zip(_COLUMNS, row, strict=True)) for row in rows if row[0] != "what" and len(row) == len(_COLUMNS))
    return {row["what"]: Line(row["what"], ratio=_ratio(row[_COLUMNS[3]]), met=row["met"]) for row in found}


def worse(lines: Sequence[Line], before: dict[str, Line]) -> list[str]:
    """What got worse since, in words: ratios, and goals that were met. Seconds are the machine's, and not compared."""
    found = []
    measured = {line.what: line for line in lines}
    groups = {what.partition(":")[0] for what in measured}
    if not before:
        found.append("there is no table to hold it against: `--save` one first")
    for what, held in before.items():
        now = measured.get(what)
        if what.partition(":")[0] not in groups:
            continue
        if now is None:
            found.append(f"{what}: measured then, not now")
        elif held.ratio is not None and (now.ratio is None or now.ratio < KEPT * held.ratio):
            found.append(f"{what}: the ratio was {_short(held.ratio)}, now {_short(now.ratio)}")
        elif held.met and not held.missed and now.missed:
            found.append(f"{what}: {now.goal} was met, now it is {now.ours}")
    return found


def _met(rows: Sequence[Row]) -> str:
    counted = [bool(row.met) for row in rows if row.met is not None]
    if not counted:
        return ""
    return "yes" if all(counted) else f"{sum(counted)} of {len(counted)}" if any(counted) else "no"


def _missed(line: Line) -> str:
    seeds = "no seed" if line.met == "no" else f"{line.met} seeds"
    return f"- {line.what}: {line.goal}, met by {seeds}: {line.ours}"


def _shown(line: Line) -> tuple[str, ...]:
    ratios = f"{_short(line.ratio)} ({', '.join(map(_short, line.ratios))})" if line.ratios else ""
    return line.what, line.ours, line.peer, ratios, line.memory, line.goal, line.met


def _cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _short(ratio: float | None) -> str:
    return "none" if ratio is None else f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2f}"


def _ratio(text: str) -> float | None:
    number = text.partition(" ")[0].replace(",", "")
    return float(number) if number and number != "none" else None


def _number(text: str) -> float:
    found = re.match(r"([\d,.]+)([kM]?)", text)
    return float(found[1].replace(",", "").rstrip(".")) * _UNITS.get(found[2], 1) if found else 0.0
