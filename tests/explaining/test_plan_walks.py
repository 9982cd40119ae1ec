"""A plan holds the walks of its examples: of what is wrong first, and as `explain` has them."""

from __future__ import annotations

import pytest

from flowspec.explaining import explain
from flowspec.explaining.explain import Explainer, explain_intent
from flowspec.model.documents.walk import FlowWalk
from flowspec.pipeline import planned
from tests.engine.loading import load_documents
from tests.plan.lab import TODAY, intent, nic, nics, nsg, plan, spec_of, vnet, within

NETWORK = (
    nsg("nsg-web", "https 100 In Allow Tcp * -> *|443", "ssh 200 In Allow Tcp 8.8.8.0/24 -> *|22"),
    vnet(snet=within("nsg-web", "10.0.0.0/24")), nic("web", "10.0.0.4"),
)  # fmt: skip
TEXT = (
    nics("web")
    + intent("https", "group.public", "group.web", "Allow", "443")
    + intent("no-ssh", "group.public", "group.web", "Deny", "22")
)


def test_what_is_wrong_comes_first_and_is_as_explained() -> None:
    report = plan(TEXT, *NETWORK)
    assert [walk.of for walk in report.walks] == ["intent.no-ssh (drifted)", "intent.https (satisfied)"]
    inventory, spec = load_documents({"network.json": list(NETWORK)}), spec_of(TEXT)
    explainer = Explainer(
        inventory=inventory, planned=planned(inventory, TODAY), located=lambda where: where, spec=spec
    )
    (alone,) = explain_intent(explainer, "intent.no-ssh")
    for walk in (alone, report.walks[0]):
        (layer,) = walk.ends[1].layers
        assert (walk.flow, layer.decided_by[0].rule, layer.near_misses[0].why) == (
            alone.flow, "securityRules/ssh", "port 22 is not in 443")  # fmt: skip
        assert layer.decided_by[0].where is not None
    assert alone.turn is not None and type(report.walks[0]) is FlowWalk


def test_as_many_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan(TEXT, *NETWORK, room=0).walks == ()
    monkeypatch.setattr(explain, "MOST_WALKS", 1)
    assert [walk.of for walk in plan(TEXT, *NETWORK).walks] == ["intent.no-ssh (drifted)"]


def test_an_address_that_two_have_has_no_walk() -> None:
    """Which of them is meant, nobody could say."""
    twin = (vnet("other", snet=within("nsg-web", "10.0.0.0/24")), nic("twin", "10.0.0.4", vnet="other"))
    assert plan(TEXT, *NETWORK, *twin).walks == ()
