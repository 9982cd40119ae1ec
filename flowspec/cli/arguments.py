"""Arguments as a Terraform user types them -> as Typer reads them: `-var-file=x` is `--var-file=x`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

TERRAFORM_FLAGS = frozenset({"var", "var-file", "target", "out", "no-color", "json", "help", "version"})
"""Flags that Terraform spells with one dash. Each is an option here, under the same name."""


def spelled(arguments: Sequence[str]) -> list[str]:
    """The arguments with Terraform's single dash doubled. What follows `--` stays as it is."""
    return list(_spelled(arguments))


def _spelled(arguments: Sequence[str]) -> Iterator[str]:
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            yield argument
            break
        name = argument[1:].partition("=")[0]
        yield f"-{argument}" if argument.startswith("-") and name in TERRAFORM_FLAGS else argument
    yield from rest
