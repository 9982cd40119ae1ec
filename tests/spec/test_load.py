"""Files, variables and locals -> Spec: both spellings are one language, and every problem is told at once."""
# ruff: noqa: E501

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flowspec.errors import Severity, SpecError
from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import EnforceAt, Partition, Select, Service
from flowspec.sets.intervals import Protocol
from flowspec.spec import load_spec
from tests.spec.specs import SHOP_HCL, SHOP_JSON_TEXT, listing, load, problems, refused

DATA = Path(__file__).parent / "data"
GROUP = 'group "g" {\n  prefixes = ["10.0.0.0/8"]\n}\n'


def test_the_two_spellings_are_one_language(tmp_path: Path) -> None:
    hcl = load(tmp_path, SHOP_HCL, "a.flow.hcl", {"env": "prod"})
    json = load(tmp_path, SHOP_JSON_TEXT, "a.flow.json", {"env": "prod"})
    assert replace(hcl, files=(), digest="") == replace(json, files=(), digest="")
    assert json.intents["no-ssh"].where is not None
    assert json.intents["no-ssh"].where.line == SHOP_JSON_TEXT[: SHOP_JSON_TEXT.index('"no-ssh"')].count("\n") + 1


def test_what_the_shop_means(tmp_path: Path) -> None:
    spec = load(tmp_path, SHOP_HCL, variables={"env": "dev"})
    assert spec.name == "shop"
    assert spec.inventory == ("azure:00000000-0000-0000-0000-000000000000",)
    web = spec.groups["web"]
    assert web.selects == (
        Select(resource_group=("rg-web-dev",), tags=(("tier", "web"),)),
        Select(vm=("a*", "b"), application_security_group=("asg",)),
    )
    assert web.excludes == (Select(vm=("*-canary",)),)
    assert web.expect_at_least == 2
    assert spec.groups["db"].expect_at_least is None
    assert spec.groups["office"].prefixes == ("203.0.113.0/24",)
    assert spec.groups["mixed"].prefixes == ("10.0.0.0/8", "10.0.0.1/32", "2001:db8::/64")
    intent = spec.intents["web-to-db"]
    assert (intent.sources, intent.destinations, intent.enabled) == (("web",), ("db",), False)
    assert intent.services == (
        Service((Protocol.TCP,), ((5432, 5432),)),
        Service((Protocol.UDP,), ((53, 53), (5353, 5400))),
    )
    assert (intent.expect, intent.severity, intent.owner) == (Access.ALLOW, Severity.WARNING, "team-shop")
    deny = spec.intents["no-ssh"]
    assert (deny.sources, deny.destinations, deny.at) == (("public",), ("web", "db"), EnforceAt.BOTH)
    assert (deny.except_groups, deny.except_intents) == (("office",), ("web-to-db",))
    assert spec.boundaries["db"].directions == (Direction.INBOUND,)
    spokes = spec.boundaries["spokes"]
    assert (spokes.directions, spokes.each, spokes.remote) == (
        (Direction.INBOUND, Direction.OUTBOUND),
        Partition.VNET,
        ("web",),
    )
    vendor = spec.exceptions["vendor"]
    assert (vendor.of, vendor.expires) == (("boundary.spokes", "intent.no-ssh"), date(2027, 1, 31))
    assert (vendor.sources, vendor.destinations) == (("office",), None)
    assert spec.assumptions["onprem"].learned_prefixes == ("10.200.0.0/13",)
    assert spec.assumptions["path"].path
    assert intent.where is not None
    assert intent.where.text().endswith(f"a.flow.hcl:{SHOP_HCL[: SHOP_HCL.index('intent')].count(chr(10)) + 1}:1")


