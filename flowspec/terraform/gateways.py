"""Gateways, connections, network watchers and security admin rules -> Azure documents."""

from __future__ import annotations

from flowspec.terraform.instances import Values
from flowspec.terraform.networks import SUBNET
from flowspec.terraform.picture import Document, Picture
from flowspec.terraform.shape import block_list, flag, framed, ref, said
from flowspec.terraform.types import AZURE
from flowspec.terraform.world import World

GATEWAY, LOCAL = AZURE["azurerm_virtual_network_gateway"], AZURE["azurerm_local_network_gateway"]


def draw_gateways(world: World, picture: Picture) -> None:
    """Virtual network gateways, local ones, and the connections between them."""
    for one in world.of("azurerm_virtual_network_gateway"):
        blocks = block_list(world, one, "ip_configuration") or []
        clients = block_list(world, one, "vpn_client_configuration") or []
        pool = world.value(one, "vpn_client_configuration", 0, "address_space")
        properties: Document = {
            "gatewayType": world.value(one, "type"),
            "enableBgp": flag(world, one, False, "bgp_enabled", "enable_bgp"),
            "ipConfigurations": blocks
            if isinstance(blocks, str)
            else [
                {
                    "name": f"ip{at}",
                    "properties": said(
                        {"subnet": ref(world.meant(one, ("ip_configuration", at, "subnet_id"), SUBNET))}
                    ),
                }
                for at in range(len(blocks))
            ],
            "vpnClientConfiguration": {"vpnClientAddressPool": {"addressPrefixes": pool}} if clients else None,
        }
        picture.add(framed(world, one, properties), world.place(one, one.where))
    for one in world.of("azurerm_local_network_gateway"):
        space = {"localNetworkAddressSpace": {"addressPrefixes": world.value(one, "address_space") or []}}
        bgp: Document = {"bgpSettings": {}} if one.blocks("bgp_settings") else {}
        picture.add(framed(world, one, space | bgp), world.place(one, one.where))
    for one in world.of("azurerm_virtual_network_gateway_connection"):
        properties = {
            "connectionType": world.value(one, "type"),
            "virtualNetworkGateway1": ref(world.meant(one, ("virtual_network_gateway_id",), GATEWAY)),
            "virtualNetworkGateway2": ref(world.meant(one, ("peer_virtual_network_gateway_id",), GATEWAY)),
            "localNetworkGateway2": ref(world.meant(one, ("local_network_gateway_id",), LOCAL)),
            "enableBgp": flag(world, one, False, "bgp_enabled", "enable_bgp"),
        }
        picture.add(framed(world, one, properties), world.place(one, one.where))
    for one in world.of("azurerm_network_watcher"):
        picture.add(framed(world, one, {}), world.place(one, one.where))


ADMIN = {
    "action": "access",
    "direction": "direction",
    "priority": "priority",
    "protocol": "protocol",
    "source_port_ranges": "sourcePortRanges",
    "destination_port_ranges": "destinationPortRanges",
}


def draw_admin_rules(world: World, picture: Picture) -> None:
    """Security admin rules of a configuration: they hold where it is deployed."""
    for one in world.of("azurerm_network_manager_admin_rule"):
        properties = {azure: world.value(one, name) for name, azure in ADMIN.items()}
        for side, name in (("sources", "source"), ("destinations", "destination")):
            blocks = block_list(world, one, name) or []
            properties[side] = blocks if isinstance(blocks, str) else list(map(_item, blocks))
        found = framed(world, one, properties) | {"kind": "Custom"}
        picture.add(found, world.place(one, one.where))


def _item(block: Values) -> Document:
    return {"addressPrefix": block.get("address_prefix"), "addressPrefixType": block.get("address_prefix_type")}
