"""Each code by hand: what is said, and what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from flowspec.linting.codes import CODES
from flowspec.model.documents.lint import Lint, LintFinding
from flowspec.model.spec import Spec
from flowspec.pipeline import lint
from flowspec.views import VIEWS, Style
from tests.document import fits
from tests.engine.loading import load_documents
from tests.outputs.test_junit import schema as junit_schema
from tests.outputs.test_sarif import schema as sarif_schema
from tests.plan.lab import TODAY, group, intent, item, nic, nics, nsg, spec_of, vnet, within

Json = dict[str, Any]
DOCS = Path(__file__).parents[2] / "docs"
WEB = "web 200 In Allow Tcp 8.8.8.0/24 -> *|443"


def linted(*resources: Json, tags: Json | None = None, spec: Spec | None = None) -> Lint:
    documents: dict[str, Any] = {"net.json": list(resources)}
    if tags is not None:
        documents["tags.json"] = tags
    found, _ = lint(load_documents(documents), TODAY, spec)
    fits(VIEWS["lint"]["json"](found, Style()), "lint")
    return found


def of(rules: str, *resources: Json, **options: Any) -> list[LintFinding]:
    """What is found of an NSG with these rules, on a subnet with one NIC."""
    own = nsg("nsg-snet", *filter(None, map(str.strip, rules.splitlines())))
    network = vnet(snet=within("nsg-snet", "10.0.0.0/24"))
    return list(linted(own, network, nic("nic", "10.0.0.4"), *resources, **options).findings)


def told(findings: list[LintFinding]) -> list[tuple[str, str]]:
    return [(one.code, one.rule.rpartition("/")[2] or one.resource.rpartition("/")[2]) for one in findings]


def because(finding: LintFinding) -> list[str]:
    return [decider.rule.rpartition("/")[2] for decider in finding.because]


def test_a_clean_network_gives_nothing() -> None:
    assert of(WEB) == []
    assert of("deny 4000 In Deny * VirtualNetwork -> *\n" + WEB) == []


def test_rules_together_take_all_flows_those_of_another_action_first() -> None:
    rules = """
        low  100 In Allow Tcp * -> *|0-499
        high 110 In Deny  Tcp * -> *|500-65535
        none 120 In Deny  Udp * -> *
        dead 200 In Allow Tcp 8.8.8.8 -> *|400-600
    """
    (found,) = of(rules)
    assert (found.code, found.severity, found.rule) == ("FS101", "warning", "securityRules/dead")
    assert because(found) == ["high", "low"]
    assert found.fix == "delete dead"


def test_the_covering_rules_are_minimal() -> None:
    rules = """
        a 100 In Allow Tcp 8.8.8.8 -> *|443
        b 110 In Allow Tcp 8.8.8.0/24 -> *
        c 120 In Allow Tcp 8.8.8.8 -> *|400-500
    """
    never = [one for one in of(rules) if one.code == "FS101"]
    assert [(one.rule, because(one), one.severity) for one in never] == [("securityRules/c", ["b"], "info")]


def test_a_rule_that_a_later_one_makes_idle_could_go() -> None:
    rules = """
        narrow 100 In Allow Tcp 8.8.8.8 -> *|443
        wide   200 In Allow Tcp 8.8.8.0/24 -> *|443
    """
    (found,) = of(rules)
    assert (found.code, found.rule, because(found)) == ("FS102", "securityRules/narrow", ["wide"])
    assert of(rules + "between 150 In Deny Udp * -> *")[0].rule == "securityRules/narrow"
    assert of(rules + "between 150 In Deny Tcp 8.8.8.8/31 -> *|443") == []


def test_what_hinges_on_a_tag_without_data_is_not_said_to_be_taken() -> None:
    assert of("tagged 100 In Deny * Storage -> *\n" + WEB) == []
    (found,) = of("one 100 In Deny * Storage -> *\ntwo 200 In Allow Tcp Storage -> *|443")
    assert (found.code, found.rule) == ("FS101", "securityRules/two")


def test_the_other_nsg_makes_a_rule_idle_at_every_nic() -> None:
    subnet, own = nsg("nsg-snet", WEB), nsg("nsg-nic", "no 300 In Deny Tcp * -> *|443")
    network = vnet(snet=within("nsg-snet", "10.0.0.0/24"))
    closed, open_ = nic("nic", "10.0.0.4", nsg="nsg-nic"), nic("other", "10.0.0.5")
    (found,) = linted(subnet, own, network, closed).findings
    assert (found.code, found.rule, because(found)) == ("FS103", "securityRules/web", ["no"])
    assert found.message.endswith("all that only it permits is stopped by nsg-nic/no (300)")
    assert linted(subnet, own, network, closed, open_).findings == ()


def test_names_that_stand_for_nothing() -> None:
    group = item("applicationSecurityGroups", "asg-gone")
    assert told(of("gone 100 In Allow Tcp asg-gone -> *|443", group)) == [("FS201", "gone")]
    assert (
        told(of("in 100 In Allow Tcp 8.8.8.8 -> asg-gone|443", group, nic("n", "10.0.0.9", asgs=("asg-gone",)))) == []
    )
    assert told(of("far 100 In Allow Tcp 10.77.0.0/24 -> *|443")) == [("FS202", "far")]
    assert told(of("far 100 In Allow Tcp 203.0.113.0/24 -> *|443")) == []
    data = {"changeNumber": 1, "values": [{"name": n, "properties": {"addressPrefixes": p}}
                                          for n, p in (("Empty", []), ("Full", ["20.1.0.0/16"]))]}  # fmt: skip
    names = ("Empty", "Full", "Else")
    rules = "\n".join(f"{name} {100 + at} In Allow Tcp {name} -> *|443" for at, name in enumerate(names))
    assert told(of(rules, tags=data)) == [("FS203", "Empty")]


@pytest.mark.parametrize("more", [
    item("virtualNetworkGateways", "vgw", gatewayType="ExpressRoute", enableBgp=False, ipConfigurations=[]),
    item("virtualHubs", "hub"),
])  # fmt: skip
def test_private_addresses_may_be_anywhere_where_routes_are_learned(more: Json) -> None:
    assert told(of("far 100 In Allow Tcp 10.77.0.0/24 -> *|443", more)) == []


def test_what_hangs_loose() -> None:
    assert told(of(WEB, nsg("nsg-loose", WEB))) == [("FS301", "nsg-loose")]
    bare = vnet(snet=within(None, "10.0.0.0/24"), GatewaySubnet=within(None, "10.0.1.0/27"),
                AzureBastionSubnet=within(None, "10.0.2.0/27"))  # fmt: skip
    assert told(list(linted(bare, nic("nic", "10.0.0.4")).findings)) == [("FS302", "snet")]
    both = (nic("a", "10.0.0.4"), nic("b", "10.0.0.5", nsg="nsg-b"))
    assert told(list(linted(bare, *both, nsg("nsg-b", WEB)).findings)) == [("FS303", "a")]
    assert linted(bare, both[1], nsg("nsg-b", WEB)).findings == ()


def test_copies_and_slips() -> None:
    many = [nsg(f"nsg-{n}", f"shared {100 + n} In Allow Tcp 8.8.8.8 -> *|443") for n in range(10)]
    subnets = {f"s{n}": within(f"nsg-{n}", f"10.0.{n}.0/24") for n in range(10)}
    (found,) = linted(*many, vnet(**subnets)).findings
    assert (found.code, len(found.because)) == ("FS401", 9)
    strayed = [*many[:3], nsg("nsg-3", "shared 100 In Allow Tcp 8.8.8.8 -> *|4443")]
    (found,) = linted(*strayed, vnet(**{s: subnets[s] for s in ("s0", "s1", "s2", "s3")})).findings
    assert (found.code, found.nsg.rpartition("/")[2], len(found.because)) == ("FS402", "nsg-3", 3)
    slip = "a 100 In Allow Tcp 8.8.8.8 -> *|22\nb 110 In Allow Tcp 8.8.8.8 -> *|{}"
    assert told(of(slip.format(222))) == [("FS402", "b")]
    assert of(slip.format(2222)) == of(slip.format(8022)) == []


def test_a_prefix_shorter_than_its_address() -> None:
    found = of("wide 100 In Allow Tcp 8.8.8.0/8 -> *|443\nlazy 200 In Allow Udp 8.8.8.5/24 -> *|443")
    assert [(one.code, one.rule.rpartition("/")[2], one.severity) for one in found] == [
        ("FS403", "wide", "warning"), ("FS403", "lazy", "info"),
    ]  # fmt: skip
    assert "8.8.8.0/24 meant" in found[0].message


def test_a_rule_wider_than_any_intent() -> None:
    wanted = intent("in", "group.far", "group.here", "Allow")
    wanted += intent("not", "group.far", "group.here", "Deny", "444")
    spec = spec_of(group("far", 'prefixes = ["8.8.8.0/24"]') + nics("here", "nic") + wanted)
    assert of(WEB, spec=spec) == []
    (found,) = of(WEB.replace("|443", "|443-444"), spec=spec)
    assert (found.code, found.rule) == ("FS501", "securityRules/web")
    assert "more than any" in found.message and ":444" in found.message
    rules = WEB + "\nother 210 In Allow Udp 9.9.9.9 -> *|53\nstop 100 In Deny Tcp 8.8.8.0/24 -> *|444"
    (found,) = of(rules.replace("|443", "|443-444"), spec=spec)
    assert found.rule == "securityRules/other" and "what no Allow intent" in found.message


HOSTILE_RULE = "\x1b[31mweb\n::error::x\u202e"


def test_the_unreachable_lines_of_a_well_known_filter() -> None:
    """Line 670 by 540, which does otherwise, and 790 by 500, which does the same: what Batfish's notebook on filters
    finds (`filterLineReachability` of acl_in), in the lines that have a part in it."""
    lines = nsg("acl-in", "line-460 460 In Deny Udp 10.10.10.42/32 -> 218.8.104.58/32|53",
                "line-480 480 In Deny * 118.143.170.93/8 -> *", "line-500 500 In Deny * 54.203.159.13/8 -> *",
                "line-540 540 In Deny * 166.146.58.184/12 -> *", "line-600 600 In Deny * 224.0.0.0/3 -> *",
                "line-660 660 In Allow Udp 10.10.10.0/24 -> 218.8.104.58/32|53",
                "line-670 670 In Allow * 166.146.58.184 -> *",
                "line-790 790 In Deny * 54.203.159.1/32 -> *", "line-1300 1300 In Allow Icmp * -> *",
                "line-2020 2020 In Deny Tcp * -> *", "line-2060 2060 In Deny Udp * -> *",
                "line-2080 2080 In Deny * * -> *")  # fmt: skip
    found = [one for one in linted(lines).findings if one.code == "FS101"]
    assert {(one.rule, one.severity, *(because.rule for because in one.because)) for one in found} == {
        ("securityRules/line-670", "warning", "securityRules/line-540"),
        ("securityRules/line-790", "info", "securityRules/line-500"),
    }


def test_very_many_of_one_kind_are_told_in_brief() -> None:
    """Of each NSG by itself; what is left out is counted, and --all has it."""
    rules = [f"r{number} {101 + number} In Deny Tcp 8.8.8.8 -> *|{number + 1}" for number in range(23)]
    every = "all 100 In Allow Tcp * -> *"
    found = linted(nsg("nsg-a", every, *rules), nsg("nsg-b", every, *rules[:20]), vnet())
    text = VIEWS["lint"]["text"](found, Style())
    assert text.count("✗ FS101") + text.count("⚠ FS101") == 40
    assert "… 3 more FS101 in nsg-a\n    --all lists them\n" in text and "more FS101 in nsg-b" not in text
    assert VIEWS["lint"]["text"](found, Style(everything=True)).count("FS101 nsg-") == 43


def hostile() -> Lint:
    own = nsg("nsg-snet", WEB, "dead 300 In Deny Tcp 8.8.8.8 -> *|443")
    own["properties"]["securityRules"][0]["name"] = HOSTILE_RULE
    return linted(own, vnet(snet=within("nsg-snet", "10.0.0.0/24")), nic("nic", "10.0.0.4"))


def test_every_format_tells_every_finding_and_makes_names_visible() -> None:
    for form, draw in VIEWS["lint"].items():
        text = draw(hostile(), Style())
        assert "FS101" in text, form
        assert "\x1b" not in text and "\u202e" not in text and "\n::error::x" not in text, form
        draw(linted(vnet()), Style())


def test_sarif_fits_its_schema_and_junit_too() -> None:
    log = json.loads(VIEWS["lint"]["sarif"](hostile(), Style()))
    sarif_schema().validate(log)
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == "FS101" and result["level"] == "warning"
    junit_schema().assertValid(etree.fromstring(VIEWS["lint"]["junit"](hostile(), Style()).encode()))
    assert "nothing found" in VIEWS["lint"]["junit"](linted(vnet()), Style())


def test_every_code_has_a_page() -> None:
    pages = {page.stem: page.read_text("utf-8") for page in (DOCS / "lint").glob("FS*.md")}
    assert set(pages) == set(CODES)
    listed = (DOCS / "lint.md").read_text("utf-8")
    for code, page in pages.items():
        assert page.startswith(f"# {code}: ")
        assert f"[{code}](lint/{code}.md) | {CODES[code].severity}" in listed
        assert f"Severity: {CODES[code].severity}" in page