@pytest.mark.parametrize(("written", "service"), [
    ('protocol = "*"', Service(tuple(Protocol))),
    ('protocol = "*"\n ports = ["*"]', Service(tuple(Protocol))),
    ('protocol = "*"\n ports = ["0-65535"]', Service(tuple(Protocol))),
    ('protocol = "*"\n ports = [443]', Service((Protocol.TCP, Protocol.UDP), ((443, 443),))),
    ('protocol = "TCP"', Service((Protocol.TCP,))),
    ('protocol = "icmp"', Service((Protocol.ICMP,))),
    ('protocol = "Ah"', Service((Protocol.AH,))),
    ('protocol = "eSP"', Service((Protocol.ESP,))),
    ('protocol = "Udp"\n ports = ["10-20", 15, "21", 30, 30]', Service((Protocol.UDP,), ((10, 21), (30, 30)))),
    ('protocol = "Tcp"\n ports = 0\n source_ports = "1024-65535"', Service((Protocol.TCP,), ((0, 0),), ((1024, 65535),))),
])  # fmt: skip
def test_services(tmp_path: Path, written: str, service: Service) -> None:
    spec = load(tmp_path, GROUP + f'intent "i" {{\n from = group.g\n to = group.g\n expect = "Deny"\n {written}\n}}\n')
    assert spec.intents["i"].services == (service,)


