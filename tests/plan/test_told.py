"""What a plan says beside its verdicts is true: reasons, counts, names."""

from __future__ import annotations

import pytest

from flowspec.model.documents.plan import Report, Status
from flowspec.views import VIEWS, Style
from tests.plan.lab import VNET, group, intent, item, named, nic, nics, nsg, only, plan, vnet, within

Json = dict[str, object]
V6 = "2001:db8::/64"
ONE = (vnet(space=f"10.0.0.0/16,{V6}", snet=within(None, "10.0.0.0/24", V6)), nic("a", "10.0.0.4"),
       nic("b", "10.0.0.5"), nic("six", "2001:db8::4"))  # fmt: skip
GROUPS = nics("a") + nics("b") + nics("six") + group("far", 'prefixes = ["8.8.8.0/24"]')


def text(report: Report, **style: bool) -> str:
    return " ".join(VIEWS["plan"]["text"](report, Style(**style)).split())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ends", "more", "reason"),
    [
        (("group.far", "group.far"), "", "neither side has a NIC or subnet of the inventory; one of them must"),
        (("group.a", "group.six"), "", "the two sides share no address family, or one of them is empty"),
        (("group.a", "group.six"), "except = [group.b]", "the two sides share no address family, or one"),
        (("group.a", "group.b"), "except = [group.b]", "`except` and the listed intents take out every flow"),
        (("group.a", "group.b"), "except = [group.a]", "`except` and the listed intents take out every flow"),
        (("group.a", "group.a"), "", "all that is left is from an address to itself, which is not judged"),
    ],
)
def test_why_nothing_is_left_to_check(ends: tuple[str, str], more: str, reason: str) -> None:
    (problem,) = only(plan(GROUPS + intent("x", *ends, "Deny", more=more), *ONE)).problems
    assert problem.summary == "intent.x: nothing is left to check"
    assert problem.detail.startswith(reason)


def test_nics_on_both_sides_are_counted_once() -> None:
    """Of two NICs that talk to each other, one is behind an NSG that is not there."""
    report = plan(
        nics("both", "a", "b") + intent("x", "group.both", "group.both", "Deny"),
        vnet(snet=within(None, "10.0.0.0/24")), nic("a", "10.0.0.4", nsg="lost"), nic("b", "10.0.0.5", nsg="closed"),
        nsg("closed", "no 100 In Deny * * -> *", "none 100 Out Deny * * -> *"),
    )  # fmt: skip
    assert only(report).endpoints == 2
    assert only(report).status is Status.SATISFIED
    one = plan(
        nics("both", "a", "b") + intent("x", "group.both", "group.both", "Allow"),
        vnet(snet=within(None, "10.0.0.0/24")), nic("a", "10.0.0.4", nsg="lost"), nic("b", "10.0.0.5"),
    )  # fmt: skip
    assert only(one).endpoints == 2
    assert "of 4 NICs" not in text(one)


def test_two_missing_subnets_of_one_name_are_told_apart() -> None:
    subnets = [f"{VNET.replace('vnet', name)}/subnets/Default" for name in ("Vnet-One", "vnet-Two")]
    placed: list[Json] = []
    for name, address, subnet in zip("ab", ("10.0.0.4", "10.1.0.4"), subnets, strict=True):
        one = nic(name, address)
        one["properties"]["ipConfigurations"][0]["properties"]["subnet"] = {"id": subnet}
        placed.append(one)
    report = plan(nics("a") + nics("b") + group("all", 'prefixes = ["0.0.0.0/0"]')
                  + intent("x", "group.all", "group.a, group.b", "Deny"), *placed)  # fmt: skip
    reasons = [unknown.reason for unknown in only(report).flows.unknown]
    assert sorted(reasons) == [
        "the subnet Vnet-One/Default is not in the inventory",
        "the subnet vnet-Two/Default is not in the inventory",
    ]


def test_vnets_are_spelt_as_their_resources_spell_them() -> None:
    """Ids differ in letter case from one resource to the next; keys are in lower case, and never shown."""
    report = plan(
        nics("a") + nics("b") + intent("x", "group.a", "group.b", "Allow"),
        vnet("Vnet-Hub", snet=within(None, "10.0.0.0/24")), vnet("Vnet-Spoke", "10.1.0.0/16", snet=within(None)),
        nic("a", "10.0.0.4", vnet="VNET-HUB"), nic("b", "10.1.0.4", vnet="vnet-spoke"),
    )  # fmt: skip
    (unknown,) = only(report).flows.unknown
    assert unknown.reason == "no peering joins Vnet-Hub and Vnet-Spoke both ways"


def test_a_tag_that_the_data_lacks_is_told_as_such() -> None:
    resources = (vnet(snet=within("open", "10.0.0.0/24")), nic("a", "10.0.0.4"),
                 nsg("open", "x 100 In Allow * Storaeg -> *", "no 200 In Deny * * -> *"))  # fmt: skip
    spec = nics("a") + group("all", 'prefixes = ["0.0.0.0/0"]') + intent("x", "group.all", "group.a", "Deny")
    without = only(plan(spec, *resources)).flows.unknown[0]
    assert "the tag Storaeg has no data" in without.reason and "add -i ServiceTags_Public" in without.settle
    loaded = only(plan(spec, *resources, tags={"Storage": ["20.0.0.0/8"]})).flows.unknown[0]
    assert "the tag Storaeg is not in tags.json (change 1)" in loaded.reason
    assert loaded.settle == "correct its name, or add -i ServiceTags_Public_<date>.json that has it"


