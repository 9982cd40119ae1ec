"""Completion in real shells, installed as docs/editors.md says: zsh at a terminal, fish by its own `complete -C`."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import environment
from tests.tools import program

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop" / "prod.flow.hcl"
END = "=end="
LONGEST = 30.0
_CONTROL = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])")
TYPED = {
    "plan --target intent.cust": "plan --target intent.customers-to-web ",
    "plan --target=intent.cust": "plan --target=intent.customers-to-web ",
    "plan --target 'intent.cust": "plan --target 'intent.customers-to-web' ",
    'plan --target="intent.cust': "plan --target=intent.customers-to-web ",
    "plan --output=sar": "plan --output=sarif ",
    "plan -o json=net": "plan -o json=network/",
    "explain intent.cust": "explain intent.customers-to-web ",
}
"""What is typed, and what stands there once it is completed."""


class Shell:
    """A home of one's own, in which a shell has completion installed, and a folder with a spec and a network."""

    def __init__(self, program: str, home: Path) -> None:
        self.program, self.work = program, home / "work"
        command = home / "bin" / "flowspec"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flowspec "$@"\n')
        command.chmod(0o755)
        (self.work / "network").mkdir(parents=True)
        shutil.copy(SHOP, self.work)
        self.environment = environment({
            "HOME": str(home), "ZDOTDIR": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "TERM": "dumb",
            "XDG_DATA_HOME": str(home / ".local"), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8",
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        })  # fmt: skip
        assert "completion installed" in self.ran("flowspec --install-completion")

    def ran(self, script: str) -> str:
        command = [self.program, "-c", f"{script}\n:"]
        done = subprocess.run(
            command, cwd=self.work, env=self.environment, stdout=subprocess.PIPE, check=True, timeout=60
        )
        return done.stdout.decode()


def shell(name: str, home: Path) -> Shell:
    return Shell(program(name), home)


@pytest.fixture(scope="module")
def fish(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return shell("fish", tmp_path_factory.mktemp("fish"))


@pytest.fixture(scope="module")
def zsh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    terminal = Terminal(shell("zsh", tmp_path_factory.mktemp("zsh")))
    yield terminal
    terminal.close()


def offered(fish: Shell, *lines: str) -> list[list[str]]:
    """What is offered behind each line: the word as it would stand there, and what is said about it."""
    asked = "\n".join(f"complete -C {_quoted(f'flowspec {line}')}; echo {END}" for line in lines)
    return [found.strip().splitlines() for found in fish.ran(asked).split(f"{END}\n")[:-1]]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"


def test_fish_offers_values_as_it_wants_them(fish: Shell) -> None:
    lines = [line for line in TYPED if "=" in line]
    for line, found in zip(lines, offered(fish, *lines), strict=True):
        assert found == [TYPED[line].split()[-1]], line


def test_fish_offers_every_option_with_its_help(fish: Shell) -> None:
    options, equals = offered(fish, "plan --", "plan --fail-on=")
    assert "--executor\tWho decides the checks: auto (processes where there are very many), none, " in "\n".join(
        options
    )
    assert len(options) > 40 and not any("{" in one for one in options)
    assert equals == ["--fail-on=error", "--fail-on=info", "--fail-on=warning"]


class Terminal:
    """A zsh that believes in a person."""

    def __init__(self, shell: Shell) -> None:
        settings = Path(shell.environment["HOME"]) / ".zshrc"
        settings.write_text(f"{settings.read_text()}PROMPT='> '\nLISTMAX=1000\n")
        self.process, self.end = pty.fork()
        if not self.process:
            os.chdir(shell.work)
            os.execve(shell.program, [shell.program, "-i"], shell.environment)
        self.lines = 0
        self.typed("", "")

    def typed(self, line: str, until: str) -> str:
        """What is shown for a line with the tabulator behind it, once that is there; then the line is taken away."""
        if line:
            os.write(self.end, f"flowspec {line}\t".encode())
        shown = self.shown(until)
        self.lines += 1
        os.write(self.end, f"\x15print do''ne-{self.lines}\n".encode())
        self.shown(f"done-{self.lines}")
        return shown

    def shown(self, until: str) -> str:
        """What comes until a text is there; half a minute is enough on any machine."""
        shown, stop = "", time.monotonic() + LONGEST
        while until not in (drawn := re.sub(r"\s+", " ", _CONTROL.sub("", shown))):
            left = max(stop - time.monotonic(), 0)
            assert select.select([self.end], [], [], left)[0], f"{until!r} is not shown: {drawn!r}"
            shown += os.read(self.end, 65536).decode(errors="replace")
        return drawn

    def close(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.end)


@pytest.mark.parametrize(("line", "whole"), TYPED.items())
def test_zsh_completes_values(zsh: Terminal, line: str, whole: str) -> None:
    begun = re.split(r"[ =]", line)[-1].strip("'\"")
    zsh.typed(line, whole[whole.index(begun) + len(begun) :].strip())


def test_zsh_offers_every_option_with_its_help(zsh: Terminal) -> None:
    shown = zsh.typed("plan --", "Plan again whenever the spec or the network is saved.")
    assert "--executor" in shown and "{" not in shown
