"""Resources of the azapi provider: their bodies are Azure's own JSON."""

from __future__ import annotations

import json
from typing import Any

from flowspec.model.inventory import key
from flowspec.model.unknown import is_unknown, opaque
from flowspec.terraform.instances import Instance
from flowspec.terraform.picture import Document, Picture
from flowspec.terraform.world import World


def draw_azapi(world: World, picture: Picture) -> None:
    """Whole resources first, then what updates them."""
    for one in world.of("azapi_resource"):
        body, resource_id = body_of(world, one), world.id_of(one)
        found: Document = {"id": resource_id, "name": world.name_of(one), "type": kind_of(one), "properties": {}}
        for name in ("location", "tags"):
            if one.values.get(name) and not is_unknown(one.values[name]):
                found[name] = one.values[name]
        if isinstance(body, dict):
            found |= {name: value for name, value in body.items() if name not in ("id", "name", "type")}
        if is_unknown(body) or is_unknown(found.get("properties")):
            found["properties"] = _held(kind_of(one), body if is_unknown(body) else found["properties"])
        if not isinstance(found["properties"], dict):
            found["properties"] = {}
        _name_children(found, one.address)
        picture.add(found, world.place(one, one.where))
        if one.is_new:
            picture.fresh.add(key(resource_id))
    for one in world.of("azapi_update_resource"):
        _update(world, one, picture)


def body_of(world: World, one: Instance) -> Any:
    """The body, an object or (in the first versions) a text of JSON."""
    body = world.value(one, "body")
    if isinstance(body, str) and not is_unknown(body):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return None
    return body


def kind_of(one: Instance) -> str:
    """The Azure type without the version."""
    return (one.text("type") or "").partition("@")[0]


DECIDING = {
    "networksecuritygroups": ("securityRules",),
    "securityrules": ("priority", "direction", "access"),
    "virtualnetworks": ("addressSpace", "subnets", "virtualNetworkPeerings"),
    "subnets": ("addressPrefix", "networkSecurityGroup", "routeTable"),
    "virtualnetworkpeerings": ("remoteVirtualNetwork", "allowVirtualNetworkAccess", "useRemoteGateways"),
    "routetables": ("routes", "disableBgpRoutePropagation"),
    "routes": ("addressPrefix", "nextHopType"),
    "networkinterfaces": ("ipConfigurations", "networkSecurityGroup", "enableIPForwarding", "privateEndpoint"),
    "virtualmachines": ("networkProfile",),
    "privateendpoints": ("networkInterfaces", "applicationSecurityGroups"),
    "loadbalancers": ("frontendIPConfigurations", "backendAddressPools", "loadBalancingRules", "inboundNatRules"),
    "frontendipconfigurations": ("privateIPAddress",),
    "backendaddresspools": ("loadBalancerBackendAddresses",),
    "loadbalancingrules": ("frontendPort",),
    "inboundnatrules": ("frontendPort",),
    "virtualnetworkgateways": ("ipConfigurations", "gatewayType", "enableBgp", "vpnClientConfiguration"),
    "localnetworkgateways": ("localNetworkAddressSpace", "bgpSettings"),
    "connections": ("virtualNetworkGateway1", "virtualNetworkGateway2", "localNetworkGateway2", "connectionType",
                    "enableBgp"),
    "rules": ("access", "direction", "priority", "protocol", "sources", "destinations", "sourcePortRanges",
              "destinationPortRanges"),
}  # fmt: skip
"""The properties on which verdicts rest, by the last word of the type."""


def _held(kind: str, text: str) -> Document:
    """The properties of which a verdict rests on one of the type, each held back."""
    return dict.fromkeys(DECIDING.get(key(kind).rpartition("/")[2], ()), text)


CHILDREN = (
    "subnets", "virtualNetworkPeerings", "securityRules", "routes", "ipConfigurations", "frontendIPConfigurations",
    "backendAddressPools", "loadBalancingRules", "inboundNatRules",
)  # fmt: skip


def _name_children(found: Document, address: str) -> None:
    """Children have an id, as Azure gives them; with a part that is not known where their name is not."""
    properties = found.get("properties")
    for name, items in properties.items() if isinstance(properties, dict) else ():
        kind = next((one for one in CHILDREN if key(one) == key(name)), None)
        for at, child in enumerate(items) if kind is not None and isinstance(items, list) else ():
            if isinstance(child, dict) and not isinstance(child.get("id"), str):
                label = child.get("name")
                if is_unknown(label):
                    label = opaque(f"{address}.{kind}[{at}].name")
                items[at] = {**child, "name": label, "id": f"{found['id']}/{kind}/{label}"} if label else child


def _update(world: World, one: Instance, picture: Picture) -> None:
    """A body that is laid over a resource; where the resource is elsewhere, all of it is in doubt."""
    target = world.meant(one, ("resource_id",), "")
    resource_id = target.sure or (None if target.ids or target.open else world.id_of(one))
    document = picture.get(resource_id) if resource_id is not None else None
    body = body_of(world, one)
    if document is not None and isinstance(body, dict):
        laid = _over(document, body)
        document.clear()
        document.update(laid)
        _name_children(document, one.address)
    elif resource_id is not None:
        picture.part(resource_id, "", f"{one.address} changes a part of it that the document does not show whole")
    else:
        picture.unread.append(f"what {one.address} changes")


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        spelled = {key(name): name for name in below}
        found = dict(below)
        for name, value in above.items():
            at = spelled.get(key(name), name)
            found[at] = _over(below.get(at), value)
        return found
    return above
