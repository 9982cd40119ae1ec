"""The naive evaluator's paths and intents, on hand-made networks (docs/semantics.md, Intents)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.naive import End, Flow, Network, Universe, intent_status, path
from tests.naive.resources import Json
from tests.naive.small import (
    IP,
    OTHER,
    OTHER_IP,
    PEER,
    PEER_SUBNET,
    ROOT,
    SUBNET,
    TABLE,
    VNET,
    network,
    nic,
    peering,
    rule,
    table,
    tag_rules,
    vnet,
)


def two_vnets(forth: Json | None, back: Json | None, *routes: tuple[str, str], missing: bool = False) -> Network:
    """vnet 10.0.0.0/16 and peer 10.1.0.0/16; the routes are on the first one's subnet."""
    far = vnet(PEER, ["10.1.0.0/16"], *([back] if back else []))
    found = [nic(OTHER, PEER_SUBNET, "10.1.0.4"), table(*routes), *([] if missing else [far])]
    return network(
        peerings=[forth] if forth else [], subnet={"routeTable": {"id": TABLE}} if routes else {}, more=found
    )


DEFAULTS = network()
FORTH, BACK = peering(PEER.upper()), peering(VNET)
PATHS = [
    ("no peering", two_vnets(None, None), "none"),
    ("both ways", two_vnets(FORTH, BACK), "direct"),
    ("one way", two_vnets(FORTH, None), "none"),
    ("not Connected", two_vnets(FORTH | {"peeringState": "Disconnected"}, BACK), "none"),
    ("no access back", two_vnets(FORTH, BACK | {"allowVirtualNetworkAccess": False}), "none"),
    ("subnets only", two_vnets(FORTH | {"peerCompleteVnets": False}, BACK), "unknown"),
    ("peer not in the inventory", two_vnets(FORTH, None, missing=True), "unknown"),
    ("as long as the peer's prefix", two_vnets(FORTH, BACK, ("10.1.0.0/16", "VirtualAppliance")), "none"),
    ("shorter", two_vnets(FORTH, BACK, ("10.0.0.0/8", "VirtualAppliance")), "direct"),
    ("longer, to None", two_vnets(FORTH, BACK, ("10.1.0.4/32", "None")), "none"),
    ("longer, for others", two_vnets(FORTH, BACK, ("10.1.1.0/24", "None")), "direct"),
    ("VnetLocal", two_vnets(FORTH, BACK, ("10.1.0.0/24", "vnetlocal")), "direct"),
    ("a longer VnetLocal", two_vnets(FORTH, BACK, ("10.1.0.0/16", "None"), ("10.1.0.0/24", "VnetLocal")), "direct"),
    ("a tag without data", two_vnets(FORTH, BACK, ("EventHub", "Internet")), "direct"),
]


@pytest.mark.parametrize(("net", "expected"), [case[1:] for case in PATHS], ids=[case[0] for case in PATHS])
def test_path(net: Network, expected: str) -> None:
    assert path(net, IP, OTHER_IP, "10.0.0.4", "10.1.0.4") == expected
    assert path(net, OTHER_IP, IP, None, None) == expected, "the other way round, addresses looked up"


def test_path_within_a_vnet() -> None:
    assert path(DEFAULTS, IP, SUBNET, None, "10.0.0.9") == "direct"
    forced = network(subnet={"routeTable": {"id": TABLE}}, more=[table(("10.0.0.0/16", "VirtualAppliance"))])
    on_subnet, by_tag = {"routeTable": {"id": TABLE}}, table(("EventHub", "Internet"))
    public = network(space=["20.0.0.0/16"], subnet=on_subnet, more=[by_tag])
    assert path(public, IP, SUBNET, "20.0.0.4", "20.0.0.9") == "unknown"
    assert path(forced, IP, SUBNET, None, "10.0.0.9") == "none"
    assert path(network(subnet={"routeTable": {"id": TABLE}}), IP, SUBNET, None, "10.0.0.9") == "unknown"


ME, OTHER_NIC, OFFICE = {"ipconfig": IP}, {"ipconfig": OTHER_IP}, {"addresses": ["203.0.113.8/30"]}
NEAR, SQL = {"addresses": ["10.0.0.9"]}, {"tag": "Sql"}
SMALL = Universe(addresses=("10.0.0.4", "10.0.0.9", "203.0.113.9", "168.63.129.16"), ports=(22, 80))
CLOSED = network(rule("x", 100, "Inbound", "Deny"))
OPEN_TO_OFFICE = rule("office", 4000, "Inbound", "Allow", "Tcp", sourceAddressPrefix="203.0.113.0/24")
OPEN = network(OPEN_TO_OFFICE)
HOLED = network(OPEN_TO_OFFICE, rule("x", 100, "Inbound", "Deny", sourceAddressPrefix="203.0.113.9"))
HIDDEN = network(address=None)
SILENT = network(rule("x", 100, "Outbound", "Deny"))
BY_TAG = network(*tag_rules("Allow"))
GATEWAY_HERE = network(
    subnet={"ipConfigurations": [{"id": f"{ROOT}/virtualNetworkGateways/vgw/ipConfigurations/default"}]}
)
UNLISTED = network(subnet={"ipConfigurations": [{"id": f"{ROOT}/networkInterfaces/far/ipConfigurations/ip"}]})
ON_SUBNET = [nic(OTHER, SUBNET, "10.0.0.9")]


