"""What Azure takes of an NSG and its rules, at every step; what it would refuse is not suggested."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowspec.fixes.edits import Edit
from flowspec.fixes.limits import Limits
from flowspec.model.inventory import Rule
from flowspec.network.index import Network
from tests.engine.loading import load_documents
from tests.plan.lab import NET, fixes, intent, nic, nics, nsg, plan, vnet, why_not, within
from tests.plan.test_overlap import rule as plain

ASG = f"{NET}/applicationSecurityGroups/asg-"
NSG = f"{NET}/networkSecurityGroups/nsg-b"
A, B = nic("a", "10.0.0.4", asgs=("asg-a", "asg-b")), nic("b", "10.9.0.5", asgs=("asg-far",), vnet="far")
FAR = vnet("far", "10.9.0.0/16", snet=within())


def limits(there: int = 1) -> tuple[Limits, tuple[Rule, ...]]:
    """The limits of a network, and the rules of its NSG."""
    rules = [f"r{number} {number + 100} In Deny Tcp * -> 10.7.0.0/16" for number in range(there)]
    found = load_documents({"network.json": [vnet(snet=within()), FAR, nsg("nsg-b", *rules), A, B]})
    return Limits(Network(found, ())), next(iter(found.nsgs.values())).rules


def refusal(*edits: Edit, there: int = 1) -> str:
    return limits(there)[0].broken(edits)


def put(**fields: object) -> Edit:
    return Edit(NSG, None, plain(**{"name": "new", "priority": 4000, **fields}))


def ends(texts: tuple[str, ...], asgs: tuple[str, ...] = ()) -> list[dict[str, object]]:
    """The same at the source and at the destination."""
    return [{f"{end}s": texts, f"{end}_asgs": asgs} for end in ("source", "destination")]


def between(one: str, other: str) -> dict[str, object]:
    """Two application security groups."""
    return {
        "sources": (), "source_asgs": (ASG + one,), "destinations": (), "destination_asgs": (ASG + other,)
    }  # fmt: skip


MIXED = (("10.0.0.0/8", "*"), ("Storage", "Sql"), ("Storage", "10.0.0.0/8"))


@pytest.mark.parametrize("fields", [
    *ends(("*",)), *ends(("Storage",)), *ends(tuple(f"10.{n // 250}.{n % 250}.0/24" for n in range(4000))),
    *ends((), tuple(f"{ASG}{n}" for n in range(10))),
    between("a", "B"),
])  # fmt: skip
def test_what_azure_takes(fields: dict[str, object]) -> None:
    assert refusal(put(**fields)) == ""


@pytest.mark.parametrize(("fields", "words"), [
    *((found, "a tag or * stands alone") for texts in MIXED for found in ends(texts)),
    *((found, "at most 4,000 prefixes") for found in ends(tuple(f"10.{n // 250}.{n % 250}.0/24" for n in range(4001)))),
    *((found, "at most 10 application") for found in ends((), tuple(f"{ASG}{n}" for n in range(11)))),
    *((found, "not both") for found in ends(("10.0.0.0/8",), (f"{ASG}a",))),
    (between("a", "far"), "are of one VNet"),
])  # fmt: skip
def test_what_azure_refuses_of_a_rule(fields: dict[str, object], words: str) -> None:
    assert words in refusal(put(**fields))
    assert words in refusal(replace(put(**fields), before=plain(name="new", priority=4000)))


def test_a_rule_that_is_only_moved_is_as_it_was() -> None:
    old = plain(sources=("Storage", "Sql"))
    assert refusal(Edit(NSG, old, replace(old, priority=200))) == ""


def test_an_nsg_has_a_thousand_rules_at_every_step() -> None:
    assert refusal(put(), there=999) == ""
    full, (first, *_) = limits(there=1000)
    assert "more than 1,000 rules" in full.broken([put()])
    assert full.broken([Edit(NSG, first, None), put()]) == ""
    assert "more than 1,000 rules" in full.broken([put(), Edit(NSG, first, None)])


def test_a_full_nsg_leaves_the_fixes_of_others() -> None:
    """All 1,000 rules are needed, so that none can go for the new one."""
    full = [f"r{n} {n + 100} In Deny Tcp 10.7.{n // 250}.{n % 250} -> *|81" for n in range(999)]
    spec = nics("a") + nics("b", "b") + nics("c") + intent("i", "group.a", "group.b", "Allow")
    spec += intent("j", "group.a", "group.c", "Allow")
    network = [
        vnet(snet=within()),
        nic("a", "10.0.0.4"),
        nic("b", "10.0.0.5", nsg="nsg-b"),
        nic("c", "10.0.0.6", nsg="nsg-c"),
    ]
    report = plan(
        spec, *network, nsg("nsg-b", *full, "all 4000 In Deny * * -> *"), nsg("nsg-c", "all 4000 In Deny * * -> *")
    )
    assert fixes(report) == ["nsg-c 3999 Inbound Allow Tcp 10.0.0.4/32 -> *|443"]
    assert why_not(report, "intent.i") == ["nsg-b would have more than 1,000 rules"]
    assert [step.nsg.rsplit("/", 1)[-1] for step in report.steps] == ["nsg-c"]


WIDE = nics("web", "w") + nics("db", "d") + intent("i", "group.web", "group.db", "Allow", "80")
PLACES = [vnet(snet=within()), nic("w", "10.0.1.4"), nic("d", "10.0.2.4", nsg="nsg-d")]
FULL = [f"r{number} {number + 100} In Deny Tcp * -> 10.7.0.0/16" for number in range(998)]


@pytest.mark.parametrize(
    "rules, told",
    [
        (("web 100 In Allow Tcp 10.0.1.4/32 -> *|443", "deny 101 In Deny * * -> *"), "update web 100"),
        ((*FULL, "web 3000 In Allow Tcp 10.0.1.4/32 -> *|443", "deny 4000 In Deny * * -> *"), "update web 3000"),
        (("web 100 In Allow Tcp 10.0.1.4/32 -> *|443", "deny 110 In Deny * * -> *"), "create flowspec-i-allow-in 109"),
    ],
)  # fmt: skip
def test_a_rule_is_widened_where_a_new_one_changes_more_or_has_no_room(rules: tuple[str, ...], told: str) -> None:
    """By one field; where there is room for a new rule, the old one keeps its purpose."""
    report = plan(WIDE, *PLACES, nsg("nsg-d", *rules))
    (change,) = report.suggested_changes
    after = change.change.after
    assert after is not None and f"{change.change.action} {change.rule} {after.priority}" == told
    assert after.destination_ports == (("80", "443") if change.rule == "web" else ("80",))
    assert change.mends == ("intent.i",) and len(report.steps) == 1


def test_what_a_wider_rule_would_open_too_is_asked_for_or_it_stays() -> None:
    """A rule that was never reached would let pass what nobody wants, once it is moved; a full NSG says that it is."""
    behind, deny = "web 4001 In Allow Tcp 10.0.1.4/32 -> *|443", "deny 4000 In Deny * * -> *"
    for stuck in (behind, "web 3000 In Allow Tcp 10.9.1.4/32 -> *|443"):
        report = plan(WIDE, *PLACES, nsg("nsg-d", *FULL, stuck, deny))
        assert not report.suggested_changes
        assert why_not(report, "intent.i") == ["nsg-d would have more than 1,000 rules"]
    spec = WIDE.replace("80", "443") + intent("j", "group.web", "group.db", "Allow", "80")
    report = plan(spec, *PLACES, nsg("nsg-d", *FULL, behind, deny))
    (change,) = report.suggested_changes
    assert change.rule == "web" and set(change.mends) == {"intent.i", "intent.j"}
