"""NICs, VMs, scale sets, private endpoints and public IPs -> Azure documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowspec.model.inventory import Lack, key
from flowspec.model.unknown import is_opaque, is_unknown, unknown
from flowspec.terraform.instances import Instance, Values
from flowspec.terraform.meaning import Meant
from flowspec.terraform.networks import NOT_SAID, NSG, SUBNET, attach, doubt
from flowspec.terraform.picture import Document, Joining, Picture
from flowspec.terraform.shape import block_list, flag, framed, named, ref, refs, said
from flowspec.terraform.types import AZURE
from flowspec.terraform.world import World

NIC, GROUP = AZURE["azurerm_network_interface"], AZURE["azurerm_application_security_group"]
VM, PUBLIC_IP = AZURE["azurerm_linux_virtual_machine"], AZURE["azurerm_public_ip"]
POOL, NAT = AZURE["azurerm_lb_backend_address_pool"], AZURE["azurerm_lb_nat_rule"]
VMS = ("azurerm_virtual_machine", "azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine")
SCALE_SETS = (
    "azurerm_virtual_machine_scale_set", "azurerm_linux_virtual_machine_scale_set",
    "azurerm_windows_virtual_machine_scale_set", "azurerm_orchestrated_virtual_machine_scale_set",
)  # fmt: skip
LISTS = (
    ("application_security_group_ids", "applicationSecurityGroups", GROUP),
    ("load_balancer_backend_address_pools_ids", "loadBalancerBackendAddressPools", POOL),
    ("load_balancer_inbound_nat_rules_ids", "loadBalancerInboundNatRules", NAT),
)
"""What an ip-configuration of the first provider versions lists itself, and an association gives now."""


def draw_nics(world: World, picture: Picture, gone: frozenset[str]) -> None:
    """NICs with their ip-configurations. Addresses that Azure gives are not known before."""
    for one in world.of("azurerm_network_interface"):
        blocks = block_list(world, one, "ip_configuration") or []
        configs: list[Document] | str = (
            blocks
            if isinstance(blocks, str)
            else [_configuration(world, one, at, block, len(blocks)) for at, block in enumerate(blocks)]
        )
        properties: Document = {
            "ipConfigurations": configs,
            "enableIPForwarding": flag(world, one, False, "ip_forwarding_enabled", "enable_ip_forwarding"),
            "networkSecurityGroup": ref(world.meant(one, ("network_security_group_id",), NSG))
            if world.is_written(one, "network_security_group_id")
            or not is_unknown(one.values.get("network_security_group_id"))
            else None,
            "virtualMachine": named(_machine(one, gone)),
        }
        picture.add(framed(world, one, properties), world.place(one, one.where))
        if not one.is_new:
            fields = [
                *(("nsg",) if "networkSecurityGroup" not in said(properties) else ()),
                "asgs",
                "pools",
                "nat_rules",
            ]
            picture.assume(world.id_of(one), fields, NOT_SAID)


def _machine(one: Instance, gone: frozenset[str]) -> str | None:
    """The VM that a refreshed NIC names, if it will be there."""
    vm = one.text("virtual_machine_id")
    return vm if vm is not None and key(vm) not in gone else None


def _configuration(world: World, one: Instance, at: int, block: Values, count: int) -> Document:
    """An ip-configuration. A state of the first versions has the address of the only one beside it."""
    path = ("ip_configuration", at)
    address = block.get("private_ip_address")
    if address in (None, "") and count == 1:
        address = one.values.get("private_ip_address")
    name = block.get("name")
    public = world.meant(one, (*path, "public_ip_address_id"), PUBLIC_IP)
    written = (
        public.written() if not is_unknown(block.get("public_ip_address_id")) else _if_written(world, one, at, public)
    )
    properties: Document = {
        "privateIPAddress": None if is_unknown(address) else address,
        "privateIPAddressVersion": block.get("private_ip_address_version"),
        "primary": None if is_unknown(block.get("primary")) else block.get("primary"),
        "subnet": ref(world.meant(one, (*path, "subnet_id"), SUBNET)),
        "publicIPAddress": named(written),
    }  # fmt: skip
    for listed, prop, kind in LISTS:
        if listed in block and not (is_unknown(block[listed]) and one.is_new):
            properties[prop] = refs(*world.members(one, (*path, listed), kind))
    known = (
        name
        if isinstance(name, str) and name and not is_unknown(name)
        else f"‹{one.address}.ip_configuration[{at}].name›"
    )
    return {"name": known, "properties": said(properties)}


def _if_written(world: World, one: Instance, at: int, meant: Meant) -> str | None:
    """A public IP that is held back; where a block that the configuration has in full names none, there is none."""
    config = world.configuration.resource(one.modules, one.resource)
    blocks = (config.get("expressions") or {}).get("ip_configuration")
    if not isinstance(blocks, list) or len(blocks) != len(one.blocks("ip_configuration")):
        return meant.written()
    block = blocks[at]
    is_none = isinstance(block, dict) and "name" in block and "public_ip_address_id" not in block
    return None if is_none else meant.written()


def draw_nic_associations(world: World, picture: Picture) -> None:
    """The NSG, groups, pools and NAT rules of a NIC. A group holds for every ip-configuration of the NIC."""
    for one in world.of("azurerm_network_interface_security_group_association"):
        nic = world.meant(one, ("network_interface_id",), NIC)
        given = world.meant(one, ("network_security_group_id",), NSG)
        attach(picture, one, nic, given, "networkSecurityGroup", "nsg", "nics")
    for kind, attribute, prop, field, azure in (
        ("azurerm_network_interface_application_security_group_association", "application_security_group_id",
         "applicationSecurityGroups", "asgs", GROUP),
        ("azurerm_network_interface_backend_address_pool_association", "backend_address_pool_id",
         "loadBalancerBackendAddressPools", "pools", POOL),
        ("azurerm_network_interface_nat_rule_association", "nat_rule_id", "loadBalancerInboundNatRules", "nat_rules",
         NAT),
    ):  # fmt: skip
        for one in world.of(kind):
            _join(world, picture, one, world.meant(one, (attribute,), azure), prop, field)


def _join(world: World, picture: Picture, one: Instance, given: Meant, prop: str, field: str) -> None:
    nic = world.meant(one, ("network_interface_id",), NIC)
    document = picture.get(nic.sure) if nic.sure is not None else None
    name = one.values.get("ip_configuration_name")
    if document is None and nic.sure is not None and given.sure is not None and not is_unknown(name):
        joining = Joining(nic=nic.sure, config=name or None, field=field, value=given.sure, where=one.where)
        picture.joinings.append(joining)
        return
    if document is None:
        doubt(picture, "nics", nic, field, f"{one.address} gives it something that is not known")
        return
    wanted = one.values.get("ip_configuration_name")
    configs = document["properties"].get("ipConfigurations")
    for config in configs if isinstance(configs, list) else ():
        if not isinstance(config, dict) or not isinstance(config.get("properties"), dict):
            continue
        name = str(config.get("name", ""))
        perhaps = bool(wanted) and (is_unknown(wanted) or is_opaque(name))
        if not wanted or perhaps or key(name) == key(str(wanted)):
            held = config["properties"].setdefault(prop, [])
            entry = {"id": unknown(f"known after apply: {one.address}") if perhaps else given.written()}
            if isinstance(held, list) and entry not in held:
                held.append(entry)
    picture.settle(nic.sure or "", field)


def draw_vms(world: World, picture: Picture) -> None:
    """VMs with their NICs."""
    for one in world.of(*VMS):
        known, more = world.members(one, ("network_interface_ids",), NIC, distinct=True)
        nics: list[Document] | str = [{"id": nic} for nic in known]
        if more is not None:
            nics = more.written() or unknown(more.reason)
            for candidate in more.ids:
                picture.doubt(candidate, Lack("vm", f"{more.reason}: {one.address} may have it"))
        picture.add(
            framed(world, one, {"networkProfile": {"networkInterfaces": nics}}) | _tags(one),
            world.place(one, one.where),
        )


def _tags(one: Instance) -> Document:
    """Tags are said even where there are none: a VM without the property would not tell."""
    return {"tags": one.values.get("tags") or {}}


def draw_scale_sets(world: World, picture: Picture) -> None:
    """Scale sets and node pools: their instances' NICs are in a subnet, and not in the document (azure.md A14)."""
    for one in world.of(*SCALE_SETS):
        set_id = world.id_of(one)
        picture.add(framed(world, one, {}) | _tags(one), world.place(one, one.where))
        if str(one.values.get("instances")) == "0":
            continue
        for name in ("network_interface", "network_profile"):
            for at, block in enumerate(_known_blocks(one.values.get(name), one, picture)):
                inside = f"{set_id}/virtualMachines/0/networkInterfaces/{block.get('name')}/ipConfigurations"
                for inner, config in enumerate(_known_blocks(block.get("ip_configuration"), one, picture)):
                    subnet = world.meant(one, (name, at, "ip_configuration", inner, "subnet_id"), SUBNET)
                    _sits(picture, one, subnet, f"{inside}/{config.get('name')}")
    for one in world.of("azurerm_kubernetes_cluster", "azurerm_kubernetes_cluster_node_pool"):
        picture.others[one.type, key(world.id_of(one))] = world.name_of(one)
        pools = one.blocks("default_node_pool") if one.type == "azurerm_kubernetes_cluster" else [one.values]
        for at, pool in enumerate(pools):
            path = ("default_node_pool", at) if one.type == "azurerm_kubernetes_cluster" else ()
            for attribute in ("vnet_subnet_id", "pod_subnet_id"):
                if pool.get(attribute) and (
                    not is_unknown(pool[attribute]) or world.is_written(one, str((*path, attribute)[0]))
                ):
                    endpoint = f"{world.id_of(one)}/virtualMachineScaleSets/{pool.get('name')}"
                    _sits(picture, one, world.meant(one, (*path, attribute), SUBNET), endpoint)


