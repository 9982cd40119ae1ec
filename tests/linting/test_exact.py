"""Rules that never match, could go, or are outvoted: exactly those of which every packet there can be says so."""

from __future__ import annotations

import pytest

from flowspec.linting.estate import estate_of
from flowspec.linting.rules import outvoted, rule_findings
from flowspec.model.inventory import Direction
from tests.engine.loading import load_documents
from tests.linting.brute import NIC_NSG, SUBNET_NSG, Brute, drawn_network


@pytest.mark.parametrize("seed", range(20))
def test_findings_equal_brute_force(seed: int) -> None:
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


@pytest.mark.parametrize("seed", range(8))
def test_what_is_in_doubt_is_never_said_to_be_idle(seed: int) -> None:
    """Findings are true in every world; not all that are true in every world need be found."""
    resources = drawn_network(seed, doubtful=True)
    estate = estate_of(load_documents({"net.json": resources}))
    every = list(rule_findings(estate))
    for nsg, direction, found in every:
        never = {rule.display for rule in found.never}
        for brute in (Brute(resources, direction.value, portless=world) for world in (True, False)):
            assert never <= brute.never(nsg.name)
            now, _ = brute.walk(nsg.name, frozenset(never))
            assert all(brute.walk(nsg.name, frozenset({*never, r.display}))[0] == now for r in found.could_go)
