"""Bad input by the command itself: one message that says where and what to do, exit 1, nothing on stdout, no file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.command import flowspec
from tests.cli.shop import SPEC, SSH, lay_out, resources, rule

PLAN = ("plan", "-i", "net.json", "--today", "2026-11-21", "--out", "p.plan")
NETWORK = json.dumps({"value": resources(SSH)}, indent=1)


@dataclass(frozen=True)
class Case:
    """`words` are all in the message, after `Error: `; the first says where."""

    words: tuple[str, ...]
    spec: str | bytes = SPEC
    network: str | bytes = NETWORK
    command: tuple[str, ...] = PLAN


def network(*rules: dict[str, object]) -> str:
    return json.dumps({"value": resources(*rules)}, indent=1)


def elsewhere() -> str:
    """Every resource twice: in rg-shop and in rg-two."""
    text = json.dumps(resources(SSH))
    return json.dumps(json.loads(text) + json.loads(text.replace("/rg-shop/", "/rg-two/")))


def more(text: str) -> str:
    return f"{SPEC}\n{text}\n"


VERIFY = ("verify", "-i", "net.json", "--vm", "vm-web-01", "--direction", "Inbound", "--protocol", "TCP",
          "--local", "10.0.0.4:22", "--remote", "8.8.8.8:4000")  # fmt: skip

CASES = {
    "empty inventory": Case(("net.json: ", "the file is empty", "expected JSON"), network=""),
    "blank inventory": Case(("net.json: ", "the file is empty"), network=" \n\t"),
    "empty spec": Case(("shop.flow.hcl: ", "declares no intent", "Write what is to be judged"), spec=""),
    "binary inventory": Case(("net.json: ", "not JSON", "expected an object"), network=bytes(range(256)) * 50),
    "binary spec": Case(("shop.flow.hcl:2: ", "not UTF-8", "Save the file as UTF-8"), spec=bytes(range(256))),
    "truncated JSON": Case(("net.json:19:1: ", "ends too early", "cut off"), network=NETWORK[:700]),
    "list of 100,000": Case(("net.json: ", "deeper than 200"), network="[" * 100_000 + "]" * 100_000),
    "objects of 100,000": Case(("net.json: ", "deeper than 200"), network='{"a":' * 100_000 + "1" + "}" * 100_000),
    "objects without an end": Case(("net.json: ", "deeper than 200"), network='{"a":' * 100_000),
    "spec of 100,000": Case(("shop.flow.hcl:", "deep"), spec="locals {\na = " + "[" * 100_000 + "]" * 100_000 + "\n}"),
    "unclosed brace": Case(("shop.flow.hcl:26:30: ", "Unclosed", "no closing brace"), spec=SPEC.rstrip()[:-1]),
    "unknown block": Case(("shop.flow.hcl:36:1: ", '"intnt"', 'Did you mean "intent"?'), more('intnt "x" {\n}')),
    "unknown attribute": Case(("shop.flow.hcl:37:3: ", "prefixs", "prefixes"), more('group "z" {\n  prefixs = []\n}')),
    "unknown reference": Case(
        ("shop.flow.hcl:", "group.wbe is not declared", 'Did you mean "web"?'),
        spec=SPEC.replace("from     = [group.web]", "from     = [group.wbe]"),
    ),
    "duplicate name": Case(
        ("shop.flow.hcl:36:1: ", "declared twice", "shop.flow.hcl:6:1"),
        more('group "web" {\n  prefixes = ["10.0.0.0/8"]\n}'),
    ),
    "cyclic locals": Case(
        ("shop.flow.hcl:37:3: ", "local.a -> local.b -> local.a", "Take one"),
        more("locals {\n  a = local.b\n  b = local.a\n}"),
    ),
    "variable not given": Case(
        ("shop.flow.hcl:36:1: ", '"env" has no value', "-var env="),
        more('variable "env" {\n}\ngroup "z" {\n  prefixes = [var.env]\n}'),
    ),
    "port of a spec": Case(
        ("shop.flow.hcl:22:15: ", "70000", "Ports end at 65535"), spec=SPEC.replace("5432", "70000")
    ),
    "prefix of a spec": Case(
        ("shop.flow.hcl:37:15: ", "10.0.0.0/33", "from 0 to 32"), more('group "z" {\n  prefixes = ["10.0.0.0/33"]\n}')
    ),
    "port of a rule": Case(
        ("net.json:21:32: ", "70000", "Valid range 0-65535", "/securityRules/a"),
        network=network(rule("a", 100, "Allow", "10.0.0.0/8", "70000")),
    ),
    "prefix of a rule": Case(
        ("net.json:18:31: ", "10.0.0.0/33", "/securityRules/a"),
        network=network(rule("a", 100, "Allow", "10.0.0.0/33", "22")),
    ),
    "one priority twice": Case(
        ("net.json:24:6: ", "same Priority and Direction", "rule b", "rule a"),
        network=network(rule("a", 100, "Allow", "*", "22"), rule("b", 100, "Deny", "*", "22")),
    ),
    "a VM of two names to verify": Case(
        ("targetResourceId vm-web-01 is ambiguous", "rg-shop", "rg-two"), network=elsewhere(), command=VERIFY
    ),
    "no such file": Case(("other.json: ", "No such file"), command=("plan", "-i", "other.json")),
    "no such spec": Case(("other.hcl", "no"), command=("plan", "other.hcl", "-i", "net.json")),
    "no such target": Case(("intent.web", "intent.web-to-db"), command=(*PLAN, "--target", "intent.web-to-bd")),
    "a day that is none": Case(("--today", "2026-11-21"), command=("plan", "-i", "net.json", "--today", "2026-02-30")),
    "over --max-input": Case(("net.json", "max-input"), command=(*PLAN, "--max-input", "100")),
}


@pytest.mark.parametrize("name", CASES)
def test_refusal(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    for file, data in (("shop.flow.hcl", case.spec), ("net.json", case.network)):
        (tmp_path / file).write_bytes(data if isinstance(data, bytes) else data.encode())
    before = contents(tmp_path)
    done = flowspec(*case.command, cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert [word for word in case.words if word not in unfolded(done.stderr)] == [], done.stderr
    assert len(done.stderr) < 2000
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unfolded(text: str) -> str:
    return " ".join(text.split())


# What is wrong with one intent: the rest is judged, and still it is an error that writes nothing


ONE_INTENT = {
    "a selector that matches nothing": (
        (("vm-web-*", "vm-wbe-*"),),
        NETWORK,
        ("shop.flow.hcl:7", "matches nothing", "2 NICs", "expect_at_least = 0"),
    ),
    "which of several conditions it is": (
        (('vm = "vm-web-*"', 'vm = ["vm-web-*"]\n    nic = "nic-wbe-*"\n    tags = { tier = "web" }'),),
        NETWORK.replace('"name": "nic-db-01"', '"tags": {"Tier": "db"}, "name": "nic-db-01"'),
        (
            "shop.flow.hcl:7",
            'of 2 NICs, vm = "vm-web-*" leaves 1, nic = "nic-wbe-*" leaves none (there are nic-web-01,'
            ' nic-db-01), tags.tier = "web" leaves none (there are db)',
        ),
    ),
    "conditions that exclude each other": (
        (('vm = "vm-web-*"', 'vm = "vm-web-*"\n    nic = "nic-db-*"'),),
        NETWORK,
        ("shop.flow.hcl:7", 'vm = "vm-web-*" leaves 1, nic = "nic-db-*" leaves 1; none meets all of them'),
    ),
    "a condition on what nobody has": (
        (('vm = "vm-web-*"', 'application_security_group = ["asg-web", "asg-app"]'),),
        NETWORK,
        ('application_security_group = ["asg-web", "asg-app"] leaves none (none has any)',),
    ),
    "an exclude that takes all": (
        (('vm = "vm-web-*"\n  }', 'vm = "vm-web-*"\n  }\n  exclude {\n    nic = "*"\n  }'),),
        NETWORK,
        ("it finds 1 NIC, and exclude takes all of it out",),
    ),
    "a misspelt subnet": (
        (('select {\n    vm = "vm-web-*"\n  }', 'subnets = [\n    "snet",\n    "vnet-shop/sent",\n  ]'),),
        NETWORK,
        ("there is no subnet 'vnet-shop/sent'", "shop.flow.hcl:9", "did you mean 'vnet-shop/snet'?"),
    ),
    "a subnet like none": (
        (('select {\n    vm = "vm-web-*"\n  }', 'subnets = ["dmz"]'),),
        NETWORK,
        ("there is no subnet 'dmz'", "shop.flow.hcl:7", "the inventory has snet; write a name, vnet/subnet or an id"),
    ),
    "an ambiguous VM name": (
        (("vm-web-*", "vm-web-01"),),
        elsewhere(),
        ("shop.flow.hcl:7", "ambiguous", "give one of these ids", "rg-shop", "rg-two"),
    ),
}


@pytest.mark.parametrize("name", ONE_INTENT)
def test_an_intent_in_error(name: str, tmp_path: Path) -> None:
    changes, inventory, words = ONE_INTENT[name]
    spec = SPEC.replace("to       = [group.web, group.db]", "to       = [group.db]")
    for old, new in changes:
        spec = spec.replace(old, new)
    (tmp_path / "shop.flow.hcl").write_text(spec)
    (tmp_path / "net.json").write_text(inventory)
    before = contents(tmp_path)
    done = flowspec(*PLAN, cwd=tmp_path)
    assert done.returncode == 1
    text = unfolded(done.stdout)
    assert "! ERROR intent.web-to-db" in text
    assert [word for word in words if word not in text] == [], done.stdout
    assert "p.plan is not written" in done.stderr
    assert contents(tmp_path) == before
    report = json.loads(flowspec("plan", "-i", "net.json", "-o", "json", cwd=tmp_path).stdout)
    assert report["errored"] and not report["applyable"]
    assert [i["status"] for i in report["intents"] if i["address"] == "intent.no-ssh-from-outside"] != ["errored"]


def test_an_nsg_that_nobody_has_is_told_and_unknown(tmp_path: Path) -> None:
    (tmp_path / "shop.flow.hcl").write_text(SPEC)
    (tmp_path / "net.json").write_text(json.dumps({"value": resources(SSH)[1:]}, indent=1))
    done = flowspec(*PLAN, cwd=tmp_path)
    assert done.returncode == 2
    text = unfolded(done.stdout)
    assert "Warning: net.json:" in text and "NSG nsg-shop is not in the inventory, but subnet snet names it" in text
    assert "? MISSING the NSG nsg-shop" in text
    assert "0 satisfied, 0 drifted, 2 unknown" in text


# Saved plans and templates


def saved(folder: Path) -> Path:
    lay_out(folder, SSH, spec=SPEC.replace('"warning"', '"error"'))
    assert flowspec(*PLAN, cwd=folder).returncode == 2
    return folder / "p.plan"


EDITS: dict[str, Callable[[str], str]] = {
    "one digit": lambda text: text.replace('"priority": 190', '"priority": 191'),
    "one blank": lambda text: text.replace('"drifted"', '"satisfied"', 1),
    "cut off": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "no plan": lambda text: '{"hello": "world"}',
    "a newer format": lambda text: text.replace('"format_version": "1.0"', '"format_version": "2.0"'),
    "nested": lambda text: "[" * 100_000,
}


def test_a_plan_file_edited_by_hand(tmp_path: Path) -> None:
    plan = saved(tmp_path)
    text = plan.read_text("utf-8")
    assert flowspec("render", "p.plan", "--dialect", "az", cwd=tmp_path).returncode == 0
    for name, edit in EDITS.items():
        edited = edit(text)
        assert edited != text, name
        plan.write_text(edited, "utf-8")
        before = contents(tmp_path)
        for command in (("show", "p.plan"), ("render", "p.plan", "--dialect", "terraform", "--out-dir", "out")):
            done = flowspec(*command, cwd=tmp_path)
            assert (done.returncode, done.stdout) == (1, ""), (name, done.stderr)
            assert "p.plan" in done.stderr and "Traceback" not in done.stderr, name
        assert contents(tmp_path) == before
    plan.write_text(EDITS["one digit"](text), "utf-8")
    assert "Saved plan is stale" in flowspec("render", "p.plan", "--dialect", "az", cwd=tmp_path).stderr


TEMPLATES = {
    "does not parse": ("one\n{% for change in changes %}\n{{ change.rule }\n", ":3"),
    "an unknown filter": ("{{ 1 | no_such_filter }}\n", "no_such_filter"),
    "an unknown name": ("{{ no_such_name.field }}\n", "no_such_name"),
    "not text": (b"\xff\xfe\x00", "UTF-8"),
}


def test_a_template_that_does_not_parse(tmp_path: Path) -> None:
    saved(tmp_path)
    for name, (template, word) in TEMPLATES.items():
        (tmp_path / "mine.j2").write_bytes(template if isinstance(template, bytes) else template.encode())
        before = contents(tmp_path)
        done = flowspec("render", "p.plan", "--dialect", "mine.j2", "--out-dir", "out", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, ""), (name, done.stderr)
        assert "mine.j2" in done.stderr and word in done.stderr and "Traceback" not in done.stderr, (name, done.stderr)
        assert contents(tmp_path) == before and not (tmp_path / "out").exists()


@pytest.mark.parametrize("where", ["no/such/folder/p.plan", "net.json/p.plan", "."])
def test_out_to_a_place_that_can_not_be_written(where: str, tmp_path: Path) -> None:
    lay_out(tmp_path, SSH)
    before = contents(tmp_path)
    done = flowspec("plan", "-i", "net.json", "--out", where, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, ""), done.stdout
    assert f"Error: Can't write {where}" in done.stderr and "Traceback" not in done.stderr
    assert contents(tmp_path) == before
