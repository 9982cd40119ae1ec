"""HashiCorp's own parser (pygohcl) as the oracle: what it refuses, ours refuses; what ours reads has the same values."""
# ruff: noqa: E501

from __future__ import annotations

import random
import re

import pygohcl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.errors import Problem
from flowspec.spec import hcl
from flowspec.spec.expressions import NameScope, evaluate
from flowspec.spec.source import SpecText

VALID = """flowspec {
  name = "shop" # a comment
}
variable "env" { default = "dev" }
/* block
   comment */
locals {
  a = { dev = ["10.0.0.0/8", "x"], "p q" = [] }["dev"]
  b = var.env == "dev" ? concat([1, 2.5], [local.a[0]]) : null
  c = "pre-${var.env}-post $${not} %%{not} \\n \\u00e9"
  d = !(true && false || var.x != -1)
  e = <<-EOT
    hello ${var.env}
      there
  EOT
  f = <<EOT
raw \\n
EOT
  g = {
    k = "v"
    "q" : 1,
    (var.env) = 2
  }
}
group "web" {
  select {
    tags = { tier = "web" }
  }
  // end
  exclude { vm = "*-canary" }
  expect_at_least = 1e1
}
intent "a" {
  from = [
    group.web, # one
    group.db,
  ]
  to       = [group.any]
  protocol = "Tcp"
  expect   = "Deny"
}
"""
PIECES = re.findall(r"\s+|[A-Za-z_][\w-]*|[0-9.]+|\S", VALID)
EXTRA = ["{", "}", "[", "]", "(", ")", "\n", '"', ",", "=", "==", "${", "%{", ".", "..", "...", "<<EOT\n", "<<-X\n", "EOT", "\r\n", "\r", "#", "//", "/*", "*/", "!",
         "&&", "|", "?", ":", "::", "=>", "~", "\\", "\\u12", "$", "$$", "%", "'", "`", ";", "é", "²", "\u0301", "\u00a0", "\ufeff", "\t", "1", "01", "1.5.2", "1e", "true", "for", "if", "a.0",
         "a[*]", "a.*", "<", "<=", "+", "*", "/", "-", " ", "\x0b", "\x7f", "😀", '"\\x"', '"a\nb"', "x=1", "b {}", "f(", "...)", ',"a"']  # fmt: skip


def refusal(text: str) -> str | None:
    """Why HashiCorp's parser refuses a text."""
    try:
        pygohcl.loads(text)
    except pygohcl.HCLParseError as failure:
        return str(failure)
    except (pygohcl.UnknownFunctionError, pygohcl.HCLInternalError):
        return None
    return None


def ours(text: str) -> tuple[list[Problem], hcl.Body]:
    problems: list[Problem] = []
    body = hcl.parse(SpecText("x.hcl", text.removeprefix("\ufeff")), (), problems)
    return problems, body


def check(text: str) -> None:
    problems, _ = ours(text)
    if not problems:
        reason = refusal(text)
        assert reason is None, f"{text!r} is refused: {reason}"
    for problem in problems:
        assert problem.where is not None
        assert 1 <= problem.where.line <= text.count("\n") + 1
        assert problem.where.column >= 1


