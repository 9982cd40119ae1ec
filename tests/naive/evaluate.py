"""Network + place + direction + packet -> Verdict, one packet at a time, slow and obvious (docs/semantics.md).

Unknown is found by brute force: every layer is judged in every world (each assignment of its doubts), the layers'
answers are then combined in every way. What comes out the same everywhere is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Literal

from tests.naive.matching import (
    PROTOCOLS,
    Facts,
    Packet,
    Point,
    Rule,
    Scene,
    in_every_world,
    point_version,
    rule_matches,
    term_matches,
)
from tests.naive.paths import path
from tests.naive.resources import IpConfiguration, Json, Network, lower_id, vnet_of

Access = Literal["Allow", "Deny", "Unknown"]
Decider = tuple[str | None, str | None]
DEFAULTS = (
    ("AllowVnetInBound", 65000, "Inbound", "VirtualNetwork", "VirtualNetwork", "Allow"),
    ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "AzureLoadBalancer", "*", "Allow"),
    ("DenyAllInBound", 65500, "Inbound", "*", "*", "Deny"),
    ("AllowVnetOutBound", 65000, "Outbound", "VirtualNetwork", "VirtualNetwork", "Allow"),
    ("AllowInternetOutBound", 65001, "Outbound", "*", "Internet", "Allow"),
    ("DenyAllOutBound", 65500, "Outbound", "*", "*", "Deny"),
)


@dataclass(frozen=True)
class Verdict:
    """What one side says to one packet.

    `nsg` and `rule` ("securityRules/x" or "defaultSecurityRules/x") name the decision of a known verdict. `rule` is
    None where no rule matched, no NSG is applied, an admin rule decided, or the decider is *not unique*: different
    worlds agree on the access and not on the rule. `deciders` has all (nsg, rule) that decide in some world.
    """

    access: Access
    nsg: str | None
    rule: str | None
    deciders: frozenset[Decider]


@dataclass(frozen=True)
class Decision:
    """A layer's answer in one world: Allow, Deny, or an admin rule's Pass or AlwaysAllow."""

    access: str
    nsg: str | None = None
    rule: str | None = None


@dataclass(frozen=True)
class Layer:
    """`kind` is admin, nsg, missing (named but not in the inventory) or bare (no NSG on NIC or subnet)."""

    kind: str
    nsg: str | None = None
    rules: tuple[Rule, ...] = ()


def side(network: Network, where: str, direction: str, packet: Packet, is_missing: bool = False) -> Verdict:
    """The verdict at an ip-configuration or (the id of a subnet given) at a whole subnet.

    `is_missing`: at a NIC that the subnet lists and the inventory lacks, whose own NSG is not known (A14); so is
    that of an address of a whole subnet that may be such a one's.
    """
    check(direction, packet)
    own = network.ip_configuration(where)
    subnet_id = own.subnet_id if own else lower_id(where)
    scene = Scene(network, subnet_id, direction, packet, version_of(network, packet))
    is_missing = is_missing or (own is None and lists_lone_nic(network, subnet_id))
    ends = set()
    for stack in stacks(network, own, subnet_id, direction):
        stack = [*stack, Layer("missing")] if is_missing else stack
        answers = [in_every_world(partial(decide, layer, own, scene)) for layer in stack]
        ends |= {walk(decisions) for decisions in product(*answers)}
    return summary(ends)


def lists_lone_nic(network: Network, subnet_id: str | None) -> bool:
    """A NIC that may have an NSG of its own is somewhere in the subnet, and not one of a scale set (A14)."""
    found = {one.split("/ipconfigurations/")[0] for one in network.unlisted(subnet_id or "")}
    lone = {one for one in found if "/networkinterfaces/" in one and "/virtualmachinescalesets/" not in one}
    nics = [network.get(one) for one in lone]
    return any(nic is None or (nic.get("properties") or {}).get("networkSecurityGroup") for nic in nics)


def check(direction: str, packet: Packet) -> None:
    """A test that asks nonsense should hear of it."""
    has_ports = packet.protocol in ("Tcp", "Udp")
    if packet.protocol not in PROTOCOLS or has_ports != (packet.source_port is not None):
        raise ValueError(f"not a packet: {packet}")
    if direction not in ("Inbound", "Outbound"):
        raise ValueError(f"not a direction: {direction}")


def version_of(network: Network, packet: Packet) -> int:
    """The family of a packet: an opaque tag takes that of the other end."""
    versions = {point_version(network, point) for point in (packet.source, packet.destination)} - {None}
    if len(versions) != 1:
        raise ValueError(f"not of one family: {packet}")
    return versions.pop() or 4


def summary(ends: set[Decision]) -> Verdict:
    deciders = frozenset((end.nsg, end.rule) for end in ends)
    if len({end.access for end in ends}) > 1:
        return Verdict("Unknown", None, None, deciders)
    access: Access = "Deny" if next(iter(ends)).access == "Deny" else "Allow"
    nsgs, rules = {nsg for nsg, _ in deciders}, {rule for _, rule in deciders}
    nsg = nsgs.pop() if len(nsgs) == 1 else None
    return Verdict(access, nsg, rules.pop() if nsg and len(rules) == 1 else None, deciders)


def walk(decisions: Iterable[Decision]) -> Decision:
    """Layers in order: Deny and AlwaysAllow end the walk; when all allow, the last layer is named (A1, A15)."""
    last = Decision("Allow")
    for decision in decisions:
        if decision.access == "Deny":
            return decision
        if decision.access == "AlwaysAllow":
            return Decision("Allow")
        if decision.access == "Allow":
            last = decision
    return last


# Layers


def stacks(network: Network, own: IpConfiguration | None, subnet_id: str | None, direction: str) -> list[list[Layer]]:
    """The layers in the order of the walk; two stacks where a private endpoint may or may not have the subnet's NSG."""
    subnet_layers = nsg_layers(network, network.subnet(subnet_id), direction)
    nic_layers = nsg_layers(network, own.nic.get("properties") or {}, direction) if own else []
    both = [subnet_layers + nic_layers if direction == "Inbound" else nic_layers + subnet_layers]
    if own and (own.nic.get("properties") or {}).get("privateEndpoint"):
        has_layer = private_endpoint_has_subnet_nsg(network.subnet(subnet_id))
        both = both if has_layer else [nic_layers] if has_layer is False else [*both, nic_layers]
    admin = admin_layers(network, vnet_of(subnet_id), direction)
    return [admin + (layers or [Layer("bare")]) for layers in both]


