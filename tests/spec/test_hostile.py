"""Files that no one writes on purpose, or someone does on purpose: one clear line each, and never a crash."""
# ruff: noqa: E501

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.errors import Problem, SpecError
from flowspec.spec import contradictions, document, load_spec
from flowspec.spec.document import ONCE
from flowspec.spec.form import evaluated
from flowspec.spec.jsonfile import parse
from flowspec.spec.load import KINDS, scope_of
from flowspec.spec.schema import arguments
from flowspec.spec.source import Refused, SpecFiles, SpecText
from tests.spec.specs import SHOP_JSON_TEXT, problems
from tests.spec.test_hcl_oracle import EXTRA, PIECES, mutated
from tests.spec.test_schema import SCALARS

DEEP = 100_000


def one(tmp_path: Path, text: str | bytes, name: str = "a.flow.hcl") -> Problem:
    (problem,) = problems(tmp_path, text, name)
    assert "\n" not in problem.summary
    assert problem.where is None or problem.where.line >= 1
    return problem


@pytest.mark.parametrize(
    "piece", ["[", "(", "{a=", "a[", "f(", "!", '"${', "a ? b : ", "a ? ", "a == ", "[{a=[", '{"${', "-", "((("]
)
def test_deep_nesting_in_hcl(tmp_path: Path, piece: str) -> None:
    problem = one(tmp_path, "locals {\n a = " + piece * DEEP)
    assert any(
        words in problem.summary for words in ("200 deep", "not supported", "Missing expression", "Invalid expression")
    )


def test_deep_blocks(tmp_path: Path) -> None:
    assert "200 deep" in one(tmp_path, "b {\n" * DEEP).summary


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ("(", ")"), ("{a=", "}"), ('"${', '}"'), ("f(", ")"), ("[{a=", "}]")]
)
def test_nesting_up_to_the_limit_is_read(tmp_path: Path, opening: str, closing: str) -> None:
    depth = 97 if opening == "[{a=" else 195
    found = problems(tmp_path, f"locals {{\n a = {opening * depth}1{closing * depth}\n}}\n")
    assert not found or "no function" in found[0].summary


@pytest.mark.parametrize("piece", ["a && ", "a || ", "!a && "])
def test_long_chains_are_not_deep(tmp_path: Path, piece: str) -> None:
    text = "locals {\n a = " + piece.replace("a", "true") * 50_000 + "true\n}\n"
    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(
    "step",
    [
        "concat({0}, {0}, {0}, {0}, {0}, {0}, {0}, {0})",
        "[{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}]",
        "{{ a = {0}, b = {0}, c = {0}, d = {0}, e = {0} }}",
    ],
)
def test_values_that_double_and_double(tmp_path: Path, step: str) -> None:
    lines = "".join(f"  l{i + 1} = {step.format(f'local.l{i}')}\n" for i in range(40))
    found = problems(tmp_path, f'locals {{\n  l0 = ["x", "y"]\n{lines}}}\ngroup "g" {{\n  subnets = local.l40\n}}\n')
    assert len(found) == 1
    assert "1,000,000 items" in found[0].detail


def test_texts_that_double_and_double(tmp_path: Path) -> None:
    lines = "".join(f'  l{i + 1} = "${{local.l{i}}}${{local.l{i}}}-${{local.l{i}}}"\n' for i in range(60))
    assert "too large" in one(tmp_path, f'locals {{\n  l0 = "xy"\n{lines}}}\n').summary


def test_long_paths_are_not_deep(tmp_path: Path) -> None:
    problem = one(tmp_path, "locals {\n a = {}" + ".b" * 50_000 + "\n}\n")
    assert 'no key "b"' in problem.summary


@pytest.mark.parametrize("text", ["[" * DEEP, '{"a":' * DEEP, "[" * DEEP + "]" * DEEP, '[{"a":' * DEEP])
def test_deep_nesting_in_json(tmp_path: Path, text: str) -> None:
    assert "200 deep" in one(tmp_path, text, "a.flow.json").summary


