"""VNets, subnets, peerings and route tables -> Azure documents."""

from __future__ import annotations

from typing import Any

from flowspec.errors import Where
from flowspec.model.inventory import Lack, key
from flowspec.model.unknown import is_unknown
from flowspec.terraform.instances import Instance, Values
from flowspec.terraform.meaning import Meant
from flowspec.terraform.picture import Document, Picture, Setting
from flowspec.terraform.rules import NONE_INSIDE, parent_of
from flowspec.terraform.shape import block_list, flag, framed, named, ref, said
from flowspec.terraform.types import AZURE
from flowspec.terraform.world import World

VNET, SUBNET = AZURE["azurerm_virtual_network"], AZURE["azurerm_subnet"]
TABLE, NSG = AZURE["azurerm_route_table"], AZURE["azurerm_network_security_group"]
NOT_SAID = "what Terraform does not mention is taken not to be there"


def draw_vnets(world: World, picture: Picture) -> None:
    """VNets, with the subnets of their lists: of those only what the list says."""
    for one in world.of("azurerm_virtual_network"):
        inside = block_list(world, one, "subnet")
        if inside is None:
            picture.print(NONE_INSIDE.format("subnet"), one.address)
        subnets: list[Document] | str = inside if isinstance(inside, str) else []
        if isinstance(inside, list) and isinstance(subnets, list):
            subnets += [_listed(world, one, at, block, picture) for at, block in enumerate(inside)]
        properties = {
            "addressSpace": {"addressPrefixes": world.value(one, "address_space")},
            "subnets": subnets,
            "virtualNetworkPeerings": [],
        }
        picture.add(framed(world, one, properties), world.place(one, one.where))
        if not one.is_new:
            picture.assume(world.id_of(one), ("peerings",), NOT_SAID)


def _listed(world: World, one: Instance, at: int, block: Values, picture: Picture) -> Document:
    """A subnet in the list of its VNet, where `""` says nothing but of one that the plan makes."""
    subnet_id = block.get("id") if isinstance(block.get("id"), str) and not is_unknown(block["id"]) else None
    name = block.get("name")
    name = name if isinstance(name, str) and name and not is_unknown(name) else f"‹{one.address}.subnet[{at}].name›"
    subnet_id = subnet_id or f"{world.id_of(one)}/subnets/{name}"
    nsg = world.meant(one, ("subnet", at, "security_group"), NSG)
    table = world.meant(one, ("subnet", at, "route_table_id"), TABLE)
    properties = {
        "addressPrefix": block.get("address_prefix"),
        "addressPrefixes": block.get("address_prefixes"),
        "networkSecurityGroup": ref(nsg),
        "routeTable": ref(table),
        "privateEndpointNetworkPolicies": _policies(block),
    }
    if not one.is_new:
        _assume_none(picture, subnet_id, nsg, table)
    found: Document = {"id": subnet_id, "name": name, "type": SUBNET, "properties": said(properties)}
    where = one.where
    return picture.places.put(found, Where(where.file, pointer=f"{where.pointer}/subnet/{at}", address=one.address))


def _assume_none(picture: Picture, subnet_id: str, nsg: Meant, table: Meant) -> None:
    if nsg.none:
        picture.assume(subnet_id, ("nsg",), NOT_SAID)
    if table.none:
        picture.assume(subnet_id, ("route_table",), NOT_SAID)


def _policies(values: Values) -> Any:
    """`privateEndpointNetworkPolicies` by the names and forms it has had; None where it is not known."""
    told = values.get("private_endpoint_network_policies")
    if isinstance(told, str) and told and not is_unknown(told):
        return told
    on = values.get("private_endpoint_network_policies_enabled")
    off = values.get("enforce_private_link_endpoint_network_policies")
    if isinstance(on, bool):
        return "Enabled" if on else "Disabled"
    if isinstance(off, bool):
        return "Disabled" if off else "Enabled"
    return None