def private_endpoint_has_subnet_nsg(subnet: Json | None) -> bool | None:
    """A13; None where the property (or the subnet) is absent."""
    policies = (subnet or {}).get("privateEndpointNetworkPolicies")
    return str(policies).lower() in ("enabled", "networksecuritygroupenabled") if policies else None


def nsg_layers(network: Network, holder: Json | None, direction: str) -> list[Layer]:
    """The NSG of a subnet's or NIC's properties. Reading: a NIC that names no subnet at all may have any NSG there, so
    its subnet layer is as unknown as that of a subnet which is not in the inventory."""
    if holder is None:
        return [Layer("missing")]
    if not holder.get("networkSecurityGroup"):
        return []
    nsg = network.get(holder["networkSecurityGroup"])
    return [Layer("nsg", nsg["id"], nsg_rules(network, nsg, direction)) if nsg else Layer("missing")]


def nsg_rules(network: Network, nsg: Json, direction: str) -> tuple[Rule, ...]:
    """User and default rules of one direction by priority. Default rules are the NSG's own when it lists any (A4), else
    the six of B4.3: Azure has no NSG without them."""
    user = network.children(nsg, "securityRules", "networkSecurityGroups/securityRules")
    own = (nsg.get("properties") or {}).get("defaultSecurityRules")
    defaults = [default_rule(*row) for row in DEFAULTS]
    if own:
        defaults = [nsg_rule("defaultSecurityRules", rule) for rule in own]
    return in_order([nsg_rule("securityRules", rule) for rule in user] + defaults, direction)


def in_order(rules: list[Rule], direction: str) -> tuple[Rule, ...]:
    return tuple(sorted((r for r in rules if r.direction == direction.lower()), key=lambda rule: rule.priority))


