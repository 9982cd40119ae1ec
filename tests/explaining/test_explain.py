"""`flowspec explain` against the naive evaluator, on drawn networks; and its command."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowspec.cli.app import run
from flowspec.errors import FlowspecError
from flowspec.explaining.explain import Explainer, explanation
from flowspec.explaining.flow import read_flow
from flowspec.explaining.numbered import example_of
from flowspec.model.documents.explain import ExplainedFlow
from flowspec.model.documents.values import ExampleFlow
from flowspec.model.documents.walk import EndWalk
from flowspec.model.inventory import Inventory, key
from flowspec.model.spec import Assumption, Spec
from flowspec.pipeline import planned
from flowspec.views.explain import view as view_text
from flowspec.views.json import view as view_json
from flowspec.views.style import Style
from tests.document import fits
from tests.engine.generated import INTERNET, Twins
from tests.engine.loading import load_documents
from tests.naive.evaluate import Verdict, side
from tests.naive.matching import Packet
from tests.naive.networks import Drawn, draw
from tests.naive.questions import packets
from tests.plan.drawn_specs import TODAY
from tests.plan.lab import nic, nsg, vnet, within
from tests.plan.patching import patched

SHOP = Path(__file__).parents[2] / "examples/shop"
SSH = "Tcp 198.51.100.7:49152 -> 10.20.1.4:22"


def explainer(inventory: Inventory, nic: str = "", spec: Spec | None = None) -> Explainer:
    plans = planned(inventory, TODAY)
    return Explainer(inventory=inventory, planned=plans, located=lambda where: where, nic=nic, spec=spec or Spec())


def explained(twins: Twins, packet: Packet, nic: str) -> ExplainedFlow | None:
    """The walk; None for a packet whose ends are no two addresses, or one that the explainer has no words for."""
    if not (isinstance(packet.source, str) and isinstance(packet.destination, str)) or packet.protocol == "Other":
        return None
    flow = ExampleFlow(
        protocol=packet.protocol.upper(),
        source=packet.source,
        source_port=packet.source_port,
        destination=packet.destination,
        destination_port=packet.destination_port,
    )
    if packet.source == packet.destination:
        return None
    try:
        assumed = {
            f"a{n}": Assumption(name=f"a{n}", gateway=a["gateway"], learned_prefixes=tuple(a["learned_prefixes"]))
            for n, a in enumerate(twins.drawn.assumptions)
        }
        return explainer(twins.inventory, nic=nic, spec=Spec(assumptions=assumed)).flow(flow)
    except FlowspecError:
        return None


def test_it_says_what_the_naive_evaluator_says() -> None:
    """The answer of each end, the rule that decided it, and what the suggested change makes of it."""
    seen: Counter[str] = Counter()
    for seed in range(40):
        drawn = draw(seed)
        twins = Twins(drawn)
        for question in packets(drawn, 12):
            where, direction, packet = question.where, question.direction, question.packet
            if "/ipconfigurations/" not in where.lower():
                continue
            nic = key(where.rpartition("/ipConfigurations/")[0])
            walk = explained(twins, packet, nic)
            if walk is None or (seen["turned"] > 60 and seen["seen"] > 200):
                continue
            end = next(one for one in walk.ends if one.direction == direction)
            if key(end.nic) == nic and end.address == (packet.destination if direction == "Inbound" else packet.source):
                assert_agrees(end, side(twins.naive, where, direction, packet), seen)
                turns(drawn, walk, question.where, packet, seen)
    assert seen["seen"] > 100 and seen["decided"] > 40 and seen["turned"] > 15, seen


def assert_agrees(end: EndWalk, verdict: Verdict, seen: Counter[str]) -> None:
    assert end.access == verdict.access
    seen["seen"] += 1
    if verdict.rule is not None and end.access != "Unknown":
        last = end.layers[-1]
        assert verdict.rule in {decider.rule for decider in last.decided_by}
        seen["decided"] += 1


def turns(drawn: Drawn, walk: ExplainedFlow, where: str, packet: Packet, seen: Counter[str]) -> None:
    """With the changes in the JSON, the answer of both ends together is the other one."""
    if walk.turn is None or not walk.turn.changes:
        return
    changed = replace(drawn, resources=patched(drawn.resources, walk.turn.changes)).network(INTERNET)
    ends = {side(changed, place, end.direction, packet).access for end in walk.ends for place in places(changed, end)}
    together = "Deny" if "Deny" in ends else "Unknown" if "Unknown" in ends else "Allow"
    assert together == walk.turn.access, (where, packet)
    seen["turned"] += 1


def places(network: object, end: EndWalk) -> list[str]:
    """Where the naive evaluator asks for an end: the ip-configuration at its address, or the subnet."""
    if not end.layers:
        return []
    found = [
        one.id
        for one in network.ip_configurations  # type: ignore[attr-defined]
        if end.nic and key(one.id).startswith(f"{key(end.nic)}/") and str(one.address) == end.address
    ]
    return found[:1] or [end.subnet]


def shop(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(["explain", *arguments, "-i", str(SHOP / "network")])
    return code, capsys.readouterr().out


def test_a_flow_rule_by_rule(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = shop(capsys, SSH)
    assert code == 0
    assert "decided by securityRules/tmp-allow-ssh (190, Allow)" in text and "nsgs.json:24" in text
    assert "nearly by securityRules/allow-https (100, Allow): port 22 is not in 443" in text
    code, one_sided = shop(
        capsys, "--vm", "vm-web-01", "--direction", "Inbound", "--protocol", "TCP",
        "--local", "10.20.1.4:22", "--remote", "198.51.100.7:49152",
    )  # fmt: skip
    assert one_sided == text


def test_an_intent_by_its_flows(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = shop(capsys, "intent.no-ssh-from-outside", str(SHOP), "--today", "2026-11-21")
    assert (
        code == 0 and "intent.no-ssh-from-outside (drifted)" in text and "- delete" not in text.partition("To deny")[0]
    )
    assert run(["explain", "intent.none", str(SHOP), "-i", str(SHOP / "network")]) == 1


def test_a_near_miss_misses_by_the_field_it_names() -> None:
    """One rule for each field, and two that are far off."""
    rules = (
        "protocol 100 In Deny Udp * -> *|22",
        "source 110 In Deny Tcp 10.0.0.0/24 -> *|22",
        "destination 120 In Deny Tcp * -> 10.0.0.5|22",
        "port 130 In Deny Tcp * -> *|23",
        "two 140 In Deny Udp * -> *|23",
        "other 150 In Deny Tcp 10.0.0.0/24 -> 10.0.0.5|22",
        "it 160 In Allow Tcp * -> *|22",
        "behind 170 In Deny Tcp * -> *|24",
    )
    inventory = load_documents({"n.json": [vnet(snet=within("nsg")), nsg("nsg", *rules), nic("web", "10.0.0.4")]})
    walk = explainer(inventory).flow(read_flow("Tcp 8.8.8.8 -> 10.0.0.4:22"))
    (layer,) = walk.ends[1].layers
    assert [(miss.rule.rpartition("/")[2], miss.field) for miss in layer.near_misses] == [
        ("protocol", "protocol"), ("source", "source"), ("destination", "destination"), ("port", "destination port"),
    ]  # fmt: skip
    assert [miss.why for miss in layer.near_misses] == [
        "Tcp is not Udp",
        "source 8.8.8.8 is not in 10.0.0.0/24",
        "destination 10.0.0.4 is not in 10.0.0.5",
        "port 22 is not in 23",
    ]
    assert layer.tried == 6 and [one.rule for one in layer.decided_by] == ["securityRules/it"]


def test_a_change_and_a_cause_by_a_flow_they_move(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, diff = str(tmp_path / "plan.json"), str(tmp_path / "diff.json")
    run(["plan", str(SHOP), "-i", str(SHOP / "network"), "--today", "2026-11-21", "--out", plan])
    run(["diff", str(SHOP / "network"), str(SHOP.parent / "two-nsgs/network"), "-o", f"json={diff}"])
    capsys.readouterr()
    code, text = shop(capsys, "change.1", "--document", plan)
    assert code == 0 and f"change.1 of {plan}" in text and "tmp-allow-ssh" in text
    assert "10.20.1.4:22" in text and "To deny it\n    + create" in text, "a flow of a NIC, not of a free address"
    assert shop(capsys, "cause.1", "--document", diff)[0] in (0, 2)
    for wrong in (["change.2", "--document", plan], ["cause.1", "--document", plan], ["change.1"]):
        assert shop(capsys, *wrong)[0] == 1


@pytest.mark.parametrize(
    ("moved", "becomes"),
    [
        ({"destination": ["10.0.0.0/24"]}, "10.0.0.9"),
        ({"destination": ["10.0.0.0/30", "<nic>"]}, "10.0.0.3"),
        ({"destination": ["10.0.0.0/24"], "destination_ports": ["80"]}, "10.0.0.3"),
        ({"destination": ["10.0.0.0/24"], "protocol": "UDP"}, "10.0.0.3"),
        ({"destination": ["10.0.0.0/24"], "source": ["9.9.9.9/32"]}, "10.0.0.3"),
    ],
)
def test_a_cause_is_explained_by_a_flow_of_its_own_that_a_nic_has(moved: dict[str, Any], becomes: str) -> None:
    example = {"protocol": "TCP", "source": "8.8.8.8", "source_port": 49152, "destination": "10.0.0.3",
               "destination_port": 22}  # fmt: skip
    flows = {"protocol": "TCP", "source": ["8.0.0.0/8"], "source_ports": ["0-65535"], "destination": [],
             "destination_ports": ["20-25"], **moved}  # fmt: skip
    document = {"causes": [{"flows": [flows], "total": {"count": "1", "example": example, "truncated": False}}]}
    found = example_of(json.dumps(document).encode(), "d.json", "cause", 1, ["10.1.0.4", "10.0.0.9"])
    assert (found.destination, found.source) == (becomes, "8.8.8.8")


def test_a_flow_of_no_nic_says_why_no_change_is_sought(capsys: pytest.CaptureFixture[str]) -> None:
    told = shop(capsys, "Tcp 198.51.100.7 -> 10.20.1.11:22")[1]
    assert "changes are sought for NICs, and none has an address" in " ".join(told.split())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Tcp 10.0.0.1 10.0.0.2:1", "a flow reads"),
        ("Sctp 10.0.0.1 -> 10.0.0.2:1", "a flow reads"),
        ("Tcp 10.0.0.1 -> 10.0.0.2", "needs a port"),
        ("Tcp 10.0.0.1 -> 10.0.0.2:65536", "no port"),
        ("Icmp 10.0.0.1 -> 10.0.0.2:1", "has no ports"),
        ("Tcp ::1 -> 10.0.0.2:1", "one address family"),
        ("Tcp 10.0.0.2:1 -> 10.0.0.2:1", "to itself"),
        ("Tcp a -> 10.0.0.2:1", "'a' is no address"),
    ],
)
def test_what_is_no_flow(text: str, why: str) -> None:
    with pytest.raises(FlowspecError) as refused:
        read_flow(text)
    assert why in str(refused.value)


def test_the_document_is_as_its_schema_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = shop(capsys, SSH, "-o", "json")
    assert code == 0 and json.loads(fits(text, "explain"))["walks"][0]["access"] == "Allow"
    assert view_json(explanation(()), Style()) and view_text(explanation(()), Style()) == ""


def test_an_address_that_several_nics_have_is_that_of_the_nics_own_vnet() -> None:
    """Address spaces overlap where they are not peered: the other VNet's machine says nothing of this flow."""
    inventory = load_documents({"n.json": [
        nsg("no", "all 100 In Deny * * -> *|*"), nsg("yes", "all 100 In Allow * * -> *|*"),
        vnet("a", snet=within("no")), nic("a1", "10.0.0.4", vnet="a"), nic("a2", "10.0.0.5", vnet="a"),
        vnet("b", snet=within("yes")), nic("b1", "10.0.0.4", vnet="b"), nic("b2", "10.0.0.5", vnet="b"),
        nic("a3", "10.0.0.6", vnet="a"), nic("b3", "10.0.0.7", vnet="b"),
    ]})  # fmt: skip
    flow = read_flow("Tcp 10.0.0.4 -> 10.0.0.5:443")
    for name, access in (("a", "Deny"), ("b", "Allow")):
        meant = next(one for one in inventory.nics if one.endswith(f"/{name}1"))
        walk = explainer(inventory, meant).flow(flow)
        assert walk.access == access
        assert [end.nic.rpartition("/")[2] for end in walk.ends] == [f"{name}1", f"{name}2"]
    with pytest.raises(FlowspecError, match=r"Several NICs have the address 10\.0\.0\.4: a1, b1"):
        explainer(inventory).flow(flow)
