"""Rules that never match, could go, or are outvoted: exactly those of which every packet there can be says so."""

from __future__ import annotations

from functools import reduce
from operator import or_

import pytest

from flowspec.linting import stacked
from flowspec.linting.chains import outvoted_rules
from flowspec.linting.estate import LintEstate, NsgWay, estate_of
from flowspec.linting.rules import outvoted, rule_findings
from flowspec.model.inventory import Direction, Nsg
from tests.engine.loading import load_documents
from tests.linting.brute import NIC_NSG, SUBNET_NSG, Brute, drawn_network
from tests.plan.lab import nic, nsg, vnet, within

BY_BOTH = [*((seed, False) for seed in range(20)), *((seed, True) for seed in range(8))]
"""Seeds, and whether every question is one that falls into too many pieces, and is put to diagrams."""


@pytest.mark.parametrize(("seed", "drawn"), BY_BOTH)
def test_findings_equal_brute_force(seed: int, drawn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacked, "MOST", 0 if drawn else stacked.MOST)
    resources = drawn_network(seed)
    estate = estate_of(load_documents({"net.json": resources}))
    every = list(rule_findings(estate))
    chained = [(one.nsg.name, one.rule.direction, one.rule.display) for one in outvoted(estate, every)]
    for direction in Direction:
        brute = Brute(resources, direction.value)
        for name in (SUBNET_NSG, NIC_NSG):
            found = next(f for n, way, f in every if n.name == name and way is direction)
            assert {rule.display for rule in found.never} == brute.never(name)
            assert {rule.display for rule in found.could_go} == brute.could_go(name)
            assert {rule for nsg, way, rule in chained if (nsg, way) == (name, direction)} == brute.outvoted(name)
            assert not found.empty
            for rule, because in found.never.items():
                takes = [brute.sure[name, one.rule.display] for one in because if one.rule is not None]
                own, whole = brute.maybe[name, rule.display] | brute.sure[name, rule.display], reduce(or_, takes)
                assert not own & ~whole, "they take all its flows"
                assert all(own & ~reduce(or_, (*takes[:at], *takes[at + 1 :]), 0) for at in range(len(takes)))


def ways(estate: LintEstate) -> list[tuple[Nsg, NsgWay]]:
    return [(nsg, (at, direction)) for at, nsg in estate.inventory.nsgs.items() for direction in Direction]


def test_a_rule_on_the_internet_tag_is_outvoted_whatever_the_tag_holds() -> None:
    """A NIC lets in what its subnet denies: which IPv6 addresses are the Internet's does not matter."""
    subnet = nsg(SUBNET_NSG, "deny-rdp 100 In Deny Tcp * -> *|3389")
    own = nsg(NIC_NSG, "allow-rdp 100 In Allow Tcp Internet -> *|3389", "allow-web 110 In Allow Tcp Internet -> *|80")
    network = [vnet(snet=within(SUBNET_NSG, "10.0.0.0/24")), nic("nic", "10.0.0.4", nsg=NIC_NSG)]
    estate = estate_of(load_documents({"net.json": [subnet, own, *network]}))
    found = [one.rule.name for one in outvoted(estate, list(rule_findings(estate))) if one.rule is not None]
    assert found == ["allow-rdp", "allow-web"], "and DenyAllInBound of the subnet stops the other"


@pytest.mark.parametrize(("seed", "drawn"), [*((seed, False) for seed in range(8)), (0, True), (1, True), (2, True)])
def test_what_is_in_doubt_is_never_said_to_be_idle(seed: int, drawn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings are true in every world; not all that are true in every world need be found."""
    monkeypatch.setattr(stacked, "MOST", 0 if drawn else stacked.MOST)
    resources = drawn_network(seed, doubtful=True)
    estate = estate_of(load_documents({"net.json": resources}))
    every = list(rule_findings(estate))
    for place, rule, _ in outvoted_rules(
        estate, {w: [r for r in n.rules if r.direction is w[1]] for n, w in ways(estate)}, set()
    ):
        name, other = (NIC_NSG, SUBNET_NSG) if place[0].endswith(NIC_NSG) else (SUBNET_NSG, NIC_NSG)
        for world in (True, False):
            brute = Brute(resources, place[1].value, portless=world)
            across = brute.walk(other)[0].at(brute.local)
            then, now = (brute.walk(name, gone)[0].at(brute.local) for gone in (frozenset({rule.display}), frozenset()))
            assert then.then(across) == now.then(across)
    for held, direction, found in every:
        never = {rule.display for rule in found.never}
        for brute in (Brute(resources, direction.value, portless=world) for world in (True, False)):
            assert never <= brute.never(held.name)
            now, _ = brute.walk(held.name, frozenset(never))
            assert all(brute.walk(held.name, frozenset({*never, r.display}))[0] == now for r in found.could_go)
