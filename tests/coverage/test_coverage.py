"""`flowspec coverage`: what is left is permitted, and no intent or boundary asks about it."""

from __future__ import annotations

import json
from contextlib import chdir
from dataclasses import replace
from datetime import date
from ipaddress import ip_address
from pathlib import Path

import pytest

from flowspec.cli.app import run
from flowspec.coverage.coverage import coverage_of
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from flowspec.views import VIEWS, Style
from tests.document import fits
from tests.gating.change import Json, resources, rule, told, write
from tests.plan import lab

EXAMPLES = Path(__file__).parents[2] / "examples"
GROUPS = """
group "web" {
  select {
    vm = "vm-web-*"
  }
}
group "all" {
  prefixes = ["0.0.0.0/0"]
}
"""


def intent(name: str, more: str) -> str:
    return f'intent "{name}" {{\n{more}\n}}\n'


TO_WEB = 'from = [group.all]\nto = [group.web]\nprotocol = "*"\nexpect = "Allow"\n'
TO_ALL = TO_WEB.replace("group.web", "group.all")
FROM_WEB = 'from = [group.web]\nto = [group.all]\nprotocol = "*"\nexpect = "Allow"\n'


def covered(folder: Path, spec: str, *arguments: str) -> tuple[int, Json]:
    (folder / "shop.flow.hcl").write_text(spec)
    write(folder, "net.json", resources(rule("https", 200, "Allow", "8.8.8.0/24", "443")))
    return told(folder, "coverage", "-i", "net.json", *arguments)


def of_web(found: Json, direction: str) -> list[str]:
    return [g["rule"] for g in found["gaps"] if g["direction"] == direction and any("web" in n for n in g["nics"])]


def test_what_an_intent_is_about_is_no_gap(tmp_path: Path) -> None:
    _, none = covered(tmp_path, GROUPS + intent("unfit", TO_WEB + "enabled = false"))
    _, some = covered(tmp_path, GROUPS + intent("fit", TO_WEB))
    assert of_web(none, "Inbound") and of_web(none, "Outbound")
    assert not of_web(some, "Inbound")
    assert of_web(some, "Outbound")
    assert (none["percent"], none["spoken"], none["permits"], none["default_spoken"]) == (0, 0, 2, 0)
    assert (some["percent"], some["spoken"], some["permits"], some["default_spoken"]) == (50, 1, 2, 1)


def test_what_default_rules_permit_does_not_count(tmp_path: Path) -> None:
    code, found = covered(tmp_path, GROUPS + intent("fit", TO_ALL.replace('"*"', '"Tcp"\nports = [443]')),
                          "--min-coverage", "100")  # fmt: skip
    assert (code, found["percent"], found["default_spoken"]) == (0, 100, 0) and found["default_permits"] > 4
    assert found["gaps"] and all(gap["by_default"] for gap in found["gaps"])


def test_where_no_nsg_applies_nothing_passes_by_default() -> None:
    network = lab.load_documents({"net.json": [lab.vnet(snet=lab.within()), lab.nic("nic", "10.0.0.4")]})
    spec = lab.spec_of(lab.nics("one", "nic") + lab.intent("i", "group.one", "group.any", "Allow"))
    found = coverage_of(spec, network, date(2026, 11, 21), lambda where: where)
    assert (found.percent, found.permits, found.default_permits) == (0, 2, 0)
    assert not any(gap.by_default for gap in found.gaps)


def test_a_rule_of_the_first_nsg_is_silent_too() -> None:
    """What the subnet's NSG lets in by its own rule, the NIC's lets in by default."""
    network = lab.load_documents({"net.json": [
        lab.nsg("nsg-snet", "app 100 In Allow Tcp 10.0.1.0/24 -> *|443", "rest 200 In Deny * * -> *"),
        lab.nsg("nsg-nic"), lab.vnet(snet=lab.within("nsg-snet", "10.0.0.0/24")),
        lab.nic("nic", "10.0.0.4", nsg="nsg-nic")]})  # fmt: skip
    spec = lab.spec_of(lab.nics("one", "nic") + lab.intent("i", "group.one", "group.any", "Allow"))
    found = coverage_of(spec, network, date(2026, 11, 21), lambda where: where)
    assert {rule.rule for rule in found.silent_rules} == {"securityRules/app", "securityRules/rest"}
    assert (found.permits, [gap.rule for gap in found.gaps if not gap.by_default]) == (1, ["securityRules/app"])


