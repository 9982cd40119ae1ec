"""A drawn network of which a document leaves one thing out, and the same with each thing that may stand there."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any

from tests.engine.test_balancers import balanced
from tests.naive.dice import ROOT, Dice
from tests.naive.networks import Drawn, draw

Json = dict[str, Any]
INNER = {
    "virtualnetworks": {"subnets": "subnets", "virtualNetworkPeerings": "peerings"},
    "networkinterfaces": {"ipConfigurations": "ipconfigurations"},
    "loadbalancers": {"frontendIPConfigurations": "frontends", "backendAddressPools": "pools",
                      "loadBalancingRules": "balancerrules"},
}  # fmt: skip
"""The children that hold properties of their own, and what their kind is called here."""
MAY_BE: dict[tuple[str, str], tuple[Any, ...]] = {
    ("virtualnetworks", "addressSpace"): ({"addressPrefixes": ["10.0.0.0/14", "fd00:a::/48"]},
                                          {"addressPrefixes": ["10.0.0.0/24", "10.0.1.0/28", "10.1.0.0/24",
                                                               "10.1.255.0/27", "10.2.0.0/24", "fd00:a::/64"]}),
    ("virtualnetworks", "virtualNetworkPeerings"): ([],),
    ("subnets", "addressPrefix"): (),
    ("subnets", "addressPrefixes"): (),
    ("subnets", "privateEndpointNetworkPolicies"): ("Enabled", "Disabled"),
    ("peerings", "allowVirtualNetworkAccess"): (True, False),
    ("peerings", "useRemoteGateways"): (True, False),
    ("peerings", "peeringState"): ("Connected", "Disconnected"),
    ("peerings", "remoteAddressSpace"): (),
    ("peerings", "remoteVirtualNetwork"): ({"id": f"{ROOT}/virtualNetworks/vnet-far"},),
    ("networksecuritygroups", "securityRules"): ([],),
    ("routetables", "routes"): ([], [{"name": "all", "properties": {"addressPrefix": "0.0.0.0/0",
                                     "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.1.0.4"}}]),
    ("routetables", "disableBgpRoutePropagation"): (True, False),
    ("networkinterfaces", "enableIPForwarding"): (True, False),
    ("ipconfigurations", "privateIPAddress"): ("10.0.0.77", "10.0.1.7", "10.1.0.7", "10.2.0.77", "fd00:a::77"),
    ("ipconfigurations", "privateIPAddressVersion"): (),
    ("ipconfigurations", "subnet"): (),
    ("publicipaddresses", "sku"): ({"name": "Standard"}, {"name": "Basic"}),
    ("publicipaddresses", "ipAddress"): ("20.50.60.71",),
    ("virtualnetworkgateways", "gatewayType"): ("ExpressRoute", "Vpn"),
    ("virtualnetworkgateways", "enableBgp"): (True, False),
    ("virtualnetworkgateways", "ipConfigurations"): (),
    ("localnetworkgateways", "localNetworkAddressSpace"): ({"addressPrefixes": []},),
    ("connections", "enableBgp"): (True, False),
    ("connections", "connectionType"): ("ExpressRoute", "IPsec"),
    ("connections", "virtualNetworkGateway1"): (),
    ("loadbalancers", "frontendIPConfigurations"): (),
    ("loadbalancers", "backendAddressPools"): (),
    ("loadbalancers", "loadBalancingRules"): ([],),
    ("frontends", "privateIPAddress"): ("10.0.0.99", "10.1.0.9", "10.2.0.9"),
    ("balancerrules", "enableFloatingIP"): (True, False),
    ("balancerrules", "frontendPort"): (22, 443),
    ("balancerrules", "backendPort"): (22, 443),
    ("balancerrules", "protocol"): ("Udp", "Tcp"),
    ("balancerrules", "frontendIPConfiguration"): (),
}  # fmt: skip
"""What Azure always writes, and what else may stand there."""


@dataclass(frozen=True)
class Place:
    """A property of one object of a network: by the number of its resource, and the child's list and number."""

    resource: int
    child: tuple[str, int] | None
    kind: str
    name: str

    def holder(self, resources: list[Json]) -> Json:
        properties: Json = resources[self.resource]["properties"] if self.child else resources[self.resource]
        holder: Json = properties[self.child[0]][self.child[1]] if self.child else properties
        return holder if self.name in holder else holder["properties"]


