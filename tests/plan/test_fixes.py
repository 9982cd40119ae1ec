"""Which rule is suggested, and why none is: the cases by hand."""

from __future__ import annotations

from dataclasses import replace

from flowspec.fixes.edits import Edit
from flowspec.fixes.prove import NOTHING_MOVED, Portion, closes_platform
from flowspec.model.documents.plan import Report, Status
from flowspec.model.inventory import Access, Direction, Rule
from flowspec.model.platform import PLATFORM
from flowspec.sets.flows import FlowSet, between
from tests.plan.lab import (
    NET,
    Json,
    fixes,
    group,
    intent,
    item,
    named,
    nic,
    nics,
    nsg,
    only,
    plan,
    rule,
    vnet,
    why_not,
    within,
)

PAIR = nics("a") + nics("b")
A_TO_B = intent("i", "group.a", "group.b", "Allow")
NO_A_TO_B = intent("i", "group.a", "group.b", "Deny")
A, B = nic("a", "10.0.0.4"), nic("b", "10.0.0.5")
STRICT = "deny 4000 In Deny * * -> *"


def mends(report: object) -> list[tuple[str, str]]:
    return [(c.address, str(c.after)) for change in report.suggested_changes for c in change.proof.status_changes]  # type: ignore[attr-defined]


# What must pass


def test_a_rule_in_each_nsg_that_denies() -> None:
    report = plan(
        PAIR + A_TO_B,
        vnet(snet=within("nsg-snet")),
        nsg("nsg-snet", STRICT),
        nsg("nsg-b", "deny 200 In Deny Tcp * -> *|443"),
        A,
        nic("b", "10.0.0.5", nsg="nsg-b"),
    )
    assert sorted(fixes(report)) == [
        "nsg-b 199 Inbound Allow Tcp 10.0.0.4/32 -> *|443",
        "nsg-snet 3999 Inbound Allow Tcp 10.0.0.4/32 -> 10.0.0.5/32|443",
    ]
    assert len({change.batch for change in report.suggested_changes}) == 1
    assert set(mends(report)) == {("intent.i", "satisfied")}


def test_a_rule_at_both_ends() -> None:
    denies = ("deny-in 4000 In Deny * * -> *", "deny-out 4000 Out Deny * * -> *")
    report = plan(PAIR + A_TO_B, vnet(snet=within("nsg-snet")), nsg("nsg-snet", *denies), A, B)
    ends = "Allow Tcp 10.0.0.4/32 -> 10.0.0.5/32|443"
    assert sorted(fixes(report)) == [f"nsg-snet 3999 Inbound {ends}", f"nsg-snet 3999 Outbound {ends}"]
    for change in report.suggested_changes:
        assert change.proof.opens_total.count == str(2**16)
        assert not change.proof.closes


def test_application_security_groups_stay_groups() -> None:
    spec = group("a", 'select {\napplication_security_group = "asg-a"\n}')
    spec += group("b", 'select {\napplication_security_group = "asg-b"\n}') + A_TO_B
    members = [nic("a", "10.0.0.4", asgs=("asg-a",)), nic("a2", "10.0.0.9", asgs=("asg-a",))]
    report = plan(
        spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), *members, nic("b", "10.0.0.5", asgs=("asg-b",))
    )
    assert fixes(report) == ["nsg-snet 3999 Inbound Allow Tcp asg-a -> asg-b|443"]