@pytest.mark.parametrize("name", sorted(file.name for file in DATA.iterdir()))
def test_problems_as_told(name: str, tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    found = problems(tmp_path, (DATA / name).read_bytes(), name)
    golden(f"spec/{name}.txt", listing(found, tmp_path))


def test_several_files_are_one_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("b.flow.hcl").write_text(GROUP)
    Path("a.flow.json").write_text('{"group": {"h": {"prefixes": ["10.0.0.0/8"]}}}')
    Path("sub/c.flow.hcl").write_text("not read")
    Path("other.hcl").write_text('group "o" {\n  subnets = ["v/s"]\n}\n')
    spec = load_spec([".", "other.hcl", "./b.flow.hcl"], environment={})
    assert list(spec.groups) == ["h", "g", "o"]
    assert [file.path for file in spec.files] == ["a.flow.json", "b.flow.hcl", "other.hcl"]
    assert spec.groups["g"].where is not None
    assert spec.groups["g"].where.text() == "b.flow.hcl:1:1"
    Path("b.flow.hcl").write_text(GROUP.replace('"g"', '"h"'))
    with pytest.raises(SpecError) as failure:
        load_spec(["."], environment={})
    (problem,) = failure.value.problems
    assert problem.summary == 'group "h" is declared twice'
    assert "a.flow.json:1:12" in problem.detail


def test_a_file_that_can_t_be_read_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.flow.hcl").write_bytes(b'group "g" {\n  prefixes = ["\xff"]\n}\n')
    (tmp_path / "b.flow.hcl").write_text('intnt "x" {\n}\n')
    (tmp_path / "c.flow.json").write_text("{")
    (tmp_path / "d.flow.hcl").symlink_to("nowhere")
    (tmp_path / "e.flow.hcl").write_text('intent "x" {\n  from = [group.g]\n  expect = \n}\n')
    with pytest.raises(SpecError) as failure:
        load_spec([tmp_path, tmp_path / "missing"], environment={})
    told = [problem.summary for problem in failure.value.problems]
    assert len(told) == 8
    for words in (
        "not UTF-8", '"intnt"', "Invalid JSON", "No such file", "There is no file or folder", "Missing expression",
        'Missing argument "to"', "intent.x has no service",
    ):  # fmt: skip
        assert any(words in summary for summary in told), (words, told)
    assert not any("group.g is not declared" in summary for summary in told)


def test_locals_of_several_blocks_are_one_scope(tmp_path: Path) -> None:
    text = 'locals {\n  a = local.b\n}\nlocals {\n  b = ["10.0.0.0/8"]\n}\ngroup "g" {\n  prefixes = local.a\n}\n'
    assert load(tmp_path, text).groups["g"].prefixes == ("10.0.0.0/8",)
    problem = refused(tmp_path, "locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n")
    assert 'locals "a" is declared twice' in problem.summary


def test_a_long_chain_of_locals(tmp_path: Path) -> None:
    chain = "".join(f"  l{i} = local.l{i + 1}\n" for i in range(5000))
    text = f'locals {{\n{chain}  l5000 = "10.0.0.0/8"\n}}\ngroup "g" {{\n  prefixes = [local.l0]\n}}\n'
    assert load(tmp_path, text).groups["g"].prefixes == ("10.0.0.0/8",)


def test_no_files(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as failure:
        load_spec([tmp_path, tmp_path / "missing"], environment={})
    first, second = failure.value.problems
    assert "No spec in the folder" in first.summary
    assert "*.flow.hcl and *.flow.json" in first.detail
    assert "missing" in second.summary
    with pytest.raises(SpecError):
        load_spec([], environment={})


VARIABLE = 'variable "v" {\n  default = "default"\n}\ngroup "g" {\n  subnets = [var.v]\n}\n'


def value(tmp_path: Path, given: dict[str, str], file: str | None, environment: dict[str, str]) -> str:
    (tmp_path / "a.flow.hcl").write_text(VARIABLE)
    files = []
    if file is not None:
        files = [tmp_path / "x.tfvars"]
        files[0].write_text(file)
    spec = load_spec([tmp_path / "a.flow.hcl"], given, files, environment)
    return spec.groups["g"].subnets[0]


def test_precedence_of_variables(tmp_path: Path) -> None:
    environment = {"FLOWSPEC_VAR_v": "environment", "FLOWSPEC_VAR_other": "ignored"}
    assert value(tmp_path, {}, None, {}) == "default"
    assert value(tmp_path, {}, None, environment) == "environment"
    assert value(tmp_path, {}, 'v = "file"\n', environment) == "file"
    assert value(tmp_path, {"v": "given"}, 'v = "file"\n', environment) == "given"


def test_a_later_variable_file_wins_and_json_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "a.flow.hcl").write_text(VARIABLE)
    (tmp_path / "1.tfvars").write_text('v = "one"')
    (tmp_path / "2.tfvars.json").write_text('{"v": "two"}')
    files = [tmp_path / "1.tfvars", tmp_path / "2.tfvars.json"]
    assert load_spec([tmp_path / "a.flow.hcl"], {}, files, {}).groups["g"].subnets == ("two",)
    assert load_spec([tmp_path / "a.flow.hcl"], {}, files[::-1], {}).groups["g"].subnets == ("one",)


def test_unknown_variables(tmp_path: Path) -> None:
    text = 'variable "env" {\n  default = "x"\n}\n'
    (problem,) = problems(tmp_path, text, variables={"emv": "x"})
    assert "emv" in problem.summary
    assert problem.detail == 'Did you mean "env"?'


def test_a_variable_without_a_value_shows_the_three_ways(tmp_path: Path) -> None:
    problem = refused(tmp_path, 'variable "env" {\n}\ngroup "g" {\n  subnets = [var.env]\n}\n')
    for way in ("-var env=", "-var-file", "FLOWSPEC_VAR_env"):
        assert way in problem.detail


@pytest.mark.parametrize(("text", "expected"), [('["a", "b"]', ("a", "b")), ("[]", ())])
def test_a_list_from_the_command_line(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    spec = load(
        tmp_path, 'variable "v" {\n  default = []\n}\ngroup "g" {\n  subnets = var.v\n}\n', variables={"v": text}
    )
    assert spec.groups["g"].subnets == expected


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("10.1.0.0/16", "-var 'v=[\"10.1.0.0/16\"]'"),
        ("10.1.0.0/16, 10.2.0.0/16", '-var \'v=["10.1.0.0/16", "10.2.0.0/16"]\''),
        ("web", "-var 'v=[\"web\"]'"),
        ("[10.1.0.0/16]", "-var 'v=[\"10.1.0.0/16\"]'"),
        ("[snet-a, snet-b]", '-var \'v=["snet-a", "snet-b"]\''),
    ],
)
def test_a_list_without_its_quotes_shows_how_it_is_given(tmp_path: Path, text: str, advice: str) -> None:
    spec = 'variable "v" {\n  default = ["x"]\n}\ngroup "g" {\n  subnets = var.v\n}\n'
    (problem,) = problems(tmp_path, spec, variables={"v": text})
    assert advice in problem.detail
    assert load(tmp_path, spec, variables={"v": advice.partition("=")[2][:-1]}).groups["g"].subnets


