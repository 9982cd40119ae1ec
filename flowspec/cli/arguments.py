"""Arguments as a Terraform user types them -> as Typer reads them: `-var-file=x` is `--var-file=x`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowspec.errors import FlowspecError, Problem, Severity

if TYPE_CHECKING:
    from typer.core import TyperGroup

_HELP = ("--help", "-h")
_SOURCES = {"-i": "-i", "--inventory": "-i", "--base": "--base"}
_PARAMETERS = "--parameters"


@dataclass(frozen=True, slots=True)
class ParsedOptions:
    """The options of a command, as `--name` or `-n`; `valued` are those that take the argument after them."""

    names: frozenset[str]
    valued: frozenset[str] = frozenset()


def options_of(group: TyperGroup) -> dict[str, ParsedOptions]:
    """Of each command by its name, and of the program itself by ""."""
    found = {}
    for name, command in (("", group), *group.commands.items()):
        flags = {spelling: getattr(param, "is_flag", False) for param in command.params for spelling in param.opts}
        flags = {spelling: is_flag for spelling, is_flag in flags.items() if spelling.startswith("-")}
        found[name] = ParsedOptions(
            frozenset((*flags, *_HELP)), frozenset(spelling for spelling, is_flag in flags.items() if not is_flag)
        )
    return found


def spelled(arguments: Sequence[str], known: Mapping[str, ParsedOptions]) -> list[str]:
    """The arguments with Terraform's single dash doubled, but for values and what follows `--`.

    FlowspecError for a single dash before what is no option: read as letters, `-inventry=x` would be `-i nventry=x`.
    """
    return list(_spelled(arguments, known))


def _spelled(arguments: Sequence[str], known: Mapping[str, ParsedOptions]) -> Iterator[str]:
    options, command, sources = known[""], "", [""]
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            yield argument
            break
        if argument.startswith("-"):
            argument = _doubled(argument, options)
        elif not command and argument in known:
            options = known[command := argument]
        name, equals, value = argument.partition("=")
        source = _SOURCES.get(name) or ("-i" if argument.startswith("-i") else None)
        sources += [source] if source else []
        if name == _PARAMETERS and equals:
            argument = f"{name}={_belonging(sources, value)}"
        yield argument
        if argument in options.valued:
            values = [value for value in [next(rest, None)] if value is not None]
            yield from (_belonging(sources, v) if argument == _PARAMETERS else v for v in values)
    yield from rest


def _belonging(sources: Sequence[str], file: str) -> str:
    """A parameter file with the source that stands before it: an option has no other place for that."""
    return f"{sources[-1]}\0{sources.count(sources[-1]) - 1}\0{file}"


def belongings(values: Sequence[str], option: str) -> dict[int, tuple[str, ...]]:
    """The parameter files of each source that an option names; FlowspecError for one that no source stands before."""
    found: dict[int, tuple[str, ...]] = {}
    for value in values:
        source, number, file = value.split("\0")
        if not source:
            advice = "Parameters belong to the template before them: -i main.json --parameters prod.parameters.json"
            raise FlowspecError(Problem(Severity.ERROR, f"--parameters {file} stands before every source.", advice))
        if source == option:
            found[int(number)] = (*found.get(int(number), ()), file)
    return found


def _doubled(argument: str, options: ParsedOptions) -> str:
    """`-out=x` -> `--out=x`; `-o` and `--out` stay."""
    if len(argument) <= 2 or argument[1] == "-":
        return argument
    name = argument.partition("=")[0]
    if f"-{name}" in options.names:
        return f"-{argument}"
    raise FlowspecError(Problem(Severity.ERROR, f"No such option: {name}", _advice(argument, options)))


def _advice(argument: str, options: ParsedOptions) -> str:
    from difflib import get_close_matches

    name = argument.partition("=")[0]
    meant = get_close_matches(f"-{name}", options.names, 1, 0.75)
    if argument[:2] in options.valued:
        meant.append(f"{argument[:2]} {argument[2:].removeprefix('=')}, with a blank")
    return f"Did you mean {', or '.join(meant)}?" if meant else ""
