"""`COMMAND --help`: as Typer words it, with the formats that there are of the command's document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup, TyperOption

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter
    from typer._click.shell_completion import CompletionItem

FORMATS = "{formats}"
"""Stands in the help of an option for the names of all formats: only who asks for help loads the views."""
_SHOWN = {"show": "plan"}
"""Commands that are not called as their document is."""


_READABLE = str.maketrans({"[": "(", "]": ")", "'": "\N{RIGHT SINGLE QUOTATION MARK}"})
"""Zsh offers nothing at all where a help holds a bracket, and leaves out apostrophes."""


def readable(offered: list[CompletionItem]) -> list[CompletionItem]:
    """What a shell is offered, with helps that each shell can show."""
    for one in offered:
        one.help = one.help and one.help.translate(_READABLE)
    return offered


class HelpfulGroup(TyperGroup):
    """The names of all commands, as a shell is offered them."""

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """As Typer has it."""
        return readable(super().shell_complete(ctx, incomplete))


class HelpfulCommand(TyperCommand):
    """A command whose help names what `-o` takes, also after a format has been added."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes the help, the names of the formats put in."""
        self._name_formats()
        super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """What a shell shows beside an option is its help, too."""
        self._name_formats()
        return readable(super().shell_complete(ctx, incomplete))

    def _name_formats(self) -> None:
        formats = formats_of(self.name or "")
        for param in self.params:
            if isinstance(param, TyperOption) and formats and param.help:
                param.help = param.help.replace(FORMATS, " or ".join(formats))


def formats_of(command: str) -> list[str]:
    """What `-o` of a command takes; nothing for one without a document."""
    from flowspec.views import VIEWS

    formats: object = dict(VIEWS).get(_SHOWN.get(command, command))
    return list(formats) if isinstance(formats, dict) else []
