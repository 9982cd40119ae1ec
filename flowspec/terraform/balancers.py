"""Load balancers with their pools and rules -> Azure documents."""

from __future__ import annotations

from typing import Any

from flowspec.model.unknown import is_unknown
from flowspec.terraform.instances import Instance
from flowspec.terraform.machines import PUBLIC_IP
from flowspec.terraform.networks import NOT_SAID, SUBNET, VNET, doubt
from flowspec.terraform.picture import Document, Picture
from flowspec.terraform.shape import flag, framed, named, ref, said
from flowspec.terraform.types import AZURE
from flowspec.terraform.world import World

BALANCER, POOL = AZURE["azurerm_lb"], AZURE["azurerm_lb_backend_address_pool"]


def draw_balancers(world: World, picture: Picture) -> None:
    """Load balancers; their pools and rules are resources of their own."""
    for one in world.of("azurerm_lb"):
        balancer_id = world.id_of(one)
        blocks = one.blocks("frontend_ip_configuration")
        frontends: Any = [_frontend(world, one, at, block, balancer_id) for at, block in enumerate(blocks)]
        if is_unknown(one.values.get("frontend_ip_configuration")):
            frontends = world.value(one, "frontend_ip_configuration")
        properties = {
            "frontendIPConfigurations": frontends,
            "backendAddressPools": [],
            "loadBalancingRules": [],
            "inboundNatRules": [],
        }
        picture.add(framed(world, one, properties), world.place(one, one.where))
        if not one.is_new:
            picture.assume(balancer_id, ("pools", "rules"), NOT_SAID)
    for kind, prop, draw in (
        ("azurerm_lb_backend_address_pool", "backendAddressPools", _pool),
        ("azurerm_lb_rule", "loadBalancingRules", _rule),
        ("azurerm_lb_nat_rule", "inboundNatRules", _rule),
    ):
        for one in world.of(kind):
            balancer = world.meant(one, ("loadbalancer_id",), BALANCER)
            document = picture.get(balancer.sure) if balancer.sure is not None else None
            if document is not None:
                document["properties"][prop].append(draw(world, one))
                continue
            field = "pools" if prop == "backendAddressPools" else "rules"
            doubt(picture, "balancers", balancer, field, f"{one.address} is a part of it")
            if balancer.sure is not None:
                picture.part(balancer.sure, field, f"{one.address} is a part of it")
    for one in world.of("azurerm_lb_backend_address_pool_address"):
        _address(world, one, picture)


def _frontend(world: World, one: Instance, at: int, block: Any, balancer_id: str) -> Document:
    path = ("frontend_ip_configuration", at)
    address = block.get("private_ip_address")
    name = block.get("name")
    properties = {
        "privateIPAddress": None if is_unknown(address) else address,
        "privateIPAddressVersion": None if is_unknown(block.get("private_ip_address_version"))
        else block.get("private_ip_address_version"),
        "subnet": ref(world.meant(one, (*path, "subnet_id"), SUBNET)),
        "publicIPAddress": ref(world.meant(one, (*path, "public_ip_address_id"), PUBLIC_IP)),
    }  # fmt: skip
    return {"id": f"{balancer_id}/frontendIPConfigurations/{name}", "name": name, "properties": said(properties)}


def _pool(world: World, one: Instance) -> Document:
    """A pool; the ip-configurations in it say so themselves."""
    vnet = world.meant(one, ("virtual_network_id",), VNET)
    properties: Document = {"virtualNetwork": named(vnet.sure), "loadBalancerBackendAddresses": []}
    return {"id": world.id_of(one), "name": world.name_of(one), "properties": said(properties)}


def _rule(world: World, one: Instance) -> Document:
    """A load balancing rule or an inbound NAT rule."""
    balancer = "/".join(world.id_of(one).split("/")[:-2])
    frontend = one.text("frontend_ip_configuration_name")
    known, _ = world.members(one, ("backend_address_pool_ids",), POOL)
    single = world.meant(one, ("backend_address_pool_id",), POOL)
    pools = [*known, *([single.sure] if single.sure is not None and single.sure not in known else [])]
    properties = {
        "frontendIPConfiguration": named(f"{balancer}/frontendIPConfigurations/{frontend}" if frontend else None),
        "protocol": one.text("protocol"),
        "frontendPort": _number(one, "frontend_port"),
        "backendPort": _number(one, "backend_port"),
        "frontendPortRangeStart": _number(one, "frontend_port_start"),
        "frontendPortRangeEnd": _number(one, "frontend_port_end"),
        "enableFloatingIP": flag(world, one, False, "floating_ip_enabled", "enable_floating_ip"),
        "backendAddressPools": [{"id": pool} for pool in pools],
    }
    return {"id": world.id_of(one), "name": world.name_of(one), "properties": said(properties)}


def _number(one: Instance, name: str) -> Any:
    value = one.values.get(name)
    return None if is_unknown(value) else value


def _address(world: World, one: Instance, picture: Picture) -> None:
    """A bare address in a pool."""
    pool = world.meant(one, ("backend_address_pool_id",), POOL)
    balancer = "/".join(pool.sure.split("/")[:-2]) if pool.sure else ""
    document = picture.get(balancer)
    for held in document["properties"]["backendAddressPools"] if document is not None else ():
        if held["id"].lower() == str(pool.sure).lower():
            held["properties"]["loadBalancerBackendAddresses"].append({
                "properties": said({
                    "ipAddress": one.text("ip_address"),
                    "virtualNetwork": named(world.meant(one, ("virtual_network_id",), VNET).sure),
                })
            })  # fmt: skip
