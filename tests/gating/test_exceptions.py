"""Exceptions: past their day they fail and say since when; fourteen days before, they are a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gating.change import STRICT, plan, resources, ssh, text

SPEC = (
    STRICT
    + """
group "vendor" {
  prefixes = ["8.8.8.0/24"]
}
exception "vendor-ssh" {
  of      = [intent.no-ssh-from-outside]
  from    = [group.vendor]
  expires = "2026-11-20"
}
"""
)


@pytest.mark.parametrize(
    ("today", "code", "told"),
    [
        ("2026-11-05", 0, []),
        ("2026-11-06", 0, ["exception.vendor-ssh ends on 2026-11-20"]),
        ("2026-11-20", 0, ["exception.vendor-ssh ends on 2026-11-20"]),
        ("2026-11-21", 2, ["exception.vendor-ssh ended on 2026-11-20, 1 day ago: its flows are judged again"]),
        ("2026-12-20", 2, ["exception.vendor-ssh ended on 2026-11-20, 30 days ago: its flows are judged again"]),
    ],
)
def test_its_day(tmp_path: Path, today: str, code: int, told: list[str]) -> None:
    """Also where the network needs it no longer: nothing opens by a forgotten exception, and it is to be deleted."""
    found, document = plan(tmp_path, [], resources(), "--today", today, spec=SPEC)
    assert (found, [problem["summary"] for problem in document["problems"]]) == (code, told)
    assert all(line in " ".join(text(tmp_path).split()) for line in told)


def test_a_base_does_not_make_it_known(tmp_path: Path) -> None:
    network = resources(ssh("8.8.8.0/24"))
    late = ("--today", "2026-11-25", "--base", "old.json")
    code, document = plan(tmp_path, network, network, *late, spec=SPEC)
    assert (code, [b["name"] for b in document["gate"]["brakes"] if not b["passes"]]) == (2, ["exceptions"])
    assert "ended on 2026-11-20, 5 days ago" in text(tmp_path)


def test_only_of_intents_that_count(tmp_path: Path) -> None:
    late = ("--today", "2026-11-25")
    mild = SPEC.replace('severity = "error"', 'severity = "warning"')
    assert plan(tmp_path, [], resources(), *late, spec=mild)[0] == 0
    assert plan(tmp_path, [], resources(), *late, "--fail-on", "warning", spec=mild)[0] == 2
    assert plan(tmp_path, [], resources(), *late, "--target", "intent.web-to-db", spec=SPEC)[0] == 0