def places(resources: list[Json]) -> Iterator[Place]:
    """Every property that is there and may be left out."""
    for number, resource in enumerate(resources):
        kind = resource.get("type", "").rpartition("/")[2].lower()
        yield from (Place(number, None, kind, name) for name in there(kind, resource))
        for listed, inner in INNER.get(kind, {}).items():
            for at, child in enumerate(resource["properties"].get(listed, ())):
                yield from (Place(number, (listed, at), inner, name) for name in there(inner, child))


def there(kind: str, holder: Json) -> list[str]:
    """The names of those that an object has."""
    return [name for of, name in MAY_BE if of == kind and (name in holder or name in holder.get("properties", {}))]


def without(drawn: Drawn, place: Place) -> Drawn:
    resources = copy.deepcopy(drawn.resources)
    del place.holder(resources)[place.name]
    return replace(drawn, resources=resources)


def completed(drawn: Drawn, place: Place) -> Iterator[Drawn]:
    """The network as it was drawn, and with each other thing in that place."""
    yield drawn
    for value in MAY_BE[place.kind, place.name]:
        resources = copy.deepcopy(drawn.resources)
        holder = place.holder(resources)
        if fits(resources, place, value):
            holder[place.name] = copy.deepcopy(value)
            yield replace(drawn, resources=resources)


def fits(resources: list[Json], place: Place, value: Any) -> bool:
    """Whether a value can stand there: an address is one of its subnet, a frontend's of the VNet of its backends."""
    holder = place.holder(resources)
    if (place.kind, place.name) == ("frontends", "privateIPAddress"):
        return any(value.startswith(net) for net in backends(resources, resources[place.resource]))
    if place.name == "useRemoteGateways" and value:
        remote = f"{holder['remoteVirtualNetwork']['id']}/subnets/gatewaysubnet".lower()
        return any(s["id"].lower() == remote for r in resources for s in r.get("properties", {}).get("subnets", ()))
    if (place.kind, place.name) != ("ipconfigurations", "privateIPAddress"):
        return True
    wanted, is_six = holder["subnet"]["id"].lower(), holder["privateIPAddressVersion"] == "IPv6"
    subnets = [s["properties"] for r in resources for s in r.get("properties", {}).get("subnets", ())
               if s["id"].lower() == wanted]  # fmt: skip
    prefixes = [p for s in subnets for p in (s.get("addressPrefixes") or [s.get("addressPrefix")]) if p]
    return is_six == (":" in value) and any(ip_address(value) in ip_network(p) for p in prefixes)


def backends(resources: list[Json], balancer: Json) -> list[str]:
    """How the addresses begin of the VNets in which a load balancer has backends."""
    own, found = json.dumps(balancer).lower(), set()
    spaces = {
        r["id"].lower(): r["properties"]["addressSpace"] for r in resources if r["type"].endswith("/virtualNetworks")
    }
    for nic in (r for r in resources if r["type"].endswith("/networkInterfaces")):
        if nic["id"].lower() in own or balancer["id"].lower() in json.dumps(nic).lower():
            vnet = (
                nic["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"]
                .lower()
                .rpartition("/subnets/")[0]
            )
            found |= {p.removesuffix("0.0/16") for p in spaces.get(vnet, {}).get("addressPrefixes", ())}
    return sorted(found)


def by_address(dice: Dice, resources: list[Json]) -> None:
    """Now and then a pool names a backend by its address."""
    nics = [r["properties"] for r in resources if r.get("type", "").endswith("/networkInterfaces")]
    held = [c["properties"].get("privateIPAddress") for nic in nics for c in nic["ipConfigurations"]]
    for balancer in resources if any(held) else ():
        if balancer.get("type", "").endswith("/loadBalancers") and dice.chance(0.3):
            bare = {"name": "bare", "properties": {"ipAddress": dice.choice([address for address in held if address])}}
            balancer["properties"]["backendAddressPools"][0]["properties"]["loadBalancerBackendAddresses"] = [bare]


def is_inside(drawn: Drawn, place: Place) -> bool:
    """Whether a frontend is in a VNet of its backends, as Azure wants it; drawn ones may be elsewhere."""
    address = place.holder(drawn.resources)["privateIPAddress"]
    return any(address.startswith(net) for net in backends(drawn.resources, drawn.resources[place.resource]))


def estate(seed: int) -> tuple[Drawn, list[Place]]:
    """A network with load balancers, and its places; each kind of place but once."""
    dice = Dice(seed ^ 0x1EF7)
    drawn = balanced(draw(seed), seed).drawn
    by_address(Dice(seed ^ 0xADD4), drawn.resources)
    found = [place for place in places(drawn.resources) if place.kind != "frontends" or is_inside(drawn, place)]
    dice.shuffle(found)
    return drawn, list({(place.kind, place.name): place for place in found}.values())
