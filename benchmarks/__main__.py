"""`python -m benchmarks [NAME…] [--seeds N] [--save]`: each measurement with its peer, in a process of its own."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import statistics
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.timing import Row

NAMES = ("classify", "decide", "lint", "startup")
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="put the table at the head of RESULTS.md")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        for row in importlib.import_module(f"benchmarks.{given.names[0]}").run(given.one):
            print(json.dumps(asdict(row)), flush=True)
        return
    table = [line for name in given.names or NAMES for line in _lines(_measured(name, given.seeds))]
    head = f"## {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {given.seeds} seeds\n"
    columns = "| what | ours | peer | ratio (of each seed) | goal | met |\n|---|---|---|---|---|---|"
    text = "\n".join((head, columns, *table)) + "\n"
    print(text)
    if given.save:
        before = RESULTS.read_text("utf-8").partition("\n## ") if RESULTS.exists() else ("# Results\n", "", "")
        rest = f"\n## {before[2]}" if before[2] else ""
        RESULTS.write_text(f"{before[0].rstrip()}\n\n{text}{rest}", "utf-8")


def _measured(name: str, seeds: int) -> dict[str, list[Row]]:
    """Row by what it measures, from each seed."""
    found: dict[str, list[Row]] = {}
    for seed in range(1, seeds + 1):
        command = [sys.executable, "-m", "benchmarks", name, "--one", str(seed)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        for line in done.stdout.splitlines():
            row = Row(**json.loads(line))
            found.setdefault(row.what, []).append(row)
    return found


def _lines(found: dict[str, list[Row]]) -> list[str]:
    lines = []
    for what, rows in found.items():
        ratios = [row.ratio for row in rows if row.ratio is not None]
        middle = sorted(rows, key=lambda row: row.ratio or 0)[len(rows) // 2]
        ratio = f"{_short(statistics.median(ratios))} ({', '.join(map(_short, ratios))})" if ratios else ""
        met = (
            ""
            if middle.met is None
            else "yes"
            if all(row.met for row in rows)
            else "no"
            if not middle.met
            else "median"
        )
        lines.append(f"| {what} | {middle.ours} | {middle.peer} | {ratio} | {middle.goal} | {met} |")
    return lines


def _short(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2f}"


if __name__ == "__main__":
    main()
