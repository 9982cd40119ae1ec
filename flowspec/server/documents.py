"""Values of the model -> ARM REST documents that read back as the same values (azure.md B9.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from flowspec.model.inventory import (
    Connection,
    Gateway,
    IpConfiguration,
    LocalGateway,
    Nic,
    Nsg,
    Peering,
    PublicIp,
    RouteTable,
    Rule,
    Subnet,
    VirtualNetwork,
    Vm,
    lack,
)
from flowspec.model.unknown import is_unknown
from flowspec.server.wire import JsonObject

NETWORK = "Microsoft.Network/"
SUCCEEDED = "Succeeded"


def resource(kind: str, value_id: str, name: str, properties: JsonObject, location: str | None = None) -> JsonObject:
    """A top-level resource, or a child of one when it has no location of its own."""
    placed: JsonObject = {} if location is None or is_unknown(location) else {"location": location}
    state = {"provisioningState": SUCCEEDED, **_known(properties)}
    return {"name": name, "id": value_id, "etag": etag(value_id, state), "type": kind, **placed, "properties": state}


def etag(*content: object) -> str:
    return f'W/"{uuid5(NAMESPACE_URL, repr(content))}"'


def tagged(document: JsonObject, tags: Sequence[tuple[str, str]]) -> JsonObject:
    return document | {"tags": dict(tags)} if tags else document


def _known(properties: JsonObject) -> JsonObject:
    """Without what is None: an absent property reads back as not known."""
    return {name: value for name, value in properties.items() if value is not None}


def shown(value: Any) -> Any:
    """A document without what sources hold back, as a client of Azure would see it."""
    if isinstance(value, dict):
        return {name: shown(inner) for name, inner in value.items() if not is_unknown(inner)}
    return [shown(inner) for inner in value if not is_unknown(inner)] if isinstance(value, list) else value


def ref(resource_id: str | None) -> JsonObject | None:
    return None if resource_id is None else {"id": resource_id}


def refs(ids: Iterable[str]) -> list[JsonObject]:
    return [{"id": one} for one in ids]


def texts(name: str, plural: str, values: tuple[str, ...]) -> JsonObject:
    """A singular and a plural field of a rule."""
    return {name: values[0], plural: []} if len(values) == 1 else {plural: [*values]}


def rule_document(rule: Rule, nsg: str) -> JsonObject:
    """A rule of an NSG, as `…/securityRules/{name}` shows it."""
    section = "defaultSecurityRules" if rule.default else "securityRules"
    properties: JsonObject = {
        "description": rule.description or None,
        "protocol": rule.protocol,
        **texts("sourcePortRange", "sourcePortRanges", rule.source_ports),
        **texts("destinationPortRange", "destinationPortRanges", rule.destination_ports),
        **texts("sourceAddressPrefix", "sourceAddressPrefixes", rule.sources),
        **texts("destinationAddressPrefix", "destinationAddressPrefixes", rule.destinations),
        "sourceApplicationSecurityGroups": refs(rule.source_asgs) or None,
        "destinationApplicationSecurityGroups": refs(rule.destination_asgs) or None,
        "access": str(rule.access),
        "priority": rule.priority,
        "direction": str(rule.direction),
    }
    kind = f"{NETWORK}networkSecurityGroups/{section}"
    return resource(kind, rule.id or f"{nsg}/{section}/{rule.name}", rule.name, properties)


def nsg_document(nsg: Nsg) -> JsonObject:
    properties: JsonObject = {
        "securityRules": [rule_document(rule, nsg.id) for rule in nsg.rules],
        "defaultSecurityRules": [rule_document(rule, nsg.id) for rule in nsg.default_rules],
    }
    document = resource(f"{NETWORK}networkSecurityGroups", nsg.id, nsg.name, properties, nsg.location)
    return tagged(document, nsg.tags)


def subnet_document(subnet: Subnet) -> JsonObject:
    """A subnet of the inventory as ARM writes it."""
    one = (
        {"addressPrefix": subnet.prefixes[0]} if len(subnet.prefixes) == 1 else {"addressPrefixes": [*subnet.prefixes]}
    )
    properties: JsonObject = {
        **one,
        "networkSecurityGroup": ref(subnet.nsg),
        "routeTable": ref(subnet.route_table),
        "ipConfigurations": refs(subnet.attached) or None,
        "privateEndpointNetworkPolicies": subnet.private_endpoint_policies,
    }
    return resource(f"{NETWORK}virtualNetworks/subnets", subnet.id, subnet.name, properties)


def peering_document(peering: Peering) -> JsonObject:
    """A peering of the inventory as ARM writes it."""
    space = {"addressPrefixes": [*peering.remote_prefixes]} if peering.remote_prefixes else None
    properties: JsonObject = {
        "remoteVirtualNetwork": ref(peering.remote_vnet),
        "peeringState": peering.state,
        "allowVirtualNetworkAccess": peering.allow_access,
        "allowGatewayTransit": peering.allow_gateway_transit,
        "useRemoteGateways": peering.use_remote_gateways,
        "peerCompleteVnets": peering.whole,
        "remoteAddressSpace": space,
    }
    return resource(f"{NETWORK}virtualNetworks/virtualNetworkPeerings", peering.id, peering.name, properties)


def vnet_document(vnet: VirtualNetwork, subnets: Iterable[Subnet]) -> JsonObject:
    properties: JsonObject = {
        "addressSpace": {"addressPrefixes": [*vnet.prefixes]},
        "subnets": [subnet_document(subnet) for subnet in subnets],
        "virtualNetworkPeerings": [peering_document(peering) for peering in vnet.peerings],
    }
    return tagged(resource(f"{NETWORK}virtualNetworks", vnet.id, vnet.name, properties, vnet.location), vnet.tags)


def configuration_document(configuration: IpConfiguration) -> JsonObject:
    """An ip-configuration of the inventory as ARM writes it; a family that is not known is left out."""
    properties: JsonObject = {
        "privateIPAddress": configuration.address,
        "privateIPAddressVersion": None if lack(configuration, "family") else f"IPv{configuration.family}",
        "subnet": ref(configuration.subnet),
        "primary": configuration.primary,
        "publicIPAddress": ref(configuration.public_ip),
        "applicationSecurityGroups": refs(configuration.asgs) or None,
    }
    return resource(f"{NETWORK}networkInterfaces/ipConfigurations", configuration.id, configuration.name, properties)


def nic_document(nic: Nic) -> JsonObject:
    """A NIC of the inventory as ARM writes it."""
    properties: JsonObject = {
        "ipConfigurations": [configuration_document(c) for c in nic.ip_configurations],
        "networkSecurityGroup": ref(nic.nsg),
        "virtualMachine": ref(nic.vm),
        "enableIPForwarding": nic.ip_forwarding,
        "privateEndpoint": {"id": f"{nic.id}.endpoint"} if nic.private_endpoint else None,
    }
    document = resource(f"{NETWORK}networkInterfaces", nic.id, nic.name, properties, nic.location)
    return tagged(document, nic.tags)


def vm_document(vm: Vm) -> JsonObject:
    properties: JsonObject = {
        "networkProfile": {"networkInterfaces": refs(vm.nics)},
        "instanceView": instance_view(vm),
    }
    document = resource("Microsoft.Compute/virtualMachines", vm.id, vm.name, properties, vm.location)
    return tagged(document, vm.tags)


def instance_view(vm: Vm) -> JsonObject:
    """The statuses; a power state that the inventory does not tell is left out."""
    codes = ["ProvisioningState/succeeded", *([f"PowerState/{vm.power}"] if vm.power else [])]
    return {"statuses": [{"code": code, "level": "Info", "displayStatus": f"VM {code}"} for code in codes]}


def route_table_document(table: RouteTable) -> JsonObject:
    routes = []
    for route in table.routes:
        hop: JsonObject = {"addressPrefix": route.prefix, "nextHopType": route.next_hop}
        hop |= {"nextHopIpAddress": route.next_hop_address} if route.next_hop_address else {}
        routes.append(resource(f"{NETWORK}routeTables/routes", f"{table.id}/routes/{route.name}", route.name, hop))
    properties: JsonObject = {"routes": routes, "disableBgpRoutePropagation": not table.bgp_propagation}
    return resource(f"{NETWORK}routeTables", table.id, table.name, properties)


def gateway_document(gateway: Gateway) -> JsonObject:
    """A virtual network gateway of the inventory as ARM writes it."""
    kind = f"{NETWORK}virtualNetworkGateways/ipConfigurations"
    configurations = [
        resource(kind, f"{gateway.id}/ipConfigurations/ip{at}", f"ip{at}", {"subnet": ref(subnet)})
        for at, subnet in enumerate(gateway.subnets)
    ]
    pool: JsonObject = {"vpnClientAddressPool": {"addressPrefixes": [*gateway.client_prefixes]}}
    properties: JsonObject = {
        "gatewayType": gateway.kind,
        "enableBgp": gateway.bgp,
        "ipConfigurations": configurations,
        "vpnClientConfiguration": pool if gateway.client_prefixes else None,
    }
    return resource(f"{NETWORK}virtualNetworkGateways", gateway.id, gateway.name, properties)


def local_gateway_document(gateway: LocalGateway) -> JsonObject:
    properties: JsonObject = {
        "localNetworkAddressSpace": {"addressPrefixes": [*gateway.prefixes]},
        "bgpSettings": {} if gateway.bgp else None,
    }
    return resource(f"{NETWORK}localNetworkGateways", gateway.id, gateway.name, properties)


def connection_document(connection: Connection) -> JsonObject:
    """A connection of a gateway of the inventory as ARM writes it."""
    first, second = (*map(ref, connection.gateways), None, None)[:2]
    properties: JsonObject = {
        "virtualNetworkGateway1": first,
        "virtualNetworkGateway2": second,
        "localNetworkGateway2": ref(connection.local_gateway),
        "connectionType": connection.kind,
        "enableBgp": connection.bgp,
    }
    return resource(f"{NETWORK}connections", connection.id, connection.name, properties)


def public_ip_document(address: PublicIp) -> JsonObject:
    document = resource(f"{NETWORK}publicIPAddresses", address.id, address.name, {"ipAddress": address.address})
    untold = address.sku is None or is_unknown(address.sku)
    return document if untold else document | {"sku": {"name": address.sku, "tier": "Regional"}}
