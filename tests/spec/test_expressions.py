"""Expressions: a table of values and of refusals, and laws."""
# ruff: noqa: E501

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowspec.spec.expressions import NameScope, evaluate
from flowspec.spec.grammar import expression as parse_expression
from flowspec.spec.jsonfile import template
from flowspec.spec.names import Names
from flowspec.spec.source import Refused
from flowspec.spec.values import Reference, Value, equal, to_json

WEB, DB = Reference("group", "web"), Reference("group", "db")
SCOPE = NameScope(
    variables={"env": "prod", "on": True, "n": 2, "list": ["a", "b"], "yes": "true", "none": None},
    locals={"m": {"k": ["x", "y"], "p q": 1}, "empty": [], "group": {"x": 7}},
    named={
        "var": Names(("env", "on", "n", "list", "yes", "none")),
        "local": Names(("m", "empty", "group")),
        "group": Names(("web", "db")),
        "service": Names(("http",)),
        "intent": Names(("i",)),
        "boundary": Names(("b",)),
    },
)


def value(text: str) -> Value:
    return evaluate(parse_expression(text), SCOPE)


@pytest.mark.parametrize(("text", "expected"), [
    ("1", 1), ("1.0", 1), ("1.5", 1.5), ("-2", -2), ("1e3", 1000), ("true", True), ("null", None), ('"x"', "x"), ("[]", []), ("{}", {}),
    ("var.env", "prod"), ("local.m.k[1]", "y"), ('local.m["p q"]', 1), ("local.group.x", 7), ("var.list[0]", "a"), ('var.list["1"]', "b"), ("[1, 2][1]", 2), ("{a = 1}.a", 1), ('{a = 1}["a"]', 1),
    ("group.web", WEB), ("[group.web, group.db]", [WEB, DB]), ("service.http", Reference("service", "http")),
    ('"a-${var.env}-${var.n}-${var.on}"', "a-prod-2-true"), ('"${var.list}"', ["a", "b"]), ('"${group.web}"', WEB), ('"$${x}"', "${x}"), ('"${"${var.env}"}!"', "prod!"),
    ('1 == 1', True), ('1 == "1"', False), ("1 == true", False), ("0 == false", False), ("1 == 1.0", True), ('"a" != "b"', True), ("[1] == [1]", True), ("[1] == [true]", False), ("{a = 1} == {a = 1}", True),
    ("null == null", True), ('null == ""', False), ("group.web == group.web", True), ("group.web == group.db", False), ('group.web == "group.web"', False),
    ("true && false", False), ("true || false", True), ("!true", False), ("!!true", True), ("true || true && false", True), ("(true || true) && false", False), ("1 == 1 && 2 == 2", True),
    ("1 == 2 == false", True), ('!("a" == "b")', True), ("var.yes && true", True), ("var.env == \"prod\" ? 1 : 2", 1), ("false ? 1 : true ? 2 : 3", 2), ("true ? 1 : true ? 2 : 3", 1), ("true ? false ? 1 : true ? 2 : 3 : 4", 2), ("false ? [][0] : 1", 1), ("var.yes ? 1 : 2", 1),
    ('concat(["a"], [], ["b", "a"])', ["a", "b", "a"]), ('concat([group.web], var.env == "prod" ? [group.db] : [])', [WEB, DB]),
    ('contains(var.list, "a")', True), ('contains(var.list, "A")', False), ("contains([1], \"1\")", False), ("contains([group.web], group.web)", True),
    ('distinct(["a", "b", "a", 1, true, "1", 1])', ["a", "b", 1, True, "1"]), ("distinct([[1], [1], {a = 1}, {a = 1}])", [[1], {"a": 1}]),
    ("length(var.list)", 2), ('length("añ")', 2), ("length({a = 1})", 1), ("length([])", 0),
    ('lookup(local.m, "p q")', 1), ('lookup(local.m, "zz", "d")', "d"), ('lookup({a = null}, "a", 1)', None),
    ('lower("ÀB")', "àb"), ('upper("ab")', "AB"), ("lower(5)", "5"), ("merge({a = 1, b = 1}, {b = 2})", {"a": 1, "b": 2}), ("merge({a = 1}, null)", {"a": 1}), ("merge()", {}),
    ('format("%s-%d-%v-%q-%%", "a", 3, [1, "x"], "q\\"")', 'a-3-[1,"x"]-"q\\""-%'), ('format("%d", "7")', "7"), ('format("%s", true)', "true"), ('format("%v", group.web)', '"group.web"'), ('format("x")', "x"),
    ("(\n1\n)", 1), ("var.none", None), ('{(var.env) = 1, "x-${var.env}" = 2}', {"prod": 1, "x-prod": 2}),
])  # fmt: skip
def test_values(text: str, expected: Value) -> None:
    found = value(text)
    assert equal(found, expected), found
    assert type(found) is type(expected)


