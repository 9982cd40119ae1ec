"""Hand-made networks for the tests of the naive evaluator: one VNet, one NIC, and one thing to vary."""

from __future__ import annotations

import ipaddress
from typing import Any

from tests.naive.evaluate import Verdict, side
from tests.naive.matching import Packet
from tests.naive.resources import Json, Network

ROOT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network"
VNET, PEER = f"{ROOT}/virtualNetworks/vnet", f"{ROOT}/virtualNetworks/peer"
SUBNET, PEER_SUBNET = f"{VNET}/subnets/snet", f"{PEER}/subnets/snet"
NIC, OTHER = f"{ROOT}/networkInterfaces/nic", f"{ROOT}/networkInterfaces/other"
IP, OTHER_IP = f"{NIC}/ipConfigurations/ip", f"{OTHER}/ipConfigurations/ip"
NIC_NSG, SUBNET_NSG = f"{ROOT}/networkSecurityGroups/nic-nsg", f"{ROOT}/networkSecurityGroups/subnet-nsg"
ASG, TABLE, PIP = f"{ROOT}/applicationSecurityGroups/asg", f"{ROOT}/routeTables/rt", f"{ROOT}/publicIPAddresses/pip"
GATEWAY, LOCAL = f"{ROOT}/virtualNetworkGateways/vgw", f"{ROOT}/localNetworkGateways/lgw"

IN_VNET, IN_LB, IN_DENY = (
    f"defaultSecurityRules/{n}" for n in ("AllowVnetInBound", "AllowAzureLoadBalancerInBound", "DenyAllInBound")
)
OUT_VNET, OUT_INTERNET, OUT_DENY = (
    f"defaultSecurityRules/{n}" for n in ("AllowVnetOutBound", "AllowInternetOutBound", "DenyAllOutBound")
)


def internet_list() -> list[str]:
    """The tag as B0.7 has it: all of IPv4 but these."""
    without = "0.0.0.0/8 10.0.0.0/8 25.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12"
    without += " 192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3"
    left = [ipaddress.IPv4Network("0.0.0.0/0")]
    for hole in map(ipaddress.IPv4Network, without.split()):
        left = [part for p in left for part in (p.address_exclude(hole) if hole.subnet_of(p) else [p])]
    return [str(prefix) for prefix in left]


INTERNET = internet_list()


# A small network to vary


def rule(name: str, priority: int, direction: str, access: str, protocol: str = "*", **fields: Any) -> Json:
    every = {
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    }
    kept = {key: value for key, value in every.items() if not any(name.startswith(key) for name in fields)}
    properties = {
        "priority": priority,
        "direction": direction,
        "access": access,
        "protocol": protocol,
        **kept,
        **fields,
    }
    return {"name": name, "properties": {key: value for key, value in properties.items() if value is not None}}


def nsg(resource_id: str, *rules: Json, **properties: Any) -> Json:
    return item(resource_id, "networkSecurityGroups", securityRules=list(rules), **properties)


def item(resource_id: str, type_name: str, **properties: Any) -> Json:
    name = resource_id.rsplit("/", 1)[-1]
    return {"id": resource_id, "name": name, "type": f"Microsoft.Network/{type_name}", "properties": properties}


def vnet(resource_id: str, space: list[str], *peerings: Json, **subnet: Any) -> Json:
    subnets = [{"name": "snet", "properties": {"addressPrefixes": space, **subnet}}]
    found = [{"name": f"p{n}", "properties": properties} for n, properties in enumerate(peerings)]
    return item(
        resource_id,
        "virtualNetworks",
        addressSpace={"addressPrefixes": space},
        subnets=subnets,
        virtualNetworkPeerings=found,
    )


def nic(
    resource_id: str, subnet_id: str, address: str | None, configuration: Json | None = None, **properties: Any
) -> Json:
    found = {"subnet": {"id": subnet_id}, **({"privateIPAddress": address} if address else {}), **(configuration or {})}
    own = {"ipConfigurations": [{"name": "ip", "properties": found}], "enableIPForwarding": False} | properties
    return item(resource_id, "networkInterfaces", **own)


def peering(remote: str, **more: Any) -> Json:
    return {
        "peeringState": "Connected",
        "allowVirtualNetworkAccess": True,
        "remoteVirtualNetwork": {"id": remote},
        **more,
    }


def table(*routes: tuple[str, str], **more: Any) -> Json:
    found = [
        {"name": f"r{n}", "properties": {"addressPrefix": prefix, "nextHopType": hop}}
        for n, (prefix, hop) in enumerate(routes)
    ]
    return item(TABLE, "routeTables", routes=found, **{"disableBgpRoutePropagation": False, **more})


