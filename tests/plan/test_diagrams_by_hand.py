"""What diagrams say where they are cut short: the numbers stay exact, and what does not fit is not known."""

from __future__ import annotations

import pytest

from flowspec.intents import by_diagram
from flowspec.model.documents.plan import Report, Status
from flowspec.sets import bdd
from tests.plan.lab import group, intent, nic, nics, nsg, only, plan, vnet, within
from tests.plan.test_shattered import numbers, shattering

PORTS = ", ".join(str(port) for port in range(1, 40, 2))
SPEC = group("p", 'prefixes = ["20.0.0.0/24"]') + nics("b") + intent("i", "group.p", "group.b", "Deny", "1, 3, 5, 7, 9")
RULES = [f"r{n} {200 + n} In Allow Tcp 20.0.0.{4 * n}/31 -> *|{2 * n + 1}" for n in range(5)]


def planned(*rules: str) -> Report:
    return plan(SPEC, vnet(snet=within("nsg-snet")), nsg("nsg-snet", *rules), nic("b", "10.0.0.5"))


def test_a_list_that_is_cut_leaves_the_numbers_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = only(planned(*RULES))
    assert expected.flows.drift_total.count == str(5 * 2 * 2**16)
    shattering(monkeypatch)
    monkeypatch.setattr(by_diagram, "_LISTED", 1)
    found = only(planned(*RULES))
    assert numbers(found) == numbers(expected)


@pytest.mark.parametrize("nodes", [1 << 9, 1 << 11])
def test_what_does_not_fit_into_memory_is_not_known(nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither denied, which would satisfy the intent, nor permitted."""
    shattering(monkeypatch)
    assert only(planned("deny 300 In Deny * * -> *")).status is Status.SATISFIED
    monkeypatch.setattr(bdd, "_NODES", nodes)
    found = only(planned(*RULES, "deny 300 In Deny * * -> *"))
    assert found.status is Status.UNKNOWN
    assert [unknown.settle for unknown in found.flows.unknown] == ["ask about fewer ports or addresses at once"]
