"""What a CI reads from a log: the workflow commands of GitHub Actions and the logging commands of Azure Pipelines, by
the escapes that each documents, with as much good will as its runner has."""

from __future__ import annotations

import re
from dataclasses import dataclass

GITHUB = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
GITHUB_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
AZURE = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%"))


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    message: str


def github(log: str) -> list[Command]:
    """A command begins a line, blanks aside; the older form, `##[name]`, may stand anywhere in it. Nothing is heard
    between `stop-commands` and its token."""
    found: list[Command] = []
    stopped = ""
    for line in re.split(r"\r\n|\n|\r", log):
        if stopped:
            stopped = "" if line.strip() == f"::{stopped}::" else stopped
            continue
        if "##[" in line:
            found.append(Command("legacy", {}, line))
        match = re.match(r"\s*::(?P<name>[^\s:]+)(?:\s+(?P<properties>.*?))?::(?P<message>.*)$", line, re.DOTALL)
        if not match:
            continue
        if match["name"] == "stop-commands":
            stopped = match["message"].strip()
            continue
        pairs = (pair.partition("=") for pair in (match["properties"] or "").split(","))
        properties = {name.strip(): _read(value, GITHUB) for name, _, value in pairs if name}
        found.append(Command(match["name"], properties, _read(match["message"], GITHUB_DATA)))
    assert not stopped, "commands stay stopped"
    return found


def azure(log: str) -> list[Command]:
    """A command may begin anywhere in a line."""
    found = []
    for line in re.split(r"\r\n|\n|\r", log):
        at = line.find("##vso[")
        if at < 0:
            if re.search(r"##\[", line):
                found.append(Command("format", {}, line))
            continue
        end = line.index("]", at)
        name, _, rest = line[at + len("##vso[") : end].partition(" ")
        pairs = (pair.partition("=") for pair in rest.split(";"))
        properties = {key.strip(): _read(value, AZURE) for key, _, value in pairs if key}
        found.append(Command(name, properties, _read(line[end + 1 :], AZURE)))
    return found


def _read(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escape, character in escapes:
        text = text.replace(escape, character)
    return text
