"""The text report: whole outputs, and what must hold of every one."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
import pytest

from flowspec.model.documents.plan import (
    Cause,
    DecidedBy,
    IntentFlows,
    Pair,
    Report,
    SpecSource,
    Status,
    Summary,
    Total,
    UnknownPairs,
)
from flowspec.views import VIEWS, Style
from tests.views.sample import (
    ALSO_FINE,
    BOUNDARY,
    DELETE_TMP_SSH,
    FINE,
    NO_SSH,
    PARTNERS,
    SAMPLE,
    SSH,
    TO_DNS,
    nic,
    pair,
)

Golden = Callable[[str, str], None]
text = VIEWS["plan"]["text"]
replace = msgspec.structs.replace

EMPTY = Report(
    format_version="1.0", flowspec_version="0.1.0", today="2026-11-21", complete=True, errored=False, applyable=False,
    inventory=(), spec=SpecSource(files=(), digest="sha256:" + "0" * 64), assumptions=(), exceptions=(), not_judged=(),
    summary=Summary(), intents=(), suggested_changes=(), problems=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("sample.txt", Style()),
        ("sample-all.txt", Style(everything=True)),
        ("sample-colour-100.txt", Style(colour=True, width=100)),
        ("sample-40.txt", Style(width=40)),
    ],
)
def test_the_sample_looks_like_this(name: str, style: Style, golden: Golden) -> None:
    golden(f"views/{name}", text(SAMPLE, style))


def test_the_product_page_s_plan(golden: Golden) -> None:
    """The plan that the product page shows, at its width."""
    drifted = replace(NO_SSH, causes=(replace(NO_SSH.causes[0], changes=(0,)),))
    change = replace(DELETE_TMP_SSH, proof=replace(DELETE_TMP_SSH.proof, intents_checked=22))
    report = replace(
        SAMPLE,
        errored=False,
        exceptions=SAMPLE.exceptions[:1],
        summary=Summary(intents=22, satisfied=20, drifted=1, unknown=1, changes=1),
        intents=(drifted, PARTNERS),
        suggested_changes=(change,),
        problems=(),
    )
    golden("views/product.txt", text(report, Style(width=100)))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_lines_are_no_wider_than_asked_but_for_words_that_can_t_break(width: int) -> None:
    for line in text(SAMPLE, Style(width=width, everything=True)).splitlines()[:-1]:
        assert len(line) <= width or len(line.split()) <= 2, line


def test_colour_changes_nothing_but_colour() -> None:
    coloured = text(SAMPLE, Style(colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text(SAMPLE, Style())


def test_an_empty_plan_is_a_plan() -> None:
    expected = "Judged     security admin rules, NSGs.\n\n"
    expected += "Plan: 0 intents: 0 satisfied, 0 drifted, 0 unknown. 0 rules to add, 0 to change, 0 to delete.\n"
    assert text(EMPTY, Style()) == expected


def test_the_last_line_is_stable() -> None:
    assert text(SAMPLE, Style()).splitlines()[-1] == (
        "Plan: 8 intents: 2 satisfied, 3 drifted, 2 unknown, 1 in error. 1 rule to add, 1 to change, 1 to delete."
    )


HOSTILE = [
    "\x1b[2J\x1b[31mred",
    "two\nPlan: 9 intents: 9 satisfied",
    "car\rriage",
    "nul\0",
    "bidi\u202e\u2066",
    "zero\u200bwidth\ufeff",
    "line\u2028sep\x85",
    "lone\ud800",
    "tag\U000e0041",
    "::error file=x,line=1::boo",
    "##vso[task.complete result=Succeeded;]",
    "##[error]boo",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_does_not_act(name: str) -> None:
    decider = DecidedBy(nsg=nic(name), rule=f"securityRules/{name}", access="Allow", note=name)
    cause = Cause(deciders=(decider,), flows=(pair("TCP", "10.0.0.0/8", "10.0.0.4/32", "1"),), endpoints=(nic(name),),
                  no_change=name)  # fmt: skip
    intent = replace(NO_SSH, causes=(cause,), owner=name, description=name, address=f"intent.{name}")
    told = text(replace(SAMPLE, intents=(intent, PARTNERS, FINE)), Style(everything=True))
    usual = text(replace(SAMPLE, intents=(NO_SSH, PARTNERS, FINE)), Style(everything=True))
    assert all(c.isprintable() or c == "\n" for c in told)
    assert told.splitlines()[-1] == usual.splitlines()[-1]
    assert sum(line.startswith("Plan:") for line in told.splitlines()) == 1
    assert not re.search(r"(^|\s)(::\w+.*::|##\w*\[)", told)


@pytest.mark.parametrize("address", ["::", "::1", "::/0", "fe80::1234:5678:9abc", "2001:db8::/32"])
def test_ipv6_addresses_stay_readable(address: str) -> None:
    flows = (pair("TCP", address, "2001:db8::4/128", "443"),)
    intent = replace(NO_SSH, causes=(replace(NO_SSH.causes[0], flows=flows, direction=""),))
    assert f"from {address} to 2001:db8::4 (3 NICs: " in text(replace(SAMPLE, intents=(intent,)), Style(width=200))


def drift_text(*flows: Pair, direction: str = "Inbound", endpoints: int = 1) -> str:
    """The sentence that tells of these flows."""
    ids = tuple(nic(f"vm-{number:02}") for number in range(1, endpoints + 1))
    cause = replace(NO_SSH.causes[0], flows=flows, endpoints=ids, direction=direction)
    told = text(replace(SAMPLE, intents=(replace(NO_SSH, causes=(cause,)),)), Style(width=1000))
    return next(line.strip() for line in told.splitlines() if "Expected" in line)


@pytest.mark.parametrize(
    ("flows", "words"),
    [
        ([pair("TCP", "10.0.0.0/8", "10.1.0.4/32", "80"), pair("TCP", "10.0.0.0/8", "10.1.0.4/32", "443")],
         "Tcp 80, 443 from 10.0.0.0/8 to 1 NIC: vm-01"),
        ([pair("TCP", "10.0.0.0/8", "10.1.0.4/32", "80"), pair("UDP", "10.0.0.0/8", "10.1.0.4/32", "53")],
         "Tcp 80 and Udp 53 from 10.0.0.0/8 to 1 NIC: vm-01"),
        ([pair("TCP", "10.0.0.0/8", "10.1.0.4/32", "80"), pair("TCP", "11.0.0.0/8", "10.1.0.4/32", "443")],
         "Tcp 80 from 10.0.0.0/8 to 10.1.0.4; Tcp 443 from 11.0.0.0/8 to 10.1.0.4"),
        ([pair("ICMP", "10.0.0.0/8", "10.1.0.4/32", "")], "Icmp from 10.0.0.0/8 to 1 NIC: vm-01"),
        ([pair("TCP", "0.0.0.0/0", "10.1.0.4/32", "0-65535")], "Tcp on all ports from 0.0.0.0/0 to 1 NIC: vm-01"),
        ([pair("*", "0.0.0.0/0 ::/0", "10.1.0.4/32", "")], "all protocols from any address to 1 NIC: vm-01"),
        ([pair(p, "10.0.0.0/8", "10.1.0.4/32", "0-65535") for p in ("TCP", "UDP", "ICMP", "ESP", "AH", "OTHER")],
         "all protocols from 10.0.0.0/8 to 1 NIC: vm-01"),
        ([pair("OTHER", "10.0.0.0/8", "10.1.0.4/32", "")], "other protocols from 10.0.0.0/8 to 1 NIC: vm-01"),
        ([pair("TCP", "10.0.0.1/32 10.0.0.2/32 10.0.0.3/32 10.0.0.4/32 10.0.0.5/32 10.0.0.6/32", "10.1.0.4/32", "1")],
         "Tcp 1 from 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4 and 2 more to 1 NIC: vm-01"),
    ],
)  # fmt: skip
def test_flows_in_words_claim_no_more_than_there_is(flows: list[Pair], words: str) -> None:
    assert drift_text(*flows) == f"Expected Deny, but NSGs permit {words}"


def test_many_boxes_and_many_nics_are_shortened() -> None:
    flows = [pair("TCP", f"10.0.{number}.0/24", "10.1.0.4/32", str(number)) for number in range(1, 11)]
    assert drift_text(*flows).endswith("; and 7 more such sets (at 1 NIC: vm-01)")
    assert drift_text(SSH, endpoints=53).endswith("to 53 NICs: vm-01, vm-02, vm-03, vm-04, vm-05, vm-06 and 47 more")
    assert drift_text(SSH, endpoints=7).endswith("to 7 NICs: vm-01, vm-02, vm-03, vm-04, vm-05, vm-06, vm-07")


def test_source_ports_are_told_where_they_matter() -> None:
    flow = replace(SSH, source_ports=("1024-65535",))
    assert "from 198.51.100.0/24 source ports 1024-65535 to" in drift_text(flow)


def test_what_is_not_of_the_box_is_told() -> None:
    flow = replace(SSH, except_self=True)
    assert drift_text(flow).endswith("to 1 NIC: vm-01, without an address with itself")


def test_the_outbound_side_names_the_sources() -> None:
    assert drift_text(SSH, direction="Outbound").endswith("Tcp 22 from 1 NIC: vm-01 to 10.20.4.4, 10.20.4.5, 10.20.4.6")


def test_names_that_two_resources_share_carry_their_group() -> None:
    twins = (nic("vm-1", "rg-a"), nic("vm-1", "rg-b"), nic("vm-2", "rg-a"))
    cause = replace(NO_SSH.causes[0], endpoints=twins)
    told = text(replace(SAMPLE, intents=(replace(NO_SSH, causes=(cause,)),)), Style(width=200))
    assert "3 NICs: rg-a/vm-1, rg-b/vm-1, vm-2" in told
    elsewhere = twins[0].replace("00000000-", "11111111-")
    cause = replace(NO_SSH.causes[0], endpoints=(twins[0], elsewhere))
    told = text(replace(SAMPLE, intents=(replace(NO_SSH, causes=(cause,)),)), Style(width=400))
    assert f"2 NICs: {twins[0]}, {elsewhere}" in told


def test_exactly_these_flows_is_said_only_of_a_proof_that_shows_it() -> None:
    exact = "closes exactly these flows, opens nothing"
    report = replace(SAMPLE, intents=(NO_SSH,), problems=())
    assert exact in text(report, Style(width=200))
    more = replace(DELETE_TMP_SSH.proof, closes_total=Total(count="50331649"))
    partly = replace(DELETE_TMP_SSH.proof, intents_changed=(), status_changes=())
    twice = replace(NO_SSH, causes=(NO_SSH.causes[0], replace(NO_SSH.causes[0], remote="group.public")),
                    flows=replace(NO_SSH.flows, drift_total=Total(count="50331649")))  # fmt: skip
    for intent, proof in ((NO_SSH, more), (NO_SSH, partly), (twice, DELETE_TMP_SSH.proof)):
        changes = (replace(DELETE_TMP_SSH, proof=proof),)
        told = text(replace(report, intents=(intent,), suggested_changes=changes), Style(width=200))
        assert exact not in told
        assert "closes all of Tcp 22 from 198.51.100.0/24 to 10.20.4.4," in told


def test_a_fix_of_a_part_says_so() -> None:
    (mended,) = NO_SSH.causes
    without, partly = replace(mended, changes=(), no_change="full"), replace(mended, no_change="full")
    other = replace(mended, remote="group.public")
    cases = {
        (mended,): [],
        (mended, other, without): ["mends 2 of 3 causes"],
        (mended, partly, without): ["mends 1 of 3 causes and a part of 1 more", "rest not mended: full"],
        (partly,): ["mends only a part", "rest not mended: full"],
    }
    for causes, words in cases.items():
        told = text(replace(SAMPLE, intents=(replace(NO_SSH, causes=causes),)), Style(width=400))
        told = re.sub(" +", " ", told)
        assert all(word in told for word in words), causes
        assert words or not ("mends" in told or "rest" in told)


def test_a_cut_proof_says_that_it_is_not_rendered() -> None:
    changes = (replace(DELETE_TMP_SSH, proof=replace(DELETE_TMP_SSH.proof, truncated=True)),)
    assert "plan again with a larger --max-boxes" in text(
        replace(SAMPLE, suggested_changes=changes, intents=(NO_SSH,)), Style(width=200)
    )


def test_a_plan_that_is_not_complete_says_so() -> None:
    told = text(replace(EMPTY, complete=False, incomplete=("not read: subscription 1 (403)",)), Style())
    assert "This plan is not complete: not read: subscription 1 (403)." in told


@pytest.mark.parametrize(
    ("expect", "decider", "words"),
    [
        ("Deny", DecidedBy(nsg="", rule="", access="Allow"), "Expected Deny, but without an NSG these are permitted:"),
        ("Allow", DecidedBy(nsg="", rule="", access="Deny"), "Expected Allow, but without an NSG these are denied:"),
        ("Allow", DecidedBy(nsg=nic("nsg-x"), rule="", access="Deny"), "Expected Allow, but NSGs deny"),
        (
            "Allow",
            DecidedBy(nsg="", rule="adminRules/x", access="Deny"),
            "Expected Allow, but security admin rules deny",
        ),
    ],
)
def test_who_decided(expect: str, decider: DecidedBy, words: str) -> None:
    cause = replace(NO_SSH.causes[0], deciders=(decider,))
    told = text(replace(SAMPLE, intents=(replace(NO_SSH, expect=expect, causes=(cause,)),)), Style(width=200))
    assert words in told


def test_nothing_is_said_to_be_safe_or_to_reach() -> None:
    told = text(SAMPLE, Style(everything=True)).lower()
    assert not re.search(r"\b(safe|reach\w*)\b", told)


def test_unknown_flows_of_a_drifted_intent_are_told_too() -> None:
    unknown = UnknownPairs(flows=(), reason="the tag X has no data", endpoints=(nic("vm-9"),))
    intent = replace(NO_SSH, flows=IntentFlows(unknown=(unknown,)))
    assert "    vm-9: the tag X has no data" in text(replace(SAMPLE, intents=(intent,)), Style()).splitlines()


def test_blocks_come_by_status_and_then_by_severity() -> None:
    told = text(replace(SAMPLE, intents=(ALSO_FINE, PARTNERS, TO_DNS, BOUNDARY, NO_SSH)), Style())
    heads = re.findall(r"^[✗?!] \w+ +(\S+)", told, re.MULTILINE)
    assert heads == [NO_SSH.address, BOUNDARY.address, TO_DNS.address, PARTNERS.address]
    assert {i.status for i in (NO_SSH, BOUNDARY)} == {Status.DRIFTED}
