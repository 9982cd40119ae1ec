"""`flowspec convert`: the other spelling means the same, and back again too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from flowspec.cli.app import run
from flowspec.errors import SpecError
from flowspec.model.spec import Spec
from flowspec.spec import load_spec
from flowspec.spec.converting import converted
from flowspec.spec.document import read
from flowspec.spec.form import evaluated
from flowspec.spec.layout import laid_out
from flowspec.spec.load import KINDS, scope_of
from flowspec.spec.source import SpecFiles, SpecText
from flowspec.spec.values import to_json
from tests.document import fits
from tests.spec.drawn_texts import specs

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/**/*.flow.hcl"))
ODD = r"""
variable "env" {
  default = "dev"
  one_of  = ["dev", "test"]
}
locals {
  nets  = { dev = ["10.0.0.0/8"], "a b" = [], (var.env == "dev" ? "x" : "y") = ["10.1.0.0/16"] }
  tiers = ["web", "a \"quoted\" \\ one", "$${not} %%{this} ${var.env}!", "tab\there \u200B"]
  deep  = !(var.env == "dev" && length(local.tiers) == 3) || contains(local.tiers, "x")
}
group "a" {
  prefixes = concat(local.nets[var.env], local.nets["x"])
}
group "b" {
  select {
    tags = { tier = "web-${var.env}", "odd key" = "1" }
  }
  select {
    vm = ["a*", "b?"]
  }
  exclude {
    vm = "c"
  }
  expect_at_least = 0
}
locals {
  more = null
}
intent "i" {
  description = <<-EOT
    two lines of ${upper("text")}
      with an indent
  EOT
  from        = [group.a, "group.b"]
  to          = local.deep ? [group.a] : [group.b]
  protocol    = "Tcp"
  ports       = [22, "80-90"]
  expect      = "Deny"
  enabled     = local.deep
}
"""


def meant(folder: Path, name: str, text: str) -> Spec:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return replace(load_spec([path], environment={}), files=(), digest="")


@pytest.mark.parametrize("text", [*(path.read_text("utf-8") for path in EXAMPLES), ODD])
def test_there_and_back_it_means_the_same(text: str, tmp_path: Path) -> None:
    first = meant(tmp_path, "a.flow.hcl", text)
    as_json = converted(SpecText("a.flow.hcl", text))
    assert meant(tmp_path, "b.flow.json", as_json) == first
    fits(as_json, "spec")
    as_hcl = converted(SpecText("b.flow.json", as_json))
    assert meant(tmp_path, "c.flow.hcl", as_hcl) == first
    assert laid_out(as_hcl) == as_hcl and converted(SpecText("c.flow.hcl", as_hcl)) == as_json


def test_references_are_words_in_hcl_and_texts_in_json() -> None:
    text = converted(SpecText("a.flow.hcl", ODD))
    assert json.loads(text)["intent"]["i"]["from"] == ["group.a", "group.b"]
    assert json.loads(text)["intent"]["i"]["to"] == "${local.deep ? [group.a] : [group.b]}"
    assert "from        = [group.a, group.b]" in converted(SpecText("a.flow.json", text))


def test_comments_stay_behind_and_mistakes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, out = tmp_path / "a.flow.hcl", tmp_path / "b.flow.json"
    spec.write_text('# one\ngroup "a" { # two\n  prefixes = ["10.0.0.0/8"]\n}\n')
    assert run(["convert", str(spec), "--out", str(out)]) == 0
    assert json.loads(out.read_text()) == {"group": {"a": {"prefixes": ["10.0.0.0/8"]}}}
    assert "2 comments" in capsys.readouterr().err
    spec.write_text("group {\n")
    assert run(["convert", str(spec), "--out", str(out)]) == 1 and "a.flow.hcl:1" in capsys.readouterr().err
    assert run(["convert", str(out), "--out", str(out)]) == 1 and json.loads(out.read_text())


@pytest.mark.parametrize("command", ["convert", "fmt"])
def test_what_nests_too_deep_is_told(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = tmp_path / "deep.flow.hcl"
    deep.write_text(f"locals {{\n  a = {'[' * 5_000}\n}}\n", encoding="utf-8")
    assert run([command, str(deep)]) == 1 and "deep.flow.hcl:2" in capsys.readouterr().err


def values(name: str, text: str) -> tuple[object, object, list[str]]:
    """All locals and what the intent says, and what is wrong with them."""
    document = read([SpecText(name, text)])
    assert not document.problems, document.problems
    scope = scope_of(document, {}, (), {}, SpecFiles())
    intent = evaluated(document, scope, KINDS)["intent"]["i"]
    said = {name: to_json(value) for name, value in scope.locals.items()}
    return said, intent.values, [problem.summary for problem in document.problems]


def test_a_key_that_is_there_twice_is_told_and_not_lost() -> None:
    with pytest.raises(SpecError, match='The key "a" is in this map twice'):
        converted(SpecText("a.flow.hcl", 'locals {\n  v = { a = 1, "a" = 2 }\n}\n'))


@settings(deadline=None, max_examples=100)
@given(specs())
def test_drawn_expressions_mean_the_same_there_and_back(text: str) -> None:
    """Texts with all that looks like a template or a comment, heredocs, operations; in HCL, in JSON, and laid out."""
    assume(not read([SpecText("a.flow.hcl", text)]).problems)
    first = values("a.flow.hcl", text)
    laid = laid_out(text)
    assert values("a.flow.hcl", laid) == first and laid_out(laid) == laid
    try:
        as_json = converted(SpecText("a.flow.hcl", text))
    except SpecError as refused:
        assert "is in this map twice" in refused.problems[0].summary and any("twice" in told for told in first[2])
        return
    assert values("a.flow.json", as_json) == first
    as_hcl = converted(SpecText("a.flow.json", as_json))
    assert values("a.flow.hcl", as_hcl) == first
    assert laid_out(as_hcl) == as_hcl and converted(SpecText("a.flow.hcl", as_hcl)) == as_json