def default_rule(name: str, priority: int, direction: str, source: str, destination: str, access: str) -> Rule:
    addresses = (("text", source),), (("text", destination),)
    name = f"defaultSecurityRules/{name}"
    return Rule(name, priority, direction.lower(), access.lower(), "*", addresses[0], ("*",), addresses[1], ("*",))


def nsg_rule(collection: str, rule: Json) -> Rule:
    properties = rule["properties"]
    return Rule(
        name=f"{collection}/{rule['name']}",
        priority=int(properties["priority"]),
        direction=properties["direction"].lower(),
        access=properties["access"].lower(),
        protocol=str(properties.get("protocol") or "not known"),
        sources=terms(properties, "source"),
        source_ports=forms(properties, "sourcePortRange", "sourcePortRanges"),
        destinations=terms(properties, "destination"),
        destination_ports=forms(properties, "destinationPortRange", "destinationPortRanges"),
    )


def forms(properties: Json, singular: str, plural: str) -> tuple[str, ...]:
    """Singular and plural count together; an empty text or list is as good as none."""
    written = [properties.get(singular), *(properties.get(plural) or [])]
    return tuple(str(text) for text in written if text not in (None, ""))


def terms(properties: Json, end: str) -> tuple[tuple[str, str], ...]:
    texts = forms(properties, f"{end}AddressPrefix", f"{end}AddressPrefixes")
    groups = properties.get(f"{end}ApplicationSecurityGroups") or []
    return (*(("text", text) for text in texts), *(("asg", str(lower_id(group))) for group in groups))


def admin_layers(network: Network, vnet_id: str | None, direction: str) -> list[Layer]:
    """Effective security admin rules of the VNet: {"type": "flowspec.test/adminRules", "vnet": id, "rules": [...]}."""
    found = [r for r in network.resources if str(r.get("type")).lower() == "flowspec.test/adminrules"]
    rules = [admin_rule(rule) for answer in found if lower_id(answer["vnet"]) == vnet_id for rule in answer["rules"]]
    return [Layer("admin", None, in_order(rules, direction))] if rules else []


def admin_rule(rule: Json) -> Rule:
    return Rule(
        name=rule["name"],
        priority=int(rule["priority"]),
        direction=rule["direction"].lower(),
        access=rule["access"].lower(),
        protocol=rule["protocol"],
        sources=tuple(("text", text) for text in rule["sources"]),
        source_ports=tuple(rule["sourcePortRanges"]),
        destinations=tuple(("text", text) for text in rule["destinations"]),
        destination_ports=tuple(rule["destinationPortRanges"]),
    )


# One layer in one world


def decide(layer: Layer, own: IpConfiguration | None, scene: Scene, facts: Facts) -> Decision:
    match layer.kind:
        case "missing":
            return Decision("Allow" if facts.ask("missing") else "Deny")
        case "bare":
            return Decision("Deny" if is_closed_by_public_ip(own, scene, facts) else "Allow")
    rule = next((rule for rule in layer.rules if rule_matches(rule, scene, facts)), None)
    if layer.kind == "admin":
        return Decision({"deny": "Deny", "alwaysallow": "AlwaysAllow"}.get(rule.access if rule else "", "Pass"))
    if rule is None:
        return Decision("Deny", layer.nsg)
    return Decision({"allow": "Allow", "deny": "Deny"}[rule.access], layer.nsg, rule.name)


def is_closed_by_public_ip(own: IpConfiguration | None, scene: Scene, facts: Facts) -> bool:
    """A3: without any NSG a Standard public IP is closed inbound from outside the subnet's VirtualNetwork. The layer
    stands last, so an admin AlwaysAllow comes before it. Reading: a SKU other than Basic or Standard is not known."""
    if own is None or not own.properties.get("publicIPAddress") or scene.direction != "Inbound":
        return False
    public_ip = scene.network.get(own.properties["publicIPAddress"]) or {}
    sku = str((public_ip.get("sku") or {}).get("name")).lower()
    if sku == "basic":
        return False
    inside = term_matches(("text", "VirtualNetwork"), scene.packet.source, scene)
    if inside is None:
        inside = facts.ask(("source", "text", "virtualnetwork"))
    return not inside and (sku == "standard" or facts.ask("sku"))


__all__ = ["Network", "Packet", "Point", "Verdict", "path", "side"]
