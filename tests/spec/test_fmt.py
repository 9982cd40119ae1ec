"""`flowspec fmt` against HashiCorp's own formatter, on specs with their blanks drawn anew; and what it never does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings

from flowspec.cli.app import run
from flowspec.spec import load_spec
from flowspec.spec.document import read
from flowspec.spec.json_layout import laid_out as laid_out_json
from flowspec.spec.layout import laid_out
from flowspec.spec.source import SpecText
from flowspec.spec.tokens import scan
from tests.patches.formatting import formatted
from tests.spec.drawn_texts import specs

ROOT = Path(__file__).parents[2]
SPECS = sorted([*ROOT.glob("examples/**/*.flow.hcl"), *ROOT.glob("tests/spec/data/**/*.flow.hcl")])
GLUE = frozenset('_-"')
MORE = """
a = "${b}c" # one
longer_by_far=[ for x in [1,2] :x*-1 if x!=- 1&&! y ]

object={a=1,
bb = {} , ccc = { d="${e}" } }
text = <<-EOT
    of ${f( 1,2 ) } lines
      EOT
after=c?a.b[0]:a ["x"]   // two
m { n=1 }
o "p" {}
/* three */ q = - 1
r = "é\u0301" # accents
s = f(1, [2,]...) # last
"""


def drawn(text: str, dice: Random) -> str:
    """The text with other blanks between its tokens, and comments and empty lines put in."""
    found: list[str] = []
    last, inside, alone = 0, 0, False  # the end of a heredoc stands alone on its line
    for kind, start, end in scan(text):
        gap, token = text[last:start], text[start:end]
        inside += kind == "open"
        if not inside and not alone and dice.random() < 0.5:
            gap = dice.choice(["", " ", "   ", "\t"])
            glued = found and (found[-1][-1:].isalnum() or found[-1][-1:] in GLUE)
            gap = gap or (" " if glued and (token[:1].isalnum() or token[:1] in GLUE) else "")
        if kind == "\n" and not inside and not alone:
            gap += dice.choice(["", "", "", " # x", "  // y", "\n"])
        inside -= kind == "close"
        alone = kind == "close" and token != '"'
        found += [gap, token]
        last = end
    return "".join(found)


def test_it_is_as_terraform_fmt_has_it() -> None:
    """All in one text, so that the formatter starts once; a line without a cell stands between two of them."""
    dice = Random(7)
    texts = [path.read_text("utf-8") for path in SPECS] + [MORE] * 20
    whole = "\n}{\n".join([*texts, *(drawn(text, dice) for text in texts)])
    assert len(SPECS) > 3 and laid_out(whole) == formatted(whole)


ALONE = re.compile(r'= *"\$\{.*\}" *(#|//|/\*|$)', re.MULTILINE)


def test_drawn_expressions_are_as_terraform_fmt_has_them() -> None:
    """But for values that are `"${x}"` alone: the library has only the core of it, which leaves them as they are."""
    texts: list[str] = []

    @settings(max_examples=150, database=None, derandomize=True, deadline=None)
    @given(specs())
    def collect(text: str) -> None:
        if not ALONE.search(text) and not read([SpecText("a.flow.hcl", text)]).problems:
            texts.append(text)

    collect()
    between = "\nzzz = 1\n"
    whole = between.join(texts)
    assert len(texts) > 30
    assert laid_out(whole).split(between) == formatted(whole).split(between)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_nothing_but_blanks_changes(path: Path) -> None:
    text = drawn(path.read_text("utf-8"), Random(3))
    once = laid_out(text)
    assert laid_out(once) == once
    assert ["".join(once.split()), once.count("\n")] == ["".join(text.split()), text.count("\n")]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("intent web {\n}\n", 'intent "web" {\n}\n'),
        ("intent /* why */ web {\n}\n", 'intent /* why */ "web" {\n}\n'),
        ('a {\nb = "${c}"\n}\n', "a {\n  b = c\n}\n"),
        ('b = "${f("${c}")}" # d\n', 'b = f("${c}") # d\n'),
        ('b = "${\n  c ? 1\n  : 2\n}"\n', "b = (c ? 1\n: 2)\n"),
        ('b = { c = "${d}" }\n', 'b = { c = "${d}" }\n'),
        ('b = ["${d}"]\n', 'b = ["${d}"]\n'),
        ('b = "${c}${d}"\n', 'b = "${c}${d}"\n'),
        ('b = "${c}" == d\n', 'b = "${c}" == d\n'),
        ("a = 1\r\nbb = 2\r\n", "a  = 1\r\nbb = 2\r\n"),
        ("", ""),
        ("a = 1", "a = 1"),
    ],
)
def test_what_else_terraform_fmt_does(given: str, wanted: str) -> None:
    assert laid_out(given) == wanted


def test_json_by_the_order_of_the_schema() -> None:
    text = '{"intent":{"b":{"to":["group.a"],"from":["group.b"],"ports":[1e3,22],"//":"why"}},"flowspec":{"name":"é"}}'
    once = laid_out_json(text)
    assert list(json.loads(once)) == ["flowspec", "intent"]
    assert list(json.loads(once)["intent"]["b"]) == ["//", "from", "to", "ports"]
    assert '  "flowspec": {\n    "name": "é"\n  },' in once and '"ports": [1e3, 22]' in once
    assert laid_out_json(once) == once and json.loads(once) == json.loads(text)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["fmt", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


UGLY = 'group a {\n prefixes=["10.0.0.0/8"]\n}\n'
NEAT = 'group "a" {\n  prefixes = ["10.0.0.0/8"]\n}\n'


def test_files_are_laid_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ugly, neat = tmp_path / "ugly.flow.hcl", tmp_path / "neat.flow.hcl"
    ugly.write_text(UGLY)
    neat.write_text(NEAT.replace('"a"', '"b"'))
    before = load_spec([tmp_path]).groups
    assert told(capsys, "--check") == (2, "ugly.flow.hcl\n", "") and ugly.read_text() == UGLY
    code, out, _ = told(capsys, "--check", "--diff")
    assert code == 2 and '-group a {\n- prefixes=["10.0.0.0/8"]\n+group "a" {\n' in out
    assert told(capsys) == (0, "ugly.flow.hcl\n", "") and ugly.read_text() == NEAT
    assert told(capsys, "--check") == (0, "", "") and load_spec([tmp_path]).groups == before


def test_of_files_with_mistakes_none_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.flow.hcl").write_text(UGLY)
    (tmp_path / "b.flow.hcl").write_text("group {{\n")
    (tmp_path / "c.flow.json").write_text('{"group": }')
    code, out, err = told(capsys)
    assert (code, out) == (1, "") and "b.flow.hcl:1" in err and "c.flow.json:1" in err
    assert (tmp_path / "a.flow.hcl").read_text() == UGLY