def test_values_of_variables_change_the_digest(tmp_path: Path) -> None:
    dev, prod, again = (load(tmp_path, SHOP_HCL, variables={"env": env}) for env in ("dev", "prod", "prod"))
    assert dev.digest != prod.digest
    assert prod == again
    assert dev.digest.startswith("sha256:")


def test_disabled_intents_stay_and_may_be_named(tmp_path: Path) -> None:
    spec = load(tmp_path, SHOP_HCL, variables={"env": "dev"})
    assert not spec.intents["web-to-db"].enabled
    assert spec.boundaries["db"].allow == ("web-to-db",)


def test_ten_thousand_wrong_references_are_told_in_time(tmp_path: Path) -> None:
    groups = "".join(f'group "group-number-{i}" {{\n  prefixes = ["10.0.0.0/8"]\n}}\n' for i in range(2000))
    intents = "".join(
        f'intent "i{i}" {{\n  from = [group.group-numbr-{i}]\n  to = [group.any]\n  protocol = "*"\n  expect = "Deny"\n}}\n'
        for i in range(500)
    )
    found = problems(tmp_path, groups + intents)
    assert len(found) == 500
    assert found[7].detail == 'Did you mean "group-number-7"?'


def test_a_mistake_costs_its_statement_only(tmp_path: Path) -> None:
    """What stands beside a mistake of syntax is read and checked, in its own block too."""
    text = (
        'group "a" {\n  prefixes = [for x in ["y"] : x]\n}\n'
        'intent "i" {\n  from = [group.a\n  to = [group.b]\n  protocol = "Tcp" + 1\n  expect = "Dney"\n  enabled = "${~true}"\n}\n'
        'variable "v" {\n  default = 1 < 2\n}\nlocals {\n  l = [var.v, local.m]\n  m = "%{if x}y%{endif}"\n}\n'
        'group "z" {\n  prefixs = local.l\n  subnets = ["a/b"]\n}\n'
    )
    told = [(p.where.line, p.summary) for p in problems(tmp_path, text) if p.where]
    assert [line for line, _ in told] == [2, 6, 6, 7, 8, 9, 12, 16, 19]
    assert "For expressions" in told[0][1]
    assert [summary for line, summary in told if line == 6] == ["Missing item separator", "group.b is not declared"]


def test_thousands_of_mistakes_are_told_in_time(tmp_path: Path) -> None:
    for line in (
        "  from = [group.x\n",
        "  a = {\n",
        '  a = "${x\n',
        "  a = <<E\n",
        "  a = /*\n",
        '  a = "x\n',
        "  a = ((({[\n",
    ):
        text = f'intent "i" {{\n{line}}}\n' * 3000
        start = time.process_time()
        assert 1 <= len(problems(tmp_path, text)) <= 6000
        assert time.process_time() - start < 5, line


INTENT = "  from = [group.g]\n  to = [group.g]\n"


def in_variable(text: str) -> str:
    return f'variable "v" {{\n  default = "x"\n  {text}\n}}\n'


def in_intent(text: str, but: str = "") -> str:
    lines = ['protocol = "Tcp"', 'expect = "Deny"', text]
    return (
        GROUP
        + 'intent "i" {\n'
        + INTENT
        + "".join(f"  {line}\n" for line in lines if line.split()[0] != but or line is text)
        + "}\n"
    )


