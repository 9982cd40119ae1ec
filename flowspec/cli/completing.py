"""What a shell offers for the values of options. Where nothing is offered, the shell goes on with names of files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import typer

_LIVE = "azure:"
_ASKED = "_FLOWSPEC_COMPLETE"
_BEHIND_EQUALS = re.compile(r"""(?:^|\s)(--[\w-]+=|[\w-]+=)["']?[^\s"']*$""")
"""The end of a command line whose last word is a value behind `=`, of an option or of a format: `json=`."""


def joined_words(asked: MutableMapping[str, str]) -> None:
    """What bash asks with: it gives `--target=intent.a` as three words, of which the `=` is left out here."""
    words, at = asked.get("COMP_WORDS", "").split("\n"), asked.get("COMP_CWORD", "")
    if asked.get(_ASKED) != "complete_bash" or not at.isdecimal():
        return
    gone = {place for place in range(1, int(at)) if words[place : place + 1] == ["="] and words[place - 1][:1] == "-"}
    asked["COMP_WORDS"] = "\n".join(word for place, word in enumerate(words) if place not in gone)
    asked["COMP_CWORD"] = str(int(at) - len(gone))


def completing_at_once(arguments: Sequence[str]) -> None:
    """For what installs completion: zsh reads its script at the first Tab, which completes nothing without a call."""
    if not {"--install-completion", "--show-completion"} & {one.partition("=")[0] for one in arguments}:
        return
    from typer._completion_shared import _completion_scripts

    _completion_scripts["zsh"] += '\n[[ $funcstack[1] = _%(prog_name)s ]] && %(complete_func)s "$@"\n'


@contextmanager
def whole_words(asked: Mapping[str, str]) -> Iterator[None]:
    """What is offered behind `--target=` as zsh and fish want it, which take that as one word with its value."""
    behind = _BEHIND_EQUALS.search(asked.get("_TYPER_COMPLETE_ARGS", ""))
    shell = asked.get(_ASKED) if behind else None
    if behind is None or shell not in ("complete_zsh", "complete_fish"):
        yield
    elif shell == "complete_zsh":
        print("compset -P '*=';")
        yield
    else:
        drawn = StringIO()
        try:
            with redirect_stdout(drawn):
                yield
        finally:
            for line in filter(None, drawn.getvalue().splitlines()):
                print(behind[1] + line)


def offered_targets(ctx: typer.Context, incomplete: str) -> list[str]:
    """The intents and boundaries of the spec that the command line names so far, though it has mistakes."""
    from flowspec.errors import FlowspecError
    from flowspec.spec.document import read
    from flowspec.spec.source import SpecFiles

    files, named = SpecFiles(), ctx.params.get("spec") or ctx.args or ["."]
    try:
        found = [files.read(file, []) for file in files.find(named, [])]
        blocks = read(source for source in found if source is not None).blocks
    except (FlowspecError, OSError):
        return []
    addresses = [f"{kind}.{name}" for kind in ("intent", "boundary") for name in blocks[kind]]
    return [address for address in addresses if address.startswith(incomplete)]


def offered_formats(ctx: typer.Context, incomplete: str) -> list[str]:
    """The formats of the command's document; none behind `=`, where a file is named."""
    from flowspec.cli.helping import formats_of

    return [name for name in formats_of(ctx.info_name or "") if name.startswith(incomplete)]


def offered_dialects(incomplete: str) -> list[str]:
    """Those that flowspec has; another is a template, a file."""
    from flowspec.patches import DIALECTS

    return [name for name in DIALECTS if name.startswith(incomplete)]


def offered_sources(incomplete: str) -> list[str]:
    """What is no file."""
    return [_LIVE] if incomplete and _LIVE.startswith(incomplete) else []