def test_an_application_security_group_of_another_vnet_is_spelt_out() -> None:
    """Azure takes members of one VNet only in a rule."""
    spec = group("a", 'select {\napplication_security_group = "asg-a"\n}') + nics("b") + A_TO_B
    peering = {
        "name": "p",
        "properties": {
            "peeringState": "Connected",
            "allowVirtualNetworkAccess": True,
            "remoteVirtualNetwork": {"id": f"{NET}/virtualNetworks/far"},
        },
    }
    back = {
        **peering,
        "properties": {**peering["properties"], "remoteVirtualNetwork": {"id": f"{NET}/virtualNetworks/vnet"}},  # type: ignore[dict-item]
    }
    report = plan(
        spec,
        vnet(snet=within("nsg-snet"), more={"virtualNetworkPeerings": [peering]}),
        vnet("far", "10.9.0.0/16", snet=within(), more={"virtualNetworkPeerings": [back]}),
        nsg("nsg-snet", STRICT),
        nic("a", "10.9.0.4", asgs=("asg-a",), vnet="far"),
        B,
    )
    assert fixes(report) == ["nsg-snet 3999 Inbound Allow Tcp 10.9.0.4/32 -> *|443"]


def test_a_tag_stays_a_tag() -> None:
    spec = group("a", 'service_tags = ["Storage"]') + nics("b") + intent("i", "group.b", "group.a", "Allow")
    tags = {"Storage": [f"20.{n}.0.0/24" for n in range(250)] + ["2603:1030:800::/48"]}
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", "deny 4000 Out Deny * * -> *"), B]
    rule = "nsg-snet 3999 Outbound Allow Tcp * -> Storage|443"
    assert fixes(plan(spec, *network, tags=tags)) == [rule]
    assert fixes(plan(spec, *network)) == [rule], "without data it is the same tag"


def test_a_part_of_a_tag_is_never_spelt_out() -> None:
    spec = group("a", 'service_tags = ["Storage"]') + nics("b") + group("c", 'prefixes = ["20.0.0.0/24"]')
    spec += intent("i", "group.b", "group.a", "Allow", more="except = [group.c]")
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", "deny 4000 Out Deny * * -> *"), B]
    report = plan(spec, *network, tags={"Storage": ["20.0.0.0/16"]})
    assert not fixes(report)
    assert why_not(report, "intent.i") == ["only a part of the tags of group.a is meant, and a tag is never spelt out"]


def test_exact_where_except_cuts() -> None:
    spec = group("a", 'prefixes = ["192.168.0.0/24"]') + nics("b") + group("c", 'prefixes = ["192.168.0.0/26"]')
    spec += intent("i", "group.a", "group.b", "Allow", more="except = [group.c]")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), B)
    assert fixes(report) == ["nsg-snet 3999 Inbound Allow Tcp 192.168.0.64/26,192.168.0.128/25 -> *|443"]


def test_ipv6() -> None:
    spec = group("a", 'prefixes = ["2001:db8::/48", "192.168.0.0/24"]') + nics("b") + A_TO_B
    network = [vnet(space="10.0.0.0/16,fd00::/48", snet=within("nsg-snet")), nsg("nsg-snet", STRICT)]
    report = plan(spec, *network, nic("b", "10.0.0.5", "fd00::5"))
    assert sorted(fixes(report)) == [
        "nsg-snet 3998 Inbound Allow Tcp 2001:db8::/48 -> fd00::5/128|443",
        "nsg-snet 3999 Inbound Allow Tcp 192.168.0.0/24 -> 10.0.0.5/32|443",
    ]
    assert mends(report)[0] == ("intent.i", "satisfied")


def test_all_protocols_are_one_rule() -> None:
    spec = PAIR + intent("i", "group.a", "group.b", "Allow", "*")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), A, B)
    assert fixes(report) == ["nsg-snet 3999 Inbound Allow * 10.0.0.4/32 -> 10.0.0.5/32"]


# What must not


def test_a_deny_goes_to_the_destination() -> None:
    report = plan(PAIR + NO_A_TO_B, vnet(snet=within("nsg-snet")), nsg("nsg-snet"), A, B)
    assert fixes(report) == ["nsg-snet 4096 Inbound Deny Tcp 10.0.0.4/32 -> 10.0.0.5/32|443"]
    (change,) = report.suggested_changes
    assert change.proof.closes_total.count == str(2**16) and not change.proof.opens