@pytest.mark.parametrize(("text", "words"), [
    (in_variable("type = string"), "leave type out"), (in_variable("type = list(string)"), "leave type out"),
    (in_variable("validation {\n    condition = true\n  }"), "one_of"), (in_variable("sensitive = true"), "keep secrets out of a spec"),
    (in_variable("nullable = false"), "leave nullable out"), (in_variable("ephemeral = true"), "leave ephemeral out"),
    (GROUP + 'boundary "b" {\n  around = [g]\n}\n', "Write group.g;"), ('group = "g" {\n  prefixes = ["10.0.0.0/8"]\n}\n', "without the equals sign"), ('group "g" {\n  select = {\n    vm = "x"\n  }\n}\n', "Write select { … }"),
    ('group "g" {\n  prefixes = [for x in y : x]\n}\n', "Write the items out"),
    ('group "g" {\n  prefixes = ["10.0.0.0/8"]\n  for_each = toset(["a"])\n}\n', "A block is written once"),
    ('group "g" {\n  prefixes = "10.0.0.0/8, 10.1.0.0/16"\n}\n', '["10.0.0.0/8", "10.1.0.0/16"]'),
    ('group "g" {\n  select {\n    vm = vm-web-*\n  }\n}\n', "in double quotes"), ('group "g" {\n  select {\n    vm = -web\n  }\n}\n', "in double quotes"),
    ('resource "x" "y" {\n}\n', "files of its own, *.tf"), ("terraform {\n}\n", "flowspec { required_version = … }"),
    (in_intent("protocol = tcp", but="protocol"), 'double quotes: protocol = "Tcp".'), (in_intent("protocol = tpc", but="protocol"), 'protocol must be "Tcp", "Udp"'),
    (in_intent("expect = deny", but="expect"), 'double quotes: expect = "Deny".'), (in_intent("enabled = yes"), "enabled must be true or false."),
    (in_intent("owner = team"), 'double quotes: "team".'), (in_intent("except = [gg]"), "except must be a list of references to groups and intents"),
    (in_intent("service {\n    ports = [80]\n  }", but="protocol"), "name one here: service = [service.example]"),
    (in_intent('except = "service.x"'), "except takes group.name or intent.name."),
    (in_intent('except = "g"'), "write group.g or intent.g."), (in_intent('except = "var.x"'), 'in JSON, "${var.x}".'),
    (in_intent('protocol = ["Tcp", "Udp"]', but="protocol"), "service = [service.a, service.b]"), (in_intent("except = [group.any, [group.g]]"), "concat("),
    (in_intent('except = "Internet"'), "group.public"), (in_intent('except = ["*"]'), "group.any"),
    ('group "g" {\n  select {\n    vm = "x"\n    tags {\n      a = "b"\n    }\n  }\n}\n', "write tags = { … }"),
    (GROUP.replace("prefixes =", "prefixes:"), "write prefixes = …"), (GROUP.replace("prefixes =", "prefixes =>"), "write prefixes = …"),
    ("flowspec {\n}\nflowspec {\n}\n", "Put everything into one"), ('group "g" {\n  prefixes = ["10.0.0.0/8"]\n  slect {\n  }\n}\n', 'mean "select"'),
    (GROUP + 'boundary "b" {\n  around = [group.g]\n  alow {\n  }\n}\n', 'mean "allow"'),
    (in_intent('action = "Allow"'), 'expect = "Deny"'), (in_intent('source = "g"'), "from and to"), (in_intent("priority = 100"), "no order"),
])  # fmt: skip
def test_advice(text: str, words: str, tmp_path: Path) -> None:
    assert words in refused(tmp_path, text).detail


