"""What a long run is at: on a terminal a line that goes again, in a log a line now and then."""

from __future__ import annotations

import io
import os
import sys
import time

import pytest

from flowspec.cli import progress
from flowspec.cli.progress import ProgressLine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of Unix")


class Terminal(io.StringIO):
    """Standard error that is a terminal of 80 columns."""

    def __init__(self) -> None:
        super().__init__()
        self.lead, self.end = os.openpty()

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.end

    def close(self) -> None:
        os.close(self.lead)
        os.close(self.end)
        super().close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_TICK", 0.01)
    monkeypatch.setattr(progress, "_LOGGED", 0.01)
    monkeypatch.delenv("CI", raising=False)


def told(stream: io.StringIO, words: str) -> None:
    """Waits until something is written."""
    until = time.monotonic() + 20
    while words not in stream.getvalue() and time.monotonic() < until:
        time.sleep(0.01)
    assert words in stream.getvalue()


def test_a_terminal_shows_one_line_and_is_left_as_it_was(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with ProgressLine() as line:
        line("judging intents", 1200, 3000)
        told(terminal, "\rJudging intents 1,200 of 3,000 (0 s)")
        line("x" * 500, 0, 0)
        told(terminal, "\rXx")
    written = terminal.getvalue()
    assert "\n" not in written and "\x1b" not in written
    assert all(len(shown) < 80 for shown in written.split("\r"))
    *_, last, nothing = written.split("\r")
    assert last.strip() == "" and nothing == ""
    terminal.close()


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_log_gets_whole_lines(ci: str, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a CI too, which may run on a terminal."""
    stream = Terminal() if ci else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("CI", ci)
    with ProgressLine() as line:
        line("judging intents", 1, 3)
        told(stream, "Judging intents 1 of 3 (0 s)\n")
    assert "\r" not in stream.getvalue()


def test_a_short_run_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        with ProgressLine() as line:
            line("judging intents", 1, 3)
        assert stream.getvalue() == ""