ASSUME = 'assume "onprem" {\ngateway = "GATEWAY"\nlearned_prefixes = ["10.200.0.0/13"]\nreason = "BGP"\n}\n'


def test_an_assumption_about_no_gateway_is_not_in_force() -> None:
    gateway = item("virtualNetworkGateways", "ergw-hub", gatewayType="ExpressRoute", ipConfigurations=[
        {"name": "x", "properties": {"subnet": {"id": f"{VNET}/subnets/GatewaySubnet"}}}])  # fmt: skip
    resources = (vnet(snet=within(None, "10.0.0.0/24"), GatewaySubnet=within(None, "10.0.9.0/24")), gateway,
                 nic("a", "10.0.0.4"), nic("b", "10.0.0.5"))  # fmt: skip
    spec = nics("a") + nics("b") + intent("x", "group.a", "group.b", "Allow")
    right = plan(spec + ASSUME.replace("GATEWAY", "ergw-hub"), *resources)
    assert any(note.address == "assume.onprem" for note in right.assumptions)
    wrong = plan(spec + ASSUME.replace("GATEWAY", "ergw-hbu"), *resources)
    assert not any(note.address == "assume.onprem" for note in wrong.assumptions)
    (problem,) = [problem for problem in wrong.problems if "assume.onprem" in problem.summary]
    assert "there is no gateway ergw-hbu" in problem.summary
    assert "did you mean ergw-hub?" in problem.detail


def test_a_disabled_target_is_told_and_not_judged() -> None:
    spec = GROUPS + intent("on", "group.a", "group.b", "Allow") + intent("off", "group.a", "group.b", "Deny",
                                                                       more="enabled = false")  # fmt: skip
    report = plan(spec, *ONE, targets=("intent.on", "intent.off"))
    assert [found.address for found in report.intents] == ["intent.on"]
    (problem,) = [problem for problem in report.problems if "intent.off" in problem.summary]
    assert problem.summary == "intent.off is disabled, so it is not judged"
    assert report.summary.disabled == plan(spec, *ONE).summary.disabled == 1
    assert "1 disabled." in text(report)


def test_why_a_plan_is_not_complete() -> None:
    spec = GROUPS + intent("x", "group.a", "group.b", "Allow") + intent("y", "group.b", "group.a", "Allow")
    report = plan(spec, *ONE, targets=("intent.x",))
    assert (report.complete, report.incomplete) == (False, ("--target names intent.x only",))
    assert "This plan is not complete: --target names intent.x only." in text(report)
    whole = plan(spec, *ONE)
    assert (whole.complete, whole.incomplete) == (True, ())


def test_both_sides_of_a_deny_are_named() -> None:
    report = plan(
        nics("a") + nics("b") + intent("x", "group.a", "group.b", "Deny"),
        vnet(snet=within(None, "10.0.0.0/24")), nic("a", "10.0.0.4", nsg="out"), nic("b", "10.0.0.5", nsg="in"),
        nsg("in", "let 100 In Allow * * -> *"), nsg("out", "let 100 Out Allow * * -> *"),
    )  # fmt: skip
    deciders = named(report, "intent.x").causes[0].deciders
    assert [(decider.rule, decider.direction) for decider in deciders] == [
        ("securityRules/let", "Inbound"),
        ("securityRules/let", "Outbound"),
    ]
    told = text(report)
    assert "in/securityRules/let (100, Allow) at the destination" in told
    assert "out/securityRules/let (100, Allow) at the source" in told


@pytest.mark.parametrize(("number", "who"), [(1, "b0"), (3, "b0 and 2 more")])
def test_what_a_prefix_may_take_out_says_why(number: int, who: str) -> None:
    """A NIC whose address is not known may have one that `except` takes out."""
    report = plan(
        nics("a") + nics("b", "b*") + group("some", 'prefixes = ["10.0.0.64/26"]')
        + intent("x", "group.a", "group.b", "Deny", more="except = [group.some]"),
        vnet(snet=within("n", "10.0.0.0/24")), nsg("n", "let 100 In Allow * * -> *"), nic("a", "10.0.0.4"),
        *(nic(f"b{at}", None) for at in range(number)),
    )  # fmt: skip
    (unknown,) = only(report).flows.unknown
    assert unknown.reason == f"the address of {who} is not known and may lie inside the group"


def test_what_a_prefix_may_take_out_of_a_tag_says_why() -> None:
    """A tag without data may have prefixes that `except` takes out."""
    report = plan(
        nics("a") + group("storage", 'service_tags = ["Storage"]') + group("some", 'prefixes = ["20.0.0.0/8"]')
        + intent("x", "group.storage", "group.a", "Deny", more="except = [group.some]"),
        vnet(snet=within("n", "10.0.0.0/24")), nsg("n", "let 100 In Allow * * -> *"), nic("a", "10.0.0.4"),
    )  # fmt: skip
    assert "the tag Storage has no data" in {unknown.reason for unknown in only(report).flows.unknown}
