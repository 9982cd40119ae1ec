"""What verdicts rest on: the properties without which a resource is not known, and the command that brings them.

Azure always writes these, `[]` where there is none. A document that lacks one (a generic list, a projection) does not
say that there is none (azure.md A20). What Azure leaves out where there is none (`networkSecurityGroup`, `routeTable`)
stands beside one of them, as `fields` says: it is known where that one is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from flowspec.model.inventory import Lack
from flowspec.model.unknown import among, why
from flowspec.sources.node import JsonNode, plain

NETWORK = "microsoft.network/"
NOTHING = (None, "")
LACKS = "the inventory lacks "
"""How the reason begins where a document does not have an essential property."""


@dataclass(frozen=True, slots=True)
class Essential:
    """Any of the properties `names` is enough. Without them the `fields` of the model are not known."""

    names: tuple[str, ...]
    fields: tuple[str, ...]
    may_be_empty: bool = True


@dataclass(frozen=True, slots=True)
class EssentialKind:
    """A type of resource, as messages call it; `export` is what brings all of its properties.

    `optional`: properties that Azure leaves out where there is none, each with its field of the model: it is not known
    only where the source holds the property back. `whole`: something that is held back anywhere inside a property makes
    all of it not known; else what is inside are resources of a kind of their own.
    """

    title: str
    export: str
    essentials: tuple[Essential, ...]
    optional: tuple[tuple[str, str], ...] = ()
    whole: bool = field(default=False, kw_only=True)


VNET = EssentialKind("VNet", "az network vnet list -o json", (
    Essential(("addressSpace",), ("prefixes",)),
    Essential(("virtualNetworkPeerings",), ("peerings",)),
    Essential(("subnets",), ("subnets",)),
))  # fmt: skip
SUBNET = EssentialKind("subnet", "az network vnet list -o json", (
    Essential(("addressPrefix", "addressPrefixes"), ("known",), may_be_empty=False),
), (
    ("networkSecurityGroup", "nsg"), ("routeTable", "route_table"),
))  # fmt: skip
PEERING = EssentialKind("peering", "az network vnet list -o json", (
    Essential(("allowVirtualNetworkAccess",), ("allow_access",)),
    Essential(("useRemoteGateways",), ("use_remote_gateways",)),
), (
    ("peerCompleteVnets", "allow_access"), ("enableOnlyIPv6Peering", "allow_access"),
))  # fmt: skip
NSG = EssentialKind("NSG", "az network nsg list -o json", (Essential(("securityRules",), ("rules",)),))
ROUTE_TABLE = EssentialKind("route table", "az network route-table list -o json", (
    Essential(("routes",), ("routes",)),
    Essential(("disableBgpRoutePropagation",), ("bgp_propagation",)),
))  # fmt: skip
NIC = EssentialKind("NIC", "az network nic list -o json", (
    Essential(("ipConfigurations",), ("ip_configurations", "nsg", "vm", "private_endpoint"), may_be_empty=False),
    Essential(("enableIPForwarding",), ("ip_forwarding",)),
), (
    ("networkSecurityGroup", "nsg"), ("virtualMachine", "vm"), ("privateEndpoint", "private_endpoint"),
    ("tags", "tags"),
))  # fmt: skip
IP_CONFIGURATION = EssentialKind("ip-configuration", "az network nic list -o json", (
    Essential(("subnet",), ("subnet", "asgs", "public_ip", "pools", "nat_rules"), may_be_empty=False),
    Essential(("privateIPAddressVersion", "privateIPAddress"), ("family",)),
), (
    ("applicationSecurityGroups", "asgs"), ("publicIPAddress", "public_ip"),
    ("loadBalancerBackendAddressPools", "pools"), ("loadBalancerInboundNatRules", "nat_rules"),
))  # fmt: skip
VM = EssentialKind("VM", "az vm list -o json", (
    Essential(("networkProfile",), ("nics", "tags")),
), (
    ("tags", "tags"),
))  # fmt: skip
PRIVATE_ENDPOINT = EssentialKind("private endpoint", "az network private-endpoint list -o json", (
    Essential(("networkInterfaces",), ("nics", "asgs")),
))  # fmt: skip
GATEWAY = EssentialKind("gateway", "az network vnet-gateway list -g GROUP -o json", (
    Essential(("ipConfigurations",), ("subnets", "client_prefixes")),
    Essential(("gatewayType",), ("kind",)),
    Essential(("enableBgp", "bgpSettings"), ("bgp",)),
), (
    ("vpnClientConfiguration", "client_prefixes"),
), whole=True)  # fmt: skip
LOCAL_GATEWAY = EssentialKind("local network gateway", "az network local-gateway list -g GROUP -o json", (
    Essential(("localNetworkAddressSpace", "bgpSettings"), ("prefixes",)),
), whole=True)  # fmt: skip
CONNECTION = EssentialKind("connection", "az network vpn-connection list -g GROUP -o json", (
    Essential(("virtualNetworkGateway1",), ("gateways", "local_gateway")),
    Essential(("connectionType",), ("kind",)),
    Essential(("enableBgp",), ("bgp",)),
), (
    ("virtualNetworkGateway2", "gateways"), ("localNetworkGateway2", "local_gateway"),
), whole=True)  # fmt: skip

LOAD_BALANCER = EssentialKind("load balancer", "az network lb list -o json", (
    Essential(("frontendIPConfigurations",), ("frontends",)),
    Essential(("backendAddressPools",), ("pools",)),
    Essential(("loadBalancingRules",), ("rules",)),
    Essential(("inboundNatRules",), ("rules",)),
), whole=True)  # fmt: skip
FRONTEND = EssentialKind("frontend", "az network lb list -o json", (
    Essential(("subnet", "privateIPAddress", "publicIPAddress", "publicIPPrefix"), ("address", "public_ip")),
))  # fmt: skip
BALANCER_RULE = EssentialKind("rule", "az network lb list -o json", (
    Essential(("frontendIPConfiguration",), ("frontend",)),
    Essential(("protocol",), ("protocol",)),
    Essential(("frontendPort", "frontendPortRangeStart"), ("frontend_ports",)),
    Essential(("backendPort",), ("backend_ports",)),
    Essential(("enableFloatingIP",), ("floating_ip",)),
))  # fmt: skip

ESSENTIAL: Mapping[str, EssentialKind] = {
    f"{NETWORK}virtualnetworks": VNET,
    f"{NETWORK}virtualnetworks/subnets": SUBNET,
    f"{NETWORK}virtualnetworks/virtualnetworkpeerings": PEERING,
    f"{NETWORK}networksecuritygroups": NSG,
    f"{NETWORK}routetables": ROUTE_TABLE,
    f"{NETWORK}networkinterfaces": NIC,
    f"{NETWORK}networkinterfaces/ipconfigurations": IP_CONFIGURATION,
    "microsoft.compute/virtualmachines": VM,
    f"{NETWORK}privateendpoints": PRIVATE_ENDPOINT,
    f"{NETWORK}virtualnetworkgateways": GATEWAY,
    f"{NETWORK}localnetworkgateways": LOCAL_GATEWAY,
    f"{NETWORK}connections": CONNECTION,
    f"{NETWORK}loadbalancers": LOAD_BALANCER,
    f"{NETWORK}loadbalancers/frontendipconfigurations": FRONTEND,
    f"{NETWORK}loadbalancers/loadbalancingrules": BALANCER_RULE,
    f"{NETWORK}loadbalancers/inboundnatrules": BALANCER_RULE,
}
"""By the type in lower case. A public IP's `sku` and a subnet's `privateEndpointNetworkPolicies` are None without."""


def is_absent(lack: Lack) -> bool:
    """Whether a source only does not say it, so that what an earlier one says stands; else nobody can know it."""
    return lack.assumed or lack.reason.startswith(LACKS)


def lacking(node: JsonNode, kind: EssentialKind, resource_id: str) -> tuple[Lack, ...]:
    """What a document of a kind does not say."""
    found: tuple[Lack, ...] = ()
    fields = node.fields
    for essential in kind.essentials:
        held = (node.every_held(plain(name), deep=kind.whole) for name in essential.names)
        back = next(chain(*held), None)
        if back is not None:
            found += tuple(Lack(field, *why(back)) for field in essential.fields)
            continue
        given = [value for name in essential.names if (value := fields.get(plain(name))) not in NOTHING]
        if not given or (given == [[]] and not essential.may_be_empty):
            name = (
                resource_id.split("/")[-3::2]
                if kind in (IP_CONFIGURATION, FRONTEND, BALANCER_RULE)
                else (resource_id.split("/")[-1:])
            )
            reason = f"{LACKS}{essential.names[0]} of the {kind.title} {'/'.join(name)}"
            found += tuple(Lack(field, reason, f"add {kind.export}") for field in essential.fields)
    for prop, own in kind.optional:
        backs = node.every_held(plain(prop), deep=kind.whole) if plain(prop) in fields else []
        if backs:
            told = list(map(among, backs))
            found += (Lack(own, *why(backs[0]), among=tuple(chain(*told)) if all(told) else ()),)
    return found