ACCEPTED = [
    "", "\n", "a = 1", "a=1\n", "\ufeffa = 1", "a = 1 # c", "a = 1 // c", "a = 1 /* c */", "/* c */ a = 1", "# only", "a = 1\r\nb = 2\r\n",
    "a {}", "a { }", 'a "b" "c" {}', "a b c {}", "a {\n}", "a { b = 1 }", "a {\n b = 1\n c = 2\n}", "a {\n b {\n }\n}", "a {}\n\nb {}",
    'a = "x"', 'a = ""', r'a = "\n\r\t\"\\\u00e9\U0001F600"', 'a = "$"', 'a = "%"', 'a = "$$"', 'a = "$${x}"', 'a = "%%{x}"', 'a = "${x}"', 'a = "a${x}b${y}"',
    'a = "${"inner"}"', 'a = "${\n x\n}"', 'a = "é"', 'a = "\t"', "é = 1", "a-b_c = 1", "_a = 1", "a = b", "a = b.c", "a = b.c.d", "a = b[0]", 'a = b["c"].d', "a = (1)", "a = (\n1\n)",
    "a = []", "a = [1,]", "a = [1, 2]", "a = [\n1,\n2\n]", "a = [\n1\n,2]", "a = {}", "a = {b = 1}", "a = {b : 1, c = 2,}", "a = {\nb = 1\nc = 2\n}", 'a = {"b" = 1}', "a = {(b) = 1}",
    'a = {"${b}" = 1}', "a = {1 = 2}", "a = true", "a = null", "a = -1", "a = 1.5", "a = 1e3", "a = 1E-3", "a = 01", "a = b == c", "a = b != c && d || !e", "a = b ? c : d",
    "a = b ? c : d ? e : f", "a = f()", "a = f(1, 2)", "a = f(1,)", "a = f(\n1\n)", "a = <<E\nx\nE\n", "a = <<-E\n  x\n  E\n", "a = <<E\nE\n", "a = [<<E\nx\nE\n, 1]", "a = <<E\n${x}\nE\n",
    "a = <<E\n$${x}\nE\n", "a = <<E\r\nx\r\nE\r\n", "a = <<E\n  E\n", "a = [ # c\n1 ]", "a = {\n# c\nb = 1 # d\n}", "a = !!b", "a = (b).c", "a = [1][0]", "a = {b = 1}.b", 'a = "x" == "y"',
    "a = {\nb = c\n(d) = 1\n}", "a = {b = 1, /* c */\n# c\n\nd = 2 // c\n}", "a = {b = <<E\nx\nE\n c = 2}", "a = <<E\n${ {b = 1\nc = 2}.b }\nE\n", "a = <<é\nx\né\n", "a = <<E\nx\n\x0bE \x0c\n", "a = b /* \n */ # c\nd = 1", "a = [1e3, 1.5E+2]",
    "group = 1", "var = group.x", "a = local.group.web.x", "a = group.x.y[0]",
]  # fmt: skip
REFUSED = [
    "a", "a b", "a =", "a = \n1", "= 1", '"a" = 1', "1 = 2", "a = 1 b = 2", "a = 1\na = 2", "a {\n b = 1\n b = 2\n}", "a {", "a {\n b = 1", "}", "a {}}", "a { b = 1 c = 2 }",
    "a { b = 1, c = 2 }", "a { b {} }", "a { b = 1\n}", "a\n{}", 'a "b"\n{}', "a {} b {}", 'a "${x}" {}', 'a "b" = 1', "a b = 1", "a.b {}", "a 1 {}", "a = [1 2]", 'a = ["x" "y"]', "a = [1", "a = [1,,2]",
    "a = [,]", "a = (1", "a = (1 2)", "a = ()", "a = {b = 1", "a = {b = 1 c = 2}", "a = {b}", "a = {b = }", "a = {\nb = 1\n, c = 2}", "a = f(1", "a = f(1 2)", "a = f(,)",
    'a = "x', 'a = "x\ny"', 'a = "x\r"', r'a = "\q"', r'a = "\u12"', r'a = "\U0000004"', 'a = "${x"', 'a = "${}"', 'a = "${x y}"', "a = '", "a = 'x'", "a = `x`", "a = 1;", "a = b & c", "a = b | c", "a = ~b",
    "a = b ^ c", "a = $", "a = b ? c", "a = b ? : c", "a = b ==", "a = == b", "a = && b", "a = b.", "a = b.\"c\"", "a = b[", "a = b[]", "a = b[0", "a = 1.", "a = 1.5.2", "a = .5", "a = 0x10",
    "a = 1e", "a = <<E\nx\nE", "a = <<E\nx\n", "a = << E\nx\nE\n", "a = <<E x\nE\n", "a = <<1\nx\n1\n", "/* open", "a = /* open", "a\u00a0= 1", "a = \u00a0", "a = 1\ufeff", "a = \u201cx\u201d", "a² = 1",
    "a = b c", "a = !", "a = -", "a = [for]", "a = 1\n+ 2", "a = b\n.c", "\\", "a = 1\r", "a\x0b = 1", "a = {for = 1}", "😀 = 1", "a = b => c", "a = ...", "a = f(x... y)", "a = {b = 1 /*\n*/ c = 2}", "a = b /*\n*/ c = 1", "a = {b\n= 1}", "a = {b = c\n.d}", "a = p::f", "a = <<E\n${x\nE\nb = 1\n", "a = 1]", "a = \"${x\nb = 2", "a = {b = 1 (c) = 2}", "a = <<E\nx\ry\nE\n", "a = <<E\n\rE\n",
]  # fmt: skip
UNSUPPORTED = [
    ("a = [for x in y : x]", "For expressions"), ("a = {for x in y : x => x}", "For expressions"), ("a = b.*.c", "Splat"), ("a = b[*].c", "Splat"), ("a = 1 + 2", '"+"'),
    ("a = 1 < 2", '"<"'), ("a = -b", '"-"'), ("a = b.0", "Legacy index"), ('a = "%{if x}y%{endif}"', "Template directives"), ('a = "${~x}"', "Strip markers"), ("a = f(x...)", '"..."'),
    ('a = "${x~}"', "Strip markers"),
    ("a = p::f(1)", "Functions of providers"), ("a = <<E\n%{for x in y}z%{endfor}\nE\n", "Template directives"),
]  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepted_by_both(text: str) -> None:
    assert refusal(text) is None
    assert ours(text)[0] == []


@pytest.mark.parametrize("text", REFUSED)
def test_refused_by_both(text: str) -> None:
    assert refusal(text) is not None
    assert len(ours(text)[0]) == 1


@pytest.mark.parametrize(("text", "words"), UNSUPPORTED)
def test_hcl_that_a_spec_does_not_have_says_so(text: str, words: str) -> None:
    assert refusal(text) is None
    (problem,) = ours(text)[0]
    assert words in problem.summary
    assert "not supported" in problem.summary


