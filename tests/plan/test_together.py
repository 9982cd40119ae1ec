"""Fixes that do what they should alone and not together, and proofs over drift that is too much to be listed."""

from __future__ import annotations

import pytest

from flowspec.fixes.remedies import RuleBatch
from flowspec.fixes.search import _compatible
from flowspec.intents import judge
from flowspec.model.inventory import Access
from tests.plan.lab import group, intent, nic, nics, nsg, vnet, within
from tests.plan.proving import draft, harmed, inbound, prover_of

B = nic("b", "10.0.0.5")


SPEC = group("p", 'prefixes = ["20.0.0.0/24"]') + group("q", 'prefixes = ["30.0.0.0/24"]') + nics("b")
SPEC += intent("one", "group.p", "group.b", "Allow", "443") + intent("two", "group.q", "group.b", "Deny", "80")
NETWORK = [vnet(snet=within("nsg-b")), nsg("nsg-b", "web 200 In Allow Tcp * -> *|80", "deny 300 In Deny * * -> *"), B]


@pytest.mark.parametrize("port, left", [("443", ["intent.one"]), ("80", ["intent.one", "intent.two"])])
def test_of_two_fixes_that_spoil_each_other_the_last_is_dropped(port: str, left: list[str]) -> None:
    """The second also denies a port of p: nothing that passes now, but what the first would open."""
    prover = prover_of(SPEC, *NETWORK)
    offered = [
        RuleBatch(tuple(drafts), ((address,),) * len(drafts), prover.effect(drafts))
        for address, drafts in {
            "intent.one": [draft(inbound(Access.ALLOW, 290, "20.0.0.0/24", "443"), "nsg-b")],
            "intent.two": [
                draft(inbound(Access.DENY, 190, "30.0.0.0/24", "80"), "nsg-b"),
                draft(inbound(Access.DENY, 191, "20.0.0.0/24", port), "nsg-b"),
            ],
        }.items()
    ]
    assert not any(batch.effect.worse(prover.before) for batch in offered), "alone they do no harm"
    assert [address for batch in _compatible(prover, offered) for address in batch.addresses] == left


def test_more_drift_is_harm_where_it_is_too_much_to_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "_BOXES", -1)
    spec = group("p", 'prefixes = ["20.0.0.0/24"]') + nics("b") + intent("i", "group.p", "group.b", "Allow", "80, 443")
    network = [vnet(snet=within("nsg-b")), nsg("nsg-b", "web 200 In Allow Tcp 20.0.0.0/24 -> *|80"), B]
    effect, worse = harmed(spec, inbound(Access.DENY, 150, "20.0.0.0/25", "80"), *network, of="nsg-b")
    assert effect.judged["intent.i"].shattered is not None
    assert worse == ["intent.i"]
    _, worse = harmed(spec, inbound(Access.ALLOW, 150, "20.0.0.0/25", "443"), *network, of="nsg-b")
    assert not worse
