"""A page of the site that the program writes itself: every command with its options, as `--help` shows them."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.core import TyperGroup
from typer.main import get_command

WIDTH = 100


def on_files(files: Files, config: MkDocsConfig) -> Files:
    files.append(File.generated(config, "cli.md", content=reference()))
    return files


def reference() -> str:
    """The page."""
    from flowspec.cli.app import app

    group = get_command(app)
    assert isinstance(group, TyperGroup)
    parts = [
        "# Commands\n\n",
        "Exit codes of every command: 0 as wished; 1 error; 2 drift, unknown, or a difference.\n",
    ]
    for name, command in group.commands.items():
        context = command.make_context(
            name,
            [],
            parent=group.make_context("flowspec", [], resilient_parsing=True),
            resilient_parsing=True,
            max_content_width=WIDTH,
            terminal_width=WIDTH,
        )
        parts.append(f"\n## {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "".join(parts)