def test_a_deny_to_prefixes_goes_to_the_source() -> None:
    spec = nics("a") + group("b", 'prefixes = ["8.8.8.0/24"]') + NO_A_TO_B
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet"), A)
    assert fixes(report) == ["nsg-snet 4096 Outbound Deny Tcp * -> 8.8.8.0/24|443"]


def test_a_deny_goes_to_the_source_where_the_destination_has_no_nsg() -> None:
    network = [vnet(snet=within()), nsg("nsg-a"), nic("a", "10.0.0.4", nsg="nsg-a"), B]
    report = plan(PAIR + NO_A_TO_B, *network)
    assert fixes(report) == ["nsg-a 4096 Outbound Deny Tcp * -> 10.0.0.5/32|443"]
    assert mends(report) == [("intent.i", "satisfied")]


def test_at_source_and_both() -> None:
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet"), A, B]
    ends = "Deny Tcp 10.0.0.4/32 -> 10.0.0.5/32|443"
    at = {way: intent("i", "group.a", "group.b", "Deny", more=f'at = "{way}"') for way in ("source", "both")}
    assert fixes(plan(PAIR + at["source"], *network)) == [f"nsg-snet 4096 Outbound {ends}"]
    both = plan(PAIR + at["both"], *network)
    assert sorted(fixes(both)) == [f"nsg-snet 4096 Inbound {ends}", f"nsg-snet 4096 Outbound {ends}"]
    assert set(mends(both)) == {("intent.i", "satisfied")}


def test_a_rule_before_the_one_in_the_way() -> None:
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", "ssh 190 In Allow Tcp 10.0.0.4 -> *|22-443"), A, B]
    assert fixes(plan(PAIR + NO_A_TO_B, *network)) == ["nsg-snet 189 Inbound Deny Tcp 10.0.0.4/32 -> 10.0.0.5/32|443"]


def test_boundary() -> None:
    spec = nics("a") + nics("b") + 'boundary "b" {\naround = [group.b]\ndirection = "Inbound"\nremote = [group.a]\n}\n'
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet"), A, B)
    assert fixes(report) == ["nsg-snet 4096 Inbound Deny * 10.0.0.4/32 -> 10.0.0.5/32"]
    assert mends(report) == [("boundary.b", "satisfied")]


def test_boundary_of_both_directions_that_leaks_outward_only() -> None:
    spec = nics("a") + nics("b") + 'boundary "b" {\naround = [group.b]\ndirection = "Both"\nremote = [group.a]\n}\n'
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), A, B)
    assert [cause.direction for cause in only(report).causes] == ["Outbound"]
    assert fixes(report) == ["nsg-snet 4096 Outbound Deny * 10.0.0.5/32 -> 10.0.0.4/32"]
    assert mends(report) == [("boundary.b", "satisfied")]


def test_boundary_keeps_what_it_lists() -> None:
    """No rule can name all protocols but one port of Tcp: what is listed is kept by a rule before the Deny."""
    spec = group("a", 'select {\napplication_security_group = "asg-a"\n}') + nics("b") + A_TO_B
    spec += 'boundary "b" {\naround = [group.b]\ndirection = "Inbound"\nallow = [intent.i]\n'
    remote = group("net", 'prefixes = ["10.0.0.4/30"]')
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet"), nic("a", "10.0.0.4", asgs=("asg-a",)), B]
    report = plan(remote + spec + "remote = [group.net]\n}\n", *network)
    assert fixes(report) == [
        "nsg-snet 4095 Inbound Allow Tcp asg-a -> 10.0.0.5/32|443",
        "nsg-snet 4096 Inbound Deny * 10.0.0.4/32,10.0.0.6/31 -> 10.0.0.5/32",
    ]
    assert set(mends(report)) == {("boundary.b", "satisfied")}
    assert not any(change.proof.opens for change in report.suggested_changes)


