"""`COMMAND --help`: as Typer words it, with the formats that there are of the command's document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperOption

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

FORMATS = "{formats}"
"""Stands in the help of an option for the names of all formats: only who asks for help loads the views."""
_SHOWN = {"show": "plan"}
"""Commands that are not called as their document is."""


class HelpfulCommand(TyperCommand):
    """A command whose help names what `-o` takes, also after a format has been added."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes the help, the names of the formats put in."""
        formats = formats_of(self.name or "")
        for param in self.params:
            if isinstance(param, TyperOption) and formats and param.help:
                param.help = param.help.replace(FORMATS, " or ".join(formats))
        super().format_help(ctx, formatter)


def formats_of(command: str) -> list[str]:
    """What `-o` of a command takes; nothing for one without a document."""
    from flowspec.views import VIEWS

    formats: object = dict(VIEWS).get(_SHOWN.get(command, command))
    return list(formats) if isinstance(formats, dict) else []
