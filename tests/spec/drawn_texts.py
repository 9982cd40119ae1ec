"""Drawn specs: locals of every kind of expression, and blocks that use them, written as a person may write them."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "a", "web", " ", "$", "%", "$$", "%%", "{", "}", "\\\\", '\\"', "\\n", "\\t", "\\r", "é", "𝒹", "\\u200B", "\\u2028",
    "\\U0001F600", "$${x}", "%%{if}", "$$$${x}", "${local.t}", "${ upper(local.t) }", "${local.m.a}",
    '${"in ${local.t} in"}', "${length(local.l)}", "#", "//", "/*", "group.a", "null", "=", ":", "''",
)  # fmt: skip
LINES = (
    "a", "  b", "", "${local.t}", "$${no}", "%%{no}", "\\n is no escape", '"quoted"', "é 𝒹", "EOTX", "  # no comment",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=5).map(lambda pieces: f'"{"".join(pieces)}"')
words = st.sampled_from(["null", "true", "false", "0", "-1", "2.5", "1e3", "1.5e-3", "local.t", "local.m", "local.l",
                         "local.m.a", 'local.m["a b"]', "local.l[0]", "(local.t)"])  # fmt: skip
keys = st.one_of(
    st.sampled_from(["a", "b-c", '"a b"', '"${local.t}"', "(local.t)", "1", "é", '"$${x}"', "true"]), texts
)


def _lists(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    ends = st.sampled_from(("[", "]")), st.sampled_from((", ", ",\n    ", " , "))
    return st.tuples(st.lists(inner, max_size=3), ends[1]).map(lambda drawn: f"[{drawn[1].join(drawn[0])}]")


def _maps(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    entry = st.tuples(keys, st.sampled_from([" = ", ": ", "="]), inner).map("".join)
    between = st.sampled_from([", ", "\n    ", ",\n    "])
    return st.tuples(st.lists(entry, max_size=3), between).map(lambda drawn: f"{{ {drawn[1].join(drawn[0])} }}")


def _operations(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    compared = st.tuples(inner, st.sampled_from([" == ", "!="]), inner).map(lambda drawn: f"({''.join(drawn)})")
    truth = st.one_of(st.sampled_from(["true", "false", "!false"]), compared)
    joined = st.tuples(truth, st.sampled_from([" && ", "||"]), truth).map("".join)
    chosen = st.tuples(truth, inner, inner).map(lambda drawn: f"{drawn[0]} ? {drawn[1]} : {drawn[2]}")
    called = texts.map(lambda text: f"upper({text})")
    return st.one_of(compared, joined, joined.map(lambda text: f"!({text})"), chosen, called)


expressions = st.recursive(
    st.one_of(texts, words), lambda inner: st.one_of(_lists(inner), _maps(inner), _operations(inner)), max_leaves=6
)
heredocs = st.tuples(st.sampled_from(["<<EOT", "<<-EOT"]), st.lists(st.sampled_from(LINES), max_size=4)).map(
    lambda drawn: "\n    ".join([drawn[0], *drawn[1]]) + "\n  EOT"
)
comments = st.sampled_from(["", "", "", " # a comment", " // one", " /* one */"])
FIXED = """locals {
  t = "text"
  m = { a = "x", "a b" = 2 }
  l = ["one", "two"]
}
group "g" {
  prefixes = ["10.0.0.0/8"]
}
"""


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A spec without mistakes but for what expressions make of each other."""
    lines = []
    for number in range(draw(st.integers(1, 3))):
        value = draw(st.one_of(expressions, heredocs))
        note = "" if value.endswith("EOT") else draw(comments)
        lines.append(f"  v{number}{draw(st.sampled_from([' = ', '=', '   =  ']))}{value}{note}")
    description = draw(st.one_of(texts, heredocs))
    intent = (
        f'intent "i" {{\n  description = {description}\n  from = {draw(st.sampled_from(FROM))}\n  to = [group.any]\n'
    )
    return (
        FIXED
        + "locals {\n"
        + "\n".join(lines)
        + "\n}\n"
        + intent
        + '  protocol="Tcp"\n  ports = [1]\n  expect = "Deny"\n}\n'
    )


FROM = (
    "[group.g]",
    '["group.g"]',
    "group.g",
    "[ group.g, # one\n    group.public ]",
    'local.t == "text" ? [group.g] : []',
)
