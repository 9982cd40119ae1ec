"""The extension for VS Code knows what the language has, and is of this version."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from zipfile import ZipFile

from flowspec.spec.document import KINDS, NESTED
from flowspec.spec.expressions import PREFIXES
from flowspec.version import __version__
from tests.tools import missing, program

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"
LOAD = """
const Module = require("module");
const any = () => new Proxy(class {}, { get: (target, name) => (name in target ? target[name] : any()) });
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? any() : load(name, ...rest));
console.log(Object.keys(require("./extension/extension.js")).join(" "));
"""


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


def test_the_package_holds_all_that_the_extension_runs(tmp_path: Path) -> None:
    """It is loaded from the package alone, with nothing but the editor's own module in its place."""
    package = FOLDER / "flowspec.vsix"
    node = program("node")
    if not package.is_file():
        missing("editors/vscode/flowspec.vsix")
    with ZipFile(package) as archive:
        archive.extractall(tmp_path)
    held = tmp_path / "extension"
    for file in ("package.json", "extension.js", "language-configuration.json", "syntaxes/flowspec.tmLanguage.json"):
        assert (held / file).read_bytes() == (FOLDER / file).read_bytes(), "packaged before it changed: make vscode"
    (tmp_path / "load.cjs").write_text(LOAD)
    ran = subprocess.run([node, "load.cjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("activate deactivate\n", "")