def network(
    *rules: Json,
    at: str = "nic",
    space: list[str] | None = None,
    address: str | None = "10.0.0.4",
    nic_nsg: Json | None = None,
    subnet_nsg: Json | None = None,
    configuration: Json | None = None,
    nic_more: Json | None = None,
    subnet: Json | None = None,
    peerings: list[Json] | None = None,
    more: list[Json] | None = None,
    tags: dict[str, list[str]] | None = None,
    assumptions: list[Json] | None = None,
) -> Network:
    """vnet 10.0.0.0/16 with one NIC 10.0.0.4; `rules` go into the NSG of the NIC or subnet (`at`), or none is made."""
    nic_nsg = nsg(NIC_NSG, *rules) if at == "nic" else nic_nsg
    subnet_nsg = nsg(SUBNET_NSG, *rules) if at == "subnet" else subnet_nsg
    on_subnet = {**({"networkSecurityGroup": {"id": SUBNET_NSG}} if subnet_nsg else {}), **(subnet or {})}
    on_nic = {**({"networkSecurityGroup": {"id": NIC_NSG}} if nic_nsg else {}), **(nic_more or {})}
    resources = [vnet(VNET, space or ["10.0.0.0/16"], *(peerings or []), **on_subnet)]
    resources += [
        nic(NIC, SUBNET, address, configuration, **on_nic),
        *filter(None, [nic_nsg, subnet_nsg]),
        *(more or []),
    ]
    return Network(resources, tags, INTERNET, assumptions)


def judge(net: Network, flow: str, where: str = IP) -> Verdict:
    """`flow`: "In Tcp 10.0.0.4:22 <- 100.1.2.3:40000", the local end first; portless protocols have no ports."""
    direction, protocol, local, _, remote = flow.split()
    ends = [end.rsplit(":", 1) if protocol in ("Tcp", "Udp") else [end, None] for end in (local, remote)]
    (source, destination) = ends[::-1] if direction == "In" else ends
    ports = [int(end[1]) if end[1] is not None else None for end in (source, destination)]
    points = [point(end[0] or "") for end in (source, destination)]
    packet = Packet(protocol, points[0], ports[0], points[1], ports[1])
    return side(net, where, {"In": "Inbound", "Out": "Outbound"}[direction], packet)


def point(text: str) -> Any:
    return ("tag", text[4:]) if text.startswith("tag=") else ("ipconfig", IP) if text == "me" else text


def ports(source: str | None, destination: str) -> Json:
    return {"sourcePortRange": source or "*", "destinationPortRange": destination}


def both(nic_rules: Json, subnet_rules: Json) -> Network:
    return network(at="none", nic_nsg=nic_rules, subnet_nsg=subnet_rules)


def admin(*rules: Json) -> Json:
    return {"type": "flowspec.test/adminRules", "vnet": VNET.upper(), "rules": list(rules)}


def admin_rule(access: str, direction: str = "Inbound", ports: str = "22") -> Json:
    anywhere = {
        "sources": ["*"],
        "destinations": ["*"],
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": [ports],
    }
    return {"name": "a", "priority": 1, "direction": direction, "access": access, "protocol": "Tcp", **anywhere}


def with_public_ip(**pip: Any) -> Network:
    found = [{**item(PIP, "publicIPAddresses"), **pip}] if pip else []
    return network(at="none", configuration={"publicIPAddress": {"id": PIP}}, more=found)


SSH_DENIED = nsg(SUBNET_NSG, rule("no-ssh", 100, "Inbound", "Deny", "Tcp", destinationPortRange="22"))


def private_endpoint(**subnet: Any) -> Network:
    more = {"privateEndpoint": {"id": f"{ROOT}/privateEndpoints/pe"}}
    return network(at="none", subnet_nsg=SSH_DENIED, nic_more=more, subnet=subnet)


def routed(*routes: tuple[str, str], rules: tuple[Json, ...] = (), **more: Any) -> Network:
    return network(*rules, subnet={"routeTable": {"id": TABLE.upper()}}, more=[table(*routes)], **more)


def group_rule(**fields: Any) -> Json:
    return rule("asg", 100, "Inbound", "Allow", sourceApplicationSecurityGroups=[{"id": ASG.upper()}], **fields)


def with_group(address: str | None, *more: Json, **subnet: Any) -> Network:
    """A denied VNet but for the members of a group: one other NIC is a member."""
    deny = rule("deny", 200, "Inbound", "Deny")
    member = nic(OTHER, SUBNET, address, {"applicationSecurityGroups": [{"id": ASG}]})
    return network(group_rule(sourceAddressPrefix=None), deny, more=[member, *more], subnet=subnet)


def gatewayed(
    bgp: bool = False,
    assumptions: list[Json] | None = None,
    at: str = SUBNET,
    subnet: Json | None = None,
    peerings: list[Json] | None = None,
    more: list[Json] | None = None,
    **gateway: Any,
) -> Network:
    """A gateway to an office with 192.168.10.0/24, in the VNet of the NIC or `at` another one's subnet."""
    ip = {"name": "default", "properties": {"subnet": {"id": at}}}
    office = {"addressPrefixes": ["192.168.10.0/24"]}
    ends = {"virtualNetworkGateway1": {"id": GATEWAY}, "localNetworkGateway2": {"id": LOCAL}}
    connection = {"connectionType": "IPsec", "enableBgp": bgp, **ends}
    return network(
        more=[
            item(
                GATEWAY,
                "virtualNetworkGateways",
                **{"gatewayType": "Vpn", "enableBgp": False, **gateway},
                ipConfigurations=[ip],
            ),
            item(LOCAL, "localNetworkGateways", localNetworkAddressSpace=office),
            item(f"{ROOT}/connections/cn", "connections", **connection),
            *(more or []),
        ],
        assumptions=assumptions,
        subnet=subnet,
        peerings=peerings,
    )


def tag_rules(*accesses: str) -> tuple[Json, ...]:
    return tuple(
        rule(f"tag{n}", 100 + n, "Inbound", access, sourceAddressPrefix="AzureMonitor")
        for n, access in enumerate(accesses)
    )