@pytest.mark.parametrize(("text", "summary", "detail"), [
    ("var.emv", "var.emv is not declared", 'Did you mean "env"?'), ("local.zz", "local.zz is not declared", "Known"), ("group.wbe", "group.wbe is not declared", 'Did you mean "web"?'),
    ("vra.env", 'Invalid reference "vra"', 'Did you mean "var"?'), ("web", 'Invalid reference "web"', '"web"'), ("var", "Invalid reference", "var.example"), ("var[0]", "Invalid reference", "var.name"),
    ("exception.x", 'Invalid reference "exception"', ""), ("each.value", 'Invalid reference "each"', "References start with"), ("group.web.name", "group.web has no attributes", ""),
    ('"a${var.list}"', "Invalid template interpolation value", "a list"), ('"a${group.web}"', "Invalid template interpolation value", "a reference to a group"), ('"a${null}"', "Invalid template interpolation value", "null"),
    ("local.m.zz", 'the map has no key "zz"', "Known"), ("var.list[2]", "there is no item 2 in a list of 2", ""), ("var.list[-1]", "no item -1", ""), ("var.list[0.5]", "can't be indexed by a number", ""),
    ("var.list.x", "a list can't be indexed by a string", ""), ("var.n[0]", "a number can't be indexed", ""), ("null[0]", "null can't be indexed", ""),
    ("1 && true", 'The operand of "&&" must be a bool', "a number"), ("!1", 'The operand of "!" must be a bool', ""), ("1 ? 2 : 3", "The condition must be a bool", ""), ("true ? 1 : var.emv", "var.emv is not declared", "env"),
    ("true || var.emv", "var.emv is not declared", ""), ("true ? 1 : foo", 'Invalid reference "foo"', ""), ("uper(1)", 'There is no function "uper"', 'Did you mean "upper"?'), ("toset([])", 'There is no function "toset"', ""),
    ("concat()", "Error in function call: concat", "at least 1"), ('concat("a")', "concat", "wants a list, not a string"), ("lookup({}, \"a\")", "lookup", "no default"), ("lookup([], 1)", "lookup", "wants a map"),
    ("length(1)", "length", "wants a list, a map or a string"), ('format("%s")', "format", "not given"), ('format("%x", 1)', "format", 'the verb "%x"'), ('format("a", 1)', "format", "given 1 value, but uses 0"), ('format("%")', "format", "verb"),
    ('format("%d", "x")', "format", "wants a number"), ("upper([])", "upper", "wants a string"), ("merge([])", "merge", "wants a map"), ("contains(1, 2)", "contains", "wants a list"), ("distinct(1, 2)", "distinct", "takes 1 argument"),
    ("{a = 1, a = 2}", 'The key "a" is in this map twice', ""), ("{([]) = 1}", "A map key must be a string", ""), ("1 + 1", 'The operator "+" is not supported', "Expressions are"), ("1e999999999", "Number out of range", ""), ("9" * 5000, "Number out of range", ""),
    ("-1[0]", 'The operator "-" is not supported', ""), ("-n", 'The operator "-" is not supported', ""), ("1 2", "Extra characters", ""), ("1) + (2", "Extra characters", ')'), ("", "Missing expression", ""),
])  # fmt: skip
def test_refusals(text: str, summary: str, detail: str) -> None:
    with pytest.raises(Refused) as failure:
        value(text)
    assert summary in failure.value.summary
    assert detail in failure.value.detail
    assert 0 <= failure.value.at <= len(text)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé -", max_size=4), inner, max_size=4),
    max_leaves=12,
)


def written(plain: object) -> str:
    """A value as HCL writes it."""
    return (
        json.dumps(plain)
        .replace("${", "$${")
        .replace("%{", "%%{")
        .replace("\\/", "/")
        .replace("\\b", "\\u0008")
        .replace("\\f", "\\u000c")
    )


def has_surrogates(text: str) -> bool:
    return any(f"\\ud{digit}" in text for digit in "89abcdef")


@given(JSON)
def test_a_value_that_is_written_reads_back(plain: Value) -> None:
    text = written(plain)
    if not has_surrogates(text):
        import unicodedata

        assert json.dumps(to_json(value(text))) == unicodedata.normalize(
            "NFC", json.dumps(plain, ensure_ascii=False)
        ) or equal(value(text), json.loads(unicodedata.normalize("NFC", json.dumps(plain, ensure_ascii=False))))


@given(JSON, JSON)
def test_equality_is_symmetric_and_reflexive(left: Value, right: Value) -> None:
    assert equal(left, left)
    assert equal(left, right) == equal(right, left)
    assert equal(left, right) == (json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True))


@given(st.lists(SCALARS, max_size=6), st.lists(SCALARS, max_size=6))
def test_laws_of_lists(left: list[Value], right: list[Value]) -> None:
    scope = NameScope(variables={"l": left, "r": right}, named={"var": Names(("l", "r"))})

    def of(text: str) -> Value:
        return evaluate(parse_expression(text), scope)

    assert of("concat(var.l, var.r)") == left + right
    assert of("distinct(distinct(var.l)) == distinct(var.l)") is True
    assert of("length(concat(var.l, var.r))") == len(left) + len(right)
    assert all(of(f"contains(var.l, var.l[{i}])") for i in range(len(left)))


@given(st.text(max_size=20))
def test_a_string_in_json_without_a_template_is_itself(text: str) -> None:
    if "${" not in text and "%{" not in text:
        import unicodedata

        assert evaluate(template(text, 0), NameScope()) == unicodedata.normalize("NFC", text)