def test_what_an_address_may_send_to_itself_is_nobodys_flow() -> None:
    network = lab.load_documents({"net.json": [
        lab.nsg("nsg", "own 100 In Allow * 10.0.0.4 -> 10.0.0.4", "in 200 In Deny * * -> *",
                "out 200 Out Deny * * -> *"),
        lab.vnet(snet=lab.within("nsg", "10.0.0.0/24")), lab.nic("nic", "10.0.0.4")]})  # fmt: skip
    spec = lab.spec_of(lab.nics("one", "nic") + lab.intent("i", "group.one", "group.any", "Deny"))
    found = coverage_of(spec, network, date(2026, 11, 21), lambda where: where)
    assert (found.permits, found.gaps) == (0, ())


def test_of_two_with_one_address_only_the_one_that_is_asked_about_is_spoken_of() -> None:
    """Overlapping VNets, as those of two customers."""
    network = lab.load_documents({"net.json": [
        lab.nsg("nsg", "in 100 In Allow Tcp * -> *|443", "rest 200 In Deny * * -> *", "out 200 Out Deny * * -> *"),
        *(lab.vnet(name, "10.0.0.0/24", snet=lab.within("nsg")) for name in ("vnet-a", "vnet-b")),
        *(lab.nic(f"nic-{name}", "10.0.0.4", vnet=f"vnet-{name}") for name in "ab")]})  # fmt: skip
    spec = lab.spec_of(lab.nics("one", "nic-a") + lab.intent("i", "group.any", "group.one", "Allow"))
    found = coverage_of(spec, network, date(2026, 11, 21), lambda where: where)
    assert (found.permits, found.spoken) == (2, 1)
    assert [[nic.rsplit("/", 1)[-1] for nic in gap.nics] for gap in found.gaps] == [["nic-b"]]


def test_an_intent_in_error_speaks_of_nothing_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = intent("wrong", TO_WEB.replace("group.all", "group.nobody"))
    spec = GROUPS + 'group "nobody" {\n  select {\n    vm = "vm-none"\n  }\n}\n' + wrong
    code, found = covered(tmp_path, spec, "--min-coverage", "0")
    text = capsys.readouterr().out
    assert code == 1 and found["spoken"] == 0
    assert found["problems"][0]["summary"].startswith("intent.wrong is in error and not counted: ")
    assert "Error: shop.flow.hcl" in text and "intent.wrong is in error and not counted" in text