def test_boundary_does_not_open_what_it_lists_and_is_denied() -> None:
    spec = PAIR + intent("i", "group.a", "group.b", "Allow", more='severity = "info"')
    spec += 'boundary "b" {\naround = [group.b]\ndirection = "Inbound"\nremote = [group.a]\nallow = [intent.i]\n}\n'
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", "no-https 100 In Deny Tcp * -> *|443"), A, B]
    report = plan(spec, *network)
    assert fixes(report) == [
        "nsg-snet 100 Inbound Allow Tcp 10.0.0.4/32 -> 10.0.0.5/32|443",
        "nsg-snet 101 Inbound Deny Tcp * -> *|443",
        "nsg-snet 4096 Inbound Deny * 10.0.0.4/32 -> 10.0.0.5/32",
    ]
    assert [change.mends for change in report.suggested_changes][-1] == ("boundary.b",)
    without = spec.replace('severity = "info"', 'severity = "info"\nenabled = false')
    assert fixes(plan(without, *network)) == ["nsg-snet 4096 Inbound Deny * 10.0.0.4/32 -> 10.0.0.5/32"]


# An address that is not known


def test_the_own_nsg_of_a_nic_without_address_says_any() -> None:
    network = [vnet(snet=within()), nsg("nsg-b", STRICT), A, nic("b", None, nsg="nsg-b")]
    report = plan(PAIR + A_TO_B, *network)
    assert fixes(report) == ["nsg-b 3999 Inbound Allow Tcp 10.0.0.4/32 -> *|443"]
    assert mends(report) == [("intent.i", "satisfied")]


def test_an_address_that_is_not_known_can_not_be_written() -> None:
    report = plan(PAIR + A_TO_B, vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), A, nic("b", None))
    assert not fixes(report)
    assert why_not(report, "intent.i") == ["an address that is not known can't be written in a rule"]


# In part

FULL = "first 100 In Deny * * -> *"


def to_both(expect: str) -> str:
    """From a to b and c."""
    return nics("a") + nics("b", "b", "c") + intent("i", "group.a", "group.b", expect)


def own(name: str, *rules: str) -> list[Json]:
    """A NIC b or c with an NSG of its own."""
    address = {"b": "10.0.0.5", "c": "10.0.0.6"}[name]
    return [nsg(f"nsg-{name}", *rules), nic(name, address, nsg=f"nsg-{name}")]


def of_endpoints(report: Report) -> dict[str, tuple[list[str], str]]:
    """The fixes of each cause by the NIC at its judged side, and why there are no more."""
    texts = fixes(report)
    return {
        ",".join(name.rsplit("/", 1)[-1] for name in cause.endpoints): (
            [texts[at] for at in cause.changes],
            cause.no_change,
        )
        for cause in named(report, "intent.i").causes
    }


def test_where_no_priority_is_free_rules_are_moved() -> None:
    report = plan(to_both("Allow"), vnet(snet=within()), A, *own("b", FULL), *own("c", STRICT))
    assert of_endpoints(report) == {
        "b": (["nsg-b 100 Inbound Allow Tcp 10.0.0.4/32 -> *|443", "nsg-b 101 Inbound Deny * * -> *"], ""),
        "c": (["nsg-c 3999 Inbound Allow Tcp 10.0.0.4/32 -> *|443"], ""),
    }
    assert [change.change.action for change in report.suggested_changes] == ["create", "create", "update"]


def test_a_rule_that_only_makes_room_stays_moved() -> None:
    """What is wanted would be so without that move too, but two rules would have one priority."""
    spec = nics("b") + group("p", 'prefixes = ["20.0.0.0/24"]')
    spec += intent("i", "group.any", "group.b", "Deny", "80", "except = [group.p]")
    spec += intent("j", "group.p", "group.b", "Allow", "80")
    rules = ("open 100 In Allow * 10.0.0.0/8 -> *", "lb 101 In Allow * AzureLoadBalancer -> *")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", *rules), B)
    assert all(one.mends for one in report.suggested_changes) and len(report.steps) == 4
    after = {
        rule: number for step in report.steps for rule, number in [(step.rule, step.after and step.after.priority)]
    }
    assert sorted(after.values()) == [100, 101, 102, 103], after
    (allow,) = (one for one in report.suggested_changes if one.rule == "flowspec-j-allow-in")
    assert not allow.note, "it closes nothing, though others of its NSG do so together"


