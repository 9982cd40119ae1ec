"""The extension for VS Code knows what the language has, and is of this version."""

from __future__ import annotations

import json
import re
from pathlib import Path

from flowspec.spec.document import KINDS, NESTED
from flowspec.spec.expressions import PREFIXES
from flowspec.version import __version__

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"


def test_the_grammar_colours_every_kind_of_block_and_of_reference() -> None:
    grammar = json.loads((FOLDER / "syntaxes" / "flowspec.tmLanguage.json").read_text("utf-8"))
    block = re.compile(grammar["repository"]["block"]["match"])
    for kind in (*KINDS, *NESTED["group"], "opens", "closes"):
        found = block.match(f'  {kind} "x-1" {{')
        assert found and found[1] == kind and found[2] == '"x-1"'
    expressions = [one.get("match", "") for one in grammar["repository"]["expression"]["patterns"]]
    reference = next(re.compile(match) for match in expressions if "intent" in match)
    assert all(reference.fullmatch(f"{word}.x-1") for word in PREFIXES)


def test_the_extension_is_of_this_version_and_its_files_are_there() -> None:
    package = json.loads((FOLDER / "package.json").read_text("utf-8"))
    assert package["version"] == __version__
    contributed = package["contributes"]
    (language,), (grammar,) = contributed["languages"], contributed["grammars"]
    for file in (package["main"], language["configuration"], grammar["path"]):
        assert (FOLDER / file).is_file()
    settings = (FOLDER / "extension.js").read_text("utf-8")
    assert set(re.findall(r'settings\.get\("(\w+)"\)', settings)) == {
        name.partition(".")[2] for name in contributed["configuration"]["properties"]
    }
    assert package["capabilities"]["untrustedWorkspaces"]["supported"] is False
