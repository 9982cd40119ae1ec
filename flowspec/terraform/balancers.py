"""Load balancers with their pools and rules -> Azure documents."""

from __future__ import annotations

from typing import Any

from flowspec.model.inventory import Lack
from flowspec.model.unknown import is_unknown, opaque
from flowspec.terraform.instances import Instance
from flowspec.terraform.machines import PUBLIC_IP
from flowspec.terraform.meaning import Meant
from flowspec.terraform.networks import NOT_SAID, SUBNET, VNET, doubt
from flowspec.terraform.picture import Document, Picture
from flowspec.terraform.shape import block_list, flag, framed, named, ref, refs, said
from flowspec.terraform.types import AZURE
from flowspec.terraform.world import World

BALANCER, POOL = AZURE["azurerm_lb"], AZURE["azurerm_lb_backend_address_pool"]


def draw_balancers(world: World, picture: Picture) -> None:
    """Load balancers; their pools and rules are resources of their own."""
    for one in world.of("azurerm_lb"):
        balancer_id = world.id_of(one)
        blocks = block_list(world, one, "frontend_ip_configuration") or []
        frontends: Any = (
            blocks
            if isinstance(blocks, str)
            else [_frontend(world, one, at, block, balancer_id) for at, block in enumerate(blocks)]
        )
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
                picture.put(draw(world, one), document, prop)
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
    name = opaque(f"{one.address}.frontend_ip_configuration[{at}].name") if is_unknown(name) else name
    properties = {
        "privateIPAddress": None if is_unknown(address) else address,
        "privateIPAddressVersion": None if is_unknown(block.get("private_ip_address_version"))
        else block.get("private_ip_address_version"),
        "subnet": named(world.meant(one, (*path, "subnet_id"), SUBNET).sure),
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
    frontend = world.value(one, "frontend_ip_configuration_name")
    known, more = world.members(one, ("backend_address_pool_ids",), POOL)
    single = world.meant(one, ("backend_address_pool_id",), POOL)
    if not _is_written(world, one, "backend_address_pool_id"):
        single = Meant()
    pools = refs(known, more) + ([{"id": single.written()}] if not single.none and single.sure not in known else [])
    if frontend and not is_unknown(frontend):
        frontend = f"{balancer}/frontendIPConfigurations/{frontend}"
    properties = {
        "frontendIPConfiguration": named(frontend or None),
        "protocol": world.value(one, "protocol"),
        "frontendPort": world.value(one, "frontend_port"),
        "backendPort": world.value(one, "backend_port"),
        "frontendPortRangeStart": world.value(one, "frontend_port_start"),
        "frontendPortRangeEnd": world.value(one, "frontend_port_end"),
        "enableFloatingIP": flag(world, one, False, "floating_ip_enabled", "enable_floating_ip"),
        "backendAddressPools": pools,
    }
    return {"id": world.id_of(one), "name": world.name_of(one), "properties": said(properties)}


def _is_written(world: World, one: Instance, name: str) -> bool:
    """Whether an attribute says something; held back without an expression it does not."""
    return not is_unknown(one.values.get(name)) or world.is_written(one, name)


def _address(world: World, one: Instance, picture: Picture) -> None:
    """A bare address in a pool; where it or the pool is not known, any NIC may be in it."""
    pool = world.meant(one, ("backend_address_pool_id",), POOL)
    balancer = "/".join(pool.sure.split("/")[:-2]) if pool.sure else ""
    document = picture.get(balancer)
    address = one.text("ip_address")
    pools = document["properties"]["backendAddressPools"] if document is not None else ()
    own = next((held for held in pools if held["id"].lower() == str(pool.sure).lower()), None)
    if own is None or address is None:
        words = f"{one.address} puts an address into the backend pool of a load balancer"
        picture.anywhere.append(("nics", Lack("pools", words, "give the state that holds the load balancer")))
        return
    vnet = world.meant(one, ("virtual_network_id",), VNET).sure
    held = said({"ipAddress": address, "virtualNetwork": named(vnet)})
    own["properties"]["loadBalancerBackendAddresses"].append({"properties": held})