def test_a_deny_goes_where_fewer_rules_do() -> None:
    source = [nsg("nsg-a"), nic("a", "10.0.0.4", nsg="nsg-a")]
    report = plan(to_both("Deny"), vnet(snet=within()), *source, *own("b"), *own("c"))
    assert fixes(report) == ["nsg-a 4096 Outbound Deny Tcp * -> 10.0.0.5/32,10.0.0.6/32|443"]
    assert mends(report)[0] == ("intent.i", "satisfied")


def test_a_deny_goes_to_the_source_where_the_destination_can_not_take_it() -> None:
    """Two NICs of one NSG have addresses that are not known: it can't tell them apart."""
    spec = nics("a") + nics("b") + NO_A_TO_B
    far = [nsg("nsg-b"), nic("b", None, nsg="nsg-b"), nic("c", None, nsg="nsg-b")]
    report = plan(spec, vnet(snet=within()), nsg("nsg-a"), nic("a", "10.0.0.4", nsg="nsg-a"), *far)
    assert not fixes(report)
    assert why_not(report, "intent.i") == ["an address that is not known can't be written in a rule"]
    spec = nics("a") + nics("b", "b", "c") + NO_A_TO_B
    report = plan(spec, vnet(snet=within()), nsg("nsg-a"), nic("a", "10.0.0.4", nsg="nsg-a"), *far)
    assert fixes(report) == ["nsg-b 4096 Inbound Deny Tcp 10.0.0.4/32 -> *|443"]


def test_both_nsgs_of_a_nic_are_needed_and_one_can_not_be_written() -> None:
    """A rule in the own NSG alone would open nothing for b: it is made for c only."""
    hidden = [nsg("nsg-b", STRICT), nic("b", None, nsg="nsg-b")]
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), A, *hidden, *own("c", STRICT)]
    report = plan(to_both("Allow"), *network)
    rule = "Inbound Allow Tcp 10.0.0.4/32 ->"
    assert sorted(fixes(report)) == [f"nsg-c 3999 {rule} *|443", f"nsg-snet 3999 {rule} 10.0.0.6/32|443"]
    report = plan(PAIR + A_TO_B, *network)
    assert not fixes(report)
    assert why_not(report, "intent.i") == ["an address that is not known can't be written in a rule"]


def test_one_nsg_whose_rule_would_break_another_intent() -> None:
    """The tag has no data (see below), which matters to the intent that is about b."""
    spec = group("tag", 'service_tags = ["Storage"]') + group("p", 'prefixes = ["20.0.0.0/24"]')
    spec += nics("all", "b", "c") + nics("b") + intent("i", "group.tag", "group.all", "Deny")
    spec += intent("other", "group.p", "group.b", "Allow")
    rules = "all 200 In Allow Tcp * -> *"
    report = plan(spec, vnet(snet=within()), *own("b", rules), *own("c", rules))
    assert of_endpoints(report) == {
        "b": ([], "the rule that would mend it would break intent.other"),
        "c": (["nsg-c 199 Inbound Deny Tcp Storage -> *|443"], ""),
    }
    assert named(report, "intent.other").status is Status.SATISFIED