def test_the_day_decides_which_exceptions_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Past its day an exception no longer keeps an Allow and a Deny apart, and both speak of nothing."""
    no_ssh = intent("no-ssh", TO_WEB.replace("Allow", "Deny").replace('"*"', '"Tcp"') + "ports = [22]")
    office = intent("ssh", TO_WEB.replace('"*"', '"Tcp"') + "ports = [22]")
    until = 'exception "e" {\nof = [intent.no-ssh]\nreason = "r"\nowner = "o"\nexpires = "2026-12-31"\n}\n'
    for day, code in (("2026-12-31", 0), ("2027-01-01", 1)):
        assert covered(tmp_path, GROUPS + no_ssh + office + until, "--today", day)[0] == code, day
        capsys.readouterr()


def test_a_rule_is_silent_until_something_asks_about_its_flows() -> None:
    """In the shop nothing asks whom else its databases hear."""
    with chdir(EXAMPLES / "shop"):
        spec, network = load_spec(["."]), load_inventory(["network"])
    found = coverage_of(spec, network, date(2026, 11, 21), lambda where: where)
    assert [one.rule for one in found.silent_rules] == ["securityRules/deny-vnet"]
    idle = {name: replace(one, enabled=False) for name, one in spec.intents.items()}
    bare = coverage_of(replace(spec, intents=idle, boundaries={}), network, date(2026, 11, 21), lambda where: where)
    assert len(bare.silent_rules) > 3
    assert (bare.spoken, bare.permits) == (0, found.permits)


def test_sets_are_told_by_the_names_people_know() -> None:
    """`Tcp 8080 from Internet to 3 NICs`: JSON has the prefixes, and the name beside them."""
    found = lab.load_documents({"net.json": [
        lab.nsg("nsg", "web 100 In Allow Tcp Internet -> *|8080", "in 110 In Allow Tcp 10.0.0.0/24 -> *|22",
                "rest 200 In Deny * * -> *"),
        lab.vnet(snet=lab.within("nsg", "10.0.0.0/24")),
        *(lab.nic(f"n{number}", f"10.0.0.{number}") for number in (4, 5, 6))]})  # fmt: skip
    spec = lab.spec_of(lab.nics("one", "n4") + lab.intent("i", "group.one", "group.one", "Deny", "9"))
    told = coverage_of(spec, found, date(2026, 11, 21), lambda where: where)
    text = VIEWS["coverage"]["text"](told, Style(width=200))
    assert "Tcp 8080 from Internet to 3 NICs (n4, n5, n6), no intent: Inbound by nsg/securityRules/web" in text
    assert "Tcp 22 from subnet vnet/snet to 3 NICs (n4, n5, n6)" in text
    assert "from Internet to 3 NICs" in VIEWS["coverage"]["html"](told, Style())
    (gap,) = (one for one in told.gaps if one.rule == "securityRules/web")
    assert {pair.source_named for pair in gap.flows} == {"Internet"} and len(gap.flows[0].source) > 300
    document = json.loads(fits(VIEWS["coverage"]["json"](told, Style()), "coverage"))
    assert "source_named" not in str(next(one for one in document["gaps"] if one["direction"] == "Outbound")["flows"])


def test_one_port_leaves_the_others(tmp_path: Path) -> None:
    _, found = covered(tmp_path, GROUPS + intent("fit", TO_WEB.replace('"*"', '"Tcp"\nports = [22]')))
    assert of_web(found, "Inbound")


def test_below_the_minimum_it_ends_with_2(tmp_path: Path) -> None:
    spec = GROUPS + intent("in", TO_WEB) + intent("out", FROM_WEB)
    code, found = covered(tmp_path, spec)
    assert code == 0
    assert found["percent"] == 50
    assert covered(tmp_path, spec, "--min-coverage", "50")[0] == 0
    assert covered(tmp_path, spec, "--min-coverage", "50.1")[0] == 2
    assert covered(tmp_path, spec, "--min-coverage", "101")[0] == 1


def test_all_is_covered_where_all_is_spoken_about(tmp_path: Path) -> None:
    everyone = 'group "everyone" {\n  select {\n    nic = "*"\n  }\n}\n'
    spec = GROUPS + everyone + intent("in", TO_WEB.replace("group.web", "group.everyone"))
    code, found = covered(tmp_path, spec + intent("out", FROM_WEB.replace("group.web", "group.everyone")),
                          "--min-coverage", "100")  # fmt: skip
    assert (code, found["percent"], found["gaps"], found["silent_rules"]) == (0, 100, [], [])
    assert found["uncovered"]


@pytest.mark.parametrize("name", ["shop", "hub-spoke", "two-nsgs", "missing-data"])
def test_each_gap_is_permitted_and_nothing_asks_about_it(name: str, tmp_path: Path) -> None:
    folder = EXAMPLES / name
    file = tmp_path / "out.json"
    with chdir(folder):
        assert run(["coverage", ".", "-i", "network", "-o", f"json={file}"]) == 0
    found = json.loads(fits(file.read_text("utf-8"), "coverage"))
    assert found["gaps"]
    for gap in found["gaps"]:
        example = gap["total"]["example"]
        inbound = gap["direction"] == "Inbound"
        here, there = ("destination", "source") if inbound else ("source", "destination")
        if gap["access"] != "Allow" or not gap["nsg"] or example["protocol"] not in ("TCP", "UDP"):
            continue
        assert ip_address(example["source"]) and ip_address(example["destination"])
        flow = ["--direction", gap["direction"], "--protocol", example["protocol"].title(),
                "--local", f"{example[here]}:{example[f'{here}_port']}",
                "--remote", f"{example[there]}:{example[f'{there}_port']}"]  # fmt: skip
        answers = []
        for nic in gap["nics"]:
            answer = tmp_path / "verify.json"
            answer.unlink(missing_ok=True)
            run(["verify", "-i", str(folder / "network"), "--nic", nic, *flow, "-o", f"json={answer}"])
            answers.append(json.loads(answer.read_text()) if answer.exists() else {})
        assert {"access": "Allow"}.items() <= max(answers, key=len).items(), (gap, answers)