def _known_blocks(value: Any, one: Instance, picture: Picture) -> Iterator[Values]:
    """The blocks of a list; where some are held back, there may be NICs in any subnet."""
    items = value if isinstance(value, list) else [value]
    if any(map(is_unknown, items)):
        picture.unread.append(f"the subnet of {one.address}")
    yield from (item for item in items if isinstance(item, dict))


def _sits(picture: Picture, one: Instance, subnet: Meant, endpoint: str) -> None:
    """An endpoint that no NIC stands for; where its subnet is not known, in each that it may be."""
    for candidate in subnet.ids:
        picture.attached.append((candidate, endpoint))
    if subnet.open:
        picture.unread.append(f"the subnet of {one.address}")


def draw_private_endpoints(world: World, picture: Picture) -> None:
    """Private endpoints, and the NICs that Azure makes for them."""
    for one in world.of("azurerm_private_endpoint"):
        endpoint_id = world.id_of(one)
        made = one.blocks("network_interface")
        known = [block["id"] for block in made if isinstance(block.get("id"), str) and not is_unknown(block["id"])]
        name = one.text("custom_network_interface_name") or f"‹the NIC of {one.address}›"
        nic_id = known[0] if known else f"{endpoint_id.rpartition('/providers/')[0]}/providers/{NIC}/{name}"
        picture.add(framed(world, one, {"networkInterfaces": [{"id": nic_id}]}), world.place(one, one.where))
        service = next(iter(one.blocks("private_service_connection")), {})
        address = service.get("private_ip_address")
        config: Document = {
            "name": f"‹the ip-configuration of {one.address}›",
            "properties": said({
                "privateIPAddress": None if is_unknown(address) else address,
                "subnet": ref(world.meant(one, ("subnet_id",), SUBNET)),
            }),
        }  # fmt: skip
        nic: Document = {
            "id": nic_id,
            "name": nic_id.rpartition("/")[2],
            "type": NIC,
            "properties": {
                "ipConfigurations": [config],
                "privateEndpoint": {"id": endpoint_id},
                "enableIPForwarding": False,
            },
        }
        location = one.text("location")
        picture.add(nic | ({"location": location} if location else {}), world.place(one, one.where))
    for one in world.of("azurerm_private_endpoint_application_security_group_association"):
        endpoint = world.meant(one, ("private_endpoint_id",), AZURE["azurerm_private_endpoint"])
        given = world.meant(one, ("application_security_group_id",), GROUP)
        document = picture.get(endpoint.sure) if endpoint.sure is not None else None
        if document is not None:
            document["properties"].setdefault("applicationSecurityGroups", []).append({"id": given.written()})
        else:
            doubt(picture, "endpoints", endpoint, "asgs", f"{one.address} puts it into a group")
            if endpoint.sure is not None:
                picture.doubt(endpoint.sure, Lack("asgs", f"{one.address} puts it into a group"))


def draw_public_ips(world: World, picture: Picture) -> None:
    """Public IPs: their SKU, and their address where Azure has given one."""
    for one in world.of("azurerm_public_ip"):
        address: Any = one.values.get("ip_address")
        document = framed(world, one, {"ipAddress": None if is_unknown(address) else address})
        sku = one.text("sku")
        picture.add(document | ({"sku": {"name": sku}} if sku else {}), world.place(one, one.where))
