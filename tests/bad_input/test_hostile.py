"""Names and descriptions come from the cloud: whatever they hold, no view or script does more than show it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pygohcl
import pytest

from tests.cli.command import flowspec
from tests.cli.shop import GROUP, SPEC, lay_out, resources, rule

NASTY = {
    "escape": "a\x1b[31mred\x1b]0;title\x07",
    "newline": "a\nError: all is well\r\nPlan: 0 intents",
    "shell": "a$(touch pwned)`touch pwned`;touch pwned|touch pwned&touch pwned",
    "quotes": "a'\"'\"'; touch pwned; '\"",
    "terraform": 'a${file("/etc/passwd")}%{ if true }"\\',
    "jinja": "a{{ 7 * 7 }}{% raw %}",
    "bidi": "a\u202egpj.exe\u2066",
    "markup": "a<script>alert(1)</script>&amp;",
    "null": "a\x00b\x7f\x9b31m",
    "long": "a" * 5000,
}
FOR_A_CI = ("-o", "markdown=c.md", "-o", "step-summary=s.md", "-o", "azure-devops=a", "-o", "sarif=f", "-o", "junit=j")
PLAN = ("plan", "-i", "net.json", "--today", "2026-11-21")


def hostile(name: str) -> str:
    """The shop's network with the text for names, tags, a description, the NSG's id, and as a rule's source."""
    rules = [dict(rule("ssh", 190, "Allow", "8.8.8.0/24", "22")), dict(rule("tag", 191, "Allow", name, "22"))]
    rules[0] |= {"name": name, "id": f"{rules[0]['id']}-{name}"}
    rules[0]["properties"] = {**rules[0]["properties"], "description": name}  # type: ignore[dict-item]
    found = resources(*rules)
    for resource in found:
        resource["tags"] = {name: name}
    text = json.dumps(found)
    return text.replace("nsg-shop", json.dumps(f"nsg{name.replace('/', '_')}")[1:-1])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return lay_out(tmp_path, spec=SPEC.replace('"warning"', '"error"'))


@pytest.mark.parametrize("kind", NASTY)
def test_views_and_scripts(kind: str, shop: Path) -> None:
    name = NASTY[kind]
    (shop / "net.json").write_text(hostile(name))
    done = flowspec(*PLAN, "--out", "p.plan", cwd=shop)
    assert "Traceback" not in done.stderr
    if done.returncode == 1:  # refused: the message may be no worse than a view
        assert_plain(done.stderr)
        assert not (shop / "p.plan").exists()
        return
    assert done.returncode == 2
    assert_plain(done.stdout)
    assert done.stdout.splitlines()[-1].startswith("Plan: 2 intents: ")
    assert not any(line.startswith(("Error: all", "Plan: 0")) for line in done.stdout.splitlines())
    report = json.loads((shop / "p.plan").read_text("utf-8"))
    deciders = [d for i in report["intents"] for c in i["causes"] for d in c["deciders"]]
    assert f"securityRules/{name}" in {decider["rule"] for decider in deciders}, "JSON tells it as it is"
    assert report["suggested_changes"]
    written = flowspec("show", "p.plan", "-o", "github", *FOR_A_CI, "-o", "html=h", "-o", "svg=v", cwd=shop)
    assert (written.returncode, written.stderr) == (0, "")
    for text in (
        written.stdout,
        *((shop / file).read_text("utf-8") for file in ("c.md", "s.md", "a", "f", "j", "h", "v")),
    ):
        assert_plain(text)
    for dialect in ("az", "terraform"):
        check_script(dialect, shop)


JSON = [
    ("plan", "-i", "net.json", "-json"),
    ("show", "p.plan", "-json"),
    ("diff", "net.json", "old.json", "-json"),
    ("targets", "-i", "net.json", "-json"),
    ("validate", "bad.flow.hcl", "-json"),
    ("verify", "-i", "net.json", "--vm", "vm-web-01", "--direction", "Inbound", "--protocol", "TCP",
     "--local", "10.0.0.4:22", "--remote", "8.8.8.8:4000", "-json"),
    ("verify", "-i", "net.json", "--flows", "flows"),
]  # fmt: skip


