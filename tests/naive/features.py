"""Drawn network -> the names of what it has, read off its resources: a test counts that each is drawn often enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.naive.drawn_rules import OPAQUE_TAGS
from tests.naive.matching import PROTOCOLS
from tests.naive.networks import Drawn
from tests.naive.resources import Json, Network, lower_id, read_prefix

Check = Callable[["Seen"], object]


class Seen:
    """One drawn network, taken apart for the checks below."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn
        self.net = drawn.network([])
        self.nsgs = self.net.of_type("networkSecurityGroups")
        self.nics = self.net.of_type("networkInterfaces")
        self.rules = [rule["properties"] for nsg in self.nsgs for rule in nsg["properties"]["securityRules"]]
        self.subnets = [subnet["properties"] for subnet in self.net.subnets.values()]
        self.peerings = [p for vnet in self.net.of_type("virtualNetworks") for p in self.net.peerings(lower_id(vnet))]
        self.tables = [t for t in self.net.of_type("routeTables") if str(lower_id(t)) in self.used_tables()]
        self.routes = [route["properties"] for table in self.tables for route in table["properties"]["routes"]]
        self.gateways = [g["properties"] for g in self.net.of_type("virtualNetworkGateways")]
        self.addresses = {text.lower() for rule in self.rules for text in texts(rule, "AddressPrefix")}
        self.ports = {text for rule in self.rules for text in texts(rule, "PortRange")}
        self.admin = [rule for r in drawn.resources if "vnet" in r for rule in r["rules"]]

    def used_tables(self) -> set[str]:
        return {str(lower_id(subnet.get("routeTable"))) for subnet in self.subnets}

    def has_nsg(self, holder: Json | None) -> bool:
        return bool((holder or {}).get("networkSecurityGroup"))

    def stacks(self) -> set[tuple[bool, bool]]:
        """(subnet NSG, NIC NSG) of each ip-configuration."""
        found = self.net.ip_configurations
        return {(self.has_nsg(self.net.subnet(c.subnet_id)), self.has_nsg(c.nic["properties"])) for c in found}

    def skus(self) -> set[Any]:
        return {(p.get("sku") or {}).get("name", "absent").lower() for p in self.net.of_type("publicIPAddresses")}

    def policies(self) -> set[str]:
        """`privateEndpointNetworkPolicies` of the subnets that hold a private endpoint."""
        ends = [c for c in self.net.ip_configurations if c.nic["properties"].get("privateEndpoint")]
        found = [self.net.subnet(c.subnet_id) for c in ends]
        return {str(s.get("privateEndpointNetworkPolicies", "absent")).lower() for s in found if s is not None}

    def group_members(self) -> list[bool]:
        """For each group that a rule names and each member: is the member's address known?"""
        named = {str(lower_id(g)) for rule in self.rules for g in groups_in(rule)}
        return [
            c.address is not None
            for c in self.net.ip_configurations
            for group in c.properties.get("applicationSecurityGroups") or []
            if lower_id(group) in named
        ]

    def dangling(self) -> bool:
        holders = [*self.subnets, *(nic["properties"] for nic in self.nics)]
        return any(self.has_nsg(h) and self.net.get(h["networkSecurityGroup"]) is None for h in holders)


def texts(rule: Json, kind: str) -> Iterator[str]:
    for end in ("source", "destination"):
        singular, plural = f"{end}{kind}", f"{end}{kind}{'es' if kind.endswith('x') else 's'}"
        yield from [rule[singular]] if rule.get(singular) else []
        yield from rule.get(plural) or []


def groups_in(rule: Json) -> list[Json]:
    ends = ("sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups")
    return [group for end in ends for group in rule.get(end) or []]


def form_names(rule: Json) -> set[str]:
    """Which forms the address and port fields of a rule are written in."""
    found = set()
    for singular in ("sourceAddressPrefix", "destinationAddressPrefix", "sourcePortRange", "destinationPortRange"):
        plural = singular + ("es" if singular.endswith("x") else "s")
        one, many = bool(rule.get(singular)), bool(rule.get(plural))
        found |= {"singular"} if one and not many else {"plural"} if many and not one else set()
        found |= {"both"} if one and many else set()
        found |= {"empty list"} if rule.get(plural) == [] else set()
    return found


def is_mixed(values: Iterator[str], usual: tuple[str, ...]) -> bool:
    return any(value not in usual for value in values)


def has_overlap(seen: Seen) -> bool:
    found = [p for text in seen.addresses if (p := read_prefix(text)) and p.prefixlen > 0]
    return any(a != b and a.version == b.version and a.overlaps(b) for a in found for b in found)