@pytest.mark.parametrize("text", [
    '"x"', r'"\n\r\t\"\\\u00e9\U0001F600"', '"$"', '"$$"', '"$${x}"', '"%%{x}"', '"a$"', '"$$${x}"', '"50%"', '"e\u0301"', '"$$$"', '"%%"', "<<E\nx\n y\nE\n", "<<-E\n    x\n      y\n    E\n",
    "<<-E\n\n    x\n\n   y\nE\n", "<<-E\n\tx\n\t\ty\n\tE\n", "<<-E\n  \n    x\nE\n", "<<E\nx\\n\"\nE\n", "<<E\r\nx\r\ny\r\nE\r\n", "<<E\n$${a}\nE\n", "<<-E\n  $${a}\n    b\n  E\n", "<<E\nE\n",
    "<<E\n\nE\n", "<<-E\nx\n  y\nE\n", "<<E\n EE\nE\n", "12", "1.5", "-3", "[1, \"a\", true]", "{ a = 1, \"b\" = [2] }", "false", "<<E\na $ b % c\nE\n", "<<E\n$\nE\n",
    "<<-E\n    x\n  \nE\n", "<<-E\n  \n \nE\n", "<<-E\n    x\r\n\r\n    y\r\nE\n", "<<-E\n\t  x\n  \ty\nE\n",
])  # fmt: skip
def test_values_are_the_same(text: str) -> None:
    problems, body = ours(f"a = {text}")
    assert problems == []
    assert evaluate(body.attributes[0].value, NameScope()) == pygohcl.loads(f"a = {text}")["a"]


PLACES = [
    ('a = ["x\n]\nb = 1\n', "1:8", "Invalid multi-line string"), ("b {\n a = [x\n c = 1\n}\n", "3:2", "Missing item separator"), ("b {\n a = [x\n\n}\n", "4:1", "Missing item separator"),
    ("b {\n a = f(x\n c = 1\n}\n", "3:2", "Missing item separator"), ("b {\n a = {\n  c = 1\n\n", "2:6", "Missing attribute separator"), ("b {\n a = 1\n\nc {\n}\n", "1:3", "Unclosed configuration block"),
    ('a = "${x\nb = "c"\n', "2:1", "Invalid template interpolation"), ('a = "${x}\n', "1:10", "Invalid multi-line string"), ("a = b ? c\nd = 1\n", "1:10", "Missing false expression in conditional"), ("a = b c\nd = 1\n", "1:7", "Missing newline after argument"),
    ("a = <<E\nx ${y\nE\nb = 1\n", "3:1", "Invalid template interpolation"), ("a = {b c\n}\n", "1:8", "Missing key/value separator"), ("a = b.\nc = 1\n", "1:7", "Invalid attribute name"), ("a [ {\n}\n", "1:3", "Invalid block definition"),
    ('a = "é\\q"\n', "1:7", "Invalid escape sequence"), ("a = [\n  \u201cx\u201d\n]\n", "2:3", "Invalid character"), ("é = /* ü */ b c\n", "1:15", "Missing newline after argument"), ('a "b" =\n', "1:7", "Invalid block definition"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "summary"), PLACES)
def test_mistakes_are_told_where_they_are(text: str, place: str, summary: str) -> None:
    assert refusal(text) is not None
    (problem,) = ours(text)[0]
    assert problem.where is not None
    assert (problem.where.text().removeprefix("x.hcl:"), problem.summary) == (place, summary)


@settings(max_examples=700, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(PIECES)),
            st.sampled_from(["insert", "delete", "replace", "swap"]),
            st.sampled_from(EXTRA + PIECES),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_mutations_of_a_valid_spec(edits: list[tuple[int, str, str]]) -> None:
    check(mutated(PIECES, edits))


def mutated(pieces: list[str], edits: list[tuple[int, str, str]]) -> str:
    changed = list(pieces)
    for at, what, piece in edits:
        if what == "insert":
            changed.insert(at, piece)
        elif what == "delete":
            del changed[at : at + 1]
        elif what == "swap":
            changed[at : at + 2] = changed[at : at + 2][::-1]
        else:
            changed[at : at + 1] = [piece]
    return "".join(changed)


def test_every_deletion_and_many_insertions() -> None:
    """Each token left out once, and each odd token at places all over the text."""
    for at in range(len(PIECES)):
        check(mutated(PIECES, [(at, "delete", "")]))
    chance = random.Random(7)
    for piece in EXTRA:
        for at in chance.sample(range(len(PIECES)), 12):
            check(mutated(PIECES, [(at, "insert", piece)]))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*EXTRA, "a", "b", " ", "\n", "a = "]), max_size=12))
def test_heaps_of_tokens(pieces: list[str]) -> None:
    check("".join(pieces))


def test_the_valid_spec_is_valid() -> None:
    assert refusal(VALID) is None
    assert ours(VALID)[0] == []
