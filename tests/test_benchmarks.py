"""The harness of the benchmarks: no failure passes for a time, and what is saved is what is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import void
from benchmarks.processes import FailedError, flowspec, python
from benchmarks.results import Line, latest, line_of, save, saved, table, worse
from benchmarks.timing import Row


def test_a_process_that_fails_has_no_time() -> None:
    with pytest.raises(FailedError, match="exit code 1"):
        python(["-c", "raise ValueError"])
    with pytest.raises(FailedError, match="exit code 0"):
        python(["-c", "print('almost')"], b"Plan: ")
    with pytest.raises(FailedError, match="There is no file"):
        flowspec(["plan", "no-such-folder", "-i", "no-such-folder"], b"Plan: ", (0, 2))
    assert python(["-c", "raise SystemExit(2)"], codes=(0, 2)).wall > 0


def test_memory_is_that_of_the_process() -> None:
    """Not what the process that starts it holds."""
    held = bytearray(100 << 20)
    small, large = (python(["-c", f"held = bytearray({size} << 20)"]).memory for size in (1, 60))
    assert len(held) / 1e6 > 100 > large > small + 50


def rows(*ratios: float | None, met: bool | None = None) -> list[Row]:
    return [Row("it", "1.0M/s", "2.0k/s", ratio, ">= 3", met) for ratio in ratios]


def test_a_table_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    lines = [line_of("a: it", rows(4000, 1000, 2000, met=True)), line_of("b: it", rows(None, met=False))]
    assert [(line.ratio, line.met) for line in lines] == [(2000, "yes"), (None, "no")]
    file = tmp_path / "RESULTS.md"
    save(table("1 seed", [Line("a: old", ratio=1.0)]), file)
    save(table("3 seeds", lines), file)
    assert saved(tmp_path / "none.md") == {}
    found = latest(file.read_text())
    assert {what: (line.ratio, line.met) for what, line in found.items()} == {
        "a: it": (2000, "yes"),
        "b: it": (None, "no"),
    }
    assert file.read_text().index("3 seeds") < file.read_text().index("1 seed")
    assert worse(lines, found) == []


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (rows(10, met=True), rows(6.5, met=True), []),
        (rows(10, met=True), rows(5.5, met=True), ["a: it: the ratio was 10, now 5.50"]),
        (rows(10), rows(None), ["a: it: the ratio was 10, now none"]),
        (rows(None, met=True), rows(None, met=False), ["a: it: >= 3 was met, now it is 1.0M/s"]),
        (rows(None, met=False), rows(None, met=False), []),
    ],
)
def test_what_got_worse(before: list[Row], now: list[Row], told: list[str]) -> None:
    assert worse([line_of("a: it", now)], latest(table("then", [line_of("a: it", before)]))) == told


def test_what_is_not_measured_any_more_is_worse() -> None:
    before = latest(table("then", [Line("a: it"), Line("b: other")]))
    assert worse([Line("a: new")], before) == ["a: it: measured then, not now"]
    assert worse([Line("a: new")], {}) == ["there is no table to hold it against: `--save` one first"]


def test_a_run_on_a_slow_machine_counts_for_nothing() -> None:
    slow = [Row("C", "4.0M/s", goal=">= 5M/s", met=False, required=True)]
    fast = [Row("C", "9.0M/s", goal=">= 5M/s", met=True, required=True)]
    assert void([line_of("classify: C", fast + fast + slow)]) == []
    assert len(void([line_of("classify: C", fast + slow + slow)])) == 1