@pytest.mark.parametrize(("text", "summary"), [
    ("", "The file is empty"), (" \n", "The file is empty"), ("[]", "A spec in JSON is an object"), ("1", "A spec in JSON is an object"), ('{"group": {', "the file ends"), ('{"group": {"a', "this string is not closed"),
    ('{"group"', "a colon"), ('{"a": 1,}', 'a comma before "}"'), ('{"a" 1}', "a colon"), ("{a: 1}", "a key in double quotes"), ('{"a": 1} x', "something follows"), ('{"a": nul}', "a value"), ('{"a": 01}', "a comma"),
    ('{"a": "\\x"}', "invalid escape"), ('{"a": "\\ud800"}', "names no character"), ('{"a": "\\u0000"}', "names no character"), ('{"a": "x\ny"}', "not closed on its line"), ('{"a": NaN}', "a value"), ("// c\n{}", "a value"),
    ('{"group": {}, "group": {}}', 'Duplicate key "group"'), ('{"group": {"a": {"prefixes": [], "prefixes": []}}}', 'Duplicate key "prefixes"'), ("{'a': 1}", "a key"), ('{"a": 1e999999999}', "out of range"), ("\x0b{}", "a value"),
])  # fmt: skip
def test_bad_json(tmp_path: Path, text: str, summary: str) -> None:
    assert summary in one(tmp_path, text, "a.flow.json").summary


@pytest.mark.parametrize("name", ["a.flow.hcl", "a.flow.json"])
@pytest.mark.parametrize(("data", "summary"), [
    (b"\xff\xfea\x00", "not UTF-8: byte 0xff on line 1"), (b"# \n\xc3(", "not UTF-8: byte 0xc3 on line 2"), (bytes(range(256)) * 100, "not UTF-8"), (b"\x7fELF\x00\x00\x00", "NUL"), (b"{}\n\x00", "NUL"), (b"\xed\xa0\x80", "not UTF-8"),
])  # fmt: skip
def test_not_text(tmp_path: Path, data: bytes, summary: str, name: str) -> None:
    assert summary in one(tmp_path, data, name).summary


def test_bom_and_crlf(tmp_path: Path) -> None:
    text = '\ufeffgroup "g" {\r\n  prefixes = ["10.0.0.0/8"]\r\n}\r\n'
    assert problems(tmp_path, text) == []
    assert problems(tmp_path, '\ufeff{"group": {"g": {"prefixes": ["10.0.0.0/8"]}}}', "a.flow.json") == []


def test_unicode_names(tmp_path: Path) -> None:
    assert (
        problems(
            tmp_path,
            'group "größe" {\n  subnets = ["ü/😀"]\n}\nintent "x" {\n from = group.größe\n to = group.größe\n protocol = "*"\n expect = "Deny"\n}\n',
        )
        == []
    )


def test_a_folder_a_missing_file_and_an_unreadable_one(tmp_path: Path) -> None:
    (tmp_path / "x.flow.hcl").mkdir()
    assert "No spec" in problems_of([tmp_path])[0].summary
    assert "No spec" in problems_of([tmp_path / "x.flow.hcl"])[0].summary


def problems_of(paths: list[Path]) -> list[Problem]:
    from flowspec.errors import SpecError

    with pytest.raises(SpecError) as failure:
        load_spec(paths, environment={})
    return list(failure.value.problems)