def test_many_nsgs_of_which_two_do_harm() -> None:
    spec = group("tag", 'service_tags = ["Storage"]') + group("p", 'prefixes = ["20.0.0.0/24"]')
    names = [f"n{number}" for number in range(9)]
    spec += nics("all", *names) + nics("few", "n2", "n7") + intent("i", "group.tag", "group.all", "Deny")
    spec += intent("other", "group.p", "group.few", "Allow")
    own_nsgs = [nsg(f"nsg-{name}", "all 200 In Allow Tcp * -> *") for name in names]
    members = [nic(name, f"10.0.0.{4 + at}", nsg=f"nsg-{name}") for at, name in enumerate(names)]
    report = plan(spec, vnet(snet=within()), *own_nsgs, *members)
    assert sorted(text.split()[0] for text in fixes(report)) == [f"nsg-n{at}" for at in (0, 1, 3, 4, 5, 6, 8)]
    told = {name: why for name, (_, why) in of_endpoints(report).items() if why}
    assert told == dict.fromkeys(("n2", "n7"), "the rule that would mend it would break intent.other")


def test_where_no_rule_matches() -> None:
    """An NSG whose default rules were taken out of the data by hand (A4)."""
    bare = nsg("nsg-b")
    bare["properties"]["defaultSecurityRules"] = [rule("other 65000 Out Allow * * -> *")]
    report = plan(PAIR + A_TO_B, vnet(snet=within()), bare, A, nic("b", "10.0.0.5", nsg="nsg-b"))
    assert fixes(report) == ["nsg-b 4096 Inbound Allow Tcp 10.0.0.4/32 -> *|443"]
    (decider,) = only(report).causes[0].deciders
    assert (decider.nsg.rsplit("/", 1)[-1], decider.rule, decider.note) == ("nsg-b", "", "no rule matches")


# None, and why


def test_priorities_taken_by_others_are_left() -> None:
    rules = [f"r{n} {n} In Allow Udp 10.99.0.0/24 -> *" for n in (3999, 3998)]
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT, *rules), A, B]
    assert fixes(plan(PAIR + A_TO_B, *network))[0].startswith("nsg-snet 3997 ")


def test_it_would_break_another_intent() -> None:
    """The tag has no data: once it is denied, nobody knows whether a prefix of another intent is in it."""
    spec = group("tag", 'service_tags = ["Storage"]') + group("p", 'prefixes = ["20.0.0.0/24"]') + nics("b")
    spec += intent("i", "group.tag", "group.b", "Deny") + intent("other", "group.p", "group.b", "Allow")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", "all 200 In Allow Tcp * -> *"), B)
    assert named(report, "intent.other").status is Status.SATISFIED
    assert not fixes(report)
    assert why_not(report, "intent.i") == ["the rule that would mend it would break intent.other"]
    data = {"Storage": ["20.1.0.0/24"]}
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", "all 200 In Allow Tcp * -> *"), B, tags=data)
    assert fixes(report) == ["nsg-snet 199 Inbound Deny Tcp Storage -> *|443"]


def test_no_nsg() -> None:
    report = plan(PAIR + NO_A_TO_B, vnet(snet=within()), A, B)
    assert not fixes(report)
    assert why_not(report, "intent.i") == ["no NSG is applied there, so there is none to put a rule into"]
    assert all(check.no_nsg for check in only(report).checks)


def test_an_admin_rule_in_the_way() -> None:
    properties = {
        "access": "Deny",
        "priority": 10,
        "protocol": "Tcp",
        "direction": "Inbound",
        "sources": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}],
        "destinations": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}],
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ["443"],
    }
    call = f"{NET}/virtualNetworks/vnet/listNetworkManagerEffectiveSecurityAdminRules"
    answer = {"id": call, "value": [{"id": "/m/rules/no-https", "kind": "Custom", "properties": properties}]}
    network = [vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), A, B]
    report = plan(PAIR + A_TO_B, *network, documents={"admin.json": answer})
    assert not fixes(report)
    assert why_not(report, "intent.i") == ["the security admin rule no-https decides before any NSG"]
    assert only(report).causes[0].deciders[0].rule == "adminRules/no-https"


def test_an_nsg_that_nobody_has() -> None:
    report = plan(PAIR + A_TO_B, vnet(snet=within("nsg-far")), A, B)
    assert only(report).status is Status.UNKNOWN
    assert not fixes(report)


