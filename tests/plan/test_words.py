"""The words of suggested rules, and what becomes of rules in the way: the promises of docs/semantics.md, by hand."""

from __future__ import annotations

import html

import pytest

from flowspec.model.documents.values import UNSET
from flowspec.views import VIEWS, Style
from tests.plan.lab import fixes, group, intent, nic, nics, nsg, only, plan, vnet, why_not, within

DENY = "deny 4000 In Deny * * -> *"
WEB = group("web", 'select {\nsubnet = "vnet/web"\n}')
TWO_SUBNETS = vnet(web=within(None, "10.0.1.0/24"), db=within("nsg-db", "10.0.2.0/24"))
WEBS = [nic("w1", "10.0.1.4", subnet="web"), nic("w2", "10.0.1.5", subnet="web")]
DB = nic("db", "10.0.2.4", subnet="db")


def actions(report: object) -> list[str]:
    return [change.change.action for change in report.suggested_changes]  # type: ignore[attr-defined]


def test_a_subnet_is_written_as_its_prefix() -> None:
    """So that the next machine in it is covered too; and all that stands behind the NSG is `*`."""
    spec = WEB + nics("db") + intent("i", "group.web", "group.db", "Allow")
    report = plan(spec, TWO_SUBNETS, nsg("nsg-db", DENY), *WEBS, DB)
    assert fixes(report) == ["nsg-db 3999 Inbound Allow Tcp 10.0.1.0/24 -> *|443"]


def test_a_part_of_a_subnet_is_not() -> None:
    spec = nics("web", "w1") + nics("db") + intent("i", "group.web", "group.db", "Allow")
    report = plan(spec, TWO_SUBNETS, nsg("nsg-db", DENY), *WEBS, DB)
    assert fixes(report) == ["nsg-db 3999 Inbound Allow Tcp 10.0.1.4/32 -> *|443"]


def test_free_addresses_that_another_intent_wants_closed_stay_so() -> None:
    spec = WEB + nics("db") + group("rest", 'prefixes = ["10.0.1.128/25"]')
    spec += intent("i", "group.web", "group.db", "Allow") + intent("no", "group.rest", "group.db", "Deny")
    report = plan(spec, TWO_SUBNETS, nsg("nsg-db", DENY), *WEBS, DB)
    assert fixes(report) == ["nsg-db 3999 Inbound Allow Tcp 10.0.1.4/31 -> *|443"]


def test_a_rule_that_only_drifts_is_deleted() -> None:
    spec = (
        group("any-net", 'prefixes = ["20.0.0.0/24"]')
        + nics("db")
        + intent("no", "group.any-net", "group.db", "Deny", "22")
    )
    report = plan(spec, TWO_SUBNETS, nsg("nsg-db", "tmp 190 In Allow Tcp 20.0.0.0/25 -> *|22"), *WEBS, DB)
    assert (actions(report), report.suggested_changes[0].rule) == (["delete"], "tmp")


def test_a_rule_that_also_does_what_nobody_forbids_is_narrowed() -> None:
    spec = group("p", 'prefixes = ["20.0.0.0/24"]') + nics("db") + intent("no", "group.p", "group.db", "Deny", "22")
    report = plan(spec, TWO_SUBNETS, nsg("nsg-db", "web 190 In Allow Tcp 20.0.0.0/24 -> *|22-443"), *WEBS, DB)
    assert (actions(report), fixes(report)) == (["update"], ["nsg-db 190 Inbound Allow Tcp 20.0.0.0/24 -> *|23-443"])


OWNED = "Microsoft.Databricks-workspaces_UseOnly_worker-to-worker"


