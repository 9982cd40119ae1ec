"""What a proof says of a rule put in by hand, and the suggestions that it refuses."""

from __future__ import annotations

import pytest

from flowspec.fixes.prove import Trial
from flowspec.model.inventory import Access
from flowspec.views import VIEWS, Style
from tests.plan.lab import fixes, group, intent, nic, nics, nsg, plan, vnet, why_not, within
from tests.plan.proving import harmed, inbound

B = nic("b", "10.0.0.5")
OPAQUE = "opaque 100 In {} * Storage -> *"
"""A rule that may decide everything: the tag has no data."""
BESIDE = "the rule that would mend it would change flows that the intent is not about"


def counts(effect: Trial) -> tuple[int, int]:
    """How many flows open, and close."""
    moved = effect.moved.values()
    return sum(found.opens.count() for found in moved), sum(found.closes.count() for found in moved)


def test_more_drift_is_harm_to_what_drifts_already() -> None:
    spec = group("p", 'prefixes = ["20.0.0.0/24"]') + nics("b") + intent("i", "group.p", "group.b", "Allow", "80, 443")
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", "web 200 In Allow Tcp 20.0.0.0/24 -> *|80"), B]
    effect, worse = harmed(spec, inbound(Access.DENY, 150, "20.0.0.0/25", "80"), *network)
    assert effect.judged["intent.i"].status == "drifted", "as before"
    assert worse == ["intent.i"]
    _, worse = harmed(spec, inbound(Access.ALLOW, 150, "20.0.0.0/25", "443"), *network)
    assert not worse


def test_what_is_no_longer_known_is_harm_to_what_drifts_already() -> None:
    """Port 80 is denied; with the rule, 443 hinges on a tag without data."""
    spec = group("p", 'prefixes = ["20.0.0.0/24"]') + nics("b") + intent("i", "group.p", "group.b", "Allow", "80, 443")
    rules = ("web 100 In Deny Tcp * -> *|80", "opaque 110 In Allow * Storage -> *", "all 310 In Allow Tcp * -> *")
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", *rules), B]
    effect, worse = harmed(spec, inbound(Access.DENY, 200, "20.0.0.0/25", "443"), *network)
    assert effect.judged["intent.i"].status == "drifted", "as before"
    assert worse == ["intent.i"]
    _, worse = harmed(spec, inbound(Access.DENY, 200, "20.0.0.0/25", "80"), *network)
    assert not worse


def test_a_fix_by_which_another_intent_drifts_more_is_not_offered() -> None:
    """The prefix may be in the tag, of which a part drifts already."""
    spec = group("p", 'prefixes = ["20.0.0.0/24"]') + group("tag", 'service_tags = ["Storage"]') + nics("b")
    spec += intent("allow", "group.p", "group.b", "Allow", "443") + intent(
        "deny", "group.tag", "group.b", "Deny", "80, 443"
    )
    rules = ("web 200 In Allow Tcp * -> *|80", "p 300 In Deny * 20.0.0.0/24 -> *", "all 310 In Allow Tcp * -> *")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", *rules), B)
    assert why_not(report, "intent.allow") == ["the rule that would mend it would break intent.deny"]
    assert [change.mends for change in report.suggested_changes] == [("intent.deny",)]


def test_what_is_no_longer_known_may_open() -> None:
    """Denied whatever the tag holds; with the rule between, permitted to those who are not in it."""
    spec = group("p", 'prefixes = ["20.0.0.0/24"]') + nics("b") + intent("i", "group.p", "group.b", "Deny")
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", OPAQUE.format("Deny")), B]
    effect, worse = harmed(spec, inbound(Access.ALLOW, 200, "20.0.0.0/24", "443"), *network)
    assert counts(effect) == (256 * 2**16, 0)
    assert worse == ["intent.i"]


def test_what_is_no_longer_known_may_close() -> None:
    rules = (OPAQUE.format("Allow"), "all 300 In Allow * * -> *")
    spec = group("p", 'prefixes = ["20.0.0.0/24"]') + nics("b") + intent("i", "group.p", "group.b", "Allow")
    effect, worse = harmed(
        spec, inbound(Access.DENY, 200, "20.0.0.0/24", "443"), vnet(snet=within("nsg-snet")), nsg("nsg-snet", *rules), B
    )
    assert counts(effect) == (0, 256 * 2**16)
    assert worse == ["intent.i"]


def test_a_group_of_which_one_member_is_left_out_is_not_named() -> None:
    """A group in a rule is all of its members, also the one that `except` takes out."""
    spec = group("a", 'select {\napplication_security_group = "asg-a"\n}') + nics("b") + nics("c", "a2")
    spec += intent("i", "group.a", "group.b", "Allow", more="except = [group.c]")
    members = [nic("a", "10.0.0.4", asgs=("asg-a",)), nic("a2", "10.0.0.9", asgs=("asg-a",))]
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", "deny 4000 In Deny * * -> *"), *members, B)
    assert fixes(report) == ["nsg-snet 3999 Inbound Allow Tcp 10.0.0.4/32 -> 10.0.0.5/32|443"]


