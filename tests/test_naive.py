"""The naive evaluator against the fact sheet: each case names the number of docs/azure.md that it comes from."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from tests.naive import Network, intent_status, side
from tests.naive.features import CHECKS, features
from tests.naive.matching import all_ports, in_every_world
from tests.naive.networks import Drawn, draw, networks
from tests.naive.questions import intents, packets
from tests.naive.resources import covered, prefixes
from tests.naive.small import (
    IN_DENY,
    IN_LB,
    IN_VNET,
    INTERNET,
    NIC_NSG,
    OUT_DENY,
    OUT_INTERNET,
    OUT_VNET,
    PEER,
    ROOT,
    SSH_DENIED,
    SUBNET,
    SUBNET_NSG,
    TABLE,
    admin,
    admin_rule,
    both,
    gatewayed,
    judge,
    network,
    nsg,
    peering,
    ports,
    private_endpoint,
    routed,
    rule,
    tag_rules,
    with_group,
    with_public_ip,
)

Case = tuple[str, Network, str, str, str | None]

G3_RULES = [
    rule("scr1", 122, "Outbound", "Deny", "Tcp", **ports(None, "80")),
    rule("sr2", 123, "Inbound", "Allow", "Tcp", **ports("23-45", "46-56")),
    rule("default-allow-rdp", 1000, "Inbound", "Allow", "Tcp", **ports(None, "3389")),
]
G3 = network(*G3_RULES, space=["10.17.3.0/24"], address="10.17.3.4")
G5 = network(
    rule("rdp", 1000, "Inbound", "Allow", "TCP", **ports(None, "3389")),
    rule("azsmnet8374", 501, "Outbound", "Deny", "TCP", **ports(None, "80")),
    space=["10.17.3.0/24"],
    address="10.17.3.4",
)
G8 = network(
    rule(
        "DenyInternetInComing", 100, "Inbound", "Deny", "*", sourceAddressPrefix="INTERNET", destinationPortRange="443"
    ),
    at="subnet",
    space=["192.168.0.0/16"],
    address="192.168.2.4",
)
DEFAULTS = network()
ALL_ALLOWED = nsg(NIC_NSG, rule("in", 100, "Inbound", "Allow"), rule("out", 100, "Outbound", "Allow"))

RECORDED: list[Case] = [
    ("G1", DEFAULTS, "In Tcp 10.0.0.4:22 <- 100.1.2.3:40000", "Deny", IN_DENY),
    ("G2", DEFAULTS, "Out Tcp 10.0.0.4:40000 -> 100.1.2.3:80", "Allow", OUT_INTERNET),
    ("G3", G3, "In Tcp 10.17.3.4:50 <- 121.11.12.14:40", "Allow", "securityRules/sr2"),
    ("G3 source port outside", G3, "In Tcp 10.17.3.4:50 <- 121.11.12.14:46", "Deny", IN_DENY),
    ("G4", G3, "Out Tcp 10.17.3.4:80 -> 12.11.12.14:80", "Deny", "securityRules/scr1"),
    ("G5", G5, "Out Tcp 10.17.3.4:80 -> 12.11.12.14:80", "Deny", "securityRules/azsmnet8374"),
    ("G6", network(space=["10.0.0.0/8"]), "In Tcp 10.0.0.4:80 <- 10.0.0.13:80", "Allow", IN_VNET),
    ("G7", network(space=["10.0.0.0/28"]), "Out Tcp 10.0.0.4:443 -> 8.8.8.8:443", "Allow", OUT_INTERNET),
    ("G8", G8, "Out Tcp 192.168.2.4:443 -> 8.8.8.8:443", "Allow", OUT_INTERNET),
    ("G8 inbound", G8, "In Tcp 192.168.2.4:443 <- 8.8.8.8:443", "Deny", "securityRules/DenyInternetInComing"),
    ("Q1", DEFAULTS, "Out Tcp 10.0.0.4:60000 -> 13.107.21.200:80", "Allow", OUT_INTERNET),
    ("Q2", DEFAULTS, "Out Tcp 10.0.0.4:60000 -> 172.31.0.100:80", "Deny", OUT_DENY),
    ("Q3", DEFAULTS, "In Tcp 10.0.0.4:80 <- 172.31.0.100:60000", "Deny", IN_DENY),
]


SCALE_SET = f"{ROOT}/networkInterfaces/of-a-scale-set/ipConfigurations/ip"
ASSUMED = [{"gateway": "VGW", "learned_prefixes": ["192.168.0.0/16"]}]
FROM_OFFICE = "In Tcp 10.0.0.4:22 <- 192.168.10.9:40000"
FROM_PEER = "In Tcp 10.0.0.4:22 <- 10.1.0.4:40000"
FROM_PLATFORM = "In Tcp 10.0.0.4:1 <- 168.63.129.16:1"
FROM_FAR = "In Tcp 10.0.0.4:22 <- 10.99.0.9:40000"
SSH_FROM_OUTSIDE = "In Tcp 10.0.0.4:22 <- 8.8.8.8:40000"
TO_OUTSIDE = "Out Tcp 10.0.0.4:1 -> 8.8.8.8:1"
SSH_FROM_INSIDE = "In Tcp 10.0.0.4:22 <- 10.0.0.9:40000"
REMOTE = {"remoteAddressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}
V6 = ["10.0.0.0/16", "fd00:a::/48"]
ANY_TO_ALL_PORTS = rule("p", 100, "Inbound", "Allow", "*", destinationPortRange="80")

DECIDED: list[Case] = [
    ("A1 first Deny is named", both(ALL_ALLOWED, SSH_DENIED), SSH_FROM_OUTSIDE, "Deny", "securityRules/no-ssh"),
    (
        "A1 last layer is named inbound",
        both(ALL_ALLOWED, nsg(SUBNET_NSG)),
        SSH_FROM_INSIDE,
        "Allow",
        "securityRules/in",
    ),
    (
        "A1 last layer is named outbound",
        both(ALL_ALLOWED, nsg(SUBNET_NSG)),
        "Out Tcp 10.0.0.4:1 -> 8.8.8.8:1",
        "Allow",
        OUT_INTERNET,
    ),
    ("A3 no NSG", network(at="none"), SSH_FROM_OUTSIDE, "Allow", None),
    ("A3 Standard public IP", with_public_ip(sku={"name": "STANDARD"}), SSH_FROM_OUTSIDE, "Deny", None),
    ("A3 Standard public IP, inside", with_public_ip(sku={"name": "Standard"}), SSH_FROM_INSIDE, "Allow", None),
    ("A3 Basic public IP", with_public_ip(sku={"name": "Basic"}), SSH_FROM_OUTSIDE, "Allow", None),
    ("A3 public IP of unknown SKU", with_public_ip(sku=None), SSH_FROM_OUTSIDE, "Unknown", None),
    ("A3 public IP not in the inventory", with_public_ip(), SSH_FROM_OUTSIDE, "Unknown", None),
    (
        "A4 no default rule of the direction",
        network(at="none", nic_nsg=nsg(NIC_NSG, defaultSecurityRules=[rule("o", 65500, "Outbound", "Deny")])),
        SSH_FROM_OUTSIDE,
        "Deny",
        None,
    ),
    ("A5 AzureLoadBalancer", network(space=["192.168.0.0/16"]), FROM_PLATFORM, "Allow", IN_LB),
    ("B4.4 the platform in VirtualNetwork", DEFAULTS, FROM_PLATFORM, "Allow", IN_VNET),
    ("A6 ASG member", with_group("10.0.0.9"), SSH_FROM_INSIDE, "Allow", "securityRules/asg"),
    ("A6 not the ASG's member", with_group("10.0.0.8"), SSH_FROM_INSIDE, "Deny", "securityRules/deny"),
    ("A6 member of unknown address", with_group(None), SSH_FROM_INSIDE, "Unknown", None),
    ("A6 address of another NIC", with_group(None), "In Tcp 10.0.0.4:22 <- 10.0.0.4:1", "Deny", "securityRules/deny"),
    (
        "A14 unlisted endpoint",
        with_group("10.0.0.8", ipConfigurations=[{"id": SCALE_SET}]),
        SSH_FROM_INSIDE,
        "Unknown",
        None,
    ),
    ("A7 route by a tag without data", routed(("EventHub", "Internet")), TO_OUTSIDE, "Unknown", None),
    ("A7 and inbound", routed(("EventHub", "Internet")), SSH_FROM_OUTSIDE, "Unknown", None),
    (
        "A13 Enabled",
        private_endpoint(privateEndpointNetworkPolicies="enabled"),
        SSH_FROM_INSIDE,
        "Deny",
        "securityRules/no-ssh",
    ),
    ("A13 Disabled", private_endpoint(privateEndpointNetworkPolicies="Disabled"), SSH_FROM_INSIDE, "Allow", None),
    ("A13 absent", private_endpoint(), SSH_FROM_INSIDE, "Unknown", None),
    ("A13 absent, the same either way", private_endpoint(), "In Tcp 10.0.0.4:1 <- 10.0.0.9:1", "Allow", None),
    (
        "A15 admin Deny",
        network(ALL_ALLOWED["properties"]["securityRules"][0], more=[admin(admin_rule("Deny"))]),
        SSH_FROM_INSIDE,
        "Deny",
        None,
    ),
    ("A15 AlwaysAllow", both(ALL_ALLOWED, SSH_DENIED), SSH_FROM_INSIDE, "Deny", "securityRules/no-ssh"),
    (
        "A15 AlwaysAllow above it",
        network(at="none", subnet_nsg=SSH_DENIED, more=[admin(admin_rule("AlwaysAllow"))]),
        SSH_FROM_INSIDE,
        "Allow",
        None,
    ),
    (
        "A15 Allow goes on",
        network(at="none", subnet_nsg=SSH_DENIED, more=[admin(admin_rule("Allow"))]),
        SSH_FROM_INSIDE,
        "Deny",
        "securityRules/no-ssh",
    ),
    ("A17 peer", network(peerings=[peering(PEER, **REMOTE)]), FROM_PEER, "Allow", IN_VNET),
    (
        "A17 peer without access",
        network(peerings=[peering(PEER, **REMOTE | {"allowVirtualNetworkAccess": False})]),
        FROM_PEER,
        "Unknown",
        None,
    ),
    (
        "A17 peer not Connected",
        network(peerings=[peering(PEER, **REMOTE) | {"peeringState": "Initiated"}]),
        FROM_PEER,
        "Unknown",
        None,
    ),
    ("A17 peer without prefixes", network(peerings=[peering(PEER)]), FROM_FAR, "Unknown", None),
    ("A17 on-premises without BGP", gatewayed(), FROM_OFFICE, "Allow", IN_VNET),
    ("A17 elsewhere", gatewayed(), FROM_FAR, "Deny", IN_DENY),
    ("A17 BGP", gatewayed(bgp=True), FROM_FAR, "Unknown", None),
    ("A17 ExpressRoute", gatewayed(gatewayType="ExpressRoute"), FROM_FAR, "Unknown", None),
    ("A17 BGP assumed", gatewayed(bgp=True, assumptions=ASSUMED), FROM_OFFICE, "Allow", IN_VNET),
    ("A17 BGP assumed, elsewhere", gatewayed(bgp=True, assumptions=ASSUMED), FROM_FAR, "Deny", IN_DENY),
    (
        "B8.1 default route to an appliance",
        routed(("0.0.0.0/0", "VirtualAppliance")),
        SSH_FROM_OUTSIDE,
        "Allow",
        IN_VNET,
    ),
    ("A17 default route to None", routed(("0.0.0.0/0", "None")), SSH_FROM_OUTSIDE, "Unknown", None),
    ("B0.8 prefix of a user route", routed(("10.99.0.0/16", "VirtualAppliance")), FROM_FAR, "Allow", IN_VNET),
    ("B0.8 route table not there", network(subnet={"routeTable": {"id": TABLE}}), FROM_FAR, "Unknown", None),
    ("A18 ESP by all protocols", DEFAULTS, "In Esp 10.0.0.4 <- 10.0.0.9", "Allow", IN_VNET),
    ("A18 ICMP and Tcp with ports", network(*G3_RULES), "In Icmp 10.0.0.4 <- 8.8.8.8", "Deny", IN_DENY),
    ("A18 ICMP and * with ports", network(ANY_TO_ALL_PORTS), "In Icmp 10.0.0.4 <- 8.8.8.8", "Unknown", None),
    ("A18 the same either way", network(ANY_TO_ALL_PORTS), "In Icmp 10.0.0.4 <- 10.0.0.9", "Allow", None),
    (
        "A19 IPv6 and Internet",
        network(space=V6, address="fd00:a::4"),
        "Out Tcp fd00:a::4:1 -> 2001:db8::1:1",
        "Unknown",
        None,
    ),
    (
        "A19 IPv6 inside the VNet",
        network(space=V6, address="fd00:a::4"),
        "Out Tcp fd00:a::4:1 -> fd00:a::9:1",
        "Allow",
        OUT_VNET,
    ),
    (
        "B4.1 any letter case",
        network(rule("x", 100, "INBOUND", "deny", "tCP", sourceAddressPrefix="virtualnetwork")),
        SSH_FROM_INSIDE,
        "Deny",
        "securityRules/x",
    ),
    (
        "B4.1 singular and plural together",
        network(rule("x", 100, "Inbound", "Deny", "Tcp", destinationPortRange="80", destinationPortRanges=["22"])),
        SSH_FROM_INSIDE,
        "Deny",
        "securityRules/x",
    ),
    (
        "A22 what 0.0.0.0/0 is to IPv6 is not settled",
        network(
            rule("x", 100, "Outbound", "Deny", destinationAddressPrefix="0.0.0.0/0"), space=V6, address="fd00:a::4"
        ),
        "Out Tcp fd00:a::4:1 -> fd00:a::9:1",
        "Unknown",
        None,
    ),
    (
        "B4.1 ::/0 is every IPv6 address",
        network(rule("x", 100, "Inbound", "Deny", sourceAddressPrefix="::/0")),
        SSH_FROM_INSIDE,
        "Allow",
        IN_VNET,
    ),
    (
        "B4.2 no NSG of that name",
        network(at="none", nic_more={"networkSecurityGroup": {"id": NIC_NSG}}),
        SSH_FROM_INSIDE,
        "Unknown",
        None,
    ),
    (
        "B4.4 tag with data",
        network(rule("s", 100, "Inbound", "Allow", sourceAddressPrefix="storage"), tags={"Storage": ["8.8.8.0/24"]}),
        SSH_FROM_OUTSIDE,
        "Allow",
        "securityRules/s",
    ),
    ("B4.4 tag without data", network(*tag_rules("Allow")), SSH_FROM_OUTSIDE, "Unknown", None),
    ("Unknown: maybe Allow above a sure one", network(*tag_rules("Allow")), SSH_FROM_INSIDE, "Allow", None),
    ("Unknown: the second on one doubt", network(*tag_rules("Deny", "Allow")), SSH_FROM_OUTSIDE, "Deny", None),
    (
        "Unknown: opaque point, the same tag",
        network(*tag_rules("Allow")),
        "In Tcp 10.0.0.4:22 <- tag=azuremonitor:1",
        "Allow",
        "securityRules/tag0",
    ),
    ("Unknown: opaque point, another", DEFAULTS, "In Tcp 10.0.0.4:22 <- tag=EventHub:1", "Unknown", None),
    (
        "A6 own address not known",
        network(rule("x", 100, "Inbound", "Deny", destinationAddressPrefix="10.0.0.0/15"), address=None),
        "In Tcp me:22 <- 10.0.0.9:1",
        "Deny",
        "securityRules/x",
    ),
    (
        "A6 own address maybe",
        network(rule("x", 100, "Inbound", "Deny", destinationAddressPrefix="10.0.0.8/32"), address=None),
        "In Tcp me:22 <- 10.0.0.9:1",
        "Unknown",
        None,
    ),
]


@pytest.mark.parametrize(
    ("number", "net", "flow", "access", "name"), RECORDED + DECIDED, ids=[c[0] for c in RECORDED + DECIDED]
)
def test_fact(number: str, net: Network, flow: str, access: str, name: str | None) -> None:
    verdict = judge(net, flow)
    assert (verdict.access, verdict.rule) == (access, name), number


def test_the_internet_list_is_that_of_the_fact_sheet() -> None:
    """B0.7: without the ranges it leaves out, and with the public-looking ones it has."""
    tag = prefixes(INTERNET)
    assert not any(covered(p, tag) for p in prefixes(["10.0.0.1", "25.1.1.1", "192.0.2.1", "172.31.0.100"]))
    assert all(covered(p, tag) for p in prefixes(["168.63.129.16", "198.51.100.1", "203.0.113.1", "8.8.8.8"]))


def test_a_whole_subnet_has_no_nic_nsg_and_no_public_ip() -> None:
    net = both(nsg(NIC_NSG, rule("x", 100, "Inbound", "Deny")), nsg(SUBNET_NSG))
    assert judge(net, SSH_FROM_INSIDE).rule == "securityRules/x"
    assert judge(net, SSH_FROM_INSIDE, where=SUBNET.upper()).rule == IN_VNET
    assert judge(with_public_ip(sku={"name": "Standard"}), SSH_FROM_OUTSIDE, where=SUBNET).access == "Allow"


def test_deciders_name_every_rule_that_may_decide() -> None:
    verdict = judge(network(*tag_rules("Deny")), SSH_FROM_OUTSIDE)
    assert (verdict.access, verdict.nsg, verdict.rule) == ("Deny", NIC_NSG, None)
    assert verdict.deciders == {(NIC_NSG, "securityRules/tag0"), (NIC_NSG, IN_DENY)}


def test_layers_are_joined_by_three_valued_logic() -> None:
    """An unknown layer beside a sure Deny is Deny; beside a sure Allow it is unknown."""
    unsure, all_allowed = nsg(NIC_NSG, *tag_rules("Allow")), nsg(SUBNET_NSG, rule("all", 100, "Inbound", "Allow"))
    assert judge(both(unsure, SSH_DENIED), SSH_FROM_OUTSIDE).access == "Deny"
    assert judge(both(unsure, all_allowed), SSH_FROM_OUTSIDE).access == "Unknown"


def test_every_world_is_tried() -> None:
    """Both outcomes of an exclusive or; but one doubt asked twice is the same fact both times."""
    assert in_every_world(lambda facts: facts.ask("a") ^ facts.ask("b") ^ facts.ask("c")) == {True, False}
    assert in_every_world(lambda facts: facts.ask("a") ^ facts.ask("a")) == {False}


@pytest.mark.parametrize(
    ("written", "expected"), [(("*",), True), (("0-100", "101-65535"), True), (("0-65534",), False), ((), False)]
)
def test_ports_that_limit_nothing(written: tuple[str, ...], expected: bool) -> None:
    assert all_ports(written) is expected


def test_the_platform_has_an_ipv6_address() -> None:
    net = network(space=["fd00:a::/48"], address="fd00:a::4")
    assert judge(net, "In Tcp fd00:a::4:1 <- fe80::1234:5678:9abc:1").rule == IN_LB


# The drawn networks


def test_every_feature_is_drawn_often_enough() -> None:
    count = 400
    seen = Counter(name for seed in range(count) for name in features(draw(seed)))
    assert not {name: seen[name] / count for name in CHECKS if seen[name] < count / 20}


def test_drawing_is_deterministic() -> None:
    first, second = draw(7), draw(7)
    assert first.resources == second.resources and first.places == second.places
    assert list(packets(first)) == list(packets(second))
    assert list(intents(first)) == list(intents(second))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_more_data_never_turns_a_known_verdict(drawn: Drawn) -> None:
    """Without any tag data a verdict is the same or unknown; a known one is named by its only decider, if by any."""
    net, blind = drawn.network(INTERNET), Network(drawn.resources, None, INTERNET, drawn.assumptions)
    for question in packets(drawn, 15):
        verdict = side(net, question.where, question.direction, question.packet)
        assert verdict.rule is None or verdict.deciders == {(verdict.nsg, verdict.rule)}
        less = side(blind, question.where, question.direction, question.packet)
        assert less.access in (verdict.access, "Unknown")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_opposite_intents_are_never_both_satisfied(drawn: Drawn) -> None:
    net = drawn.network(INTERNET)
    for intent, universe in intents(drawn, 1):
        wishes = [intent | {"expect": expect, "at": "either"} for expect in ("Allow", "Deny")]
        statuses = [intent_status(net, wish, universe).status for wish in wishes]
        assert statuses.count("satisfied") < 2