def test_a_rule_that_a_service_writes_again_is_not_touched() -> None:
    """Not deleted or narrowed, and not moved to make room: apply would refuse that."""
    spec = group("p", 'prefixes = ["20.0.0.0/24"]') + nics("db") + intent("no", "group.p", "group.db", "Deny", "22")
    report = plan(spec, TWO_SUBNETS, nsg("nsg-db", f"{OWNED} 190 In Allow Tcp 20.0.0.0/25 -> *|22"), *WEBS, DB)
    assert fixes(report) == ["nsg-db 189 Inbound Deny Tcp 20.0.0.0/24 -> *|22"]
    report = plan(spec, TWO_SUBNETS, nsg("nsg-db", f"{OWNED} 100 In Allow Tcp 20.0.0.0/25 -> *|22"), *WEBS, DB)
    told = f"{OWNED} of nsg-db would have to move, and a service of Azure's keeps it"
    assert not report.suggested_changes and why_not(report, "intent.no") == [told]


def test_a_rule_is_not_deleted_for_what_another_nsg_stops_now() -> None:
    """The subnet's NSG lets in no more than is wanted; the own NSG's last rule is not only drift for that."""
    spec = WEB + nics("db") + intent("i", "group.web", "group.db", "Allow")
    subnet = nsg("nsg-db", "web 100 In Allow Tcp 10.0.1.0/24 -> *|443", DENY)
    own = nic("db", "10.0.2.4", subnet="db", nsg="nsg-own")
    report = plan(spec, TWO_SUBNETS, subnet, nsg("nsg-own", DENY), *WEBS, own)
    assert (actions(report), fixes(report)) == (["create"], ["nsg-own 3999 Inbound Allow Tcp 10.0.1.0/24 -> *|443"])


def test_intents_share_a_rule_only_where_all_of_it_is_asked_for() -> None:
    spec = WEB + nics("db") + nics("ops", "o") + intent("a", "group.web", "group.db", "Allow", "443")
    spec += intent("b", "group.web", "group.db", "Allow", "5432")
    far = [TWO_SUBNETS, nsg("nsg-db", DENY), *WEBS, DB, nic("o", "10.0.1.9", subnet="web")]
    one = spec.replace('subnet = "vnet/web"', 'nic = "w*"')
    assert fixes(plan(one, *far)) == ["nsg-db 3999 Inbound Allow Tcp 10.0.1.4/31 -> *|443,5432"]
    two = one + intent("c", "group.ops", "group.db", "Allow", "22")
    assert sorted(fixes(plan(two, *far))) == [
        "nsg-db 3998 Inbound Allow Tcp 10.0.1.9/32 -> *|22",
        "nsg-db 3999 Inbound Allow Tcp 10.0.1.4/31 -> *|443,5432",
    ]
    report = plan(two, *far)
    assert [change.mends for change in report.suggested_changes] == [("intent.a", "intent.b"), ("intent.c",)]


def test_a_change_that_can_not_be_less_is_said_to_be() -> None:
    """Several rules for a Deny that the source could stop too are not proved to be the fewest; one rule always is."""
    allow = WEB + nics("db") + intent("i", "group.web", "group.db", "Allow")
    report = plan(allow, TWO_SUBNETS, nsg("nsg-db", DENY), *WEBS, DB)
    assert [change.smallest for change in report.suggested_changes] == [True]
    two = allow + nics("w1", "w1") + intent("j", "group.w1", "group.db", "Allow", "80")
    report = plan(two, TWO_SUBNETS, nsg("nsg-db", DENY), *WEBS, DB)
    assert {change.smallest for change in report.suggested_changes if "intent.i" in change.mends} == {True}
    deny = nics("w1") + nics("db") + intent("i", "group.w1", "group.db", "Deny")
    both = vnet(web=within("nsg-web", "10.0.1.0/24"), db=within("nsg-db", "10.0.2.0/24"))
    report = plan(deny, both, nsg("nsg-web"), nsg("nsg-db"), *WEBS, DB)
    assert [change.smallest for change in report.suggested_changes] == [True]
    own = nics("web", "w1", "w2") + nics("db", "d1", "d2") + intent("i", "group.web", "group.db", "Deny")
    four = [("w1", "10.0.1.4"), ("w2", "10.0.1.5"), ("d1", "10.0.2.4"), ("d2", "10.0.2.5")]
    places = [nic(name, address, subnet="web", nsg=f"nsg-{name}") for name, address in four]
    report = plan(own, vnet(web=within(None, "10.0.0.0/16")), *(nsg(f"nsg-{name}") for name, _ in four), *places)
    assert [change.smallest for change in report.suggested_changes] == [False, False]