def is_crowded(nsg: Json) -> bool:
    """A rule for every address stands where nothing can go before it."""
    found = [rule["properties"] for rule in nsg["properties"]["securityRules"]]
    wide = ("sourceAddressPrefix", "destinationAddressPrefix")
    return any(rule["priority"] == 100 and all(rule.get(field) == "*" for field in wide) for rule in found)


def has_equal_priorities(seen: Seen) -> bool:
    rules = [[r["properties"] for r in nsg["properties"]["securityRules"]] for nsg in seen.nsgs]
    return any(a["priority"] == b["priority"] and a is not b for of_nsg in rules for a in of_nsg for b in of_nsg)


def is_one_way(seen: Seen) -> bool:
    pairs = {
        (lower_id(vnet), lower_id(p.get("remoteVirtualNetwork")))
        for vnet in seen.net.of_type("virtualNetworks")
        for p in seen.net.peerings(lower_id(vnet))
    }
    return any((b, a) not in pairs for a, b in pairs if seen.net.get(b))


def peering_where(key: str, value: object) -> Check:
    return lambda seen: any(str(p.get(key)).lower() == str(value).lower() for p in seen.peerings)


def route_to(prefix: str, *hops: str) -> Check:
    return lambda seen: any(r["addressPrefix"] == prefix and r["nextHopType"].lower() in hops for r in seen.routes)


def tag(name: str) -> Check:
    return lambda seen: name.lower() in seen.addresses


def protocol(name: str) -> Check:
    return lambda seen: any(rule["protocol"].lower() == name for rule in seen.rules)


def form(name: str) -> Check:
    return lambda seen: any(name in form_names(rule) for rule in seen.rules)


def policy(name: str) -> Check:
    return lambda seen: name in seen.policies()


def stack(subnet: bool, nic: bool) -> Check:
    return lambda seen: (subnet, nic) in seen.stacks()


def bgp(seen: Seen) -> bool:
    connections = [c["properties"] for c in seen.net.of_type("connections")]
    is_on = any(found["enableBgp"] for found in seen.gateways + connections)
    return is_on or any(g["gatewayType"] == "ExpressRoute" for g in seen.gateways)


def mixed_ids(seen: Seen) -> bool:
    holders = [*seen.subnets, *(nic["properties"] for nic in seen.nics)]
    named = [h["networkSecurityGroup"]["id"] for h in holders if seen.has_nsg(h)]
    return is_mixed(iter(named), tuple(nsg["id"] for nsg in seen.nsgs))


def tag_routes(seen: Seen) -> set[bool]:
    """For each route to a service tag on a subnet: does the tag have data?"""
    names = [r["addressPrefix"].lower() for r in seen.routes if read_prefix(r["addressPrefix"]) is None]
    return {name in seen.net.service_tags for name in names}


def has_few_defaults(nsg: Json) -> bool:
    found = nsg["properties"].get("defaultSecurityRules")
    return found is not None and len(found) < 6


def source_ports(rule: Json) -> list[str]:
    return [rule.get("sourcePortRange") or "", *(rule.get("sourcePortRanges") or [])]


def limits_portless(rule: Json) -> bool:
    ports = [rule.get("destinationPortRange"), *(rule.get("destinationPortRanges") or [])]
    return rule["protocol"] == "*" and not {"*", "0-65535"} & set(ports)


