"""An apply that is killed at any call leaves the old network, the new one, or one that its journal finishes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from flowspec.applying.journal import Heading
from flowspec.server.options import Throttle
from tests.applying.twinned import Applying, Counted, Rules, expected, made, rules_of, three_steps, twin

FAULTY = {
    "fault_rate": 0.25, "throttle": Throttle(4, 0.2), "fault_paths": ("/operations/", "/securityrules/"),
}  # fmt: skip


def killed(applying: Applying, at: int, when: str) -> bool:
    """Runs the apply in a process of its own that is killed before or after its call number `at`; False if it ended."""
    child = os.fork()
    if child == 0:  # pragma: no cover

        def hook(number: int, moment: str, name: str) -> None:
            if (number, moment) == (at, when):
                os.kill(os.getpid(), signal.SIGKILL)

        applying.wrapped = lambda api: Counted(api, hook)
        status = 3
        try:
            applying.apply()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def assert_mends(applying: Applying, old: Rules, new: Rules, *, undo: bool) -> None:
    """What is there after the kill, and after the next run: all old or all new."""
    left = rules_of(applying.twin)
    steps = applying.report.steps
    assert any(left == expected(old, steps[:done]) for done in range(len(steps) + 1)), "something else"
    open_ = applying.unfinished
    if open_ is None and left == new:
        return
    way = applying.undo() if undo and open_ is not None else applying.apply()
    assert not way.problem and not way.left
    assert rules_of(applying.twin) == (old if way.course is Heading.UNDONE else new)
    assert applying.unfinished is None


def run_killed(folder: Path, at: int, when: str, *, undo: bool, **options: object) -> bool:
    with twin(**options) as running:
        old = rules_of(running)
        report = made(three_steps())
        applying = Applying(running, folder, report)
        dead = killed(applying, at, when)
        assert_mends(applying, old, expected(old, report.steps), undo=undo)
    return dead


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_call(tmp_path: Path, when: str) -> None:
    """With 429, 500, lost and broken answers to every kind of call, other ones each time."""
    number, dead = 0, True
    while dead:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        dead = run_killed(folder, number, when, undo=number % 2 == 0, seed=number, **FAULTY)
    assert number > 12, "each step reads twice, writes, polls and reads"


def test_killed_on_the_way_back(tmp_path: Path) -> None:
    """The way back is killed at every call, too: the next run goes on with it."""
    for number in range(1, 40):
        folder = tmp_path / str(number)
        folder.mkdir()
        with twin() as running:
            old = rules_of(running)
            report = made(three_steps())
            applying = Applying(running, folder, report)
            killed(applying, 10, "after")
            child = os.fork()
            if child == 0:  # pragma: no cover

                def hook(at: int, moment: str, name: str, number: int = number) -> None:
                    if at == number and moment == "after":
                        os.kill(os.getpid(), signal.SIGKILL)

                applying.wrapped = lambda api, hook=hook: Counted(api, hook)  # type: ignore[misc]
                try:
                    applying.undo()
                finally:
                    os._exit(0)
            _, status = os.waitpid(child, 0)
            if applying.unfinished is not None:
                assert applying.undo().course is Heading.UNDONE
            assert rules_of(running) == old
            if not os.WIFSIGNALED(status):
                return
    raise AssertionError("it never ended")