def test_what_is_mended_in_part_is_only_helped() -> None:
    spec = nics("a", "w1") + nics("db", "db", "far") + intent("i", "group.a", "group.db", "Deny")
    network = vnet(web=within(None, "10.0.1.0/24"), db=within("nsg-db", "10.0.2.0/24"))
    report = plan(spec, network, nsg("nsg-db"), WEBS[0], DB, nic("far", "10.0.1.9", subnet="web"))
    assert {(change.mends, change.helps) for change in report.suggested_changes} == {((), ("intent.i",))}
    assert any(why_not(report, "intent.i"))


def from_public(expect: str) -> str:
    return WEB + intent("i", "group.public", "group.web", expect, "22")


@pytest.mark.parametrize(
    "spec, there, told",
    [
        (from_public("Allow"), DENY, "Tcp 22 from group.public (109 prefixes) to *"),
        (from_public("Deny"), "all 300 In Allow * * -> *", "Tcp 22 from group.public (109 prefixes) to *"),
        (from_public("Deny"), "ssh 300 In Allow Tcp * -> *|22", "from * -> all but group.public (13 prefixes)"),
    ],
)
def test_long_lists_are_told_by_the_name_that_the_spec_has_for_them(spec: str, there: str, told: str) -> None:
    """Neither * nor Internet is what is asked for. A rule for everyone is narrowed to whom is left: that is shorter."""
    report = plan(spec, vnet(web=within("nsg-web", "10.0.1.0/24")), nsg("nsg-web", there), WEBS[0], WEBS[1])
    (change,) = report.suggested_changes
    assert change.mends == ("intent.i",)
    for view in ("text", "markdown", "html"):
        text = " ".join(VIEWS["plan"][view](report, Style(width=200)).split())
        assert told in html.unescape(text).replace("\\u003e", ">")
        assert view != "text" or "8.0.0.0/7" not in text  # what is to be pasted has the list


NAMED = nics("admin", "admin") + group("web", 'select {\nsubnet = "vnet/web"\n}')


@pytest.mark.parametrize(
    "spec, there, drift, proof",
    [
        (NAMED + intent("i", "group.any", "group.web", "Deny", "22", "except = [group.admin]"),
         "ssh 300 In Allow Tcp * -> *|22",
         "Tcp 22 from all but group.web, group.admin to group.web",
         "Tcp 22 from all but group.admin to subnet vnet/web"),
        (NAMED + intent("i", "group.any", "group.web", "Deny", "22"), "ssh 300 In Allow Tcp Internet -> *|22",
         "Tcp 22 from Internet to 2 NICs: w1, w2", "Tcp 22 from Internet to subnet vnet/web"),
        (NAMED + intent("i", "group.any", "group.web", "Deny", "22"), "ssh 300 In Allow Tcp 10.0.0.0/16 -> *|22",
         "Tcp 22 from VNet vnet but not group.web to group.web", "Tcp 22 from VNet vnet to subnet vnet/web"),
    ],
)  # fmt: skip
def test_drift_and_proofs_are_told_by_the_names_people_know(spec: str, there: str, drift: str, proof: str) -> None:
    """And the document has the prefixes beside the names."""
    network = vnet(web=within("nsg-web", "10.0.1.0/24"), other=within(None, "10.0.2.0/24"))
    report = plan(spec, network, nsg("nsg-web", there, DENY), *WEBS, nic("admin", "10.0.2.4", subnet="other"))
    text = VIEWS["plan"]["text"](report, Style(width=500))
    assert drift in text and proof in text
    for view in ("markdown", "html"):
        assert drift in html.unescape(VIEWS["plan"][view](report, Style())), view
    (change,) = report.suggested_changes
    assert {box.local_named for box in change.proof.closes} == {"subnet vnet/web"}
    assert {box.local for box in change.proof.closes} == {("10.0.1.0/24",)}
    assert all(box.local_named is UNSET for check in only(report).checks for box in (*check.allowed, *check.denied))