# Together


def test_two_intents_of_the_same_ends_are_one_rule() -> None:
    spec = PAIR + A_TO_B + intent("I", "group.a", "group.b", "Allow", "80")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), A, B)
    assert fixes(report) == ["nsg-snet 3999 Inbound Allow Tcp 10.0.0.4/32 -> 10.0.0.5/32|80,443"]
    assert report.suggested_changes[0].mends == ("intent.i", "intent.I")


def test_two_intents_do_not_take_one_priority_or_name() -> None:
    """What is between them is not asked for, so that they can't share a rule."""
    spec = PAIR + nics("c") + A_TO_B + intent("I", "group.c", "group.b", "Allow", "80")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), A, B, nic("c", "10.0.0.6"))
    assert sorted(text.split()[1] for text in fixes(report)) == ["3998", "3999"]
    assert len({change.rule.lower() for change in report.suggested_changes}) == 2


def test_names_are_what_azure_takes() -> None:
    spec = PAIR + intent("a_b-" + "c" * 90, "group.a", "group.b", "Allow")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet", STRICT), A, B)
    assert len(report.suggested_changes[0].rule) <= 80


def test_an_inventory_without_what_the_intent_needs_says_nothing_of_fixes() -> None:
    spec = group("a", 'select {\nnic = "nobody"\n}') + nics("b") + A_TO_B
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet"), B, item("applicationSecurityGroups", "asg"))
    assert only(report).status is Status.ERRORED and not report.applyable


def test_a_deny_from_everywhere_names_the_platform_that_it_cuts_off() -> None:
    """AllowAzureLoadBalancerInBound let health probes in before (azure.md A5, B4.3)."""
    spec = nics("b") + intent("i", "group.any", "group.b", "Deny", ports="80")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet"), B)
    (change,) = report.suggested_changes
    assert "168.63.129.16/32" in {text for box in change.proof.closes for text in box.remote}
    assert "health probes of load balancers" in change.note


def test_only_the_rule_that_cuts_the_platform_off_says_so() -> None:
    """Both mend one intent, so that they are one batch; the Allow closes nothing."""
    spec = nics("b") + group("p", 'prefixes = ["20.0.0.0/24"]')
    spec += intent("i", "group.any", "group.b", "Deny", "80", "except = [group.p]")
    spec += intent("j", "group.p", "group.b", "Allow", "80")
    report = plan(spec, vnet(snet=within("nsg-snet")), nsg("nsg-snet"), B)
    assert len(report.suggested_changes) == 2 and len({change.batch for change in report.suggested_changes}) == 1
    told = {change.change.after.access: change.note for change in report.suggested_changes if change.change.after}
    assert told["Allow"] == "" and "health probes of load balancers" in told["Deny"]


def test_what_rules_close_together_is_told_of_those_only_that_may_stop_flows() -> None:
    """Of a batch that cuts the platform off: what it denies, and what it permits no longer."""
    allow = Rule(name="r", priority=100, direction=Direction.INBOUND, access=Access.ALLOW)
    deny = replace(allow, access=Access.DENY)
    closes = Portion(closes=FlowSet((between(PLATFORM),)))
    for before, after, told in ((None, allow, False), (deny, None, False), (deny, allow, False),
                                (None, deny, True), (allow, None, True), (allow, deny, True)):  # fmt: skip
        edit = Edit("nsg", before, after)
        assert closes_platform(edit, NOTHING_MOVED, {edit.gate: closes}) is told
        assert closes_platform(edit, closes, {}) and not closes_platform(edit, NOTHING_MOVED, {})


def test_a_deny_that_leaves_the_platform_alone_says_nothing_of_it() -> None:
    (change,) = plan(PAIR + NO_A_TO_B, vnet(snet=within("nsg-snet")), nsg("nsg-snet"), A, B).suggested_changes
    assert change.note == ""