def test_what_a_boundary_keeps_opens_nothing_that_nobody_asks_for() -> None:
    """To keep what a boundary lists, a rule would permit the whole group, of which one member is denied now."""
    spec = group("a", 'select {\napplication_security_group = "asg-a"\n}') + nics("b")
    spec += group("net", 'prefixes = ["10.0.0.4/30"]') + intent("i", "group.a", "group.b", "Allow", more="SEVERITY")
    spec += 'boundary "b" {\naround = [group.b]\ndirection = "Inbound"\nremote = [group.net]\nallow = [intent.i]\n}\n'
    members = [nic("a", "10.0.0.4", asgs=("asg-a",)), nic("a2", "10.0.0.6", asgs=("asg-a",))]
    udp, https = "udp 200 In Allow Udp * -> *", "no-https 300 In Deny Tcp 10.0.0.6 -> *|443"
    network = [vnet(snet=within("nsg-snet")), *members, B, nsg("nsg-snet", udp, https)]
    report = plan(spec.replace("SEVERITY", ""), *network)
    assert {address for change in report.suggested_changes for address in change.mends} == {"intent.i", "boundary.b"}
    report = plan(spec.replace("SEVERITY", "enabled = false"), *network)
    assert why_not(report, "boundary.b") == [BESIDE] * 2
    assert not report.suggested_changes


def test_the_priorities_that_azure_has_are_used_to_the_last() -> None:
    """From 100 to 4096 (azure.md B4.1)."""
    spec = nics("a") + nics("b") + intent("i", "group.a", "group.b", "Allow")
    network = [vnet(snet=within("nsg-snet")), nic("a", "10.0.0.4"), B]
    for first, free in (("101", "100"), ("102", "101")):
        report = plan(spec, *network, nsg("nsg-snet", f"deny {first} In Deny * * -> *"))
        assert [text.split()[1] for text in fixes(report)] == [free]
    spec = nics("a") + nics("b") + intent("i", "group.a", "group.b", "Deny")
    assert [text.split()[1] for text in fixes(plan(spec, *network, nsg("nsg-snet")))] == ["4096"]


@pytest.mark.parametrize("protocol, rule", [("Udp", "Udp"), ("icmp", "Icmp"), ("ESP", "Esp"), ("ah", "Ah")])
def test_a_rule_is_of_the_protocol_that_drifts(protocol: str, rule: str) -> None:
    spec = nics("a") + nics("b") + intent("i", "group.a", "group.b", "Deny", "*").replace('"*"', f'"{protocol}"')
    report = plan(spec, vnet(snet=within("nsg-snet")), nic("a", "10.0.0.4"), B, nsg("nsg-snet"))
    assert fixes(report) == [f"nsg-snet 4096 Inbound Deny {rule} 10.0.0.4/32 -> 10.0.0.5/32"]


def test_what_takes_two_rules_is_told_at_those_two() -> None:
    """Two NICs, each behind two NSGs of its own: all four rules are one batch, and no flow takes more than two."""
    deny = "deny 4000 In Deny * * -> *"
    spec = nics("a") + nics("b", "b", "c") + intent("i", "group.a", "group.b", "Allow")
    network = vnet(a=within(None, "10.0.0.0/24"), b=within("nsg-sb", "10.0.1.0/24"), c=within("nsg-sc", "10.0.2.0/24"))
    held = [
        nic("a", "10.0.0.4", subnet="a"),
        nic("b", "10.0.1.4", subnet="b", nsg="nsg-b"),
        nic("c", "10.0.2.4", subnet="c", nsg="nsg-c"),
    ]
    names = ("nsg-b", "nsg-sb", "nsg-c", "nsg-sc")
    report = plan(spec, network, *(nsg(name, deny) for name in names), *held)
    found = {change.nsg.rpartition("/")[2]: change.proof for change in report.suggested_changes}
    assert set(found) == set(names) and len({change.batch for change in report.suggested_changes}) == 1
    for (own, subnet), address in ((("nsg-b", "nsg-sb"), "10.0.1.4/32"), (("nsg-c", "nsg-sc"), "10.0.2.4/32")):
        together = found[own].together
        assert together is not None and together == found[subnet].together
        assert [box.local for box in together.opens] == [(address,)] and together.opens_total.count == str(2**16)
        assert not found[own].opens, "the subnet's opens free addresses"
    told = " ".join(VIEWS["plan"]["text"](report, Style()).split())
    assert "opens exactly these flows" in told