def draw_subnets(world: World, picture: Picture, gone: frozenset[str]) -> None:
    """Subnets of their own stand over the list of their VNet, in which those of `gone` are no more."""
    for vnet in world.of("azurerm_virtual_network"):
        document = picture.get(world.id_of(vnet))
        subnets = document["properties"].get("subnets") if document is not None else None
        if isinstance(subnets, list) and not world.writes(vnet, "subnet"):
            subnets[:] = [subnet for subnet in subnets if key(subnet["id"]) not in gone]
    for one in world.of("azurerm_subnet"):
        _draw_subnet(world, one, picture)


def _draw_subnet(world: World, one: Instance, picture: Picture) -> None:
    nsg = world.meant(one, ("network_security_group_id",), NSG)
    table = world.meant(one, ("route_table_id",), TABLE)
    prefixes = world.value(one, "address_prefixes")
    properties = {
        "addressPrefixes": world.value(one, "address_prefix") if prefixes in (None, []) else prefixes,
        "networkSecurityGroup": ref(nsg),
        "routeTable": ref(table),
        "privateEndpointNetworkPolicies": _policies(one.values),
    }
    vnet = parent_of(world, one, "virtual_network_name", VNET, picture)
    subnet_id = world.id_of(one)
    owner = picture.get(vnet.sure) if vnet.sure is not None else None
    found: Document = {"id": subnet_id, "name": world.name_of(one), "type": SUBNET, "properties": said(properties)}
    picture.places.put(found, one.where)
    listed: list[Document] = owner["properties"].get("subnets") if owner is not None else []
    listed = listed if isinstance(listed, list) else []
    before = next((one for one in listed if isinstance(one, dict) and key(one["id"]) == key(subnet_id)), None)
    listed[:] = [subnet for subnet in listed if subnet is not before]
    if before is not None and nsg.none and "networkSecurityGroup" in before["properties"]:
        found["properties"]["networkSecurityGroup"] = before["properties"]["networkSecurityGroup"]
    if before is not None and table.none and "routeTable" in before["properties"]:
        found["properties"]["routeTable"] = before["properties"]["routeTable"]
    picture.resources[key(subnet_id)] = found
    if not one.is_new:
        told = found["properties"]
        _assume_none(picture, subnet_id, Meant(open="networkSecurityGroup" in told), Meant(open="routeTable" in told))


def draw_peerings(world: World, picture: Picture) -> None:
    """Halves of peerings. Their state is not in Terraform: connected where both halves are there."""
    for one in world.of("azurerm_virtual_network_peering"):
        peering_id = world.id_of(one)
        found: Document = {
            "id": peering_id,
            "name": world.name_of(one),
            "type": AZURE[one.type],
            "properties": said({
                "remoteVirtualNetwork": ref(world.meant(one, ("remote_virtual_network_id",), VNET)),
                "allowVirtualNetworkAccess": flag(world, one, True, "allow_virtual_network_access"),
                "allowGatewayTransit": flag(world, one, False, "allow_gateway_transit"),
                "useRemoteGateways": flag(world, one, False, "use_remote_gateways"),
                "peerCompleteVnets": flag(world, one, True, "peer_complete_virtual_networks_enabled"),
                "enableOnlyIPv6Peering": flag(world, one, False, "only_ipv6_peering_enabled"),
            }),
        }  # fmt: skip
        picture.places.put(found, one.where)
        picture.assume(peering_id, ("state",), "the state of a peering is not in Terraform")
        vnet = parent_of(world, one, "virtual_network_name", VNET, picture)
        if vnet.sure is not None:
            picture.put(found, picture.get(vnet.sure), "virtualNetworkPeerings")
        else:
            doubt(picture, "vnets", vnet, "peerings", f"{one.address} is a peering of a VNet that is not known")


def doubt(picture: Picture, table: str, meant: Meant, field: str, words: str) -> None:
    """A field of resources that a child or an association may be of is not known."""
    lack = Lack(field, f"{meant.reason or 'known after apply'}: {words}")
    for candidate in meant.ids:
        picture.doubt(candidate, lack)
    if meant.open:
        picture.anywhere.append((table, lack))


