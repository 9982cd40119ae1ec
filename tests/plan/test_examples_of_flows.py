"""The flow that stands for many: one that a person may meet."""

from __future__ import annotations

import pytest

from tests.plan.lab import group, intent, named, nic, nics, nsg, only, plan, vnet, within


def subnets(name: str, *of: str) -> str:
    return group(name, f"subnets = [{', '.join(f'{chr(34)}vnet/{one}{chr(34)}' for one in of)}]")


@pytest.mark.parametrize(
    ("prefix", "example"),
    [
        ("10.0.1.0/24", "10.0.1.11"),
        ("10.0.1.0/28", "10.0.1.5"),
        ("10.0.1.0/29", "10.0.1.4"),
        ("2001:db8::/64", "2001:db8::b"),
    ],
)
def test_azure_s_reserved_addresses_are_never_the_example(prefix: str, example: str) -> None:
    """The first four of a subnet and the last are nobody's."""
    family = "::/0" if ":" in prefix else "0.0.0.0/0"
    report = plan(
        subnets("db", "snet") + group("all", f'prefixes = ["{family}"]') + intent("x", "group.all", "group.db", "Deny"),
        nsg("open", "all 100 In Allow * * -> *"),
        vnet(space="10.0.0.0/16,2001:db8::/48", snet=within("open", prefix)),
    )
    flow = only(report).causes[0].total.example
    assert flow is not None and flow.destination == example


def test_where_nothing_else_drifts_a_reserved_address_is_told() -> None:
    report = plan(
        subnets("db", "snet")
        + group("all", 'prefixes = ["8.8.8.8/32"]')
        + intent("x", "group.all", "group.db", "Deny"),
        nsg("open", "first 100 In Allow * * -> 10.0.1.1", "rest 200 In Deny * * -> *"),
        vnet(snet=within("open", "10.0.1.0/24")),
    )
    flow = only(report).causes[0].total.example
    assert flow is not None and flow.destination == "10.0.1.1"


def test_the_free_addresses_of_a_remote_nic_s_subnet_are_nobody() -> None:
    """A boundary towards NICs is about them, not about who else may live in their subnet."""
    report = plan(
        nics("db") + nics("web", "web-1", "web-2")
        + 'boundary "db" {\naround = [group.db]\nremote = [group.web]\ndirection = "Inbound"\n}\n',
        nsg("open", "all 100 In Allow * * -> *"),
        vnet(snet=within("open", "10.0.0.0/24")),
        nic("db", "10.0.0.4"), nic("web-1", "10.0.0.10"), nic("web-2", "10.0.0.20"),
    )  # fmt: skip
    found = named(report, "boundary.db")
    assert {prefix for pair in found.flows.drift for prefix in pair.source} == {"10.0.0.10/32", "10.0.0.20/32"}
    assert [cause.remote for cause in found.causes] == ["group.web"]