@pytest.mark.parametrize("command", JSON, ids=" ".join)
def test_json_does_not_act_on_a_terminal(command: tuple[str, ...], shop: Path) -> None:
    """What a terminal would act on is escaped, as JSON can: the document is the same."""
    name = "a\x7f\x80\x9b31m\u200b\u200f\u202egpj.exe\u2066\u2028\ufeff\U000e0041\u00fc"
    (shop / "net.json").write_text(hostile(name))
    (shop / "old.json").write_text(json.dumps(resources()))
    (shop / "bad.flow.hcl").write_text('intent "x" {\n  owner = "' + name[3:] + '"\n  expect = "' + name[3:] + '"\n}\n')
    flow = {"targetResourceId": "vm-web-01", "direction": "Inbound", "protocol": "TCP", "localPort": "22",
            "remotePort": "4000", "localIPAddress": "10.0.0.4", "remoteIPAddress": "8.8.8.8"}  # fmt: skip
    (shop / "flows").write_text("".join(json.dumps(f) + "\n" for f in (flow, {**flow, "protocol": name})))
    flowspec(*PLAN, "shop.flow.hcl", "--out", "p.plan", cwd=shop)
    done = flowspec(*command, *(["shop.flow.hcl"] if command[0] in ("plan", "targets") else []), cwd=shop)
    assert done.stdout and "Traceback" not in done.stderr
    assert done.stdout.replace("\n", "").isprintable()
    documents = [json.loads(line) for line in ([done.stdout] if "-json" in command else done.stdout.splitlines())]
    told = json.dumps(documents, ensure_ascii=False)
    assert command[0] in ("targets", "validate") or "\u202egpj.exe\u2066" in told
    assert_plain(done.stderr)


def check_script(dialect: str, shop: Path) -> None:
    done = flowspec("render", "p.plan", "--dialect", dialect, cwd=shop)
    assert "Traceback" not in done.stderr
    if done.returncode == 1:
        assert_plain(done.stderr)
        return
    assert done.returncode == 0
    if dialect == "terraform":
        blocks = pygohcl.loads(done.stdout)["resource"]["azurerm_network_security_rule"]
        written = json.loads((shop / "p.plan").read_text("utf-8"))["suggested_changes"]
        assert sorted(block["name"] for block in blocks.values()) == sorted(change["rule"] for change in written)
    else:
        run_script(done.stdout, shop)


def run_script(script: str, shop: Path) -> None:
    """With an `az` that only counts: nothing else of it runs."""
    tools = shop / "bin"
    tools.mkdir(exist_ok=True)
    (tools / "az").write_text('#!/bin/sh\necho "$1 $2 $3 $4" >> "$CALLS"\n')
    (tools / "az").chmod(0o755)
    (shop / "calls").unlink(missing_ok=True)
    (shop / "fix.sh").write_text(script)
    environment = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(shop),
        "CALLS": str(shop / "calls"),
    }
    ran = subprocess.run(["bash", "fix.sh"], cwd=shop, env=environment, capture_output=True)
    assert ran.returncode == 0, ran.stderr
    assert set((shop / "calls").read_text().splitlines()) == {"network nsg rule create"}
    assert not list(shop.rglob("pwned*"))


def assert_plain(text: str) -> None:
    """No control character but the line's end, and nothing that turns the direction of writing."""
    bad = [c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202a\u202e\u2066\u2069"]
    assert not bad, bad[:5]


def test_ids_that_are_no_ids(shop: Path) -> None:
    """A name that is a path, or an id that is none, is a message at most."""
    for bad in ("../../../etc/passwd", "/subscriptions/x", "", "a" * 100_000):
        text = json.dumps(resources(rule("ssh", 190, "Allow", "8.8.8.0/24", "22")))
        (shop / "net.json").write_text(text.replace(f"{GROUP}/Microsoft.Network/networkSecurityGroups/nsg-shop", bad))
        done = flowspec(*PLAN, cwd=shop)
        assert done.returncode in (1, 2) and "Traceback" not in done.stderr, bad[:50]