def draw_tables(world: World, picture: Picture, gone: frozenset[str]) -> None:
    """Route tables with the routes that stand in them, and routes of their own."""
    for one in world.of("azurerm_route_table"):
        blocks = block_list(world, one, "route")
        if blocks is None:
            picture.print(NONE_INSIDE.format("route"), one.address)
        routes: list[Document] | str = blocks if isinstance(blocks, str) else []
        table_id = world.id_of(one)
        if isinstance(blocks, list) and isinstance(routes, list):
            every = [_route(world, one, ("route", at), block, picture) for at, block in enumerate(blocks)]
            written = world.writes(one, "route")
            routes += [r for r in every if written or key(f"{table_id}/routes/{r['name']}") not in gone]
        propagation = flag(world, one, True, "bgp_route_propagation_enabled", inverted="disable_bgp_route_propagation")
        off = not propagation if isinstance(propagation, bool) else propagation
        picture.add(
            framed(world, one, {"routes": routes, "disableBgpRoutePropagation": off}), world.place(one, one.where)
        )
    for one in world.of("azurerm_route"):
        _draw_route(world, one, picture)


def _draw_route(world: World, one: Instance, picture: Picture) -> None:
    """A route of its own, which stands over the list of its table."""
    table = parent_of(world, one, "route_table_name", TABLE, picture)
    found = _route(world, one, (), one.values, picture) | {"id": world.id_of(one), "type": AZURE[one.type]}
    picture.places.put(found, one.where)
    if table.sure is not None:
        picture.put(found, picture.get(table.sure), "routes")
    else:
        doubt(picture, "route_tables", table, "routes", f"{one.address} is a route of a table that is not known")


def _route(world: World, one: Instance, path: tuple[str | int, ...], values: Values, picture: Picture) -> Document:
    name = values.get("name")
    known = name if isinstance(name, str) and name and not is_unknown(name) else f"‹{one.address}.name›"
    properties = {
        "addressPrefix": world.value(one, *path, "address_prefix"),
        "nextHopType": world.value(one, *path, "next_hop_type"),
        "nextHopIpAddress": values.get("next_hop_in_ip_address"),
    }
    return picture.places.put({"name": known, "properties": said(properties)}, one.where)


def draw_subnet_associations(world: World, picture: Picture) -> None:
    """The NSG and the route table of a subnet, each given by a resource of its own."""
    for kind, attribute, prop, field, azure in (
        ("azurerm_subnet_network_security_group_association", "network_security_group_id", "networkSecurityGroup",
         "nsg", NSG),
        ("azurerm_subnet_route_table_association", "route_table_id", "routeTable", "route_table", TABLE),
    ):  # fmt: skip
        for one in world.of(kind):
            subnet = world.meant(one, ("subnet_id",), SUBNET)
            given = world.meant(one, (attribute,), azure)
            attach(picture, one, subnet, given, prop, field, "subnets")


def attach(picture: Picture, one: Instance, owner: Meant, given: Meant, prop: str, field: str, table: str) -> None:
    """Says of a resource, be it here or elsewhere, what an association gives it."""
    if owner.sure is None:
        words = f"{one.address} is an association of what is not known"
        lack = Lack(field, f"{owner.reason or 'known after apply'}: {words}")
        for candidate in owner.ids:
            picture.doubt(candidate, lack)
        if owner.open:
            picture.anywhere.append((table, lack))
        return
    document = find(picture, owner.sure)
    if document is not None:
        document["properties"][prop] = named(given.written())
        picture.settle(owner.sure, field)
    elif given.sure is not None:
        picture.settings.append(Setting(owner.sure, field, given.sure, one.where))
    else:
        among = () if given.open else given.ids
        picture.doubt(owner.sure, Lack(field, given.reason or "known after apply", among=among))


def find(picture: Picture, resource_id: str) -> Document | None:
    """The document of a resource; of a subnet also where it stands in the list of its VNet."""
    found = picture.get(resource_id)
    if found is None and "/subnets/" in resource_id.lower():
        vnet = picture.get("/".join(resource_id.split("/")[:-2]))
        subnets = vnet["properties"].get("subnets") if vnet is not None else None
        for subnet in subnets if isinstance(subnets, list) else ():
            if isinstance(subnet, dict) and key(subnet["id"]) == key(resource_id):
                return dict_of(subnet)
    return found


def dict_of(value: Any) -> Document:
    """A document out of untyped JSON."""
    assert isinstance(value, dict)
    return value