@pytest.mark.parametrize(("kind", "block", "words"), [
    ("variable", '"type": "string"', "leave type out"), ("variable", '"type": "${string}"', "leave type out"),
    ("variable", '"validation": {"condition": "${can(var.v)}", "error_message": "no"}', "one_of"),
    ("variable", '"sensitive": true', "keep secrets out of a spec"), ("variable", '"nullable": false', "leave nullable out"),
    ("variable", '"ephemeral": true', "leave ephemeral out"), ("group", '"count": 2', "A block is written once"),
    ("group", '"description": vm-web-*', 'Strings take double quotes: "vm-web-*".'), ("group", '"description": tcp', '"tcp"'),
    ("group", '"select": {"tags": {"tier": {"a": 1}}}', "Tags of the VM"), ("group", '"depends_on": []', "leave depends_on out"),
])  # fmt: skip
def test_advice_in_json(kind: str, block: str, words: str, tmp_path: Path) -> None:
    rest = {"variable": '"default": "x"', "group": '"prefixes": ["10.0.0.0/8"]'}[kind]
    assert words in refused(tmp_path, f'{{"{kind}": {{"v": {{{rest}, {block}}}}}}}', "a.flow.json").detail


def test_what_is_lost_hides_nothing_else(tmp_path: Path) -> None:
    """Nothing is said of names that may be in what could not be read; of the rest, everything."""
    (tmp_path / "torn.flow.hcl").write_text('variable "w" {\n  default = "x"\nintent "torn" {\n  ports = [1]\n}\n')
    (tmp_path / "a.flow.hcl").write_text(
        'grup "g" {\n}\nvarible "v" {\n}\nintent "a" {\n  from = [group.g, group.h]\n  to = [group.public]\n'
        '  service = [service.lost, "service.too"]\n  expect = "Alow"\n  owner = var.w\n}\n'
    )
    (tmp_path / "b.flow.json").write_text('{"group": {"b": {"prefixes": ["${1 + 1}"], "subnetz": ["x"]}}}')
    (tmp_path / "v.tfvars").write_text('u = "x"\n')
    with pytest.raises(SpecError) as failure:
        load_spec([tmp_path], {"v": "x"}, [tmp_path / "v.tfvars"], environment={})
    assert [(Path(p.where.file).name, p.summary) for p in failure.value.problems if p.where] == [
        ("a.flow.hcl", 'Unsupported block type "grup"'),
        ("a.flow.hcl", 'Unsupported block type "varible"'),
        ("a.flow.hcl", 'expect must be "Allow" or "Deny", not "Alow"'),
        ("b.flow.json", 'The operator "+" is not supported'),
        ("b.flow.json", 'Unsupported argument "subnetz"'),
        ("torn.flow.hcl", "Unclosed configuration block"),
    ]
    assert all(problem.where for problem in failure.value.problems)


def test_what_a_lost_header_leaves_behind_is_not_told(tmp_path: Path) -> None:
    problem = refused(tmp_path, 'intent "b"\n{\n  from = group.any\n}\n')
    assert "stands on the line of the block's name" in problem.detail
    found = problems(tmp_path, 'intent "a" {\n  from = group.any\n  intent "b"\n  from = group.any\n}\n')
    assert [problem.summary for problem in found] == ["Invalid block definition"]


def of_intents(count: int, wrong: Callable[[int], str]) -> str:
    block = 'intent "i{}" {{\n' + INTENT + '  protocol = "Tcp"\n  {}\n  expect = "Deny"\n}}\n'
    return GROUP + "".join(block.format(i, wrong(i) or "ports = [443]") for i in range(count))