def wish(expect: str, source: Json, destination: Json, **more: Any) -> Json:
    services = [{"protocol": "Tcp", "ports": ["22"]}]
    return {"expect": expect, "from": [source], "to": [destination], "services": services, **more}


INTENTS = [
    ("allowed", OPEN, wish("Allow", OFFICE, ME), "satisfied"),
    ("denied", DEFAULTS, wish("Allow", OFFICE, ME), "drift"),
    ("a Deny drifts where it passes", OPEN, wish("Deny", OFFICE, ME), "drift"),
    ("except takes it out", OPEN, wish("Deny", OFFICE, ME, **{"except": [{"group": [OFFICE]}]}), "nothing"),
    ("except of another service", OPEN, wish("Deny", OFFICE, ME, **{"except": [{"services": []}]}), "drift"),
    ("part of it stopped", HOLED, wish("Allow", OFFICE, ME), "drift"),
    ("not decided", BY_TAG, wish("Allow", OFFICE, ME), "unknown"),
    ("an opaque tag", BY_TAG, wish("Allow", {"tag": "AzureMonitor"}, ME), "satisfied"),
    ("except of a tag without data", OPEN, wish("Deny", OFFICE, ME, **{"except": [{"from": [SQL]}]}), "unknown"),
    ("stopped at the source", SILENT, wish("Deny", ME, NEAR), "satisfied"),
    ("at a source without a filter", DEFAULTS, wish("Deny", OFFICE, ME, at="source"), "satisfied"),
    ("a member in doubt", OPEN, wish("Allow", OFFICE, ME) | {"to": [ME, {"maybe": OTHER_IP}]}, "unknown"),
    ("an ip-configuration to itself", DEFAULTS, wish("Allow", ME, ME), "nothing"),
    ("neither end with a filter", DEFAULTS, wish("Allow", OFFICE, NEAR), "nothing"),
    ("a NIC inside a prefix is judged", CLOSED, wish("Allow", NEAR, {"addresses": ["10.0.0.4/30"]}), "drift"),
    ("a NIC that may lie inside", HIDDEN, wish("Allow", NEAR, {"addresses": ["10.0.0.0/30"]}), "unknown"),
    ("a NIC that the inventory lacks", UNLISTED, wish("Allow", ME, NEAR), "unknown"),
    ("a gateway is no NIC", GATEWAY_HERE, wish("Allow", ME, NEAR), "satisfied"),
    ("the platform is not judged", DEFAULTS, wish("Allow", {"addresses": ["168.63.129.16/31"]}, ME), "nothing"),
    ("but where it is named alone", DEFAULTS, wish("Allow", {"addresses": ["168.63.129.16/32"]}, ME), "satisfied"),
    ("a NIC of a whole subnet is judged", CLOSED, wish("Allow", NEAR, {"subnet": SUBNET}), "drift"),
    ("the rest of the subnet", DEFAULTS, wish("Allow", ME, {"subnet": SUBNET}), "satisfied"),
    ("a Deny never rests on a path", two_vnets(None, None), wish("Deny", OTHER_NIC, ME), "satisfied"),
    ("so it drifts without one", network(peerings=[FORTH], more=ON_SUBNET), wish("Deny", OTHER_NIC, ME), "drift"),
]  # fmt: skip


@pytest.mark.parametrize(("net", "intent", "expected"), [c[1:] for c in INTENTS], ids=[c[0] for c in INTENTS])
def test_intent(net: Network, intent: Json, expected: str) -> None:
    assert intent_status(net, intent, SMALL).status == expected


@pytest.mark.parametrize(
    ("at", "expected"), [("either", "satisfied"), ("source", "drift"), ("destination", "satisfied"), ("both", "drift")]
)
def test_at_asks_one_side_of_a_deny(at: str, expected: str) -> None:
    """The source permits, the destination stops."""
    net = network(rule("x", 100, "Inbound", "Deny"), more=ON_SUBNET)
    assert intent_status(net, wish("Deny", OTHER_NIC, ME, at=at), SMALL).status == expected


def test_an_allow_wants_a_direct_path() -> None:
    """The route to the appliance leaves the filters as they are."""
    routes = table(("10.0.0.0/16", "VirtualAppliance"))
    net = network(subnet={"routeTable": {"id": TABLE}}, more=[*ON_SUBNET, routes])
    assert intent_status(net, wish("Allow", OTHER_NIC, ME), SMALL).status == "unknown"
    assert intent_status(net, wish("Allow", OTHER_NIC, ME, path=True), SMALL).status == "satisfied"


def test_given_flows_are_judged_as_they_are() -> None:
    flow = Flow("Tcp", End("8.8.8.8"), 40000, End("10.0.0.4", IP), 22)
    verdict = intent_status(DEFAULTS, wish("Deny", OFFICE, ME), flows=[flow])
    assert [(judged.passage, judged.result) for judged in verdict.flows] == [("stop", "ok")]


def test_too_many_flows_ask_for_a_universe() -> None:
    with pytest.raises(ValueError, match="universe"):
        intent_status(DEFAULTS, wish("Deny", {"addresses": ["0.0.0.0/0"]}, ME))