CHECKS: dict[str, Check] = {
    "singular fields": form("singular"),
    "plural fields": form("plural"),
    "singular and plural": form("both"),
    "empty lists": form("empty list"),
    "mixed case: ids": mixed_ids,
    "mixed case: tags": lambda s: is_mixed(
        (t for r in s.rules for t in texts(r, "AddressPrefix") if t.lower() in ("internet", "virtualnetwork")),
        ("Internet", "VirtualNetwork"),
    ),
    "mixed case: protocol": lambda s: is_mixed((r["protocol"] for r in s.rules), ("*", *PROTOCOLS)),
    "mixed case: direction": lambda s: is_mixed((r["direction"] for r in s.rules), ("Inbound", "Outbound")),
    "mixed case: access": lambda s: is_mixed((r["access"] for r in s.rules), ("Allow", "Deny")),
    "secondary ip-configuration": lambda s: any(
        not c.properties["primary"] and c.version == 4 for c in s.net.ip_configurations
    ),
    "IPv6 ip-configuration": lambda s: any(c.version == 6 for c in s.net.ip_configurations),
    "NIC NSG only": stack(False, True),
    "subnet NSG only": stack(True, False),
    "both NSGs": stack(True, True),
    "no NSG": stack(False, False),
    "Standard public IP": lambda s: "standard" in s.skus(),
    "public IP without SKU": lambda s: "absent" in s.skus(),
    "no NSG, Standard public IP": lambda s: bare_with(s, "standard"),
    "no NSG, public IP without SKU": lambda s: bare_with(s, "absent"),
    "ASG in a rule": lambda s: any(groups_in(rule) for rule in s.rules),
    "ASG with a member of unknown address": lambda s: False in s.group_members(),
    "service tag with data": lambda s: bool(s.addresses & set(s.net.service_tags)),
    "service tag without data": lambda s: bool(s.addresses & {name.lower() for name in OPAQUE_TAGS}),
    "VirtualNetwork": tag("VirtualNetwork"),
    "Internet": tag("Internet"),
    "AzureLoadBalancer": tag("AzureLoadBalancer"),
    "peering connected": peering_where("peeringState", "Connected"),
    "peering one-way": is_one_way,
    "peering disconnected": peering_where("peeringState", "Disconnected"),
    "peering without access": peering_where("allowVirtualNetworkAccess", False),
    "subnet peering": peering_where("peerCompleteVnets", False),
    "remote VNet missing": lambda s: any(s.net.get(p["remoteVirtualNetwork"]) is None for p in s.peerings),
    "default route to an appliance": route_to("0.0.0.0/0", "virtualappliance", "virtualnetworkgateway"),
    "default route to Internet or None": route_to("0.0.0.0/0", "internet", "none"),
    "prefix route": lambda s: any((p := read_prefix(r["addressPrefix"])) and p.prefixlen for r in s.routes),
    "service tag route with data": lambda s: True in tag_routes(s),
    "service tag route without data": lambda s: False in tag_routes(s),
    "VnetLocal route": lambda s: any(r["nextHopType"].lower() == "vnetlocal" for r in s.routes),
    "BGP propagation disabled": lambda s: any(t["properties"]["disableBgpRoutePropagation"] for t in s.tables),
    "gateway with BGP": bgp,
    "gateway without BGP": lambda s: bool(s.gateways) and not bgp(s),
    "gateway used by a peer": peering_where("useRemoteGateways", True),
    "gateway assumption": lambda s: bool(s.drawn.assumptions),
    "point-to-site pool": lambda s: any("vpnClientConfiguration" in g for g in s.gateways),
    "private endpoint: Enabled": policy("enabled"),
    "private endpoint: NetworkSecurityGroupEnabled": policy("networksecuritygroupenabled"),
    "private endpoint: RouteTableEnabled": policy("routetableenabled"),
    "private endpoint: Disabled": policy("disabled"),
    "private endpoint: absent": policy("absent"),
    "dangling NSG": lambda s: s.dangling(),
    "missing default rules": lambda s: any("defaultSecurityRules" not in nsg["properties"] for nsg in s.nsgs),
    "default rules removed": lambda s: any(has_few_defaults(nsg) for nsg in s.nsgs),
    "source ports limited": lambda s: any("*" not in source_ports(rule) for rule in s.rules),
    "all protocols with ports": lambda s: any(limits_portless(rule) for rule in s.rules),
    "Icmp": protocol("icmp"),
    "Esp": protocol("esp"),
    "Ah": protocol("ah"),
    "port 0": lambda s: "0" in s.ports,
    "port 65535": lambda s: "65535" in s.ports,
    "/0": lambda s: bool(s.addresses & {"0.0.0.0/0", "::/0"}),
    "/32": lambda s: any(text.endswith("/32") for text in s.addresses),
    "overlapping prefixes": has_overlap,
    "no free priority": lambda s: any(is_crowded(nsg) for nsg in s.nsgs),
    "equal priorities": has_equal_priorities,
    "admin rules": lambda s: bool(s.admin),
    "NIC of unknown address": lambda s: any(c.address is None for c in s.net.ip_configurations),
    "unlisted endpoint": lambda s: any(s.net.unlisted(subnet) for subnet in s.net.subnets),
    "overlapping VNets": lambda s: len(spaces(s.net)) > len(set(spaces(s.net))),
}


def bare_with(seen: Seen, sku: str) -> bool:
    """An ip-configuration without any NSG whose public IP has this SKU."""
    for c in seen.net.ip_configurations:
        public_ip = seen.net.get(c.properties.get("publicIPAddress"))
        bare = not seen.has_nsg(seen.net.subnet(c.subnet_id)) and not seen.has_nsg(c.nic["properties"])
        if public_ip and bare and (public_ip.get("sku") or {}).get("name", "absent").lower() == sku:
            return True
    return False


def spaces(network: Network) -> list[str]:
    found = [network.vnet_prefixes(lower_id(vnet)) for vnet in network.of_type("virtualNetworks")]
    return [str(prefix) for of_vnet in found for prefix in of_vnet if prefix.version == 4]


def features(drawn: Drawn) -> set[str]:
    seen = Seen(drawn)
    return {name for name, check in CHECKS.items() if check(seen)}
