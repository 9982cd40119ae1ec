"""Intents against the base: only what is new or worse counts, by exact flows and by place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gating.change import NETWORK, STRICT, nic, plan, resources, rule, ssh, standings, text, vnet

BASE = ("--base", "old.json")
EDGE = "PartnerEdge.WestEurope"
CLOSED_TO_IT = [rule("edge", 190, "Deny", EDGE, "22"), rule("all", 191, "Allow", "*", "22")]
OPEN_TO_IT = [rule("edge", 190, "Allow", EDGE, "22"), rule("all", 191, "Deny", "*", "22")]


def test_what_failed_before_and_fails_as_before_passes(tmp_path: Path) -> None:
    network = resources(ssh("8.8.8.0/24"))
    code, told = plan(tmp_path, network, network, *BASE)
    assert (code, told["gate"]["passes"], standings(told)) == (0, True, {"no-ssh-from-outside": "known"})
    assert plan(tmp_path, network, network)[0] == 2, "without a base all that fails counts"


@pytest.mark.parametrize(
    ("before", "after", "standing"),
    [
        ([], [ssh("8.8.8.0/24")], "new"),
        ([ssh("8.8.8.0/24")], [ssh("8.8.8.0/23")], "worse"),
        ([ssh("8.8.8.0/24")], [ssh("8.8.9.0/24")], "worse"),  # as many flows, but others
        ([ssh("8.8.8.0/24")], [ssh("8.8.8.0/24"), rule("x", 191, "Allow", "8.8.9.9", "22")], "worse"),
        ([ssh("PartnerEdge.WestEurope")], [ssh("8.8.8.0/24")], "worse"),  # unknown is below drifted
        ([], [ssh("PartnerEdge.WestEurope")], "new"),
        ([ssh("PartnerEdge.WestEurope")], [ssh("SqlManagement")], "worse"),  # in doubt for another reason
        ([ssh("8.8.8.0/24")], [ssh("8.8.8.0/24"), rule("x", 191, "Allow", "SqlManagement", "22")], "worse"),
        (CLOSED_TO_IT, OPEN_TO_IT, "worse"),  # in doubt for the same reason, but what was denied may pass
        (
            [ssh("8.8.8.0/24"), rule("x", 191, "Allow", "PartnerEdge.WestEurope", "22")],
            [ssh("8.8.8.0/24"), rule("x", 191, "Allow", "9.9.9.0/24", "22")],
            "worse",
        ),
    ],
)
def test_more_drift_and_more_doubt_are_not_known(
    tmp_path: Path, before: list[dict[str, object]], after: list[dict[str, object]], standing: str
) -> None:
    code, told = plan(tmp_path, resources(*before), resources(*after), *BASE)
    assert (code, told["gate"]["passes"]) == (2, False)
    assert standings(told) == {"no-ssh-from-outside": standing}
    assert text(tmp_path).startswith("✗ GATE FAILS")


@pytest.mark.parametrize(
    ("before", "after", "standing"),
    [
        ([ssh("8.8.8.0/23")], [ssh("8.8.8.0/24")], "known"),
        ([ssh("8.8.8.0/24")], [], "mended"),
        ([ssh("PartnerEdge.WestEurope")], [ssh("PartnerEdge.WestEurope")], "known"),
        (CLOSED_TO_IT, CLOSED_TO_IT, "known"),
        ([ssh("8.8.8.0/24")], [rule("renamed", 100, "Allow", "8.8.8.0/24", "22")], "known"),
    ],
)
def test_less_and_otherwise_written_passes(
    tmp_path: Path, before: list[dict[str, object]], after: list[dict[str, object]], standing: str
) -> None:
    code, told = plan(tmp_path, resources(*before), resources(*after), *BASE)
    assert (code, told["gate"]["passes"], standings(told)) == (0, True, {"no-ssh-from-outside": standing})
    assert text(tmp_path).startswith("✓ GATE PASSES")


def test_only_severities_that_count_fail(tmp_path: Path) -> None:
    lenient = STRICT.replace('severity = "error"', 'severity = "warning"')
    change = (resources(), resources(ssh("8.8.8.0/24")))
    code, told = plan(tmp_path, *change, *BASE, spec=lenient)
    assert (code, standings(told)) == (0, {"no-ssh-from-outside": "new"})
    assert told["gate"]["brakes"][0]["notes"] == ["of a severity that does not count: intent.no-ssh-from-outside"]
    assert plan(tmp_path, *change, *BASE, "--fail-on", "warning", spec=lenient)[0] == 2


EVERYWHERE = """
group "web" {
  select {
    vm = "vm-*"
  }
}
intent "no-ssh" {
  from     = [group.public]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
}
"""


def test_the_same_address_in_another_vnet_is_another_place(tmp_path: Path) -> None:
    """Its drift is new, although the address drifted before, in a network with the same address space."""
    twin = f"{NETWORK}/virtualNetworks/twin/subnets/snet"
    before = [*resources(ssh("8.8.8.0/24")), *vnet("twin", "10.0.0.0/24"), *nic("t", "10.0.0.4", twin)]
    after = [
        *resources(ssh("8.8.8.0/24")),
        *vnet("twin", "10.0.0.0/24", ssh("8.8.8.0/24")),
        *nic("t", "10.0.0.4", twin),
    ]
    assert plan(tmp_path, before, before, *BASE, spec=EVERYWHERE)[0] == 0
    code, told = plan(tmp_path, before, after, *BASE, spec=EVERYWHERE)
    assert (code, standings(told)) == (2, {"no-ssh": "worse"})


def test_a_nic_that_moved_to_another_vnet_at_its_address_is_new_there(tmp_path: Path) -> None:
    twin = f"{NETWORK}/virtualNetworks/twin/subnets/snet"
    open_twin = vnet("twin", "10.0.0.0/24", ssh("8.8.8.0/24"))
    before = [*vnet("one", "10.0.0.0/24", ssh("8.8.8.0/24")), *open_twin]
    one = f"{NETWORK}/virtualNetworks/one/subnets/snet"
    code, told = plan(
        tmp_path, [*before, *nic("a", "10.0.0.4", one)], [*before, *nic("b", "10.0.0.4", twin)], *BASE, spec=EVERYWHERE
    )
    assert (code, standings(told)) == (2, {"no-ssh": "worse"})


def test_an_intent_that_could_not_be_judged_before_is_new(tmp_path: Path) -> None:
    """Its group was empty in the base."""
    spec = EVERYWHERE.replace("vm-*", "vm-new")
    network = resources(ssh("8.8.8.0/24"))
    code, told = plan(tmp_path, network, [*network, *nic("new", "10.0.0.9")], *BASE, spec=spec)
    assert (code, standings(told)) == (2, {"no-ssh": "new"})
    assert told["gate"]["intents"][0]["before"] is None


def test_addresses_that_are_not_known_are_told_apart(tmp_path: Path) -> None:
    """Two NICs without an address: the drift of one is not that of the other."""
    network = resources(ssh("8.8.8.0/24"))
    before, after = [*network, *nic("a", None)], [*network, *nic("a", None), *nic("b", None)]
    assert plan(tmp_path, before, before, *BASE, spec=EVERYWHERE)[0] == 0
    assert plan(tmp_path, before, after, *BASE, spec=EVERYWHERE)[0] == 2


def test_an_intent_in_error_is_an_error(tmp_path: Path) -> None:
    network = resources()
    assert plan(tmp_path, network, network, *BASE, spec=EVERYWHERE.replace("vm-*", "nobody"))[0] == 1


def test_a_shard_has_no_gate(tmp_path: Path) -> None:
    assert plan(tmp_path, resources(), resources(), *BASE, "--shard", "1/2") == (1, {})
