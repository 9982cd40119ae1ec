"""What the report says of a cause."""

from __future__ import annotations

from flowspec.model.inventory import key
from tests.plan.lab import NET, intent, nic, nics, nsg, only, plan, vnet

NSGS = f"{NET}/networkSecurityGroups"

BOTH = nics("web", "open", "full") + intent("i", "group.public", "group.web", "Deny")


def test_a_cause_without_an_nsg_says_so_whatever_keeps_the_others_from_a_fix() -> None:
    report = plan(
        BOTH,
        vnet(snet={}),
        nsg("nsg-full", "first 100 In Allow Tcp * -> *|443"),
        nic("open", "10.0.0.4"),
        nic("full", "10.0.0.5", nsg="nsg-full"),
    )
    why = {cause.endpoints[0].rsplit("/", 1)[-1]: cause.no_change for cause in only(report).causes}
    assert why["open"] == "no NSG is applied there, so there is none to put a rule into"
    assert why["full"] == "" and {key(one.nsg) for one in report.suggested_changes} == {key(f"{NSGS}/nsg-full")}