def test_ten_thousand_intents_are_explained_in_time(tmp_path: Path) -> None:
    """A few wrong ones cost about nothing, very many a bounded time; how many are not explained is said."""

    def timed(wrong: Callable[[int], str], count: int = 10_000) -> tuple[float, list[str]]:
        text = of_intents(count, wrong)
        start = time.process_time()
        told = [problem.summary for problem in problems(tmp_path, text)]
        return time.process_time() - start, told

    timed(lambda i: "form = 1", 1)
    right, told = timed(lambda i: "")
    assert told == []
    few, told = timed(lambda i: "form = 1" if i in (7, 5000, 9999) else "")
    assert told == ['Unsupported argument "form"'] * 3
    assert few < 1.5 * right + 0.5
    many, told = timed(lambda i: "form = 1")
    assert told == ['Unsupported argument "form"'] * 200 + ["9,800 more blocks are wrong"]
    assert many < 1.5 * right + 2
    _, told = timed(lambda i: "form = 1", 201)
    assert told[-1] == "1 more block is wrong"
    _, told = timed(lambda i: "except = [var.x]" if i < 300 else "form = 1", 301)
    assert told == [*["var.x is not declared"] * 300, 'Unsupported argument "form"']


@pytest.mark.parametrize("lines", [
    "prefixes = [" + "[], " * 50_000 + "]", 'subnets = ["a"]\n' + "\n".join(f"x{i} = 1" for i in range(5000)),
], ids=["items", "arguments"])  # fmt: skip
def test_very_much_that_is_wrong_in_one_block(tmp_path: Path, lines: str) -> None:
    text = f'group "g" {{\n{lines}\n}}\n'
    start = time.process_time()
    told = [problem.summary for problem in problems(tmp_path, text)]
    assert time.process_time() - start < 5
    assert len(told) == 101
    assert "More is wrong with group.g" in told


def test_one_item_among_very_many_is_found_in_time(tmp_path: Path) -> None:
    listed = '"10.0.0.0/8", ' * 200_000
    start = time.process_time()
    problem = refused(tmp_path, f'{{"group": {{"g": {{"prefixes": [{listed}[]]}}}}}}', "a.flow.json")
    assert problem.summary == "prefixes must be a string or a list of strings, not a list"
    assert time.process_time() - start < 10


@pytest.mark.parametrize("block", [
    '"select": {"vm": 5}', '"select": {"vm": [5]}', '"select": {"tags": {"a": {"b": 1}}}', '"select": {"tags": 5}',
    '"subnets": ["a", 5]', '"select": {"vmm": "x"}', '"expect_at_least": -1, "prefixes": []',
])  # fmt: skip
def test_one_mistake_is_told_once(tmp_path: Path, block: str) -> None:
    """What a reader would make of a value that the schema refuses is not told as well."""
    refused(tmp_path, f'{{"group": {{"g": {{{block}}}}}}}', "a.flow.json")


@pytest.mark.parametrize(("one_of", "words"), [("[]", "one_of is empty"), ('"dev"', "one_of must be a list")])
def test_the_values_of_a_variable_are_a_list(tmp_path: Path, one_of: str, words: str) -> None:
    assert words in refused(tmp_path, in_variable(f"one_of = {one_of}")).summary


def test_a_null_is_not_given(tmp_path: Path) -> None:
    group = 'group "g" {\n  subnets = [var.v]\n  description = null\n}\n'
    assert load(tmp_path, in_variable("one_of = null") + group).groups["g"].subnets == ("x",)


def test_an_unreadable_variable_file_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.flow.hcl").write_text(VARIABLE.replace('  default = "default"\n', ""))
    (tmp_path / "x.tfvars").write_text("v = 1 +\n")
    with pytest.raises(SpecError) as failure:
        load_spec([tmp_path / "a.flow.hcl"], {}, [tmp_path / "x.tfvars"], {})
    assert [problem.summary for problem in failure.value.problems] == ['The operator "+" is not supported']


def test_heavy_imports_wait_for_a_spec() -> None:
    code = "import sys, flowspec.spec; assert not {'jsonschema_rs', 'jsonschema', 'hashlib'} & set(sys.modules), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code.replace(", 'hashlib'", "")], check=True)