def test_ten_thousand_intents_load_fast(tmp_path: Path) -> None:
    groups = "".join(f'group "g{i}" {{\n  prefixes = ["10.{i // 256}.{i % 256}.0/24"]\n}}\n' for i in range(1000))
    intents = "".join(
        f'intent "i{i}" {{\n  from    = [group.g{i % 1000}]\n  to      = [group.g{(i + 1) % 1000}, group.g{i * 7 % 1000}]\n  protocol = "Tcp"\n  ports = [{i % 5000}]\n'
        f'  expect  = "{"Allow" if i % 3 else "Deny"}"\n  owner   = "team-{i}"\n}}\n'
        for i in range(10_000)
    )  # fmt: skip
    (tmp_path / "a.flow.hcl").write_text(groups + intents)
    start = time.process_time()
    spec = load_spec([tmp_path], environment={})
    contradictions(spec)
    assert time.process_time() - start < 15
    assert len(spec.intents) == 10_000


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(PIECES)),
            st.sampled_from(["insert", "delete", "replace", "swap"]),
            st.sampled_from(EXTRA + PIECES),
        ),
        min_size=1,
        max_size=2,
    )
)
def test_a_mutated_spec_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, str, str]]
) -> None:
    for problem in problems(tmp_path_factory.getbasetemp(), mutated(PIECES, edits)):
        assert problem.summary


EDITS = st.tuples(
    st.integers(0, len(PIECES)),
    st.sampled_from(["insert", "delete", "replace", "swap"]),
    st.sampled_from(EXTRA + PIECES),
)


def assert_told(source: SpecText) -> None:
    """Whatever reads as absent because it is wrong is an error that is told, so that no spec is judged without it."""
    found = document.read([source])
    scope = scope_of(found, {"env": "prod"} if "env" in found.blocks["variable"] else {}, [], {}, SpecFiles())
    forms = [form for of_kind in evaluated(found, scope, KINDS).values() for form in of_kind.values()]
    if found.is_partial or scope.broken or any(form.refused or form.is_muted for form in forms):
        assert found.problems, source.text


@settings(max_examples=300, deadline=None)
@given(st.lists(EDITS, min_size=1, max_size=3))
def test_nothing_is_left_out_untold(edits: list[tuple[int, str, str]]) -> None:
    assert_told(SpecText("a.flow.hcl", mutated(PIECES, edits)))


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_is_left_out_untold(kind: str) -> None:
    """Of the first block of a kind in the shop, each argument has each value once."""
    for argument in arguments(kind):
        for value in (*SCALARS, [], {}, [[]], [{}], [None], {"vm": None}, {"tags": {"a": []}}):
            spec = json.loads(SHOP_JSON_TEXT)
            block = spec.setdefault(kind, {}) if kind in ONCE else next(iter(spec[kind].values()))
            block[argument] = value
            assert_told(SpecText("a.flow.json", json.dumps(spec)))


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(SHOP_JSON_TEXT)),
    st.integers(0, 5),
    st.sampled_from(["", "{", "}", "[", "]", ",", ":", '"', "1", "null", "\\", "${", "x", '"a": ', "\n", "true"]),
)
def test_mutated_json_is_json_exactly_when_it_is(
    tmp_path_factory: pytest.TempPathFactory, at: int, cut: int, piece: str
) -> None:
    text = SHOP_JSON_TEXT[:at] + piece + SHOP_JSON_TEXT[at + cut :]
    try:
        keys: list[bool] = []
        json.loads(
            text,
            object_pairs_hook=lambda pairs: keys.append(len(dict(pairs)) == len(pairs)),
            parse_constant=lambda _: keys.append(False),
        )
        good = all(keys)
    except ValueError:
        good = False
    try:
        parse(SpecText("x.json", text))
        ours = True
    except Refused:
        ours = False
    assert ours == good, text
    for problem in problems(tmp_path_factory.getbasetemp(), text, "m.flow.json", {"env": "prod"}):
        assert problem.where is None or problem.where.line >= 1


@pytest.mark.parametrize("text", ["{}", 'group "a" {{\n  {} = 1\n}}', 'group "a" {{\n  prefixes = [local.{}]\n}}'])
def test_a_message_quotes_no_megabyte(text: str, tmp_path: Path) -> None:
    """Of a very long word both ends are told."""
    file = tmp_path / "a.flow.hcl"
    file.write_text(text.format("a" + "b" * 1_000_000 + "c"), encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        load_spec([file], environment={})
    told = [f"{problem.summary} {problem.detail}" for problem in refused.value.problems]
    assert all(len(text) < 4200 for text in told)
    assert any("abb" in text and "bbc" in text for text in told)
